package account_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// member gives a member as the store has it.
func (tm *team) member(who string) (m member.Member) {
	tm.t.Helper()
	tm.view(func(r account.Reader) (err error) {
		m, err = r.Member(tm.members[who])
		return err
	})
	return m
}

// changeAs changes a member through the service.
func (tm *team) changeAs(admin account.Admin, who string, fn func(*member.Member)) (member.Member, error) {
	tm.t.Helper()
	base := tm.member(who)
	changed := base
	changed.Departments = slices.Clone(base.Departments)
	fn(&changed)
	return tm.ChangeMember(tm.ctx, admin, base, changed)
}

// events lists the names of the newest n audit records, newest first.
func (tm *team) events(n int) []account.Event {
	tm.t.Helper()
	records, err := tm.Audit(tm.ctx, 0, n)
	if err != nil {
		tm.t.Fatal(err)
	}
	var events []account.Event
	for _, r := range records {
		events = append(events, r.Event)
	}
	return events
}

func (tm *team) mail(id account.MailID) account.Mail {
	tm.t.Helper()
	mail, err := tm.Mail(tm.ctx, id)
	if err != nil {
		tm.t.Fatal(err)
	}
	return mail
}

func TestAMembersDataIsChanged(t *testing.T) {
	tm := newTeam(t)
	changed, err := tm.changeAs(tm.admin, "mail", func(m *member.Member) {
		m.Name, m.SearchName, m.EmployeeNumber, m.EmploymentType = "Hana Yoshino", "hana", "17", "2"
		m.Departments, m.Position = []string{"HQ", "R&D"}, "Lead"
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := tm.member("mail"); !got.Equal(changed) || got.Name != "Hana Yoshino" || got.Position != "Lead" {
		t.Errorf("the member is %+v", got)
	}
	rec := tm.last()
	if rec.Event != account.EventMemberChanged || rec.Actor != tm.admin.ID || rec.Target != tm.members["mail"] ||
		rec.Detail("fields") != "fullName searchName employeeCode employmentType departmentCodes position" {
		t.Errorf("the audit record is %+v", rec)
	}
	for _, d := range rec.Details {
		if strings.Contains(d.Value, "Hana") || strings.Contains(d.Value, "Lead") {
			t.Errorf("the audit record tells a value: %+v", d)
		}
	}
	if c := tm.credential("mail"); c.Epoch != 3 || c.Hash != tm.hash {
		t.Error("other data than the account ends sessions or the password")
	}
	// What is the same again is no change.
	if _, err := tm.changeAs(tm.admin, "mail", func(*member.Member) {}); err != nil || tm.last().Seq != rec.Seq {
		t.Errorf("no change gives %v and %d records", err, tm.last().Seq-rec.Seq)
	}
}

func TestAnEmptySearchNameBecomesTheUsualOne(t *testing.T) {
	tm := newTeam(t)
	changed, err := tm.changeAs(tm.admin, "mail", func(m *member.Member) { m.Email, m.SearchName = "taro@example.com", "" })
	if err != nil || changed.SearchName != "taro" || tm.member("mail").SearchName != "taro" {
		t.Errorf("the search name is %q, %v", changed.SearchName, err)
	}
}

func TestChangesAreRefusedWithTheirReason(t *testing.T) {
	for name, c := range map[string]struct {
		who    string
		change func(*member.Member)
		want   account.Code
	}{
		"a rule is broken":         {"mail", func(m *member.Member) { m.Name = " " }, account.CodeInvalid},
		"the account is left out":  {"mail", func(m *member.Member) { m.Email = "" }, account.CodeInvalid},
		"an address that is taken": {"mail", func(m *member.Member) { m.Email = "DEPUTY@example.com" }, account.CodeTaken},
		"the login ID":             {"form", func(m *member.Member) { m.LoginID = "other" }, account.CodeInvalid},
		"the type":                 {"form", func(m *member.Member) { m.LoginID, m.Email = "", "x@example.com" }, account.CodeInvalid},
		"the status":               {"mail", func(m *member.Member) { m.Status = member.Suspended }, account.CodeInvalid},
		"the authority":            {"mail", func(m *member.Member) { m.Admin = true }, account.CodeInvalid},
		"a deleted member":         {"deleted", func(m *member.Member) { m.Name = "x" }, account.CodeDeleted},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			before, seq := tm.member(c.who), tm.last().Seq
			_, err := tm.changeAs(tm.admin, c.who, c.change)
			wantCode(t, err, c.want)
			if !tm.member(c.who).Equal(before) || tm.last().Seq != seq {
				t.Errorf("a refused change has left %+v", tm.member(c.who))
			}
		})
	}
	tm := newTeam(t)
	_, err := tm.ChangeMember(tm.ctx, tm.admin, member.Member{ID: 999}, member.Member{ID: 999})
	wantCode(t, err, account.CodeUnknownMember)
	tm.change("admin", func(m *member.Member) { m.Admin = false })
	_, err = tm.changeAs(tm.admin, "mail", func(m *member.Member) { m.Name = "x" })
	wantCode(t, err, account.CodeNoAuthority)
}

