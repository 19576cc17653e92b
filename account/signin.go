package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"rekey/member"
)

// Admin is a signed-in admin. Only SignIn makes one; every operation checks it again, so that an admin who was reset,
// suspended or relieved meanwhile is out at once.
type Admin struct {
	ID      member.ID
	Name    string
	Email   string
	epoch   uint64
	session Session
}

// errSignIn is the one answer to a wrong address, a wrong password and a locked account.
var errSignIn = &Error{CodeSignInFailed, "That did not sign you in.",
	"Check the email address and the password. After several wrong passwords an account is locked for a while."}

var errNoAuthority = &Error{CodeNoAuthority, "Only active members with admin authority can do this.",
	"Ask an admin of your team."}

var errSignedOut = &Error{CodeSignedOut, "You have been signed out: your own account was changed meanwhile.",
	"Sign in again."}

// SignIn checks an admin's email address and password. A wrong address, a wrong password and a locked account get the
// same answer after the same work. Wrong passwords count towards the lockout; a lock refuses the right password too.
// The device names what signs in, for the member's list of sessions. SignOut ends what SignIn began.
func (s *Service) SignIn(ctx context.Context, address, password, device string) (Admin, error) {
	now := s.clock()
	address = strings.TrimSpace(address)
	var hash string
	err := s.store.View(ctx, func(r Reader) error {
		m, err := r.MemberByEmail(address)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		c, err := r.Credential(m.ID)
		hash = c.Hash
		return err
	})
	if err != nil {
		return Admin{}, err
	}
	right, err := s.hasher.Verify(ctx, hash, password)
	if err != nil {
		return Admin{}, err
	}
	session, err := s.newSession(device, now)
	if err != nil {
		return Admin{}, err
	}
	var admin Admin
	var refusal *Error
	err = s.store.Update(ctx, func(w Writer) error {
		attempt := signIn{Writer: w, service: s, now: now, session: session}
		admin, refusal, err = attempt.settle(address, hash, right)
		return err
	})
	switch {
	case err != nil:
		return Admin{}, err
	case refusal != nil:
		return Admin{}, refusal
	}
	return admin, nil
}

// SignOut ends the session of an admin.
func (s *Service) SignOut(ctx context.Context, admin Admin) error {
	return s.store.Update(ctx, func(w Writer) error { return w.DeleteSession(admin.session) })
}

// signIn is one attempt within its transaction.
type signIn struct {
	Writer
	service *Service
	now     time.Time
	session Session
}

// settle decides the attempt and records it. right says whether the password fits hash; it counts only if that is
// still the member's.
func (a signIn) settle(address, hash string, right bool) (Admin, *Error, error) {
	m, err := a.MemberByEmail(address)
	if errors.Is(err, ErrNotFound) {
		// What was typed is not recorded: it may be a password in the wrong field.
		return Admin{}, errSignIn, a.refused(0, "unknown address")
	}
	if err != nil {
		return Admin{}, nil, err
	}
	c, err := a.Credential(m.ID)
	if err != nil {
		return Admin{}, nil, err
	}
	l, err := a.Lockout(m.ID)
	if err != nil {
		return Admin{}, nil, err
	}
	l = l.current(a.now)
	switch {
	case l.Locked(a.now):
		return Admin{}, errSignIn, a.refused(m.ID, "locked")
	case !right || c.Hash != hash:
		return Admin{}, errSignIn, a.countFailure(m, l)
	case m.Status != member.Active || !m.Admin:
		return Admin{}, errNoAuthority, a.refused(m.ID, "no admin authority")
	}
	return a.admit(m, c)
}

func (a signIn) refused(id member.ID, why string) error {
	return a.service.record(a, Record{At: a.now, Event: EventSignInRefused, Target: id, Details: []Detail{{"why", why}}})
}

// countFailure counts a wrong password and locks the account when it was one too many.
func (a signIn) countFailure(m member.Member, l Lockout) error {
	if err := a.refused(m.ID, "wrong password"); err != nil {
		return err
	}
	set, err := a.Settings()
	if err != nil {
		return err
	}
	l.Member = m.ID
	l.Failures++
	if l.Failures >= set.MaxFailures {
		l.Until = a.now.Add(set.LockoutTime)
		if err := a.lockedOut(m, l); err != nil {
			return err
		}
	}
	return a.PutLockout(l)
}

// lockedOut records a lockout and has the member told, if there is an address to tell it to.
func (a signIn) lockedOut(m member.Member, l Lockout) error {
	if m.Type() == member.Email {
		notice := Mail{Kind: MailLocked, Member: m.ID, To: m.Email, Created: a.now, State: MailQueued, Sending: 1, Due: a.now}
		if _, err := a.PutMail(notice); err != nil {
			return err
		}
	}
	return a.service.record(a, Record{At: a.now, Event: EventLockedOut, Target: m.ID,
		Details: []Detail{{"failures", fmt.Sprint(l.Failures)}, {"until", l.Until.UTC().Format(time.RFC3339)}}})
}

func (a signIn) admit(m member.Member, c Credential) (Admin, *Error, error) {
	if err := a.PutLockout(Lockout{Member: m.ID}); err != nil {
		return Admin{}, nil, err
	}
	session := a.session
	session.Member, session.Epoch = m.ID, c.Epoch
	if err := a.PutSession(session); err != nil {
		return Admin{}, nil, err
	}
	err := a.service.record(a, Record{At: a.now, Event: EventSignIn, Actor: m.ID, Target: m.ID,
		Details: []Detail{{"device", session.Device}}})
	return Admin{ID: m.ID, Name: m.Name, Email: m.Email, epoch: c.Epoch, session: session}, nil, err
}

func (s *Service) newSession(device string, now time.Time) (Session, error) {
	var secret [32]byte
	if _, err := io.ReadFull(s.random, secret[:]); err != nil {
		return Session{}, fmt.Errorf("drawing a session's secret: %w", err)
	}
	return Session{Hash: sha256.Sum256(secret[:]), Device: device, Created: now, Seen: now}, nil
}

// authorize gives the admin's own record, or refuses: every operation of an admin starts with it, in its transaction.
func authorize(r Reader, admin Admin) (member.Member, error) {
	m, err := r.Member(admin.ID)
	if errors.Is(err, ErrNotFound) {
		return m, errSignedOut
	}
	if err != nil {
		return m, err
	}
	c, err := r.Credential(admin.ID)
	if err != nil {
		return m, err
	}
	if admin.ID == 0 || c.Epoch != admin.epoch {
		return m, errSignedOut
	}
	if m.Status != member.Active || !m.Admin {
		return m, errNoAuthority
	}
	return m, nil
}
