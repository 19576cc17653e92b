package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

func TestTheAccountPageNeedsASession(t *testing.T) {
	p := newPlace(t)
	b := p.browser()
	b.get("/").want(t, http.StatusSeeOther, "/account")
	b.get("/account").want(t, http.StatusSeeOther, "/login")
	b.post("/account/password", "current", password, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/login")
	b.post("/account/sign-out").want(t, http.StatusSeeOther, "/login")
	b.post("/account/sign-out-everywhere").want(t, http.StatusSeeOther, "/login")
}

func TestChangingThePassword(t *testing.T) {
	p := newPlace(t)
	b, other := p.browser(), p.browser()
	b.signIn("hana@example.com", password)
	other.signIn("hana@example.com", password)
	for name, c := range map[string]struct{ current, password, again, says string }{
		"wrong":   {"wrong", newPassword, newPassword, "This is not your current password"},
		"missing": {"", newPassword, newPassword, "Enter your current password"},
		"differ":  {password, newPassword, "x", "The two passwords differ"},
		"common":  {password, "password1", "password1", "most common passwords"},
		"own":     {password, "hana and more", "hana and more", "holds your name"},
	} {
		page := b.post("/account/password", "current", c.current, "password", c.password, "again", c.again)
		page.want(t, http.StatusUnprocessableEntity, "")
		if !strings.Contains(page.body, c.says) {
			t.Errorf("%s: the page does not say %q", name, c.says)
		}
	}
	other.get("/auth").want(t, http.StatusOK, "")
	b.post("/account/password", "current", password, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
	b.get("/account").says(t, "Your password has been changed. Your other devices have been signed out.")
	other.get("/auth").want(t, http.StatusUnauthorized, "")
	p.browser().signIn("hana@example.com", password).want(t, http.StatusUnprocessableEntity, "")
	p.browser().signIn("hana@example.com", newPassword).want(t, http.StatusSeeOther, "/account")
}

func TestSigningOut(t *testing.T) {
	p := newPlace(t)
	b, other := p.browser(), p.browser()
	b.signIn("hana@example.com", password)
	other.signIn("hana@example.com", password)
	kept := b.client.Jar.Cookies(b.url("/"))
	b.post("/account/sign-out").want(t, http.StatusSeeOther, "/login")
	b.get("/login").says(t, "You have been signed out.")
	b.get("/account").want(t, http.StatusSeeOther, "/login")
	b.client.Jar.SetCookies(b.url("/"), kept)
	b.get("/account").want(t, http.StatusSeeOther, "/login") // the session is dead, not only its cookie
	other.get("/account").want(t, http.StatusOK, "")
}

func TestSigningOutEverywhere(t *testing.T) {
	p := newPlace(t)
	b, other := p.browser(), p.browser()
	b.signIn("hana@example.com", password)
	other.signIn("hana@example.com", password)
	b.post("/account/sign-out-everywhere").want(t, http.StatusSeeOther, "/login")
	b.get("/login").says(t, "You have been signed out on all your devices.")
	other.get("/account").want(t, http.StatusSeeOther, "/login")
}

func TestSessionsEndByWhateverEndsThem(t *testing.T) {
	for name, end := range map[string]func(*place){
		"a reset":      func(p *place) { p.reset("mail") },
		"a suspension": func(p *place) { p.change("mail", func(m *member.Member) { m.Status = member.Suspended }) },
		"idleness":     func(p *place) { p.pass(24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			b := p.browser()
			b.signIn("hana@example.com", password)
			b.get("/account").want(t, http.StatusOK, "")
			end(p)
			b.get("/account").want(t, http.StatusSeeOther, "/login")
			b.get("/auth").want(t, http.StatusUnauthorized, "")
		})
	}
}

func TestAMailedLinkIsAskedForWithoutTellingWhoExists(t *testing.T) {
	p := newPlace(t)
	b := p.browser()
	b.get("/forgot_password").says(t, `autocomplete="username"`)
	b.post("/forgot_password", "email", "no address").want(t, http.StatusUnprocessableEntity, "")
	known := b.post("/forgot_password", "email", " Hana@example.com ")
	known.want(t, http.StatusOK, "")
	known.says(t, "If somebody signs in with this email address")
	for _, address := range []string{"nobody@example.com", "sus@example.com", "hana@example.com"} {
		if page := b.post("/forgot_password", "email", address); page.body != known.body || page.StatusCode != known.StatusCode {
			t.Errorf("%s gets another answer", address)
		}
	}
	p.Drain()
	mails, err := p.service.Mails(t.Context(), 0, 10)
	must(t, err)
	if len(mails) != 1 || mails[0].To != "hana@example.com" || mails[0].Kind != account.MailRequested {
		t.Errorf("the mails are %+v", mails)
	}
	if p.wakes() == 0 {
		t.Error("the courier was not told")
	}
	p.browser().signIn("hana@example.com", password).want(t, http.StatusSeeOther, "/account") // still works
	code := p.code("mail")
	b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
}

// stopwatch is an http.ResponseWriter that does something when the answer is sent.
type stopwatch struct {
	*httptest.ResponseRecorder
	sent func()
}

func (s stopwatch) Flush() { s.sent() }

func formRequest(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestTheAnswerIsSentBeforeTheWorkBegins(t *testing.T) {
	p := newPlace(t)
	before, sent := p.revision(), false
	w := httptest.NewRecorder()
	answer := stopwatch{w, func() {
		sent = true
		if p.revision() != before || w.Header().Get("Content-Length") != strconv.Itoa(w.Body.Len()) {
			t.Error("when the answer is sent it is not whole, or the work has begun")
		}
	}}
	p.ServeHTTP(answer, formRequest("/forgot_password", url.Values{"email": {"hana@example.com"}}))
	p.Drain()
	if !sent || p.revision() == before {
		t.Errorf("the answer was sent: %v; the store is at revision %d, before at %d", sent, p.revision(), before)
	}
}
