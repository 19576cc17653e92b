package tui

import (
	"context"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// mailPane shows one mail as a whole, and what can be done about it. The mail page shows it beside the list or as a
// close-up.
type mailPane struct {
	*shared
	mail    account.Mail  // ID 0: none
	member  member.Member // ID 0: not known yet
	loading request
	reading request
	sending request
	replace func(account.Mail) tea.Cmd // told what an action has made of the mail
}

func newMailPane(s *shared, replace func(account.Mail) tea.Cmd) *mailPane {
	return &mailPane{shared: s, replace: replace}
}

// show turns to a mail.
func (p *mailPane) show(m account.Mail) tea.Cmd {
	known := p.mail.ID == m.ID
	p.mail = m
	if known {
		return nil
	}
	p.member = member.Member{}
	return p.lookUp()
}

func (p *mailPane) clear() { p.mail, p.member, p.loading = account.Mail{}, member.Member{}, 0 }

// lookUp reads whose mail it is.
func (p *mailPane) lookUp() tea.Cmd {
	id := p.mail.Member
	var cmd tea.Cmd
	p.loading, cmd = ask(p.shared, func(ctx context.Context) (addressee, error) {
		m, err := p.service.Find(ctx, id.String())
		return addressee(m), err
	})
	return cmd
}

// addressee is the member whose mail it is.
type addressee member.Member

// closeUp shows the mail by itself: it stays there when it leaves the list, because it is not what the filter asks for
// any more.
func (p *mailPane) closeUp() *closeUp {
	alone := newMailPane(p.shared, p.replace)
	alone.mail, alone.member = p.mail, p.member
	c := newCloseUp(p.shared, "Details", alone)
	c.start = alone.read
	c.heard = func(msg tea.Msg) tea.Cmd {
		if _, news := msg.(changedMsg); news {
			return alone.read()
		}
		return alone.update(msg)
	}
	return c
}

// read reads the mail again, and whose it is.
func (p *mailPane) read() tea.Cmd {
	id := p.mail.ID
	var cmd tea.Cmd
	p.reading, cmd = ask(p.shared, func(ctx context.Context) (account.Mail, error) { return p.service.Mail(ctx, id) })
	return tea.Batch(cmd, p.lookUp())
}

func (p *mailPane) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case reply[addressee]:
		if msg.to == p.loading && msg.err == nil { // else the address has to do
			p.member = member.Member(msg.value)
		}
	case reply[account.Mail]:
		switch {
		case msg.to == p.sending:
			p.sending = 0
			return p.sent(msg)
		case msg.to == p.reading && msg.err != nil:
			return p.nav.fail(msg.err)
		case msg.to == p.reading:
			p.mail = msg.value
		}
	}
	return nil
}

func (p *mailPane) sent(msg reply[account.Mail]) tea.Cmd {
	if msg.err != nil {
		return p.nav.fail(msg.err)
	}
	p.wake()
	p.nav.say("The mail to " + clean(msg.value.To) + " is in the queue, to be sent now.")
	p.mail = msg.value
	return p.replace(msg.value)
}

// actions lists what can be done about the mail.
func (p *mailPane) actions() []action {
	if p.mail.ID == 0 {
		return nil
	}
	return []action{
		{bind("e", "send again"), "Send the same mail again", p.refuseAgain(), p.send},
		{bind("n", "send now"), "Send it now", p.refuseNow(), p.send},
		{bind("c", "cancel mail"), "Cancel it", p.refuseCancel(), p.cancel},
		{bind("g", "go to member"), "Go to the member", "", p.open},
	}
}

// underWay is why nothing can be done with a mail that is just being sent.
func (p *mailPane) underWay() string {
	switch {
	case p.sending != 0:
		return "It is being queued."
	case p.mail.Claimed && p.now.Before(p.mail.Due):
		return "It is on its way right now."
	}
	return ""
}

func (p *mailPane) refuseAgain() string {
	switch why := p.underWay(); {
	case why != "":
		return why
	case p.mail.State == account.MailQueued:
		return "It has not been sent yet."
	case p.mail.State == account.MailSuperseded:
		return "Its link does not work any more: a reset sends a new one."
	}
	return ""
}

func (p *mailPane) refuseNow() string {
	switch why := p.underWay(); {
	case p.mail.State != account.MailQueued:
		return "It does not wait."
	case why != "":
		return why
	case !p.mail.Due.After(p.now):
		return "It is to be sent as soon as can be."
	}
	return ""
}

func (p *mailPane) refuseCancel() string {
	if p.mail.State != account.MailQueued {
		return "It does not wait."
	}
	return p.underWay()
}

func (p *mailPane) send() tea.Cmd {
	var cmd tea.Cmd
	p.sending, cmd = sendAgain(p.shared, p.mail.ID)
	return cmd
}

