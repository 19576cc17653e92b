package account

import (
	"context"
	"errors"
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
	session SessionHash
}

// errSignIn is the one answer to a wrong account, a wrong password and a locked account.
var errSignIn = &Error{CodeSignInFailed, "That did not sign you in.",
	"Check what you typed. After several wrong passwords an account is locked for a while."}

var errNoAuthority = &Error{CodeNoAuthority, "Only active members with admin authority can do this.",
	"Ask an admin of your team."}

var errSignedOut = &Error{CodeSignedOut, "You have been signed out: your session ran out, or your own account was changed.",
	"Sign in again."}

// SignIn checks an admin's email address and password. A wrong address, a wrong password and a locked account get the
// same answer after the same work (but for an account whose hash is of cheaper days, until its next sign-in). Wrong
// passwords count towards the lockout; a lock refuses the right password too.
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
	return Admin{ID: m.ID, Name: m.Name, Email: m.Email, session: in.session.Hash}, err
}

// Unlock checks the password of an admin whose console has locked itself; the session goes on. Wrong passwords count
// towards the lockout, as in SignIn. It refuses with CodeSignInFailed, or with CodeSignedOut or CodeNoAuthority when there
// is no session to go on with.
func (s *Service) Unlock(ctx context.Context, admin Admin, password string) error {
	try := signInAttempt{
		password: password,
		find:     func(r Reader) (member.Member, error) { return r.Member(admin.ID) },
		admits:   func(Settings, member.Member) *Error { return nil }, // authorize has looked
	}
	now := s.clock()
	proof, err := s.prove(ctx, try)
	if err != nil {
		return err
	}
	var refusal *Error
	err = s.store.Update(ctx, func(w Writer) error {
		session, err := w.Session(admin.session)
		if errors.Is(err, ErrNotFound) {
			return errSignedOut
		}
		if err != nil {
			return err
		}
		if err := s.authorize(w, admin, now); err != nil {
			return err
		}
		try.device = session.Device
		attempt := settling{Writer: w, service: s, now: now, try: try, proof: proof}
		_, refusal, err = attempt.settle()
		if err != nil || refusal != nil {
			return err
		}
		l, err := w.Lockout(admin.ID)
		if err != nil {
			return err
		}
		if err := attempt.forget(l); err != nil {
			return err
		}
		return s.record(w, Record{At: now, Event: EventUnlocked, Actor: admin.ID, Target: admin.ID, Details: []Detail{{"device", session.Device}}})
	})
	switch {
	case errors.Is(err, errHashChanged):
		return errSignIn
	case err != nil:
		return err
	case refusal != nil:
		return refusal
	}
	return nil
}

// SignOut ends the session of an admin.
func (s *Service) SignOut(ctx context.Context, admin Admin) error { return s.end(ctx, admin.session) }

// Login is what a member types to sign in: an email address, or the team identification number and a login ID.
type Login struct {
	Email      string
	TeamNumber string
	LoginID    string
	Password   string
	Device     string // what the browser calls itself
}

// String keeps the password out of logs.
func (l Login) String() string { return "login" }

// SignedIn is a member who has signed in, with the secret that the browser brings along from now on.
type SignedIn struct {
	Member  member.Member
	Secret  string // 256 random bits in base64url; only its hash is stored
	session Session
}

// String keeps the secret out of logs.
func (in SignedIn) String() string { return "session of " + in.Member.ID.String() }

