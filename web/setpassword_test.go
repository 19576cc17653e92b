package web_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
	"rekey/web"
)

func TestALinkSetsThePasswordAndSignsIn(t *testing.T) {
	p := newPlace(t)
	code, b := p.reset("mail"), p.browser()

	page := b.get("/s/" + code)
	page.want(t, http.StatusOK, "")
	page.says(t, "Unipos", "Aozora", "𠮷野 花子", `value="hana@example.com" autocomplete="username"`, `readonly`,
		"8 to 256 characters", "Set password and login", "until 2026-04-02 00:00 UTC")
	if n := strings.Count(page.body, `autocomplete="new-password"`); n != 2 {
		t.Errorf("the page has %d fields for a new password, want 2", n)
	}

	b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
	me := b.get("/account")
	me.want(t, http.StatusOK, "")
	me.says(t, "Your new password has been set, and you are signed in.", "hana@example.com", "𠮷野 花子")
	if again := b.get("/account"); strings.Contains(again.body, "has been set") {
		t.Error("the account page says it a second time")
	}
	other := p.browser()
	other.signIn("hana@example.com", newPassword).want(t, http.StatusSeeOther, "/account")
	other.signIn("hana@example.com", password).want(t, http.StatusUnprocessableEntity, "")
}

func TestALoginIDMemberSeesTheLoginID(t *testing.T) {
	p := newPlace(t)
	code, b := p.reset("form"), p.browser()
	b.get("/s/"+code).says(t, "髙橋 一郎", `value="line3-017" autocomplete="username"`)
	b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
	b.get("/account").says(t, "line3-017", "1234567")
}

func TestAnInvitedMemberBecomesActive(t *testing.T) {
	p := newPlace(t)
	code, b := p.reset("inviting"), p.browser()
	b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
	b.get("/account").want(t, http.StatusOK, "")
}

