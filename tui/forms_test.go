package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// resetAll resets members by the keys, so that they have a form, and comes back to the list.
func (d *driver) resetAll(names ...string) {
	for _, name := range names {
		d.goTo(name)
		d.press("r", "enter", "tab", "enter", "esc", "esc")
	}
}

// events gives the login IDs of the members to whom an event happened, the newest first.
func (tm *team) events(t *testing.T, event account.Event) []string {
	t.Helper()
	entries, _, err := tm.service.FindAudit(context.Background(), account.AuditQuery{Events: []account.Event{event}}, 0, 1000)
	check(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.TargetMember.Account())
	}
	return names
}

// newFormTeam is a team in which everybody with a login ID but ken.t has a form that works.
func newFormTeam(t *testing.T) *team {
	tm := newTeam(t)
	for _, name := range []string{"t.yoshino", "m.ito"} {
		_, err := tm.service.Reset(context.Background(), tm.admin, tm.find(t, name).ID, account.ReasonForgot)
		check(t, err)
	}
	id := tm.find(t, "ken.t").ID // whose form is used up
	tm.write(t, func(w account.Writer) error {
		c, err := w.Credential(id)
		if err != nil {
			return err
		}
		c.Token = 0
		return w.PutCredential(id, c)
	})
	return tm
}

func TestFormsOfEverybody(t *testing.T) {
	tm := newFormTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("F")
	d.shows("Forms of many members", "All members with a login ID", "3 members", "工場", "2 members", "Logistics", "1 member", "the usual place")
	d.press("enter")
	d.shows("2 forms are saved in /srv/rekey/forms.", "1 member has no form that works: ken.t.", "reset individually")
	d.hides("Print")
	if got := tm.events(t, account.EventFormSaved); len(got) != 2 || len(tm.forms.forms) != 2 {
		t.Errorf("recorded %q, written %d", got, len(tm.forms.forms))
	}
	d.press("enter") // the second half of a double press
	d.shows("Forms of many members")
	tm.now = tm.now.Add(doublePress)
	d.press("enter")
	d.hides("Forms of many members")
	if n := len(tm.resets(t)); n != 2 {
		t.Errorf("%d resets", n)
	}
}

func TestFormsOfADepartmentAsADocument(t *testing.T) {
	var printed []string
	fail := error(nil)
	tm := newFormTeam(t)
	d := signedIn(t, tm, 80, 24, func(o *Options) {
		o.Print = func(_ context.Context, path string) error { printed = append(printed, path); return fail }
	})
	home := t.TempDir()
	t.Setenv("HOME", home)
	d.press("F")
	d.typed("工")
	d.hides("All members with")
	d.press("tab", "right", "tab")
	d.shows("one document to print")
	d.typed("~") // a folder: the document gets its usual name
	d.press("enter")
	path := filepath.Join(home, "forms.pdf")
	d.shows("2 forms are saved in one document: "+path[:20], "[p] Print the document")
	d.hides("no form that works")
	fail = errors.New("lp: no default destination")
	d.press("p")
	d.shows("! Lp: no default destination.")
	if got := tm.events(t, account.EventFormPrinted); len(got) != 0 {
		t.Errorf("what was not printed is recorded: %q", got)
	}
	fail = nil
	d.press("p")
	d.shows("The document is handed to the printer.")
	if got := tm.events(t, account.EventFormPrinted); len(printed) != 2 || printed[1] != path || !slices.Equal(got, []string{"t.yoshino", "m.ito"}) && !slices.Equal(got, []string{"m.ito", "t.yoshino"}) {
		t.Errorf("printed %q, recorded %q", printed, got)
	}
}

func TestFormsBoxRefusesInSentences(t *testing.T) {
	tm := newFormTeam(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "precious.pdf")
	check(t, os.WriteFile(file, []byte("precious"), 0o600))
	d := signedIn(t, tm, 120, 40)
	d.press("F")
	d.typed("no such department")
	d.shows("No department fits.")
	d.press("enter")
	d.shows("delete what you typed")
	d.press("ctrl+u")
	d.shows("Logistics")

	d.press("tab", "tab")
	where := func(path string) {
		d.press("ctrl+u")
		d.send(tea.PasteMsg{Content: path})
		d.press("enter")
	}
	where(filepath.Join(dir, "missing"))
	d.shows("There is no directory", "Choose another place.", "Forms of many members")
	d.press("shift+tab", "right", "tab")
	d.hides("There is no directory")
	where(filepath.Join(dir, "missing", "all.pdf"))
	d.shows("There is no directory")
	where(file)
	d.shows("already. Enter again replaces it.")
	if kept, _ := os.ReadFile(file); string(kept) != "precious" {
		t.Fatal("the file has been replaced without a question")
	}
	if got := tm.events(t, account.EventFormSaved); len(got) != 0 {
		t.Errorf("nothing was saved, but recorded: %q", got)
	}
	d.press("enter")
	d.shows("2 forms are saved in one document", "This computer has no lp")
	if kept, _ := os.ReadFile(file); string(kept) != "form" {
		t.Error("the file has not been replaced")
	}
}

func TestFormsThatFailMidway(t *testing.T) {
	tm := newFormTeam(t)
	tm.forms.err = errors.New("writing the form: no space left on device")
	d := signedIn(t, tm, 80, 24)
	d.press("F", "enter")
	d.shows("0 of 2 forms were saved: writing the form: no space left on", "Forms of many members")
	if got := tm.events(t, account.EventFormNotSaved); len(got) != 2 {
		t.Errorf("recorded as not saved: %q", got)
	}
	tm.forms.err = nil
	d.press("enter")
	d.shows("2 forms are saved")
}

