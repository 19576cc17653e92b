package tui

import (
	"context"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"rekey/account"
	"rekey/member"
)

// hostileNames are names that break a table's columns as well as a terminal, by what they are. The corpus of the package
// hostile is driven through the screens by TestNothingHostileReachesTheTerminal.
var hostileNames = []string{
	"\x1b[31mred\x1b[2J\x1b]0;title\x07",
	"C1 \u009b2J\u0090q\u009c and \xff\xfe",
	"bidi \u202eevil\u202c \u2066x",
	"line\r\nbreak\ttab\x00\u2028end",
	"mark" + strings.Repeat("\u0301", 10_000),
	strings.Repeat("幅", 256),
	"👨‍👩‍👧‍👦👩🏽‍🚒🇯🇵🇯1️⃣❤️" + strings.Repeat("👍🏿", 30),
	"\u0301leading mark \u0d4eക",
	"각각 กำ नमस्ते ﷽",
}

func hostileMembers() []member.Member {
	var members []member.Member
	for i, name := range hostileNames {
		m := member.Member{Name: name, Departments: []string{name, "x"}, Position: name, EmployeeNumber: name, EmploymentType: name, Status: member.Active}
		if i%2 == 0 {
			m.LoginID = "z" + string(rune('a'+i)) + name
		} else {
			m.Email = "z" + string(rune('a'+i)) + "@example.com" + name
		}
		members = append(members, m)
	}
	return members
}

// hostileFile is a file of members that tries to break out of a list.
const hostileFile = "mailAddress,fullName,position\n\x1b[2Ja@example.com,x,y\nhanako.sato@example.com,\"\x1b]0;t\x07\nline \u202eevil\",\u0301\n"

// damagedTeam is a service whose team has other names than the rules allow, as a damaged store might hold them.
type damagedTeam struct {
	*account.Service
	change func(*account.Settings)
}

func (n damagedTeam) Settings(ctx context.Context) (account.Settings, error) {
	set, err := n.Service.Settings(ctx)
	n.change(&set)
	return set, err
}

