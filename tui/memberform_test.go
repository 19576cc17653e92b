package tui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// named gives the member whose account begins like this.
func (tm *team) named(t *testing.T, account string) member.Member {
	t.Helper()
	for _, m := range people {
		if strings.HasPrefix(m.Account(), account) {
			return tm.find(t, m.Account())
		}
	}
	t.Fatalf("nobody is called %s", account)
	return member.Member{}
}

// changeBehind changes a member as another admin's console would.
func (tm *team) changeBehind(t *testing.T, who string, change func(*member.Member)) {
	t.Helper()
	base := tm.named(t, who)
	changed := base
	changed.Departments = slices.Clone(base.Departments)
	change(&changed)
	_, err := tm.service.ChangeMember(context.Background(), tm.admin, base, changed)
	check(t, err)
}

// last is the newest audit record.
func (tm *team) last(t *testing.T) account.Record {
	t.Helper()
	records, err := tm.service.Audit(context.Background(), 0, 1)
	check(t, err)
	return records[0]
}

func TestAnEmailMemberIsAdded(t *testing.T) {
	tm := newTeam(t)
	woken := 0
	d := signedIn(t, tm, 80, 24, func(o *Options) { o.Wake = func() { woken++ } })
	d.goTo("hanako") // a filter that hides the new member
	d.press("a", "enter")
	d.shows("Email address")
	d.send(tea.PasteMsg{Content: " New.Person@example.com\n"})
	d.press("tab")
	d.typed("新人 一")
	d.press("tab")
	d.shows("New.Person (if left empty)")
	d.press("tab")
	d.typed("1042")
	d.press("tab", "right", "right", "tab")
	d.typed("営業部; Sales ;;")
	d.press("tab")
	d.typed("Trainee")
	d.shows("An invitation with a set-password link goes out by mail.")
	d.press("enter", "enter")
	d.shows("新人 一 has been added. An invitation is queued to New.Person@example.com.", "Details", "Mail queued", "Status Inviting")
	want := member.Member{Email: "New.Person@example.com", Name: "新人 一", SearchName: "New.Person", EmployeeNumber: "1042", EmploymentType: "1",
		Departments: []string{"営業部", "Sales"}, Position: "Trainee", Status: member.Inviting}
	got := tm.find(t, "new.person@example.com")
	want.ID = got.ID
	if !got.Equal(want) {
		t.Errorf("added %+v, want %+v", got, want)
	}
	if woken != 1 {
		t.Errorf("the courier was woken %d times", woken)
	}
	d.press("esc")
	d.shows("9 of 9 members")
	if !strings.Contains(d.cursorRow(), "新人 一") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}

func TestALoginIDMemberIsAddedWithAForm(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 120, 40)
	d.press("a", "right", "tab")
	d.shows("Login ID")
	d.typed("line3-018")
	d.press("tab")
	d.typed("Second Shift")
	d.press("ctrl+s")
	d.shows("Second Shift has been added. The form is there: save it (f) or print it (p), and hand it over.", "Form works until")
	d.press("f")
	d.shows("The form is saved: /srv/rekey/forms/line3-018.pdf.")
	d.press("v")
	d.shows("Scan it with a phone")
	d.press("esc", "esc")
	if !strings.Contains(d.cursorRow(), "line3-018") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}

func TestAMemberWhoCannotBeAdded(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	seq := tm.last(t).Seq
	d.press("a", "tab")
	d.typed("x")
	d.shows("An email address has one @ with something on both")
	d.press("tab", "ctrl+s")
	d.shows("An email address has one @", "A name is needed.")
	d.press("ctrl+u")
	d.typed("HANAKO.sato@example.com")
	d.press("tab")
	d.typed("Another")
	d.press("ctrl+s")
	d.shows("belongs to", "HANAKO.sato@example.com", "Name Another") // what was typed is still there
	if tm.last(t).Seq != seq {
		t.Fatalf("recorded %+v", tm.last(t))
	}
	d.press("shift+tab", "ctrl+u")
	d.typed("another@example.com")
	d.press("ctrl+s")
	d.shows("Another has been added.")
}

