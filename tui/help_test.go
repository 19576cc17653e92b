package tui

import (
	"os"
	"slices"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"
)

// where are the states in which every key that the help names has to do something: nothing stands at an end.
var where = []struct {
	name string
	text bool // letters are text
	open func(*driver)
}{
	{"list", false, func(d *driver) { d.goTo("a"); d.press("down", "down") }},
	{"list, login ID", false, func(d *driver) { d.press("down", "down") }},
	{"filter", true, func(d *driver) { d.press("/"); d.typed("a") }},
	{"fields", false, func(d *driver) { d.press("/", "tab", "down") }},
	{"detail", false, func(d *driver) { d.goTo("hanako"); d.press("enter", "pgdown") }},
	{"reason", false, func(d *driver) { d.goTo("yoshino"); d.press("r", "down", "pgdown") }},
	{"cancel", false, func(d *driver) { d.goTo("yoshino"); d.press("r", "enter", "pgdown") }},
	{"reset", false, func(d *driver) { d.goTo("yoshino"); d.press("r", "enter", "tab", "pgdown") }},
	{"result-email", false, func(d *driver) { d.goTo("hanako"); d.press("r", "enter", "tab", "enter", "pgdown") }},
	{"result-form", false, func(d *driver) { d.goTo("yoshino"); d.press("r", "enter", "tab", "enter", "pgdown") }},
	{"save-as", true, func(d *driver) {
		d.goTo("yoshino")
		d.press("r", "enter", "tab", "enter", "s")
		d.typed("/nowhere/at/all")
	}},
	{"qr", false, func(d *driver) { d.goTo("yoshino"); d.press("v") }},
	{"lock", true, func(d *driver) { d.press("L"); d.typed("x") }},
	{"mail", false, func(d *driver) { d.press("2", "down") }},
	{"mail, filter", true, func(d *driver) { d.press("2", "/"); d.typed("h") }},
	{"mail, one", false, func(d *driver) { d.press("2", "down", "enter", "pgdown") }},
	{"mail, cancel", false, func(d *driver) { d.press("2", "down", "c") }},
	{"mail, member", false, func(d *driver) { d.press("2", "down", "g", "pgdown") }},
	{"history", false, func(d *driver) { d.press("3", "down") }},
	{"history, filtered", false, func(d *driver) { d.press("3", "m", "down") }},
	{"history, one", false, func(d *driver) { d.press("3", "down", "enter", "pgdown") }},
	{"history, filter", true, func(d *driver) { d.press("3", "/", "pgdown") }},
	{"history of one", false, func(d *driver) { d.goTo("hanako"); d.press("h") }},
	{"settings", false, func(d *driver) { d.press("4", "pgdown") }},
	{"forms", true, func(d *driver) { d.press("F", "down") }},
	{"forms, kind", false, func(d *driver) { d.press("F", "tab") }},
	{"forms, path", true, func(d *driver) { d.press("F", "tab", "tab"); d.typed("/nowhere/at/all") }},
	{"forms, saved", false, func(d *driver) { d.resetAll("yoshino"); d.press("F", "tab", "right", "enter") }},
	{"add", true, func(d *driver) { d.press("a", "tab"); d.typed("x@example.com"); d.press("tab"); d.typed("x") }},
	{"add, type", true, func(d *driver) { d.press("a") }},
	{"add, last", true, func(d *driver) { d.press("a", "shift+tab") }},
	{"change", true, func(d *driver) { d.goTo("hanako"); d.press("c", "tab"); d.typed("x") }},
	{"suspend", false, func(d *driver) { d.goTo("hanako"); d.press("s", "pgdown") }},
	{"suspend, yes", false, func(d *driver) { d.goTo("hanako"); d.press("s", "tab", "pgdown") }},
	{"delete", true, func(d *driver) { d.goTo("hanako"); d.press("d", "pgdown") }},
	{"address", true, func(d *driver) { d.goTo("yoshino"); d.press("m", "pgdown") }},
	{"throw away", false, func(d *driver) { d.press("a", "enter"); d.typed("x"); d.press("esc") }},
	{"import", true, func(d *driver) { d.csvFile(goodFile); d.press("i"); d.typed("mem") }},
	{"import, switch", true, func(d *driver) { d.press("i", "down") }},
	{"import-preview", false, func(d *driver) { d.openImport(d.csvFile(updateFile), true); d.press("down") }},
	{"import-changes", false, func(d *driver) { d.openImport(d.csvFile(updateFile), true); d.press("c", "down") }},
	{"import-problems", false, func(d *driver) {
		d.openImport(d.csvFile(badFile), false)
		check(d.t, os.WriteFile("members.csv", []byte(goodFile), 0o600)) // reading it again shows something else
		d.press("down")
	}},
	{"import-done", false, func(d *driver) {
		d.openImport(d.csvFile(goodFile), false)
		d.press("enter", "tab", "enter", "pgdown")
		d.team.now = d.team.now.Add(doublePress)
	}},
	{"settings-form", true, func(d *driver) { d.openSettings("Lockout after failures"); d.retype("5") }},
	{"settings-checks", false, func(d *driver) { d.press("4", "t", "pgdown") }},
	{"help", false, func(d *driver) {
		d.press("?")
		if strings.Contains(d.frame(), "scroll") { // where there is one page, the key would close it
			d.press("pgdown")
		}
	}},
}

