package tui

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	shiftjis "golang.org/x/text/encoding/japanese"

	"rekey/account"
	"rekey/member"
)

// csvFile writes a file into an empty working directory and gives its path there.
func (d *driver) csvFile(text string) string {
	d.t.Helper()
	d.t.Chdir(d.t.TempDir())
	check(d.t, os.WriteFile("members.csv", []byte(text), 0o600))
	return "members.csv"
}

const (
	goodFile = "mailAddress,loginID,fullName,departmentCodes\n" +
		"mei@example.com,,芽衣,営業部\n,line4-001,五郎,工場\n,line4-002,六郎,工場\n"
	updateFile = "mailAddress,loginID,fullName,employeeCode\n" +
		"HANAKO.sato@example.com,,佐藤 華子,1002\nken.tanaka@example.com,,Tanaka Ken,\n,m.ito,伊藤 美咲,1007\nmei@example.com,,芽衣,\n"
	badFile = "mailAddress,loginID,fullName,employmentType\n" +
		"mei@example.com,,芽衣,9\nrei@example.com,,,1\nhanako.sato@example.com,,花子,1\ngood@example.com,,Good,1\n"
)

// openImport asks for the file, with the switch if there are to be changes.
func (d *driver) openImport(path string, changes bool) {
	d.press("i")
	d.typed(path)
	if changes {
		d.press("down", "space")
	}
	d.press("enter")
}

// members counts the team's.
func (tm *team) members(t *testing.T) int {
	t.Helper()
	directory, err := tm.service.LoadDirectory(context.Background(), func(int) {})
	check(t, err)
	return directory.Len()
}

func TestImportAFile(t *testing.T) {
	tm := newTeam(t)
	woken := 0
	d := signedIn(t, tm, 80, 24, func(o *Options) { o.Wake = func() { woken++ } })
	before := tm.members(t)
	d.openImport(d.csvFile(goodFile), false)
	d.shows("members.csv", "3 new", "0 changed", "0 cannot be taken", "1 person gets an invitation by mail, at once.",
		"2 Account Information forms can be saved and printed at once.")
	if tm.members(t) != before {
		t.Fatal("a preview has written something")
	}
	d.press("enter")
	d.shows("Import members.csv", "3 members will be added.", "[> Cancel <]")
	d.press("enter") // on Cancel
	d.shows("3 new")
	d.press("enter", "tab", "enter")
	d.shows("Done. members.csv is taken in.", "3 members were added.", "1 invitation goes out by mail now", "2 Account Information forms can be saved")
	if n := tm.members(t); n != before+3 || woken != 1 {
		t.Errorf("%d members of %d, the courier was woken %d times", n, before, woken)
	}
	d.press("enter") // the second half of a double press
	d.shows("Done.")
	tm.now = tm.now.Add(doublePress)
	d.press("enter")
	d.shows("11 of 11 members")
	d.goTo("line4-001")
	d.press("f")
	d.shows("The form is saved: /srv/rekey/forms/line4-001.pdf.")
}

func TestImportChangesMembersWhoAreThere(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.openImport(d.csvFile(updateFile), true)
	d.shows("1 new", "2 changed", "1 unchanged")
	d.press("c")
	d.shows("2 members would change", "line 2: 佐藤 花子 (hanako.sato@example.com)", "fullName: 佐藤 花子 -> 佐藤 華子",
		"line 3: Tanaka Ken (ken.tanaka@example.com)", "employeeCode: 1004 -> (empty)")
	d.press("c", "enter", "tab", "enter")
	d.shows("1 member was added, 2 members were changed. 1 member in the file is unchanged.")
	if m := tm.find(t, "hanako.sato@example.com"); m.Name != "佐藤 華子" || m.Position != "主任" {
		t.Errorf("the member is %+v", m)
	}

	d.press("esc", "i") // once more: now nothing is left to do
	d.typed("members.csv")
	d.press("down", "space", "enter")
	d.shows("4 unchanged", "There is nothing to do: everybody in the file is here already, unchanged.")
	d.press("enter")
	d.hides("[> Cancel <]")
}