func TestWithSingleSignOnNoLoginIDMemberIsAdded(t *testing.T) {
	tm := newTeam(t)
	tm.write(t, func(w account.Writer) error {
		set, err := w.Settings()
		set.SSO = true
		if err != nil {
			return err
		}
		return w.PutSettings(set)
	})
	d := signedIn(t, tm, 80, 24)
	d.press("a")
	d.shows("The member signs in through the single sign-on: no mail goes out.")
	d.press("right")
	d.shows("The team uses single sign-on: login ID members", "cannot be added.")
	d.press("ctrl+s")
	d.shows("Add a member")
}

func TestAMemberIsChanged(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("hanako")
	d.press("enter", "c", "tab", "ctrl+u")
	d.typed("佐藤 華")
	d.press("down", "down", "down", "left", "ctrl+s")
	d.shows("The changes to 佐藤 華 are saved.", "Employment 1 (Executive)")
	m := tm.named(t, "hanako")
	if m.Name != "佐藤 華" || m.EmploymentType != "1" || m.Position != "主任" || len(m.Departments) != 2 {
		t.Errorf("the member is %+v", m)
	}
	if r := tm.last(t); r.Event != account.EventMemberChanged || r.Detail("fields") != "fullName employmentType" {
		t.Errorf("recorded %+v", r)
	}
	d.press("esc")
	if !strings.Contains(d.cursorRow(), "佐藤 華") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}

func TestAChangeDoesNotWaitForTheAccount(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.hold = true
	d.press("down", "c")
	d.shows("Email address hanako.sato@example.com")
	d.release()
	d.press("tab")
	d.typed("!")
	d.press("ctrl+s")
	d.shows("are saved.")
}

func TestWhatIsNotTouchedIsNotChanged(t *testing.T) {
	odd := member.Member{LoginID: "odd", Name: "a\u202eb", SearchName: "odd", Departments: []string{"x\u202ey", "z"}, Position: " p\u200b ", Status: member.Active}
	tm := newTeam(t, odd)
	d := signedIn(t, tm, 80, 24)
	d.goTo("odd")
	d.press("c", "tab", "tab")
	d.typed("7")
	d.press("ctrl+s")
	d.shows("are saved.")
	got := tm.find(t, "odd")
	odd.ID, odd.EmployeeNumber = got.ID, "7"
	if !got.Equal(odd) {
		t.Errorf("the member is %+v", got)
	}
}

func TestALoginIDCannotBeChanged(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("c")
	d.shows("Login ID t.yoshino", "A login ID, once registered, cannot be changed.")
	d.press("shift+tab", "tab") // round, without it
	d.typed("x")
	d.press("ctrl+s")
	if m := tm.find(t, "t.yoshino"); m.Name != "𠮷野 太郎x" {
		t.Errorf("the member is %+v", m)
	}
}

func TestANewAddressSaysWhatBecomesOfTheLink(t *testing.T) {
	tm := newTeam(t)
	woken := 0
	d := signedIn(t, tm, 80, 24, func(o *Options) { o.Wake = func() { woken++ } })
	d.goTo("ken.tanaka")
	d.press("c")
	d.hides("from then on")
	d.typed(".jp")
	d.shows("The member signs in with the new address from then on.")
	d.press("esc", "tab", "enter", "esc")
	d.goTo("invited")
	d.press("c")
	d.typed(".jp")
	d.shows("The link that was sent to the old address stops", "working; a new one goes to the new address.")
	d.press("ctrl+s")
	d.shows("are saved.")
	mails, err := tm.service.Mails(context.Background(), 0, 1)
	check(t, err)
	if mails[0].To != "invited@example.com.jp" || woken != 1 {
		t.Errorf("the newest mail goes to %s; the courier was woken %d times", mails[0].To, woken)
	}
}

