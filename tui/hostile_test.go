package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/hostile"
)

// attack deals out the harmful texts of the corpus, one after the other, over and over.
type attack struct {
	texts []string
	next  int
}

func newAttack() *attack {
	a := &attack{}
	for _, h := range hostile.Texts() {
		if hostile.Harm(h.Text) != "" {
			a.texts = append(a.texts, h.Text)
		}
	}
	return a
}

func (a *attack) text() string {
	a.next++
	return a.texts[a.next%len(a.texts)]
}

// spoil puts hostile text into every field of every member, past the rules, as a damaged store might hold it. The
// accounts keep their beginning, by which the tests find them; the admin's stays, who has to sign in.
func (a *attack) spoil(t *testing.T, tm *team, accounts bool) {
	t.Helper()
	tm.write(t, func(w account.Writer) error {
		members, err := w.Members(0, 100)
		for _, m := range members {
			m.Name, m.SearchName, m.Position = a.text(), a.text(), a.text()
			m.EmployeeNumber, m.EmploymentType = a.text(), a.text()
			m.Departments = []string{a.text(), a.text()}
			switch {
			case !accounts || m.Email == adminAddress:
			case m.LoginID != "":
				m.LoginID += a.text()
			default:
				m.Email += a.text()
			}
			if err == nil {
				_, err = w.PutMember(m)
			}
		}
		return err
	})
}

// spoilSettings gives the service of a team whose names are hostile.
func (a *attack) spoilSettings(tm *team) service {
	texts := [...]string{a.text(), a.text(), a.text(), a.text()}
	return damagedTeam{tm.service, func(s *account.Settings) {
		s.ProductName, s.TeamName, s.TeamNumber, s.Sender = texts[0], texts[1], texts[2], texts[3]
	}}
}

// spoilHost gives the console hostile facts of the host and results of its checks.
func (a *attack) spoilHost(o *Options) {
	o.Facts = []Fact{{a.text(), a.text(), a.text()}}
	o.Notice = []string{a.text()}
	o.Check = func(context.Context, string) []CheckResult {
		return []CheckResult{{a.text(), true, a.text()}, {a.text(), false, a.text()}}
	}
}

// reply lets the mail server say something hostile to every mail that waits.
func (a *attack) reply(t *testing.T, tm *team, state account.MailState) {
	t.Helper()
	ctx := context.Background()
	for {
		claimed, err := tm.service.ServeMails(ctx, nil, 1, time.Minute)
		check(t, err)
		if len(claimed) == 0 {
			return
		}
		said := claimed[0].Report(account.Outcome{State: state, Reply: "550 " + a.text(), Pause: time.Hour})
		_, err = tm.service.ServeMails(ctx, []account.Report{said}, 0, 0)
		check(t, err)
	}
}

// screens names the screens that are open, the lowest first.
func (d *driver) screens() []string {
	var names []string
	for _, s := range d.root.pages.shown.stack {
		names = append(names, fmt.Sprintf("%T", s))
	}
	return names
}

// byAccount are the screens whose way there names a whole account: those keep theirs.
var byAccount = []string{"deleted"}

// spoiled are the console's screens, each with a way there that no rule stands in.
func spoiled() []struct {
	name string
	open func(*driver)
} {
	all := slices.Clone(states)
	for _, w := range where {
		all = append(all, struct {
			name string
			open func(*driver)
		}{w.name, w.open})
	}
	for i, state := range all {
		switch state.name {
		case "import-question": // with changes of spoiled members the file breaks the rules
			all[i].open = func(d *driver) { d.openImport(d.csvFile(goodFile), true); d.press("enter") }
		case "conflict":
			all[i].open = func(d *driver) {
				d.goTo("hanako")
				d.press("c", "enter")
				d.typed("!")
				d.team.write(d.t, func(w account.Writer) error {
					m, err := w.Member(2)
					m.Name, m.Position = m.Position+"a", m.Name+"b"
					return cmp.Or(err, second(w.PutMember(m)))
				})
				d.tick()
			}
		}
	}
	return all
}

func second[A any](_ A, err error) error { return err }

// TestNothingHostileReachesTheTerminal opens every screen of the console on a team, a host and a mail server that say
// nothing but what the corpus holds. What is drawn has to be printable text and the program's own styles.
func TestNothingHostileReachesTheTerminal(t *testing.T) {
	exhaustive(t)
	a := newAttack()
	for i, state := range spoiled() {
		reached := signedIn(t, newStateTeam(t), 100, 40, withHost)
		state.open(reached)
		for _, accounts := range []bool{false, true} {
			if accounts && slices.Contains(byAccount, state.name) {
				continue
			}
			tm := newStateTeam(t)
			a.spoil(t, tm, accounts)
			tm.forms.missing = []rune(a.text())
			d := signedIn(t, tm, 100, 40, a.spoilHost)
			state.open(d)
			a.reply(t, tm, []account.MailState{account.MailQueued, account.MailRefused, account.MailAccepted}[i%3])
			d.root.shared.service = a.spoilSettings(tm)
			d.do(d.root.loadSettings())
			d.tick()
			d.harmless()
			if got, want := d.screens(), reached.screens(); !slices.Equal(got, want) {
				t.Errorf("%s, accounts hostile: %v: the screens are %q, not %q", state.name, accounts, got, want)
			}
			d.send(tea.WindowSizeMsg{Width: 300, Height: 80})
			d.harmless()
		}
	}
}

