package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"rekey/account"
	"rekey/member"
)

const (
	kioskBase      = "https://team.example.com"
	chosenPassword = "nine loud trombones"
)

// kioskDriver runs the kiosk without goroutines, as driver does the console. Time passes when the test says so.
type kioskDriver struct {
	t     *testing.T
	team  *team
	kiosk *kiosk
	ticks []func() tea.Msg
	held  []tea.Cmd
	hold  bool // commands wait for release
	quit  bool
}

// newKioskDriver starts a kiosk of w by h cells on tm, in the language of the locale.
func newKioskDriver(t *testing.T, tm *team, w, h int, env ...string) *kioskDriver {
	t.Helper()
	return newKioskDriverOn(t, tm, tm.service, w, h, env...)
}

func newKioskDriverOn(t *testing.T, tm *team, s kioskService, w, h int, env ...string) *kioskDriver {
	t.Helper()
	o := KioskOptions{BaseURL: kioskBase, Env: append([]string{"TERM=xterm-256color"}, env...)}
	d := &kioskDriver{t: t, team: tm, kiosk: newKiosk(context.Background(), o.withDefaults(), s)}
	d.kiosk.after = func(_ time.Duration, fn func() tea.Msg) tea.Cmd {
		d.ticks = append(d.ticks, fn)
		return nil
	}
	d.do(d.kiosk.Init())
	d.send(tea.ColorProfileMsg{Profile: d.kiosk.terminal.profile})
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

func (d *kioskDriver) send(msg tea.Msg) {
	_, cmd := d.kiosk.Update(msg)
	d.do(cmd)
}

func (d *kioskDriver) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if d.hold {
		d.held = append(d.held, cmd)
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.do(c)
		}
	case tea.QuitMsg:
		d.quit = true
	default:
		d.send(msg)
	}
}

// release runs the commands that were held.
func (d *kioskDriver) release() {
	held := d.held
	d.held, d.hold = nil, false
	for _, cmd := range held {
		d.do(cmd)
	}
}

// pass lets time pass, and the ticks go off at the end of it.
func (d *kioskDriver) pass(span time.Duration) {
	d.team.now = d.team.now.Add(span)
	ticks := d.ticks
	d.ticks = nil
	for _, fn := range ticks {
		d.send(fn())
	}
}

var functionKeys = map[string]rune{"f1": tea.KeyF1, "f8": tea.KeyF8, "f9": tea.KeyF9, "f10": tea.KeyF10}

// press presses keys by their names.
func (d *kioskDriver) press(names ...string) {
	for _, name := range names {
		if code, ok := functionKeys[name]; ok {
			d.send(tea.KeyPressMsg{Code: code})
			continue
		}
		d.send(keyPress(name))
	}
}

// typed types text, a key for each character.
func (d *kioskDriver) typed(text string) {
	for _, r := range text {
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
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

// frame is what the terminal shows, without colours.
func (d *kioskDriver) frame() string { return ansi.Strip(d.kiosk.View().Content) }

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
