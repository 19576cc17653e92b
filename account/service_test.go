package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
	"rekey/store"
)

// team is a service on a store of its own, with a few members, a clock that stands still and a signed-in admin.
type team struct {
	*account.Service
	t       testing.TB
	ctx     context.Context
	store   *store.Store
	path    string // of the store
	key     account.Key
	on      func(account.Store) *account.Service // the same service on another store
	now     time.Time
	hash    string // of password
	admin   account.Admin
	forms   savedForms
	members map[string]member.ID
}

// savedForms remembers the forms that were written, or fails.
type savedForms struct {
	paths []string
	names []string // of the members whose forms went into a directory or a document, in their order
	full  int      // after so many of these the disk is full; 0: never
	err   error
}

func (f *savedForms) WriteForm(_ account.Form, path string) (account.SavedForm, error) {
	f.paths = append(f.paths, path)
	return account.SavedForm{Path: path}, f.err
}

var errFull = errors.New("no space left on device")

func (f *savedForms) WriteFormIn(form account.Form, dir string) (account.SavedForm, error) {
	if f.full > 0 && len(f.names) == f.full {
		return account.SavedForm{}, errFull
	}
	f.names = append(f.names, form.Member.Name)
	return f.WriteForm(form, filepath.Join(dir, form.Member.LoginID))
}

func (f *savedForms) WriteForms(forms iter.Seq2[account.Form, error], path string) (account.SavedForm, error) {
	var names []string
	for form, err := range forms {
		if err != nil {
			return account.SavedForm{}, err
		}
		names = append(names, form.Member.Name)
	}
	if f.full > 0 {
		return account.SavedForm{}, errFull
	}
	f.names = names
	return f.WriteForm(account.Form{}, path)
}

func (f *savedForms) Place(to account.FormTarget) (account.FormTarget, error) {
	if to.Path == "" {
		to.Path = "/usual"
	}
	return to, f.err
}

const password = "seven quiet lanterns"

func newEmptyTeam(t testing.TB) *team {
	t.Helper()
	key, err := account.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rekey.db")
	set := account.DefaultSettings()
	set.TeamName, set.TeamNumber = "Aozora", "1234567"
	if err := store.Create(path, key.Fingerprint(), set); err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(path, key.Fingerprint())
	if err != nil {
		t.Fatal(err)
	}
	hasher, err := account.NewHasher(account.HashParams{Time: 1, Memory: 64, Threads: 1}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tm := &team{t: t, ctx: t.Context(), store: kept, path: path, key: key, now: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), members: map[string]member.ID{}}
	tm.on = func(s account.Store) *account.Service {
		return account.New(account.Config{Store: s, Key: key, Hasher: hasher, Clock: func() time.Time { return tm.now },
			Random: rand.Reader, Forms: &tm.forms, BaseURL: "https://id.example.com/", Zone: time.UTC})
	}
	tm.Service = tm.on(kept)
	if tm.hash, err = hasher.Hash(tm.ctx, password); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Check(context.Background()); err != nil {
			t.Errorf("the store is damaged after the test: %v", err)
		}
	})
	return tm
}

func newTeam(t testing.TB) *team {
	t.Helper()
	tm := newEmptyTeam(t)
	tm.add("admin", member.Member{Email: "admin@example.com", Name: "Aoi Yamada", Status: member.Active, Admin: true})
	tm.add("deputy", member.Member{Email: "deputy@example.com", Name: "Ren Mori", Status: member.Active, Admin: true})
	tm.add("mail", member.Member{Email: "Hana@example.com", Name: "𠮷野 花子", Departments: []string{"HQ"}, Status: member.Active})
	tm.add("form", member.Member{LoginID: "line3-017", Name: "髙橋 一郎", Departments: []string{"工場1課"}, Status: member.Active})
	tm.add("suspended", member.Member{Email: "sus@example.com", Name: "Sue Spender", Status: member.Suspended})
	tm.add("inviting", member.Member{Email: "new@example.com", Name: "Newton", Status: member.Inviting})
	tm.add("deleted", member.Member{Email: "gone@example.com", Name: "Gone", Status: member.Deleted})
	tm.admin = tm.signIn("admin@example.com")
	return tm
}

func (tm *team) add(key string, m member.Member) {
	tm.t.Helper()
	tm.update(func(w account.Writer) error {
		id, err := w.PutMember(m)
		tm.members[key] = id
		if err != nil {
			return err
		}
		return w.PutCredential(id, account.Credential{Hash: tm.hash, Epoch: 3})
	})
}

