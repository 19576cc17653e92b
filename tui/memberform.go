package tui

import (
	"context"
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// memberEntries are the entries for one member's data.
type memberEntries struct {
	account, name, search, number, employment, departments, position *entry
}

// newMemberEntries makes the entries and fills them in; the account's rule and label are the caller's.
func newMemberEntries(l *look, account *entry, m member.Member) *memberEntries {
	e := &memberEntries{
		account:     account,
		name:        newTextEntry(l, "Name", m.Name),
		search:      newTextEntry(l, "Search name", m.SearchName),
		number:      newTextEntry(l, "Employee number", m.EmployeeNumber),
		employment:  newChoice("Employment type", employmentTypes(), m.EmploymentType),
		departments: newTextEntry(l, "Departments", joinDepartments(m.Departments)),
		position:    newTextEntry(l, "Position", m.Position),
	}
	e.name.rule = trimmed(member.CheckName)
	e.search.rule = trimmed(member.CheckSearchName)
	e.search.field.(*textInput).usual = func() string { return member.DefaultSearchName(strings.TrimSpace(account.value())) }
	e.number.rule = trimmed(member.CheckEmployeeNumber)
	e.employment.rule = member.CheckEmploymentType
	e.departments.rule = func(s string) string { return member.CheckDepartments(splitDepartments(s)) }
	e.departments.about = "Codes; a semicolon between several."
	return e
}

// trimmed judges a value without the spaces around it, which are not kept either.
func trimmed(rule func(string) string) func(string) string {
	return func(s string) string { return rule(strings.TrimSpace(s)) }
}

func employmentTypes() []option {
	types := []option{{"", "none"}}
	for _, digit := range strings.Split("01234567", "") {
		types = append(types, option{digit, employmentName(digit)})
	}
	return types
}

func joinDepartments(codes []string) string {
	return strings.Join(codes, member.DepartmentSeparator+" ")
}

// splitDepartments reads what joinDepartments writes, and what people type.
func splitDepartments(s string) []string {
	var codes []string
	for _, code := range strings.Split(s, member.DepartmentSeparator) {
		if code = strings.TrimSpace(code); code != "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// data lists the entries below the account.
func (e *memberEntries) data() []*entry {
	return []*entry{e.name, e.search, e.number, e.employment, e.departments, e.position}
}

// over lays what was typed over a member; what was not touched stays to the last character.
func (e *memberEntries) over(m member.Member) member.Member {
	take := func(e *entry, into *string) {
		if e.changed() {
			*into = strings.TrimSpace(e.value())
		}
	}
	if m.LoginID != "" {
		take(e.account, &m.LoginID)
	} else {
		take(e.account, &m.Email)
	}
	take(e.name, &m.Name)
	take(e.search, &m.SearchName)
	take(e.number, &m.EmployeeNumber)
	take(e.employment, &m.EmploymentType)
	take(e.position, &m.Position)
	if e.departments.changed() {
		m.Departments = splitDepartments(e.departments.value())
	}
	return m
}

// rebase makes m what the entries came with: those that were not touched show its data, the others keep what was typed.
func (e *memberEntries) rebase(m member.Member) {
	e.account.rebase(m.Account())
	e.name.rebase(m.Name)
	e.search.rebase(m.SearchName)
	e.number.rebase(m.EmployeeNumber)
	e.employment.rebase(m.EmploymentType)
	e.departments.rebase(joinDepartments(m.Departments))
	e.position.rebase(m.Position)
}

// touched reports whether something was typed into the entry of a field.
func (e *memberEntries) touched(f member.Field) bool {
	entry := map[member.Field]*entry{
		member.FieldEmail: e.account, member.FieldName: e.name, member.FieldSearchName: e.search, member.FieldEmployeeNumber: e.number,
		member.FieldEmploymentType: e.employment, member.FieldDepartments: e.departments, member.FieldPosition: e.position,
	}[f]
	return entry != nil && entry.changed()
}

// fieldNames are the fields of a member as the forms call them.
var fieldNames = map[member.Field]string{
	member.FieldEmail: "Email address", member.FieldLoginID: "Login ID", member.FieldName: "Name", member.FieldSearchName: "Search name",
	member.FieldEmployeeNumber: "Employee number", member.FieldEmploymentType: "Employment type", member.FieldDepartments: "Departments",
	member.FieldPosition: "Position", member.FieldStatus: "Status", member.FieldAdmin: "Admin authority",
}

// memberChange is the form that changes one member's data. When another admin changes the member meanwhile, it says what
// is different now before it saves.
type memberChange struct {
	*form[member.Member]
	*memberEntries
	base     member.Member     // as it was when it was last read
	overview *account.Overview // nil: not read yet
	loading  request
	news     []string // what others have changed since the form was opened
}

// newMemberChange makes the form; changed is told what the member is then.
func newMemberChange(s *shared, m member.Member, o *account.Overview, changed func(member.Member) tea.Cmd) *memberChange {
	c := &memberChange{base: m, overview: o}
	account := newFact(s.look, "Login ID", m.LoginID)
	account.note = func() string { return "A login ID, once registered, cannot be changed." }
	if m.Type() == member.Email {
		account = newTextEntry(s.look, "Email address", m.Email)
		account.rule = trimmed(member.CheckEmail)
		account.note = c.addressNote
	}
	c.memberEntries = newMemberEntries(s.look, account, m)
	text := formText{title: "Change", verb: "save", doing: "Saving", about: c.about}
	c.form = newForm(s, text, append([]*entry{account}, c.data()...), c.save, changed)
	c.refused, c.first, c.heard = c.conflict, c.readAgain, c.hear
	return c
}

// screen is what is pushed: the form, which knows of this.
func (c *memberChange) screen() screen { return c.form }

func (c *memberChange) save() func(context.Context) (member.Member, error) {
	admin, base, changed := c.admin, c.base, c.over(c.base)
	return func(ctx context.Context) (member.Member, error) {
		return c.service.ChangeMember(ctx, admin, base, changed)
	}
}

// about says what others have changed.
func (c *memberChange) about() []string {
	if len(c.news) == 0 {
		return nil
	}
	return append([]string{"Another admin has changed this member:"}, c.news...)
}

// addressNote says what a new address does.
func (c *memberChange) addressNote() string {
	switch {
	case !c.account.changed():
		return ""
	case c.overview != nil && c.overview.Token.Serial != 0:
		return "The link that was sent to the old address stops working; a new one goes to the new address."
	}
	return "The member signs in with the new address from then on."
}

// conflict takes in the refusal of a change to a member who was changed meanwhile.
func (c *memberChange) conflict(err error) bool {
	conflict, is := errors.AsType[*account.Conflict](err)
	if is {
		c.meet(conflict.Current)
	}
	return is
}

func (c *memberChange) readAgain() tea.Cmd {
	var cmd tea.Cmd
	c.loading, cmd = readOverview(c.shared, c.base.ID)
	return cmd
}

// hear reads the member again when something has changed.
func (c *memberChange) hear(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case changedMsg:
		if c.working != 0 {
			return nil // the answer tells
		}
		return c.readAgain()
	case reply[account.Overview]:
		if msg.to == c.loading && c.working == 0 {
			c.read(msg)
		}
	}
	return nil
}

func (c *memberChange) read(msg reply[account.Overview]) {
	c.loading = 0
	switch {
	case msg.err != nil:
		c.problem = sentence(msg.err)
	case msg.value.Member.Status == member.Deleted:
		c.problem = "This member has been deleted meanwhile: nothing can be saved any more."
	case !msg.value.Member.Equal(c.base):
		c.meet(msg.value.Member)
	}
	if msg.err == nil {
		c.overview = &msg.value
	}
}

// meet goes on from the member as it is now, and says what is different.
func (c *memberChange) meet(now member.Member) {
	c.loading = 0 // what is still being read is older
	c.paged = true
	c.scroller.offset = 0
	for _, change := range member.Changes(c.base, now) {
		line := fieldNames[change.Field] + ": " + shownValue(change.Old) + " -> " + shownValue(change.New)
		if c.touched(change.Field) {
			line += " (what you typed is kept)"
		}
		c.news = append(slices.DeleteFunc(c.news, func(old string) bool { return old == line }), line)
	}
	c.base = now
	c.rebase(now)
	c.problem = "Look at the new values, then save again."
}

func shownValue(s string) string {
	if s == "" {
		return "empty"
	}
	return clean(s)
}

// memberAdd is the form for a new member.
type memberAdd struct {
	*shared
	*memberEntries
	kind, status *entry
}

// newMemberAdd makes the form; added is told who came of it.
func newMemberAdd(s *shared, added func(account.Added) tea.Cmd) screen {
	a := &memberAdd{shared: s}
	a.kind = newChoice("Type", []option{{member.Email.String(), "Email address member"}, {member.LoginID.String(), "Login ID member"}}, member.Email.String())
	a.kind.rule = a.refuseKind
	account := newTextEntry(s.look, fieldNames[member.FieldEmail], "")
	account.named = a.accountName
	account.rule = trimmed(a.checkAccount)
	a.memberEntries = newMemberEntries(s.look, account, member.Member{})
	a.status = newChoice("Status", []option{{"inviting", "Inviting"}, {"active", "Active"}, {"suspended", "Suspended"}}, "inviting")
	a.status.note = a.firstPassword
	text := formText{title: "Add a member", verb: "add", doing: "Adding"}
	return newForm(s, text, slices.Concat([]*entry{a.kind, account}, a.data(), []*entry{a.status}), a.save, added)
}

func (a *memberAdd) byLoginID() bool { return a.kind.value() == member.LoginID.String() }

func (a *memberAdd) accountName() string {
	if a.byLoginID() {
		return fieldNames[member.FieldLoginID]
	}
	return fieldNames[member.FieldEmail]
}

func (a *memberAdd) refuseKind(string) string {
	if a.byLoginID() && a.settings.SSO {
		return "the team uses single sign-on: login ID members cannot be added"
	}
	return ""
}

func (a *memberAdd) checkAccount(s string) string {
	if a.byLoginID() {
		return member.CheckLoginID(s)
	}
	return member.CheckEmail(s)
}

// firstPassword says how a member who is added like this comes to a password.
func (a *memberAdd) firstPassword() string {
	switch status := a.status.value(); {
	case status == "suspended":
		return "The member cannot sign in until made active; a reset then brings the first password."
	case a.byLoginID():
		return "The Account Information form is there at once, to print and hand over."
	case a.settings.SSO:
		return "The member signs in through the single sign-on: no mail goes out."
	case status == "active":
		return "No mail goes out: a reset brings the first password."
	}
	return "An invitation with a set-password link goes out by mail."
}

func (a *memberAdd) save() func(context.Context) (account.Added, error) {
	m := a.over(member.Member{})
	if a.byLoginID() {
		m.LoginID, m.Email = m.Email, ""
	}
	m.Status = map[string]member.Status{"inviting": member.Inviting, "active": member.Active, "suspended": member.Suspended}[a.status.value()]
	admin := a.admin
	return func(ctx context.Context) (account.Added, error) { return a.service.AddMember(ctx, admin, m) }
}

// saidOfAdded says what came of adding a member.
func (s *shared) saidOfAdded(added account.Added) string {
	said := clean(added.Member.Name) + " has been added."
	switch {
	case added.Mail.ID != 0:
		return said + " An invitation is queued to " + clean(added.Mail.To) + "."
	case added.Token != 0:
		return said + " The form is there: save it (f) or print it (p), and hand it over."
	}
	return said
}