func TestCodesMayBeTypedInAnyWay(t *testing.T) {
	p := newPlace(t)
	code, b := p.reset("form"), p.browser()
	for _, typed := range []string{
		strings.ToLower(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", "%20"),
		strings.NewReplacer("0", "o", "1", "l").Replace(code),
	} {
		b.get("/s/"+typed).want(t, http.StatusOK, "")
	}
}

func TestARefusedPasswordKeepsTheCodeAndSaysWhy(t *testing.T) {
	p := newPlace(t, func(c *web.Config) { c.Limits.Forms = web.Rate{Burst: 1000, Every: time.Second} })
	for language, why := range map[string]map[string]string{
		"en": {"short": "needs at least 8 characters", "long": "at most 256 characters", "common": "one of the most common passwords",
			"own": "holds your name", "differ": "The two passwords differ", "none": "Enter a new password.",
			"once": "Enter the new password once more", "bytes": "could not be read"},
		"ja": {"short": "短すぎます。8文字以上", "long": "長すぎます。256文字以内", "common": "よく使われるパスワードです",
			"own": "氏名、メールアドレスやログインID、またはチーム名が含まれています", "differ": "一致しません", "none": "新しいパスワードを入力してください。",
			"once": "もう一度入力してください", "bytes": "読み取れませんでした"},
	} {
		code, b := p.reset("form"), p.browser()
		b.header.Set("Accept-Language", language)
		for name, c := range map[string]struct{ password, again, field string }{
			"short":  {"sevench", "sevench", "password"},
			"long":   {strings.Repeat("ab ", 86), strings.Repeat("ab ", 86), "password"},
			"common": {"password1", "password1", "password"},
			"own":    {"my line3-017 pass", "my line3-017 pass", "password"},
			"bytes":  {"twelve \xff bytes", "twelve \xff bytes", "password"},
			"differ": {newPassword, newPassword + "x", "again"},
			"once":   {newPassword, "", "again"},
			"none":   {"", "", "password"},
		} {
			before := p.revision()
			page := b.post("/s/"+code, "password", c.password, "again", c.again)
			page.want(t, http.StatusUnprocessableEntity, "")
			page.says(t, why[name], `id="`+c.field+`-error" role="alert"`, `aria-invalid="true"`,
				`aria-describedby="`+c.field+`-error`)
			if len(c.password) > 2 && strings.Contains(page.body, c.password) {
				t.Errorf("%s, %s: the page holds the password that was typed", language, name)
			}
			if p.revision() != before {
				t.Errorf("%s, %s: the refusal changed the store", language, name)
			}
		}
		b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
	}
}

func TestOfTwoBrowsersOneWins(t *testing.T) {
	p := newPlace(t)
	code := p.reset("mail")
	const racers = 6
	results, passwords := make([]result, racers), make([]string, racers)
	var race sync.WaitGroup
	for i := range racers {
		passwords[i] = newPassword + strings.Repeat("!", i)
		b := p.browser()
		race.Go(func() { results[i] = b.post("/s/"+code, "password", passwords[i], "again", passwords[i]) })
	}
	race.Wait()
	winner := -1
	for i, r := range results {
		switch r.StatusCode {
		case http.StatusSeeOther:
			if winner >= 0 {
				t.Error("two browsers have won")
			}
			winner = i
		case http.StatusNotFound:
			r.says(t, "This link does not work", "You have just set your password")
			if len(r.Cookies()) > 0 {
				t.Error("a loser gets a cookie")
			}
		default:
			t.Errorf("a browser is answered %d", r.StatusCode)
		}
	}
	if winner < 0 {
		t.Fatal("nobody has won")
	}
	p.browser().signIn("hana@example.com", passwords[winner]).want(t, http.StatusSeeOther, "/account")
	must(t, p.store.Check(t.Context()))
}

func TestVoidCodesAreNotToldApart(t *testing.T) {
	p := newPlace(t)
	superseded := p.reset("form")
	used := p.reset("form")
	p.browser().post("/s/"+used, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
	expired := p.reset("mail")
	p.pass(25 * time.Hour)
	_, err := p.service.Reset(t.Context(), mustSignIn(t, p), p.members["form"], account.ReasonForgot)
	must(t, err)
	genuine := p.code("form")
	forged := genuine[:len(genuine)-1] + "0"
	if forged == genuine {
		forged = genuine[:len(genuine)-1] + "1"
	}
	first := p.browser().get("/s/none")
	first.want(t, http.StatusNotFound, "")
	first.says(t, "You sign in with an email address", "You sign in with a login ID", `href="/forgot_password"`)
	for name, code := range map[string]string{
		"superseded": superseded, "used": used, "expired": expired, "forged": forged, "unknown": "0000-0000-" + genuine[10:],
		"malformed": "hello", "nothing": "", "a path": "a/b/c", "too long": genuine + "0",
	} {
		p.pass(time.Minute) // or there would be too many wrong codes
		for _, page := range []result{
			p.browser().get("/s/" + code),
			p.browser().post("/s/"+code, "password", newPassword, "again", newPassword),
			p.browser().post("/s/"+code, "password", "x", "again", "y"),
		} {
			page.want(t, http.StatusNotFound, "")
			if page.body != first.body {
				t.Errorf("%s: the page differs:\n%s", name, page.body)
			}
			if got, want := headersBut(page.Header, "Date"), headersBut(first.Header, "Date"); got != want {
				t.Errorf("%s: the headers differ: %s", name, got)
			}
		}
		p.pass(2 * time.Minute)
	}
}

func headersBut(h http.Header, dropped string) string {
	h = h.Clone()
	h.Del(dropped)
	var b strings.Builder
	_ = h.Write(&b) // a strings.Builder takes everything
	return b.String()
}

func mustSignIn(t *testing.T, p *place) account.Admin {
	t.Helper()
	admin, err := p.service.SignIn(t.Context(), "admin@example.com", password, "console")
	must(t, err)
	return admin
}

func TestASuspendedMemberIsToldAndCanComeBack(t *testing.T) {
	p := newPlace(t)
	code, b := p.reset("suspended"), p.browser()
	b.get("/s/"+code).want(t, http.StatusForbidden, "")
	page := b.post("/s/"+code, "password", newPassword, "again", newPassword)
	page.want(t, http.StatusForbidden, "")
	page.says(t, "This account is suspended at the moment", "once an admin of your team has made the account active again")
	p.change("suspended", func(m *member.Member) { m.Status = member.Active })
	b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
}

func TestGETChangesNothing(t *testing.T) {
	p := newPlace(t)
	code, b := p.reset("mail"), p.browser()
	b.signIn("admin@example.com", password).want(t, http.StatusSeeOther, "/account")
	scanner := p.browser()
	before := p.revision()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, path := range []string{"/s/" + code, "/login", "/account", "/forgot_password", "/auth", "/healthz", "/account/sign-out"} {
			for range 50 {
				b.do(method, path, nil)
				scanner.do(method, path, nil)
			}
		}
		for range 4 {
			scanner.do(method, "/s/wrong", nil)
		}
	}
	if after := p.revision(); after != before {
		t.Errorf("the store has changed from revision %d to %d", before, after)
	}
	scanner.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
}

func TestSettingAPasswordEndsTheSessionsOfOthersInTheBrowser(t *testing.T) {
	p := newPlace(t)
	b := p.browser()
	b.signIn("admin@example.com", password).want(t, http.StatusSeeOther, "/account")
	before := b.client.Jar.Cookies(b.url("/"))
	code := p.reset("form")
	b.post("/s/"+code, "password", newPassword, "again", newPassword).want(t, http.StatusSeeOther, "/account")
	thief := p.browser()
	thief.client.Jar.SetCookies(thief.url("/"), before)
	thief.get("/auth").want(t, http.StatusUnauthorized, "")
}
