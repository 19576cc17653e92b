package store

import (
	"context"
	"errors"
	"strings"
	"testing"

	"rekey/account"
	"rekey/member"
)

// wholeStore is a store with something of everything, for a test to break.
func wholeStore(t *testing.T) *Store {
	t.Helper()
	path := t.TempDir() + "/rekey.db"
	if err := Create(path, testFingerprint, account.DefaultSettings()); err != nil {
		t.Fatal(err)
	}
	s := reopened(t, path)
	fill(t, s)
	update(t, s, func(w account.Writer) error {
		_, err := w.PutMember(member.Member{LoginID: "Line1", Status: member.Active})
		_, err2 := w.PutMember(member.Member{Email: "gone@example.com", Status: member.Deleted})
		return errors.Join(err, err2)
	})
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCheckNamesEachContradiction(t *testing.T) {
	const loginID, deleted = 61, 62 // the members of wholeStore beside the sixty with email addresses
	sealed := func(b bucket, key []byte, rec any) func(tx writeTx) error {
		return func(tx writeTx) error {
			value, err := seal(b, key, rec)
			if err != nil {
				return err
			}
			return tx.put(b, key, value)
		}
	}
	without := func(b bucket, key []byte) func(tx writeTx) error {
		return func(tx writeTx) error { return tx.delete(b, key) }
	}
	with := func(b bucket, key, value []byte) func(tx writeTx) error {
		return func(tx writeTx) error { return tx.put(b, key, value) }
	}
	memberAs := func(id member.ID, m member.Member) func(tx writeTx) error {
		return sealed(membersBucket, number(id), newMemberRecord(m))
	}
	both := func(first, second func(tx writeTx) error) func(tx writeTx) error {
		return func(tx writeTx) error { return errors.Join(first(tx), second(tx)) }
	}
	settings := func(change func(*account.Settings)) func(tx writeTx) error {
		set := account.DefaultSettings()
		change(&set)
		return sealed(metaBucket, settingsKey, newSettingsRecord(set))
	}
	queued := account.Mail{Member: 1, State: account.MailQueued, Due: noon.Add(1), To: "a@example.com"}
	mailAs := func(change func(*account.Mail)) func(tx writeTx) error {
		m := queued
		change(&m)
		return sealed(mailsBucket, number(account.MailID(1)), newMailRecord(m))
	}
	queuePlace := numbers(dueKey(noon.Add(1)), account.MailID(1))
	hash := account.SessionHash{7}
	tests := map[string]struct {
		spoil func(tx writeTx) error
		want  string
	}{
		"settings":    {settings(func(s *account.Settings) { s.MaxFailures = 0 }), "the settings are not valid (The settings break a rule: max_failures"},
		"no settings": {without(metaBucket, settingsKey), "the settings are missing"},
		"SSO":         {settings(func(s *account.Settings) { s.SSO = true }), "member 61 has a login ID, in spite of single sign-on"},

		"member without an index entry":   {without(emailsBucket, []byte("m1@example.com")), `member 1 is missing in "emails"`},
		"login ID without an index entry": {without(loginIDsBucket, []byte("line1")), `member 61 is missing in "login_ids"`},
		"index entry of nobody":           {with(emailsBucket, []byte("x@example.com"), number(member.ID(999))), `an entry of "emails" points to nothing`},
		"index entry of another":          {with(loginIDsBucket, []byte("x"), number(member.ID(loginID))), `an entry of "login_ids" points to another member`},
		"index entry of a deleted member": {with(emailsBucket, []byte("gone@example.com"), number(member.ID(deleted))),
			`an entry of "emails" points to another member`},
		"two members with one address": {memberAs(2, member.Member{Email: "M1@example.com", Status: member.Active}),
			`the email address of member 2 belongs to member 1 in "emails"`},
		"both an address and a login ID": {
			both(memberAs(loginID, member.Member{LoginID: "Line1", Email: "l@example.com", Status: member.Active}),
				with(emailsBucket, []byte("l@example.com"), number(member.ID(loginID)))),
			"member 61 does not have exactly one of an email address and a login ID"},
		"neither": {memberAs(deleted, member.Member{Status: member.Deleted}), "member 62 does not have exactly one of"},
		"login ID member with authority": {memberAs(loginID, member.Member{LoginID: "Line1", Status: member.Active, Admin: true}),
			"member 61 has admin authority and a login ID"},
		"unknown status": {memberAs(1, member.Member{Email: "m1@example.com", Status: 9}), "member 1 has the unknown status 9"},
		"member beyond the counter": {sealed(metaBucket, []byte(memberCounter), counterRecord{Last: 61}),
			"number 62 is beyond last_member, which is 61"},

		"credential of nobody": {sealed(credentialsBucket, number(member.ID(999)), credentialRecord{}),
			`a record of "credentials" belongs to member 999, who does not exist`},
		"credential with another's token": {sealed(credentialsBucket, number(member.ID(1)), credentialRecord{Token: 2}),
			"the credential of member 1 names token 2, which is member 2's"},
		"credential with a token that is not there": {sealed(credentialsBucket, number(member.ID(1)), credentialRecord{Token: 99}),
			"the credential of member 1 names token 99, which is not there"},
		"credential with another's mail": {sealed(credentialsBucket, number(member.ID(1)), credentialRecord{Mail: 2}),
			"the credential of member 1 names mail 2, which is member 2's"},
		"credential with a mail that is not there": {sealed(credentialsBucket, number(member.ID(1)), credentialRecord{Mail: 99}),
			"the credential of member 1 names mail 99, which is not there"},

		"lockout of nobody": {sealed(lockoutsBucket, number(member.ID(999)), lockoutRecord{Failures: 1}),
			`a record of "lockouts" belongs to member 999, who does not exist`},
		"lockout with another's mail": {sealed(lockoutsBucket, number(member.ID(1)), lockoutRecord{Failures: 1, Notice: 2}),
			"the lockout of member 1 names mail 2, which is member 2's"},

		"token of nobody": {sealed(tokensBucket, number(account.Serial(1)), tokenRecord{Member: 999}),
			`a record of "tokens" belongs to member 999, who does not exist`},
		"token beyond the counter": {sealed(metaBucket, []byte(serialCounter), counterRecord{Last: 59}),
			"number 60 is beyond last_serial, which is 59"},

		"session without an index entry": {without(memberSessionsBucket, memberSessionKey(8, hash)),
			`a session of member 8 is missing in "member_sessions"`},
		"index entry without a session": {without(sessionsBucket, hash[:]), `an entry of "member_sessions" points to nothing`},
		"index entry of another's session": {with(memberSessionsBucket, memberSessionKey(9, hash), nil),
			`an entry of "member_sessions" points to another member's session`},
		"session of nobody": {
			both(sealed(sessionsBucket, hash[:], sessionRecord{Member: 999}), both(without(memberSessionsBucket, memberSessionKey(8, hash)),
				with(memberSessionsBucket, memberSessionKey(999, hash), nil))),
			`a record of "sessions" belongs to member 999, who does not exist`},

		"mail without a place in the queue": {without(mailDueBucket, queuePlace), `mail 1 is missing in "mail_due"`},
		"place in the queue of a mail that does not wait": {mailAs(func(m *account.Mail) { m.State = account.MailCancelled }),
			`an entry of "mail_due" does not fit its mail`},
		"place in the queue of no mail":       {with(mailDueBucket, numbers(dueKey(noon), account.MailID(999)), nil), `an entry of "mail_due" points to nothing`},
		"mail with a token that is not there": {mailAs(func(m *account.Mail) { m.Token = 99 }), "mail 1 names token 99, which is not there"},
		"mail with another's token":           {mailAs(func(m *account.Mail) { m.Token = 2 }), "mail 1 names token 2, which is member 2's"},
		"mail to nobody":                      {mailAs(func(m *account.Mail) { m.Member = 999 }), `a record of "mails" belongs to member 999, who does not exist`},
		"mail beyond the counter":             {sealed(metaBucket, []byte(mailCounter), counterRecord{Last: 59}), "number 60 is beyond last_mail, which is 59"},

		"gap in the audit log": {both(without(auditBucket, number(account.AuditSeq(5))),
			without(memberAuditBucket, numbers(member.ID(5), account.AuditSeq(5)))), "audit record 6 follows record 4"},
		"audit record without an index entry": {without(memberAuditBucket, numbers(member.ID(5), account.AuditSeq(5))),
			`audit record 5 is missing in "member_audit"`},
		"index entry without an audit record": {with(memberAuditBucket, numbers(member.ID(5), account.AuditSeq(99)), nil),
			`an entry of "member_audit" points to nothing`},
		"index entry of another's audit record": {with(memberAuditBucket, numbers(member.ID(5), account.AuditSeq(6)), nil),
			`an entry of "member_audit" points to another member's record`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := wholeStore(t)
			if err := s.engine.bulk(t.Context(), test.spoil); err != nil {
				t.Fatal(err)
			}
			err := s.Check(context.Background())
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestCheckNamesSeveralContradictions at once, but not hundreds.
func TestCheckNamesSeveralContradictions(t *testing.T) {
	s := wholeStore(t)
	err := s.engine.bulk(t.Context(), func(tx writeTx) error {
		all, err := tx.page(emailsBucket, nil, nil, 20)
		for _, p := range all {
			err = errors.Join(err, tx.delete(emailsBucket, p.key))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(s.Check(t.Context()).Error(), "is missing in"); got != maxProblems {
		t.Errorf("%d contradictions are named, want %d", got, maxProblems)
	}
}
