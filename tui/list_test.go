package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

func TestFilterSearchesWhileTyping(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("/")
	d.typed("tanaka")
	d.shows("2 of 8 members", "ken.tanaka@ex", "Logistics")
	d.hides("伊藤")
	d.press("enter")
	if !strings.Contains(d.cursorRow(), "ken.tanaka@ex") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
	d.press("down", "esc") // clears the filter, keeps the member
	d.shows("8 of 8 members")
	if !strings.Contains(d.cursorRow(), "Logistics") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
	d.press("/")
	d.typed("nobody at all")
	d.shows("0 of 8 members", "No member fits.")
	d.press("esc")
	d.shows("8 of 8 members")
}

func TestFilterByField(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("/")
	d.typed("ken")
	d.shows("2 of 8 members")
	d.press("tab")
	for _, field := range account.Fields() {
		d.shows(field.String())
	}
	d.press("down", "enter") // login ID
	d.shows("Filter login ID: ken", "1 of 8 members", "Logistics")
	d.press("tab", "down", "esc")
	d.shows("Filter login ID: ken", "1 of 8 members")
	d.typed("x")
	d.shows("No member fits in Login ID. Esc clears the filter.")
	d.press("esc")
	d.shows("Filter all fields: ", "8 of 8 members")

	d.press("/", "tab", "down", "enter", "down") // down goes to the list
	d.shows("Filter login ID: ", "q quit")
	d.press("esc")
	d.shows("Filter all fields: ")
}

func TestInputMethodAndPaste(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("/")
	d.send(tea.KeyPressMsg(tea.Key{Code: tea.KeyExtended, Text: "伊藤"}))
	d.shows("1 of 8 members", "美咲")
	d.press("ctrl+u")
	d.send(tea.PasteMsg{Content: "\x1b[2J吉\u202e\r\n"})
	d.shows("Filter all fields: [2J吉")
	d.fits(80, 24)
}

func TestTextCursorStandsInTheRightColumn(t *testing.T) {
	d := signedIn(t, newTeam(t), 80, 24)
	d.press("/")
	at := func(want int) {
		t.Helper()
		v := d.root.View()
		if v.Cursor == nil || v.Cursor.Y != 1 || v.Cursor.X != want {
			t.Fatalf("the cursor stands at %+v, not in column %d", v.Cursor, want)
		}
	}
	empty := len("› Filter all fields: ") - len("›") + 1
	at(empty)
	d.typed("伊藤e\u0301x")
	at(empty + 6)
	d.press("left", "left")
	at(empty + 4)
	d.press("backspace")
	at(empty + 2)
	d.shows("伊e\u0301x")
	d.press("home")
	at(empty)
	d.press("end")
	d.typed(strings.Repeat("幅", 60))
	at(79) // scrolled: no half of a wide character is shown, and the cursor has its own cell, the last one
}

func TestCursorMovesWithinTheField(t *testing.T) {
	l := newLook(terminalOf([]string{"TERM=xterm-256color"}))
	f := field{look: l}
	view := func(keys ...string) string {
		for _, k := range keys {
			f.edit(k)
		}
		text, at := f.view(6)
		return l.cut(text, 0, at) + "|" + l.cut(text, at, 6)
	}
	f.set("abcdefgh")
	for i, step := range []struct {
		keys []string
		want string
	}{
		{nil, "defgh| "},
		{[]string{"left", "left"}, "def|gh "},
		{[]string{"left", "left", "left"}, "|defgh "},
		{[]string{"left"}, "|cdefgh"},
		{[]string{"right", "right"}, "cd|efgh"},
		{[]string{"home"}, "|abcdef"},
		{[]string{"end"}, "defgh| "},
		{[]string{"backspace", "backspace"}, "bcdef| "},
		{[]string{"ctrl+u"}, "|      "},
	} {
		if got := view(step.keys...); got != step.want {
			t.Errorf("step %d: %q, not %q", i, got, step.want)
		}
	}
}

func TestLockedOnlyAndOrder(t *testing.T) {
	tm := newStateTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("l")
	d.shows("1 of 8 members", "locked only", "locked 12m")
	d.tick()
	d.pass(12 * time.Minute)
	d.tick() // the lock runs out
	d.shows("0 of 8 members", "Nobody is locked out. Esc shows everybody.", "l locked or not")
	d.press("esc", "o")
	d.shows("order: name")
	if rows := strings.Split(d.frame(), "\n")[3]; !strings.Contains(rows, "Invited") {
		t.Errorf("the first by name is %q", rows)
	}
}

