package tui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// upkeep lists what keeps a member's account in order, below what brings the member a password.
func (d *detail) upkeep() []action {
	if d.gone() || d.unread() {
		return nil
	}
	m := d.member
	all := []action{{bind("c", "change"), "Change", d.refuseChange(), d.change}, d.suspendOrNot(), d.authority()}
	if m.Type() == member.LoginID {
		all = append(all, action{bind("m", "give address"), "Give an email address", d.notYet(), d.replaceLoginID})
	}
	return append(all, action{bind("d", "delete"), "Delete", d.refuseStatus(member.Deleted), d.delete})
}

// refuseChange does not wait for the account: the form reads it itself.
func (d *detail) refuseChange() string {
	if d.problem != nil {
		return sentence(d.problem)
	}
	return ""
}

func (d *detail) refuseStatus(to member.Status) string {
	if why := d.notYet(); why != "" {
		return why
	}
	if refusal := account.RefuseStatus(d.admin, d.member, to); refusal != nil {
		return sentence(refusal)
	}
	return ""
}

func (d *detail) suspendOrNot() action {
	if d.member.Status == member.Suspended {
		return action{bind("s", "activate"), "Make active again", d.refuseStatus(member.Active), d.activate}
	}
	return action{bind("s", "suspend"), "Suspend", d.refuseStatus(member.Suspended), d.suspend}
}

func (d *detail) authority() action {
	refusal := d.notYet()
	if refused := account.RefuseAuthority(d.admin, d.member); refusal == "" && refused != nil {
		refusal = sentence(refused)
	}
	if d.member.Admin {
		return action{bind("A", "take authority"), "Take admin authority", refusal, d.takeAuthority}
	}
	return action{bind("A", "give authority"), "Give admin authority", refusal, d.giveAuthority}
}

func (d *detail) change() tea.Cmd {
	return d.nav.push(newMemberChange(d.shared, d.member, d.overview, func(m member.Member) tea.Cmd {
		d.wake() // a new address may have got a link
		return d.said("The changes to " + clean(m.Name) + " are saved.")
	}).screen())
}

// said tells what has been done; the reply that brought it has all screens read the member again.
func (d *detail) said(sentence string) tea.Cmd {
	d.nav.say(sentence)
	return nil
}

// consequences are the paragraphs of a box: who it is about, and what will happen.
func (d *detail) consequences(effects ...string) func() []string {
	about := []string{clean(d.member.Name) + " " + d.look.dot + " " + clean(d.member.Account()), ""}
	for _, effect := range effects {
		if effect != "" {
			about = append(about, d.look.bullet+" "+effect)
		}
	}
	return func() []string { return about }
}

// confirm pushes a box that says what a change of the account does, and does it.
func (d *detail) confirm(title, verb string, about func() []string, done string, work func(context.Context) (member.Member, error)) tea.Cmd {
	text := formText{title: title, verb: strings.ToUpper(verb), doing: "Saving", about: about}
	return d.nav.push(newConfirmation(d.shared, text, "Cancel", verb,
		func() func(context.Context) (member.Member, error) { return work },
		func(m member.Member) tea.Cmd { return d.said(clean(m.Name) + " " + done) }))
}

// to gives what sets the member's status.
func (d *detail) to(status member.Status) func(context.Context) (member.Member, error) {
	admin, id := d.admin, d.member.ID
	return func(ctx context.Context) (member.Member, error) {
		return d.service.ChangeStatus(ctx, admin, id, status)
	}
}

func (d *detail) suspend() tea.Cmd {
	password, waits := "", ""
	if d.overview.Password {
		password = "The password stays, for when the account is active again."
	}
	if d.overview.Token.Serial != 0 {
		waits = "The " + means(d.member) + " that waits works only once the account is active again."
	}
	about := d.consequences("The member cannot sign in until made active again.", sessionsEnd(d.overview.Sessions),
		password, waits)
	return d.confirm("Suspend", "Suspend", about, "is suspended.", d.to(member.Suspended))
}