func TestEveryKeyInTheHelpDoesSomething(t *testing.T) {
	exhaustive(t)
	for _, size := range [][2]int{{80, 24}, {40, 10}} {
		for _, state := range where {
			open := func() *driver {
				d := signedIn(t, newStateTeam(t), size[0], size[1], plainTerminal, withHost)
				state.open(d)
				return d
			}
			bindings := enabled(open().root.top().keyMap())
			if state.name == "list" {
				bindings = enabled(open().root.bindings()) // the root's own too
			}
			for _, b := range bindings {
				d := open()
				before := d.root.View()
				d.press(b.Keys()[0])
				after := d.root.View()
				if !d.quit && before.Content == after.Content && (before.Cursor == nil) == (after.Cursor == nil) {
					t.Errorf("%s at %v: %s (%s) does nothing:\n%s", state.name, size, b.Help().Key, b.Help().Desc, d.frame())
				}
			}
		}
	}
}

// TestEveryKeyThatDoesSomethingIsInTheHelp presses all other keys where letters are no text. That a key says why it does
// nothing now is no secret.
func TestEveryKeyThatDoesSomethingIsInTheHelp(t *testing.T) {
	exhaustive(t)
	keys := []string{"enter", "esc", "tab", "shift+tab", "up", "down", "left", "right", "home", "end", "pgup", "pgdown",
		"backspace", "delete", "ctrl+a", "ctrl+d", "ctrl+n", "ctrl+p", "ctrl+s", "ctrl+u", "ctrl+x", "f1", "f10", " "}
	for r := '!'; r <= '~'; r++ {
		keys = append(keys, string(r))
	}
	for _, state := range where {
		d := signedIn(t, newStateTeam(t), 80, 24, plainTerminal)
		state.open(d)
		if state.text || state.name == "help" { // the overview closes at any key
			continue
		}
		bound := map[string]bool{}
		for _, b := range d.root.bindings() {
			for _, k := range b.Keys() {
				bound[k] = true
			}
		}
		for _, k := range keys {
			if bound[keyPress(k).String()] {
				continue
			}
			before := d.frame()
			if d.press(k); d.frame() != before || d.quit {
				t.Errorf("%s: the help does not name %q, which does something:\n%s\nwas:\n%s", state.name, k, d.frame(), before)
				break
			}
		}
	}
}

// TestHelpNamesEachKeyOnce checks, on the smallest terminal, that no key is bound twice and that each binding is named.
func TestHelpNamesEachKeyOnce(t *testing.T) {
	for _, state := range where {
		d := signedIn(t, newStateTeam(t), minWidth, minHeight, plainTerminal, withHost)
		state.open(d)
		bindings := enabled(d.root.bindings())
		var keys []string
		for _, b := range bindings {
			for _, k := range b.Keys() {
				if slices.Contains(keys, k) {
					t.Errorf("%s: %s is bound twice", state.name, k)
				}
				keys = append(keys, k)
			}
		}
		shown := strings.Join(d.root.help(), " ")
		if d.root.globals().help.Enabled() {
			d.press("?")
			shown = strings.Join(helpPages(d), " ")
		}
		shown = " " + strings.Join(strings.Fields(ansi.Strip(shown)), " ") + " "
		for _, b := range bindings {
			entry := " " + b.Help().Key + " " + b.Help().Desc + " "
			if n := strings.Count(shown, entry); n != 1 {
				t.Errorf("%s: the help names %q %d times: %s", state.name, entry, n, shown)
			}
		}
	}
}

// helpPages gives the lines of the help, read page by page.
func helpPages(d *driver) []string {
	var read []string
	for {
		shown, before := strings.Split(d.frame(), "\n")[:minHeight-1], len(read)
		for _, line := range shown {
			more := strings.HasPrefix(line, d.root.shared.look.ellipsis)
			if !more && !slices.Contains(read, line) {
				read = append(read, line)
			}
		}
		if len(read) == before {
			return read
		}
		d.press("pgdown")
		if d.root.top().frame().title != "" { // there was one page: the key has closed the help
			return read
		}
	}
}

func TestTheWayBackIsAlwaysNamed(t *testing.T) {
	for _, state := range where {
		d := signedIn(t, newStateTeam(t), minWidth, minHeight, plainTerminal, withHost)
		state.open(d)
		leads := slices.ContainsFunc(enabled(d.root.bindings()), func(b key.Binding) bool { return slices.Contains(b.Keys(), "esc") })
		help := " " + ansi.Strip(strings.Join(d.root.help(), " "))
		if len(d.root.stack()) > 1 && leads && !strings.Contains(help, " esc ") {
			t.Errorf("%s: the help does not name esc: %s", state.name, help)
		}
	}
}

func TestDisabledKeyLeavesTheHelp(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	last := func() string { return strings.Split(d.frame(), "\n")[23] }
	if strings.Contains(last(), "reset password") {
		t.Errorf("one's own password cannot be reset, yet the help says %q", last())
	}
	d.press("down")
	if !strings.Contains(last(), "r reset password") || strings.Contains(last(), "send again") {
		t.Errorf("the help says %q", last())
	}
}
