package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestSignIn(t *testing.T) {
	tm := newTeam(t)
	d := newDriver(t, tm, 80, 24, func(o *Options) { o.Notice = []string{"a notice"} })
	d.shows("Unipos Team Admin", "Kita Works", "a notice")
	d.typed(adminAddress)
	d.press("enter")
	d.send(tea.PasteMsg{Content: "wrong\n"})
	d.shows("•••••")
	d.hides("wrong")
	d.hold = true
	d.press("enter")
	d.shows("Signing in…")
	d.typed("qqq") // not taken, and does not quit
	d.hides("•")
	d.press("enter")
	d.release()
	d.shows("That did not sign you in.")
	d.hides("•")
	if d.quit || len(tm.admin.Name) == 0 {
		t.Fatal("the console has quit")
	}
	d.send(tea.PasteMsg{Content: adminPassword + "\r\n"})
	d.press("enter")
	d.shows("8 of 8 members", "青木 はるか")
	for _, s := range d.root.stack() {
		if form, ok := s.(*signIn); ok {
			t.Fatalf("the sign-in screen is still there: %v", form)
		}
	}
}

func TestPasswordIsForgottenOnceItIsUsed(t *testing.T) {
	d := newDriver(t, newTeam(t), 80, 24, func(o *Options) { o.Address = adminAddress })
	form := d.root.stack()[0].(*signIn)
	d.typed(adminPassword)
	d.hold = true
	d.press("enter")
	if form.fields[passwordField].value() != "" {
		t.Error("the field still holds the password")
	}
}

func TestOnlyAdminsGetIn(t *testing.T) {
	d := newDriver(t, newTeam(t), 80, 24)
	d.typed("ken.tanaka@example.com")
	d.press("enter")
	d.typed("whatever it is")
	d.press("enter")
	d.shows("That did not sign you in.")
	d.hides("of 8 members")
}

func TestSignOutAndQuit(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("x")
	d.shows("You have signed out.", adminAddress)
	if d.root.shared.admin.ID != 0 {
		t.Error("the console still holds the admin")
	}
	d.typed("q")
	if d.quit {
		t.Error("q has quit while it was text")
	}
	d.press("ctrl+c")
	if !d.quit {
		t.Error("ctrl+c does not quit")
	}
	d = signedIn(t, newTeam(t), 80, 24)
	d.press("q")
	if !d.quit {
		t.Error("q does not quit")
	}
}
