package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// kioskDevice is what the kiosk calls itself in the audit log.
const kioskDevice = "kiosk"

// passwordPage asks for the new password, twice.
type passwordPage struct {
	*kiosk
	code    string
	invitee account.Invitee
	twoFields
	shown   bool // the passwords are readable
	problem phrase
	at      int // the field that the problem is about
}

// newPasswordPage makes the page for the one whom the code belongs to, with what has already been typed.
func newPasswordPage(k *kiosk, code string, invitee account.Invitee, typed string) *passwordPage {
	p := &passwordPage{kiosk: k, code: code, invitee: invitee}
	for i := range p.fields {
		p.fields[i] = field{look: k.look, masked: true}
	}
	p.fields[0].set(typed)
	return p
}

func (p *passwordPage) stays() time.Duration { return kioskIdle }

func (p *passwordPage) warns() time.Duration { return kioskWarning }

func (p *passwordPage) keys(t *kioskTexts) []key.Binding {
	show := t.keyShow
	if p.shown {
		show = t.keyHide
	}
	idle := p.working == 0
	return []key.Binding{
		when(idle, bind("Enter", t.keyNext, "enter")),
		when(idle, bind("Tab", t.keyField, "tab")),
		bind(strings.ToUpper(kioskShowKey), show, kioskShowKey),
		when(idle, bind("Esc", t.keyCancel, "esc")),
	}
}

func (p *passwordPage) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case reply[account.SignedIn]:
		if p.answered(msg.to) {
			return p.set(msg.value.Member, msg.err)
		}
	case tea.KeyPressMsg:
		return p.key(msg)
	case tea.PasteMsg:
		if p.working == 0 {
			p.fields[p.focus].update(msg)
		}
	}
	return nil
}

func (p *passwordPage) key(msg tea.KeyPressMsg) tea.Cmd {
	if msg.String() == kioskShowKey {
		p.shown = !p.shown
		return nil
	}
	if p.working != 0 {
		return nil
	}
	return p.press(msg, p.enter, p.cancel)
}

func (p *passwordPage) cancel() tea.Cmd { return p.restart(nil) }

func (p *passwordPage) enter() tea.Cmd {
	typed := p.fields[p.focus].value()
	if sameCode(typed, p.code) {
		p.refuse(0, codeAsPassword)
		return nil
	}
	if code, ours := codeOfURL(typed, p.baseURL); ours {
		return p.scanned(code)
	}
	first, second := p.fields[0].value(), p.fields[1].value()
	switch {
	case first == "":
		p.focus = 0
		return nil
	case second == "":
		p.focus = 1
		return nil
	case first != second:
		p.refuse(1, differ)
		return nil
	}
	p.forget()
	p.problem = nil
	code := p.code
	var cmd tea.Cmd
	p.working, cmd = work(p.kiosk, func(ctx context.Context) (account.SignedIn, error) {
		return p.service.SetPassword(ctx, code, first, account.ViaKiosk, kioskDevice)
	})
	return cmd
}

// scanned takes in a form where a password is asked for. It is the same form once more, or the next person has come
// before this one's page was closed. (A bare code is not looked for: a passphrase can look like one.)
func (p *passwordPage) scanned(code string) tea.Cmd {
	if sameCode(code, p.code) {
		p.refuse(0, codeAsPassword)
		return nil
	}
	next := newStartPage(p.kiosk, nil)
	p.language = p.home
	p.open(next)
	return next.submit(code)
}

// set answers the person. A refusal leaves nothing in the fields.
func (p *passwordPage) set(m member.Member, err error) tea.Cmd {
	switch account.CodeOf(err) {
	case account.CodeVoidCode, account.CodeSuspended: // something has changed meanwhile: the code is of no use now
		return p.returnToStart(refusalOf(err, p.invitee.Settings))
	}
	if err != nil {
		p.refuse(0, p.refusal("setting a password", err, p.invitee.Settings))
		return nil
	}
	p.open(newDonePage(p.kiosk, m, p.invitee.Settings))
	return nil
}

func (p *passwordPage) refuse(at int, why phrase) {
	p.forget()
	p.problem, p.at, p.focus = why, at, 0
}

// forget empties both fields.
func (p *passwordPage) forget() {
	for i := range p.fields {
		p.fields[i].set("")
	}
}

func (p *passwordPage) draw(s *sheet, t *kioskTexts) {
	p.heading(s, t)
	s.gap()
	for i, label := range []string{t.newPassword, t.again} {
		f := p.fields[i]
		f.masked = !p.shown
		s.field(label, &f, p.working == 0 && p.focus == i)
		if p.problem != nil && p.at == i {
			s.problem(p.problem(t))
		}
	}
	s.gap()
	if p.working != 0 {
		s.text(s.look.strong, t.setting+s.look.ellipsis)
		return
	}
	set := p.invitee.Settings
	if s.roomy {
		s.list(t.rules, fmt.Sprintf(t.ruleLength, set.MinPassword, set.MaxPassword), t.ruleCommon, t.ruleOwnData)
	} else {
		s.text(s.look.faint, fmt.Sprintf(t.rulesShort, set.MinPassword, set.MaxPassword))
	}
}

// heading says whose password it is. Others may be looking on: it is the login and the name, and nothing else.
func (p *passwordPage) heading(s *sheet, t *kioskTexts) {
	who := p.who(p.invitee.Member)
	if s.roomy {
		s.short(s.look.heading, t.newPasswordFor+" "+who, 2)
	} else {
		s.short(s.look.heading, who, 1)
	}
}