func TestNothingIsOverwrittenSilently(t *testing.T) {
	tm := newTeam(t)
	tm.change("mail", func(m *member.Member) { m.SearchName = "hana" })
	deputy := tm.signIn("deputy@example.com")
	base := tm.member("mail")
	if _, err := tm.changeAs(deputy, "mail", func(m *member.Member) { m.Position = "Head" }); err != nil {
		t.Fatal(err)
	}
	mine := base
	mine.Name = "Hana"
	_, err := tm.ChangeMember(tm.ctx, tm.admin, base, mine)
	wantCode(t, err, account.CodeConflict)
	var conflict *account.Conflict
	if !errors.As(err, &conflict) || len(conflict.Changes) != 1 || conflict.Changes[0] != (member.Change{Field: member.FieldPosition, Old: "", New: "Head"}) {
		t.Fatalf("the conflict is %+v", err)
	}
	mine = conflict.Current
	mine.Name = "Hana"
	if _, err := tm.ChangeMember(tm.ctx, tm.admin, conflict.Current, mine); err != nil {
		t.Fatal(err)
	}
	if m := tm.member("mail"); m.Name != "Hana" || m.Position != "Head" {
		t.Errorf("the member is %+v", m)
	}
	// A status that changed meanwhile is a conflict as well.
	base = tm.member("mail")
	if _, err := tm.ChangeStatus(tm.ctx, deputy, base.ID, member.Suspended); err != nil {
		t.Fatal(err)
	}
	_, err = tm.ChangeMember(tm.ctx, tm.admin, base, mine)
	wantCode(t, err, account.CodeConflict)
}

func TestANewAddressTakesTheWaitingLinkAlong(t *testing.T) {
	tm := newTeam(t)
	old := tm.reset("mail", account.ReasonForgot)
	code := tm.claim().URL[len("https://id.example.com/s/"):]
	if _, err := tm.changeAs(tm.admin, "mail", func(m *member.Member) { m.Email = "hana.new@example.com" }); err != nil {
		t.Fatal(err)
	}
	if state := tm.mail(old.Mail.ID).State; state != account.MailSuperseded {
		t.Errorf("the mail to the old address is %v", state)
	}
	_, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser")
	wantCode(t, err, account.CodeVoidCode)
	o := tm.overview("mail")
	if o.Token.Serial == 0 || o.Token.Serial == old.Token || o.Mail.To != "hana.new@example.com" || o.Mail.State != account.MailQueued || o.Mail.Kind != account.MailReset {
		t.Errorf("the new link is %+v, its mail %+v", o.Token, o.Mail)
	}
	d := tm.claim()
	if _, err := tm.SetPassword(tm.ctx, d.URL[len("https://id.example.com/s/"):], chosen, account.ViaWeb, "browser"); err != nil {
		t.Errorf("the new link does not work: %v", err)
	}
}

func TestANewAddressWithoutAWaitingLinkSendsNothing(t *testing.T) {
	tm := newTeam(t)
	if _, err := tm.changeAs(tm.admin, "mail", func(m *member.Member) { m.Email = "hana.new@example.com" }); err != nil {
		t.Fatal(err)
	}
	tm.wantNothingDue()
	if c := tm.credential("mail"); c.Hash != tm.hash || c.Epoch != 3 {
		t.Error("a new address ends the password or the sessions")
	}
	if _, err := tm.signInMember("mail", password); err != nil {
		t.Errorf("signing in with the new address: %v", err)
	}
	_, err := tm.Find(tm.ctx, "Hana@example.com")
	wantCode(t, err, account.CodeUnknownMember)
}

