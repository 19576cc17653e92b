package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"rekey/account"
	"rekey/member"
)

// kioskPages are the kiosk's pages, each with the way there.
var kioskPages = []struct {
	name string
	open func(d *kioskDriver, code string)
}{
	{"start", func(*kioskDriver, string) {}},
	{"refused", func(d *kioskDriver, _ string) { d.scan("https://other.example.com/"); d.typed("0000-00") }},
	{"wait", func(d *kioskDriver, _ string) { d.scan("1"); d.scan("2"); d.scan("3"); d.scan("4") }},
	{"password", func(d *kioskDriver, code string) { d.scan(code); d.typed(chosenPassword) }},
	{"weak", func(d *kioskDriver, code string) { d.scan(code); d.choose("short", "short") }},
	{"differ", func(d *kioskDriver, code string) {
		d.scan(code)
		d.choose(chosenPassword, "other")
		d.pass(kioskIdle - 12*time.Second)
	}},
	{"done", func(d *kioskDriver, code string) { d.scan(code); d.choose(chosenPassword, chosenPassword) }},
	{"leave", func(d *kioskDriver, _ string) { d.press("f10"); d.scan(adminAddress); d.scan("wrong") }},
}

func TestKioskGoldenFrames(t *testing.T) {
	for name, env := range map[string]string{"en": "LANG=en_US.UTF-8", "ja": "LANG=ja_JP.UTF-8", "linux": "TERM=linux"} {
		for _, p := range kioskPages {
			tm := newTeam(t)
			d := newKioskDriver(t, tm, 80, 24, env)
			p.open(d, tm.formCode(t, "t.yoshino"))
			d.compare(fmt.Sprintf("kiosk-%s-%s-80x24.txt", p.name, name))
			d.send(tea.WindowSizeMsg{Width: 40, Height: 10})
			d.compare(fmt.Sprintf("kiosk-%s-%s-40x10.txt", p.name, name))
		}
	}
}

func (d *kioskDriver) compare(file string) {
	d.t.Helper()
	var lines []string
	for line := range strings.SplitSeq(d.frame(), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	got := strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", file)
	if *update {
		check(d.t, os.MkdirAll("testdata", 0o755))
		check(d.t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	check(d.t, err)
	if got != string(want) {
		d.t.Errorf("%s has changed; look at it, then run with -update:\n%s\nwas:\n%s", path, got, want)
	}
}

// TestTheSmallestKioskCutsNothingOff checks that what a page has to say, the field and the rules included, is still there
// at 40x10, whatever is refused.
func TestTheSmallestKioskCutsNothingOff(t *testing.T) {
	tm := newTeam(t)
	code := tm.formCode(t, "t.yoshino")
	for l := range kioskCatalogue {
		texts := language(l).texts()
		for _, problem := range []string{texts.differ, texts.codeAsPassword, fmt.Sprintf(texts.tooShort, 12), fmt.Sprintf(texts.tooLong, 256),
			texts.common, texts.ownData, texts.notText, texts.weak, texts.trouble} {
			d := newKioskDriver(t, tm, 40, 10)
			d.scan(code)
			d.kiosk.language = language(l)
			d.kiosk.page.(*passwordPage).refuse(0, func(*kioskTexts) string { return problem })
			d.shows(problem, texts.again, fmt.Sprintf(texts.rulesShort, 8, 256), "t.yoshino")
		}
		for _, problem := range []string{texts.notACode, texts.otherSite, texts.voidCode, texts.suspended, texts.trouble} {
			d := newKioskDriver(t, tm, 40, 10)
			for range 4 {
				d.scan("x")
			}
			d.kiosk.language = language(l)
			d.kiosk.page.(*startPage).problem = func(*kioskTexts) string { return problem }
			d.shows(problem, texts.scan, texts.code, fmt.Sprintf(texts.waitQueued, 2))
		}
		for _, problem := range []string{texts.signInFailed, texts.noAuthority, texts.trouble} {
			d := newKioskDriver(t, tm, 40, 10)
			d.press("f10")
			for range 3 {
				d.kiosk.admins.miss(tm.now)
			}
			d.kiosk.language = language(l)
			d.kiosk.page.(*leavePage).problem = func(*kioskTexts) string { return problem }
			d.shows(problem, texts.password, fmt.Sprintf(texts.wait, 2))
		}
	}
}

func TestNoLineOfTheKioskBeginsWithAFullStop(t *testing.T) {
	tm := newTeam(t)
	for _, p := range kioskPages {
		code := tm.formCode(t, "t.yoshino")
		d := newKioskDriver(t, tm, 40, 10, "LANG=ja_JP.UTF-8")
		p.open(d, code)
		for line := range strings.SplitSeq(d.frame(), "\n") {
			if line = strings.TrimLeft(line, " "); strings.HasPrefix(line, "。") || strings.HasPrefix(line, "、") {
				t.Errorf("a line of %s begins with a stop:\n%s", p.name, d.frame())
			}
		}
	}
}

// TestNoKioskViewIsLargerThanTheTerminal draws every page on many terminals, with both ways of counting cells, for
// members and teams whose names try to break out.
func TestNoKioskViewIsLargerThanTheTerminal(t *testing.T) {
	exhaustive(t)
	names := append([]string{strings.Repeat("W", member.MaxName)}, hostileNames...)
	for i, name := range names {
		tm := newTeam(t)
		service := damagedTeam{tm.service, func(s *account.Settings) {
			s.TeamName, s.ProductName, s.TeamNumber = name, names[(i+1)%len(names)], name
		}}
		tm.alter(t, "t.yoshino", func(m *member.Member) { m.Name = name })
		for j, p := range kioskPages {
			d := newKioskDriverOn(t, tm, service, 80, 24, []string{"LANG=C", "LANG=ja_JP", "TERM=linux"}[(i+j)%3])
			p.open(d, tm.formCode(t, "t.yoshino"))
			if j%2 == 1 {
				d.send(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
			}
			for _, w := range []int{1, 3, 20, 39, 40, 41, 59, 60, 61, 80, 133, 300} {
				for _, h := range []int{1, 2, 9, 10, 11, 21, 22, 24, 60} {
					d.send(tea.WindowSizeMsg{Width: w, Height: h})
					d.fits(w, h)
				}
			}
		}
	}
}

// fits checks that the view stays within the terminal and that nothing in it acts on one.
func (d *kioskDriver) fits(w, h int) {
	d.t.Helper()
	v := d.kiosk.View()
	lines := strings.Split(v.Content, "\n")
	if len(lines) > h {
		d.t.Fatalf("%d lines on a terminal of %dx%d:\n%s", len(lines), w, h, d.frame())
	}
	for _, line := range lines {
		if cells := d.kiosk.look.width(line); cells > w {
			d.t.Fatalf("a line of %d cells on a terminal of %dx%d: %q", cells, w, h, line)
		}
	}
	d.harmless()
	if c := v.Cursor; c != nil && (c.X < 0 || c.X >= w || c.Y < 0 || c.Y >= h) {
		d.t.Fatalf("the cursor stands at %d,%d on a terminal of %dx%d", c.X, c.Y, w, h)
	}
}
