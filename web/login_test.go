package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/web"
)

func TestMembersSignInInBothWays(t *testing.T) {
	p := newPlace(t)
	page := p.browser().get("/login")
	page.says(t, `type="email"`, `autocomplete="username"`, `autocomplete="current-password"`, "Team identification number")
	for name, form := range map[string][]string{
		"email":                {"way", "email", "email", " HANA@example.com ", "password", password},
		"login ID":             {"way", "login_id", "team", "1234567", "login_id", "LINE3-017", "password", password},
		"login ID with spaces": {"way", "login_id", "team", " 1234567 ", "login_id", " line3-017 ", "password", password},
	} {
		t.Run(name, func(t *testing.T) {
			b := p.browser()
			b.post("/login", form...).want(t, http.StatusSeeOther, "/account")
			b.get("/account").want(t, http.StatusOK, "")
			b.get("/login").want(t, http.StatusSeeOther, "/account")
		})
	}
}

func TestASignInThatFailsTellsNothingApart(t *testing.T) {
	p := newPlace(t)
	must(t, p.store.Update(t.Context(), func(w account.Writer) error {
		return w.PutLockout(account.Lockout{Member: p.members["mail"], Failures: 10, Until: p.now().Add(time.Minute)})
	}))
	var first string
	for _, try := range []struct{ address, password string }{
		{"nobody@example.com", password},
		{"admin@example.com", "wrong"},
		{"hana@example.com", password}, // locked
		{"sus@example.com", password},
		{"new@example.com", password},
		{"line3-017", password},
	} {
		page := p.browser().signIn(try.address, try.password)
		page.want(t, http.StatusUnprocessableEntity, "")
		page.says(t, "That did not sign you in.", `id="email-error" role="alert"`, `value="`+try.address+`"`)
		body := strings.ReplaceAll(page.body, try.address, "")
		if first == "" {
			first = body
		}
		if body != first {
			t.Errorf("%s with %q gets another page", try.address, try.password)
		}
		if len(page.Cookies()) > 1 { // the one that marks pages of the site
			t.Errorf("a failed sign-in sets %v", page.Cookies())
		}
	}
}

func TestTheFormThatFailedKeepsWhatWasTyped(t *testing.T) {
	p := newPlace(t)
	page := p.browser().post("/login", "way", "login_id", "team", "1234567", "login_id", `"><script>`, "password", "brown paper bag")
	page.want(t, http.StatusUnprocessableEntity, "")
	page.says(t, `id="login_id-error" role="alert"`, `value="1234567"`, `value="&#34;&gt;&lt;script&gt;"`)
	if strings.Contains(page.body, "brown paper bag") || strings.Contains(page.body, "<script") {
		t.Error("the page holds the password or what was typed as HTML")
	}
}

func TestWrongPasswordsLockTheAccountAndWakeTheCourier(t *testing.T) {
	p := newPlace(t)
	b := p.browser()
	for range 10 {
		b.signIn("hana@example.com", "wrong").want(t, http.StatusUnprocessableEntity, "")
	}
	b.signIn("hana@example.com", password).want(t, http.StatusUnprocessableEntity, "")
	mails, err := p.service.Mails(t.Context(), 0, 10)
	must(t, err)
	if len(mails) != 1 || mails[0].Kind != account.MailLocked {
		t.Errorf("the member is told by %+v", mails)
	}
	if p.wakes() == 0 {
		t.Error("the courier was not told")
	}
	p.pass(15 * time.Minute)
	b.signIn("hana@example.com", password).want(t, http.StatusSeeOther, "/account")
}

func TestSigningInReturnsToWhereItIsAllowed(t *testing.T) {
	p := newPlace(t, func(c *web.Config) { c.ReturnHosts = []string{"id.example.com:8443"} })
	for next, want := range map[string]string{
		"/app/page?x=1":                  "/app/page?x=1",
		"https://id.example.com:8443/x":  "https://id.example.com:8443/x",
		"//evil.example":                 "/account",
		"https://evil.example":           "/account",
		`/\evil.example`:                 "/account",
		"/x\r\nSet-Cookie: a=b":          "/account",
		"https://x@id.example.com:8443/": "/account",
	} {
		b := p.browser()
		b.post("/login", "way", "email", "email", "hana@example.com", "password", password, "next", next).want(t, http.StatusSeeOther, want)
	}
	page := p.browser().get("/login?next=%2Fapp%2Fpage%3Fx%3D1")
	if n := strings.Count(page.body, `name="next" value="/app/page?x=1"`); n != 2 {
		t.Errorf("%d of the two forms know where to return to", n)
	}
	if policy := page.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "form-action 'self' https://id.example.com:8443") {
		t.Errorf("the policy is %q", policy)
	}
	if page := p.browser().get("/login?next=//evil.example"); strings.Contains(page.body, "evil") {
		t.Error("an address that leads away is on the page")
	}
	b := p.browser()
	b.signIn("hana@example.com", password)
	b.get("/login?next=/app").want(t, http.StatusSeeOther, "/app")
	b.get("/login?next=https://id.example.com:8443/x").want(t, http.StatusSeeOther, "/account") // not in circles
}

func TestWithSingleSignOnThereIsNoLoginID(t *testing.T) {
	p := newPlace(t)
	p.settings(func(s *account.Settings) { s.SSO = true })
	if page := p.browser().get("/login"); strings.Contains(page.body, `name="login_id"`) {
		t.Error("the page asks for a login ID")
	}
}

func TestASessionHasACarefulCookie(t *testing.T) {
	for name, secure := range map[string]bool{"rekey": false, "__Host-rekey": true} {
		p := newPlace(t, func(c *web.Config) { c.Secure = secure })
		res := p.browser().signIn("hana@example.com", password)
		c := res.Cookies()[0]
		if c.Name != name || c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure ||
			c.MaxAge != 0 || len(c.Value) != 43 {
			t.Errorf("the cookie is %s", strings.Replace(c.String(), c.Value, "…", 1))
		}
	}
}

func TestABrowserThatSignsInAgainLosesItsLastSession(t *testing.T) {
	p := newPlace(t)
	b := p.browser()
	b.signIn("hana@example.com", password)
	before := b.client.Jar.Cookies(b.url("/"))
	b.signIn("admin@example.com", password).want(t, http.StatusSeeOther, "/account")
	thief := p.browser()
	thief.client.Jar.SetCookies(thief.url("/"), before)
	thief.get("/auth").want(t, http.StatusUnauthorized, "")
	b.get("/auth").want(t, http.StatusOK, "")
}