func TestWithoutTheSwitchMembersWhoAreThereAreProblems(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.openImport(d.csvFile(updateFile), false)
	d.shows("3 cannot be taken", "These members are here already. Esc, then the switch below the path, changes them instead.",
		`line 2, mailAddress "HANAKO.sato@example.com": it belongs to a member already`)
}

func TestABadFileIsRefusedWithEachReason(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	before := tm.members(t)
	d.openImport(d.csvFile(badFile), false)
	d.shows("3 cannot be taken", "One bad row, and no row is taken", "3 problems",
		`line 2, employmentType "9": an employment type is one digit from 0 to 7`, "line 3, fullName: a name is needed",
		`line 4, mailAddress "hanako.sato@example.com": it belongs to a member already`)
	d.press("enter")
	d.hides("[> Cancel <]")
	d.press("w")
	d.shows("All problems are in members-problems.csv.")
	d.press("w")
	d.shows("All problems are in members-problems-2.csv.")
	report, err := os.ReadFile("members-problems.csv")
	check(t, err)
	if got := strings.TrimPrefix(string(report), "\ufeff"); strings.Count(got, "\n") != 4 || !strings.HasPrefix(got, "line,column,value,reason\n2,employmentType,9,") {
		t.Errorf("the report is %q", got)
	}
	if info, err := os.Stat("members-problems.csv"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the report's mode is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(".rekey*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	check(t, os.WriteFile("members.csv", []byte(goodFile), 0o600)) // it is corrected
	d.press("r")
	d.shows("3 new", "0 cannot be taken")
	if tm.members(t) != before {
		t.Error("something has been written")
	}
}

func TestAReportThatCannotBeWrittenLeavesNothing(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	d := signedIn(t, newTeam(t), 80, 24)
	d.openImport(d.csvFile(badFile), false)
	check(t, os.Chmod(".", 0o500))
	d.press("w")
	d.shows("The problems cannot be written to members-problems.csv: permission denied.")
}

func TestManyProblemsAreCounted(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	var text strings.Builder
	text.WriteString("mailAddress,fullName\n")
	for i := range 250 {
		fmt.Fprintf(&text, "n%d@example.com,\n", i)
	}
	d.openImport(d.csvFile(text.String()), false)
	d.shows("250 cannot be taken", "250 problems", "line 2, fullName: a name is needed")
	d.press("end")
	d.shows("line 101, fullName", "and 150 more: w writes all of them to a file.")
	d.hides("line 102")
	d.press("w")
	report, err := os.ReadFile("members-problems.csv")
	check(t, err)
	if n := strings.Count(string(report), "a name is needed"); n != 250 {
		t.Errorf("%d problems in the report", n)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.csvFile("")
	check(t, os.Mkdir("folder", 0o700))
	check(t, os.WriteFile("sheet.xlsx", []byte("PK\x03\x04..."), 0o600))
	for path, want := range map[string]string{
		"":            "Type where the file is.",
		"missing.csv": "The file missing.csv cannot be read: no such file or directory. Check its name.",
		"folder":      "folder is a directory. Name a CSV file in it.",
		"sheet.xlsx":  "not a CSV file",
	} {
		d.openImport(path, false)
		d.shows(want)
		d.press("esc", "esc", "esc")
		d.shows("of 8 members")
	}
	d.openImport("missing.csv", false)
	d.press("enter")
	d.shows("The file cannot be read.")
	d.press("esc") // the path is still there to be corrected
	d.shows("File missing.csv")
}

func TestAShiftJISFileIsReadAndSaidToBe(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	text, err := shiftjis.ShiftJIS.NewEncoder().String(goodFile)
	check(t, err)
	d.openImport(d.csvFile(text), false)
	d.shows("members.csv, read as Shift_JIS", "3 new")
	d.press("enter", "tab", "enter")
	d.shows("Done.")
	if m := tm.find(t, "mei@example.com"); m.Name != "芽衣" || m.Departments[0] != "営業部" {
		t.Errorf("the member is %+v", m)
	}
}

// slowFile is a service on which a file is slow: the work stops at a row until something has happened.
type slowFile struct {
	*account.Service
	row       int
	meanwhile func()
}

func (s slowFile) Import(ctx context.Context, admin account.Admin, im account.Import) (account.ImportCount, error) {
	return s.Service.Import(ctx, admin, s.slow(im))
}

func (s slowFile) PreviewImport(ctx context.Context, admin account.Admin, im account.Import) (account.ImportCount, error) {
	return s.Service.PreviewImport(ctx, admin, s.slow(im))
}

func (s slowFile) slow(im account.Import) account.Import {
	rows := im.Rows
	im.Rows = func() iter.Seq2[account.Row, error] {
		return func(yield func(account.Row, error) bool) {
			n := 0
			for row, err := range rows() {
				if n++; n == s.row {
					s.meanwhile()
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
	return im
}

// watchedFile is a service on which something happens when so many rows of a file have been gone through.
type watchedFile struct {
	*account.Service
	rows int
	then func()
}

func (w watchedFile) PreviewImport(ctx context.Context, admin account.Admin, im account.Import) (account.ImportCount, error) {
	told := im.Progress
	im.Progress = func(rows int) {
		told(rows)
		if rows == w.rows {
			w.then()
		}
	}
	return w.Service.PreviewImport(ctx, admin, im)
}

func TestACancelledImportLeavesNothing(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	before := tm.members(t)
	d.openImport(d.csvFile(goodFile), false)
	d.press("enter", "tab")
	d.root.shared.service = slowFile{tm.service, 2, func() {
		d.shows("Importing members.csv", "100%", "almost done", "Nothing is kept until all of it is written.")
		d.press("q", "1", "x") // nothing leads away by accident
		d.press("esc")
	}}
	d.press("enter")
	d.shows("Cancelled: nothing has been changed.", "3 new")
	if tm.members(t) != before || d.quit {
		t.Error("a cancelled import has left something, or the console")
	}
	d.root.shared.service = tm.service
	d.press("enter", "tab", "enter") // it can still be done
	d.shows("Done.")
}

func TestAnImportGoesOnWhileTheConsoleIsLocked(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.openImport(d.csvFile(goodFile), false)
	d.press("enter", "tab")
	d.root.shared.service = slowFile{tm.service, 2, func() {
		tm.now = tm.now.Add(account.DefaultSettings().IdleLock)
		d.send(revisionMsg{})
		d.shows("This console is locked.")
	}}
	d.press("enter")
	d.shows("This console is locked.")
	d.typed(adminPassword)
	d.press("enter")
	d.shows("Done. members.csv is taken in.")
}

func TestAPreviewCanBeCancelled(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.root.shared.service = slowFile{tm.service, 2, func() {
		d.shows("Reading members.csv")
		d.press("esc")
	}}
	d.openImport(d.csvFile(goodFile), false)
	d.shows("Cancelled: nothing has been changed.", "File members.csv")
}

func TestProgressSaysRateAndTimeLeft(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	var text strings.Builder
	text.WriteString("mailAddress,fullName\n")
	for i := range 10_000 { // more than is read ahead of the rows gone through
		fmt.Fprintf(&text, "number%d@example.com,A name that is long enough to fill the file\n", i)
	}
	path := d.csvFile(text.String())
	step := func(seconds time.Duration, want ...string) {
		t.Helper()
		d.root.shared.service = watchedFile{tm.service, 1000, func() {
			tm.now = start.Add(seconds)
			d.send(clockMsg{})
			d.shows(want...)
		}}
		tm.now = start
		d.openImport(path, false)
		d.press("esc", "esc")
	}
	step(500*time.Millisecond, "1,000 rows", "█", "%")
	step(10*time.Second, "1,000 rows · 100 rows/s", "left")
}

func TestAFileThatIsWrittenToAfterThePreview(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	before := tm.members(t)
	d.openImport(d.csvFile(goodFile), false)
	check(t, os.WriteFile("members.csv", []byte(goodFile+"new@example.com,,New,\n"), 0o600))
	d.press("enter", "tab", "enter")
	d.shows("The file was changed", "4 new") // and is gone through again
	d.hides("Done.")
	if tm.members(t) != before {
		t.Error("something has been taken in that no preview showed")
	}
}

func TestATeamThatChangesAfterThePreview(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.openImport(d.csvFile(goodFile), false)
	_, err := tm.service.AddMember(context.Background(), tm.admin, member.Member{Email: "mei@example.com", Name: "Mei"})
	check(t, err)
	before := tm.members(t)
	d.press("enter", "tab", "enter")
	d.shows("Nobody was added or changed", "1 cannot be taken", `line 2, mailAddress "mei@example.com"`)
	if tm.members(t) != before {
		t.Error("something has been taken in")
	}
}

func TestImportSignedOutMeanwhile(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.openImport(d.csvFile(goodFile), false)
	d.press("enter", "tab")
	tm.signOutAdmin(t)
	d.press("enter")
	d.shows("You have been signed out", "Password")
}

// signOutAdmin ends the admin's sessions.
func (tm *team) signOutAdmin(t *testing.T) {
	t.Helper()
	tm.write(t, func(w account.Writer) error {
		c, err := w.Credential(tm.admin.ID)
		c.Epoch++
		if err != nil {
			return err
		}
		return w.PutCredential(tm.admin.ID, c)
	})
}

func TestSingleSignOnIsSaidInThePreview(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	tm.write(t, func(w account.Writer) error {
		set, err := w.Settings()
		set.SSO = true
		if err != nil {
			return err
		}
		return w.PutSettings(set)
	})
	d.tick()
	d.openImport(d.csvFile(goodFile), false)
	d.shows("2 cannot be taken", `line 3, loginID "line4-001": the team uses single sign-on`)
	check(t, os.WriteFile("members.csv", []byte("mailAddress,fullName\nmei@example.com,芽衣\n"), 0o600))
	d.press("r")
	d.shows("1 new", "The team uses single sign-on: nobody is invited")
	d.hides("invitation by mail")
}

func TestPathsAreCompleted(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	home := t.TempDir()
	t.Setenv("HOME", home)
	check(t, os.MkdirAll(filepath.Join(home, "名簿"), 0o700))
	for _, name := range []string{"名簿/members-1.csv", "名簿/members-2.csv", ".hidden"} {
		check(t, os.WriteFile(filepath.Join(home, name), []byte(goodFile), 0o600))
	}
	d.press("i")
	d.typed("~")
	d.press("tab", "tab")
	d.shows("File ~/名簿/")
	d.press("tab")
	d.shows("File ~/名簿/members-", "members-1.csv  members-2.csv")
	d.typed("2")
	d.hides("members-1.csv")
	d.press("tab", "enter")
	d.shows("members-2.csv", "3 new")
	d.press("esc", "ctrl+u")
	d.typed("~/.h")
	d.press("tab")
	d.shows("~/.hidden")
	d.press("ctrl+u")
	d.typed("/nowhere/at/all")
	d.press("tab")
	d.shows("No file begins like this.", "File /nowhere/at/all")
	d.press("ctrl+u")
	d.send(tea.PasteMsg{Content: filepath.Join(home, "名簿", "members-1.csv") + "\n"})
	d.press("enter")
	d.shows("3 new")
}

func TestImportOnTheLinuxConsole(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24, linuxTerminal)
	d.openImport(d.csvFile(badFile), true)
	d.shows("- line 2, employmentType")
}
