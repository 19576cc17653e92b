package account

import (
	"time"

	"rekey/member"
)

// Credential is what a member signs in with, apart from who the member is: members are listed without it.
type Credential struct {
	Hash   string // argon2id in the PHC string format; empty: no password works
	Epoch  uint64 // sessions of an earlier epoch have ended
	Token  Serial // the one token that may be valid; 0: none. Every earlier one is void
	Mail   MailID // the last mail about a token; 0: none
	Reset  Reset  // the last reset; its At is zero if there was none
	SetAt  time.Time
	SetVia Via // how the password was set last; empty: none was
}

// Reset says who reset a password, when and why.
type Reset struct {
	By     member.ID
	At     time.Time
	Reason Reason
}

// Reason is why an admin resets a password.
type Reason string

// The reasons, as they stand in the audit record and on the command line.
const (
	ReasonForgot  Reason = "forgot"  // the member forgot the password
	ReasonProtect Reason = "protect" // the account needs protecting
	ReasonLockout Reason = "lockout" // an account lockout is to be cancelled
)

// Reasons lists them in the order in which they are offered.
func Reasons() []Reason { return []Reason{ReasonForgot, ReasonProtect, ReasonLockout} }

// Sentence says the reason to a person.
func (r Reason) Sentence() string {
	switch r {
	case ReasonForgot:
		return "The member forgot the password"
	case ReasonProtect:
		return "The account needs protecting"
	case ReasonLockout:
		return "An account lockout is to be cancelled"
	}
	return string(r)
}

// ParseReason reads a reason as the command line gives it.
func ParseReason(s string) (Reason, error) {
	switch r := Reason(s); r {
	case ReasonForgot, ReasonProtect, ReasonLockout:
		return r, nil
	}
	return "", &Error{CodeInvalid, "The reason has to be forgot, protect or lockout.", "Give one of them with --reason."}
}

// Lockout counts the wrong passwords of a member and says until when the account is locked.
type Lockout struct {
	Member   member.ID
	Failures int
	Until    time.Time // zero while the account is not locked
	Notice   MailID    // the mail that tells the member of the last lock; 0: none
}

// Locked reports whether the lock holds at the time now.
func (l Lockout) Locked(now time.Time) bool { return now.Before(l.Until) }

// current is the lockout at the time now: a lock that has run out takes the failures with it.
func (l Lockout) current(now time.Time) Lockout {
	if !l.Until.IsZero() && !l.Locked(now) {
		return Lockout{Member: l.Member, Notice: l.Notice}
	}
	return l
}