// file is a file of members with a column for everything.
func file(members ...member.Member) account.Import {
	return account.Import{Source: "members.csv", Rows: func() iter.Seq2[account.Row, error] {
		return func(yield func(account.Row, error) bool) {
			for i, m := range members {
				if !yield(account.Row{Line: i + 2, Member: m, Given: everyColumn}, nil) {
					return
				}
			}
		}
	}}
}

var everyColumn = []member.Field{member.FieldEmail, member.FieldLoginID, member.FieldName, member.FieldSearchName, member.FieldEmployeeNumber,
	member.FieldEmploymentType, member.FieldDepartments, member.FieldPosition, member.FieldStatus}

func (tm *team) update(fn func(account.Writer) error) {
	tm.t.Helper()
	if err := tm.store.Update(tm.ctx, fn); err != nil {
		tm.t.Fatal(err)
	}
}

func (tm *team) view(fn func(account.Reader) error) {
	tm.t.Helper()
	if err := tm.store.View(tm.ctx, fn); err != nil {
		tm.t.Fatal(err)
	}
}

func (tm *team) signIn(address string) account.Admin {
	tm.t.Helper()
	admin, err := tm.SignIn(tm.ctx, address, password, "test")
	if err != nil {
		tm.t.Fatalf("signing %s in: %v", address, err)
	}
	return admin
}

func (tm *team) reset(who string, reason account.Reason) account.ResetResult {
	tm.t.Helper()
	result, err := tm.Reset(tm.ctx, tm.admin, tm.members[who], reason)
	if err != nil {
		tm.t.Fatalf("resetting %s: %v", who, err)
	}
	return result
}

func (tm *team) change(who string, fn func(*member.Member)) {
	tm.t.Helper()
	tm.update(func(w account.Writer) error {
		m, err := w.Member(tm.members[who])
		if err != nil {
			return err
		}
		fn(&m)
		_, err = w.PutMember(m)
		return err
	})
}

func (tm *team) credential(who string) (c account.Credential) {
	tm.t.Helper()
	tm.view(func(r account.Reader) (err error) {
		c, err = r.Credential(tm.members[who])
		return err
	})
	return c
}

func (tm *team) overview(who string) account.Overview {
	tm.t.Helper()
	o, err := tm.Overview(tm.ctx, tm.admin, tm.members[who])
	if err != nil {
		tm.t.Fatal(err)
	}
	return o
}

// last gives the newest audit record.
func (tm *team) last() account.Record {
	tm.t.Helper()
	records, err := tm.Audit(tm.ctx, 0, 1)
	if err != nil || len(records) == 0 {
		tm.t.Fatalf("the newest audit record: %v, %v", records, err)
	}
	return records[0]
}

func wantCode(t testing.TB, err error, want account.Code) {
	t.Helper()
	if account.CodeOf(err) != want {
		t.Errorf("the answer is %v, want the refusal %s", err, want)
	}
}

func TestAResetDoesAllOfItAtOnce(t *testing.T) {
	tm := newTeam(t)
	id := tm.members["mail"]
	tm.update(func(w account.Writer) error {
		for i := range 3 {
			s := account.Session{Hash: account.SessionHash{byte(i)}, Member: id, Epoch: 3, Device: "browser", Created: tm.now, Seen: tm.now}
			if i == 2 {
				s.Epoch = 2 // ended earlier: not counted again
			}
			if err := w.PutSession(s); err != nil {
				return err
			}
		}
		return w.PutLockout(account.Lockout{Member: id, Failures: 10, Until: tm.now.Add(10 * time.Minute)})
	})

	result := tm.reset("mail", account.ReasonLockout)

	if result.SessionsEnded != 2 || !result.LockoutCancelled {
		t.Errorf("the reset says %d sessions ended and lockout cancelled: %v; want 2 and true", result.SessionsEnded, result.LockoutCancelled)
	}
	if want := tm.now.Add(24 * time.Hour); !result.Expires.Equal(want) {
		t.Errorf("the link expires %v, want %v", result.Expires, want)
	}
	c, o := tm.credential("mail"), tm.overview("mail")
	if c.Hash != "" {
		t.Error("the old password still works")
	}
	if o.Sessions != 0 {
		t.Errorf("%d sessions are still alive", o.Sessions)
	}
	if o.Lockout.Failures != 0 || o.Lockout.Locked(tm.now) {
		t.Errorf("the lockout is still there: %+v", o.Lockout)
	}
	if o.Reset.By != tm.admin.ID || o.ResetBy != "Aoi Yamada" || o.Reset.Reason != account.ReasonLockout || !o.Reset.At.Equal(tm.now) {
		t.Errorf("the last reset is shown as %+v by %q", o.Reset, o.ResetBy)
	}
	if o.Token.Serial == 0 || !o.Token.Expires.Equal(result.Expires) {
		t.Errorf("the valid token is shown as %+v", o.Token)
	}
	if o.Mail.State != account.MailQueued || o.Mail.To != "Hana@example.com" || o.Mail.Kind != account.MailReset {
		t.Errorf("the mail is shown as %+v", o.Mail)
	}
	rec := tm.last()
	if rec.Event != account.EventReset || rec.Actor != tm.admin.ID || rec.Target != id || rec.Detail("reason") != "lockout" || rec.Detail("sessions_ended") != "2" {
		t.Errorf("the audit record is %+v", rec)
	}
}

