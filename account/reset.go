package account

import (
	"context"
	"time"

	"rekey/member"
)

// ResetResult is what a committed reset did.
type ResetResult struct {
	Member           member.Member
	Reason           Reason
	Token            Serial    // of the new token
	Expires          time.Time // when it ends
	SessionsEnded    int
	LockoutCancelled bool
	Mail             Mail // for an email address member; its ID is 0 for a login ID member
}

// Reset voids one member's password. In one transaction the old password stops working, every session ends, a lockout
// is cancelled, every earlier set-password token becomes void, a new one is issued, the mail to an email address member
// is queued, and the audit record is written. Nothing has left the process when it returns: the courier sends the mail,
// SaveForm makes the form.
//
// It refuses with CodeSignedOut, CodeNoAuthority, CodeUnknownMember, CodeSelf, CodeDeleted or CodeSSO.
func (s *Service) Reset(ctx context.Context, admin Admin, id member.ID, reason Reason) (ResetResult, error) {
	if _, err := ParseReason(string(reason)); err != nil {
		return ResetResult{}, err
	}
	var result ResetResult
	err := s.asAdmin(ctx, admin, func(w Writer, set Settings, now time.Time) error {
		target, err := w.Member(id)
		if err != nil {
			return refuseUnknown(err)
		}
		if refusal := refuseReset(set, admin, target); refusal != nil {
			return refusal
		}
		result, err = s.reset(w, set, admin, target, reason, now)
		return err
	})
	return result, err
}

// refuseReset says why this admin cannot reset this member's password, or nil.
func refuseReset(set Settings, admin Admin, target member.Member) *Error {
	switch {
	case target.ID == admin.ID:
		return &Error{CodeSelf, "This is your own account.", "Change your own password from the account page instead."}
	case target.Status == member.Deleted:
		return errDeleted
	case !set.givesPassword(target):
		return &Error{CodeSSO, "The team uses single sign-on: only members with admin authority have a password.",
			"The member signs in through the single sign-on."}
	}
	return nil
}

func (s *Service) reset(w Writer, set Settings, admin Admin, target member.Member, reason Reason, now time.Time) (ResetResult, error) {
	result := ResetResult{Member: target, Reason: reason}
	c, err := w.Credential(target.ID)
	if err != nil {
		return result, err
	}
	if result.SessionsEnded, err = countSessions(w, set, target.ID, c.Epoch, now); err != nil {
		return result, err
	}
	l, err := w.Lockout(target.ID)
	if err != nil {
		return result, err
	}
	result.LockoutCancelled = l.Locked(now)
	if err := s.unlock(w, l, "reset", now); err != nil {
		return result, err
	}
	c.Hash = ""
	c.Epoch++
	c.Reset = Reset{By: admin.ID, At: now, Reason: reason}
	token, mail, err := s.issue(w, set, target, PurposeReset, &c, admin.ID, now)
	if err != nil {
		return result, err
	}
	result.Token, result.Expires, result.Mail = token.Serial, token.Expires, mail
	if err := w.PutCredential(target.ID, c); err != nil {
		return result, err
	}
	return result, s.record(w, Record{At: now, Event: EventReset, Actor: admin.ID, Target: target.ID, Details: resetDetails(result)})
}

// unlock cancels a lockout, forgets the failures, and drops the notice if it has not been sent yet. The record says by
// what the lockout ended.
func (s *Service) unlock(w Writer, l Lockout, by string, now time.Time) error {
	if err := s.supersede(w, l.Notice, now); err != nil {
		return err
	}
	if err := w.PutLockout(Lockout{Member: l.Member}); err != nil || !l.Locked(now) {
		return err
	}
	return s.record(w, Record{At: now, Event: EventLockoutEnded, Target: l.Member, Details: []Detail{{"by", by}}})
}

// issue makes the set-password token that replaces the member's earlier ones, and for an email address member queues
// the mail that brings it. To a member who has not signed up yet it is an invitation, whatever it was issued for. It
// changes c; the caller writes it.
func (s *Service) issue(w Writer, set Settings, m member.Member, purpose Purpose, c *Credential, by member.ID, now time.Time) (Token, Mail, error) {
	if err := s.supersede(w, c.Mail, now); err != nil {
		return Token{}, Mail{}, err
	}
	serial, err := w.NextSerial()
	if err != nil {
		return Token{}, Mail{}, err
	}
	if m.Status == member.Inviting {
		purpose = PurposeInvitation
	}
	token := Token{Serial: serial, Member: m.ID, Purpose: purpose, Issued: now, Expires: expiry(set, m, now), By: by}
	if err := w.PutToken(token); err != nil {
		return Token{}, Mail{}, err
	}
	c.Token, c.Mail = serial, 0
	if m.Type() == member.LoginID {
		return token, Mail{}, nil
	}
	mail := Mail{Kind: mailFor[purpose], Member: m.ID, To: m.Email, Token: serial, Created: now, State: MailQueued, Sending: 1, Due: now}
	mail.ID, err = w.PutMail(mail)
	c.Mail = mail.ID
	return token, mail, err
}

// mailFor says which mail brings a token.
var mailFor = map[Purpose]MailKind{PurposeReset: MailReset, PurposeInvitation: MailInvitation, PurposeRequest: MailRequested}

// expiry is when a token that is issued now ends: by email it lives as long as a link, on paper as long as a form.
func expiry(set Settings, m member.Member, now time.Time) time.Time {
	lifetime := set.LinkLifetime
	if m.Type() == member.LoginID {
		lifetime = set.FormLifetime
	}
	return now.Add(lifetime).Truncate(time.Second)
}

func resetDetails(r ResetResult) []Detail {
	details := []Detail{
		{"reason", string(r.Reason)},
		{"sessions_ended", itoa(r.SessionsEnded)},
		{"lockout_cancelled", yesNo(r.LockoutCancelled)},
		{"token_expires", r.Expires.UTC().Format(time.RFC3339)},
	}
	if r.Mail.ID != 0 {
		details = append(details, Detail{"mail", itoa(int(r.Mail.ID))}, Detail{"to", r.Mail.To})
	}
	return details
}

// countSessions counts the sessions that are alive.
func countSessions(r Reader, set Settings, id member.ID, epoch uint64, now time.Time) (int, error) {
	sessions, err := r.Sessions(id)
	alive := 0
	for _, session := range sessions {
		if session.alive(epoch, set, now) {
			alive++
		}
	}
	return alive, err
}