func TestAnotherAdminsChangeIsSaidWhileTheFormIsOpen(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("hanako")
	d.press("c", "tab")
	d.typed("!")
	tm.changeBehind(t, "hanako", func(m *member.Member) { m.Name, m.Position = "佐藤 華", "課長" })
	d.tick()
	d.shows("Another admin has changed this member:", "Name: 佐藤 花子 -> 佐藤 華 (what you typed is kept)", "Position: 主任 -> 課長",
		"Name 佐藤 花子!", "Position 課長", "Look at the new values, then save again.")
	d.press("ctrl+s")
	d.shows("are saved.")
	if m := tm.named(t, "hanako"); m.Name != "佐藤 花子!" || m.Position != "課長" {
		t.Errorf("the member is %+v", m)
	}
}

func TestAnotherAdminsChangeIsNeverOverwritten(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("hanako")
	d.press("c", "tab")
	d.typed("!")
	tm.changeBehind(t, "hanako", func(m *member.Member) { m.Departments, m.EmploymentType = []string{"HQ"}, "" })
	d.press("ctrl+s") // before the console has noticed
	d.shows("Departments: 営業部;Sales -> HQ", "Employment type: 2 -> empty", "Employment type < none >", "Name 佐藤 花子!")
	if m := tm.named(t, "hanako"); m.Name != "佐藤 花子" {
		t.Fatalf("the member is %+v", m)
	}
	d.tick() // what is read then is no news
	if n := strings.Count(d.frame(), "Departments:"); n != 1 {
		t.Errorf("the change is told %d times:\n%s", n, d.frame())
	}
	d.press("ctrl+s")
	if m := tm.named(t, "hanako"); m.Name != "佐藤 花子!" || m.Departments[0] != "HQ" || m.EmploymentType != "" {
		t.Errorf("the member is %+v", m)
	}
}

func TestTwoConsolesChangeTheSameMember(t *testing.T) {
	tm := newTeam(t)
	one, two := signedIn(t, tm, 80, 24), signedIn(t, tm, 80, 24)
	for _, d := range []*driver{one, two} {
		d.goTo("yoshino")
		d.press("c", "tab", "tab")
	}
	one.press("ctrl+u")
	one.typed("2001")
	two.press("tab", "tab", "tab")
	two.typed("Foreman")
	one.press("ctrl+s")
	one.shows("are saved.")
	two.press("ctrl+s")
	two.shows("Employee number: 1003 -> 2001", "Employee number 2001", "Position Foreman")
	two.press("ctrl+s")
	two.shows("are saved.")
	one.tick()
	if m := tm.find(t, "t.yoshino"); m.EmployeeNumber != "2001" || m.Position != "Foreman" {
		t.Errorf("the member is %+v", m)
	}
	for _, d := range []*driver{one, two} {
		d.press("enter")
		d.shows("Number 2001", "Position Foreman")
	}
}

func TestOtherConsolesFollowWithoutLosingTheirPlace(t *testing.T) {
	tm := newTeam(t)
	one, two := signedIn(t, tm, 80, 24), signedIn(t, tm, 80, 24)
	two.goTo("example.com")
	two.press("down", "down", "down") // on Zoë
	row := two.cursorRow()
	one.press("a", "tab")
	one.typed("aaa@example.com")
	one.press("tab")
	one.typed("Added")
	one.press("ctrl+s", "esc")
	one.goTo("hanako")
	one.press("d")
	one.typed("HANAKO.SATO@example.com")
	one.press("enter")
	one.shows("佐藤 花子 has been deleted.")
	two.tick()
	two.shows("Filter all fields: example.com", "aaa@example", "5 of 8 members")
	two.hides("佐藤 花子")
	if two.cursorRow() != row {
		t.Errorf("the cursor is on %q, not %q", two.cursorRow(), row)
	}
	// An open form stays, with what was typed.
	two.press("c", "tab")
	two.typed("!")
	one.press("esc")
	one.goTo("yoshino")
	one.press("m")
	one.typed("taro@example.com")
	one.press("enter")
	one.shows("signs in with taro@example.com now.")
	two.tick()
	two.shows("Name Zoë D’Angelo")
	two.press("esc", "tab", "enter")
	two.shows("taro@examp", "6 of 8 members")
}