func TestALoginIDMemberGetsNoMailButAForm(t *testing.T) {
	tm := newTeam(t)
	result := tm.reset("form", account.ReasonForgot)
	if result.Mail.ID != 0 {
		t.Errorf("a mail was queued: %+v", result.Mail)
	}
	if want := tm.now.Add(21 * 24 * time.Hour); !result.Expires.Equal(want) {
		t.Errorf("the form expires %v, want %v", result.Expires, want)
	}
	first, err := tm.Form(tm.ctx, tm.admin, tm.members["form"])
	if err != nil {
		t.Fatal(err)
	}
	if first.URL != "https://id.example.com/s/"+first.Code || first.IssuedBy != "Aoi Yamada" || first.TeamNumber != "1234567" {
		t.Errorf("the form leads to a wrong place, or was issued by %q for team %q", first.IssuedBy, first.TeamNumber)
	}
	tm.now = tm.now.Add(time.Hour)
	again, err := tm.Form(tm.ctx, tm.admin, tm.members["form"])
	if err != nil || again.Code != first.Code || !again.Issued.Equal(first.Issued) {
		t.Errorf("the form has changed without a reset: %v", err)
	}
	tm.reset("form", account.ReasonForgot)
	if next, err := tm.Form(tm.ctx, tm.admin, tm.members["form"]); err != nil || next.Code == first.Code {
		t.Errorf("the form is the same after a reset: %v", err)
	}
	tm.now = tm.now.Add(22 * 24 * time.Hour)
	tm.admin = tm.signIn("admin@example.com")
	_, err = tm.Form(tm.ctx, tm.admin, tm.members["form"])
	wantCode(t, err, account.CodeNoForm)
	_, err = tm.Form(tm.ctx, tm.admin, tm.members["mail"])
	wantCode(t, err, account.CodeNoForm)
}

func TestWhoGotAFormIsOnRecord(t *testing.T) {
	tm := newTeam(t)
	id := tm.members["form"]
	_, err := tm.SaveForm(tm.ctx, tm.admin, id, "")
	wantCode(t, err, account.CodeNoForm)
	tm.reset("form", account.ReasonForgot)
	if len(tm.forms.paths) != 0 {
		t.Fatal("a form was written before it was asked for")
	}
	if saved, err := tm.SaveForm(tm.ctx, tm.admin, id, "/tmp/f.pdf"); err != nil || saved.Path != "/tmp/f.pdf" {
		t.Errorf("SaveForm = %+v, %v", saved, err)
	}
	if rec := tm.last(); rec.Event != account.EventFormSaved || rec.Actor != tm.admin.ID || rec.Target != id || rec.Detail("path") != "/tmp/f.pdf" {
		t.Errorf("the audit record is %+v", rec)
	}
	if _, err := tm.Form(tm.ctx, tm.admin, id); err != nil {
		t.Fatal(err)
	}
	if rec := tm.last(); rec.Event != account.EventFormShown || rec.Actor != tm.admin.ID {
		t.Errorf("showing the code is recorded as %+v", rec)
	}
	// Whoever saw the code can use it, also if the file could not be finished: it is recorded first.
	tm.forms.err = errors.New("disk full")
	before := tm.last().Seq
	if _, err := tm.SaveForm(tm.ctx, tm.admin, id, ""); !errors.Is(err, tm.forms.err) || tm.last().Seq != before+2 {
		t.Errorf("a form that could not be written: %v, %d records", err, tm.last().Seq-before)
	}
	if rec := tm.last(); rec.Event != account.EventFormNotSaved || rec.Actor != tm.admin.ID || rec.Target != id {
		t.Errorf("that it was not is recorded as %+v", rec)
	}
}

