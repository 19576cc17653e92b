package demo

import (
	"iter"
	"time"

	"rekey/account"
	"rekey/member"
)

// person is a made-up member with everything that stands around the account.
type person struct {
	member     member.Member
	credential account.Credential
	lockout    account.Lockout
	sessions   []account.Session
}

// put stores the person and gives the ID.
func (p person) put(w account.Writer) (member.ID, error) {
	id, err := w.PutMember(p.member)
	if err != nil {
		return 0, err
	}
	if err := w.PutCredential(id, p.credential); err != nil {
		return 0, err
	}
	if p.lockout.Failures > 0 {
		p.lockout.Member = id
		if err := w.PutLockout(p.lockout); err != nil {
			return 0, err
		}
	}
	for _, session := range p.sessions {
		session.Member = id
		if err := w.PutSession(session); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// Shares of the active members, in percent.
const (
	shareLocked   = 3
	shareFailures = 6
	shareSignedIn = 35
)

// The second and the third member are always locked and signed in: one of each type to try a reset on.
const (
	firstToTry = 2
	lastToTry  = 3
)

// everyone gives the members of the team with their accounts.
func everyone(o Options) iter.Seq[person] {
	return func(yield func(person) bool) {
		a := accounts{newRandom(o.Seed, streamAccounts), o}
		number := 0
		for m := range Members(o.Count, o.Seed) {
			number++
			if !yield(a.person(number, m)) {
				return
			}
		}
	}
}

// accounts makes up what stands around the members.
type accounts struct {
	random
	Options
}

func (a accounts) person(number int, m member.Member) person {
	p := person{member: m}
	if m.Status == member.Inviting {
		return p
	}
	const day = 24 * time.Hour
	p.credential = account.Credential{
		Hash:   a.Hash,
		Epoch:  uint64(a.below(4)),
		SetAt:  a.Now.Add(-a.between(a.Settings.SessionMaxAge, a.Settings.SessionMaxAge+700*day)),
		SetVia: "demo",
	}
	toTry := number >= firstToTry && number <= lastToTry
	if m.Status != member.Active {
		return p
	}
	if number > 1 {
		p.lockout = a.lockout(toTry)
	}
	if toTry || a.percent(shareSignedIn) {
		for range 1 + a.below(4) {
			p.sessions = append(p.sessions, a.session(p.credential.Epoch))
		}
	}
	return p
}

// lockout makes a lock with time left, a few wrong passwords, or, mostly, neither.
func (a accounts) lockout(certain bool) account.Lockout {
	n := a.below(100)
	switch {
	case certain || n < shareLocked:
		left := a.between(a.Settings.LockoutTime/2, a.Settings.LockoutTime)
		return account.Lockout{Failures: a.Settings.MaxFailures, Until: a.Now.Add(left)}
	case n < shareLocked+shareFailures && a.Settings.MaxFailures > 1:
		return account.Lockout{Failures: 1 + a.below(a.Settings.MaxFailures-1)}
	}
	return account.Lockout{}
}

var devices = []string{
	"Chrome on Windows", "Edge on Windows", "Firefox on Linux", "Safari on Mac", "Safari on iPhone", "Chrome on Android", "Safari on iPad",
}

// session makes a session that is alive. Nobody knows a secret that has its hash, so nobody can use it.
func (a accounts) session(epoch uint64) account.Session {
	set := a.Settings
	seen := a.Now.Add(-a.between(0, min(set.SessionIdle, set.SessionMaxAge)))
	s := account.Session{
		Epoch:   epoch,
		Device:  pick(a.random, devices),
		Seen:    seen,
		Created: seen.Add(-a.between(0, set.SessionMaxAge-a.Now.Sub(seen))),
	}
	a.fill(s.Hash[:])
	return s
}
