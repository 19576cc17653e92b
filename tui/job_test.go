package tui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

func TestTheWholeJobByKeys(t *testing.T) {
	tm := newStateTeam(t)
	woken := 0
	d := signedIn(t, tm, 80, 24, func(o *Options) { o.Wake = func() { woken++ } })
	d.goTo("hanako")
	d.press("r")
	d.shows("佐藤 花子", "hanako.sato@example.com · 営業部; Sales", "3 sessions end", "The lockout is cancelled",
		"A mail with a set-password link goes to hanako.sato@example.com", "2026-03-03 09:30 JST (UTC+09:00)")
	d.press("enter", "tab", "enter")
	d.shows("Done. The password of 佐藤 花子 has been reset.", "3 sessions have ended", "queued")

	resets := tm.resets(t)
	if len(resets) != 1 || resets[0].Target != tm.find(t, "hanako.sato@example.com").ID {
		t.Fatalf("the audit log holds %v", resets)
	}
	// The account was locked, so that reason is the one suggested.
	if reason := resets[0].Detail("reason"); reason != string(account.ReasonLockout) {
		t.Errorf("the reason is %q", reason)
	}
	if woken != 1 {
		t.Errorf("the courier was woken %d times", woken)
	}
}

func TestReasonIsTheFirstUnlessLocked(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("r", "enter", "tab", "enter")
	if reason := tm.resets(t)[0].Detail("reason"); reason != string(account.ReasonForgot) {
		t.Errorf("the reason is %q", reason)
	}
}

func TestResetIsNotDone(t *testing.T) {
	for name, keys := range map[string][]string{
		"esc at the reason":  {"r", "esc"},
		"esc at the buttons": {"r", "enter", "esc"},
		"esc on Reset":       {"r", "enter", "tab", "esc"},
		"Enter on Cancel":    {"r", "enter", "enter"},
		"tab goes round":     {"r", "tab", "tab", "tab", "enter", "enter"},
		"back to Cancel":     {"r", "enter", "right", "left", "enter"},
		"shift+tab":          {"r", "enter", "tab", "shift+tab", "enter"},
	} {
		tm := newTeam(t)
		d := signedIn(t, tm, 80, 24)
		d.goTo("yoshino")
		d.press(keys...)
		d.shows("1 of 8 members")
		d.hides("Done.")
		d.hides("Why?")
		if n := len(tm.resets(t)); n != 0 {
			t.Errorf("%s: %d resets", name, n)
		}
	}
}

func TestSecondEnterDoesNothing(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("r", "enter", "tab")
	d.hold = true
	d.press("enter")
	d.shows("Resetting…")
	d.press("enter", "enter", "tab", "enter")
	d.release()
	if n := len(tm.resets(t)); n != 1 {
		t.Fatalf("%d resets", n)
	}
	d.press("enter") // the second half of a double press
	d.shows("Done.")
	tm.now = tm.now.Add(doublePress)
	d.press("enter")
	d.hides("Done.")
	if !strings.Contains(d.cursorRow(), "t.yoshino") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
	if n := len(tm.resets(t)); n != 1 {
		t.Fatalf("%d resets", n)
	}
}

// hangingReset is a service whose resets wait until they are cancelled, as on a store that another process holds.
type hangingReset struct{ *account.Service }

func (hangingReset) Reset(ctx context.Context, _ account.Admin, _ member.ID, _ account.Reason) (account.ResetResult, error) {
	<-ctx.Done()
	return account.ResetResult{}, ctx.Err()
}

func TestEscCancelsAResetThatHangs(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.root.shared.service = hangingReset{tm.service}
	d.goTo("yoshino")
	d.press("r", "enter", "tab")
	d.hold = true
	d.press("enter", "esc")
	d.shows("Resetting…")
	d.release()
	d.shows("Cancelled: nothing has been changed.")
	d.hides("Why?")
}

func TestDisabledActionSaysWhy(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 120, 40)
	// The cursor is on the admin's own row.
	d.shows("Reset Password (not now). This is your own account.")
	d.press("r")
	d.shows("This is your own account. Change your own password from the account page instead.")
	d.hides("Why?")
	d.press("e")
	d.shows("No mail has been sent yet")
	d.goTo("m.ito")
	d.press("e") // not a key of login ID members at all
	d.press("f")
	d.shows("The form is saved: /srv/rekey/forms/m.ito.pdf.")

	tm.write(t, func(w account.Writer) error {
		set, err := w.Settings()
		set.SSO = true
		if err != nil {
			return err
		}
		return w.PutSettings(set)
	})
	d.tick()
	d.press("r")
	d.shows("The team uses single sign-on")
	d.hides("Why?")
	if n := len(tm.resets(t)); n != 0 {
		t.Fatalf("%d resets", n)
	}
}

func TestARefusalIsWholeInTheSmallestTerminal(t *testing.T) {
	d := signedIn(t, newFormTeam(t), minWidth, minHeight)
	d.goTo("ken.t")
	d.press("down", "f")
	d.shows("There is no form that still works: a reset issues a new one.")
	d.fits(minWidth, minHeight)
	d.root.say(strings.Repeat("long ", 100))
	d.fits(minWidth, minHeight)
	d.shows("long long…")
}