func TestResetsAreRefusedWithTheirReason(t *testing.T) {
	for name, c := range map[string]struct {
		target  string
		prepare func(*team)
		want    account.Code
	}{
		"yourself":               {"admin", nil, account.CodeSelf},
		"a deleted member":       {"deleted", nil, account.CodeDeleted},
		"nobody":                 {"nobody", nil, account.CodeUnknownMember},
		"single sign-on":         {"mail", func(tm *team) { tm.sso() }, account.CodeSSO},
		"no authority any more":  {"mail", func(tm *team) { tm.change("admin", func(m *member.Member) { m.Admin = false }) }, account.CodeNoAuthority},
		"suspended meanwhile":    {"mail", func(tm *team) { tm.change("admin", func(m *member.Member) { m.Status = member.Suspended }) }, account.CodeNoAuthority},
		"reset by another admin": {"mail", func(tm *team) { tm.resetAdmin() }, account.CodeSignedOut},
		"not signed in":          {"mail", func(tm *team) { tm.admin = account.Admin{} }, account.CodeSignedOut},
		"signed in as no admin":  {"mail", func(tm *team) { tm.admin.ID = tm.members["form"] }, account.CodeSignedOut},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			if c.prepare != nil {
				c.prepare(tm)
			}
			before, hash := tm.last(), tm.credential("mail").Hash
			_, err := tm.Reset(tm.ctx, tm.admin, tm.members[c.target], account.ReasonForgot)
			wantCode(t, err, c.want)
			if tm.last().Seq != before.Seq || tm.credential("mail").Hash != hash {
				t.Error("a refused reset left something behind")
			}
		})
	}
}

// sso turns single sign-on on, for which nobody may have a login ID any more.
func (tm *team) sso() {
	tm.t.Helper()
	tm.change("form", func(m *member.Member) { m.LoginID, m.Email = "", "line3-017@example.com" })
	tm.update(func(w account.Writer) error {
		set, err := w.Settings()
		if err != nil {
			return err
		}
		set.SSO = true
		return w.PutSettings(set)
	})
}

// resetAdmin has the deputy reset the admin who is signed in.
func (tm *team) resetAdmin() {
	tm.t.Helper()
	deputy := tm.signIn("deputy@example.com")
	if _, err := tm.Reset(tm.ctx, deputy, tm.admin.ID, account.ReasonProtect); err != nil {
		tm.t.Fatal(err)
	}
}

func TestWithSingleSignOnAdminsCanStillBeReset(t *testing.T) {
	tm := newTeam(t)
	tm.sso()
	tm.reset("deputy", account.ReasonForgot)
}

func TestResettingAnAdminEndsTheAdminsConsole(t *testing.T) {
	tm := newTeam(t)
	deputy := tm.signIn("deputy@example.com")
	if o := tm.overview("deputy"); o.Sessions != 1 {
		t.Errorf("a signed-in console is shown as %d sessions, want 1", o.Sessions)
	}
	if result := tm.reset("deputy", account.ReasonProtect); result.SessionsEnded != 1 {
		t.Errorf("%d sessions ended, want 1", result.SessionsEnded)
	}
	_, err := tm.Overview(tm.ctx, deputy, tm.members["mail"])
	wantCode(t, err, account.CodeSignedOut)
}

func TestSigningOutEndsTheSession(t *testing.T) {
	tm := newTeam(t)
	deputy := tm.signIn("deputy@example.com")
	if err := tm.SignOut(tm.ctx, deputy); err != nil {
		t.Fatal(err)
	}
	_, err := tm.Reset(tm.ctx, deputy, tm.members["mail"], account.ReasonForgot)
	wantCode(t, err, account.CodeSignedOut)
	if o := tm.overview("deputy"); o.Sessions != 0 {
		t.Errorf("%d sessions are left", o.Sessions)
	}
}

