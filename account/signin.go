package account

import (
	"context"
	"errors"
	"fmt"
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

// errSignIn is the one answer to a wrong account, a wrong password and a locked account.
var errSignIn = &Error{CodeSignInFailed, "That did not sign you in.",
	"Check what you typed. After several wrong passwords an account is locked for a while."}

var errNoAuthority = &Error{CodeNoAuthority, "Only active members with admin authority can do this.",
	"Ask an admin of your team."}

var errSignedOut = &Error{CodeSignedOut, "You have been signed out: your own account was changed meanwhile.",
	"Sign in again."}

// SignIn checks an admin's email address and password. A wrong address, a wrong password and a locked account get the
// same answer after the same work. Wrong passwords count towards the lockout; a lock refuses the right password too.
// The device names what signs in, for the member's list of sessions. SignOut ends what SignIn began.
func (s *Service) SignIn(ctx context.Context, address, password, device string) (Admin, error) {
	address = strings.TrimSpace(address)
	in, err := s.signIn(ctx, signInAttempt{
		password: password,
		device:   device,
		find:     func(r Reader) (member.Member, error) { return r.MemberByEmail(address) },
		admits: func(_ Settings, m member.Member) *Error {
			if m.Status != member.Active || !m.Admin {
				return errNoAuthority
			}
			return nil
		},
	})
	m := in.Member
	return Admin{ID: m.ID, Name: m.Name, Email: m.Email, epoch: in.session.Epoch, session: in.session}, err
}

// SignOut ends the session of an admin.
func (s *Service) SignOut(ctx context.Context, admin Admin) error {
	return s.store.Update(ctx, func(w Writer) error { return w.DeleteSession(admin.session) })
}

// Login is what a member types to sign in: an email address, or the team identification number and a login ID.
type Login struct {
	Email      string
	TeamNumber string
	LoginID    string
	Password   string
	Device     string // what the browser calls itself
}

// SignedIn is a member who has signed in, with the secret that the browser brings along from now on.
type SignedIn struct {
	Member  member.Member
	Secret  string // 256 random bits in base64url; only its hash is stored
	session Session
}

// SignInMember checks a member's login as SignIn does an admin's. With SSO only members with admin authority have a
// password to sign in with.
func (s *Service) SignInMember(ctx context.Context, login Login) (SignedIn, error) {
	return s.signIn(ctx, signInAttempt{
		password: login.Password,
		device:   login.Device,
		find:     login.find,
		admits: func(set Settings, m member.Member) *Error {
			if m.Status != member.Active || set.SSO && !m.Admin {
				return errSignIn
			}
			return nil
		},
	})
}

func (l Login) find(r Reader) (member.Member, error) {
	if l.Email != "" {
		return r.MemberByEmail(strings.TrimSpace(l.Email))
	}
	set, err := r.Settings()
	if err != nil {
		return member.Member{}, err
	}
	if strings.TrimSpace(l.TeamNumber) != set.TeamNumber {
		return member.Member{}, ErrNotFound
	}
	return r.MemberByLoginID(strings.TrimSpace(l.LoginID))
}

// signInAttempt is one try to sign in, whoever tries.
type signInAttempt struct {
	password string
	device   string
	find     func(Reader) (member.Member, error)
	admits   func(Settings, member.Member) *Error // asked only when the password is right
}

func (s *Service) signIn(ctx context.Context, try signInAttempt) (SignedIn, error) {
	now := s.clock()
	hash, err := s.hashOf(ctx, try.find)
	if err != nil {
		return SignedIn{}, err
	}
	right, err := s.hasher.Verify(ctx, hash, try.password)
	if err != nil {
		return SignedIn{}, err
	}
	secret, session, err := s.newSession(try.device, now)
	if err != nil {
		return SignedIn{}, err
	}
	var m member.Member
	var refusal *Error
	err = s.store.Update(ctx, func(w Writer) (err error) {
		attempt := settling{Writer: w, service: s, now: now}
		// The password counts only if the hash it was checked against is still the member's.
		m, refusal, err = attempt.settle(try, func(c Credential) bool { return right && c.Hash == hash })
		if err != nil || refusal != nil {
			return err
		}
		session, err = attempt.admit(m, session)
		return err
	})
	switch {
	case err != nil:
		return SignedIn{}, err
	case refusal != nil:
		return SignedIn{}, refusal
	}
	return SignedIn{Member: m, Secret: secret, session: session}, nil
}

// hashOf gives the password hash of the member whom find finds, or "" for nobody.
func (s *Service) hashOf(ctx context.Context, find func(Reader) (member.Member, error)) (string, error) {
	var hash string
	err := s.store.View(ctx, func(r Reader) error {
		m, err := find(r)
		if err != nil {
			return err
		}
		c, err := r.Credential(m.ID)
		hash = c.Hash
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return hash, err
}

// settling decides an attempt within its transaction.
type settling struct {
	Writer
	service *Service
	now     time.Time
}

// settle finds the member and either gives it or the refusal, which it records and counts.
func (a settling) settle(try signInAttempt, right func(Credential) bool) (member.Member, *Error, error) {
	m, err := try.find(a)
	if errors.Is(err, ErrNotFound) {
		// What was typed is not recorded: it may be a password in the wrong field.
		return m, errSignIn, a.refused(0, try, "unknown account")
	}
	if err != nil {
		return m, nil, err
	}
	c, err := a.Credential(m.ID)
	if err != nil {
		return m, nil, err
	}
	l, err := a.Lockout(m.ID)
	if err != nil {
		return m, nil, err
	}
	set, err := a.Settings()
	if err != nil {
		return m, nil, err
	}
	l = l.current(a.now)
	switch {
	case l.Locked(a.now):
		return m, errSignIn, a.refused(m.ID, try, "locked")
	case !right(c):
		return m, errSignIn, a.countFailure(set, m, l, try)
	}
	if refusal := try.admits(set, m); refusal != nil {
		return m, refusal, a.refused(m.ID, try, "not admitted")
	}
	return m, nil, nil
}

func (a settling) refused(id member.ID, try signInAttempt, why string) error {
	return a.service.record(a, Record{At: a.now, Event: EventSignInRefused, Target: id,
		Details: []Detail{{"device", try.device}, {"why", why}}})
}

// countFailure counts a wrong password and locks the account when it was one too many.
func (a settling) countFailure(set Settings, m member.Member, l Lockout, try signInAttempt) error {
	if err := a.refused(m.ID, try, "wrong password"); err != nil {
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
func (a settling) lockedOut(m member.Member, l Lockout) error {
	if m.Type() == member.Email {
		notice := Mail{Kind: MailLocked, Member: m.ID, To: m.Email, Created: a.now, State: MailQueued, Sending: 1, Due: a.now}
		if _, err := a.PutMail(notice); err != nil {
			return err
		}
	}
	return a.service.record(a, Record{At: a.now, Event: EventLockedOut, Target: m.ID,
		Details: []Detail{{"failures", fmt.Sprint(l.Failures)}, {"until", l.Until.UTC().Format(time.RFC3339)}}})
}

// admit clears the failures and begins the session.
func (a settling) admit(m member.Member, session Session) (Session, error) {
	c, err := a.Credential(m.ID)
	if err != nil {
		return session, err
	}
	if err := a.PutLockout(Lockout{Member: m.ID}); err != nil {
		return session, err
	}
	if session, err = a.service.begin(a, m, c, session); err != nil {
		return session, err
	}
	return session, a.service.record(a, Record{At: a.now, Event: EventSignIn, Actor: m.ID, Target: m.ID,
		Details: []Detail{{"device", session.Device}}})
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
	if c.Epoch != admin.epoch {
		return m, errSignedOut
	}
	if m.Status != member.Active || !m.Admin {
		return m, errNoAuthority
	}
	return m, nil
}
