package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"rekey/member"
)

// Settings are the team's; they stand in the store, so that every process shares them.
type Settings struct {
	ProductName   string
	TeamName      string
	TeamNumber    string // the team identification number that login ID members sign in with
	Sender        string // the From address of every mail
	Language      Language
	LinkLifetime  time.Duration // a minute to 30 days
	FormLifetime  time.Duration // a minute to 365 days
	MaxFailures   int           // wrong passwords until the account is locked; 1 to 100, the most that NIST SP 800-63B allows
	LockoutTime   time.Duration // how long a lockout lasts; a minute to a day: lockout cannot be turned off
	MinPassword   int           // characters, 8 to 64; NIST SP 800-63B asks for 8 at least
	MaxPassword   int           // characters, 64 to 512; NIST SP 800-63B asks for 64 at least
	SSO           bool          // single sign-on: only members with admin authority have a password
	SessionMaxAge time.Duration // a session ends at this age, used or not; a minute to 365 days
	SessionIdle   time.Duration // a session ends when it was not used for so long; a minute to 365 days
	IdleLock      time.Duration // a console without a key pressed for so long asks for the password; a minute to a day
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

// Names of the settings, as the audit log and a SettingChange have them.
const (
	SettingProductName   = "product_name"
	SettingTeamName      = "team_name"
	SettingTeamNumber    = "team_number"
	SettingSender        = "sender"
	SettingLanguage      = "language"
	SettingLinkLifetime  = "link_lifetime"
	SettingFormLifetime  = "form_lifetime"
	SettingMaxFailures   = "max_failures"
	SettingLockoutTime   = "lockout_time"
	SettingMinPassword   = "min_password"
	SettingMaxPassword   = "max_password"
	SettingSSO           = "sso"
	SettingSessionMaxAge = "session_max_age"
	SettingSessionIdle   = "session_idle"
	SettingIdleLock      = "idle_lock"
)

// maxTeamText is how long the names of product and team and the team's number may be, in characters.
const maxTeamText = 256

// SettingError says which setting breaks which rule.
type SettingError struct {
	Setting string
	Reason  string // a sentence without its full stop
}

// Error gives the sentence.
func (e SettingError) Error() string { return e.Setting + ": " + e.Reason }

// Broken lists every setting with which accounts would not be safe or the program could not work.
func (s Settings) Broken() []SettingError {
	var broken []SettingError
	check := func(setting, reason string) {
		if reason != "" {
			broken = append(broken, SettingError{setting, reason})
		}
	}
	if strings.TrimSpace(s.ProductName) == "" {
		check(SettingProductName, "the product needs a name")
	}
	check(SettingProductName, checkTeamText(s.ProductName))
	check(SettingTeamName, checkTeamText(s.TeamName))
	check(SettingTeamNumber, checkTeamText(s.TeamNumber))
	check(SettingSender, member.CheckEmail(s.Sender))
	if !slices.Contains(Languages(), s.Language) {
		check(SettingLanguage, "mails are written in English (en) or Japanese (ja)")
	}
	check(SettingLinkLifetime, checkSpan("a link is valid for", s.LinkLifetime, 30*day))
	check(SettingFormLifetime, checkSpan("a form is valid for", s.FormLifetime, 365*day))
	check(SettingMaxFailures, checkNumber("an account is locked after %d to %d failures: lockout cannot be turned off", s.MaxFailures, 1, 100))
	check(SettingLockoutTime, checkSpan("lockout cannot be turned off; it lasts", s.LockoutTime, day))
	check(SettingMinPassword, checkNumber("the shortest password has %d to %d characters", s.MinPassword, 8, 64))
	check(SettingMaxPassword, checkNumber("the longest password has %d to %d characters", s.MaxPassword, 64, 512))
	check(SettingSessionMaxAge, checkSpan("a session lasts", s.SessionMaxAge, 365*day))
	check(SettingSessionIdle, checkSpan("an unused session lasts", s.SessionIdle, 365*day))
	check(SettingIdleLock, checkSpan("an idle console locks itself after", s.IdleLock, day))
	return broken
}

// checkTeamText says what is wrong with a text that mails, forms and terminals show, or "".
func checkTeamText(s string) string {
	switch {
	case member.Clean(s) != s:
		return "it holds characters that cannot be shown"
	case utf8.RuneCountInString(s) > maxTeamText:
		return fmt.Sprintf("at most %d characters", maxTeamText)
	}
	return ""
}

// checkSpan says that a span is not from a minute to longest, or "".
func checkSpan(what string, d, longest time.Duration) string {
	if d >= time.Minute && d <= longest {
		return ""
	}
	return fmt.Sprintf("%s %s to %s", what, FormatSpan(time.Minute), FormatSpan(longest))
}

// checkNumber says that a number is not from least to most, or "".
func checkNumber(format string, n, least, most int) string {
	if n >= least && n <= most {
		return ""
	}
	return fmt.Sprintf(format, least, most)
}

// Validate refuses, with CodeInvalid, settings that Broken lists.
func (s Settings) Validate() error {
	if broken := s.Broken(); len(broken) > 0 {
		return &Error{CodeInvalid, "The settings break a rule: " + broken[0].Error() + ".", "Correct the setting."}
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
		{SettingProductName, s.ProductName},
		{SettingTeamName, s.TeamName},
		{SettingTeamNumber, s.TeamNumber},
		{SettingSender, s.Sender},
		{SettingLanguage, string(s.Language)},
		{SettingLinkLifetime, FormatSpan(s.LinkLifetime)},
		{SettingFormLifetime, FormatSpan(s.FormLifetime)},
		{SettingMaxFailures, itoa(s.MaxFailures)},
		{SettingLockoutTime, FormatSpan(s.LockoutTime)},
		{SettingMinPassword, itoa(s.MinPassword)},
		{SettingMaxPassword, itoa(s.MaxPassword)},
		{SettingSSO, yesNo(s.SSO)},
		{SettingSessionMaxAge, FormatSpan(s.SessionMaxAge)},
		{SettingSessionIdle, FormatSpan(s.SessionIdle)},
		{SettingIdleLock, FormatSpan(s.IdleLock)},
	}
}

// SettingsConflict is a refusal because another admin has changed the settings since the form with the changes was
// opened.
type SettingsConflict struct {
	Current Settings
	Changes []SettingChange // from what the form was opened on to what is there now
}

// Error gives the sentence and the hint.
func (c *SettingsConflict) Error() string { return c.Unwrap().Error() }

// Unwrap gives the refusal, with CodeConflict.
func (c *SettingsConflict) Unwrap() error {
	names := make([]string, len(c.Changes))
	for i, change := range c.Changes {
		names[i] = change.Name
	}
	return &Error{CodeConflict, "Another admin has changed the settings meanwhile: " + strings.Join(names, ", ") + ".",
		"Look at the new values, then save again."}
}

// ChangeSettings changes the team's settings from base, the settings as the admin saw them, to changed. If they are not
// as they were any more, nothing is changed and the error is a *SettingsConflict; else it refuses with CodeSignedOut,
// CodeNoAuthority, CodeInvalid, or CodeSSO: single sign-on cannot be turned on while there are login ID members.
//
// New lifetimes of links and forms hold for those that are issued from now on, a new lockout time for new lockouts; all
// other settings hold at once, also for sessions that are there already.
func (s *Service) ChangeSettings(ctx context.Context, admin Admin, base, changed Settings) error {
	return s.asAdmin(ctx, admin, func(w Writer, before Settings, now time.Time) error {
		if meanwhile := SettingChanges(base, before); len(meanwhile) > 0 {
			return &SettingsConflict{Current: before, Changes: meanwhile}
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