func TestAnInvitingMembersResetIsAFreshInvitation(t *testing.T) {
	tm := newTeam(t)
	if result := tm.reset("inviting", account.ReasonForgot); result.Mail.Kind != account.MailInvitation {
		t.Errorf("the mail is a %v", result.Mail.Kind)
	}
}

func TestASuspendedMemberCanBeReset(t *testing.T) {
	tm := newTeam(t)
	tm.reset("suspended", account.ReasonProtect)
	if tm.credential("suspended").Hash != "" {
		t.Error("the password of the suspended member still works")
	}
}

func TestSignInTellsNothingApart(t *testing.T) {
	tm := newTeam(t)
	tm.update(func(w account.Writer) error {
		return w.PutLockout(account.Lockout{Member: tm.members["deputy"], Failures: 10, Until: tm.now.Add(time.Minute)})
	})
	var answers []string
	for _, try := range []struct{ address, password string }{
		{"nobody@example.com", password},
		{"admin@example.com", "wrong"},
		{"deputy@example.com", password}, // locked
		{"gone@example.com", password},   // deleted
		{"line3-017", password},
		{"", ""},
	} {
		_, err := tm.SignIn(tm.ctx, try.address, try.password, "test")
		wantCode(t, err, account.CodeSignInFailed)
		if err != nil {
			answers = append(answers, err.Error())
		}
		if rec := tm.last(); rec.Event != account.EventSignInRefused {
			t.Errorf("a refused sign-in is recorded as %q", rec.Event)
		}
	}
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("the answers differ: %q, %q", a, answers[0])
		}
	}
}

func TestOnlyActiveAdminsGetIn(t *testing.T) {
	tm := newTeam(t)
	for _, address := range []string{"hana@example.com", "sus@example.com", "new@example.com"} {
		_, err := tm.SignIn(tm.ctx, address, password, "test")
		wantCode(t, err, account.CodeNoAuthority)
	}
}

func TestAddressesAreComparedInAnyCase(t *testing.T) {
	tm := newTeam(t)
	tm.signIn(" ADMIN@Example.com ")
}

func TestWrongPasswordsLockTheAccount(t *testing.T) {
	tm := newTeam(t)
	wrong := func() {
		t.Helper()
		_, err := tm.SignIn(tm.ctx, "deputy@example.com", "wrong", "test")
		wantCode(t, err, account.CodeSignInFailed)
	}
	for range 9 {
		wrong()
	}
	if o := tm.overview("deputy"); o.Lockout.Locked(tm.now) || o.Lockout.Failures != 9 {
		t.Fatalf("after nine failures: %+v", o.Lockout)
	}
	wrong()
	o := tm.overview("deputy")
	if want := tm.now.Add(15 * time.Minute); !o.Lockout.Until.Equal(want) {
		t.Errorf("locked until %v, want %v", o.Lockout.Until, want)
	}
	if rec := tm.last(); rec.Event != account.EventLockedOut {
		t.Errorf("the lockout is recorded as %q", rec.Event)
	}
	mails, err := tm.Mails(tm.ctx, 0, 10)
	if err != nil || len(mails) != 1 || mails[0].Kind != account.MailLocked || mails[0].To != "deputy@example.com" {
		t.Errorf("the member is told by %+v, %v", mails, err)
	}
	_, err = tm.SignIn(tm.ctx, "deputy@example.com", password, "test")
	wantCode(t, err, account.CodeSignInFailed)

	tm.now = tm.now.Add(15 * time.Minute)
	wrong() // counts from one again
	if o := tm.overview("deputy"); o.Lockout.Failures != 1 || o.Lockout.Locked(tm.now) {
		t.Errorf("after the lockout time: %+v", o.Lockout)
	}
	tm.signIn("deputy@example.com")
	if o := tm.overview("deputy"); o.Lockout.Failures != 0 {
		t.Errorf("the right password leaves %d failures", o.Lockout.Failures)
	}
}

func TestOverviewShowsWhyAMemberCannotBeReset(t *testing.T) {
	tm := newTeam(t)
	if o := tm.overview("admin"); o.Refusal == nil || o.Refusal.Code != account.CodeSelf {
		t.Errorf("one's own row: %v", o.Refusal)
	}
	if o := tm.overview("mail"); o.Refusal != nil || !o.Password {
		t.Errorf("a member who can be reset: %v, has a password: %v", o.Refusal, o.Password)
	}
}

