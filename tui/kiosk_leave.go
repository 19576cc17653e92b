package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// leavePage asks for an admin's sign-in, which ends the kiosk.
type leavePage struct {
	*kiosk
	twoFields // email address, password
	problem   phrase
}

func newLeavePage(k *kiosk) *leavePage {
	p := &leavePage{kiosk: k}
	p.fields[emailField].look = k.look
	p.fields[passwordField] = field{look: k.look, masked: true}
	return p
}

func (p *leavePage) stays() time.Duration { return kioskIdle }

func (p *leavePage) warns() time.Duration { return kioskWarning }

func (p *leavePage) keys(t *kioskTexts) []key.Binding {
	idle := p.working == 0
	return []key.Binding{
		when(idle, bind("Enter", t.keyEnd, "enter")),
		when(idle, bind("Tab", t.keyField, "tab")),
		when(idle, bind("Esc", t.keyCancel, "esc")),
	}
}

func (p *leavePage) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case reply[nothing]:
		if p.answered(msg.to) {
			return p.signedIn(msg.err)
		}
	case tea.KeyPressMsg:
		if p.working == 0 {
			return p.press(msg, p.enter, p.cancel)
		}
	case tea.PasteMsg:
		if p.working == 0 {
			p.fields[p.focus].update(msg)
		}
	}
	return nil
}

func (p *leavePage) cancel() tea.Cmd { return p.restart(nil) }

func (p *leavePage) enter() tea.Cmd {
	address, password := p.fields[emailField].value(), p.fields[passwordField].value()
	switch {
	case strings.TrimSpace(address) == "":
		p.focus = emailField
		return nil
	case password == "" || p.focus == emailField:
		p.focus = passwordField
		return nil
	case p.admins.wait(p.now) > 0:
		return nil
	}
	p.fields[passwordField].set("")
	p.problem = nil
	var cmd tea.Cmd
	p.working, cmd = work(p.kiosk, func(ctx context.Context) (nothing, error) {
		admin, err := p.service.SignIn(ctx, address, password, kioskDevice)
		if err == nil {
			// The session has done its duty. If it cannot be ended now, it ends by its age.
			_ = p.service.SignOut(ctx, admin)
		}
		return nothing{}, err
	})
	return cmd
}

func (p *leavePage) signedIn(err error) tea.Cmd {
	if err == nil {
		p.open(newStartPage(p.kiosk, nil))
		p.left = true
		return tea.Quit
	}
	switch account.CodeOf(err) {
	case account.CodeSignInFailed, account.CodeNoAuthority:
		p.admins.miss(p.now)
	}
	p.problem, p.focus = p.refusal("signing an admin in", err, p.settings), passwordField
	return nil
}

func (p *leavePage) draw(s *sheet, t *kioskTexts) {
	s.text(s.look.heading, t.endKiosk)
	s.gap()
	for i, label := range []string{t.emailAddress, t.password} {
		s.field(label, &p.fields[i], p.working == 0 && p.focus == i)
	}
	if p.problem != nil {
		s.problem(p.problem(t))
	}
	switch wait := seconds(p.admins.wait(p.now)); {
	case p.working != 0:
		s.text(s.look.faint, t.signingIn+s.look.ellipsis)
	case wait > 0:
		s.text(s.look.warning, fmt.Sprintf(t.wait, wait))
	case p.problem == nil:
		s.text(s.look.faint, t.endHint)
	}
}
