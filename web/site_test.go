package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
	"rekey/store"
	"rekey/web"
)

const (
	password    = "seven quiet lanterns"
	newPassword = "a kettle under the stairs"
)

// hashParams are as cheap as they can be: most tests are not about the hashes.
var hashParams = account.HashParams{Time: 1, Memory: 64, Threads: 1}

// place is a site on a store of its own, with a few members, a clock that stands still and a log that is kept.
type place struct {
	*web.Site
	t       *testing.T
	service *account.Service
	store   *store.Store
	file    string
	key     account.Key
	server  *httptest.Server
	log     *safeBuffer
	admin   account.Admin
	members map[string]member.ID

	mu    sync.Mutex
	clock time.Time
	woken int
}

// safeBuffer is a log that several goroutines write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newPlace(t testing.TB, change ...func(*web.Config)) *place {
	t.Helper()
	key, err := account.NewKey(rand.Reader)
	must(t, err)
	path := filepath.Join(t.TempDir(), "rekey.db")
	set := account.DefaultSettings()
	set.TeamName, set.TeamNumber = "Aozora", "1234567"
	must(t, store.Create(path, key.Fingerprint(), set))
	kept, err := store.Open(path, key.Fingerprint())
	must(t, err)
	hasher, err := account.NewHasher(hashParams, rand.Reader)
	must(t, err)
	p := &place{store: kept, file: path, key: key, log: &safeBuffer{}, members: map[string]member.ID{},
		clock: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	p.t, _ = t.(*testing.T)
	p.service = account.New(account.Config{Store: kept, Key: key, Hasher: hasher, Clock: p.now, Random: rand.Reader,
		BaseURL: "https://id.example.com", Zone: time.UTC})
	hash, err := hasher.Hash(context.Background(), password)
	must(t, err)
	for name, m := range map[string]member.Member{
		"admin":     {Email: "admin@example.com", Name: "Aoi Yamada", Status: member.Active, Admin: true},
		"mail":      {Email: "hana@example.com", Name: "𠮷野 花子", Status: member.Active},
		"form":      {LoginID: "line3-017", Name: "髙橋 一郎", Status: member.Active},
		"suspended": {Email: "sus@example.com", Name: "Sue Spender", Status: member.Suspended},
		"inviting":  {Email: "new@example.com", Name: "Newton", Status: member.Inviting},
	} {
		must(t, kept.Update(context.Background(), func(w account.Writer) error {
			id, err := w.PutMember(m)
			if err != nil {
				return err
			}
			p.members[name] = id
			return w.PutCredential(id, account.Credential{Hash: hash, Epoch: 3})
		}))
	}
	p.admin, err = p.service.SignIn(context.Background(), "admin@example.com", password, "console")
	must(t, err)
	cfg := web.Config{
		Service: p.service,
		Log:     slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Wake:    func() { p.mu.Lock(); p.woken++; p.mu.Unlock() },
	}
	for _, c := range change {
		c(&cfg)
	}
	p.Site, err = web.New(cfg)
	must(t, err)
	p.server = httptest.NewServer(p.Site)
	t.Cleanup(p.server.Close)
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *place) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clock
}

func (p *place) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock = p.clock.Add(d)
}

func (p *place) wakes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.woken
}

// reset resets a member's password and gives the code of the link or the form.
func (p *place) reset(who string) string {
	p.t.Helper()
	_, err := p.service.Reset(p.t.Context(), p.admin, p.members[who], account.ReasonForgot)
	must(p.t, err)
	return p.code(who)
}

// code gives the code of the member's newest token.
func (p *place) code(who string) (code string) {
	p.t.Helper()
	must(p.t, p.store.View(p.t.Context(), func(r account.Reader) error {
		c, err := r.Credential(p.members[who])
		if err != nil {
			return err
		}
		token, err := r.Token(c.Token)
		code = p.key.Code(token)
		return err
	}))
	return code
}

func (p *place) change(who string, fn func(*member.Member)) {
	p.t.Helper()
	must(p.t, p.store.Update(p.t.Context(), func(w account.Writer) error {
		m, err := w.Member(p.members[who])
		if err != nil {
			return err
		}
		fn(&m)
		_, err = w.PutMember(m)
		return err
	}))
}

func (p *place) settings(fn func(*account.Settings)) {
	p.t.Helper()
	must(p.t, p.store.Update(p.t.Context(), func(w account.Writer) error {
		set, err := w.Settings()
		if err != nil {
			return err
		}
		fn(&set)
		return w.PutSettings(set)
	}))
}

func (p *place) revision() uint64 {
	p.t.Helper()
	revision, err := p.service.Revision()
	must(p.t, err)
	return revision
}

// browser is an http.Client with a cookie jar that shows each answer instead of following it.
type browser struct {
	t      testing.TB
	client *http.Client
	base   string
	header http.Header
}

func (p *place) browser() *browser { return newBrowser(p.t, p.server) }

func newBrowser(t testing.TB, server *httptest.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	client := *server.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t: t, client: &client, base: server.URL, header: http.Header{}}
}

// result is an answer whose body has been read.
type result struct {
	*http.Response
	body string
}

func (b *browser) do(method, path string, form url.Values) result {
	b.t.Helper()
	req, err := http.NewRequest(method, b.base+path, strings.NewReader(form.Encode()))
	must(b.t, err)
	for name, values := range b.header {
		req.Header[name] = values
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if req.Header.Get("Origin") == "" {
			req.Header.Set("Sec-Fetch-Site", "same-origin")
		}
	}
	res, err := b.client.Do(req)
	must(b.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(b.t, err)
	return result{res, string(body)}
}

func (b *browser) get(path string) result { b.t.Helper(); return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, fields ...string) result {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

func (b *browser) signIn(address, password string) result {
	b.t.Helper()
	return b.post("/login", "way", "email", "email", address, "password", password)
}

// want checks the status, and the place that the answer leads to ("" for none).
func (r result) want(t testing.TB, status int, location string) {
	t.Helper()
	if r.StatusCode != status || r.Header.Get("Location") != location {
		t.Errorf("%s %s answers %d to %q, want %d to %q", r.Request.Method, r.Request.URL.Path, r.StatusCode,
			r.Header.Get("Location"), status, location)
	}
}

// says checks that the page holds each of the texts.
func (r result) says(t testing.TB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			t.Errorf("%s %s does not say %q but:\n%s", r.Request.Method, r.Request.URL.Path, text, r.body)
		}
	}
}

func (b *browser) url(path string) *url.URL {
	u, err := url.Parse(b.base + path)
	must(b.t, err)
	return u
}

func TestASiteIsMadeOnlyWhereItCanBeServed(t *testing.T) {
	p := newPlace(t)
	for _, base := range []string{"", "https://id.example.com", "http://127.0.0.1:8080"} {
		if _, err := web.New(web.Config{Service: p.service, BaseURL: base}); err != nil {
			t.Errorf("at %q: %v", base, err)
		}
	}
	for _, base := range []string{"id.example.com", "https://example.com/id", "https://x@example.com", "https://", "%", "ftp:x"} {
		if _, err := web.New(web.Config{Service: p.service, BaseURL: base}); err == nil {
			t.Errorf("the site is made at %q", base)
		}
	}
	for _, host := range []string{"", "https://app.example.com", "app.example.com/x", "x@app.example.com", "*.example.com", "a b", "a;b", "[::1"} {
		if _, err := web.New(web.Config{Service: p.service, ReturnHosts: []string{host}}); err == nil {
			t.Errorf("a sign-in may return to the host %q", host)
		}
	}
}