func TestFindTakesAllThreeNames(t *testing.T) {
	tm := newTeam(t)
	for name, who := range map[string]string{
		"HANA@example.com":               "mail",
		"LINE3-017":                      "form",
		tm.members["suspended"].String(): "suspended",
	} {
		if m, err := tm.Find(tm.ctx, name); err != nil || m.ID != tm.members[who] {
			t.Errorf("Find(%q) = %v, %v", name, m.ID, err)
		}
	}
	for _, name := range []string{"nobody", "nobody@example.com", "id:999", ""} {
		_, err := tm.Find(tm.ctx, name)
		wantCode(t, err, account.CodeUnknownMember)
	}
}

func TestInstallMakesTheFirstAdmin(t *testing.T) {
	tm := newTeam(t)
	wantCode(t, tm.Install(tm.ctx, member.Member{Email: "second@example.com", Name: "Second"}, password), account.CodeInvalid)

	tm = newEmptyTeam(t)
	first := member.Member{Email: "first@example.com", Name: "First"}
	wantCode(t, tm.Install(tm.ctx, first, "password1"), account.CodeWeakPassword)
	wantCode(t, tm.Install(tm.ctx, member.Member{Email: "x", Name: "X"}, password), account.CodeInvalid)
	if err := tm.Install(tm.ctx, first, password); err != nil {
		t.Fatal(err)
	}
	tm.signIn("first@example.com")
}

