package web_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/web"
)

// everyRoute are requests to all routes, and to none.
var everyRoute = []struct{ method, path string }{
	{"GET", "/"}, {"GET", "/s/wrong"}, {"POST", "/s/wrong"}, {"GET", "/login"}, {"POST", "/login"}, {"GET", "/account"},
	{"POST", "/account/password"}, {"POST", "/account/sign-out"}, {"POST", "/account/sign-out-everywhere"},
	{"GET", "/forgot_password"}, {"POST", "/forgot_password"}, {"GET", "/auth"}, {"GET", "/healthz"}, {"HEAD", "/login"},
	{"GET", "/nothing"}, {"GET", "/s//x"}, {"DELETE", "/login"}, {"PUT", "/s/wrong"}, {"GET", "/account/password"}, {"GET", "/rekey-static/"},
	{"GET", "/rekey-static/installation"},
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	p := newPlace(t, func(c *web.Config) { c.Secure = true })
	routes := append(everyRoute, struct{ method, path string }{"GET", "/s/" + p.reset("mail")})
	for _, r := range routes {
		var form map[string][]string
		if r.method == http.MethodPost {
			form = map[string][]string{"email": {"x@example.com"}}
		}
		res := p.browser().do(r.method, r.path, form)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; " +
				"frame-ancestors 'none'; form-action 'self'",
			"Referrer-Policy":            "no-referrer",
			"X-Content-Type-Options":     "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Cache-Control":              "no-store",
			"Strict-Transport-Security":  "max-age=31536000",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s %s has %s: %q", r.method, r.path, name, got)
			}
		}
		for _, inline := range []string{"<script", " style=", "<style", " onclick", "javascript:"} {
			if strings.Contains(res.body, inline) {
				t.Errorf("%s %s holds %q", r.method, r.path, inline)
			}
		}
	}
	if h := newPlace(t).browser().get("/login").Header.Get("Strict-Transport-Security"); h != "" {
		t.Errorf("without TLS the browser is told %q", h)
	}
}

func TestFilesMayBeKept(t *testing.T) {
	p := newPlace(t)
	page := p.browser().get("/login").body
	_, after, _ := strings.Cut(page, `rel="stylesheet" href="`)
	path, _, _ := strings.Cut(after, `"`)
	res := p.browser().get(path)
	res.want(t, http.StatusOK, "")
	if cache := res.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
		t.Errorf("the style sheet is kept by %q", cache)
	}
	if kind := res.Header.Get("Content-Type"); kind != "text/css; charset=utf-8" {
		t.Errorf("the style sheet is %q", kind)
	}
	p.browser().get("/rekey-static/style.css").want(t, http.StatusNotFound, "")
}

func TestDeadEndsAreFriendly(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		method, path string
		status       int
		allow, says  string
	}{
		{"GET", "/nothing", http.StatusNotFound, "", "There is no such page"},
		{"POST", "/nothing", http.StatusNotFound, "", "There is no such page"},
		{"DELETE", "/login", http.StatusMethodNotAllowed, "GET, HEAD, POST", "not meant to be used in this way"},
		{"GET", "/account/sign-out", http.StatusMethodNotAllowed, "POST", "not meant to be used in this way"},
		{"OPTIONS", "/login", http.StatusMethodNotAllowed, "GET, HEAD, POST", "not meant to be used in this way"},
	} {
		res := p.browser().do(c.method, c.path, nil)
		res.want(t, c.status, "")
		res.says(t, c.says, "<title>", `href="/"`)
		if got := res.Header.Get("Allow"); got != c.allow {
			t.Errorf("%s %s allows %q, want %q", c.method, c.path, got, c.allow)
		}
	}
}

