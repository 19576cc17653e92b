package tui

import (
	"fmt"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"rekey/account"
	"rekey/member"
)

// loginPath is the page that members sign in on, below the base URL.
const loginPath = "/login"

// donePage says that the password is set, and where it is good for.
type donePage struct {
	*kiosk
	member member.Member
	set    account.Settings
}

func newDonePage(k *kiosk, m member.Member, set account.Settings) *donePage {
	return &donePage{kiosk: k, member: m, set: set}
}

func (p *donePage) stays() time.Duration { return kioskDone }

func (p *donePage) warns() time.Duration { return kioskDone }

func (p *donePage) keys(t *kioskTexts) []key.Binding {
	return []key.Binding{bind("Enter", t.keyStart, "enter")}
}

// update goes back to the start. A key that writes something may be the first of the next person's scan, so it is not
// lost.
func (p *donePage) update(msg tea.Msg) tea.Cmd {
	written := false
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		written = msg.Text != ""
	case tea.PasteMsg:
		written = true
	default:
		return nil
	}
	cmd := p.restart(nil)
	if written {
		cmd = tea.Batch(cmd, p.page.update(msg))
	}
	return cmd
}

func (p *donePage) draw(s *sheet, t *kioskTexts) {
	s.text(s.look.good.Bold(true), t.passwordSet)
	s.gap()
	how := fmt.Sprintf(t.signInEmail, clean(p.member.Email))
	if p.member.Type() == member.LoginID {
		how = fmt.Sprintf(t.signInLoginID, clean(p.set.TeamNumber), clean(p.member.LoginID))
	}
	s.text(lipgloss.NewStyle(), how)
	if p.baseURL != "" {
		s.gap()
		s.text(lipgloss.NewStyle(), fmt.Sprintf(t.signInAt, clean(p.baseURL+loginPath)))
	}
}
