package tui

import (
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// settings is the page of the team's settings.
type settings struct {
	*shared
	scroller      scroller
	width, height int
}

func newSettings(s *shared) screen { return &settings{shared: s, scroller: scroller{look: s.look}} }

func (s *settings) init() tea.Cmd { return nil }

func (s *settings) setSize(width, height int) {
	s.width, s.height = width, height
	s.scroller.show(s.lines(width-2), height)
}

func (s *settings) keyMap() []key.Binding { return []key.Binding{s.scroller.pages()} }

func (s *settings) frame() frame { return frame{title: "Settings"} }

func (s *settings) update(msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		s.scroller.update(press)
	}
	return nil
}

func (s *settings) view() string {
	s.scroller.show(s.lines(s.width-2), s.height)
	lines := append([]string(nil), s.scroller.view()...)
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return strings.Join(lines, "\n")
}

func (s *settings) lines(w int) []string {
	set := s.shared.settings
	signOn := "off"
	if set.SSO {
		signOn = "on"
	}
	var lines []string
	for _, f := range [][2]string{
		{"Product", clean(set.ProductName)},
		{"Team", clean(set.TeamName)},
		{"Team number", clean(set.TeamNumber)},
		{"Sender", clean(set.Sender)},
		{"Mails in", set.Language.String()},
		{"Links work", "for " + span(set.LinkLifetime)},
		{"Forms work", "for " + span(set.FormLifetime)},
		{"Lockout", "after " + count(set.MaxFailures, "wrong password") + ", for " + span(set.LockoutTime)},
		{"Passwords", strconv.Itoa(set.MinPassword) + " to " + count(set.MaxPassword, "character")},
		{"SSO", signOn},
		{"Sessions", "end after " + span(set.SessionMaxAge) + ", or " + span(set.SessionIdle) + " without use"},
		{"Idle lock", "after " + span(set.IdleLock) + " without a key"},
	} {
		lines = append(lines, s.look.fact(f[0], " "+f[1], w)...)
	}
	return lines
}

// span writes a length of time in its largest whole unit: "15 minutes", "21 days".
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return count(int(d/day), "day")
	case d >= time.Hour && d%time.Hour == 0:
		return count(int(d/time.Hour), "hour")
	case d >= time.Minute && d%time.Minute == 0:
		return count(int(d/time.Minute), "minute")
	}
	return d.String()
}
