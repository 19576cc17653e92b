package account

import (
	"context"
	"errors"
	"strings"
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

	ViaInstallation Via = "installation" // the first admin's, when the store was made
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
		set, err := r.Settings()
		if err != nil {
			return err
		}
		token, m, err := s.verify(r, set, code, now)
		in = Invitee{Member: m, Settings: set, Expires: token.Expires}
		return err
	})
	if err != nil {
		return Invitee{}, err
	}
	return in, nil
}

// verify gives the token and the member of a code that works at the time now.
func (s *Service) verify(r Reader, set Settings, code string, now time.Time) (Token, member.Member, error) {
	serial, mac, ok := ParseCode(code)
	if !ok {
		return Token{}, member.Member{}, errVoidCode
	}
	issued, err := r.Token(serial)
	if err != nil {
		return Token{}, member.Member{}, voidIfNotFound(err)
	}
	m, err := r.Member(issued.Member)
	if err != nil {
		return Token{}, m, err
	}
	token, err := validToken(r, set, m, now)
	switch {
	case err != nil:
		return Token{}, m, voidIfNotFound(err)
	case token.Serial != serial || !s.key.Verify(token, mac):
		return Token{}, m, errVoidCode
	case m.Status == member.Suspended:
		return Token{}, m, errSuspended
	}
	return token, m, nil
}

func voidIfNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return errVoidCode
	}
	return err
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
	secret, session, err := s.newSession(deviceName(device), now)
	if err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err = s.store.Update(ctx, func(w Writer) error {
		set, err := w.Settings()
		if err != nil {
			return err
		}
		token, m, err := s.verify(w, set, code, now)
		if err != nil {
			return err
		}
		token.Used = now
		if err := w.PutToken(token); err != nil {
			return err
		}
		in = SignedIn{Member: m}
		c, err := s.storePassword(w, &in.Member, hash, via, now)
		if err != nil || via == ViaKiosk {
			return err
		}
		in.Secret = secret
		in.session, err = s.begin(w, set, in.Member, c, session)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

// storePassword gives a member a new password: an invited one becomes active, older sessions end, a lockout is lifted, a
// link that waits is void, and it is recorded.
func (s *Service) storePassword(w Writer, m *member.Member, hash string, via Via, now time.Time) (Credential, error) {
	rec := Record{At: now, Event: EventPasswordSet, Actor: m.ID, Target: m.ID, Details: []Detail{{"via", string(via)}}}
	if via != ViaAccount { // with a code, then
		rec.Details = append(rec.Details, Detail{"code", broughtBy(*m)})
	}
	if m.Status == member.Inviting {
		m.Status = member.Active
		if _, err := w.PutMember(*m); err != nil {
			return Credential{}, err
		}
		rec.Details = append(rec.Details, Detail{"activated", yesNo(true)})
	}
	c, err := w.Credential(m.ID)
	if err != nil {
		return c, err
	}
	if err := s.supersede(w, c.Mail, now); err != nil {
		return c, err
	}
	c.Hash, c.SetAt, c.SetVia, c.Token = hash, now, via, 0
	c.Epoch++
	if err := w.PutCredential(m.ID, c); err != nil {
		return c, err
	}
	l, err := w.Lockout(m.ID)
	if err != nil {
		return c, err
	}
	if err := s.unlock(w, l, "password_set", now); err != nil {
		return c, err
	}
	return c, s.record(w, rec)
}

// broughtBy says what brings a member the code, as the audit record says it.
func broughtBy(m member.Member) string {
	if m.Type() == member.LoginID {
		return "form"
	}
	return "link"
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
	try := signInAttempt{
		password: current,
		device:   in.session.Device,
		find:     func(r Reader) (member.Member, error) { return r.Member(in.Member.ID) },
		admits:   func(Settings, member.Member) *Error { return nil },
	}
	proof, err := s.prove(ctx, try)
	if err != nil {
		return SignedIn{}, err
	}
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return SignedIn{}, err
	}
	now := s.clock()
	next, session, err := s.newSession(try.device, now)
	if err != nil {
		return SignedIn{}, err
	}
	changed := SignedIn{Secret: next}
	var refusal *Error
	err = s.store.Update(ctx, func(w Writer) error {
		if _, err := resume(w, set, secret, now); err != nil {
			return err
		}
		attempt := settling{Writer: w, service: s, now: now, try: try, proof: proof}
		changed.Member, refusal, err = attempt.settle()
		if err != nil || refusal != nil {
			return err
		}
		c, err := s.storePassword(w, &changed.Member, hash, ViaAccount, now)
		if err != nil {
			return err
		}
		changed.session, err = s.begin(w, set, changed.Member, c, session)
		return err
	})
	switch {
	case errors.Is(err, errHashChanged):
		return SignedIn{}, errSignIn
	case err != nil:
		return SignedIn{}, err
	case refusal != nil:
		return SignedIn{}, refusal
	}
	return changed, nil
}

// requestPause is how soon after one mail a member can ask for the next. It doubles from mail to mail with the same
// link: a stranger must not fill somebody's mailbox.
const requestPause = 5 * time.Minute

// RequestLink has a set-password link mailed to the email address member with the address, if there is one who can have
// a password: active or inviting, and with SSO an admin. A link that is still valid is mailed again, so that a stranger
// who asks does not void the one in the member's hands. The current password goes on working until the link is used.
//
// The answer is the same whether or not somebody has the address; the time is not, so a caller that answers a stranger
// answers before it calls.
func (s *Service) RequestLink(ctx context.Context, address string) error {
	now := s.clock()
	address = strings.TrimSpace(address)
	return s.store.Update(ctx, func(w Writer) error {
		m, err := w.MemberByEmail(address)
		if errors.Is(err, ErrNotFound) {
			return s.record(w, Record{At: now, Event: EventLinkRequested, Details: []Detail{{"mail", "none: unknown account"}}})
		}
		if err != nil {
			return err
		}
		rec := Record{At: now, Event: EventLinkRequested, Target: m.ID}
		mail, none, err := s.mailLink(w, m, now)
		switch {
		case err != nil:
			return err
		case none != "":
			rec.Details = []Detail{{"mail", "none: " + none}}
		default:
			rec.Actor, rec.Details = m.ID, mailDetails(mail)
		}
		return s.record(w, rec)
	})
}

// mailLink queues a valid link for the member, or says why not.
func (s *Service) mailLink(w Writer, m member.Member, now time.Time) (mail Mail, none string, err error) {
	set, err := w.Settings()
	if err != nil {
		return mail, "", err
	}
	if m.Status != member.Active && m.Status != member.Inviting || !set.givesPassword(m) {
		return mail, "no password", nil
	}
	c, err := w.Credential(m.ID)
	if err != nil {
		return mail, "", err
	}
	_, err = validToken(w, set, m, now)
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && c.Mail == 0:
		if _, mail, err = s.issue(w, set, m, PurposeRequest, &c, m.ID, now); err != nil {
			return mail, "", err
		}
		return mail, "", w.PutCredential(m.ID, c)
	case err != nil:
		return mail, "", err
	}
	if mail, err = w.Mail(c.Mail); err != nil {
		return mail, "", err
	}
	if mail.State == MailQueued || now.Before(mail.Done.Add(requestPause<<min(mail.Sending-1, 8))) {
		return mail, "asked again too soon", nil
	}
	mail, err = requeue(w, mail, now)
	return mail, "", err
}