func TestADetailSaysThatItsMemberIsDeleted(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("down", "enter") // 佐藤 花子
	_, err := tm.service.ChangeStatus(context.Background(), tm.admin, tm.named(t, "hanako").ID, member.Deleted)
	check(t, err)
	d.tick()
	d.shows("佐藤 花子", "This member has been deleted.")
	d.press("r", "c", "d")
	d.shows("This member has been deleted.")
	d.hides("Why?")
	d.press("esc")
	d.hides("佐藤 花子")
	d.shows("7 of 7 members")
}

func TestAFormSaysThatItsMemberIsDeleted(t *testing.T) {
	for _, noticed := range []bool{true, false} {
		tm := newTeam(t)
		d := signedIn(t, tm, 80, 24)
		d.goTo("hanako")
		d.press("c", "tab")
		d.typed("!")
		_, err := tm.service.ChangeStatus(context.Background(), tm.admin, tm.named(t, "hanako").ID, member.Deleted)
		check(t, err)
		if noticed {
			d.tick()
			d.shows("This member has been deleted meanwhile: nothing can be saved any more.")
		}
		d.press("ctrl+s")
		d.shows("This member has been deleted.", "Name 佐藤 花子!")
	}
}

func TestSuspendingAndMakingActiveAgain(t *testing.T) {
	tm := newStateTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("hanako")
	d.press("s")
	d.shows("佐藤 花子 · hanako.sato@example.com", "3 sessions end, on every device.", "The member cannot sign in", "[> Cancel <]")
	d.press("enter")
	d.hides("[> Cancel <]")
	d.press("s", "esc")
	if m := tm.named(t, "hanako"); m.Status != member.Active {
		t.Fatal("suspended without a yes")
	}
	d.press("s", "tab", "enter")
	d.shows("佐藤 花子 is suspended.", "Suspended")
	o, err := tm.service.Overview(context.Background(), tm.admin, tm.named(t, "hanako").ID)
	check(t, err)
	if o.Member.Status != member.Suspended || o.Sessions != 0 {
		t.Errorf("the account is %+v", o)
	}
	d.press("s")
	d.shows("The member has no password: a reset brings one.")
	d.press("right", "enter")
	d.shows("佐藤 花子 is active again.")
	if m := tm.named(t, "hanako"); m.Status != member.Active {
		t.Errorf("the status is %v", m.Status)
	}
}

func TestDeletingAsksForTheAccount(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("d")
	d.shows("Deleted is final", "Type the login ID", "The login ID is free for a new member.")
	d.press("enter")
	d.shows("It has to be t.yoshino to delete this member.")
	d.typed("t.yoshin")
	d.press("enter", "enter")
	if m := tm.find(t, "t.yoshino"); m.Status != member.Active {
		t.Fatal("deleted without the login ID")
	}
	d.typed("O ")
	d.hides("It has to be")
	d.press("enter")
	d.shows("𠮷野 太郎 has been deleted.", "No member fits.")
	if r := tm.last(t); r.Event != account.EventStatusChanged || r.Detail("to") != "deleted" {
		t.Errorf("recorded %+v", r)
	}
}

func TestAnInvitedMemberCanOnlyBeDeleted(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("invited")
	d.press("s")
	d.shows("A member who has not signed up yet cannot be suspended.")
	d.press("d")
	d.typed("invited@example.com")
	d.press("enter")
	d.shows("Invited Person has been deleted.")
}

