package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

const (
	kioskBase      = "https://team.example.com"
	chosenPassword = "nine loud trombones"
)

// kioskDriver runs the kiosk.
type kioskDriver struct {
	loop
	team  *team
	kiosk *kiosk
}

// newKioskDriver starts a kiosk of w by h cells on tm, in the language of the locale.
func newKioskDriver(t *testing.T, tm *team, w, h int, env ...string) *kioskDriver {
	t.Helper()
	return newKioskDriverOn(t, tm, tm.service, w, h, env...)
}

func newKioskDriverOn(t *testing.T, tm *team, s kioskService, w, h int, env ...string) *kioskDriver {
	t.Helper()
	o := KioskOptions{BaseURL: kioskBase, Env: append([]string{"TERM=xterm-256color"}, env...)}
	k := newKiosk(context.Background(), o.withDefaults(), s)
	d := &kioskDriver{loop: loop{t: t, model: k}, team: tm, kiosk: k}
	k.after = d.after
	d.begin(w, h, k.terminal.profile)
	return d
}

// pass lets time pass, and the ticks go off at the end of it.
func (d *kioskDriver) pass(span time.Duration) {
	d.team.now = d.team.now.Add(span)
	d.tick()
}

// scan is what a scanner does: it types fast, and ends with Enter.
func (d *kioskDriver) scan(text string) {
	d.typed(text)
	d.press("enter")
}

// choose types a password twice.
func (d *kioskDriver) choose(first, second string) {
	d.typed(first)
	d.press("enter")
	d.typed(second)
	d.press("enter")
}

func (d *kioskDriver) shows(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if !strings.Contains(unbroken(d.frame()), unbroken(text)) {
			d.t.Fatalf("the frame does not show %q:\n%s", text, d.frame())
		}
	}
}

func (d *kioskDriver) hides(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if strings.Contains(unbroken(d.frame()), unbroken(text)) {
			d.t.Fatalf("the frame shows %q:\n%s", text, d.frame())
		}
	}
}

// unbroken makes text comparable that may be wrapped, between words or within Japanese ones.
func unbroken(s string) string { return strings.ReplaceAll(squeeze(s), " ", "") }

// atStart fails unless the kiosk waits for a code.
func (d *kioskDriver) atStart() {
	d.t.Helper()
	if _, ok := d.kiosk.page.(*startPage); !ok {
		d.t.Fatalf("the kiosk is not at the start:\n%s", d.frame())
	}
}

// formCode gives the code of a login ID member's form, after a reset.
func (tm *team) formCode(t *testing.T, loginID string) string {
	t.Helper()
	m := tm.find(t, loginID)
	_, err := tm.service.Reset(context.Background(), tm.admin, m.ID, account.ReasonForgot)
	check(t, err)
	form, err := tm.service.Form(context.Background(), tm.admin, m.ID)
	check(t, err)
	return form.Code
}

// signsIn reports whether a login ID member's password works.
func (tm *team) signsIn(loginID, password string) bool {
	_, err := tm.service.SignInMember(context.Background(), account.Login{TeamNumber: "81-4402", LoginID: loginID, Password: password})
	return err == nil
}

// alter changes a member as another process would.
func (tm *team) alter(t *testing.T, name string, change func(*member.Member)) {
	t.Helper()
	m := tm.find(t, name)
	change(&m)
	tm.write(t, func(w account.Writer) error {
		_, err := w.PutMember(m)
		return err
	})
}
