package tui

import (
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
	{"help", func(d *driver) { d.press("?", "pgdown") }},
}

func TestEveryKeyInTheHelpDoesSomething(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}} {
		for _, state := range where {
			open := func() *driver {
				d := signedIn(t, newStateTeam(t), size[0], size[1], plainTerminal)
				state.open(d)
				return d
			}
			for _, b := range enabled(open().root.top().keyMap()) {
				d := open()
				before := d.root.View()
				d.press(b.Keys()[0])
				after := d.root.View()
				if before.Content == after.Content && (before.Cursor == nil) == (after.Cursor == nil) {
					t.Errorf("%s at %v: %s (%s) does nothing:\n%s", state.name, size, b.Help().Key, b.Help().Desc, d.frame())
				}
			}
		}
	}
}

// TestHelpNamesEachKeyOnce checks, on the smallest terminal, that no key is bound twice and that each binding is named.
func TestHelpNamesEachKeyOnce(t *testing.T) {
	for _, state := range where {
		d := signedIn(t, newStateTeam(t), minWidth, minHeight, plainTerminal)
		state.open(d)
		quit, help := d.root.globals()
		bindings := enabled(append(d.root.top().keyMap(), quit, help))
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
		if help.Enabled() {
			d.press("?")
			shown = strings.Join(pages(d), " ")
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

// pages gives the lines of the help, read page by page.
func pages(d *driver) []string {
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
