package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

func TestSpans(t *testing.T) {
	for _, c := range []struct {
		span              time.Duration
		coarse, remaining string
	}{
		{time.Second, "1m", "0m 01s"},
		{time.Minute, "1m", "1m 00s"},
		{14*time.Minute + 5*time.Second, "15m", "14m 05s"},
		{99 * time.Minute, "99m", "1h 39m"},
		{100 * time.Minute, "2h", "1h 40m"},
		{99 * time.Hour, "99h", "99h 00m"},
		{100 * time.Hour, "5d", "100h 00m"},
	} {
		if got := coarse(c.span); got != c.coarse {
			t.Errorf("coarse(%v) = %q, want %q", c.span, got, c.coarse)
		}
		if got := remaining(c.span); got != c.remaining {
			t.Errorf("remaining(%v) = %q, want %q", c.span, got, c.remaining)
		}
	}
}

func TestCounts(t *testing.T) {
	for n, want := range map[int]string{0: "0 members", 1: "1 member", 999: "999 members", 1000: "1,000 members", 1234567: "1,234,567 members"} {
		if got := count(n, "member"); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}

// TestWrapLosesNothing wraps text at every width: no line is too wide, and what was written is all there.
func TestWrapLosesNothing(t *testing.T) {
	texts := []string{
		"It works until 2026-03-03 09:30 JST (UTC+09:00).",
		"/srv/rekey/forms/a-very-long-name-that-has-no-spaces.pdf",
		"日本語の文には空白がない。 mixed with 𠮷野 e\u0301 and 👩‍👩‍👧 emoji",
	}
	for _, method := range []ansi.Method{ansi.WcWidth, ansi.GraphemeWidth} {
		l := newLook(terminal{cells: method})
		for _, text := range texts {
			for w := 6; w < 60; w++ { // six cells hold the widest cluster
				lines := l.wrap(text, w)
				for _, line := range lines {
					if l.width(line) > w {
						t.Errorf("a line of %d cells at %d: %q", l.width(line), w, line)
					}
				}
				if got := strings.Join(lines, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
					t.Errorf("at %d cells %q became %q", w, text, got)
				}
			}
		}
	}
}

func TestOverlayCutsWideCharacters(t *testing.T) {
	l := newLook(terminal{})
	for x, want := range []string{"[]本語", " [] 語", "日[]語"} {
		if got := l.overlay([]string{"日本語"}, []string{"[]"}, x, 0)[0]; got != want {
			t.Errorf("at column %d the line is %q, want %q", x, got, want)
		}
	}
}
