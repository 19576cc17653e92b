package tui

import (
	"context"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// doublePress is how long after a piece of work Enter does not close its result: it is the second half of a double press.
const doublePress = 500 * time.Millisecond

// result is the screen that follows a reset: what has been done, and how the new code gets to the member.
type result struct {
	*shared
	reset  account.ResetResult
	opened time.Time

	mail    account.Mail // of an email address member
	polling request
	sending request

	checking request
	void     string // why a login ID member's form does not work any more; empty while it does

	saved    account.SavedForm // of a login ID member; its path is empty until it is saved
	problem  error             // why the form could not be saved
	saving   request
	printing request
	printed  string // what became of the last printing

	width, height int
	scroller      scroller
}

func newResult(s *shared, done account.ResetResult) *result {
	return &result{shared: s, reset: done, mail: done.Mail, opened: s.now, scroller: scroller{look: s.look}}
}

func (r *result) byForm() bool { return r.reset.Member.Type() == member.LoginID }

// init saves the form to its usual place, or looks how the mail is doing.
func (r *result) init() tea.Cmd {
	if !r.byForm() {
		return r.poll()
	}
	var save tea.Cmd
	r.saving, save = saveForm(r.shared, r.reset.Member.ID, "")
	return tea.Batch(r.check(), save)
}

// check looks whether the form still works.
func (r *result) check() tea.Cmd {
	var cmd tea.Cmd
	r.checking, cmd = readOverview(r.shared, r.reset.Member.ID)
	return cmd
}

// checked compares the member's token with the form's. An error is left to the list below, which reads the same account.
func (r *result) checked(msg reply[account.Overview]) {
	if msg.to != r.checking || msg.err != nil {
		return
	}
	switch token := msg.value.Token.Serial; {
	case token == 0 && msg.value.Password:
		r.void = "The member has set a new password: the form is used up."
	case token == 0:
		r.void = "This form does not work any more."
	case token != r.reset.Token:
		r.void = "A later reset has made this form void."
	}
}

func (r *result) poll() tea.Cmd {
	id := r.mail.ID
	var cmd tea.Cmd
	r.polling, cmd = ask(r.shared, func(ctx context.Context) (account.Mail, error) { return r.service.Mail(ctx, id) })
	return cmd
}

func (r *result) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return r.key(msg)
	case changedMsg:
		if !r.byForm() {
			return r.poll()
		}
		return r.check()
	case reply[account.Overview]:
		r.checked(msg)
	case reply[account.Mail]:
		return r.mailed(msg)
	case reply[account.SavedForm]:
		if msg.to == r.saving {
			r.saving = 0
			r.saved, r.problem = msg.value, msg.err
			if ended(msg.err) {
				return r.nav.fail(msg.err)
			}
		}
	case reply[nothing]:
		if msg.to == r.printing {
			return r.wasPrinted(msg.err)
		}
	}
	return nil
}

func (r *result) mailed(msg reply[account.Mail]) tea.Cmd {
	again := msg.to == r.sending
	switch msg.to {
	case r.sending:
		r.sending = 0
	case r.polling:
		r.polling = 0
	default:
		return nil
	}
	if msg.err != nil {
		return r.nav.fail(msg.err)
	}
	r.mail = msg.value
	if again {
		r.wake()
		r.nav.say("The same message with the same link is queued once more.")
	}
	return nil
}

func (r *result) wasPrinted(err error) tea.Cmd {
	r.printing = 0
	if err != nil {
		return r.nav.fail(err)
	}
	r.printed = "handed to the printer"
	return nil
}

// actions lists what can be done about the mail or the form.
func (r *result) actions() []action {
	if !r.byForm() {
		return []action{{bind("e", "send again"), "Send the same mail again", r.refuseMail(), r.sendAgain}}
	}
	return []action{
		{bind("s", "save elsewhere"), "Save the form elsewhere", r.refuseSave(), r.saveAs},
		{bind("p", "print"), "Print the form", r.refusePrint(), r.printForm},
		{bind("v", "QR code"), "Show the QR code", r.void, func() tea.Cmd { return r.nav.push(newQR(r.shared, r.reset.Member)) }},
	}
}

func (r *result) refuseMail() string {
	if r.sending != 0 {
		return "It is being queued."
	}
	return ""
}

func (r *result) refuseSave() string {
	switch {
	case r.restricted != nil:
		return restrictedSaving
	case r.saving != 0:
		return "The form is being saved."
	}
	return r.void
}

