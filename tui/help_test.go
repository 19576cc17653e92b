package tui

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// where are the states in which every key that the help names has to do something: nothing stands at an end.
var where = []struct {
	name string
	open func(*driver)
}{
	{"list", func(d *driver) { d.goTo("a"); d.press("down", "down") }},
	{"list, login ID", func(d *driver) { d.press("down", "down") }},
	{"filter", func(d *driver) { d.press("/"); d.typed("a") }},
	{"fields", func(d *driver) { d.press("/", "tab", "down") }},
	{"detail", func(d *driver) { d.goTo("hanako"); d.press("enter", "pgdown") }},
	{"reason", func(d *driver) { d.goTo("yoshino"); d.press("r", "down", "pgdown") }},
	{"cancel", func(d *driver) { d.goTo("yoshino"); d.press("r", "enter", "pgdown") }},
	{"reset", func(d *driver) { d.goTo("yoshino"); d.press("r", "enter", "tab", "pgdown") }},
	{"result-email", func(d *driver) { d.goTo("hanako"); d.press("r", "enter", "tab", "enter", "pgdown") }},
	{"result-form", func(d *driver) { d.goTo("yoshino"); d.press("r", "enter", "tab", "enter", "pgdown") }},
	{"save-as", func(d *driver) {
		d.goTo("yoshino")
		d.press("r", "enter", "tab", "enter", "s")
		d.typed("/nowhere/at/all")
	}},
	{"forms", func(d *driver) { d.press("F", "down") }},
	{"forms, kind", func(d *driver) { d.press("F", "tab") }},
	{"forms, path", func(d *driver) { d.press("F", "tab", "tab"); d.typed("/nowhere/at/all") }},
	{"forms, saved", func(d *driver) { d.resetAll("yoshino"); d.press("F", "tab", "right", "enter") }},
	{"qr", func(d *driver) { d.goTo("yoshino"); d.press("v") }},
	{"add", func(d *driver) { d.press("a", "tab"); d.typed("x@example.com"); d.press("tab"); d.typed("x") }},
	{"add, type", func(d *driver) { d.press("a") }},
	{"add, last", func(d *driver) { d.press("a", "shift+tab") }},
	{"change", func(d *driver) { d.goTo("hanako"); d.press("c", "tab"); d.typed("x") }},
	{"suspend", func(d *driver) { d.goTo("hanako"); d.press("s", "pgdown") }},
	{"suspend, yes", func(d *driver) { d.goTo("hanako"); d.press("s", "tab", "pgdown") }},
	{"delete", func(d *driver) { d.goTo("hanako"); d.press("d", "pgdown") }},
	{"address", func(d *driver) { d.goTo("yoshino"); d.press("m", "pgdown") }},
	{"throw away", func(d *driver) { d.press("a", "enter"); d.typed("x"); d.press("esc") }},
	{"import", func(d *driver) { d.csvFile(goodFile); d.press("i"); d.typed("mem") }},
	{"import, switch", func(d *driver) { d.press("i", "down") }},
	{"import-preview", func(d *driver) { d.openImport(d.csvFile(updateFile), true); d.press("down") }},
	{"import-changes", func(d *driver) { d.openImport(d.csvFile(updateFile), true); d.press("c", "down") }},
	{"import-problems", func(d *driver) {
		d.openImport(d.csvFile(badFile), false)
		check(d.t, os.WriteFile("members.csv", []byte(goodFile), 0o600)) // reading it again shows something else
		d.press("down")
	}},
	{"import-done", func(d *driver) {
		d.openImport(d.csvFile(goodFile), false)
		d.press("enter", "tab", "enter", "pgdown")
		d.team.now = d.team.now.Add(doublePress)
	}},
	{"settings-form", func(d *driver) { d.openSettings("Lockout after failures"); d.retype("5") }},
	{"settings-checks", func(d *driver) { d.press("4", "t", "pgdown") }},
	{"lock", func(d *driver) { d.press("L"); d.typed("x") }},
	{"settings", func(d *driver) { d.press("4", "pgdown") }},
	{"help", func(d *driver) {
		d.press("?")
		if strings.Contains(d.frame(), "scroll") { // where there is one page, the key would close it
			d.press("pgdown")
		}
	}},
}

func TestEveryKeyInTheHelpDoesSomething(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}} {
		for _, state := range where {
			open := func() *driver {
				d := signedIn(t, newStateTeam(t), size[0], size[1], plainTerminal, withHost)
				state.open(d)
				return d
			}
			for _, b := range enabled(open().root.bindings()) {
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
			shown = d.overview()
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

// overview reads the overview of all keys from its first line to its last.
func (d *driver) overview() string {
	var read []string
	for last := ""; last != d.frame(); d.press("pgdown") {
		last = d.frame()
		for _, line := range strings.Split(last, "\n")[:minHeight-1] {
			if !slices.Contains(read, line) {
				read = append(read, line)
			}
		}
		if !strings.Contains(last, "scroll") {
			break
		}
	}
	return strings.Join(read, " ")
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
