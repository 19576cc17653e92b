package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// memberAlone is a member's detail that no members list keeps up to date.
type memberAlone struct{ *detail }

// newMemberAlone makes a screen for a member of whom only the id is known.
func newMemberAlone(s *shared, id member.ID) *closeUp {
	d := newDetail(s)
	d.member.ID = id
	alone := newCloseUp(s, "Member", memberAlone{d})
	alone.start = d.refresh
	alone.heard = func(msg tea.Msg) tea.Cmd {
		switch msg.(type) {
		case changedMsg, reply[account.ResetResult]:
			return d.refresh()
		}
		return d.update(msg)
	}
	return alone
}

func (m memberAlone) lines(w int) []string {
	switch {
	case m.detail.problem != nil:
		return m.look.wrap(sentence(m.detail.problem), w)
	case m.detail.overview == nil:
		return []string{m.look.truncate("Reading the account"+m.look.ellipsis, w)}
	}
	return m.detail.lines(w)
}

// keyMap and key: before the member is known there is nothing to do.
func (m memberAlone) keyMap() []key.Binding {
	if m.detail.overview == nil {
		return nil
	}
	return m.detail.keyMap()
}

func (m memberAlone) key(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	if m.detail.overview == nil {
		return nil, false
	}
	return m.detail.key(msg)
}
