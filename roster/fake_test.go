package roster_test

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// fakeTeam is a service on a store in memory with one admin: quick enough to import a file thousands of times a second.
type fakeTeam struct {
	*account.Service
	*fakeStore
	admin account.Admin
}

var (
	fakeNow = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	fakeKey = func() account.Key {
		key, err := account.NewKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		return key
	}()
)

func newFakeTeam(t *testing.T) fakeTeam {
	t.Helper()
	s := &fakeStore{members: map[member.ID]member.Member{}}
	tm := fakeTeam{fakeStore: s, Service: account.New(account.Config{Store: s, Key: fakeKey, Random: rand.Reader, Zone: time.UTC,
		Clock: func() time.Time { return fakeNow }})}
	tm.admin.ID = tm.put(member.Member{Email: "admin@example.com", Name: "Admin", Status: member.Active, Admin: true})
	return tm
}

// fakeStore keeps members, and forgets what comes with them. What it does not do ends the test.
type fakeStore struct {
	account.Writer
	members map[member.ID]member.Member
	records []account.Record
}

func (s *fakeStore) put(m member.Member) member.ID {
	m.ID = member.ID(len(s.members) + 1)
	s.members[m.ID] = m
	return m.ID
}

func (s *fakeStore) View(_ context.Context, fn func(account.Reader) error) error { return fn(s) }

func (s *fakeStore) Bulk(_ context.Context, fn func(account.Writer) error) error {
	members, records := maps.Clone(s.members), slices.Clone(s.records)
	err := fn(s)
	if err != nil {
		s.members, s.records = members, records
	}
	return err
}

func (s *fakeStore) Update(ctx context.Context, fn func(account.Writer) error) error {
	return s.Bulk(ctx, fn)
}

func (s *fakeStore) ReadAhead(context.Context) {}

func (s *fakeStore) Revision() (uint64, error) { return 0, nil }

func (s *fakeStore) Settings() (account.Settings, error) { return account.DefaultSettings(), nil }

func (s *fakeStore) Session(account.SessionHash) (account.Session, error) {
	return account.Session{Member: 1, Created: fakeNow, Seen: fakeNow}, nil
}

func (s *fakeStore) Member(id member.ID) (member.Member, error) {
	return s.find(func(m member.Member) bool { return m.ID == id })
}

func (s *fakeStore) MemberByEmail(address string) (member.Member, error) {
	return s.find(func(m member.Member) bool {
		return m.Email != "" && member.FoldAccount(m.Email) == member.FoldAccount(address)
	})
}

func (s *fakeStore) MemberByLoginID(id string) (member.Member, error) {
	return s.find(func(m member.Member) bool {
		return m.LoginID != "" && member.FoldAccount(m.LoginID) == member.FoldAccount(id)
	})
}

func (s *fakeStore) find(is func(member.Member) bool) (member.Member, error) {
	for _, m := range s.members {
		if is(m) {
			return m, nil
		}
	}
	return member.Member{}, account.ErrNotFound
}

func (s *fakeStore) PutMember(m member.Member) (member.ID, error) {
	if m.ID == 0 {
		return s.put(m), nil
	}
	s.members[m.ID] = m
	return m.ID, nil
}

func (s *fakeStore) Credential(member.ID) (account.Credential, error) {
	return account.Credential{}, nil
}
func (s *fakeStore) PutCredential(member.ID, account.Credential) error     { return nil }
func (s *fakeStore) NextSerial() (account.Serial, error)                   { return 1, nil }
func (s *fakeStore) PutToken(account.Token) error                          { return nil }
func (s *fakeStore) PutMail(account.Mail) (account.MailID, error)          { return 1, nil }
func (s *fakeStore) Audit(account.AuditSeq, int) ([]account.Record, error) { return s.records, nil }
func (s *fakeStore) PutAuditSeal([]byte) error                             { return nil }

func (s *fakeStore) AppendAudit(r account.Record) error {
	s.records = []account.Record{r}
	return nil
}
