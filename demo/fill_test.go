package demo_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/demo"
	"rekey/member"
)

// memory is as much of a store as Fill needs: what it is not meant to call panics.
type memory struct {
	account.Store
	account.Writer
	members     []member.Member
	credentials map[member.ID]account.Credential
	lockouts    map[member.ID]account.Lockout
	sessions    map[member.ID][]account.Session
	failAfter   int // members; 0: never
	rerun       bool
}

func newMemory() *memory {
	return &memory{
		credentials: map[member.ID]account.Credential{},
		lockouts:    map[member.ID]account.Lockout{},
		sessions:    map[member.ID][]account.Session{},
	}
}

var errFull = errors.New("the disk is full")

// Bulk runs fn, and where rerun is set drops its first run as an engine with conflicts does.
func (s *memory) Bulk(ctx context.Context, fn func(account.Writer) error) error {
	if s.rerun {
		if err := fn(newMemory()); err != nil {
			return err
		}
	}
	if err := fn(s); err != nil {
		return err
	}
	return ctx.Err()
}

func (s *memory) PutMember(m member.Member) (member.ID, error) {
	if s.failAfter > 0 && len(s.members) == s.failAfter {
		return 0, errFull
	}
	if m.ID != 0 {
		return 0, errors.New("a new member has no ID")
	}
	m.ID = member.ID(len(s.members) + 1)
	s.members = append(s.members, m)
	return m.ID, nil
}

func (s *memory) PutCredential(id member.ID, c account.Credential) error {
	s.credentials[id] = c
	return nil
}

func (s *memory) PutLockout(l account.Lockout) error {
	s.lockouts[l.Member] = l
	return nil
}

func (s *memory) PutSession(session account.Session) error {
	s.sessions[session.Member] = append(s.sessions[session.Member], session)
	return nil
}

const demoHash = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$dGFndGFndGFndGFndGFndGFndGFndGFndGFndGFndGE"

func options(count int) demo.Options {
	return demo.Options{
		Count: count, Seed: 1, Now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC), Hash: demoHash, Settings: account.DefaultSettings(),
	}
}

