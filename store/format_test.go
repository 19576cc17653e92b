package store

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// -update writes the newest store file anew. One that was written by a build of before is never rewritten.
var updateFiles = flag.Bool("update", false, "write testdata/v1-settings2.db anew")

// formatContent is what a committed store file holds.
type formatContent struct {
	settings   account.Settings
	members    []member.Member
	credential account.Credential // of member 1
	lockouts   []account.Lockout
	token      account.Token // the only one
	session    account.Session
	mails      []account.Mail
	audit      []account.Record
	seal       []byte
	problems   string // what Check has to say
}

// formatV1 was written by a build that had neither a language nor an idle lock, and looked at fewer rules.
var formatV1 = formatContent{
	settings: account.Settings{
		ProductName: "Unipos", TeamName: "青空", TeamNumber: "1234567", Sender: "no-reply@example.com",
		LinkLifetime: 24 * time.Hour, FormLifetime: 21 * 24 * time.Hour, MaxFailures: 10, LockoutTime: 15 * time.Minute,
		MinPassword: 8, MaxPassword: 256, SSO: true, SessionMaxAge: 14 * 24 * time.Hour, SessionIdle: 24 * time.Hour,
		Language: account.English, IdleLock: 10 * time.Minute, // which the file is too old to hold
	},
	members: []member.Member{
		{
			ID: 1, Email: "Hana@Example.com", Name: "佐藤 花", SearchName: "hana", EmployeeNumber: "E-17", EmploymentType: "1",
			Departments: []string{"HQ", "本部"}, Position: "部長", Status: member.Active, Admin: true,
		},
		{ID: 2, LoginID: "Line3-017", Name: "Ichiro", Status: member.Suspended},
		{ID: 3, Email: "gone@example.com", Name: "Gone", Status: member.Deleted},
	},
	credential: account.Credential{
		Hash: "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA", Epoch: 3, Token: 1, Mail: 1,
		Reset: account.Reset{By: 1, At: noon, Reason: account.ReasonLockout}, SetAt: noon.Add(-time.Hour), SetVia: account.ViaWeb,
	},
	lockouts: []account.Lockout{{Member: 2, Failures: 10, Until: noon.Add(time.Minute), Notice: 2}},
	token: account.Token{
		Serial: 1, Member: 2, Purpose: account.PurposeReset, Issued: noon, Expires: noon.Add(time.Hour).Truncate(time.Second), By: 1,
		Used: noon.Add(time.Minute),
	},
	session: account.Session{
		Hash: account.SessionHash{0xab, 31: 0xcd}, Member: 1, Epoch: 3, Device: "console", Created: noon, Seen: noon.Add(time.Second),
	},
	mails: []account.Mail{
		{
			ID: 1, Kind: account.MailReset, Member: 1, To: "hana@example.com", Token: 1, Created: noon, State: account.MailQueued,
			Sending: 2, Attempts: 1, Due: noon.Add(time.Minute), Claim: 4, Claimed: true, Reply: "451 later\xff",
		},
		{ID: 2, Kind: account.MailLocked, Member: 1, To: "hana@example.com", Created: noon, State: account.MailAccepted, Done: noon.Add(1),
			Until: noon.Add(time.Minute)},
	},
	audit: []account.Record{
		{
			Seq: 1, At: noon, Event: account.EventReset, Actor: 1, Target: 2,
			Details: []account.Detail{{Name: "reason", Value: "lockout"}}, MAC: []byte{1, 2, 3},
		},
		{Seq: 2, At: noon.Add(1), Event: account.EventInstalled, MAC: []byte{4}},
	},
	seal: []byte{7, 8},
	problems: "The store is damaged: member 2 has a login ID, in spite of single sign-on; " +
		"the credential of member 1 names token 1, which is member 2's; " +
		"the lockout of member 2 names mail 2, which is member 1's; " +
		"mail 1 names token 1, which is member 2's. Restore it from a backup.",
}