func TestANewAddressDropsTheNoticeToTheOldOne(t *testing.T) {
	tm := newTeam(t)
	tm.lockOut("mail")
	if _, err := tm.changeAs(tm.admin, "mail", func(m *member.Member) { m.Email = "hana.new@example.com" }); err != nil {
		t.Fatal(err)
	}
	tm.wantNothingDue()
}

func TestAnInvitationFollowsTheAddress(t *testing.T) {
	tm := newTeam(t)
	tm.reset("inviting", account.ReasonForgot)
	if _, err := tm.changeAs(tm.admin, "inviting", func(m *member.Member) { m.Email = "newton@example.com" }); err != nil {
		t.Fatal(err)
	}
	if d := tm.claim(); d.Mail.Kind != account.MailInvitation || d.Mail.To != "newton@example.com" {
		t.Errorf("the mail is a %v to %s", d.Mail.Kind, d.Mail.To)
	}
}

func TestSuspendingEndsTheSessions(t *testing.T) {
	tm := newTeam(t)
	if _, err := tm.signInMember("mail", password); err != nil {
		t.Fatal(err)
	}
	m, err := tm.ChangeStatus(tm.ctx, tm.admin, tm.members["mail"], member.Suspended)
	if err != nil || m.Status != member.Suspended {
		t.Fatalf("suspending gives %+v, %v", m, err)
	}
	if o := tm.overview("mail"); o.Sessions != 0 || !o.Password {
		t.Errorf("%d sessions are alive, password: %v", o.Sessions, o.Password)
	}
	rec := tm.last()
	if rec.Event != account.EventStatusChanged || rec.Detail("from") != "active" || rec.Detail("to") != "suspended" || rec.Detail("fields") != "" {
		t.Errorf("the audit record is %+v", rec)
	}
	_, err = tm.signInMember("mail", password)
	wantCode(t, err, account.CodeSignInFailed)

	if _, err := tm.ChangeStatus(tm.ctx, tm.admin, tm.members["mail"], member.Active); err != nil {
		t.Fatal(err)
	}
	if _, err := tm.signInMember("mail", password); err != nil {
		t.Errorf("active again, but %v", err)
	}
	if o := tm.overview("mail"); o.Sessions != 1 {
		t.Errorf("%d sessions: an old one has come back to life", o.Sessions)
	}
}

func TestDeletingEndsEverything(t *testing.T) {
	tm := newTeam(t)
	old := tm.reset("mail", account.ReasonForgot)
	code := tm.claim().URL[len("https://id.example.com/s/"):]
	id := tm.members["mail"]
	tm.update(func(w account.Writer) error {
		return w.PutLockout(account.Lockout{Member: id, Failures: 10, Until: tm.now.Add(10 * time.Minute)})
	})
	if _, err := tm.ChangeStatus(tm.ctx, tm.admin, id, member.Deleted); err != nil {
		t.Fatal(err)
	}
	if events := tm.events(4); !slices.Contains(events, account.EventStatusChanged) || !slices.Contains(events, account.EventLockoutEnded) {
		t.Errorf("the records are %v", events)
	}
	c := tm.credential("mail")
	if c.Hash != "" || c.Token != 0 || c.Epoch <= 3 {
		t.Errorf("the credential is still %+v", c)
	}
	if state := tm.mail(old.Mail.ID).State; state != account.MailSuperseded {
		t.Errorf("the mail is %v", state)
	}
	tm.wantNothingDue()
	_, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser")
	wantCode(t, err, account.CodeVoidCode)
	_, err = tm.ChangeStatus(tm.ctx, tm.admin, id, member.Active)
	wantCode(t, err, account.CodeDeleted)

	// The address is free again, in any case.
	added, err := tm.AddMember(tm.ctx, tm.admin, member.Member{Email: "hana@EXAMPLE.com", Name: "Another Hana"})
	if err != nil || added.Member.ID == id {
		t.Errorf("the address is not free: %+v, %v", added.Member, err)
	}
}