func TestPagesSpeakTheBrowsersLanguage(t *testing.T) {
	p := newPlace(t)
	b := p.browser()
	b.header.Set("Accept-Language", "ja-JP,ja;q=0.9")
	for path, title := range map[string]string{"/login": "ログイン", "/forgot_password": "パスワードをお忘れの方", "/s/x": "このリンクは使えません",
		"/nothing": "ページが見つかりません", "/s/" + p.reset("form"): "新しいパスワードの設定"} {
		page := b.get(path)
		page.says(t, `<html lang="ja">`, "<title>"+title+" · Unipos</title>")
		if page.Header.Get("Content-Language") != "ja" || page.Header.Get("Vary") != "Accept-Language" {
			t.Errorf("%s is announced as %q, varying by %q", path, page.Header.Get("Content-Language"), page.Header.Get("Vary"))
		}
	}
	b.post("/s/"+p.code("form"), "password", "x", "again", "y").says(t, "<title>エラー：新しいパスワードの設定", "Set password and login")
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	p := newPlace(t, func(c *web.Config) { c.BaseURL = "https://id.example.com" })
	code := p.reset("mail")
	for name, c := range map[string]struct {
		header  map[string]string
		refused bool
	}{
		"this site":                         {map[string]string{"Sec-Fetch-Site": "same-origin"}, false},
		"typed":                             {map[string]string{"Sec-Fetch-Site": "none"}, false},
		"another site":                      {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, true},
		"another host of the same site":     {map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "https://x.example.com"}, true},
		"an old browser, another site":      {map[string]string{"Origin": "https://evil.example"}, true},
		"an old browser, our own site":      {map[string]string{"Origin": "https://id.example.com"}, false},
		"an old browser that tells nothing": {map[string]string{"Origin": "null"}, true},
		"an old browser on a page of ours":  {map[string]string{"Origin": "null", "Cookie": "rekey-page=1"}, false},
		"a new browser without an origin":   {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "null", "Cookie": "rekey-page=1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			req := httptest.NewRequest("POST", "/s/"+code, strings.NewReader("password=a&again=b"))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for name, value := range c.header {
				req.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			p.ServeHTTP(w, req)
			want := http.StatusUnprocessableEntity
			if c.refused {
				want = http.StatusForbidden
			}
			if w.Code != want {
				t.Errorf("the form is answered %d, want %d", w.Code, want)
			}
		})
	}
	cookies := p.browser().get("/s/" + code).Cookies()
	if len(cookies) != 1 || cookies[0].SameSite != http.SameSiteStrictMode || !cookies[0].HttpOnly {
		t.Errorf("the page sets the cookies %v", cookies)
	}
}

