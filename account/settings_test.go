package account_test

import (
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

func TestSettingsHaveBounds(t *testing.T) {
	const day = 24 * time.Hour
	for setting, c := range map[string]struct{ good, bad []func(*account.Settings) }{
		account.SettingProductName: {
			good: []func(*account.Settings){func(s *account.Settings) { s.ProductName = strings.Repeat("製", 256) }},
			bad: []func(*account.Settings){
				func(s *account.Settings) { s.ProductName = " " },
				func(s *account.Settings) { s.ProductName = strings.Repeat("製", 257) },
				func(s *account.Settings) { s.ProductName = "a\nBcc: b" },
			}},
		account.SettingTeamName: {
			good: []func(*account.Settings){func(s *account.Settings) { s.TeamName = "" }},
			bad:  []func(*account.Settings){func(s *account.Settings) { s.TeamName = "\x1b[2J" }}},
		account.SettingTeamNumber: {
			good: []func(*account.Settings){func(s *account.Settings) { s.TeamNumber = "81-4402" }},
			bad:  []func(*account.Settings){func(s *account.Settings) { s.TeamNumber = strings.Repeat("1", 257) }}},
		account.SettingSender: {
			good: []func(*account.Settings){func(s *account.Settings) { s.Sender = "it@example.com" }},
			bad: []func(*account.Settings){
				func(s *account.Settings) { s.Sender = "" },
				func(s *account.Settings) { s.Sender = "a@b@c" },
			}},
		account.SettingLanguage: {
			good: []func(*account.Settings){func(s *account.Settings) { s.Language = account.Japanese }},
			bad:  []func(*account.Settings){func(s *account.Settings) { s.Language = "fr" }}},
		account.SettingLinkLifetime:  spans(func(s *account.Settings, d time.Duration) { s.LinkLifetime = d }, 30*day),
		account.SettingFormLifetime:  spans(func(s *account.Settings, d time.Duration) { s.FormLifetime = d }, 365*day),
		account.SettingLockoutTime:   spans(func(s *account.Settings, d time.Duration) { s.LockoutTime = d }, day),
		account.SettingSessionMaxAge: spans(func(s *account.Settings, d time.Duration) { s.SessionMaxAge = d }, 365*day),
		account.SettingSessionIdle:   spans(func(s *account.Settings, d time.Duration) { s.SessionIdle = d }, 365*day),
		account.SettingIdleLock:      spans(func(s *account.Settings, d time.Duration) { s.IdleLock = d }, day),
		account.SettingMaxFailures:   numbers(func(s *account.Settings, n int) { s.MaxFailures = n }, 1, 100),
		account.SettingMinPassword:   numbers(func(s *account.Settings, n int) { s.MinPassword = n }, 8, 64),
		account.SettingMaxPassword:   numbers(func(s *account.Settings, n int) { s.MaxPassword = n }, 64, 512),
	} {
		for i, change := range c.good {
			s := account.DefaultSettings()
			change(&s)
			if err := s.Validate(); err != nil {
				t.Errorf("%s, good %d: %v", setting, i, err)
			}
		}
		for i, change := range c.bad {
			s := account.DefaultSettings()
			change(&s)
			if broken := s.Broken(); len(broken) != 1 || broken[0].Setting != setting {
				t.Errorf("%s, bad %d: %v", setting, i, broken)
			}
			wantCode(t, s.Validate(), account.CodeInvalid)
		}
	}
}

func spans(set func(*account.Settings, time.Duration), longest time.Duration) (c struct{ good, bad []func(*account.Settings) }) {
	with := func(d time.Duration) func(*account.Settings) { return func(s *account.Settings) { set(s, d) } }
	c.good = append(c.good, with(time.Minute), with(longest))
	c.bad = append(c.bad, with(time.Minute-time.Second), with(0), with(-time.Hour), with(longest+time.Second))
	return c
}

func numbers(set func(*account.Settings, int), least, most int) (c struct{ good, bad []func(*account.Settings) }) {
	with := func(n int) func(*account.Settings) { return func(s *account.Settings) { set(s, n) } }
	c.good = append(c.good, with(least), with(most))
	c.bad = append(c.bad, with(least-1), with(most+1))
	return c
}

func (tm *team) settings() account.Settings {
	tm.t.Helper()
	set, err := tm.Settings(tm.ctx)
	if err != nil {
		tm.t.Fatal(err)
	}
	return set
}

func TestChangedSettingsAreOnRecord(t *testing.T) {
	tm := newTeam(t)
	base := tm.settings()
	changed := base
	changed.TeamName, changed.LinkLifetime, changed.MaxFailures = "Midori", 48*time.Hour, 5
	if err := tm.ChangeSettings(tm.ctx, tm.admin, base, changed); err != nil {
		t.Fatal(err)
	}
	if tm.settings() != changed {
		t.Errorf("the settings are %+v, want %+v", tm.settings(), changed)
	}
	rec := tm.last()
	if rec.Event != account.EventSettings || rec.Actor != tm.admin.ID || len(rec.Details) != 3 {
		t.Errorf("on record as %+v", rec)
	}
	for name, want := range map[string]string{"team_name": "Aozora -> Midori", "link_lifetime": "24h -> 2d", "max_failures": "10 -> 5"} {
		if rec.Detail(name) != want {
			t.Errorf("%s is on record as %q, want %q", name, rec.Detail(name), want)
		}
	}
	before := rec.Seq
	if err := tm.ChangeSettings(tm.ctx, tm.admin, changed, changed); err != nil || tm.last().Seq != before {
		t.Errorf("settings that stay the same: %v", err)
	}
}

func TestSettingsThatAnotherAdminHasChanged(t *testing.T) {
	tm := newTeam(t)
	base := tm.settings()
	theirs := base
	theirs.ProductName = "Theirs"
	if err := tm.ChangeSettings(tm.ctx, tm.admin, base, theirs); err != nil {
		t.Fatal(err)
	}
	mine := base
	mine.MaxFailures = 3
	err := tm.ChangeSettings(tm.ctx, tm.admin, base, mine)
	wantCode(t, err, account.CodeConflict)
	conflict, ok := err.(*account.SettingsConflict)
	if !ok || conflict.Current != theirs || len(conflict.Changes) != 1 || conflict.Changes[0] != (account.SettingChange{Name: "product_name", Old: "Unipos", New: "Theirs"}) {
		t.Errorf("the conflict is %+v", err)
	}
	if tm.settings() != theirs {
		t.Errorf("the settings are %+v", tm.settings())
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*team)
		change  func(*account.Settings)
		want    account.Code
	}{
		"a broken rule":                        {nil, func(s *account.Settings) { s.LockoutTime = 0 }, account.CodeInvalid},
		"single sign-on with login ID members": {nil, func(s *account.Settings) { s.SSO = true }, account.CodeSSO},
		"single sign-on with suspended login ID members": {
			func(tm *team) { tm.change("form", func(m *member.Member) { m.Status = member.Suspended }) },
			func(s *account.Settings) { s.SSO = true }, account.CodeSSO},
		"no authority": {
			func(tm *team) { tm.change("admin", func(m *member.Member) { m.Admin = false }) },
			func(s *account.Settings) { s.TeamName = "x" }, account.CodeNoAuthority},
		"signed out": {func(tm *team) { tm.resetAdmin() }, func(s *account.Settings) { s.TeamName = "x" }, account.CodeSignedOut},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			if c.prepare != nil {
				c.prepare(tm)
			}
			base := tm.settings()
			changed := base
			c.change(&changed)
			wantCode(t, tm.ChangeSettings(tm.ctx, tm.admin, base, changed), c.want)
			if tm.settings() != base {
				t.Errorf("the settings are %+v", tm.settings())
			}
		})
	}
}

