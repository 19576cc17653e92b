package tui

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// restrict makes a console restricted to a folder for imports, which is made. Printing would work.
func restrict(t *testing.T) (folder string, option func(*Options)) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "import")
	check(t, os.Mkdir(folder, 0o700))
	return folder, func(o *Options) {
		o.Restricted = &Restriction{ImportFolder: folder}
		o.Print = func(context.Context, string) error {
			t.Error("a program was started")
			return nil
		}
	}
}

// A form is saved in its usual place; no key saves it elsewhere or prints it, and each says why.
func TestRestrictedForms(t *testing.T) {
	tm := newFormTeam(t)
	_, restricted := restrict(t)
	d := signedIn(t, tm, 100, 40, restricted)
	d.goTo("t.yoshino")
	d.press("r", "enter", "tab", "enter")
	d.shows("Done.", restrictedSaving)
	d.press("s")
	d.shows(restrictedSaving)
	d.press("p")
	d.shows(restrictedPrinting)
	d.press("esc", "enter", "p")
	d.shows(restrictedPrinting)
	d.press("esc", "esc", "F")
	d.shows("the usual place: this console is restricted")
	d.press("tab", "space", "tab") // from the kind back to the departments: the path has no keyboard
	d.typed("/tmp/elsewhere.pdf")
	d.shows("No department fits")
	d.press("shift+tab", "shift+tab") // nor the other way round
	d.paste("/tmp/elsewhere.pdf")
	d.shows("/tmp/elsewhere.pdf/tmp/elsewhere.pdf")
	d.press("ctrl+u", "enter")
	d.shows(usualForms + "/forms.pdf")
	d.press("p")
	d.shows("it does not print")
	for _, form := range tm.forms.forms {
		if form.Member.ID == 0 {
			t.Error("a document was written elsewhere")
		}
	}
}

// Only ordinary files of the one folder are taken in, completed and shown; nothing is written beside them.
func TestRestrictedImport(t *testing.T) {
	tm := newTeam(t)
	folder, restricted := restrict(t)
	d := signedIn(t, tm, 100, 40, restricted)
	check(t, os.WriteFile(filepath.Join(folder, "good.csv"), []byte(goodFile), 0o600))
	check(t, os.WriteFile(filepath.Join(folder, "rows.csv"), []byte(badFile), 0o600))
	outside := filepath.Join(t.TempDir(), "outside.csv")
	check(t, os.WriteFile(outside, []byte(goodFile), 0o600))
	check(t, os.Symlink(outside, filepath.Join(folder, "link.csv")))
	before := tm.members(t)

	for _, typed := range []string{outside, "../import/good.csv", "./good.csv", "~/good.csv", "..", "."} {
		d.press("i")
		d.typed(typed)
		d.press("tab")
		d.shows("No file begins like this.")
		d.press("enter")
		d.shows("files are taken from", "Type the file's name alone.")
		d.press("esc")
	}
	d.openImport("link.csv", false)
	d.shows("This is no ordinary file in")
	d.press("esc")
	d.openImport("missing.csv", false)
	d.shows("There is no such file in")
	d.press("esc")

	d.openImport("rows.csv", false)
	d.shows("problems")
	d.press("w")
	d.shows(restrictedWriting)
	entries, err := os.ReadDir(folder)
	check(t, err)
	if len(entries) != 3 {
		t.Errorf("the folder holds %v", entries)
	}
	d.press("esc", "esc", "i")
	d.typed("goo")
	d.press("tab", "enter", "enter", "tab", "enter")
	if got := tm.members(t); got != before+3 {
		t.Errorf("%d members, after %d: %s", got, before, d.frame())
	}
}