// TestHostileInputIsDrawnHarmless pastes the corpus into every place that takes text, and sends it off where that does
// not lead on.
func TestHostileInputIsDrawnHarmless(t *testing.T) {
	exhaustive(t)
	for i, place := range []struct {
		name string
		open func(*driver)
		send []string
	}{
		{"filter", func(d *driver) { d.press("/") }, nil},
		{"import's path", func(d *driver) { d.press("i") }, []string{"enter"}},
		{"form's path", func(d *driver) { d.goTo("yoshino"); d.press("r", "enter", "tab", "enter", "s") }, []string{"enter"}},
		{"forms' path", func(d *driver) { d.press("F", "tab", "tab") }, []string{"enter"}},
		{"department", func(d *driver) { d.press("F") }, nil},
		{"address", func(d *driver) { d.press("a", "tab") }, []string{"tab", "shift+tab"}},
		{"name", func(d *driver) { d.press("a", "tab", "tab") }, []string{"tab", "shift+tab"}},
		{"deleting", func(d *driver) { d.goTo("hanako"); d.press("d") }, []string{"enter"}},
		{"setting", func(d *driver) { d.press("4", "c") }, []string{"tab", "shift+tab"}},
		{"lock", func(d *driver) { d.press("L") }, []string{"enter"}},
		{"sign-in", func(d *driver) { d.press("x") }, []string{"enter"}},
	} {
		t.Run(place.name, func(t *testing.T) {
			d := signedIn(t, newTeam(t), 100, 40)
			t.Chdir(t.TempDir())
			place.open(d)
			for j, h := range hostile.Texts() {
				if (i+j)%3 != 0 { // the fields are of one kind, so that all of the corpus goes through it four times
					continue
				}
				d.paste(h.Text)
				d.harmless()
				for _, key := range place.send {
					d.press(key)
					d.harmless()
				}
				d.press("end", "ctrl+u")
			}
		})
	}
}

// TestHostileFilesAreShownHarmless imports files whose names, columns and cells are hostile.
func TestHostileFilesAreShownHarmless(t *testing.T) {
	exhaustive(t)
	tm := newTeam(t)
	d := signedIn(t, tm, 100, 40)
	t.Chdir(t.TempDir())
	show := func(name, text string, changes bool) {
		t.Helper()
		check(t, os.WriteFile(name, []byte(text), 0o600))
		d.press("i")
		d.paste(name)
		if changes {
			d.press("down", "space")
		}
		d.press("enter")
		d.harmless()
		d.press("c", "down", "w")
		d.harmless()
		d.press("esc", "esc", "esc", "esc", "esc")
	}
	var cells, changes strings.Builder
	for i, h := range hostile.Texts() {
		quoted := `"` + strings.ReplaceAll(h.Text, `"`, `""`) + `"`
		if i%4 == 0 { // the sentence is the roster's, and tested there with all
			show("columns.csv", "loginID,fullName,"+quoted+"\na,b,c\n", false)
		}
		fmt.Fprintf(&cells, "n%d,%[2]s,%[2]s,%[2]s,%[2]s,2\n%[2]s,x,x,1,y,%[2]s\n", i, quoted)
		fmt.Fprintf(&changes, "t.yoshino,%[1]s,%[1]s,%[1]s\n", quoted)
		if i%8 == 7 {
			show("cells.csv", "loginID,fullName,position,employeeCode,departmentCodes,accountStatus\n"+cells.String(), false)
			show("changes.csv", "loginID,fullName,position,departmentCodes\n"+changes.String(), true)
			cells.Reset()
			changes.Reset()
		}
	}
	for i, h := range hostile.Texts() {
		name := fmt.Sprintf("%d%s.csv", i, h.Text)
		if i%4 != 0 {
			continue
		}
		if os.WriteFile(name, nil, 0o600) == nil { // not every text can be a file's name
			show(name, "loginID,fullName\nx,y\n", false)
		}
	}
	d.press("i")
	for range 50 {
		d.press("tab")
		d.harmless()
	}
}

// TestHostileErrorsAreShownHarmless lets saving, printing and the store fail with the corpus's words.
func TestHostileErrorsAreShownHarmless(t *testing.T) {
	tm := newTeam(t)
	var said error
	d := signedIn(t, tm, 100, 40, func(o *Options) {
		o.Print = func(context.Context, string) error { return said }
	})
	d.goTo("yoshino")
	d.press("r", "enter", "tab", "enter")
	for _, h := range hostile.Texts() {
		said = errors.New(h.Text)
		tm.forms.err = said
		d.press("s", "enter", "enter")
		d.harmless()
		d.press("esc", "p")
		d.harmless()
		tm.forms.err = &account.Error{Code: account.CodeInvalid, Message: h.Text, Hint: h.Text}
		d.press("s", "enter", "enter")
		d.harmless()
		d.press("esc")
	}
}

// TestNothingHostileReachesTheKiosk opens the kiosk's pages on a team whose names are hostile, and scans the corpus.
func TestNothingHostileReachesTheKiosk(t *testing.T) {
	a := newAttack()
	for _, env := range []string{"LANG=C", "LANG=ja_JP.UTF-8", "TERM=linux"} {
		for _, p := range kioskPages {
			tm := newTeam(t)
			code := tm.formCode(t, "t.yoshino")
			a.spoil(t, tm, true)
			d := newKioskDriverOn(t, tm, a.spoilSettings(tm).(damagedTeam), 100, 40, env)
			p.open(d, code)
			d.harmless()
		}
	}
	tm := newTeam(t)
	code := tm.formCode(t, "t.yoshino")
	for _, h := range hostile.Texts() {
		for _, open := range []func(*kioskDriver){
			func(*kioskDriver) {},
			func(d *kioskDriver) { d.scan(code) },
			func(d *kioskDriver) { d.press("f10") },
		} {
			d := newKioskDriver(t, tm, 100, 40)
			open(d)
			d.paste(h.Text)
			d.harmless()
			d.press("enter")
			d.harmless()
		}
	}
}