func TestTooManyFormsFromOneAddress(t *testing.T) {
	p := newPlace(t, func(c *web.Config) {
		c.Limits.Forms = web.Rate{Burst: 3, Every: 2 * time.Second}
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	one, other := p.browser(), p.browser()
	one.header.Set("X-Forwarded-For", "203.0.113.5")
	other.header.Set("X-Forwarded-For", "203.0.113.6")
	one.signIn("hana@example.com", "wrong").want(t, http.StatusUnprocessableEntity, "")
	one.post("/forgot_password", "email", "x@example.com").want(t, http.StatusOK, "")
	one.post("/s/wrong", "password", "x", "again", "x").want(t, http.StatusNotFound, "")
	for _, path := range []string{"/login", "/forgot_password", "/s/wrong", "/account/password", "/account/sign-out"} {
		page := one.post(path, "email", "hana@example.com", "password", password)
		page.want(t, http.StatusTooManyRequests, "")
		page.says(t, "Too many tries", "Try again in 5 seconds.")
		if got := page.Header.Get("Retry-After"); got != "2" {
			t.Errorf("%s is to be tried again after %q seconds, want 2", path, got)
		}
	}
	one.get("/login").want(t, http.StatusOK, "")
	other.signIn("hana@example.com", password).want(t, http.StatusSeeOther, "/account")
	p.pass(2 * time.Second)
	one.signIn("hana@example.com", password).want(t, http.StatusSeeOther, "/account")
	p.Drain()
}

func TestTooManyWrongCodesFromOneAddress(t *testing.T) {
	p := newPlace(t)
	code, b := p.reset("form"), p.browser()
	for range 30 {
		b.get("/s/"+code).want(t, http.StatusOK, "") // genuine ones do not count
	}
	for range 10 {
		b.get("/s/wrong").want(t, http.StatusNotFound, "")
	}
	page := b.get("/s/wrong")
	page.want(t, http.StatusTooManyRequests, "")
	if got := page.Header.Get("Retry-After"); got != "30" {
		t.Errorf("to be tried again after %q seconds, want 30", got)
	}
	p.browser().get("/s/"+code).want(t, http.StatusOK, "") // others share the address
	b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
	p.pass(30 * time.Second)
	b.get("/s/wrong").want(t, http.StatusNotFound, "")
}

func TestAPageBehindACodeIsNoDeadEnd(t *testing.T) {
	p := newPlace(t, func(c *web.Config) { c.Limits.Forms = web.Rate{Burst: 2, Every: time.Minute} })
	code, b := p.reset("form"), p.browser()
	leave := p.Crowd()
	busy := b.post("/s/"+code, "password", newPassword, "again", newPassword)
	busy.want(t, http.StatusServiceUnavailable, "")
	elsewhere := b.signIn("hana@example.com", password)
	leave()
	tooMany := b.post("/s/"+code, "password", newPassword, "again", newPassword)
	tooMany.want(t, http.StatusTooManyRequests, "")
	for _, page := range []result{busy, tooMany} {
		page.says(t, `href="">Open this page again`)
		if strings.Contains(page.body, code) {
			t.Error("the page holds the code")
		}
	}
	elsewhere.says(t, `href="/">Go to the start page`)
}

func TestAnAddressThatIsNotCleanLeadsNowhere(t *testing.T) {
	p := newPlace(t)
	code := p.reset("form")
	for _, path := range []string{"/s//" + code, "//s/" + code, "/x/../s/" + code, "/./s/" + code, "/s/x/../" + code, "/s/" + code + "//"} {
		page := p.browser().get(path)
		page.want(t, http.StatusNotFound, "")
		if strings.Contains(page.body, code) {
			t.Error("the page holds the code")
		}
		page.says(t, "There is no such page", `href="/"`)
	}
	p.browser().get("/s/").says(t, "This link does not work")
}

func TestPastTheProxiesThereIsNoPageWithoutTLS(t *testing.T) {
	p := newPlace(t, func(c *web.Config) {
		c.BaseURL, c.Secure = "https://id.example.com", true
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.10/32")}
	})
	alone := newPlace(t)
	for name, c := range map[string]struct {
		site    *place
		peer    string
		overTLS bool
		path    string
		served  bool
	}{
		"a stranger":                  {p, "198.51.100.7:1", false, "/login", false},
		"a stranger to no page":       {p, "198.51.100.7:1", false, "/nothing", false},
		"a stranger asking who it is": {p, "198.51.100.7:1", false, "/auth", false},
		"a stranger over TLS":         {p, "198.51.100.7:1", true, "/login", true},
		"a stranger that watches":     {p, "198.51.100.7:1", false, "/healthz", true},
		"the proxy":                   {p, "192.0.2.10:1", false, "/login", true},
		"this machine":                {p, "127.0.0.1:1", false, "/login", true},
		"this machine by IPv6":        {p, "[::1]:1", false, "/login", true},
		"an address like no other":    {p, "@", false, "/login", false},
		"where there is no proxy":     {alone, "198.51.100.7:1", false, "/login", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, c.path, nil)
			r.RemoteAddr = c.peer
			r.Header.Set("X-Forwarded-For", "192.0.2.10")
			if c.overTLS {
				r.TLS = &tls.ConnectionState{}
			}
			w := httptest.NewRecorder()
			c.site.ServeHTTP(w, r)
			if served := w.Code == http.StatusOK; served != c.served || !served && w.Code != http.StatusForbidden {
				t.Errorf("the answer is %d", w.Code)
			}
		})
	}
	r := httptest.NewRequest(http.MethodPost, "/login", unread{t})
	r.RemoteAddr = "198.51.100.7:1"
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `href="https://id.example.com/"`) {
		t.Errorf("a form is answered %d by:\n%s", w.Code, w.Body)
	}
}

// unread is a body that nobody should read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the form is read")
	return 0, io.EOF
}

func TestWhenTooManyWaitTheRestIsSentAway(t *testing.T) {
	p := newPlace(t)
	code, b := p.reset("form"), p.browser()
	b.signIn("hana@example.com", password)
	leave := p.Crowd()
	for path, form := range map[string][]string{
		"/login":            {"email", "hana@example.com", "password", password},
		"/s/" + code:        {"password", newPassword, "again", newPassword},
		"/account/password": {"current", password, "password", newPassword, "again", newPassword},
	} {
		page := b.post(path, form...)
		page.want(t, http.StatusServiceUnavailable, "")
		page.says(t, "There is a lot going on")
		if page.Header.Get("Retry-After") != "5" {
			t.Errorf("to be tried again after %q", page.Header.Get("Retry-After"))
		}
	}
	leave()
	b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
}