func (p *mailPane) open() tea.Cmd {
	return p.nav.push(newMemberScreen(p.shared, member.Member{ID: p.mail.Member}, nil))
}

// cancel asks before a mail is taken out of the queue.
func (p *mailPane) cancel() tea.Cmd {
	admin, id, to := p.admin, p.mail.ID, clean(p.mail.To)
	text := formText{
		title: "Cancel Mail", verb: "CANCEL THE MAIL", doing: "Cancelling",
		about: func() []string {
			return []string{"The mail to " + to + " is taken out of the queue. Its link stays valid, so that the mail can be sent again."}
		},
	}
	work := func() func(context.Context) (account.Mail, error) {
		return func(ctx context.Context) (account.Mail, error) { return p.service.CancelMail(ctx, admin, id) }
	}
	return p.nav.push(newConfirmation(p.shared, text, "Keep it", "Cancel the mail", work, func(m account.Mail) tea.Cmd {
		p.nav.say("The mail to " + to + " is cancelled.")
		p.mail = m
		return p.replace(m)
	}))
}

func (p *mailPane) keyMap() []key.Binding { return actionKeys(p.actions()) }

func (p *mailPane) key(msg tea.KeyPressMsg) (cmd tea.Cmd, done bool) { return p.act(p.actions(), msg) }

// lines draws the mail in w cells.
func (p *mailPane) lines(w int) []string {
	if p.mail.ID == 0 {
		return nil
	}
	l, m := p.look, p.mail
	var lines []string
	for _, line := range l.wrap(clean(m.To), w) {
		lines = append(lines, l.strong.Render(line))
	}
	for _, f := range p.facts() {
		lines = append(lines, l.fact(f[0], f[1], w)...)
	}
	if heading, checks := p.checks(); len(checks) > 0 {
		lines = append(lines, "", l.heading.Render(l.truncate(heading, w)))
		for _, c := range checks {
			lines = append(lines, l.hang(l.bullet+" ", c, w)...)
		}
	}
	lines = append(lines, "")
	return append(lines, l.actionLines(p.actions(), w)...)
}

// facts are what is known of the mail; those without a value are left out.
func (p *mailPane) facts() [][2]string {
	m := p.mail
	facts := [][2]string{
		{"Member", clean(p.member.Name)},
		{"About", mailSubject(m.Kind)},
		{"Made", p.time(m.Created)},
		{"State", mailStateName(m)},
	}
	if !m.Done.IsZero() {
		facts = append(facts, [2]string{"Since", p.time(m.Done)})
	}
	if m.Sending > 1 {
		facts = append(facts, [2]string{"Sent again", count(m.Sending-1, "time")})
	}
	facts = append(facts, [2]string{"Tries", p.tries()})
	return append(facts, [2]string{"Reply", clean(m.Reply)})
}

// mailSubject says what a mail is about.
func mailSubject(k account.MailKind) string {
	switch k {
	case account.MailReset:
		return "password reset, with a link to set a new one"
	case account.MailInvitation:
		return "invitation, with a link to set a password"
	case account.MailLocked:
		return "the account has been locked"
	case account.MailRequested:
		return "the member forgot the password and asked for a link"
	}
	return "unknown"
}

// tries says how often it was tried, and when it will be next.
func (p *mailPane) tries() string {
	m := p.mail
	text := "none yet"
	if m.Attempts > 0 {
		text = grouped(m.Attempts)
	}
	switch {
	case m.State != account.MailQueued:
	case m.Claimed && p.now.Before(m.Due):
		text += ", one is under way"
	case m.Due.After(p.now):
		text += ", the next in " + remaining(m.Due.Sub(p.now)) + ", at " + p.soon(m.Due)
	default:
		text += ", the next as soon as can be"
	}
	return text
}

// checks are what to look at when the mail does not arrive.
func (p *mailPane) checks() (heading string, checks []string) {
	m := p.mail
	const askAddress = "Is the address right? Let the member say it."
	switch m.State {
	case account.MailAccepted:
		return "If it does not arrive", []string{
			askAddress,
			"Look into the spam folder.",
			"Have mail from " + p.senderDomain() + " allowed where the member gets mail.",
			fmt.Sprintf("Ask whoever runs the mail server for the mail of %s whose Message-ID begins with %d.%d. and ends in @%s.",
				p.time(m.Done), m.ID, m.Sending, p.senderDomain()),
		}
	case account.MailRefused:
		return "What to do", []string{
			askAddress,
			"The reply says why the mail server refused it. Correct what it names, then send the mail again.",
		}
	}
	if hint := p.mailHint(m); hint != "" {
		return "What to do", []string{hint}
	}
	return "", nil
}

// senderDomain is the domain that mails come from.
func (p *mailPane) senderDomain() string {
	_, domain, _ := strings.Cut(p.settings.Sender, "@")
	return clean(domain)
}
