package account

import (
	"context"
	"errors"
	"time"

	"rekey/member"
)

// Via is how a member came to set a password, as the audit record says it.
type Via string

// The ways.
const (
	ViaWeb     Via = "web"     // the page behind a link or a QR code
	ViaKiosk   Via = "kiosk"   // a terminal on site
	ViaAccount Via = "account" // the member's own account page, with the current password
)

// errVoidCode is the one answer to codes that are used, expired, superseded, forged or never were.
var errVoidCode = &Error{CodeVoidCode, "This code does not work (any more).",
	"Codes work once and for a limited time, and a newer one replaces the ones before."}

var errSuspended = &Error{CodeSuspended, "This account is suspended at the moment.",
	"The code can be used once an admin has made the account active again."}

// Invitee is whose password a code sets.
type Invitee struct {
	Member   member.Member
	Settings Settings
	Expires  time.Time
}

// LookUp tells whose password a code sets. It changes nothing, so it can be called by anything that follows links. It
// refuses with CodeVoidCode or CodeSuspended.
func (s *Service) LookUp(ctx context.Context, code string) (Invitee, error) {
	now := s.clock()
	var in Invitee
	err := s.store.View(ctx, func(r Reader) error {
		token, m, err := s.verify(r, code, now)
		if err != nil {
			return err
		}
		set, err := r.Settings()
		in = Invitee{Member: m, Settings: set, Expires: token.Expires}
		return err
	})
	return in, err
}

// verify gives the token and the member of a code that works at the time now.
func (s *Service) verify(r Reader, code string, now time.Time) (Token, member.Member, error) {
	serial, mac, ok := ParseCode(code)
	if !ok {
		return Token{}, member.Member{}, errVoidCode
	}
	token, err := r.Token(serial)
	if errors.Is(err, ErrNotFound) {
		return Token{}, member.Member{}, errVoidCode
	}
	if err != nil {
		return Token{}, member.Member{}, err
	}
	m, err := r.Member(token.Member)
	if err != nil {
		return Token{}, m, err
	}
	set, err := r.Settings()
	if err != nil {
		return Token{}, m, err
	}
	current, err := validToken(r, m, now)
	if errors.Is(err, ErrNotFound) {
		return Token{}, m, errVoidCode
	}
	if err != nil {
		return Token{}, m, err
	}
	switch {
	case current.Serial != serial, !s.key.Verify(current, mac), set.SSO && !m.Admin:
		return Token{}, m, errVoidCode
	case m.Status == member.Suspended:
		return Token{}, m, errSuspended
	}
	return token, m, nil
}