func TestADeletedAdminHasNoAuthority(t *testing.T) {
	tm := newTeam(t)
	deputy := tm.signIn("deputy@example.com")
	m, err := tm.ChangeStatus(tm.ctx, tm.admin, deputy.ID, member.Deleted)
	if err != nil || m.Admin || tm.member("deputy").Admin {
		t.Errorf("the deleted admin is %+v, %v", m, err)
	}
	_, err = tm.Overview(tm.ctx, deputy, tm.members["mail"])
	wantCode(t, err, account.CodeSignedOut)
}

func TestAnInvitedMemberCanBeDeleted(t *testing.T) {
	tm := newTeam(t)
	old := tm.reset("inviting", account.ReasonForgot)
	if _, err := tm.ChangeStatus(tm.ctx, tm.admin, tm.members["inviting"], member.Deleted); err != nil {
		t.Fatal(err)
	}
	if state := tm.mail(old.Mail.ID).State; state != account.MailSuperseded {
		t.Errorf("the invitation is %v", state)
	}
}

func TestStatusesAreRefusedWithTheirReason(t *testing.T) {
	for name, c := range map[string]struct {
		who  string
		to   member.Status
		want account.Code
	}{
		"yourself":               {"admin", member.Suspended, account.CodeSelf},
		"deleting yourself":      {"admin", member.Deleted, account.CodeSelf},
		"invited to active":      {"inviting", member.Active, account.CodeInvalid},
		"invited to suspended":   {"inviting", member.Suspended, account.CodeInvalid},
		"active to invited":      {"mail", member.Inviting, account.CodeInvalid},
		"what it is already":     {"mail", member.Active, account.CodeInvalid},
		"no status at all":       {"mail", 0, account.CodeInvalid},
		"deleted to active":      {"deleted", member.Active, account.CodeDeleted},
		"deleted once more":      {"deleted", member.Deleted, account.CodeDeleted},
		"nobody":                 {"nobody", member.Active, account.CodeUnknownMember},
		"suspended to suspended": {"suspended", member.Suspended, account.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			seq := tm.last().Seq
			_, err := tm.ChangeStatus(tm.ctx, tm.admin, tm.members[c.who], c.to)
			wantCode(t, err, c.want)
			if tm.last().Seq != seq {
				t.Errorf("a refusal is recorded as %+v", tm.last())
			}
		})
	}
}