func TestFormsThatCannotBeRead(t *testing.T) {
	p := newPlace(t)
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"too large": {"email=x@example.com&password=" + strings.Repeat("x", 17<<10), http.StatusRequestEntityTooLarge},
		"misspelt":  {"email=x@example.com&password=%zzsecret", http.StatusBadRequest},
	} {
		for _, path := range []string{"/login", "/forgot_password", "/s/" + p.reset("mail"), "/account/password"} {
			req := httptest.NewRequest("POST", path, strings.NewReader(c.body))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			p.ServeHTTP(w, req)
			if w.Code != c.status {
				t.Errorf("%s on %s is answered %d, want %d", name, strings.SplitN(path, "/", 3)[1], w.Code, c.status)
			}
		}
	}
	if log := p.log.String(); strings.Contains(log, "%zz") {
		t.Errorf("the log quotes the form:\n%s", log)
	}
}

func TestTheLogHoldsNoSecret(t *testing.T) {
	p := newPlace(t)
	code, b := p.reset("mail"), p.browser()
	b.header.Set("User-Agent", "curl/8 \u009b31m")
	b.get("/s/" + code)
	b.get("/s/" + code + "0")
	b.get("/s//" + code)
	b.do(http.MethodDelete, "/s/"+code, nil)
	b.post("/s/"+code, "password", "password1", "again", "password1")
	b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
	var secrets []string
	for _, c := range b.client.Jar.Cookies(b.url("/")) {
		if len(c.Value) > 20 {
			secrets = append(secrets, c.Value)
		}
	}
	b.get("/account")
	b.get("/login?next=" + code)
	b.signIn("hana@example.com", "brown paper bag")
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.header.Set("Origin", "https://evil.example")
	b.do(http.MethodPost, "/s/"+code, map[string][]string{"password": {newPassword}})
	log := p.log.String()
	if len(secrets) != 1 {
		t.Fatalf("the browser holds %d secrets, want 1", len(secrets))
	}
	secrets = append(secrets, code, strings.ReplaceAll(code, "-", ""), newPassword, "password1", "brown paper bag", "\u009b", "curl")
	for i, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds secret number %d", i)
		}
	}
	for _, want := range []string{`route="GET /s/{code...}"`, `route="POST /s/{code...}"`, "status=303", "status=404", "status=405",
		"client=127.0.0.1", "duration=", "method=GET"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not hold %q", want)
		}
	}
}

func TestAHostileBrowserNameDoesNoHarm(t *testing.T) {
	p := newPlace(t)
	b := p.browser()
	b.header.Set("User-Agent", "\xff\xfe"+strings.Repeat("山", 1000)+"\x80")
	b.signIn("hana@example.com", "wrong").want(t, http.StatusUnprocessableEntity, "")
	b.signIn("hana@example.com", password).want(t, http.StatusSeeOther, "/account")
	b.get("/account").want(t, http.StatusOK, "")
	records, err := p.service.Audit(t.Context(), 0, 2)
	must(t, err)
	for _, r := range records {
		if n := len(r.Detail("device")); n > 200 {
			t.Errorf("the audit log keeps %d bytes of the browser's name", n)
		}
	}
	must(t, p.store.Check(t.Context()))
}

func TestAPanicIsAPageAndALogRecordWithoutItsValue(t *testing.T) {
	p := newPlace(t, func(c *web.Config) { c.Wake = func() { panic("the secret " + newPassword) } })
	page := p.browser().signIn("hana@example.com", "wrong")
	page.want(t, http.StatusInternalServerError, "")
	page.says(t, "Something went wrong")
	p.browser().post("/forgot_password", "email", "hana@example.com").want(t, http.StatusOK, "")
	p.Drain()
	log := p.log.String()
	if strings.Contains(log, newPassword) || strings.Count(log, "msg=panic") != 2 || !strings.Contains(log, "status=500") {
		t.Errorf("the log is\n%s", log)
	}
	p.browser().get("/login").want(t, http.StatusOK, "")
}

func TestABrokenStoreIsSaidFriendly(t *testing.T) {
	p := newPlace(t)
	p.browser().get("/healthz").want(t, http.StatusOK, "")
	must(t, os.Truncate(p.file, 0))
	p.browser().get("/healthz").want(t, http.StatusServiceUnavailable, "")
	b := p.browser()
	page := b.signIn("hana@example.com", password)
	page.want(t, http.StatusInternalServerError, "")
	page.says(t, "Something went wrong")
	b.header.Set("Cookie", "rekey=x")
	b.get("/auth").want(t, http.StatusInternalServerError, "")
}

