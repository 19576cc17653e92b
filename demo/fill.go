package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rekey/account"
	"rekey/member"
)

// Options say what team Fill makes.
type Options struct {
	Count    int              // of members; at least 1
	Seed     uint64           // the same seed makes the same team
	Now      time.Time        // lockouts and sessions are made around it
	Hash     string           // of the demo password that all members share, argon2id in the PHC string format
	Settings account.Settings // whose limits the lockouts and sessions keep
	Progress func(done int)   // told now and then how many members have been written; begins anew if the store does; may be nil
}

// Result counts what Fill stored.
type Result struct {
	Admin       member.Member // the demo admin, with its ID
	Members     int
	Emails      int // email address members
	LoginIDs    int // login ID members
	Admins      int
	Inviting    int
	Suspended   int
	Locked      int // at the time Options.Now
	Failures    int // members with wrong passwords counted but no lock
	Sessions    int
	WithSession int // members who are signed in somewhere
}

// progressEvery is after how many members progress is told.
const progressEvery = 10_000

// Fill stores a made-up team: its members, their passwords (one for all), lockouts and sessions; all of it or nothing. An
// inviting member has no password, and no token is issued.
func Fill(ctx context.Context, store account.Store, o Options) (Result, error) {
	if o.Count < 1 || o.Count > MaxMembers {
		return Result{}, fmt.Errorf("a demo team has 1 to %d members, not %d", MaxMembers, o.Count)
	}
	if o.Hash == "" {
		return Result{}, errors.New("a demo team needs the hash of its password")
	}
	var stored Result
	err := store.Bulk(ctx, func(w account.Writer) error {
		stored = Result{}
		for p := range everyone(o) {
			id, err := p.put(w)
			if err != nil {
				return fmt.Errorf("storing demo member number %d: %w", stored.Members+1, err)
			}
			if stored.Members == 0 {
				stored.Admin = p.member
				stored.Admin.ID = id
			}
			stored.count(p)
			if o.Progress != nil && (stored.Members%progressEvery == 0 || stored.Members == o.Count) {
				o.Progress(stored.Members)
			}
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return stored, nil
}

func (r *Result) count(p person) {
	r.Members++
	if p.member.Type() == member.LoginID {
		r.LoginIDs++
	} else {
		r.Emails++
	}
	if p.member.Admin {
		r.Admins++
	}
	switch p.member.Status {
	case member.Inviting:
		r.Inviting++
	case member.Suspended:
		r.Suspended++
	}
	switch {
	case !p.lockout.Until.IsZero():
		r.Locked++
	case p.lockout.Failures > 0:
		r.Failures++
	}
	r.Sessions += len(p.sessions)
	if len(p.sessions) > 0 {
		r.WithSession++
	}
}