func TestMemberDeletedMeanwhile(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("r", "enter", "tab")
	m := tm.find(t, "t.yoshino")
	m.Status = member.Deleted
	tm.write(t, func(w account.Writer) error {
		_, err := w.PutMember(m)
		return err
	})
	d.press("enter")
	d.shows("This member has been deleted.")
	d.hides("Why?")
	if n := len(tm.resets(t)); n != 0 {
		t.Fatalf("%d resets", n)
	}
}

func TestMailIsFollowedAndSentAgain(t *testing.T) {
	ctx := context.Background()
	tm := newTeam(t)
	woken := 0
	d := signedIn(t, tm, 80, 24, func(o *Options) { o.Wake = func() { woken++ } })
	d.goTo("hanako")
	d.press("r", "enter", "tab", "enter")
	deliver := func(state account.MailState, reply string) {
		t.Helper()
		var delivery account.Delivery
		for delivery.Mail.Member != tm.find(t, "hanako.sato@example.com").ID {
			claimed, err := tm.service.ServeMails(ctx, nil, 1, time.Minute)
			check(t, err)
			delivery = claimed[0]
		}
		said := delivery.Report(account.Outcome{State: state, Reply: reply})
		_, err := tm.service.ServeMails(ctx, []account.Report{said}, 0, 0)
		check(t, err)
		d.tick()
	}
	deliver(account.MailQueued, "451 \x1b[2Jgreylisted")
	d.shows("queued, 1 try so far: 451 <U+001B>[2Jgreylisted", "If it stays like this, check [mail] in rekey.toml")
	d.hides("nothing has to be done")
	tm.now = tm.now.Add(time.Minute)
	deliver(account.MailRefused, "550 no such user")
	d.shows("refused by the mail server: 550 no such user", "Check the address")
	d.press("e")
	d.shows("Delivery queued")
	deliver(account.MailAccepted, "250 2.0.0 taken")
	d.shows("accepted by the mail server: 250 2.0.0 taken")
	if woken != 2 {
		t.Errorf("the courier was woken %d times", woken)
	}
	d.press("esc", "e") // from the table
	d.shows("The mail to hanako.sato@example.com is sent again.")
	if n := len(tm.resets(t)); n != 1 {
		t.Errorf("%d resets", n)
	}
}

func TestMailThatWaitsSaysWhatToDo(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	s := d.root.shared
	waiting := account.Mail{ID: 1, State: account.MailQueued, Attempts: 2, Due: start.Add(44 * time.Minute), Reply: "no answer"}
	for name, c := range map[string]struct {
		change func(*account.Mail)
		want   string
	}{
		"today":         {func(*account.Mail) {}, "queued, 2 tries so far, next try 10:14: no answer"},
		"tomorrow":      {func(m *account.Mail) { m.Due = start.Add(24 * time.Hour) }, "queued, 2 tries so far, next try 2026-03-03 09:30 JST (UTC+09:00): no answer"},
		"being tried":   {func(m *account.Mail) { m.Claimed = true }, "queued, 2 tries so far: no answer"},
		"due":           {func(m *account.Mail) { m.Due = start }, "queued, 2 tries so far: no answer"},
		"not tried yet": {func(m *account.Mail) { *m = account.Mail{ID: 1, State: account.MailQueued, Due: start} }, "queued"},
	} {
		m := waiting
		c.change(&m)
		if got := s.mailState(m); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}

	d = signedIn(t, tm, 120, 40, func(o *Options) { o.Courier = nil })
	d.goTo("hanako")
	d.press("r", "enter", "tab", "enter")
	d.shows("No mail server is configured here: the mail waits. `rekey serve`, or rekey with mail.host set, delivers it.")
	d.press("esc")
	d.shows("No mail server is configured here: it waits.")
}

func TestFormsResultFollowsLaterResets(t *testing.T) {
	ctx := context.Background()
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("r", "enter", "tab", "enter")
	d.tick()
	d.hides("void")

	// In the same second, so that both forms work until the same time.
	id := tm.find(t, "t.yoshino").ID
	_, err := tm.service.Reset(ctx, tm.admin, id, account.ReasonForgot)
	check(t, err)
	d.tick()
	d.shows("A later reset has made this form void.", "Save the form elsewhere (not now).")
	d.hides("hand it over")
	for _, key := range []string{"s", "p", "v"} {
		d.press(key)
		if lines := strings.Split(d.frame(), "\n"); lines[len(lines)-2] != "A later reset has made this form void." {
			t.Errorf("%s: %q", key, lines[len(lines)-2])
		}
	}

	tm.write(t, func(w account.Writer) error {
		c, err := w.Credential(tm.admin.ID)
		if err != nil {
			return err
		}
		return w.PutCredential(id, account.Credential{Hash: c.Hash})
	})
	d.tick()
	d.shows("The member has set a new password: the form is used up.")
}

