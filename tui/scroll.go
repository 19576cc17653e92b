package tui

import (
	"fmt"
	"slices"
	"strings"

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

// moves are the keys that scroll where the arrows mean nothing else, if there is more than fits.
func (s *scroller) moves() []key.Binding {
	return []key.Binding{
		when(s.overflows(), bind("up/down", "line", "up", "down", "k", "j")),
		s.pages(),
		when(s.overflows(), bind("home/end", "ends", "home", "end")),
	}
}

// update takes the keys that page.
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

// move takes the keys that moves lists.
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

// page shows lines in a window of so many lines, a cell from its left edge.
func (s *scroller) page(lines []string, height int) string {
	s.show(lines, height)
	shown := slices.Clone(s.view())
	for i := range shown {
		shown[i] = " " + shown[i]
	}
	return strings.Join(shown, "\n")
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
