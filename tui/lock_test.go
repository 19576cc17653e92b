package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// locked is a console that nobody has touched for as long as it waits.
func locked(t *testing.T, tm *team, w, h int, open func(*driver)) *driver {
	t.Helper()
	d := signedIn(t, tm, w, h)
	open(d)
	tm.now = tm.now.Add(account.DefaultSettings().IdleLock)
	d.tick()
	d.shows("This console is locked.")
	return d
}

// TestLockShowsNothingOfWhatIsOpen leaves the console alone in every state that it has.
func TestLockShowsNothingOfWhatIsOpen(t *testing.T) {
	exhaustive(t)
	for _, s := range states {
		d := locked(t, newStateTeam(t), 80, 24, s.open)
		for _, secret := range []string{"Kita", "青木", "haruka", "佐藤", "𠮷野", "ken", "Members", "members", "工場", "█", "JST", "Done"} {
			if strings.Contains(d.frame(), secret) {
				t.Errorf("%s: %q is still shown:\n%s", s.name, secret, d.frame())
			}
		}
		d.shows("Unipos Team Admin")
	}
}

func TestLockBringsBackWhatWasOpen(t *testing.T) {
	exhaustive(t)
	for _, s := range states {
		if strings.HasPrefix(s.name, "history") { // it tells of the unlocking as well
			continue
		}
		tm := newStateTeam(t)
		d := signedIn(t, tm, 80, 24)
		s.open(d)
		open, at := d.frame(), tm.now
		tm.now = tm.now.Add(time.Hour)
		d.tick()
		d.typed(adminPassword)
		tm.now = at // so that countdowns say the same
		d.press("enter")
		if d.frame() != open {
			t.Errorf("%s has changed:\n%s\nwas:\n%s", s.name, d.frame(), open)
		}
	}
}

func TestKeysKeepTheConsoleOpen(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	for range 5 {
		tm.now = tm.now.Add(9*time.Minute + 59*time.Second)
		d.tick()
		d.press("down")
	}
	d.shows("8 of 8 members")
	tm.now = tm.now.Add(10 * time.Minute)
	d.press("r") // before the clock has been looked at
	d.shows("This console is locked.")
	d.typed(adminPassword)
	d.press("enter")
	d.shows("8 of 8 members")
	d.hides("Why?")
}

func TestTheTeamSaysHowLong(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	tm.write(t, func(w account.Writer) error {
		set, err := w.Settings()
		set.IdleLock = time.Minute
		if err != nil {
			return err
		}
		return w.PutSettings(set)
	})
	d.tick()
	tm.now = tm.now.Add(time.Minute)
	d.tick()
	d.shows("This console is locked.")
}

func TestAComputerThatSleptIsLocked(t *testing.T) {
	i := idle{}
	now := time.Now()
	i.pressed(now)
	// While the computer sleeps only the wall clock goes on, which is all that a time without a monotonic reading has.
	if got := i.since(now.Round(0).Add(time.Hour)); got != time.Hour {
		t.Errorf("after an hour asleep it counts %v", got)
	}
	if got := i.since(now.Add(time.Minute)); got != time.Minute {
		t.Errorf("after a minute it counts %v", got)
	}
}

func TestAKeyLocksAtOnce(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.goTo("yoshino")
	d.press("v", "L") // letters are the code's own screen's
	d.hides("This console is locked.")
	d.press("esc", "enter", "L")
	d.shows("This console is locked.")
	d.typed(adminPassword)
	d.press("enter")
	d.shows("[1 Members › Details]")
}

func TestWrongPasswordsAtTheLockCount(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("L")
	for range account.DefaultSettings().MaxFailures {
		d.typed("not the password")
		d.press("enter")
		d.shows("That is not the password, or too many wrong ones have locked the account for a while.")
	}
	d.typed(adminPassword)
	d.press("enter")
	d.shows("This console is locked.")
	tm.now = tm.now.Add(account.DefaultSettings().LockoutTime)
	d.typed(adminPassword)
	d.press("enter")
	d.shows("8 of 8 members")
}

