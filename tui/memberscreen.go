package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// memberScreen shows one member by itself, where the terminal is too narrow for the pane beside the table, or the member
// too long for it. The members list below keeps the detail up to date.
type memberScreen struct {
	*shared
	detail   *detail
	scroller scroller
	width    int
	height   int
}

func newMemberScreen(s *shared, d *detail) *memberScreen {
	return &memberScreen{shared: s, detail: d, scroller: scroller{look: s.look}}
}

func (m *memberScreen) init() tea.Cmd { return nil }

func (m *memberScreen) setSize(width, height int) {
	m.width, m.height = width, height
	m.scroller.show(m.detail.lines(width-2), height)
}

func (m *memberScreen) keyMap() []key.Binding {
	bindings := append(m.detail.keyMap(), bind("esc", "back", "esc", "enter"))
	return append(bindings, m.scroller.pages())
}

func (m *memberScreen) frame() frame { return frame{title: "Details"} }

func (m *memberScreen) update(msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	if press.String() == "esc" || press.String() == "enter" {
		m.nav.close(m)
		return nil
	}
	if cmd, done := m.detail.key(press); done {
		return cmd
	}
	m.scroller.update(press)
	return nil
}

func (m *memberScreen) view() string {
	m.scroller.show(m.detail.lines(m.width-2), m.height)
	lines := append([]string(nil), m.scroller.view()...)
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return strings.Join(lines, "\n")
}
