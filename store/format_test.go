package store

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// -update writes the store file of the current format anew. A file of a format that was released is never rewritten.
var updateFiles = flag.Bool("update", false, "write testdata/v1.db anew")

const formatFile = "testdata/v1.db"

// The content of the committed store file.
var (
	formatSettings = account.Settings{
		ProductName: "Unipos", TeamName: "青空", TeamNumber: "1234567", Sender: "no-reply@example.com",
		LinkLifetime: 24 * time.Hour, FormLifetime: 21 * 24 * time.Hour, MaxFailures: 10, LockoutTime: 15 * time.Minute,
		MinPassword: 8, MaxPassword: 256, SSO: true, SessionMaxAge: 14 * 24 * time.Hour, SessionIdle: 24 * time.Hour,
		Language: account.English, IdleLock: 10 * time.Minute, // which the file is too old to hold
	}
	formatMembers = []member.Member{
		{
			ID: 1, Email: "Hana@Example.com", Name: "佐藤 花", SearchName: "hana", EmployeeNumber: "E-17", EmploymentType: "1",
			Departments: []string{"HQ", "本部"}, Position: "部長", Status: member.Active, Admin: true,
		},
		{ID: 2, LoginID: "Line3-017", Name: "Ichiro", Status: member.Suspended},
		{ID: 3, Email: "gone@example.com", Name: "Gone", Status: member.Deleted},
	}
	formatCredential = account.Credential{
		Hash: "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA", Epoch: 3, Token: 1, Mail: 1,
		Reset: account.Reset{By: 1, At: noon, Reason: account.ReasonLockout}, SetAt: noon.Add(-time.Hour), SetVia: account.ViaWeb,
	}
	formatLockout = account.Lockout{Member: 2, Failures: 10, Until: noon.Add(time.Minute), Notice: 2}
	formatToken   = account.Token{
		Serial: 1, Member: 2, Purpose: account.PurposeReset, Issued: noon, Expires: noon.Add(time.Hour).Truncate(time.Second), By: 1,
		Used: noon.Add(time.Minute),
	}
	formatSession = account.Session{
		Hash: account.SessionHash{0xab, 31: 0xcd}, Member: 1, Epoch: 3, Device: "console", Created: noon, Seen: noon.Add(time.Second),
	}
	formatMails = []account.Mail{
		{
			ID: 1, Kind: account.MailReset, Member: 1, To: "hana@example.com", Token: 1, Created: noon, State: account.MailQueued,
			Sending: 2, Attempts: 1, Due: noon.Add(time.Minute), Claim: 4, Claimed: true, Reply: "451 later\xff",
		},
		{ID: 2, Kind: account.MailLocked, Member: 1, To: "hana@example.com", Created: noon, State: account.MailAccepted, Done: noon.Add(1),
			Until: noon.Add(time.Minute)},
	}
	formatAudit = []account.Record{
		{
			Seq: 1, At: noon, Event: account.EventReset, Actor: 1, Target: 2,
			Details: []account.Detail{{Name: "reason", Value: "lockout"}}, MAC: []byte{1, 2, 3},
		},
		{Seq: 2, At: noon.Add(1), Event: account.EventInstalled, MAC: []byte{4}},
	}
)

func writeFormatFile(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(formatFile), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "v1.db")
	if err := Create(path, testFingerprint, formatSettings); err != nil {
		t.Fatal(err)
	}
	update(t, reopened(t, path), func(w account.Writer) error {
		var errs []error
		for _, m := range formatMembers {
			m.ID = 0
			_, err := w.PutMember(m)
			errs = append(errs, err)
		}
		for _, m := range formatMails {
			m.ID = 0
			_, err := w.PutMail(m)
			errs = append(errs, err)
		}
		_, err := w.NextSerial()
		errs = append(errs, err, w.PutCredential(1, formatCredential), w.PutLockout(formatLockout), w.PutToken(formatToken),
			w.PutSession(formatSession))
		for _, r := range formatAudit {
			errs = append(errs, w.AppendAudit(r), w.PutAuditSeal([]byte{7, 8}))
		}
		return errors.Join(errs...)
	})
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(formatFile, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFormat1 reads a store that an earlier build wrote.
func TestFormat1(t *testing.T) {
	if *updateFiles {
		writeFormatFile(t)
	}
	b, err := os.ReadFile(formatFile)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "v1.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s := reopened(t, path)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	same := func(what string, got, want any, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", what, got, err, want)
		}
	}
	view(t, s, func(r account.Reader) error {
		settings, err := r.Settings()
		same("settings", settings, formatSettings, err)
		members, err := r.Members(0, 10)
		same("members", members, formatMembers, err)
		byEmail, err := r.MemberByEmail("hana@example.com")
		same("by email", byEmail, formatMembers[0], err)
		byLoginID, err := r.MemberByLoginID("line3-017")
		same("by login ID", byLoginID, formatMembers[1], err)
		credential, err := r.Credential(1)
		same("credential", credential, formatCredential, err)
		lockouts, err := r.Lockouts(0, 10)
		same("lockouts", lockouts, []account.Lockout{formatLockout}, err)
		token, err := r.Token(1)
		same("token", token, formatToken, err)
		sessions, err := r.Sessions(1)
		same("sessions", sessions, []account.Session{formatSession}, err)
		mails, err := r.Mails(0, 10)
		same("mails", mails, []account.Mail{formatMails[1], formatMails[0]}, err)
		due, err := r.DueMail()
		same("due mail", due, formatMails[0], err)
		audit, err := r.Audit(0, 10)
		same("audit", audit, []account.Record{formatAudit[1], formatAudit[0]}, err)
		of2, err := r.MemberAudit(2, 0, 10)
		same("audit of member 2", of2, formatAudit[:1], err)
		seal, err := r.AuditSeal()
		same("seal of the audit log", seal, []byte{7, 8}, err)
		return nil
	})
	update(t, s, func(w account.Writer) error {
		id, err := w.PutMember(member.Member{LoginID: "next", Status: member.Active})
		same("next member", id, member.ID(4), err)
		serial, err := w.NextSerial()
		same("next serial", serial, account.Serial(2), err)
		mail, err := w.PutMail(account.Mail{State: account.MailAccepted})
		same("next mail", mail, account.MailID(3), err)
		return nil
	})
}