// TestNoViewIsLargerThanTheTerminal draws every screen on many terminals, with both ways of counting cells, on data
// that tries to break out.
func TestNoViewIsLargerThanTheTerminal(t *testing.T) {
	exhaustive(t)
	widths := []int{1, 3, 20, 39, 40, 41, 57, 79, 80, 81, 99, 100, 101, 133, 200}
	heights := []int{1, 2, 9, 10, 11, 15, 17, 18, 19, 24, 25, 60}
	tm := newTeam(t, hostileMembers()...)
	tm.forms.missing = []rune("\u202e幅")
	for i := range hostileNames {
		for k, how := range []func(*driver){
			func(d *driver) {},
			func(d *driver) { d.press("enter") },
			func(d *driver) { d.press("r", "enter") },
			func(d *driver) { d.press("r", "enter", "tab", "enter") },
			func(d *driver) { d.press("v") },
			func(d *driver) { d.press("/", "tab") },
			func(d *driver) { d.press("F", "end"); d.typed("z") },
			func(d *driver) { d.press("F", "tab", "right", "enter") },
			func(d *driver) { d.press("?") },
			func(d *driver) { d.press("L") },
			func(d *driver) { d.press("a", "tab"); d.paste(strings.Repeat("幅", 300)) },
			func(d *driver) { d.press("c", "tab"); d.typed("x") },
			func(d *driver) { d.press("s") },
			func(d *driver) { d.press("d"); d.typed("x") },
			func(d *driver) { d.press("m") },
			func(d *driver) { d.press("A", "tab") },
			func(d *driver) { d.press("4") },
			func(d *driver) { d.press("4", "c") },
			func(d *driver) { d.press("4", "c"); d.typed("x"); d.press("tab", "end", "ctrl+s") },
			func(d *driver) { d.press("4", "t") },
			func(d *driver) { d.press("i"); d.paste(hostileNames[i]) },
			func(d *driver) { d.openImport(d.csvFile(hostileFile), i%2 == 0) },
			func(d *driver) { d.openImport(d.csvFile(hostileFile), true); d.press("c") },
			func(d *driver) { d.openImport(d.csvFile(goodFile), true); d.press("enter") },
			func(d *driver) { d.press("3") },
			func(d *driver) { d.press("h") },
			func(d *driver) { d.press("3", "/") },
			func(d *driver) { d.press("2") },
			func(d *driver) { d.press("2", "enter") },
			func(d *driver) { d.press("2", "g") },
		} {
			// Escape sequences become text of one kind before they are drawn: one of the first four is enough for a screen.
			// What counts cells in other ways goes to every screen; of what shows no member, a third is enough.
			if i < 4 && (i+k)%4 != 0 || k >= 14 && (i+k)%3 != 0 {
				continue
			}
			d := signedIn(t, tm, 80, 24, func(o *Options) {
				o.Facts = []Fact{{hostileNames[2], hostileNames[0], hostileNames[3]}, {"Mail server", hostileNames[5], hostileNames[6]}}
				o.Check = func(context.Context, string) []CheckResult {
					return []CheckResult{{hostileNames[0], true, hostileNames[5]}, {hostileNames[4], false, hostileNames[2]}}
				}
			})
			d.root.shared.service = damagedTeam{tm.service, func(s *account.Settings) {
				s.ProductName, s.TeamName, s.TeamNumber, s.Sender = hostileNames[0], hostileNames[4], hostileNames[(i+1)%len(hostileNames)], hostileNames[i]
			}}
			d.do(d.root.loadSettings())
			d.press("end")
			for range i {
				d.press("up")
			}
			how(d)
			if i%2 == 1 {
				d.send(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
			}
			for j := range 7 {
				w, h := widths[(i+j*7)%len(widths)], heights[(i+j*5)%len(heights)]
				d.send(tea.WindowSizeMsg{Width: w, Height: h})
				d.fits(w, h)
			}
		}
	}
}

// fits checks that the view stays within the terminal and that nothing in it acts on one.
func (d *driver) fits(w, h int) {
	d.t.Helper()
	v := d.root.View()
	lines := strings.Split(v.Content, "\n")
	if len(lines) > h {
		d.t.Fatalf("%d lines on a terminal of %dx%d:\n%s", len(lines), w, h, d.frame())
	}
	for _, line := range lines {
		if cells := d.root.shared.look.width(line); cells > w {
			d.t.Fatalf("a line of %d cells on a terminal of %dx%d: %q", cells, w, h, line)
		}
	}
	d.harmless()
	if c := v.Cursor; c != nil && (c.X < 0 || c.X >= w || c.Y < 0 || c.Y >= h) {
		d.t.Fatalf("the cursor stands at %d,%d on a terminal of %dx%d", c.X, c.Y, w, h)
	}
}

// TestColumnsAlign checks that behind every name the next column begins where the head says.
func TestColumnsAlign(t *testing.T) {
	tm := newTeam(t, hostileMembers()...)
	for _, method := range []ansi.Method{ansi.WcWidth, ansi.GraphemeWidth} {
		d := signedIn(t, tm, 80, 40)
		if method == ansi.GraphemeWidth {
			d.send(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
		}
		lines := strings.Split(d.frame(), "\n")
		head := lines[2]
		edge := method.StringWidth(head[:strings.Index(head, "TYPE")])
		for _, line := range lines[3 : 3+len(people)+len(hostileNames)] {
			if rest := d.root.shared.look.cut(line, edge, edge+5); rest != "Email" && rest != "Login" {
				t.Errorf("the type does not begin at column %d: %q", edge, line)
			}
		}
	}
}

func TestTooSmallSaysSo(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.send(tea.WindowSizeMsg{Width: 39, Height: 24})
	d.shows("terminal too small: 40x10 needed, this is 39x24")
	d.send(tea.WindowSizeMsg{Width: 80, Height: 9})
	d.shows("terminal too small: 40x10 needed, this is 80x9")
	d.send(tea.WindowSizeMsg{Width: 40, Height: 10})
	d.shows("Members", "NAME")
}

// TestNothingIsDoneBlind presses keys where nothing is drawn that could be read first.
func TestNothingIsDoneBlind(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.send(tea.WindowSizeMsg{Width: 30, Height: 8})
	d.press("r", "enter", "tab", "enter")
	if n := len(tm.resets(t)); n != 0 {
		t.Fatalf("%d resets", n)
	}
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.shows("1 of 8 members")
	d.hides("Why?")

	d.press("/")
	d.send(tea.WindowSizeMsg{Width: 30, Height: 8})
	d.send(tea.PasteMsg{Content: "pasted"})
	d.typed("typed")
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.shows("Filter all fields: yoshino", "1 of 8 members")
	d.press("enter")

	d.press("r", "enter", "tab")
	d.send(tea.WindowSizeMsg{Width: 30, Height: 8})
	d.press("enter", "q") // in the box only ctrl+c quits
	if d.quit || len(tm.resets(t)) != 0 {
		t.Error("a key has acted on the box that is not drawn")
	}
	d.press("ctrl+c")
	if !d.quit {
		t.Error("ctrl+c does not quit")
	}
}

// TestColumnsThatFit checks that a wider terminal shows no fewer columns than 80 cells need room for, and which are the
// first to go.
func TestColumnsThatFit(t *testing.T) {
	for _, c := range []struct {
		width   int
		missing string
	}{
		{80, ""},
		{99, ""},
		{100, "EMP. NO. TYPE"},
		{106, "EMP. NO. TYPE"},
		{107, "EMP. NO."},
		{115, "EMP. NO."},
		{116, ""},
		{120, ""},
		{160, ""},
	} {
		d := signedIn(t, newTeam(t), c.width, 24)
		head := strings.Split(d.frame(), "\n")[2]
		var missing []string
		for _, column := range columns {
			if !strings.Contains(head, column.title) {
				missing = append(missing, column.title)
			}
		}
		slices.SortFunc(missing, strings.Compare)
		if got := strings.Join(missing, " "); got != c.missing {
			t.Errorf("%d cells: without %q, not %q", c.width, got, c.missing)
		}
	}
}

func TestTheSmallestBoxSaysWhoseAccountItIs(t *testing.T) {
	d := signedIn(t, newStateTeam(t), minWidth, minHeight)
	d.goTo("hanako")
	d.press("r")
	d.shows("佐藤 花子", "hanako.sato@example.com", "The member forgot the password", "[  Reset  ]")
	d.press("enter")
	d.shows("hanako.sato@example.com", "The password stops working at once.", "[> Cancel <]")
}
