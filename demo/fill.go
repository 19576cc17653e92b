package demo

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
	Progress func(done int)   // told after each batch how many members are stored; may be nil
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

// batch is how many members are stored in one transaction: more at one time make a store on disk slower, not faster.
const batch = 10_000

// Fill stores a made-up team: its members, their passwords (one for all), lockouts and sessions. An inviting member has
// no password, and no token is issued. It stores in batches, so an error can leave part of the team behind.
func Fill(ctx context.Context, store account.Store, o Options) (Result, error) {
	if o.Count < 1 || o.Count > MaxMembers {
		return Result{}, fmt.Errorf("a demo team has 1 to %d members, not %d", MaxMembers, o.Count)
	}
	if o.Hash == "" {
		return Result{}, errors.New("a demo team needs the hash of its password")
	}
	var result Result
	for people := range batches(everyone(o)) {
		var admin member.ID
		err := store.Bulk(ctx, func(w account.Writer) error {
			for i, p := range people {
				id, err := p.put(w)
				if err != nil {
					return err
				}
				if i == 0 {
					admin = id
				}
			}
			return nil
		})
		if err != nil {
			return result, fmt.Errorf("storing demo members from number %d: %w", result.Members+1, err)
		}
		if result.Members == 0 {
			result.Admin = people[0].member
			result.Admin.ID = admin
		}
		for _, p := range people {
			result.count(p)
		}
		if o.Progress != nil {
			o.Progress(result.Members)
		}
	}
	return result, nil
}

// batches gives the people in slices of at most batch. Each slice is valid until the next.
func batches(people iter.Seq[person]) iter.Seq[[]person] {
	return func(yield func([]person) bool) {
		pending := make([]person, 0, batch)
		for p := range people {
			pending = append(pending, p)
			if len(pending) == batch {
				if !yield(pending) {
					return
				}
				pending = pending[:0]
			}
		}
		if len(pending) > 0 {
			yield(pending)
		}
	}
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