// SetPassword sets the password of the member whom the code belongs to. In one transaction the hash is stored, the code
// used up, an invited member made active, a lockout lifted and every older session ended; unless via is ViaKiosk, the
// browser is signed in. A password that the policy refuses (CodeWeakPassword) leaves the code as it was; otherwise it
// refuses as LookUp does. Of two browsers with the same code one wins; the other is told CodeVoidCode.
func (s *Service) SetPassword(ctx context.Context, code, password string, via Via, device string) (SignedIn, error) {
	invitee, err := s.LookUp(ctx, code)
	if err != nil {
		return SignedIn{}, err
	}
	if err := CheckPassword(invitee.Settings, invitee.Member, password); err != nil {
		return SignedIn{}, err
	}
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return SignedIn{}, err
	}
	now := s.clock()
	secret, session, err := s.newSession(device, now)
	if err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err = s.store.Update(ctx, func(w Writer) error {
		token, m, err := s.verify(w, code, now)
		if err != nil {
			return err
		}
		token.Used = now
		if err := w.PutToken(token); err != nil {
			return err
		}
		if m.Status == member.Inviting {
			m.Status = member.Active
			if _, err := w.PutMember(m); err != nil {
				return err
			}
		}
		c, err := s.storePassword(w, m, hash, via, now)
		if err != nil {
			return err
		}
		in = SignedIn{Member: m}
		if via == ViaKiosk {
			return nil
		}
		in.Secret = secret
		in.session, err = s.begin(w, m, c, session)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// storePassword gives a member a new password: older sessions end, a lockout is lifted, and it is recorded.
func (s *Service) storePassword(w Writer, m member.Member, hash string, via Via, now time.Time) (Credential, error) {
	c, err := w.Credential(m.ID)
	if err != nil {
		return c, err
	}
	if err := s.supersede(w, c.Mail, now); err != nil {
		return c, err
	}
	c.Hash, c.SetAt, c.SetVia = hash, now, string(via)
	c.Epoch++
	if err := w.PutCredential(m.ID, c); err != nil {
		return c, err
	}
	if err := w.PutLockout(Lockout{Member: m.ID}); err != nil {
		return c, err
	}
	return c, s.record(w, Record{At: now, Event: EventPasswordSet, Actor: m.ID, Target: m.ID, Details: []Detail{{"via", string(via)}}})
}

// ChangePassword sets a new password for the member whose browser brings the secret, who has to know the current one.
// Every other session ends, and a link that waits becomes void. It refuses with CodeSignedOut, CodeSignInFailed when the
// current password is wrong (that counts towards the lockout, and a lock refuses the right one too) or
// CodeWeakPassword. The answer carries the secret of the new session.
func (s *Service) ChangePassword(ctx context.Context, secret, current, password string) (SignedIn, error) {
	in, err := s.Session(ctx, secret)
	if err != nil {
		return SignedIn{}, err
	}
	set, err := s.Settings(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	if err := CheckPassword(set, in.Member, password); err != nil {
		return SignedIn{}, err
	}
	again, err := s.signIn(ctx, signInAttempt{
		password: current,
		device:   in.session.Device,
		find:     func(r Reader) (member.Member, error) { return r.Member(in.Member.ID) },
		admits: func(_ Settings, m member.Member) *Error {
			if m.Status != member.Active {
				return errNoSession
			}
			return nil
		},
	})
	if err != nil {
		return SignedIn{}, err
	}
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return SignedIn{}, err
	}
	now := s.clock()
	err = s.store.Update(ctx, func(w Writer) error {
		confirmed, err := resume(w, again.Secret, now)
		if err != nil {
			return err
		}
		c, err := s.storePassword(w, confirmed.Member, hash, ViaAccount, now)
		if err != nil {
			return err
		}
		if c.Token != 0 {
			c.Token = 0
			if err := w.PutCredential(confirmed.Member.ID, c); err != nil {
				return err
			}
		}
		again.session, err = s.begin(w, confirmed.Member, c, again.session)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return again, nil
}

// requestPause is how soon after one mail a member can ask for the next: a stranger must not fill somebody's mailbox.
const requestPause = 5 * time.Minute

// RequestLink queues a set-password link for the email address member with the address, if there is one who can have a
// password: active or inviting, and with SSO an admin. The current password goes on working until the link is used. The
// answer and the work are the same whether or not somebody has the address.
func (s *Service) RequestLink(ctx context.Context, address string) error {
	now := s.clock()
	return s.store.Update(ctx, func(w Writer) error {
		set, err := w.Settings()
		if err != nil {
			return err
		}
		m, err := w.MemberByEmail(address)
		if errors.Is(err, ErrNotFound) {
			return s.record(w, Record{At: now, Event: EventLinkRequested, Details: []Detail{{"mail", "none: unknown account"}}})
		}
		if err != nil {
			return err
		}
		c, err := w.Credential(m.ID)
		if err != nil {
			return err
		}
		refuse := func(why string) error {
			return s.record(w, Record{At: now, Event: EventLinkRequested, Target: m.ID, Details: []Detail{{"mail", "none: " + why}}})
		}
		if m.Status != member.Active && m.Status != member.Inviting || set.SSO && !m.Admin {
			return refuse("no password")
		}
		if token, err := validToken(w, m, now); err == nil && now.Before(token.Issued.Add(requestPause)) {
			return refuse("asked again too soon")
		} else if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		_, mail, err := s.issue(w, set, m, &c, m.ID, now)
		if err != nil {
			return err
		}
		if err := w.PutCredential(m.ID, c); err != nil {
			return err
		}
		return s.record(w, Record{At: now, Event: EventLinkRequested, Actor: m.ID, Target: m.ID, Details: mailDetails(mail)})
	})
}
