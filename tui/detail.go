package tui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// detail is what the console knows of one member, and what can be done about it. The members list shows it beside the
// table, the member screen by itself.
type detail struct {
	*shared
	member   member.Member // ID 0: nobody
	overview *account.Overview
	problem  error
	loading  request
	saving   request
	sending  request
	printing request
}

func newDetail(s *shared) *detail { return &detail{shared: s} }

// show turns to a member. What belongs to another one is forgotten at once.
func (d *detail) show(m member.Member) tea.Cmd {
	if d.member.ID == m.ID {
		d.member = m
		return nil
	}
	d.clear()
	d.member = m
	return d.refresh()
}

func (d *detail) clear() { d.member, d.overview, d.problem, d.loading = member.Member{}, nil, nil, 0 }

// refresh reads the member's account again. What is shown stays until the answer comes.
func (d *detail) refresh() tea.Cmd {
	if d.member.ID == 0 {
		return nil
	}
	var cmd tea.Cmd
	d.loading, cmd = readOverview(d.shared, d.member.ID)
	return cmd
}

// readOverview reads a member's account.
func readOverview(s *shared, id member.ID) (request, tea.Cmd) {
	admin := s.admin
	return ask(s, func(ctx context.Context) (account.Overview, error) { return s.service.Overview(ctx, admin, id) })
}

func (d *detail) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case changedMsg, reply[account.ResetResult], reply[member.Member]:
		return d.refresh()
	case clockMsg: // what could not be read is tried again
		if d.problem != nil && account.CodeOf(d.problem) == "" && d.loading == 0 {
			return d.refresh()
		}
	case reply[account.Overview]:
		if msg.to == d.loading {
			return d.loaded(msg)
		}
	case reply[account.SavedForm]:
		if msg.to == d.saving {
			d.saving = 0
			return d.told(msg.err, formSaved(msg.value))
		}
	case reply[account.Mail]:
		if msg.to == d.sending {
			d.sending = 0
			d.wake()
			return d.told(msg.err, "The mail to "+clean(msg.value.To)+" is sent again.")
		}
	case reply[printedForm]:
		if msg.to == d.printing {
			d.printing = 0
			return d.told(msg.err, formSaved(account.SavedForm(msg.value))+" It is handed to the printer.")
		}
	}
	return nil
}

func (d *detail) loaded(msg reply[account.Overview]) tea.Cmd {
	d.loading = 0
	d.overview, d.problem = nil, msg.err
	switch account.CodeOf(msg.err) {
	case "":
	case account.CodeUnknownMember:
		return nil // the pane says so; the list is about to lose the row
	default:
		return d.nav.fail(msg.err)
	}
	if msg.err == nil {
		d.overview, d.member = &msg.value, msg.value.Member
	}
	return nil
}

func (d *detail) told(err error, done string) tea.Cmd {
	if err != nil {
		return d.nav.fail(err)
	}
	d.nav.say(done)
	return d.refresh()
}

// formSaved says where a form was saved, and which characters of it are drawn as code points.
func formSaved(saved account.SavedForm) string {
	return strings.Join(append([]string{"The form is saved: " + clean(saved.Path) + "."}, missing(saved)...), " ")
}

func missing(saved account.SavedForm) []string {
	if len(saved.Missing) == 0 {
		return nil
	}
	return []string{"No font has " + clean(string(saved.Missing)) + ": the form shows the code point in a box instead."}
}

// actions lists what can be done about the member, in the order in which it is shown.
func (d *detail) actions() []action { return append(d.access(), d.upkeep()...) }

// access lists what brings the member a password.
func (d *detail) access() []action {
	if d.gone() || d.unread() {
		return nil
	}
	all := []action{{bind("r", "reset password"), "Reset Password", d.refuseReset(), d.reset}}
	if d.member.Type() == member.LoginID {
		all = append(all,
			action{bind("f", "save form"), "Save the form again", d.refuseForm(), d.saveForm},
			action{bind("p", "print"), "Print the form", d.refusePrint(), d.printForm},
			action{bind("v", "QR code"), "Show the QR code", d.refuseForm(), d.showCode})
	} else {
		all = append(all, action{bind("e", "send again"), "Send the mail again", d.refuseMail(), d.sendAgain})
	}
	return append(all, action{bind("h", "history"), "Show the history", "", d.history})
}

