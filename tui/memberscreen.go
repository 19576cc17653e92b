package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// memberScreen shows one member by itself, where the terminal is too narrow for the pane beside the table, or the member
// too long for it. It stays with its member, also when the list below loses the row.
type memberScreen struct {
	*shared
	detail   *detail
	scroller scroller
	width    int
	height   int
}

// newMemberScreen makes the screen of a member; the overview may still be missing.
func newMemberScreen(s *shared, who member.Member, o *account.Overview) *memberScreen {
	m := &memberScreen{shared: s, detail: newDetail(s), scroller: scroller{look: s.look}}
	m.detail.member, m.detail.overview = who, o
	return m
}

func (m *memberScreen) init() tea.Cmd { return m.detail.refresh() }

func (m *memberScreen) setSize(width, height int) {
	m.width, m.height = width, height
	m.scroller.show(m.detail.lines(width-2), height)
}

func (m *memberScreen) keyMap() []key.Binding {
	bindings := append(actionKeys(m.detail.access()), bind("esc", "back", "esc", "enter"))
	return append(append(bindings, actionKeys(m.detail.upkeep())...), m.scroller.moves()...)
}

func (m *memberScreen) frame() frame { return frame{title: "Details"} }

func (m *memberScreen) update(msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return m.detail.update(msg)
	}
	if press.String() == "esc" || press.String() == "enter" {
		m.nav.close(m)
		return nil
	}
	if cmd, done := m.detail.key(press); done {
		return cmd
	}
	m.scroller.move(press)
	return nil
}

func (m *memberScreen) view() string { return m.scroller.page(m.detail.lines(m.width-2), m.height) }
