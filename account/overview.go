package account

import (
	"context"
	"errors"
	"strconv"
	"time"

	"rekey/member"
)

// Overview is what an admin sees of one member's account, and what a reset would do to it.
type Overview struct {
	Member   member.Member
	Lockout  Lockout
	Sessions int       // alive
	LastSeen time.Time // of the newest of them; zero if there is none
	Reset    Reset     // the last one; its At is zero if there was none
	ResetBy  string    // the name of the admin who did it
	Token    Token     // the valid set-password token; its Serial is 0 if there is none
	Mail     Mail      // the last mail about a token; its ID is 0 if there is none
	Expires  time.Time // when a token issued now would expire
	Refusal  *Error    // why this admin cannot reset this member's password now; nil if it can be done
	Password bool      // whether the member has a password that works
	Settings Settings  // the team's
}

// Overview gathers a member's account. It refuses with CodeSignedOut, CodeNoAuthority or CodeUnknownMember.
func (s *Service) Overview(ctx context.Context, admin Admin, id member.ID) (Overview, error) {
	now := s.clock()
	var o Overview
	var stale bool
	err := s.store.View(ctx, func(r Reader) (err error) {
		if err := s.authorize(r, admin, now); err != nil {
			return err
		}
		o, err = overview(r, id, now)
		if err != nil {
			return refuseUnknown(err)
		}
		session, err := r.Session(admin.session)
		if err != nil {
			return err
		}
		stale = session.stale(o.Settings, now)
		o.Refusal = refuseReset(o.Settings, admin, o.Member)
		return nil
	})
	if err != nil {
		return Overview{}, err
	}
	if stale {
		s.touch(ctx, admin.session, now)
	}
	return o, nil
}

func overview(r Reader, id member.ID, now time.Time) (o Overview, err error) {
	if o.Member, err = r.Member(id); err != nil {
		return o, err
	}
	if o.Settings, err = r.Settings(); err != nil {
		return o, err
	}
	c, err := r.Credential(id)
	if err != nil {
		return o, err
	}
	lockout, err := r.Lockout(id)
	if err != nil {
		return o, err
	}
	o.Lockout = lockout.current(now)
	sessions, err := r.Sessions(id)
	if err != nil {
		return o, err
	}
	for _, session := range sessions {
		if session.alive(c.Epoch, o.Settings, now) {
			o.Sessions++
			if session.Seen.After(o.LastSeen) {
				o.LastSeen = session.Seen
			}
		}
	}
	o.Reset, o.Password = c.Reset, c.Hash != ""
	if c.Reset.By != 0 {
		by, err := r.Member(c.Reset.By)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return o, err
		}
		o.ResetBy = by.Name
	}
	if o.Token, err = validToken(r, o.Settings, o.Member, now); err != nil && !errors.Is(err, ErrNotFound) {
		return o, err
	}
	if c.Mail != 0 {
		if o.Mail, err = r.Mail(c.Mail); err != nil {
			return o, err
		}
	}
	o.Expires = expiry(o.Settings, o.Member, now)
	return o, nil
}

func itoa(n int) string { return strconv.Itoa(n) }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