func TestOnesOwnRowSaysWhy(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	for key, why := range map[string]string{
		"s": "This is your own account. Another admin has to do this.",
		"d": "This is your own account. Another admin has to do this.",
		"A": "Another admin can take your authority away, so that the team always has one.",
	} {
		d.press(key)
		d.shows(why)
	}
	d.press("c")
	d.shows("Change", "青木 はるか") // one's own data can be changed
}

func TestAuthorityIsGivenAndTakenInTheConsole(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("A")
	d.shows("A login ID member cannot have admin authority.")
	d.press("esc")
	d.goTo("hanako")
	d.press("A")
	d.shows("The member can open this console", "a reset brings one")
	d.press("tab", "enter")
	d.shows("佐藤 花子 has admin authority now.")
	if !tm.named(t, "hanako").Admin {
		t.Fatal("no authority")
	}
	d.press("A")
	d.shows("The member's consoles stop working at once.")
	d.press("tab", "enter")
	d.shows("has no admin authority any more.")
	if tm.named(t, "hanako").Admin {
		t.Error("still authority")
	}
}

func TestALoginIDMemberGetsAnAddress(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("yoshino")
	d.press("m")
	d.shows("The login ID goes away for good", "a set-password link goes to the address")
	d.typed("hanako.sato@example.com")
	d.press("enter")
	d.shows("belongs to", "Email address hanako.sato@example.com")
	d.press("ctrl+u")
	d.typed("taro@example.com")
	d.press("enter")
	d.shows("𠮷野 太郎 signs in with taro@example.com now.")
	m := tm.find(t, "taro@example.com")
	if m.LoginID != "" || m.Name != "𠮷野 太郎" {
		t.Errorf("the member is %+v", m)
	}
	d.press("esc", "/")
	d.typed("taro@")
	d.press("enter", "enter")
	d.shows("Email address member", "Mail queued")
}

func TestSignedOutWhileAMemberIsChanged(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.goTo("hanako")
	d.press("c", "tab")
	d.typed("!")
	check(t, tm.service.SignOut(context.Background(), d.root.shared.admin))
	d.press("ctrl+s")
	d.shows("You have been signed out", "Password")
	if m := tm.named(t, "hanako"); m.Name != "佐藤 花子" {
		t.Errorf("the member is %+v", m)
	}
}

// hangingStatus is a service whose changes of a status wait until they are cancelled.
type hangingStatus struct{ *account.Service }

func (hangingStatus) ChangeStatus(ctx context.Context, _ account.Admin, _ member.ID, _ member.Status) (member.Member, error) {
	<-ctx.Done()
	return member.Member{}, ctx.Err()
}

func TestEscCancelsAChangeThatHangs(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.root.shared.service = hangingStatus{tm.service}
	d.goTo("hanako")
	d.press("s", "tab")
	d.hold = true
	d.press("enter", "esc")
	d.shows("Saving…")
	d.release()
	d.shows("Cancelled: nothing has been changed.", "[> Suspend <]")
}

func TestAFailureIsShownInTheBox(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.root.shared.service = failingStatus{tm.service}
	d.goTo("hanako")
	d.press("s", "tab", "enter")
	d.shows("No space left on device.", "[> Suspend <]")
}

// failingStatus is a service on a full disk.
type failingStatus struct{ *account.Service }

func (failingStatus) ChangeStatus(context.Context, account.Admin, member.ID, member.Status) (member.Member, error) {
	return member.Member{}, errors.New("no space left on device")
}

// slowAdd is a service that has added a member before the answer comes.
func TestTheCursorWaitsForTheNewMember(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 120, 40)
	d.press("a", "tab")
	d.typed("x@example.com")
	d.press("tab")
	d.typed("X")
	d.hold = true
	d.press("ctrl+s")
	tm.changeBehind(t, "hanako", func(m *member.Member) { m.Position = "x" })
	d.tick()
	d.release()
	tm.now = tm.now.Add(time.Second)
	d.tick()
	d.press("esc")
	if !strings.Contains(d.cursorRow(), "x@example.com") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}