// SignInMember checks a member's login as SignIn does an admin's. With SSO only members with admin authority have a
// password to sign in with.
func (s *Service) SignInMember(ctx context.Context, login Login) (SignedIn, error) {
	return s.signIn(ctx, signInAttempt{
		password: login.Password,
		device:   login.Device,
		find:     login.find,
		admits: func(set Settings, m member.Member) *Error {
			if m.Status != member.Active || !set.givesPassword(m) {
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
	try.device = deviceName(try.device)
	in, err := s.signInOnce(ctx, try)
	if errors.Is(err, errHashChanged) {
		in, err = s.signInOnce(ctx, try)
	}
	if errors.Is(err, errHashChanged) {
		return SignedIn{}, errSignIn
	}
	return in, err
}

// errHashChanged says that the member's hash has changed since the password was checked against it: by a reset, or by
// another sign-in that raised it to today's costs. Neither makes the password a wrong one.
var errHashChanged = errors.New("the hash has changed since")

func (s *Service) signInOnce(ctx context.Context, try signInAttempt) (SignedIn, error) {
	now := s.clock()
	proof, err := s.prove(ctx, try)
	if err != nil {
		return SignedIn{}, err
	}
	secret, session, err := s.newSession(try.device, now)
	if err != nil {
		return SignedIn{}, err
	}
	in := SignedIn{Secret: secret}
	var refusal *Error
	err = s.store.Update(ctx, func(w Writer) (err error) {
		attempt := settling{Writer: w, service: s, now: now, try: try, proof: proof}
		in.Member, refusal, err = attempt.settle()
		if err != nil || refusal != nil {
			return err
		}
		in.session, err = attempt.admit(in.Member, session)
		return err
	})
	switch {
	case err != nil:
		return SignedIn{}, err
	case refusal != nil:
		return SignedIn{}, refusal
	}
	return in, nil
}

// proof is what was found out about a password before the transaction, because it takes long.
type proof struct {
	hash  string // the member's, which the password was checked against
	right bool
	newer string // the password's hash at today's costs, where hash is of cheaper days
}

// prove checks a password. For nobody, and for members without a password, it takes as long as for others.
func (s *Service) prove(ctx context.Context, try signInAttempt) (proof, error) {
	hash, err := s.hashOf(ctx, try.find)
	if err != nil {
		return proof{}, err
	}
	p := proof{hash: hash}
	if p.right, err = s.hasher.Verify(ctx, hash, try.password); err != nil {
		return proof{}, err
	}
	if p.right && s.hasher.Outdated(hash) {
		p.newer, err = s.hasher.Hash(ctx, try.password)
	}
	return p, err
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
	try     signInAttempt
	proof   proof
}

// settle finds the member and either gives it or the refusal, which it records and counts. It answers errHashChanged
// when the proof is out of date.
func (a settling) settle() (member.Member, *Error, error) {
	m, err := a.try.find(a)
	if errors.Is(err, ErrNotFound) {
		// What was typed is not recorded: it may be a password in the wrong field.
		return m, errSignIn, a.refused(0, "unknown account")
	}
	if err != nil {
		return m, nil, err
	}
	set, err := a.Settings()
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
	switch {
	case c.Hash == "" || !set.givesPassword(m):
		// There is nothing to be guessed, so nothing is counted.
		return m, errSignIn, a.refused(m.ID, "no password")
	case l.Locked(a.now):
		return m, errSignIn, a.refused(m.ID, "locked")
	case a.proof.hash != c.Hash:
		return m, nil, errHashChanged
	case !a.proof.right:
		return m, errSignIn, a.countFailure(set, m, l)
	}
	if refusal := a.try.admits(set, m); refusal != nil {
		return m, refusal, a.refused(m.ID, "not admitted")
	}
	return m, nil, nil
}

// forget clears a member's failures. A lockout that has run out is recorded as ended.
func (a settling) forget(l Lockout) error {
	if err := a.recordEnd(l); err != nil {
		return err
	}
	return a.PutLockout(Lockout{Member: l.Member})
}

// recordEnd records that a lockout has run out, at the first sign-in after its time.
func (a settling) recordEnd(l Lockout) error {
	if l.Until.IsZero() || l.Locked(a.now) {
		return nil
	}
	return a.service.record(a, Record{At: a.now, Event: EventLockoutEnded, Target: l.Member,
		Details: []Detail{{"by", "time"}, {"at", l.Until.UTC().Format(time.RFC3339)}}})
}

func (a settling) refused(id member.ID, why string) error {
	return a.service.record(a, Record{At: a.now, Event: EventSignInRefused, Target: id,
		Details: []Detail{{"device", a.try.device}, {"why", why}}})
}

// countFailure counts a wrong password and locks the account when it was one too many.
func (a settling) countFailure(set Settings, m member.Member, l Lockout) error {
	if err := a.refused(m.ID, "wrong password"); err != nil {
		return err
	}
	if err := a.recordEnd(l); err != nil {
		return err
	}
	l = l.current(a.now)
	l.Member = m.ID
	l.Failures++
	if l.Failures >= set.MaxFailures {
		l.Until = a.now.Add(set.LockoutTime)
		var err error
		if l.Notice, err = a.lockedOut(m, l); err != nil {
			return err
		}
	}
	return a.PutLockout(l)
}

// lockedOut records a lockout and has the member told, if there is an address to tell it to. A notice of an earlier
// lockout that still waits would only say the same.
func (a settling) lockedOut(m member.Member, l Lockout) (notice MailID, err error) {
	if m.Type() == member.Email {
		if err := a.service.supersede(a, l.Notice, a.now); err != nil {
			return 0, err
		}
		notice, err = a.PutMail(Mail{Kind: MailLocked, Member: m.ID, To: m.Email, Created: a.now, State: MailQueued,
			Sending: 1, Due: a.now, Until: l.Until})
		if err != nil {
			return 0, err
		}
	}
	return notice, a.service.record(a, Record{At: a.now, Event: EventLockedOut, Target: m.ID,
		Details: []Detail{{"failures", itoa(l.Failures)}, {"until", l.Until.UTC().Format(time.RFC3339)}}})
}

// admit clears the failures, raises a hash of cheaper days to today's costs, and begins the session.
func (a settling) admit(m member.Member, session Session) (Session, error) {
	set, err := a.Settings()
	if err != nil {
		return session, err
	}
	c, err := a.Credential(m.ID)
	if err != nil {
		return session, err
	}
	if a.proof.newer != "" {
		c.Hash = a.proof.newer
		if err := a.PutCredential(m.ID, c); err != nil {
			return session, err
		}
	}
	l, err := a.Lockout(m.ID)
	if err != nil {
		return session, err
	}
	if err := a.forget(l); err != nil {
		return session, err
	}
	if session, err = a.service.begin(a, set, m, c, session); err != nil {
		return session, err
	}
	return session, a.service.record(a, Record{At: a.now, Event: EventSignIn, Actor: m.ID, Target: m.ID,
		Details: []Detail{{"device", session.Device}}})
}

// asAdmin runs what an admin does, in one transaction: with the team's settings, at one time, and only if the admin may.
func (s *Service) asAdmin(ctx context.Context, admin Admin, do func(Writer, Settings, time.Time) error) error {
	now := s.clock()
	return s.store.Update(ctx, func(w Writer) error {
		if err := s.authorize(w, admin, now); err != nil {
			return err
		}
		set, err := w.Settings()
		if err != nil {
			return err
		}
		return do(w, set, now)
	})
}

// authorize refuses an admin whose session has ended or whose authority is gone: every operation of an admin starts with
// it, in its transaction.
func (s *Service) authorize(r Reader, admin Admin, now time.Time) error {
	session, err := r.Session(admin.session)
	if errors.Is(err, ErrNotFound) {
		return errSignedOut
	}
	if err != nil {
		return err
	}
	m, err := r.Member(admin.ID)
	if err != nil {
		return err
	}
	c, err := r.Credential(admin.ID)
	if err != nil {
		return err
	}
	set, err := r.Settings()
	if err != nil {
		return err
	}
	switch {
	case session.Member != admin.ID || !session.alive(c.Epoch, set, now):
		return errSignedOut
	case m.Status != member.Active || !m.Admin:
		return errNoAuthority
	}
	return nil
}
