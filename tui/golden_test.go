package tui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rekey/member"
)

var update = flag.Bool("update", false, "write the golden frames anew")

// goldenFrames is where the frames are, also for a test that has gone elsewhere.
var goldenFrames = func() string {
	path, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return path
}()

// states are the screens of the console, each with the way there from the members list.
var states = []struct {
	name string
	open func(*driver)
}{
	{"list", func(d *driver) { d.press("down", "down", "down") }},
	{"filter", func(d *driver) { d.press("/"); d.typed("工場") }},
	{"fields", func(d *driver) { d.press("/", "tab", "down") }},
	{"detail", func(d *driver) { d.goTo("hanako"); d.press("enter") }},
	{"modal-email", func(d *driver) { d.goTo("hanako"); d.press("r", "enter") }},
	{"modal-form", func(d *driver) { d.goTo("yoshino"); d.press("r", "down") }},
	{"result-email", func(d *driver) { d.goTo("hanako"); d.press("r", "enter", "tab", "enter") }},
	{"result-form", func(d *driver) { d.goTo("yoshino"); d.press("r", "enter", "tab", "enter") }},
	{"save-as", func(d *driver) { d.goTo("yoshino"); d.press("r", "enter", "tab", "enter", "s") }},
	{"forms", func(d *driver) { d.press("F", "down") }},
	{"forms-filter", func(d *driver) { d.press("F"); d.typed("o"); d.press("down", "tab", "right", "tab"); d.typed("~/f") }},
	{"forms-saved", func(d *driver) { d.resetAll("yoshino", "ken.t"); d.press("F", "tab", "right", "enter") }},
	{"qr", func(d *driver) { d.goTo("yoshino"); d.press("v") }},
	{"add", func(d *driver) {
		d.press("a", "enter")
		d.typed("new@example")
		d.press("enter")
		d.typed("新人")
		d.press("backspace", "backspace")
	}},
	{"change", func(d *driver) { d.goTo("yoshino"); d.press("c") }},
	{"change-address", func(d *driver) { d.goTo("invited"); d.press("c"); d.typed(".jp") }},
	{"conflict", func(d *driver) {
		d.goTo("hanako")
		d.press("c", "enter")
		d.typed("!")
		d.team.changeBehind(d.t, "hanako", func(m *member.Member) { m.Name, m.Position = "佐藤 花", "" })
		d.tick()
	}},
	{"suspend", func(d *driver) { d.goTo("hanako"); d.press("s") }},
	{"delete", func(d *driver) { d.goTo("hanako"); d.press("d"); d.typed("hanako") }},
	{"address", func(d *driver) { d.goTo("yoshino"); d.press("m") }},
	{"authority", func(d *driver) { d.goTo("hanako"); d.press("A", "tab") }},
	{"throw-away", func(d *driver) { d.press("a", "enter"); d.typed("x"); d.press("esc") }},
	{"deleted", func(d *driver) {
		d.goTo("hanako")
		d.press("enter", "d")
		d.typed("hanako.sato@example.com")
		d.press("enter")
		d.tick()
	}},
	{"help", func(d *driver) { d.press("?") }},
	{"import", func(d *driver) { d.press("i"); d.typed("~/members.csv"); d.press("down") }},
	{"import-preview", func(d *driver) { d.openImport(d.csvFile(goodFile), false) }},
	{"import-changes", func(d *driver) { d.openImport(d.csvFile(updateFile), true); d.press("c") }},
	{"import-problems", func(d *driver) { d.openImport(d.csvFile(badFile), false) }},
	{"import-question", func(d *driver) { d.openImport(d.csvFile(updateFile), true); d.press("enter") }},
	{"import-done", func(d *driver) { d.openImport(d.csvFile(goodFile), false); d.press("enter", "tab", "enter") }},
	{"mail", func(d *driver) { d.press("2", "down") }},
	{"mail-one", func(d *driver) { d.press("2", "down", "down", "enter") }},
	{"mail-cancel", func(d *driver) { d.press("2", "down", "c") }},
	{"history", func(d *driver) { d.press("3", "down") }},
	{"history-one", func(d *driver) { d.press("3", "enter") }},
	{"history-filter", func(d *driver) { d.press("3", "/") }},
	{"history-member", func(d *driver) { d.goTo("hanako"); d.press("r", "enter", "tab", "enter", "esc", "h") }},
	{"settings", func(d *driver) { d.press("4") }},
	{"settings-form", func(d *driver) { d.openSettings("A link works for"); d.retype("31d") }},
	{"settings-question", func(d *driver) {
		d.openSettings("Team identification number")
		d.retype("99-1")
		d.goToSetting("Single sign-on")
		d.press("left", "ctrl+s")
	}},
	{"settings-checks", func(d *driver) { d.press("4", "t") }},
}

func newStateTeam(t *testing.T) *team {
	return copyOf(t, "states", func(t *testing.T) *team {
		tm := newTeam(t)
		tm.lock(t, "hanako.sato@example.com")
		tm.signInOn(t, "hanako.sato@example.com", 3)
		tm.mails(t)
		return tm
	})
}

func TestGoldenFrames(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 10}} {
		notice := func(o *Options) {
			o.Notice = []string{"The demo's admin: " + adminAddress, "Password: " + adminPassword}
		}
		compare(t, "sign-in", newDriver(t, newStateTeam(t), size[0], size[1], notice))
		compare(t, "lock", locked(t, newStateTeam(t), size[0], size[1], func(*driver) {}))
		for _, s := range states {
			d := signedIn(t, newStateTeam(t), size[0], size[1], withHost)
			s.open(d)
			compare(t, s.name, d)
		}
	}
}

// withHost gives the console what main gives it of the host.
func withHost(o *Options) {
	o.Facts = []Fact{
		{"Mail server", "smtp.example.com:587, starttls", "[mail] in /srv/rekey/rekey.toml"},
		{"Base URL", "https://team.example.com", "REKEY_WEB_BASE_URL"},
	}
	o.Check = func(_ context.Context, to string) []CheckResult {
		return []CheckResult{
			{"Mail server", true, "smtp.example.com:587 took a test mail to " + to + " (250 2.0.0 taken)."},
			{"Base URL", false, "Nothing answers at https://team.example.com. Start rekey serve."},
		}
	}
}

func compare(t *testing.T, name string, d *driver) {
	t.Helper()
	var lines []string
	for _, line := range strings.Split(d.frame(), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join(goldenFrames, fmt.Sprintf("%s-%dx%d.txt", name, d.root.width, d.root.height))
	if *update {
		check(t, os.MkdirAll(goldenFrames, 0o755))
		check(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	check(t, err)
	if got != string(want) {
		t.Errorf("%s has changed; look at it, then run with -update:\n%s\nwas:\n%s", path, got, want)
	}
}
