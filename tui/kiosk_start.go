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

// startPage waits for a code.
type startPage struct {
	*kiosk
	field   field
	queued  string // what was sent in during a pause that will be over in a moment
	asked   string // the code that is being looked up
	problem phrase
}

func newStartPage(k *kiosk, problem phrase) *startPage {
	return &startPage{kiosk: k, field: field{look: k.look}, problem: problem}
}

func (p *startPage) stays() time.Duration { return kioskIdle }

// warns is never: what returns to the start from here is what is half typed.
func (p *startPage) warns() time.Duration { return 0 }

func (p *startPage) keys(t *kioskTexts) []key.Binding {
	return []key.Binding{bind("Enter", t.keyCheck, "enter")}
}

func (p *startPage) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.key(msg)
	case tea.PasteMsg:
		p.field.update(msg)
	case kioskTickMsg:
		if p.queued != "" && p.codes.wait(p.now) == 0 {
			text := p.queued
			p.queued = ""
			return p.submit(text)
		}
	case reply[account.Invitee]:
		if p.answered(msg.to) {
			return p.found(msg.value, msg.err)
		}
	}
	return nil
}

// key edits the field. Scanners end a code with Enter, or with what their setting says.
func (p *startPage) key(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "enter", "ctrl+j", "tab":
		text := p.field.value()
		p.field.set("")
		if strings.TrimSpace(text) == "" {
			return nil
		}
		return p.submit(text)
	case "esc":
		p.field.set("")
	default:
		p.field.update(msg)
	}
	return nil
}

// longestQueue is how long a code may wait to be looked up: whoever sent it is still there then.
const longestQueue = 8 * time.Second

// submit looks a code up, now or, where that is soon, when one is accepted again. A second scan while the first is looked up is dropped.
func (p *startPage) submit(text string) tea.Cmd {
	if p.working != 0 {
		return nil
	}
	if wait := p.codes.wait(p.now); wait > 0 {
		if wait <= longestQueue {
			p.queued = text
		}
		return nil
	}
	code, refused := readCode(text, p.baseURL)
	if refused != nil {
		p.codes.miss(p.now)
		p.problem = refused
		return nil
	}
	p.problem, p.asked = nil, code
	var cmd tea.Cmd
	p.working, cmd = work(p.kiosk, func(ctx context.Context) (account.Invitee, error) {
		return p.service.LookUp(ctx, code)
	})
	return cmd
}

// found goes on to the password. What has been typed meanwhile was meant for it.
func (p *startPage) found(invitee account.Invitee, err error) tea.Cmd {
	if err == nil {
		p.open(newPasswordPage(p.kiosk, p.asked, invitee, p.field.value()))
		return nil
	}
	p.asked = ""
	if account.CodeOf(err) == account.CodeVoidCode {
		p.codes.miss(p.now)
	}
	p.problem = p.refusal("looking a code up", err, p.settings)
	return nil
}

func (p *startPage) draw(s *sheet, t *kioskTexts) {
	s.text(s.look.heading, t.scan)
	s.gap()
	s.field(t.code, &p.field, p.working == 0)
	if p.problem != nil {
		s.problem(p.problem(t))
	}
	switch wait := seconds(p.codes.wait(p.now)); {
	case p.working != 0:
		s.text(s.look.faint, t.checking+s.look.ellipsis)
	case wait > 0 && p.queued != "":
		s.text(s.look.warning, fmt.Sprintf(t.waitQueued, wait))
	case wait > 0:
		s.text(s.look.warning, fmt.Sprintf(t.wait, wait))
	case p.problem == nil:
		s.text(s.look.faint, t.codeHint)
	}
}