func TestFormsAreCancelled(t *testing.T) {
	tm := newFormTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("F")
	d.hold = true
	d.press("enter")
	d.shows("Saving…")
	d.press("enter", "tab") // nothing is started twice
	d.press("esc")
	d.release()
	d.shows("Cancelled: no form was saved.")
	d.press("esc")
	d.hides("Forms of many members")
	if len(tm.forms.forms) != 0 {
		t.Error("forms were saved")
	}
}

// cancelling is a service on which Esc is pressed after the first of the forms.
type cancelling struct {
	*account.Service
	press func()
}

func (c cancelling) SaveForms(ctx context.Context, admin account.Admin, q account.FormQuery, to account.FormTarget, progress func(done, of int)) (account.SavedForms, error) {
	return c.Service.SaveForms(ctx, admin, q, to, func(done, of int) {
		progress(done, of)
		c.press()
	})
}

func TestFormsAreCancelledMidway(t *testing.T) {
	tm := newFormTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.root.shared.service = cancelling{tm.service, func() {
		d.shows("Saving… 1 of 2 forms")
		d.root.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
	}}
	d.press("F", "enter")
	d.shows("Cancelled: 1 of 2 forms were saved in /srv/rekey/forms.")
	if saved, not := tm.events(t, account.EventFormSaved), tm.events(t, account.EventFormNotSaved); len(saved) != 2 || len(not) != 1 {
		t.Errorf("recorded %q and %q", saved, not)
	}
}

func TestFormsOfATeamWithoutLoginIDs(t *testing.T) {
	tm := newTeam(t)
	for _, name := range []string{"t.yoshino", "ken.t", "m.ito"} {
		m := tm.find(t, name)
		m.Status = member.Deleted
		tm.write(t, func(w account.Writer) error {
			_, err := w.PutMember(m)
			return err
		})
	}
	d := signedIn(t, tm, 80, 24)
	d.press("F")
	d.shows("No member has a login ID, and forms are for those who do.")
	d.hides("Forms of many members")
}

func TestFormsBoxIsThereBeforeTheMembersAreCounted(t *testing.T) {
	d := signedIn(t, newFormTeam(t), 80, 24)
	d.hold = true // a million members take most of a second
	d.press("F")
	d.typed("工")
	d.shows("Forms of many members", "Counting the members…")
	d.press("enter")
	d.shows("The members are still being counted")
	d.release()
	d.shows("› 工場", "2 members")
	d.hides("counted")
	d.press("enter")
	d.shows("2 forms are saved in /srv/rekey/forms.")
}

// stripped is a service at which the admin loses the authority as soon as a form is to be saved.
type stripped struct{ *account.Service }

var noAuthority = &account.Error{Code: account.CodeNoAuthority, Message: "You have no admin authority any more.", Hint: "Ask another admin."}

func (stripped) SaveForm(context.Context, account.Admin, member.ID, string) (account.SavedForm, error) {
	return account.SavedForm{}, noAuthority
}

func TestWhoHasLostTheAuthorityIsAskedToSignInWhereverFormsAreSaved(t *testing.T) {
	reset := []string{"r", "enter", "tab", "enter"}
	for name, keys := range map[string]struct{ before, then []string }{
		"after a reset":  {nil, reset},
		"from the list":  {nil, []string{"f"}},
		"somewhere else": {append(reset, "s"), []string{"enter"}},
	} {
		tm := newFormTeam(t)
		d := signedIn(t, tm, 80, 24)
		d.goTo("m.ito")
		d.press(keys.before...)
		if len(keys.before) > 0 {
			d.press("ctrl+u")
			d.typed(t.TempDir() + "/form.pdf")
		}
		d.root.shared.service = stripped{tm.service}
		d.press(keys.then...)
		if !strings.Contains(d.frame(), "no admin authority any more") || !strings.Contains(d.frame(), "Password") {
			t.Errorf("%s: the sign-in screen is not shown:\n%s", name, d.frame())
		}
	}
}

func TestFormsWithManyDepartments(t *testing.T) {
	var more []member.Member
	for i := range 40 {
		more = append(more, member.Member{LoginID: fmt.Sprintf("x%02d", i), Name: "X", Departments: []string{fmt.Sprintf("D%02d", i)}, Status: member.Active})
	}
	tm := newTeam(t, more...)
	for _, size := range [][2]int{{80, 24}, {40, 10}, {120, 40}} {
		d := signedIn(t, tm, size[0], size[1])
		d.press("F")
		for range 50 {
			d.press("down")
			d.fits(size[0], size[1])
		}
		d.shows("› 工場")
	}
}

func TestPrintingIsRecorded(t *testing.T) {
	tm := newFormTeam(t)
	d := signedIn(t, tm, 80, 24, func(o *Options) { o.Print = func(context.Context, string) error { return nil } })
	d.goTo("ito")
	d.press("p")
	d.shows("It is handed to the printer.")
	d.press("esc")
	d.goTo("yoshino")
	d.press("r", "enter", "tab", "enter", "p")
	d.shows("handed to the printer")
	if got := tm.events(t, account.EventFormPrinted); !slices.Equal(got, []string{"t.yoshino", "m.ito"}) {
		t.Errorf("recorded as printed: %q", got)
	}
}
