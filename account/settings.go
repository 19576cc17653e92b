package account

import (
	"fmt"
	"time"

	"rekey/member"
)

// Settings are the team's; they stand in the store, so that every process shares them.
type Settings struct {
	ProductName   string
	TeamName      string
	TeamNumber    string // the team identification number that login ID members sign in with
	Sender        string // the From address of every mail
	LinkLifetime  time.Duration
	FormLifetime  time.Duration
	MaxFailures   int           // wrong passwords until the account is locked; at least 1
	LockoutTime   time.Duration // how long a lockout lasts; at least a minute: lockout cannot be turned off
	MinPassword   int           // characters; NIST SP 800-63B asks for 8 at least
	MaxPassword   int           // characters; NIST SP 800-63B asks for 64 at least
	SSO           bool          // single sign-on: only members with admin authority have a password
	SessionMaxAge time.Duration // a session ends at this age, used or not
	SessionIdle   time.Duration // a session ends when it was not used for so long
}

// DefaultSettings are those of a new installation. The lifetimes are the spans of NIST SP 800-63B for recovery codes
// sent by email (24 hours) and by post (21 days).
func DefaultSettings() Settings {
	return Settings{
		ProductName:   "Unipos",
		Sender:        "no-reply@mail.unipos.me",
		LinkLifetime:  24 * time.Hour,
		FormLifetime:  21 * 24 * time.Hour,
		MaxFailures:   10,
		LockoutTime:   15 * time.Minute,
		MinPassword:   8,
		MaxPassword:   256,
		SessionMaxAge: 14 * 24 * time.Hour,
		SessionIdle:   24 * time.Hour,
	}
}

// Validate refuses, with CodeInvalid, settings with which accounts would not be safe or the program could not work.
func (s Settings) Validate() error {
	refuse := func(format string, args ...any) error {
		return &Error{CodeInvalid, fmt.Sprintf(format, args...), "Correct the setting."}
	}
	switch {
	case s.ProductName == "":
		return refuse("The product needs a name.")
	case member.CheckEmail(s.Sender) != "":
		return refuse("The sender's address cannot be used: %s.", member.CheckEmail(s.Sender))
	case s.LinkLifetime < time.Minute || s.FormLifetime < time.Minute:
		return refuse("Links and forms have to be valid for a minute at least.")
	case s.MaxFailures < 1:
		return refuse("An account has to be locked after some number of failures: lockout cannot be turned off.")
	case s.LockoutTime < time.Minute:
		return refuse("A lockout has to last a minute at least: it cannot be turned off.")
	case s.MinPassword < 8 || s.MaxPassword < 64 || s.MinPassword > s.MaxPassword:
		return refuse("Passwords need at least 8 characters, and 64 at least have to be allowed.")
	case s.SessionMaxAge < time.Minute || s.SessionIdle < time.Minute:
		return refuse("Sessions have to last a minute at least.")
	}
	return nil
}

// givesPassword reports whether the member can have a password: with SSO only members with admin authority can.
func (s Settings) givesPassword(m member.Member) bool { return !s.SSO || m.Admin }