func TestASessionThatEndedBehindTheLock(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("L")
	admin := tm.find(t, adminAddress)
	tm.write(t, func(w account.Writer) error {
		c, err := w.Credential(admin.ID)
		c.Epoch++
		if err != nil {
			return err
		}
		return w.PutCredential(admin.ID, c)
	})
	d.typed(adminPassword)
	d.press("enter")
	d.shows("You have been signed out", "Email address")
	d.hides("haruka")
}

// TestALockedConsoleDoesNotKeepItsSessionAlive changes things behind a locked console until its session has run out.
func TestALockedConsoleDoesNotKeepItsSessionAlive(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 120, 40)
	d.goTo("hanako")
	other := tm.find(t, "t.yoshino")
	idle := account.DefaultSettings().SessionIdle
	for i := range 10 {
		tm.now = tm.now.Add(idle / 10)
		tm.write(t, func(w account.Writer) error {
			return w.PutLockout(account.Lockout{Member: other.ID, Failures: i + 1})
		})
		d.tick()
	}
	d.typed(adminPassword)
	d.press("enter")
	d.shows("You have been signed out", "Email address")
}

func TestSignOutAndQuitFromTheLock(t *testing.T) {
	d := locked(t, newTeam(t), 80, 24, func(*driver) {})
	d.press("ctrl+x")
	d.shows("You have signed out.")
	d.hides("haruka")
	d = locked(t, newTeam(t), 80, 24, func(*driver) {})
	d.press("q", "?")
	if d.quit {
		t.Error("q has quit while it was text")
	}
	d.press("ctrl+c")
	if !d.quit {
		t.Error("ctrl+c does not quit")
	}
}

// TestAResetGoesOnBehindTheLock locks the console while a reset works.
func TestAResetGoesOnBehindTheLock(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("r", "enter", "tab")
	d.hold = true
	d.press("enter")
	tm.now = tm.now.Add(time.Hour)
	d.send(revisionMsg{})
	d.shows("This console is locked.")
	d.release()
	if n := len(tm.resets(t)); n != 1 {
		t.Fatalf("%d resets", n)
	}
	d.shows("This console is locked.")
	d.hides("Done.")
	d.typed(adminPassword)
	d.press("enter")
	d.shows("Done. The password of 𠮷野 太郎 has been reset.")
}

// TestWhatIsSaidBehindTheLockIsSaidAfterIt lets a form be saved while the console is locked.
func TestWhatIsSaidBehindTheLockIsSaidAfterIt(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("m.ito")
	d.press("r", "enter", "tab", "enter", "esc")
	d.hold = true
	d.press("f", "L")
	d.release()
	d.hides("saved")
	d.hides("m.ito")
	d.typed(adminPassword)
	d.press("enter")
	d.shows("The form is saved: /srv/rekey/forms/m.ito.pdf.")
}

func TestThePasswordOfTheLockIsForgottenOnceItIsUsed(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("L")
	d.send(tea.PasteMsg{Content: adminPassword + "\n"})
	d.hides(adminPassword)
	d.hold = true
	d.press("enter")
	d.shows("Unlocking…")
	if d.root.lock.(*lock).password.value() != "" {
		t.Error("the field still holds the password")
	}
	d.typed("x")
	d.press("enter")
	d.release()
	d.shows("8 of 8 members")
}

// brokenUnlock is a service whose store cannot be read.
type brokenUnlock struct{ *account.Service }

func (brokenUnlock) Unlock(context.Context, account.Admin, string) error {
	return context.DeadlineExceeded
}

func TestAnErrorLeavesTheConsoleLocked(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.root.shared.service = brokenUnlock{tm.service}
	d.press("L")
	d.typed(adminPassword)
	d.press("enter")
	d.shows("This console is locked.", "Context deadline exceeded.")
}
