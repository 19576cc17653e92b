package account

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rekey/member"
)

// Settings are the team's; they stand in the store, so that every process shares them.
type Settings struct {
	ProductName   string
	TeamName      string
	TeamNumber    string // the team identification number that login ID members sign in with
	Sender        string // the From address of every mail
	Language      Language
	LinkLifetime  time.Duration
	FormLifetime  time.Duration
	MaxFailures   int           // wrong passwords until the account is locked; at least 1
	LockoutTime   time.Duration // how long a lockout lasts; at least a minute: lockout cannot be turned off
	MinPassword   int           // characters; NIST SP 800-63B asks for 8 at least
	MaxPassword   int           // characters; NIST SP 800-63B asks for 64 at least
	SSO           bool          // single sign-on: only members with admin authority have a password
	SessionMaxAge time.Duration // a session ends at this age, used or not
	SessionIdle   time.Duration // a session ends when it was not used for so long
	IdleLock      time.Duration // a console without a key pressed for so long asks for the password
}

// Language is what mails are written in.
type Language string

// The languages.
const (
	English  Language = "en"
	Japanese Language = "ja"
)

// Languages lists them in the order in which they are offered.
func Languages() []Language { return []Language{English, Japanese} }

// String names the language to a person.
func (l Language) String() string {
	switch l {
	case English:
		return "English"
	case Japanese:
		return "Japanese"
	}
	return "unknown"
}

// DefaultSettings are those of a new installation. The lifetimes are the spans of NIST SP 800-63B for recovery codes
// sent by email (24 hours) and by post (21 days).
func DefaultSettings() Settings {
	return Settings{
		ProductName:   "Unipos",
		Sender:        "no-reply@mail.unipos.me",
		Language:      English,
		LinkLifetime:  24 * time.Hour,
		FormLifetime:  21 * 24 * time.Hour,
		MaxFailures:   10,
		LockoutTime:   15 * time.Minute,
		MinPassword:   8,
		MaxPassword:   256,
		SessionMaxAge: 14 * 24 * time.Hour,
		SessionIdle:   24 * time.Hour,
		IdleLock:      10 * time.Minute,
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
	case s.Language != English && s.Language != Japanese:
		return refuse("Mails are written in English (en) or Japanese (ja).")
	case s.IdleLock < time.Minute || s.IdleLock > 24*time.Hour:
		return refuse("An idle console has to lock itself after a minute at least and a day at most.")
	}
	return nil
}

// givesPassword reports whether the member can have a password: with SSO only members with admin authority can.
func (s Settings) givesPassword(m member.Member) bool { return !s.SSO || m.Admin }

// SettingChange is one setting that differs between two states of the settings.
type SettingChange struct {
	Name     string
	Old, New string
}

// SettingChanges lists the settings in which after differs from before.
func SettingChanges(before, after Settings) []SettingChange {
	old, now := before.list(), after.list()
	var changes []SettingChange
	for i, o := range old {
		if o.value != now[i].value {
			changes = append(changes, SettingChange{o.name, o.value, now[i].value})
		}
	}
	return changes
}

type namedSetting struct{ name, value string }

// list gives each setting as the audit log names it.
func (s Settings) list() []namedSetting {
	return []namedSetting{
		{"product_name", s.ProductName},
		{"team_name", s.TeamName},
		{"team_number", s.TeamNumber},
		{"sender", s.Sender},
		{"language", string(s.Language)},
		{"link_lifetime", s.LinkLifetime.String()},
		{"form_lifetime", s.FormLifetime.String()},
		{"max_failures", itoa(s.MaxFailures)},
		{"lockout_time", s.LockoutTime.String()},
		{"min_password", itoa(s.MinPassword)},
		{"max_password", itoa(s.MaxPassword)},
		{"sso", yesNo(s.SSO)},
		{"session_max_age", s.SessionMaxAge.String()},
		{"session_idle", s.SessionIdle.String()},
		{"idle_lock", s.IdleLock.String()},
	}
}

// ChangeSettings changes the team's settings from base, the settings as the admin saw them, to changed. If they are not
// as they were any more, it refuses with CodeConflict and changes nothing; else with CodeSignedOut, CodeNoAuthority,
// CodeInvalid, or CodeSSO: single sign-on cannot be turned on while there are login ID members.
func (s *Service) ChangeSettings(ctx context.Context, admin Admin, base, changed Settings) error {
	now := s.clock()
	return s.store.Update(ctx, func(w Writer) error {
		if err := s.authorize(w, admin, now); err != nil {
			return err
		}
		before, err := w.Settings()
		if err != nil {
			return err
		}
		if meanwhile := SettingChanges(base, before); len(meanwhile) > 0 {
			return settingsConflict(meanwhile)
		}
		changes := SettingChanges(before, changed)
		if len(changes) == 0 {
			return nil
		}
		if err := changed.Validate(); err != nil {
			return err
		}
		if err := refuseSSO(w, before, changed); err != nil {
			return err
		}
		if err := w.PutSettings(changed); err != nil {
			return err
		}
		rec := Record{At: now, Event: EventSettings, Actor: admin.ID}
		for _, c := range changes {
			rec.Details = append(rec.Details, Detail{c.Name, c.Old + " -> " + c.New})
		}
		return s.record(w, rec)
	})
}

func settingsConflict(changes []SettingChange) error {
	names := make([]string, len(changes))
	for i, c := range changes {
		names[i] = c.Name
	}
	return &Error{CodeConflict, "Another admin has changed the settings meanwhile: " + strings.Join(names, ", ") + ".",
		"Look at the new values, then save again."}
}

// refuseSSO refuses to turn single sign-on on while there are members who could not sign in any more.
func refuseSSO(r Reader, before, changed Settings) error {
	if !changed.SSO || before.SSO {
		return nil
	}
	there, err := r.AnyLoginID()
	if err == nil && there {
		err = &Error{CodeSSO, "Single sign-on cannot be turned on while there are login ID members.",
			"Give them email addresses, or delete them, first."}
	}
	return err
}