func (d *detail) activate() tea.Cmd {
	password := "The member can sign in again, with the password from before."
	switch {
	case d.overview.Settings.SSO && !d.member.Admin:
		password = "The member can sign in again, through the single sign-on."
	case !d.overview.Password && d.overview.Token.Serial != 0:
		password = "The member has no password yet; the " + means(d.member) + " that waits works from then on."
	case !d.overview.Password:
		password = "The member has no password: a reset brings one."
	}
	return d.confirm("Make active again", "Make active", d.consequences(password), "is active again.", d.to(member.Active))
}

func (d *detail) giveAuthority() tea.Cmd {
	about := d.consequences("The member can open this console and do all that you can: reset passwords, change and delete members.",
		passwordForAdmin(*d.overview))
	return d.confirm("Give admin authority", "Give", about, "has admin authority now.", d.setAuthority(true))
}

// passwordForAdmin says what a new admin with no password needs.
func passwordForAdmin(o account.Overview) string {
	if o.Password || o.Token.Serial != 0 {
		return ""
	}
	return "The member has no password to open it with: a reset brings one."
}

func (d *detail) takeAuthority() tea.Cmd {
	sessions := "The member's other sessions and the password stay."
	if d.overview.Settings.SSO {
		sessions = "With single sign-on the password stops working, and all sessions end."
	}
	about := d.consequences("The member's consoles stop working at once.", sessions)
	return d.confirm("Take admin authority", "Take", about, "has no admin authority any more.", d.setAuthority(false))
}

func (d *detail) setAuthority(authority bool) func(context.Context) (member.Member, error) {
	admin, id := d.admin, d.member.ID
	return func(ctx context.Context) (member.Member, error) {
		return d.service.SetAuthority(ctx, admin, id, authority)
	}
}

// delete asks for the account to be typed: there is no way back.
func (d *detail) delete() tea.Cmd {
	m, noun := d.member, "email address"
	if m.Type() == member.LoginID {
		noun = "login ID"
	}
	typed := newTextEntry(d.look, "Type the "+noun, "")
	typed.rule = func(s string) string {
		if member.FoldAccount(strings.TrimSpace(s)) != member.FoldAccount(m.Account()) {
			return "it has to be " + clean(m.Account()) + " to delete this member"
		}
		return ""
	}
	authority := ""
	if m.Admin {
		authority = "The admin authority goes away."
	}
	about := d.consequences("Deleted is final: the member cannot be brought back.", sessionsEnd(d.overview.Sessions),
		"The password, links and forms stop working; mail that waits is dropped.", authority, "The "+noun+" is free for a new member.")
	text := formText{title: "Delete", verb: "DELETE", doing: "Deleting", about: about, brief: true}
	work := d.to(member.Deleted)
	return d.nav.push(newForm(d.shared, text, []*entry{typed}, func() func(context.Context) (member.Member, error) { return work },
		func(m member.Member) tea.Cmd { return d.said(clean(m.Name) + " has been deleted.") }))
}

// replaceLoginID makes an email address member of a login ID member.
func (d *detail) replaceLoginID() tea.Cmd {
	address := newTextEntry(d.look, "Email address", "")
	address.rule = trimmed(member.CheckEmail)
	password := "The password stays."
	switch {
	case !d.overview.Password:
		password = "The form stops working; a set-password link goes to the address."
	case d.overview.Token.Serial != 0:
		password = "The password stays; instead of the form a link goes to the address."
	}
	about := d.consequences("The login ID goes away for good: the member signs in with the address.", password, sessionsEnd(d.overview.Sessions))
	text := formText{title: "Give an email address", verb: "save", doing: "Saving", about: about}
	admin, id := d.admin, d.member.ID
	work := func() func(context.Context) (member.Member, error) {
		typed := strings.TrimSpace(address.value())
		return func(ctx context.Context) (member.Member, error) {
			return d.service.ReplaceLoginID(ctx, admin, id, typed)
		}
	}
	return d.nav.push(newForm(d.shared, text, []*entry{address}, work, func(m member.Member) tea.Cmd {
		d.wake()
		return d.said(clean(m.Name) + " signs in with " + clean(m.Email) + " now.")
	}))
}