func TestOverviewThatComesTooLateIsDropped(t *testing.T) {
	d := signedIn(t, newStateTeam(t), 120, 40)
	d.hold = true
	d.press("down")         // Hanako, who is locked
	d.press("down", "down") // Ken, who is not
	held := d.held
	d.held, d.hold = nil, false
	for i := range held {
		d.do(held[len(held)-1-i])
	}
	d.shows("Account ken.tanaka@example.com", "not locked")
	d.hides("locked for")
}

func TestChangesOfOtherProcessesAreSeen(t *testing.T) {
	ctx := context.Background()
	tm := newTeam(t)
	ken, admin := tm.find(t, "ken.tanaka@example.com"), tm.find(t, adminAddress)
	tm.write(t, func(w account.Writer) error { // an account without a password is never locked
		c, err := w.Credential(admin.ID)
		if err != nil {
			return err
		}
		return w.PutCredential(ken.ID, account.Credential{Hash: c.Hash})
	})
	d := signedIn(t, tm, 120, 40)
	d.goTo("tanaka")
	d.press("down")
	for range account.DefaultSettings().MaxFailures {
		_, err := tm.service.SignIn(ctx, "ken.tanaka@example.com", "wrong", "test")
		if account.CodeOf(err) != account.CodeSignInFailed {
			t.Fatal(err)
		}
	}
	_, err := tm.service.Reset(ctx, tm.admin, tm.find(t, "ken.t").ID, account.ReasonForgot)
	check(t, err)
	d.hides("locked 15m")
	d.tick()
	d.shows("locked 15m", "by 青木 はるか: the member forgot the password", "2 of 8 members")
	if !strings.Contains(d.cursorRow(), "Logistics") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}

	// A whole file of members makes the directory be read again.
	tm.takeIn(t, member.Member{LoginID: "new.one", Name: "Tanaka New", Status: member.Active})
	d.tick()
	d.shows("3 of 9 members", "Tanaka New")
	if !strings.Contains(d.cursorRow(), "Logistics") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}

func TestReloadKeepsTheMember(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.tick()
	d.press("end", "up")
	for _, name := range []string{"t.yoshino", "ken.t", "zoe@example.com", "m.ito"} {
		m := tm.find(t, name)
		m.Status = member.Deleted
		tm.write(t, func(w account.Writer) error {
			_, err := w.PutMember(m)
			return err
		})
	}
	tm.takeIn(t, member.Member{LoginID: "new.one", Name: "New", Status: member.Active})
	d.tick()
	d.shows("5 of 5 members")
	if !strings.Contains(d.cursorRow(), "invited@") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}

func TestCountdownMovesOn(t *testing.T) {
	tm := newStateTeam(t)
	d := signedIn(t, tm, 120, 40)
	d.goTo("hanako")
	d.shows("locked for 11m 30s more")
	tm.now = tm.now.Add(time.Second)
	d.tick()
	d.shows("locked for 11m 29s more")
	d.pass(time.Hour)
	d.tick()
	d.shows("Lockout not locked")
}

// TestStillFrame checks that nothing on the screen changes by itself while nothing happens: each change costs bytes on a
// slow line.
func TestStillFrame(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 120, 40)
	d.tick()
	before := d.root.View().Content
	tm.now = tm.now.Add(10 * time.Second)
	d.tick()
	if after := d.root.View().Content; after != before {
		t.Errorf("the frame has changed:\n%s\nwas:\n%s", after, before)
	}
}

func TestScrolling(t *testing.T) {
	var many []member.Member
	for i := range 200 {
		many = append(many, member.Member{LoginID: fmt.Sprintf("row%03d", i), Name: fmt.Sprintf("Row %03d", i), Status: member.Active})
	}
	d := signedIn(t, newTeam(t, many...), 80, 24)
	for _, step := range []struct{ key, row string }{
		{"end", "row199"}, {"up", "row198"}, {"pgup", "row179"}, {"g", "haruka.aoki"}, {"pgdown", "row011"},
		{"j", "row012"}, {"k", "row011"}, {"G", "row199"}, {"home", "haruka.aoki"},
	} {
		d.press(step.key)
		if !strings.Contains(d.cursorRow(), step.row) {
			t.Errorf("after %s the cursor is on %q, not on %s", step.key, d.cursorRow(), step.row)
		}
	}
}

func TestArrowsScrollWhatIsTooLong(t *testing.T) {
	d := signedIn(t, newStateTeam(t), minWidth, minHeight)
	d.goTo("hanako")
	for _, page := range [][]string{{"?"}, {"esc", "enter"}, {"4"}} { // the keys, a member, the settings
		d.press(page...)
		top := d.frame()
		d.press("down", "j")
		if d.frame() == top {
			t.Errorf("%s: the arrows do not scroll:\n%s", page, top)
		}
		d.press("up", "k")
		if d.frame() != top {
			t.Errorf("%s: the arrows do not scroll back:\n%s", page, d.frame())
		}
	}
}