func TestWhereThePageMayListen(t *testing.T) {
	for _, c := range []struct {
		address          string
		tls, behindProxy bool
		refused          bool
	}{
		{"127.0.0.1:8080", false, false, false},
		{"127.1.2.3:0", false, false, false},
		{"[::1]:8080", false, false, false},
		{"localhost:8080", false, false, false},
		{"0.0.0.0:8080", false, false, true},
		{":8080", false, false, true},
		{"[::]:8080", false, false, true},
		{"192.0.2.1:443", false, false, true},
		{"id.example.com:443", false, false, true},
		{"localhost.example.com:443", false, false, true},
		{"192.0.2.1:443", true, false, false},
		{":8080", false, true, false},
		{"8080", true, true, true},
		{"", true, true, true},
	} {
		err := web.CheckListen(c.address, c.tls, c.behindProxy)
		if (account.CodeOf(err) == account.CodeInvalid) != c.refused {
			t.Errorf("CheckListen(%q, %v, %v) = %v", c.address, c.tls, c.behindProxy, err)
		}
	}
}

func TestServingStopsWhenAskedAndFinishesWhatWaits(t *testing.T) {
	p := newPlace(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx, listener, nil) }()
	b := p.browser()
	b.base = "http://" + listener.Addr().String()
	b.header.Set("X-Large", strings.Repeat("x", 32<<10))
	b.get("/login").want(t, http.StatusRequestHeaderFieldsTooLarge, "")
	b.header.Del("X-Large")
	b.post("/forgot_password", "email", "hana@example.com").want(t, http.StatusOK, "")
	stop()
	if err := <-served; err != nil {
		t.Errorf("serving ends with %v", err)
	}
	if mails, err := p.service.Mails(t.Context(), 0, 10); err != nil || len(mails) != 1 {
		t.Errorf("%d mails are queued, %v", len(mails), err)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("the listener still takes connections")
	}
}

func TestClosedConnectionsMakeRoom(t *testing.T) {
	p := newPlace(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx, listener, nil) }()
	for range 1100 { // more than may be open at one time
		conn, err := net.Dial("tcp", listener.Addr().String())
		must(t, err)
		must(t, conn.Close())
	}
	b := p.browser()
	b.base = "http://" + listener.Addr().String()
	b.get("/healthz").want(t, http.StatusOK, "")
	stop()
	must(t, <-served)
}

func TestServingSaysWhyItFailed(t *testing.T) {
	p := newPlace(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, listener.Close())
	if err := p.Serve(t.Context(), listener, nil); err == nil {
		t.Error("serving on a closed listener succeeds")
	}
}

// certificate writes a new self-signed certificate with its key, and gives its serial number.
func certificate(t *testing.T, dir string, serial int64) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "id.example.com"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	// The two files of one test can be written within one tick of the file system's clock.
	stamp := time.Unix(serial*1000, 0)
	must(t, os.Chtimes(certFile, stamp, stamp))
	must(t, os.Chtimes(keyFile, stamp, stamp))
	return certFile, keyFile
}

func TestTLSFollowsARenewedCertificate(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := certificate(t, dir, 1)
	log := &safeBuffer{}
	config, err := web.TLS(certFile, keyFile, slog.New(slog.NewTextHandler(log, nil)))
	must(t, err)
	p := newPlace(t, func(c *web.Config) { c.Secure = true })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx, listener, config) }()
	serial := func() int64 {
		t.Helper()
		conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		must(t, err)
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("the certificate is number %d, want 1", got)
	}
	certificate(t, dir, 2)
	if got := serial(); got != 2 {
		t.Errorf("after the renewal the certificate is number %d, want 2", got)
	}
	must(t, os.WriteFile(keyFile, []byte("no key"), 0o600))
	if got := serial(); got != 2 || !strings.Contains(log.String(), "keeping the last certificate") {
		t.Errorf("with a broken key file the certificate is number %d, want 2; the log: %s", got, log)
	}
	stop()
	must(t, <-served)
	if _, err := web.TLS(certFile, filepath.Join(dir, "none"), slog.Default()); err == nil {
		t.Error("a key file that is not there is no error")
	}
}
