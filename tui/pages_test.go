package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// header is the console's first line.
func (d *driver) header() string { return strings.TrimRight(strings.Split(d.frame(), "\n")[0], " ") }

func TestKeysLeadToThePages(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	all := d.root.pages.all
	for _, p := range all {
		d.press(p.key)
		if want := "[" + p.key + " " + p.title + "]"; !strings.Contains(d.header(), want) {
			t.Errorf("%s leads to %q", p.key, d.header())
		}
	}
	d.press("tab")
	if !strings.Contains(d.header(), "[1 Members]") {
		t.Errorf("tab on the last page leads to %q", d.header())
	}
	d.press("shift+tab")
	if last := all[len(all)-1]; !strings.Contains(d.header(), "["+last.key) {
		t.Errorf("shift+tab on the first page leads to %q", d.header())
	}
}

func TestAPageStaysAsItIsWhileAnotherIsShown(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("/")
	d.typed("tanaka")
	d.press("enter", "down", "enter")
	d.shows("[1 Members › Details]", "Logistics")
	d.press("4")
	d.shows("[4 Settings]", "Kita Works")
	d.hides("Logistics")
	d.press("1")
	d.shows("[1 Members › Details]", "Logistics")
	d.press("esc")
	d.shows("Filter all fields: tanaka", "2 of 8 members")
	if !strings.Contains(d.cursorRow(), "Logistics") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}

func TestDigitsAndTabAreTextAndTheBoxsOwn(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("/")
	d.typed("1004")
	d.shows("Filter all fields: 1004", "1 of 8 members", "[1 Members]")
	d.press("tab") // the list of fields
	d.shows("Employee number", "[1 Members]")
	d.press("esc", "enter", "r", "4", "tab")
	d.shows("[1 Members › Reset Password]", "Why?")
}

// TestKeysReachOnlyThePageInSight presses a key that both pages know.
func TestKeysReachOnlyThePageInSight(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("down", "4", "down", "r", "/")
	d.hides("Why?")
	d.press("1")
	if !strings.Contains(d.cursorRow(), "hanako.sato") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
	d.hides("Why?")
}

// TestAnswersReachAPageOutOfSight lets a page be shown while the members are still being loaded.
func TestAnswersReachAPageOutOfSight(t *testing.T) {
	tm := newTeam(t)
	d := newDriver(t, tm, 80, 24, func(o *Options) { o.Address = adminAddress })
	d.typed(adminPassword)
	d.press("enter")
	d.hold = true
	tm.takeIn(t, member.Member{Email: "new@example.com", Name: "New Person"})
	d.tick()
	d.press("4")
	d.release()
	d.shows("[4 Settings]")
	d.press("1")
	d.shows("9 of 9 members")
}

// TestAHiddenPageCatchesUp changes the store while the members are out of sight.
func TestAHiddenPageCatchesUp(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("4")
	d.tick()
	tm.takeIn(t, member.Member{Email: "new@example.com", Name: "New Person"})
	d.tick()
	d.press("1")
	d.shows("9 of 9 members", "New Person")
}

func TestSettingsOfAnotherAdminAppear(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("4")
	d.tick()
	tm.write(t, func(w account.Writer) error {
		set, err := w.Settings()
		set.TeamName = "Minami Works"
		if err != nil {
			return err
		}
		return w.PutSettings(set)
	})
	d.tick()
	d.shows("· Minami Works", "Team Minami Works")
}

// TestTheWayIsSeenAsFarAsThereIsRoom opens the longest way and makes the terminal narrower.
func TestTheWayIsSeenAsFarAsThereIsRoom(t *testing.T) {
	d := signedIn(t, newTeam(t), 120, 24)
	d.goTo("hanako")
	d.press("enter", "r")
	for _, c := range []struct {
		width  int
		header string
	}{
		{120, "[1 Members › Details › Reset Password] "},
		{60, "[1 Members › Details › Reset Password] "},
		{50, "[1 … › Reset Password] 2 3 4 "},
	} {
		d.send(tea.WindowSizeMsg{Width: c.width, Height: 24})
		if !strings.HasPrefix(d.header(), c.header) || !strings.HasSuffix(d.header(), "青木 はるか") {
			t.Errorf("%d cells: %q", c.width, d.header())
		}
	}
	d.send(tea.WindowSizeMsg{Width: minWidth, Height: 24}) // here the name is in the way
	if d.header() != "[1 … › Reset Password] 2 3 4" {
		t.Errorf("the smallest header is %q", d.header())
	}
}

func TestNobodyLeavesTheSignInByAPagesKey(t *testing.T) {
	d := newDriver(t, newTeam(t), 80, 24)
	d.press("4", "tab", "1")
	d.shows("Unipos Team Admin", "4")
	d.hides("Settings")
}