func TestAuthorityIsGivenAndTaken(t *testing.T) {
	tm := newTeam(t)
	id := tm.members["mail"]
	if m, err := tm.SetAuthority(tm.ctx, tm.admin, id, true); err != nil || !m.Admin || !tm.member("mail").Admin {
		t.Fatalf("giving authority: %+v, %v", m, err)
	}
	if rec := tm.last(); rec.Event != account.EventAuthority || rec.Detail("granted") != "yes" || rec.Target != id {
		t.Errorf("the audit record is %+v", rec)
	}
	seq := tm.last().Seq
	if _, err := tm.SetAuthority(tm.ctx, tm.admin, id, true); err != nil || tm.last().Seq != seq {
		t.Errorf("giving it once more: %v", err)
	}
	hana := tm.signIn("Hana@example.com")
	if _, err := tm.SetAuthority(tm.ctx, tm.admin, id, false); err != nil {
		t.Fatal(err)
	}
	_, err := tm.Overview(tm.ctx, hana, tm.members["form"])
	wantCode(t, err, account.CodeNoAuthority)
	if rec := tm.last(); rec.Detail("granted") != "no" {
		t.Errorf("the audit record is %+v", rec)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	tm := newTeam(t)
	deputy := tm.signIn("deputy@example.com")
	_, err := tm.SetAuthority(tm.ctx, tm.admin, tm.admin.ID, false)
	wantCode(t, err, account.CodeSelf)
	if _, err := tm.SetAuthority(tm.ctx, tm.admin, deputy.ID, false); err != nil {
		t.Fatal(err)
	}
	// The two cannot take it from each other.
	_, err = tm.SetAuthority(tm.ctx, deputy, tm.admin.ID, false)
	wantCode(t, err, account.CodeNoAuthority)
	_, err = tm.ChangeStatus(tm.ctx, deputy, tm.admin.ID, member.Suspended)
	wantCode(t, err, account.CodeNoAuthority)
	if !tm.member("admin").Admin {
		t.Error("the team has no admin any more")
	}
}

func TestAuthorityIsRefusedWithItsReason(t *testing.T) {
	tm := newTeam(t)
	for who, want := range map[string]account.Code{"form": account.CodeInvalid, "deleted": account.CodeDeleted, "nobody": account.CodeUnknownMember} {
		_, err := tm.SetAuthority(tm.ctx, tm.admin, tm.members[who], true)
		wantCode(t, err, want)
	}
}

func TestWithSingleSignOnAuthorityTakenEndsTheSessions(t *testing.T) {
	tm := newTeam(t)
	tm.sso()
	tm.signIn("deputy@example.com")
	epoch := tm.credential("deputy").Epoch
	if _, err := tm.SetAuthority(tm.ctx, tm.admin, tm.members["deputy"], false); err != nil || tm.credential("deputy").Epoch == epoch {
		t.Errorf("the sessions go on: %v", err)
	}
	_, err := tm.signInMember("deputy", password)
	wantCode(t, err, account.CodeSignInFailed)
}

func TestALoginIDIsReplacedByAnAddress(t *testing.T) {
	tm := newTeam(t)
	if _, err := tm.signInMember("form", password); err != nil {
		t.Fatal(err)
	}
	m, err := tm.ReplaceLoginID(tm.ctx, tm.admin, tm.members["form"], "ichiro@example.com")
	if err != nil || m.LoginID != "" || m.Email != "ichiro@example.com" {
		t.Fatalf("the member is %+v, %v", m, err)
	}
	rec := tm.last()
	if rec.Event != account.EventLoginIDEnded || rec.Target != tm.members["form"] || rec.Detail("login_id") != "line3-017" {
		t.Errorf("the audit record is %+v", rec)
	}
	if o := tm.overview("form"); o.Sessions != 0 || !o.Password || o.Token.Serial != 0 {
		t.Errorf("the account is %+v", o)
	}
	tm.wantNothingDue() // the password stays
	if _, err := tm.signInMember("form", password); err != nil {
		t.Errorf("signing in with the address: %v", err)
	}
	// The login ID is free again.
	if _, err := tm.AddMember(tm.ctx, tm.admin, member.Member{LoginID: "LINE3-017", Name: "Next"}); err != nil {
		t.Errorf("the login ID is not free: %v", err)
	}
}

func TestAFormBecomesALink(t *testing.T) {
	for name, wait := range map[string]time.Duration{"while it works": 0, "when it has run out": 22 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			code := tm.code("form")
			tm.now = tm.now.Add(wait)
			tm.admin = tm.signIn("admin@example.com")
			if _, err := tm.ReplaceLoginID(tm.ctx, tm.admin, tm.members["form"], "ichiro@example.com"); err != nil {
				t.Fatal(err)
			}
			_, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaKiosk, "kiosk")
			wantCode(t, err, account.CodeVoidCode)
			d := tm.claim()
			if d.Mail.To != "ichiro@example.com" || d.Mail.Kind != account.MailReset {
				t.Fatalf("the mail is %+v", d.Mail)
			}
			if _, err := tm.SetPassword(tm.ctx, d.URL[len("https://id.example.com/s/"):], chosen, account.ViaWeb, "browser"); err != nil {
				t.Errorf("the link does not work: %v", err)
			}
		})
	}
}

func TestReplacingALoginIDIsRefusedWithItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		who, address string
		want         account.Code
	}{
		"an email address member":  {"mail", "x@example.com", account.CodeInvalid},
		"no address":               {"form", "", account.CodeInvalid},
		"not an address":           {"form", "x", account.CodeInvalid},
		"an address that is taken": {"form", "HANA@example.com", account.CodeTaken},
		"a deleted member":         {"deleted", "x@example.com", account.CodeDeleted},
		"nobody":                   {"nobody", "x@example.com", account.CodeUnknownMember},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			epoch := tm.credential("form").Epoch
			_, err := tm.ReplaceLoginID(tm.ctx, tm.admin, tm.members[c.who], c.address)
			wantCode(t, err, c.want)
			if m := tm.member("form"); m.LoginID != "line3-017" || tm.credential("form").Epoch != epoch {
				t.Errorf("a refusal has left %+v", m)
			}
		})
	}
}