// notYet is why nothing can be done before the account has been read.
func (d *detail) notYet() string {
	switch {
	case d.problem != nil:
		return sentence(d.problem)
	case d.overview == nil:
		return "The account is still being read."
	}
	return ""
}

func (d *detail) refuseReset() string {
	if d.overview != nil && d.overview.Refusal != nil {
		return sentence(d.overview.Refusal)
	}
	if d.problem != nil {
		return sentence(d.problem)
	}
	return "" // the reset's own box waits for the account
}

func (d *detail) refuseForm() string {
	switch why := d.notYet(); {
	case why != "":
		return why
	case d.overview.Token.Serial == 0:
		return "There is no form that still works: a reset issues a new one."
	case d.saving != 0:
		return "The form is being saved."
	}
	return ""
}

func (d *detail) refusePrint() string {
	switch never, why := d.refusePrinting(), d.refuseForm(); {
	case never != "":
		return never
	case why != "":
		return why
	case d.printing != 0:
		return "The form is being printed."
	}
	return ""
}

func (d *detail) refuseMail() string {
	switch why := d.notYet(); {
	case why != "":
		return why
	case d.overview.Mail.ID == 0:
		return "No mail has been sent yet: a reset sends one."
	case d.overview.Token.Serial == 0 || d.overview.Mail.Token != d.overview.Token.Serial:
		return "The mail's link does not work any more: a reset sends a new one."
	case d.sending != 0:
		return "The mail is being sent again."
	}
	return ""
}

func (d *detail) reset() tea.Cmd { return d.nav.push(newReset(d.shared, d.member, d.overview)) }

func (d *detail) history() tea.Cmd { return d.nav.push(newMemberHistory(d.shared, d.member)) }

func (d *detail) saveForm() tea.Cmd {
	var cmd tea.Cmd
	d.saving, cmd = saveForm(d.shared, d.member.ID, "")
	return cmd
}

// printedForm is a form that has been saved and then printed.
type printedForm account.SavedForm

// printForm saves the form to its usual place and prints that file.
func (d *detail) printForm() tea.Cmd {
	admin, id := d.admin, d.member.ID
	var cmd tea.Cmd
	d.printing, cmd = ask(d.shared, func(ctx context.Context) (printedForm, error) {
		saved, err := d.service.SaveForm(ctx, admin, id, "")
		if err != nil {
			return printedForm{}, pathless(err)
		}
		return printedForm(saved), d.printed(ctx, admin, saved.Path, id)
	})
	return cmd
}

// printed prints a file with the forms of members, and records it once the printer's queue has taken it.
func (s *shared) printed(ctx context.Context, admin account.Admin, path string, of ...member.ID) error {
	if err := s.print(ctx, path); err != nil {
		return err
	}
	return s.service.FormPrinted(ctx, admin, path, of...)
}

func (d *detail) showCode() tea.Cmd { return d.nav.push(newQR(d.shared, d.member)) }

func (d *detail) sendAgain() tea.Cmd {
	var cmd tea.Cmd
	d.sending, cmd = sendAgain(d.shared, d.overview.Mail.ID)
	return cmd
}

// saveForm writes a member's current form; an empty path is its usual place.
func saveForm(s *shared, id member.ID, path string) (request, tea.Cmd) {
	admin := s.admin
	return ask(s, func(ctx context.Context) (account.SavedForm, error) {
		saved, err := s.service.SaveForm(ctx, admin, id, path)
		return saved, pathless(err)
	})
}

// sendAgain queues a mail once more.
func sendAgain(s *shared, id account.MailID) (request, tea.Cmd) {
	admin := s.admin
	return ask(s, func(ctx context.Context) (account.Mail, error) { return s.service.SendAgain(ctx, admin, id) })
}

// gone reports whether there is nobody to do anything about.
func (d *detail) gone() bool { return d.member.ID == 0 || d.member.Status == member.Deleted }

// key runs the action of a key, or says why it cannot be done now.
func (d *detail) key(msg tea.KeyPressMsg) (cmd tea.Cmd, done bool) { return d.act(d.actions(), msg) }