func fill(t *testing.T, s *memory, o demo.Options) demo.Result {
	t.Helper()
	result, err := demo.Fill(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestFillStoresTheTeam(t *testing.T) {
	s := newMemory()
	result := fill(t, s, options(500))
	for i, want := range team(500, 1) {
		want.ID = member.ID(i + 1)
		if !reflect.DeepEqual(s.members[i], want) {
			t.Fatalf("member %d is %+v, want %+v", i+1, s.members[i], want)
		}
	}
	if !reflect.DeepEqual(result.Admin, s.members[0]) || result.Admin.Email != demo.AdminEmail {
		t.Errorf("the admin is %+v", result.Admin)
	}
}

func TestFillKeepsTheRulesOfAccounts(t *testing.T) {
	s, o := newMemory(), options(2000)
	fill(t, s, o)
	for _, m := range s.members {
		c, l, sessions := s.credentials[m.ID], s.lockouts[m.ID], s.sessions[m.ID]
		if hasPassword := c.Hash == demoHash; hasPassword == (m.Status == member.Inviting) {
			t.Errorf("%s is %s and has the hash %q", m.ID, m.Status, c.Hash)
		}
		if c.Token != 0 || c.Mail != 0 || c.SetAt.After(o.Now) {
			t.Errorf("%s has the credential %+v", m.ID, c)
		}
		if m.Status != member.Active && (l.Failures > 0 || len(sessions) > 0) {
			t.Errorf("%s is %s, but has been at the door: %+v, %d sessions", m.ID, m.Status, l, len(sessions))
		}
		locked := l.Locked(o.Now)
		if l.Until.After(o.Now.Add(o.Settings.LockoutTime)) || locked != (l.Failures == o.Settings.MaxFailures) ||
			!locked && !l.Until.IsZero() {
			t.Errorf("%s has the lockout %+v", m.ID, l)
		}
		if len(sessions) > 4 {
			t.Errorf("%s has %d sessions", m.ID, len(sessions))
		}
		for _, session := range sessions {
			alive := session.Epoch == c.Epoch && o.Now.Before(session.Created.Add(o.Settings.SessionMaxAge)) &&
				o.Now.Before(session.Seen.Add(o.Settings.SessionIdle))
			if !alive || session.Created.After(session.Seen) || session.Seen.After(o.Now) || session.Created.Before(c.SetAt) ||
				session.Device == "" {
				t.Errorf("%s has the session %+v", m.ID, session)
			}
		}
	}
	if s.lockouts[1].Failures > 0 {
		t.Error("the demo admin is locked out of the demo")
	}
	for _, id := range []member.ID{2, 3} {
		if !s.lockouts[id].Locked(o.Now) || len(s.sessions[id]) == 0 {
			t.Errorf("%s is there to try a reset on, but has %+v and %d sessions", id, s.lockouts[id], len(s.sessions[id]))
		}
	}
}

func TestFillMakesNoTwoSessionsAlike(t *testing.T) {
	s := newMemory()
	fill(t, s, options(2000))
	seen := map[account.SessionHash]bool{{}: true}
	for _, sessions := range s.sessions {
		for _, session := range sessions {
			if seen[session.Hash] {
				t.Fatalf("the hash %x is there twice or empty", session.Hash)
			}
			seen[session.Hash] = true
		}
	}
}

func TestFillCountsWhatItStored(t *testing.T) {
	s, o := newMemory(), options(2000)
	got := fill(t, s, o)
	want := demo.Result{Admin: s.members[0], Members: len(s.members), WithSession: len(s.sessions)}
	for _, m := range s.members {
		if m.Type() == member.Email {
			want.Emails++
		} else {
			want.LoginIDs++
		}
		if m.Admin {
			want.Admins++
		}
		switch m.Status {
		case member.Inviting:
			want.Inviting++
		case member.Suspended:
			want.Suspended++
		}
		want.Sessions += len(s.sessions[m.ID])
		if l := s.lockouts[m.ID]; l.Locked(o.Now) {
			want.Locked++
		} else if l.Failures > 0 {
			want.Failures++
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got.Locked < 20 || got.Failures < 50 || got.WithSession < 400 || got.Admins < 2 {
		t.Errorf("too little to see: %+v", got)
	}
}

func TestFillIsTheSameForTheSameSeed(t *testing.T) {
	one, other := newMemory(), newMemory()
	other.rerun = true
	if a, b := fill(t, one, options(300)), fill(t, other, options(300)); !reflect.DeepEqual(a, b) {
		t.Errorf("the results differ: %+v and %+v", a, b)
	}
	if !reflect.DeepEqual(one.credentials, other.credentials) || !reflect.DeepEqual(one.lockouts, other.lockouts) ||
		!reflect.DeepEqual(one.sessions, other.sessions) {
		t.Error("the accounts differ")
	}
}

func TestFillTellsHowFarItIs(t *testing.T) {
	s, o := newMemory(), options(25_000)
	var told []int
	o.Progress = func(done int) { told = append(told, done) }
	fill(t, s, o)
	if !slices.Equal(told, []int{10_000, 20_000, 25_000}) {
		t.Errorf("progress %v", told)
	}
}

func TestFillKeepsToOtherSettings(t *testing.T) {
	s, o := newMemory(), options(1000)
	o.Settings.MaxFailures, o.Settings.LockoutTime = 1, time.Minute
	o.Settings.SessionMaxAge, o.Settings.SessionIdle = time.Hour, 2*time.Hour
	fill(t, s, o)
	for id, l := range s.lockouts {
		if l.Failures != 1 || !l.Locked(o.Now) || l.Until.After(o.Now.Add(time.Minute)) {
			t.Errorf("%s has the lockout %+v", id, l)
		}
	}
	for id, sessions := range s.sessions {
		for _, session := range sessions {
			if !o.Now.Before(session.Created.Add(time.Hour)) {
				t.Errorf("%s has a session that has ended: %+v", id, session)
			}
		}
	}
}

func TestFillReportsWhatStopsIt(t *testing.T) {
	s := newMemory()
	s.failAfter = 12_345
	result, err := demo.Fill(t.Context(), s, options(20_000))
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "number 12346") || result.Members != 0 {
		t.Errorf("got %v, with %d members said to be stored", err, result.Members)
	}
	for name, o := range map[string]demo.Options{
		"nobody":      {Count: 0, Hash: demoHash},
		"too many":    {Count: demo.MaxMembers + 1, Hash: demoHash},
		"no password": {Count: 1},
	} {
		if _, err := demo.Fill(t.Context(), newMemory(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