func TestAMemberIsAdded(t *testing.T) {
	for name, c := range map[string]struct {
		m           member.Member
		mail, token bool
	}{
		"email, invited":      {member.Member{Email: "x@example.com"}, true, true},
		"email, active":       {member.Member{Email: "x@example.com", Status: member.Active}, false, false},
		"email, suspended":    {member.Member{Email: "x@example.com", Status: member.Suspended}, false, false},
		"login ID, invited":   {member.Member{LoginID: "x"}, false, true},
		"login ID, active":    {member.Member{LoginID: "x", Status: member.Active}, false, true},
		"login ID, suspended": {member.Member{LoginID: "x", Status: member.Suspended}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			c.m.Name = "X"
			added, err := tm.AddMember(tm.ctx, tm.admin, c.m)
			if err != nil {
				t.Fatal(err)
			}
			tm.members["x"] = added.Member.ID
			if m := tm.member("x"); !m.Equal(added.Member) || m.SearchName != "x" || m.Status == 0 || m.Admin {
				t.Errorf("the new member is %+v", m)
			}
			if (added.Mail.ID != 0) != c.mail || (added.Token != 0) != c.token || added.Token != tm.overview("x").Token.Serial {
				t.Errorf("added %+v", added)
			}
			if c.mail && (added.Mail.Kind != account.MailInvitation || added.Mail.To != "x@example.com" || !added.Expires.Equal(tm.now.Add(24*time.Hour))) {
				t.Errorf("the invitation is %+v until %v", added.Mail, added.Expires)
			}
			rec := tm.last()
			if rec.Event != account.EventMemberAdded || rec.Actor != tm.admin.ID || rec.Target != added.Member.ID || rec.Detail("status") != added.Member.Status.String() {
				t.Errorf("the audit record is %+v", rec)
			}
		})
	}
}

func TestWithSingleSignOnNobodyIsInvitedToAPassword(t *testing.T) {
	tm := newTeam(t)
	tm.sso()
	added, err := tm.AddMember(tm.ctx, tm.admin, member.Member{Email: "x@example.com", Name: "X"})
	if err != nil || added.Token != 0 || added.Mail.ID != 0 {
		t.Errorf("added %+v, %v", added, err)
	}
	tm.wantNothingDue()
}

func TestAddingIsRefusedWithItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		m    member.Member
		sso  bool
		want account.Code
	}{
		"no name":                 {m: member.Member{Email: "x@example.com"}, want: account.CodeInvalid},
		"no account":              {m: member.Member{Name: "X"}, want: account.CodeInvalid},
		"with authority":          {m: member.Member{Email: "x@example.com", Name: "X", Admin: true}, want: account.CodeInvalid},
		"deleted":                 {m: member.Member{Email: "x@example.com", Name: "X", Status: member.Deleted}, want: account.CodeInvalid},
		"with an id":              {m: member.Member{ID: 1, Email: "x@example.com", Name: "X"}, want: account.CodeInvalid},
		"a taken address":         {m: member.Member{Email: "HANA@EXAMPLE.COM", Name: "X"}, want: account.CodeTaken},
		"a taken login ID":        {m: member.Member{LoginID: "Line3-017", Name: "X"}, want: account.CodeTaken},
		"login ID with SSO":       {m: member.Member{LoginID: "x", Name: "X"}, sso: true, want: account.CodeSSO},
		"a search name with room": {m: member.Member{LoginID: "x", Name: "X", SearchName: "a b"}, want: account.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			if c.sso {
				tm.sso()
			}
			seq := tm.last().Seq
			added, err := tm.AddMember(tm.ctx, tm.admin, c.m)
			wantCode(t, err, c.want)
			if tm.last().Seq != seq || added.Member.ID != 0 {
				t.Errorf("a refusal has added %+v", added)
			}
			tm.wantNothingDue()
		})
	}
}