func TestListCanBeFilteredWhileItLoads(t *testing.T) {
	tm := newTeam(t)
	d := newDriver(t, tm, 80, 24, func(o *Options) { o.Address = adminAddress })
	d.typed(adminPassword)
	d.hold = true
	d.press("enter")
	signIn := d.held
	d.held = nil
	d.send(signIn[0]()) // signed in; the members are still being read
	d.root.stack()[0].(*members).read.Store(12000)
	d.shows("Loading members… 12,000")
	d.press("F")
	d.shows("The members are still being loaded")
	d.press("/")
	d.typed("ito")
	d.release()
	d.shows("1 of 8 members", "m.ito")
}

// busyStore is a service that cannot read the directory for a while.
type busyStore struct {
	*account.Service
	busy *bool
}

func (b busyStore) StartDirectory(ctx context.Context) (*account.Directory, error) {
	if *b.busy {
		return nil, errors.New("another process holds the store")
	}
	return b.Service.StartDirectory(ctx)
}

func (b busyStore) LoadDirectory(ctx context.Context, progress func(int)) (*account.Directory, error) {
	if *b.busy {
		return nil, errors.New("another process holds the store")
	}
	return b.Service.LoadDirectory(ctx, progress)
}

func (b busyStore) DirectoryChanges(ctx context.Context, seen account.Record) (account.Changes, error) {
	if *b.busy {
		return account.Changes{}, errors.New("another process holds the store")
	}
	return b.Service.DirectoryChanges(ctx, seen)
}

func (b busyStore) Overview(ctx context.Context, admin account.Admin, id member.ID) (account.Overview, error) {
	if *b.busy {
		return account.Overview{}, errors.New("another process holds the store")
	}
	return b.Service.Overview(ctx, admin, id)
}

func TestAnAccountThatCouldNotBeReadIsReadAgain(t *testing.T) {
	tm := newTeam(t)
	busy := false
	d := signedIn(t, tm, 120, 40)
	d.root.shared.service = busyStore{tm.service, &busy}
	busy = true
	d.press("down")
	d.tick()
	d.shows("Another process holds the store.")
	d.hides("Last reset")
	busy = false
	d.tick() // though nothing has changed in the store
	d.shows("Last reset", "[r] Reset Password")
}

func TestWhatCouldNotBeReadIsTriedAgain(t *testing.T) {
	tm := newTeam(t)
	busy := true
	d := newDriver(t, tm, 80, 24, func(o *Options) { o.Address = adminAddress })
	d.root.shared.service = busyStore{tm.service, &busy}
	d.typed(adminPassword)
	d.press("enter")
	d.shows("! Another process holds the store.")
	d.press("down", "o", "l", "enter", "r") // nothing is there yet that these could act on
	busy = false
	d.tick()
	d.shows("8 of 8 members")

	d.tick()
	busy = true
	_, err := tm.service.Reset(context.Background(), tm.admin, tm.find(t, "ken.t").ID, account.ReasonForgot)
	check(t, err)
	tm.lock(t, "ken.t")
	_, err = tm.service.SendAgain(context.Background(), tm.admin, 1) // to the invited member
	check(t, err)
	d.tick()
	d.shows("! Another process holds the store.")
	d.hides("locked 12m")
	busy = false
	d.tick()
	d.shows("locked 12m")
}

// While an arrow key is held down nothing is drawn anew but the rows that the cursor leaves and enters.
func TestThePaneTurnsToTheMemberOnWhomTheCursorRests(t *testing.T) {
	d := signedIn(t, newTeam(t), 120, 30)
	d.moving = true
	before := strings.Split(d.frame(), "\n")
	d.press("down", "down")
	var changed int
	for i, line := range strings.Split(d.frame(), "\n") {
		if line != before[i] {
			changed++
		}
	}
	if changed != 2 {
		t.Errorf("%d lines have changed, want the two rows:\n%s", changed, d.frame())
	}
	d.shows("Account " + adminAddress)
	d.tick()
	d.shows("Account t.yoshino")

	d.press("down")
	d.press("r") // is about the member under the cursor, whoever the pane shows
	d.shows("ken.tanaka@example.com", "Reset Password")
}

// A row out of sight comes to the middle, and no empty row is drawn at the ends.
func TestTheCursorLeavesTheEdge(t *testing.T) {
	l := list{total: 100, height: 20}
	for _, c := range []struct{ cursor, offset int }{
		{19, 0}, {20, 10}, {29, 10}, {30, 20}, {20, 20}, {19, 9}, {99, 80}, {79, 69}, {0, 0},
	} {
		l.cursor = c.cursor
		l.settle()
		if l.offset != c.offset {
			t.Errorf("with the cursor on row %d the list begins with row %d, want %d", c.cursor, l.offset, c.offset)
		}
	}
}