func TestSingleSignOnWithoutLoginIDMembers(t *testing.T) {
	tm := newTeam(t)
	tm.change("form", func(m *member.Member) { m.Status = member.Deleted })
	base := tm.settings()
	changed := base
	changed.SSO = true
	if err := tm.ChangeSettings(tm.ctx, tm.admin, base, changed); err != nil {
		t.Fatal(err)
	}
	if rec := tm.last(); rec.Detail("sso") != "no -> yes" {
		t.Errorf("on record as %+v", rec)
	}
	_, err := tm.SignIn(tm.ctx, "admin@example.com", password, "test")
	if err != nil {
		t.Errorf("an admin cannot sign in any more: %v", err)
	}
	_, err = tm.Reset(tm.ctx, tm.admin, tm.members["mail"], account.ReasonForgot)
	wantCode(t, err, account.CodeSSO)
	// Other settings can still be changed while it is on.
	next := changed
	next.TeamName = "Midori"
	if err := tm.ChangeSettings(tm.ctx, tm.admin, changed, next); err != nil {
		t.Error(err)
	}
}

func TestShorterLifetimesAreForNewLinksOnly(t *testing.T) {
	tm := newTeam(t)
	first := tm.reset("mail", account.ReasonForgot)
	base := tm.settings()
	changed := base
	changed.LinkLifetime = time.Hour
	if err := tm.ChangeSettings(tm.ctx, tm.admin, base, changed); err != nil {
		t.Fatal(err)
	}
	tm.now = tm.now.Add(2 * time.Hour)
	if o := tm.overview("mail"); o.Token.Serial == 0 || !o.Token.Expires.Equal(first.Expires) {
		t.Errorf("the link that was sent before is %+v", o.Token)
	}
	if again := tm.reset("mail", account.ReasonForgot); !again.Expires.Equal(tm.now.Add(time.Hour)) {
		t.Errorf("a new link ends %v", again.Expires)
	}
}

func TestSpansAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"15m": 15 * time.Minute, "24h": 24 * time.Hour, "21d": 21 * 24 * time.Hour, "1h 30m": 90 * time.Minute, "36h": 36 * time.Hour,
		"1m": time.Minute, "1m 5s": 65 * time.Second, "0s": 0, "2d": 48 * time.Hour, "25h": 25 * time.Hour,
	} {
		got, err := account.ParseSpan(text)
		if err != nil || got != want || account.FormatSpan(got) != text {
			t.Errorf("ParseSpan(%q) = %v, %v, written %q", text, got, err, account.FormatSpan(got))
		}
	}
	for text, want := range map[string]time.Duration{
		" 2 Days ": 48 * time.Hour, "90 min": 90 * time.Minute, "1 hour 30 minutes": 90 * time.Minute, "1d12h": 36 * time.Hour, "3W": 21 * 24 * time.Hour,
		"90": 0, "": 0, "h": 0, "1.5h": 0, "-1h": 0, "1x": 0, "99999999999999999999d": 0, "9999999999999d": 0, "1h,": 0, "h1": 0,
	} {
		got, err := account.ParseSpan(text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("ParseSpan(%q) = %v, %v", text, got, err)
		}
	}
}