func (r *result) refusePrint() string {
	switch why := r.refusePrinting(); {
	case r.void != "":
		return r.void
	case why != "":
		return why
	case r.saving != 0:
		return "The form is being saved."
	case r.saved.Path == "":
		return "The form has not been saved yet."
	case r.printing != 0:
		return "It is being printed."
	}
	return ""
}

func (r *result) sendAgain() tea.Cmd {
	var cmd tea.Cmd
	r.sending, cmd = sendAgain(r.shared, r.mail.ID)
	return cmd
}

func (r *result) saveAs() tea.Cmd {
	return r.nav.push(newSaveAs(r.shared, r.reset.Member, r.saved.Path, func(saved account.SavedForm) {
		r.saved, r.problem = saved, nil
	}))
}

func (r *result) printForm() tea.Cmd {
	admin, id, path := r.admin, r.reset.Member.ID, r.saved.Path
	r.printed = ""
	var cmd tea.Cmd
	r.printing, cmd = ask(r.shared, func(ctx context.Context) (nothing, error) {
		return nothing{}, r.shared.printed(ctx, admin, path, id)
	})
	return cmd
}

func (r *result) keyMap() []key.Binding {
	bindings := append(actionKeys(r.actions()), bind("esc", "back", "esc", "enter"))
	return append(bindings, r.scroller.moves()...)
}

func (r *result) key(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "enter":
		if r.now.Sub(r.opened) < doublePress {
			return nil
		}
		fallthrough
	case "esc":
		r.nav.close(r)
		return nil
	}
	if cmd, done := r.act(r.actions(), msg); done {
		return cmd
	}
	r.scroller.move(msg)
	return nil
}

func (r *result) frame() frame { return frame{title: "Reset Password"} }

func (r *result) setSize(width, height int) {
	r.width, r.height = width, height
	r.scroller.show(r.lines(width-2), height)
}

func (r *result) view() string { return r.scroller.page(r.lines(r.width-2), r.height) }

func (r *result) lines(w int) []string {
	l := r.look
	m := r.reset.Member
	done := "The password of " + clean(m.Name) + " has been reset."
	if m.Status == member.Inviting {
		done = "A fresh invitation has been issued for " + clean(m.Name) + "."
	}
	lines := []string{l.truncate(l.good.Render("Done.")+" "+l.strong.Render(done), w)}
	if r.byForm() {
		lines = append(lines, r.formLines(w)...)
	} else {
		lines = append(lines, r.mailLines(w)...)
	}
	lines = append(lines, "")
	lines = append(lines, l.wrap(strings.Join(r.effects(), " "), w)...)
	lines = append(lines, "")
	return append(lines, l.actionLines(r.actions(), w)...)
}

// effects are what the reset has done, one sentence each.
func (r *result) effects() []string {
	ended := "No session was signed in."
	switch n := r.reset.SessionsEnded; {
	case n == 1:
		ended = "1 session has ended."
	case n > 1:
		ended = grouped(n) + " sessions have ended."
	}
	all := []string{"The old password does not work any more.", ended}
	if r.reset.Member.Status == member.Inviting {
		all = []string{"Earlier invitations do not work any more."}
	}
	if r.reset.LockoutCancelled {
		all = append(all, "The lockout is cancelled.")
	}
	if r.reset.Member.Status == member.Suspended {
		all = append(all, "The account is suspended: the new code works only once it is active again.")
	}
	return all
}

func (r *result) mailLines(w int) []string {
	l := r.look
	lines := l.fact("Mail to", clean(r.mail.To), w)
	lines = append(lines, l.fact("Delivery", r.mailState(r.mail), w)...)
	lines = append(lines, l.fact("Link", "works until "+r.time(r.reset.Expires), w)...)
	return append(lines, l.fact("", r.mailHint(r.mail), w)...)
}

func (r *result) formLines(w int) []string {
	l := r.look
	var lines []string
	switch {
	case r.saving != 0:
		lines = l.fact("Form", "being saved"+l.ellipsis, w)
	case r.void != "" && r.saved.Path == "":
	case r.problem != nil:
		lines = l.fact("Form", "NOT SAVED: "+sentence(r.problem)+" The reset itself is done; save the form elsewhere.", w)
	default:
		lines = l.fact("Form", "saved as "+clean(r.saved.Path), w)
	}
	if r.void != "" {
		return append(lines, l.fact("Attention", r.void, w)...)
	}
	lines = append(lines, l.fact("QR code", "works until "+r.time(r.reset.Expires), w)...)
	lines = append(lines, l.fact("Printing", r.printed, w)...)
	for _, warning := range missing(r.saved) {
		lines = append(lines, l.fact("Attention", warning, w)...)
	}
	return append(lines, l.fact("", "Print the form and hand it over. The old form does not work any more.", w)...)
}