// formatSettings2 has version 2 of the settings, and a mail that was cancelled.
var formatSettings2 = formatContent{
	settings: account.Settings{
		ProductName: "Unipos", TeamName: "青空", TeamNumber: "1234567", Sender: "no-reply@example.com",
		LinkLifetime: 23 * time.Hour, FormLifetime: 20 * 24 * time.Hour, MaxFailures: 9, LockoutTime: 14 * time.Minute,
		MinPassword: 10, MaxPassword: 128, SessionMaxAge: 13 * 24 * time.Hour, SessionIdle: 22 * time.Hour,
		Language: account.Japanese, IdleLock: 7 * time.Minute,
	},
	members: []member.Member{
		{
			ID: 1, Email: "Hana@Example.com", Name: "佐藤 花", SearchName: "hana", EmployeeNumber: "E-17", EmploymentType: "1",
			Departments: []string{"HQ", "本部"}, Position: "部長", Status: member.Active, Admin: true,
		},
		{ID: 2, LoginID: "Line3-017", Name: "Ichiro", Status: member.Suspended},
		{ID: 3, Email: "gone@example.com", Name: "Gone", Status: member.Deleted},
		{ID: 4, Email: "new@example.com", Name: "Ren", Status: member.Inviting},
	},
	credential: account.Credential{
		Hash: "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA", Epoch: 3, Token: 1, Mail: 1,
		Reset: account.Reset{By: 1, At: noon, Reason: account.ReasonLockout}, SetAt: noon.Add(-time.Hour), SetVia: account.ViaWeb,
	},
	lockouts: []account.Lockout{
		{Member: 1, Failures: 9, Until: noon.Add(time.Minute), Notice: 2},
		{Member: 2, Failures: 1},
	},
	token: account.Token{
		Serial: 1, Member: 1, Purpose: account.PurposeRequest, Issued: noon, Expires: noon.Add(time.Hour).Truncate(time.Second), By: 1,
		Used: noon.Add(time.Minute),
	},
	session: account.Session{
		Hash: account.SessionHash{0xab, 31: 0xcd}, Member: 1, Epoch: 3, Device: "console", Created: noon, Seen: noon.Add(time.Second),
	},
	mails: []account.Mail{
		{
			ID: 1, Kind: account.MailRequested, Member: 1, To: "hana@example.com", Token: 1, Created: noon, State: account.MailQueued,
			Sending: 2, Attempts: 1, Due: noon.Add(time.Minute), Claim: 4, Claimed: true, Reply: "451 later\xff",
		},
		{ID: 2, Kind: account.MailLocked, Member: 1, To: "hana@example.com", Created: noon, State: account.MailAccepted, Done: noon.Add(1),
			Until: noon.Add(time.Minute)},
		{ID: 3, Kind: account.MailReset, Member: 1, To: "hana@example.com", Token: 1, Created: noon, State: account.MailCancelled,
			Sending: 1, Done: noon.Add(2)},
		{ID: 4, Kind: account.MailInvitation, Member: 4, To: "new@example.com", Created: noon, State: account.MailSuperseded,
			Sending: 1, Done: noon.Add(3)},
	},
	audit: []account.Record{
		{
			Seq: 1, At: noon, Event: account.EventReset, Actor: 1, Target: 2,
			Details: []account.Detail{{Name: "reason", Value: "lockout"}}, MAC: []byte{1, 2, 3},
		},
		{Seq: 2, At: noon.Add(1), Event: account.EventSettings, Actor: 1,
			Details: []account.Detail{{Name: "language", Value: "en -> ja"}, {Name: "idle_lock", Value: "10m0s -> 7m0s"}}, MAC: []byte{4}},
	},
	seal: []byte{9, 10, 11},
}

// write makes a store file with the content.
func (c formatContent) write(t *testing.T, name string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rekey.db")
	if err := Create(path, testFingerprint, c.settings); err != nil {
		t.Fatal(err)
	}
	update(t, reopened(t, path), func(w account.Writer) error {
		var errs []error
		for _, m := range c.members {
			m.ID = 0
			_, err := w.PutMember(m)
			errs = append(errs, err)
		}
		for _, m := range c.mails {
			m.ID = 0
			_, err := w.PutMail(m)
			errs = append(errs, err)
		}
		for _, l := range c.lockouts {
			errs = append(errs, w.PutLockout(l))
		}
		_, err := w.NextSerial()
		errs = append(errs, err, w.PutCredential(1, c.credential), w.PutToken(c.token), w.PutSession(c.session))
		for _, r := range c.audit {
			errs = append(errs, w.AppendAudit(r), w.PutAuditSeal(c.seal))
		}
		return errors.Join(errs...)
	})
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFormat1 reads a store that an earlier build wrote.
func TestFormat1(t *testing.T) { formatV1.wantIn(t, "testdata/v1.db") }

// TestFormat1WithSettings2 reads a store as this build writes it.
func TestFormat1WithSettings2(t *testing.T) {
	const name = "testdata/v1-settings2.db"
	if *updateFiles {
		formatSettings2.write(t, name)
	}
	formatSettings2.wantIn(t, name)
}

// wantIn compares all of it with what a store file gives, and goes on in the file.
func (c formatContent) wantIn(t *testing.T, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rekey.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s := reopened(t, path)
	said := ""
	if err := s.Check(t.Context()); err != nil {
		said = err.Error()
	}
	if said != c.problems {
		t.Errorf("Check says\n%q, want\n%q", said, c.problems)
	}
	same := func(what string, got, want any, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", what, got, err, want)
		}
	}
	newestFirst := slices.Clone(c.mails)
	slices.Reverse(newestFirst)
	view(t, s, func(r account.Reader) error {
		settings, err := r.Settings()
		same("settings", settings, c.settings, err)
		members, err := r.Members(0, 10)
		same("members", members, c.members, err)
		byEmail, err := r.MemberByEmail("hana@example.com")
		same("by email", byEmail, c.members[0], err)
		byLoginID, err := r.MemberByLoginID("line3-017")
		same("by login ID", byLoginID, c.members[1], err)
		credential, err := r.Credential(1)
		same("credential", credential, c.credential, err)
		lockouts, err := r.Lockouts(0, 10)
		same("lockouts", lockouts, c.lockouts, err)
		token, err := r.Token(1)
		same("token", token, c.token, err)
		sessions, err := r.Sessions(1)
		same("sessions", sessions, []account.Session{c.session}, err)
		mails, err := r.Mails(0, 10)
		same("mails", mails, newestFirst, err)
		due, err := r.DueMail()
		same("due mail", due, c.mails[0], err)
		audit, err := r.Audit(0, 10)
		same("audit", audit, []account.Record{c.audit[1], c.audit[0]}, err)
		of2, err := r.MemberAudit(2, 0, 10)
		same("audit of member 2", of2, c.audit[:1], err)
		seal, err := r.AuditSeal()
		same("seal of the audit log", seal, c.seal, err)
		return nil
	})
	update(t, s, func(w account.Writer) error {
		id, err := w.PutMember(member.Member{LoginID: "next", Status: member.Active})
		same("next member", id, member.ID(len(c.members)+1), err)
		serial, err := w.NextSerial()
		same("next serial", serial, account.Serial(2), err)
		mail, err := w.PutMail(account.Mail{State: account.MailAccepted})
		same("next mail", mail, account.MailID(len(c.mails)+1), err)
		return nil
	})
}