// lines draws the member in w cells.
func (d *detail) lines(w int) []string {
	if d.member.ID == 0 {
		return nil
	}
	if d.gone() {
		gone := d.look.wrap("This member has been deleted. Deleted is final: add the person as a new member.", w)
		return append(append(styled(gone, d.look.warning), ""), d.who(w)...)
	}
	if d.unread() {
		if d.problem != nil {
			return d.look.wrap(sentence(d.problem), w)
		}
		return []string{d.look.truncate("Reading the account"+d.look.ellipsis, w)}
	}
	lines := d.who(w)
	switch {
	case d.problem != nil:
		lines = append(lines, d.look.wrap(sentence(d.problem), w)...)
	case d.overview != nil:
		lines = append(lines, d.state(w)...)
	}
	lines = append(lines, "")
	lines = append(lines, d.look.actionLines(d.access(), w)...)
	return append(lines, d.look.actionFlow(d.upkeep(), w)...)
}

// unread reports whether nothing but the member's id is known yet.
func (d *detail) unread() bool { return d.member.Name == "" && d.overview == nil }

func (d *detail) who(w int) []string {
	m := d.member
	var lines []string
	for _, line := range d.look.wrap(clean(m.Name), w) {
		lines = append(lines, d.look.strong.Render(line))
	}
	kind := "Email address member"
	if m.Type() == member.LoginID {
		kind = "Login ID member"
	}
	if m.Admin {
		kind += ", admin authority"
	}
	lines = append(lines, d.look.fact("Type", kind, w)...)
	lines = append(lines, d.look.fact("Account", clean(m.Account()), w)...)
	lines = append(lines, d.look.fact("Status", statusName(m.Status), w)...)
	lines = append(lines, d.look.fact("Department", departments(m), w)...)
	lines = append(lines, d.look.fact("Number", clean(m.EmployeeNumber), w)...)
	lines = append(lines, d.look.fact("Employment", employmentName(m.EmploymentType), w)...)
	lines = append(lines, d.look.fact("Position", clean(m.Position), w)...)
	return lines
}

func (d *detail) state(w int) []string {
	o := d.overview
	lines := []string{""}
	lines = append(lines, d.look.fact("Lockout", d.lockout(), w)...)
	lines = append(lines, d.look.fact("Sessions", d.sessions(), w)...)
	lines = append(lines, d.look.fact("Last reset", d.lastReset(), w)...)
	lines = append(lines, d.look.fact("Password", passwordState(*o), w)...)
	if o.Member.Type() == member.LoginID {
		lines = append(lines, d.look.fact("Form", d.token("none that works"), w)...)
	} else {
		lines = append(lines, d.look.fact("Link", d.token("none that works"), w)...)
		lines = append(lines, d.look.fact("Mail", d.mailState(o.Mail), w)...)
		lines = append(lines, d.look.fact("", d.shortMailHint(o.Mail), w)...)
	}
	return lines
}

func (d *detail) lockout() string {
	l := d.overview.Lockout
	switch {
	case l.Locked(d.now):
		return "locked for " + remaining(l.Until.Sub(d.now)) + " more, after " + count(l.Failures, "wrong password")
	case l.Failures > 0 && l.Until.IsZero():
		return "not locked, " + count(l.Failures, "wrong password") + " so far"
	}
	return "not locked"
}

func (d *detail) sessions() string {
	if d.overview.Sessions == 0 {
		return "none"
	}
	return grouped(d.overview.Sessions) + ", last seen " + d.time(d.overview.LastSeen)
}

func (d *detail) lastReset() string {
	r := d.overview.Reset
	if r.At.IsZero() {
		return "never"
	}
	return d.time(r.At) + " by " + clean(d.overview.ResetBy) + ": " + lowered(r.Reason.Sentence())
}

func passwordState(o account.Overview) string {
	switch {
	case o.Password:
		return "set"
	case o.Settings.SSO && !o.Member.Admin:
		return "none: the team uses single sign-on"
	}
	return "none: has to be set by the member"
}

func (d *detail) token(none string) string {
	if d.overview.Token.Serial == 0 {
		return none
	}
	until := "works until " + d.time(d.overview.Token.Expires)
	if d.overview.Member.Status == member.Suspended {
		until += ", but only once the account is active again"
	}
	return until
}
