package tui

import (
	"fmt"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// scroller shows as many of its lines as there is room for.
type scroller struct {
	look   *look
	lines  []string
	height int
	offset int
}

// show replaces the lines and keeps the place.
func (s *scroller) show(lines []string, height int) {
	s.lines, s.height = lines, height
	s.offset = max(0, min(s.offset, len(s.lines)-height))
}

func (s *scroller) overflows() bool { return len(s.lines) > s.height }

// pages are the keys that page, if there is more than fits.
func (s *scroller) pages() key.Binding {
	return when(s.overflows(), bind("pgup/dn", "scroll", "pgup", "pgdown"))
}

func (s *scroller) update(msg tea.KeyPressMsg) {
	step := max(1, s.height-2)
	switch msg.String() {
	case "pgdown":
		s.offset += step
	case "pgup":
		s.offset -= step
	}
	s.show(s.lines, s.height)
}

// move takes the keys of a list: by line, by page, and to its ends.
func (s *scroller) move(msg tea.KeyPressMsg) {
	switch msg.String() {
	case "down", "j":
		s.offset++
	case "up", "k":
		s.offset--
	case "home":
		s.offset = 0
	case "end":
		s.offset = len(s.lines)
	}
	s.update(msg)
}

func (s *scroller) view() []string {
	if !s.overflows() {
		return s.lines
	}
	shown := append([]string(nil), s.lines[s.offset:s.offset+s.height]...)
	if below := len(s.lines) - s.offset - s.height; below > 0 && s.height > 1 {
		shown[s.height-1] = s.look.faint.Render(fmt.Sprintf("%s %d more", s.look.ellipsis, below+1))
	}
	return shown
}