func TestNewMembersAreInvited(t *testing.T) {
	tm := newTeam(t)
	result, err := tm.Import(tm.ctx, tm.admin, file(
		member.Member{Email: "a@example.com", Name: "A", Status: member.Inviting},
		member.Member{Email: "b@example.com", Name: "B", Status: member.Active},
		member.Member{LoginID: "c", Name: "C", Status: member.Active},
		member.Member{LoginID: "d", Name: "D", Status: member.Suspended}))
	if err != nil || result != (account.ImportCount{Rows: 4, New: 4, Invited: 1, Forms: 1, Uninvited: 1}) {
		t.Fatalf("Import = %+v, %v", result, err)
	}
	mails, err := tm.Mails(tm.ctx, 0, 10)
	if err != nil || len(mails) != 1 || mails[0].Kind != account.MailInvitation || mails[0].To != "a@example.com" {
		t.Errorf("the invitations are %+v, %v", mails, err)
	}
	c, err := tm.Find(tm.ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	rec := tm.last()
	if _, err := tm.Form(tm.ctx, tm.admin, c.ID); err != nil {
		t.Errorf("the form of a new login ID member: %v", err)
	}
	if rec.Event != account.EventImport || rec.Detail("added") != "4" {
		t.Errorf("the audit record is %+v", rec)
	}
}

func TestMembersThatBreakARuleAreNotAdded(t *testing.T) {
	tm := newTeam(t)
	for _, m := range []member.Member{
		{Name: "", LoginID: "x", Status: member.Active},
		{Name: "X", LoginID: "x", Status: 9},
		{Name: "X", LoginID: "x", Status: member.Active, Admin: true},
		{Name: "X", LoginID: "x", Status: member.Deleted},
		{Name: "X", LoginID: "x", ID: tm.members["mail"]},
	} {
		_, err := tm.Import(tm.ctx, tm.admin, file(m))
		wantCode(t, err, account.CodeBadRows)
		_, err = tm.AddMember(tm.ctx, tm.admin, m)
		wantCode(t, err, account.CodeInvalid)
	}
}

func TestOneTakenAccountAddsNobody(t *testing.T) {
	tm := newTeam(t)
	im := file(
		member.Member{LoginID: "fresh", Name: "Fresh", Status: member.Active},
		member.Member{LoginID: "LINE3-017", Name: "Taken", Status: member.Active},
		member.Member{Email: "hana@example.com", Name: "Taken too", Status: member.Active})
	var named []string
	im.Problem = func(e account.RowError) { named = append(named, e.Value) }
	count, err := tm.PreviewImport(tm.ctx, tm.admin, im)
	if err != nil || count != (account.ImportCount{Rows: 3, New: 1, Bad: 2, Taken: 2, Forms: 1}) {
		t.Errorf("the preview says %+v, %v", count, err)
	}
	if want := []string{"LINE3-017", "hana@example.com"}; !slices.Equal(named, want) {
		t.Errorf("the problems name %q, want %q", named, want)
	}
	_, err = tm.Import(tm.ctx, tm.admin, im)
	wantCode(t, err, account.CodeBadRows)
	_, err = tm.Find(tm.ctx, "fresh")
	wantCode(t, err, account.CodeUnknownMember)
}

func TestADirectoryOfALaterStoreIsLoadedAnew(t *testing.T) {
	tm := newTeam(t)
	newest := tm.last()
	lost, later := newest, newest
	lost.MAC = []byte("of a record whose number the note of the restore has now")
	later.Seq += 5
	for name, tt := range map[string]struct {
		seen   account.Record
		reload bool
	}{"the newest record": {newest, false}, "a lost record": {lost, true}, "a lost record beyond the end": {later, true}} {
		if changes, err := tm.DirectoryChanges(tm.ctx, tt.seen); err != nil || changes.Reload() != tt.reload {
			t.Errorf("%s is known: reload %v, %v", name, changes.Reload(), err)
		}
	}
}

func TestTheFirstMembersAreThereBeforeAllAre(t *testing.T) {
	tm := newTeam(t)
	if d, err := tm.StartDirectory(tm.ctx); err != nil || !d.Whole() || d.Len() != 6 {
		t.Errorf("a small team is not whole at once (%v)", err)
	}
	var many []member.Member
	for i := range 600 {
		many = append(many, member.Member{LoginID: fmt.Sprintf("many-%d", i), Name: "Many", Status: member.Active})
	}
	if _, err := tm.Import(tm.ctx, tm.admin, file(many...)); err != nil {
		t.Fatal(err)
	}
	first, err := tm.StartDirectory(tm.ctx)
	if err != nil || first.Whole() || first.Len() < 400 {
		t.Errorf("the first members of many: %d, whole %v, %v", first.Len(), first.Whole(), err)
	}
	if all, err := tm.LoadDirectory(tm.ctx, func(int) {}); err != nil || !all.Whole() || all.Len() != 606 {
		t.Errorf("all members: %d, %v", all.Len(), err)
	}
}

func TestManyChangesAreFollowedToTheLastOneKnown(t *testing.T) {
	tm := newTeam(t)
	d, err := tm.LoadDirectory(tm.ctx, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	tm.reset("mail", account.ReasonForgot) // the oldest change, behind two pages of others
	for range 60 {
		tm.reset("form", account.ReasonForgot)
	}
	tm.change("mail", func(m *member.Member) { m.Name = "Renamed" })
	changes, err := tm.DirectoryChanges(tm.ctx, d.Seen())
	if err != nil || changes.Reload() {
		t.Fatalf("changes: reload %v, %v", changes.Reload(), err)
	}
	d.Apply(changes)
	if rows := d.Search(account.Query{Text: "renamed"}); len(rows) != 1 {
		t.Errorf("the member changed first was not read again: %v", rows)
	}
}

func TestTheDirectoryFollowsTheAuditLog(t *testing.T) {
	tm := newTeam(t)
	d, err := tm.LoadDirectory(tm.ctx, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != 6 {
		t.Fatalf("the directory has %d members, want 6: all but the deleted one", d.Len())
	}
	for range 10 {
		if _, err := tm.SignIn(tm.ctx, "deputy@example.com", "wrong", "test"); err == nil {
			t.Fatal("signed in with a wrong password")
		}
	}
	changes, err := tm.DirectoryChanges(tm.ctx, d.Seen())
	if err != nil || changes.Reload() {
		t.Fatalf("changes: reload %v, %v", changes.Reload(), err)
	}
	d.Apply(changes)
	if rows := d.Search(account.Query{LockedOnly: true, Now: tm.now}); len(rows) != 1 || d.Member(rows[0]).ID != tm.members["deputy"] {
		t.Errorf("locked members after the change: %v", rows)
	}
	if _, err := tm.Import(tm.ctx, tm.admin, file(member.Member{LoginID: "z", Name: "Z", Status: member.Active})); err != nil {
		t.Fatal(err)
	}
	if changes, err = tm.DirectoryChanges(tm.ctx, d.Seen()); err != nil || !changes.Reload() {
		t.Errorf("after an import: reload %v, %v", changes.Reload(), err)
	}
}

func TestErrorsAreComparedByCode(t *testing.T) {
	if !errors.Is(&account.Error{Code: account.CodeSelf, Message: "a"}, &account.Error{Code: account.CodeSelf, Message: "b"}) {
		t.Error("two refusals with one code differ")
	}
}
