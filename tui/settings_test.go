package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// settings gives the team's settings.
func (tm *team) settings(t *testing.T) account.Settings {
	t.Helper()
	set, err := tm.service.Settings(context.Background())
	check(t, err)
	return set
}

// set changes the settings as another admin would.
func (tm *team) set(t *testing.T, change func(*account.Settings)) {
	t.Helper()
	base := tm.settings(t)
	changed := base
	change(&changed)
	check(t, tm.service.ChangeSettings(context.Background(), tm.admin, base, changed))
}

// openSettings opens the form and goes to the setting with the label.
func (d *driver) openSettings(label string) {
	d.t.Helper()
	d.press("4", "c")
	d.goToSetting(label)
}

// goToSetting goes down the form to a setting.
func (d *driver) goToSetting(label string) {
	d.t.Helper()
	for range settingFields() {
		for _, line := range strings.Split(d.frame(), "\n") {
			if strings.Contains(line, d.root.shared.look.glyphs.cursor+" "+label) {
				return
			}
		}
		d.press("down")
	}
	d.t.Fatalf("there is no %q:\n%s", label, d.frame())
}

// retype replaces the value of the setting that has the keyboard.
func (d *driver) retype(value string) {
	d.press("end", "ctrl+u")
	d.typed(value)
}

func TestSettingsAreShown(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24, func(o *Options) {
		o.Facts = []Fact{{"Mail server", "smtp.example.com:587", "mail.host in rekey.toml"}}
	})
	d.press("4")
	d.shows("Product Unipos", "Team Kita Works", "Team identification number 81-4402", "Sender no-reply@mail.unipos.me", "Mails are in English",
		"A link works for 24h", "A form works for 21d", "Lockout for 15m after 10 failures; cannot be turned off",
		"Passwords 8 to 256 characters", "Single sign-on off", "A session ends after 14d, or 24h without use",
		"Consoles lock after 10m without a key", "Mail server smtp.example.com:587 (mail.host in rekey.toml)")
}

func TestSettingsAreChanged(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.openSettings("Team")
	d.retype("Minami Works")
	d.goToSetting("A link works for")
	d.retype("2 days")
	d.shows("Links that have been sent keep their time")
	d.goToSetting("Lockout after failures")
	d.retype("5")
	d.press("ctrl+s")
	d.shows("Save these settings?", "Team: Kita Works -> Minami Works", "A link works for: 24h -> 2d", "Lockout after failures: 10 -> 5", "[> Go on typing <]")
	d.press("enter") // which does nothing
	d.shows("Change the settings", "Minami Works")
	if tm.settings(t).TeamName != "Kita Works" {
		t.Fatal("saved without an answer")
	}
	d.press("ctrl+s", "tab", "enter")
	d.shows("The settings are saved.", "Team Minami Works", "A link works for 2d", "after 5 failures")
	set := tm.settings(t)
	if set.TeamName != "Minami Works" || set.LinkLifetime != 48*time.Hour || set.MaxFailures != 5 || set.ProductName != "Unipos" {
		t.Errorf("the settings are %+v", set)
	}
	if !strings.Contains(d.header(), "Minami Works") {
		t.Errorf("the header says %q", d.header())
	}
}

func TestChoicesAmongTheSettings(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.openSettings("Mails are in")
	d.press("right", "ctrl+s")
	d.shows("Mails are in: English -> Japanese")
	d.press("tab", "enter")
	if set := tm.settings(t); set.Language != account.Japanese {
		t.Errorf("mails are in %v", set.Language)
	}
}

func TestSettingsHaveTheirBoundsSaid(t *testing.T) {
	tm := newTeam(t)
	before := tm.settings(t)
	for label, c := range map[string]struct{ value, want string }{
		"Product":                {"", "The product needs a name."},
		"Sender":                 {"nobody", "An email address has one @ with something on both sides of it."},
		"A link works for":       {"24", "Write a number and a unit: 15m, 24h or 21d."},
		"A form works for":       {"3 years", "Write a number and a unit: 15m, 24h or 21d."},
		"Lockout after failures": {"0", "An account is locked after 1 to 100"},
		"A lockout lasts":        {"0m", "Lockout cannot be turned off; it lasts 1m to 24h."},
		"Shortest password":      {"7", "The shortest password has 8 to 64"},
		"Longest password":       {"x", "Write a whole number."},
		"A session ends after":   {"2y", "Write a number and a unit: 15m, 24h or 21d."},
		"Unused, it ends after":  {"366d", "An unused session lasts 1m to 365d."},
		"Consoles lock after":    {"25h", "An idle console locks itself after 1m to 24h."},
	} {
		d := signedIn(t, tm, 80, 24)
		d.openSettings(label)
		d.retype(c.value)
		d.shows(c.want)
		d.press("ctrl+s")
		d.shows("Change the settings", c.want)
		d.hides("Save these settings?")
		if tm.settings(t) != before {
			t.Errorf("%s: saved", label)
		}
	}
}

func TestSettingsThatStayTheSame(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.openSettings("A link works for")
	d.retype("1 day")
	d.press("ctrl+s")
	d.shows("Nothing was changed.", "A link works for 24h")
}