func TestFormThatCannotBeSavedIsNotLost(t *testing.T) {
	tm := newTeam(t)
	tm.forms.err = errors.New("writing the form: no space left on device")
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("r", "enter", "tab", "enter")
	d.shows("NOT SAVED: Writing the form: no space left on device.", "The reset itself is done")
	tm.forms.err = nil
	tm.forms.missing = []rune("𓀀")
	path := filepath.Join(t.TempDir(), "copy.pdf")
	d.press("s")
	d.typed(path)
	d.press("enter")
	d.shows("saved as "+path[:20], "No font has 𓀀")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestSaveElsewhere(t *testing.T) {
	tm := newTeam(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	d := signedIn(t, tm, 120, 40)
	d.goTo("yoshino")
	d.press("r", "enter", "tab", "enter")

	save := func(path string) {
		d.press("s", "ctrl+u")
		d.send(tea.PasteMsg{Content: path + "\n"})
		d.press("enter")
	}
	save("~") // a folder: the file keeps its usual name
	d.shows("The form is saved: " + home[:10])
	inHome := filepath.Join(home, "t.yoshino.pdf")
	if _, err := os.Stat(inHome); err != nil {
		t.Fatal(err)
	}

	precious := filepath.Join(home, "precious.pdf")
	check(t, os.WriteFile(precious, []byte("precious"), 0o600))
	save(precious)
	d.shows("already. Enter again replaces it.")
	if kept, _ := os.ReadFile(precious); string(kept) != "precious" {
		t.Fatal("the file has been replaced without a question")
	}
	d.press("enter")
	if kept, _ := os.ReadFile(precious); string(kept) != "form" {
		t.Fatal("the file has not been replaced")
	}

	save(filepath.Join(home, "missing", "x.pdf"))
	d.shows("There is no directory "+filepath.Join(home, "missing")+". Choose another place.", "Save the form as") // the path is still there to be corrected
	d.press("esc")
	save(filepath.Join(precious, "deep", "x.pdf"))
	d.shows(precious + " is not a directory. Choose another place.")
	d.hides("stat ")
	d.press("esc")
	save(os.DevNull)
	d.shows(os.DevNull + " is not an ordinary file. Choose another place.")
	d.hides("Enter again")
	d.press("esc")
	tm.forms.err = fmt.Errorf("saving the form as %q: %w", "x.pdf", &fs.PathError{Op: "open", Path: "/x/.form-1.tmp", Err: fs.ErrPermission})
	save(filepath.Join(home, "other.pdf"))
	d.shows(`Saving the form as "x.pdf": permission denied.`)
	d.hides(".tmp")
	d.press("esc")
	d.shows("saved as " + home[:10])
}

func TestPrint(t *testing.T) {
	var printed []string
	fail := error(nil)
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24, func(o *Options) {
		o.Print = func(_ context.Context, path string) error { printed = append(printed, path); return fail }
	})
	d.goTo("yoshino")
	d.press("r", "enter", "tab", "enter", "p")
	d.shows("handed to the printer")
	fail = errors.New("lp: no default destination")
	d.press("p")
	d.shows("! Lp: no default destination.")
	if want := "/srv/rekey/forms/t.yoshino.pdf"; len(printed) != 2 || printed[0] != want {
		t.Errorf("printed %q", printed)
	}

	d = signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("p")
	d.shows("This computer has no lp to print with.")
	d.press("r", "enter", "tab", "enter", "p")
	d.shows("This computer has no lp to print with.")
}

func TestPrintFromTheDetails(t *testing.T) {
	var printed []string
	tm := newTeam(t)
	d := signedIn(t, tm, 120, 40, func(o *Options) {
		o.Print = func(_ context.Context, path string) error { printed = append(printed, path); return nil }
	})
	d.goTo("yoshino")
	d.press("p")
	d.shows("The form is saved: /srv/rekey/forms/t.yoshino.pdf. It is handed to the printer.")
	if len(printed) != 1 || printed[0] != "/srv/rekey/forms/t.yoshino.pdf" {
		t.Errorf("printed %q", printed)
	}
	tm.forms.err = errors.New("no space left on device")
	d.press("enter", "p")
	d.shows("! No space left on device.")
	if len(printed) != 1 {
		t.Error("an old file has been printed")
	}
}

func TestSignedOutMeanwhile(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("r", "enter", "tab")
	tm.write(t, func(w account.Writer) error {
		id := tm.admin.ID
		c, err := w.Credential(id)
		c.Epoch++
		if err != nil {
			return err
		}
		return w.PutCredential(id, c)
	})
	d.press("enter")
	d.shows("You have been signed out", "Sign in again.", "Password", adminAddress)
	d.hides("Members")
	if n := len(tm.resets(t)); n != 0 {
		t.Fatalf("%d resets", n)
	}
}

func TestInvitedAndSuspendedMembers(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("invited")
	d.press("r")
	d.shows("The member has not signed up yet: this is a fresh invitation.", "A mail with a set-password link goes to invited@example.com")
	d.hides("The password stops working")
	d.press("enter", "tab", "enter")
	d.shows("A fresh invitation has been issued for Invited Person.", "Earlier invitations do not work any more.")
	d.press("esc", "esc")
	d.goTo("zoe@")
	d.press("r")
	d.shows("The member is suspended: the new link works only once the account is active again.")
}
