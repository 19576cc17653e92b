package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// help names all keys of the screen below.
type help struct {
	*shared
	bindings []key.Binding
	scroller scroller
}

func newHelp(s *shared, bindings []key.Binding) *help {
	return &help{shared: s, bindings: enabled(bindings), scroller: scroller{look: s.look}}
}

func (h *help) init() tea.Cmd { return nil }

func (h *help) setSize(width, height int) { h.scroller.show(h.lines(width, height), height) }

func (h *help) keyMap() []key.Binding {
	return []key.Binding{bind("esc", "close", "esc", "enter", "?", "q"), h.moves()}
}

// moves are all keys that scroll, in one: the keys of the screen below need the room.
func (h *help) moves() key.Binding {
	return when(h.scroller.overflows(), bind("up/down", "scroll", "up", "down", "k", "j", "pgup", "pgdown", "home", "end"))
}

func (h *help) frame() frame { return frame{alone: true, bare: true} }

func (h *help) update(msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	switch {
	case !ok:
	case key.Matches(press, h.moves()):
		h.scroller.move(press)
	default:
		h.nav.close(h)
	}
	return nil
}

func (h *help) view() string { return strings.Join(h.scroller.view(), "\n") }

// lines writes the keys in as few columns as their number needs, and in no more than the width has room for.
func (h *help) lines(width, height int) []string {
	for rows := max(1, min(len(h.bindings), height)); ; rows++ {
		lines := make([]string, rows)
		columns := 0
		for column := range slices.Chunk(h.bindings, rows) {
			h.add(lines, column)
			columns++
		}
		widest := 0
		for _, line := range lines {
			widest = max(widest, h.look.width(line))
		}
		if widest > width && columns > 1 {
			continue
		}
		for i := range lines {
			lines[i] = h.look.truncate(lines[i], width)
		}
		return lines
	}
}

// add writes a column of keys behind what stands in the lines.
func (h *help) add(lines []string, column []key.Binding) {
	l := h.look
	keys, width := 0, 0
	for _, b := range column {
		keys = max(keys, l.width(b.Help().Key))
	}
	for _, line := range lines {
		width = max(width, l.width(line))
	}
	for i, b := range column {
		lines[i] = l.pad(lines[i], width) + " " + l.key.Render(l.pad(b.Help().Key, keys)) + " " + b.Help().Desc
	}
}