func TestANewTeamNumberWarnsOfPrintedForms(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.openSettings("Team identification number")
	d.retype("99-1")
	d.shows("Forms that are printed already show")
	d.press("ctrl+s")
	d.shows("Team identification number: 81-4402 -> 99-1", "Forms that are printed already show 81-4402: tell the login ID members, or print them anew.")
}

func TestSettingsThatAnotherAdminHasChanged(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.openSettings("Team")
	d.retype("Minami Works")
	d.goToSetting("A lockout lasts")
	d.retype("30m")
	tm.set(t, func(s *account.Settings) { s.ProductName, s.LockoutTime = "Theirs", time.Hour })
	d.press("ctrl+s")
	d.shows("A lockout lasts: 15m -> 30m")
	d.press("tab", "enter")
	d.shows("Not saved: another admin has changed the settings meanwhile.", "Product: Unipos -> Theirs",
		"A lockout lasts: 15m -> 1h (you typed 30m)", "What you typed is still here")
	if set := tm.settings(t); set.TeamName != "Kita Works" || set.LockoutTime != time.Hour {
		t.Fatalf("the settings are %+v", set)
	}
	d.press("ctrl+s")
	d.shows("Team: Kita Works -> Minami Works", "A lockout lasts: 1h -> 30m")
	d.hides("Theirs ->")
	d.press("tab", "enter")
	if set := tm.settings(t); set.TeamName != "Minami Works" || set.LockoutTime != 30*time.Minute || set.ProductName != "Theirs" {
		t.Errorf("the settings are %+v", set)
	}
}

func TestSettingsOfAnotherConsoleAppear(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("4")
	tm.set(t, func(s *account.Settings) { s.TeamName = "Minami Works" })
	d.tick()
	d.shows("Team Minami Works")
	if !strings.Contains(d.header(), "Minami Works") {
		t.Errorf("the header says %q", d.header())
	}
}

func TestSingleSignOnIsRefusedWithLoginIDMembers(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.openSettings("Single sign-on")
	d.press("left", "ctrl+s")
	d.shows("Single sign-on: off -> on", "everybody without admin authority has no password here any more")
	d.press("tab", "enter")
	d.shows("Single sign-on cannot be turned on while there are login ID members.", "Change the settings")
	if tm.settings(t).SSO {
		t.Error("it is on")
	}
}

func TestSingleSignOnIsTurnedOnAndOff(t *testing.T) {
	ctx := context.Background()
	tm := newTeam(t)
	for _, name := range []string{"t.yoshino", "ken.t", "m.ito"} {
		_, err := tm.service.ChangeStatus(ctx, tm.admin, tm.find(t, name).ID, member.Deleted)
		check(t, err)
	}
	d := signedIn(t, tm, 80, 24)
	d.openSettings("Single sign-on")
	d.press("left", "ctrl+s", "tab", "enter")
	d.shows("The settings are saved.", "Single sign-on on: only members with admin authority have a password")
	d.openSettings("Single sign-on")
	d.press("left", "ctrl+s")
	d.shows("Single sign-on: on -> off", "Without single sign-on everybody signs in with a password again")
	d.press("tab", "enter")
	if tm.settings(t).SSO {
		t.Error("it is still on")
	}
}

func TestSettingsWhileSignedOutMeanwhile(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.openSettings("Team")
	d.retype("x")
	d.press("ctrl+s", "tab")
	tm.signOutAdmin(t)
	d.press("enter")
	d.shows("You have been signed out", "Password")
}

func TestWhatIsTypedInTheSettingsIsNotLostByEsc(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.openSettings("Team")
	d.retype("Minami")
	d.press("esc")
	d.shows("Throw away what was typed?")
	d.press("enter")
	d.shows("Change the settings", "Minami")
	d.press("esc", "tab", "enter")
	d.shows("Team Kita Works")
	d.hides("Change the settings")
}

func TestMailAndBaseURLAreChecked(t *testing.T) {
	var asked []string
	d := signedIn(t, newTeam(t), 80, 24, func(o *Options) {
		o.Check = func(ctx context.Context, to string) []CheckResult {
			asked = append(asked, to)
			return []CheckResult{
				{"Mail server", true, "The server took a test mail."},
				{"Base URL", false, "Nothing answers at https://team.example.com.\x1b[2J Start rekey serve."},
			}
		}
	})
	d.press("4")
	d.hold = true
	d.press("t")
	d.shows("Sending a test mail to " + adminAddress + " and asking the base URL…")
	d.release()
	d.shows("OK Mail server", "The server took a test mail.", "FAILED Base URL", "Nothing answers at https://team.example.com.<U+001B>[2J Start rekey serve.")
	d.press("r")
	if len(asked) != 2 || asked[0] != adminAddress {
		t.Errorf("asked for %q", asked)
	}
	d.press("esc")
	d.shows("Product Unipos")
}

func TestAnAbandonedCheckIsCancelled(t *testing.T) {
	var err error
	d := signedIn(t, newTeam(t), 80, 24, func(o *Options) {
		o.Check = func(ctx context.Context, _ string) []CheckResult { err = ctx.Err(); return nil }
	})
	d.press("4")
	d.hold = true
	d.press("t", "esc")
	d.release()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the check's context says %v", err)
	}
	d.shows("Product Unipos")
}

func TestWithoutChecksTheKeySaysSo(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("4", "t")
	d.shows("Mail and base URL cannot be checked from this console: run `rekey check` on the host.")
}
