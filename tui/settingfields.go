package tui

import (
	"strconv"
	"strings"
	"time"

	"rekey/account"
)

// settingField is one of the team's settings as it stands in the form.
type settingField struct {
	name  string // as account.SettingChange has it
	label string
	about string // its bounds, and what it is good for
	get   func(account.Settings) string
	put   func(*account.Settings, string) string // says why the text cannot be read, or ""
	note  func(base account.Settings) string     // what to know before it is changed; nil: nothing
}

// settingFields lists the settings in the order in which they stand in the form.
func settingFields() []settingField {
	return []settingField{
		textSetting(account.SettingProductName, "Product", "It stands in the subject of every mail, on forms and on the members' page.",
			func(s *account.Settings) *string { return &s.ProductName }),
		textSetting(account.SettingTeamName, "Team", "It may be left empty.",
			func(s *account.Settings) *string { return &s.TeamName }),
		noted(textSetting(account.SettingTeamNumber, "Team identification number", "Login ID members sign in with it.",
			func(s *account.Settings) *string { return &s.TeamNumber }), formsShowTheOldNumber),
		textSetting(account.SettingSender, "Sender", "The From address of every mail: the mail server has to accept it.",
			func(s *account.Settings) *string { return &s.Sender }),
		{name: account.SettingLanguage, label: "Mails are in",
			get: func(s account.Settings) string { return string(s.Language) },
			put: func(s *account.Settings, v string) string { s.Language = account.Language(v); return "" }},
		noted(spanSetting(account.SettingLinkLifetime, "A link works for", "1m to 30d; NIST SP 800-63B gives 24h.",
			func(s *account.Settings) *time.Duration { return &s.LinkLifetime }),
			always("Links that have been sent keep their time: this is for new ones.")),
		noted(spanSetting(account.SettingFormLifetime, "A form works for", "1m to 365d; NIST SP 800-63B gives 21d.",
			func(s *account.Settings) *time.Duration { return &s.FormLifetime }),
			always("Forms that have been issued keep their time: this is for new ones.")),
		numberSetting(account.SettingMaxFailures, "Lockout after failures", "1 to 100 wrong passwords. Lockout cannot be turned off.",
			func(s *account.Settings) *int { return &s.MaxFailures }),
		noted(spanSetting(account.SettingLockoutTime, "A lockout lasts", "1m to 24h. Lockout cannot be turned off.",
			func(s *account.Settings) *time.Duration { return &s.LockoutTime }),
			always("Accounts that are locked now keep their time: this is for new lockouts.")),
		noted(numberSetting(account.SettingMinPassword, "Shortest password", "8 to 64 characters.",
			func(s *account.Settings) *int { return &s.MinPassword }),
			always("Passwords that are set already go on working: this is for new ones.")),
		numberSetting(account.SettingMaxPassword, "Longest password", "64 to 512 characters.",
			func(s *account.Settings) *int { return &s.MaxPassword }),
		{name: account.SettingSSO, label: "Single sign-on", about: "Only members with admin authority have a password then. No login ID member may be left.",
			get: func(s account.Settings) string { return map[bool]string{true: yes, false: no}[s.SSO] },
			put: func(s *account.Settings, v string) string { s.SSO = v == yes; return "" }},
		noted(spanSetting(account.SettingSessionMaxAge, "A session ends after", "1m to 365d, used or not. Consoles are sessions too.",
			func(s *account.Settings) *time.Duration { return &s.SessionMaxAge }),
			always("It holds at once, also for those who are signed in.")),
		noted(spanSetting(account.SettingSessionIdle, "Unused, it ends after", "1m to 365d without use.",
			func(s *account.Settings) *time.Duration { return &s.SessionIdle }),
			always("It holds at once, also for those who are signed in.")),
		spanSetting(account.SettingIdleLock, "Consoles lock after", "1m to 24h without a key. It cannot be turned off.",
			func(s *account.Settings) *time.Duration { return &s.IdleLock }),
	}
}

func textSetting(name, label, about string, at func(*account.Settings) *string) settingField {
	return settingField{name: name, label: label, about: about,
		get: func(s account.Settings) string { return *at(&s) },
		put: func(s *account.Settings, v string) string { *at(s) = strings.TrimSpace(v); return "" }}
}

func spanSetting(name, label, about string, at func(*account.Settings) *time.Duration) settingField {
	return settingField{name: name, label: label, about: about,
		get: func(s account.Settings) string { return account.FormatSpan(*at(&s)) },
		put: func(s *account.Settings, v string) string {
			d, err := account.ParseSpan(v)
			if err != nil {
				return err.Error()
			}
			*at(s) = d
			return ""
		}}
}

func numberSetting(name, label, about string, at func(*account.Settings) *int) settingField {
	return settingField{name: name, label: label, about: about,
		get: func(s account.Settings) string { return strconv.Itoa(*at(&s)) },
		put: func(s *account.Settings, v string) string {
			n, err := strconv.Atoi(strings.TrimSpace(v))
			if err != nil {
				return "write a whole number"
			}
			*at(s) = n
			return ""
		}}
}

// noted adds what to know before the setting is changed.
func noted(f settingField, note func(account.Settings) string) settingField {
	f.note = note
	return f
}

func always(note string) func(account.Settings) string {
	return func(account.Settings) string { return note }
}

func formsShowTheOldNumber(base account.Settings) string {
	if base.TeamNumber == "" {
		return ""
	}
	return "Forms that are printed already show " + clean(base.TeamNumber) + ": tell the login ID members, or print them anew."
}

// wrong says what is wrong with a text for this setting, or "".
func (f settingField) wrong(text string) string {
	s := account.DefaultSettings()
	if reason := f.put(&s, text); reason != "" {
		return reason
	}
	for _, broken := range s.Broken() {
		if broken.Setting == f.name {
			return broken.Reason
		}
	}
	return ""
}

// shown writes a value of this setting for a person.
func (f settingField) shown(value string) string {
	switch {
	case f.name == account.SettingLanguage:
		return account.Language(value).String()
	case f.name == account.SettingSSO:
		return map[string]string{yes: "on", no: "off"}[value]
	}
	return orNothing(value)
}

// entry makes the form's entry, with the value that the setting has.
func (f settingField) entry(l *look, set account.Settings) *entry {
	var e *entry
	switch f.name {
	case account.SettingLanguage:
		var options []option
		for _, language := range account.Languages() {
			options = append(options, option{string(language), language.String()})
		}
		e = newChoice(f.label, options, f.get(set))
	case account.SettingSSO:
		e = newSwitch(f.label, "on", "off", set.SSO)
	default:
		e = newTextEntry(l, f.label, f.get(set))
		e.rule = f.wrong
	}
	e.about = f.about
	return e
}
