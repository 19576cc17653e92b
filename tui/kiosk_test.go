package tui

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"rekey/account"
	"rekey/member"
)

func TestAScannedFormSetsThePassword(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	d.shows("Unipos", "Kita Works", "Scan the QR code of your form, or type the code")
	d.scan(kioskBase + codePath + tm.formCode(t, "t.yoshino"))
	d.shows("New password for t.yoshino (𠮷野 太郎)", "8 to 256 characters", "many people use", "your name")
	d.choose(chosenPassword, chosenPassword)
	d.shows("Your password is set.", "81-4402", "the login ID t.yoshino", kioskBase+"/login", "closes in 10 s")
	d.hides(chosenPassword)

	if !tm.signsIn("t.yoshino", chosenPassword) {
		t.Error("the new password does not sign the member in")
	}
	records, err := tm.service.Audit(context.Background(), 0, 10)
	check(t, err)
	var via string
	for _, r := range records {
		if r.Event == account.EventPasswordSet {
			via = r.Detail("via")
		}
	}
	if via != string(account.ViaKiosk) {
		t.Errorf("the audit log says that the password was set by %q", via)
	}
	d.pass(kioskDone)
	d.atStart()
}

// TestHowCodesArrive sets off from the start with every way in which a scanner or a person may send a code.
func TestHowCodesArrive(t *testing.T) {
	tm := newTeam(t)
	code := tm.formCode(t, "t.yoshino")
	url := kioskBase + codePath + code
	long := url + strings.Repeat(" ", 300-len(url))
	for name, send := range map[string]func(d *kioskDriver){
		"URL, key by key":     func(d *kioskDriver) { d.scan(url) },
		"300 keys":            func(d *kioskDriver) { d.scan(long) },
		"300 in one paste":    func(d *kioskDriver) { d.send(tea.PasteMsg{Content: long + "\r"}) },
		"paste, then Enter":   func(d *kioskDriver) { d.send(tea.PasteMsg{Content: url}); d.press("enter") },
		"paste with LF":       func(d *kioskDriver) { d.send(tea.PasteMsg{Content: "\r\n" + url + "\r\n"}) },
		"LF at the end":       func(d *kioskDriver) { d.typed(url); d.press("ctrl+j") },
		"Tab at the end":      func(d *kioskDriver) { d.typed(url); d.press("tab") },
		"bare code":           func(d *kioskDriver) { d.scan(code) },
		"typed by hand":       func(d *kioskDriver) { d.scan(strings.ToLower(strings.ReplaceAll(code, "-", " "))) },
		"after what was left": func(d *kioskDriver) { d.typed("ab12"); d.scan(url) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newKioskDriver(t, tm, 80, 24)
			send(d)
			d.shows("New password for t.yoshino")
		})
	}
}

func TestOtherTextIsRefusedInWords(t *testing.T) {
	tm := newTeam(t)
	used := tm.formCode(t, "t.yoshino")
	_, err := tm.service.SetPassword(context.Background(), used, chosenPassword, account.ViaWeb, "browser")
	check(t, err)
	for text, want := range map[string]string{
		"https://other.example.com/s/" + used:              "leads to another site",
		"https://other.example.com/?" + kioskBase + "/s/1": "leads to another site",
		kioskBase + "/s/" + used[:20]:                      "leads to another site",
		"4901234567894":                                    "not a code of this team",
		used[:25] + "ZZZZZ":                                "not a code of this team",
		kioskBase + "/s/" + used:                           "This code does not work",
		used:                                               "This code does not work",
	} {
		d := newKioskDriver(t, tm, 80, 24)
		d.scan(text)
		d.atStart()
		d.shows(want)
		d.hides(text)
	}
}

func TestASuspendedMembersCodeIsKept(t *testing.T) {
	tm := newTeam(t)
	code := tm.formCode(t, "t.yoshino")
	tm.alter(t, "t.yoshino", func(m *member.Member) { m.Status = member.Suspended })
	d := newKioskDriver(t, tm, 80, 24)
	for range 10 { // it is no wrong code: it does not slow anything down
		d.scan(code)
		d.shows("This account is suspended")
	}
	tm.alter(t, "t.yoshino", func(m *member.Member) { m.Status = member.Active })
	d.scan(code)
	d.shows("New password for t.yoshino")
}

func TestAWeakPasswordKeepsTheCode(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	d.scan(tm.formCode(t, "t.yoshino"))
	for weak, want := range map[string]string{
		"seven77":                 "Too short: at least 8 characters",
		strings.Repeat("x7", 129): "Too long: at most 256 characters",
		"password1":               "Many people use this password",
		"my t.yoshino 1":          "It holds your name",
	} {
		d.choose(weak, weak)
		d.shows(want, "New password for t.yoshino")
		d.emptied()
	}
	d.choose(chosenPassword, chosenPassword)
	d.shows("Your password is set.")
	if !tm.signsIn("t.yoshino", chosenPassword) {
		t.Error("the new password does not sign the member in")
	}
}

// emptied fails unless the fields for the password are empty and the first one has the cursor.
func (d *kioskDriver) emptied() {
	d.t.Helper()
	p, ok := d.kiosk.page.(*passwordPage)
	if !ok {
		d.t.Fatalf("the kiosk does not ask for a password:\n%s", d.frame())
	}
	if p.fields[0].value() != "" || p.fields[1].value() != "" || p.focus != 0 {
		d.t.Fatalf("the fields hold something after a refusal, or the second one has the cursor:\n%s", d.frame())
	}
}

func TestTwoDifferentPasswordsAreRefused(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	d.scan(tm.formCode(t, "t.yoshino"))
	d.choose(chosenPassword, chosenPassword+"!")
	d.shows("The two passwords differ")
	d.emptied()
	if tm.signsIn("t.yoshino", chosenPassword) {
		t.Error("a password was stored")
	}
}

func TestMovingAndShowing(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	d.scan(tm.formCode(t, "t.yoshino"))
	d.typed("first")
	d.press("enter")
	d.typed("second")
	d.hides("first", "second")
	d.press("f8")
	d.shows("first", "second", "F8 hide")
	d.press("up")
	d.typed("1")
	d.press("tab")
	d.typed("2")
	d.press("down", "shift+tab", "shift+tab")
	d.shows("first1", "second2")
	d.press("f8")
	d.hides("first1", "second2")
	d.press("esc")
	d.atStart()
	d.hides("t.yoshino")
}

// TestAFormScannedOnThePasswordPage covers the same form scanned twice, the code taken for a password, and the next
// person's form on a page that the last one has left.
func TestAFormScannedOnThePasswordPage(t *testing.T) {
	tm := newTeam(t)
	mine, next := tm.formCode(t, "t.yoshino"), tm.formCode(t, "m.ito")
	d := newKioskDriver(t, tm, 80, 24)
	d.scan(kioskBase + codePath + mine)
	d.scan(kioskBase + codePath + mine)
	d.shows("That is the code of the form", "t.yoshino")
	d.emptied()
	d.scan(strings.ToLower(mine))
	d.shows("That is the code of the form", "t.yoshino")
	d.emptied()
	d.typed("half a password")
	d.press("enter")
	d.scan(kioskBase + codePath + next)
	d.shows("New password for m.ito")
	d.hides("yoshino")
	d.emptied()
}

// TestAPassphraseThatLooksLikeACode is taken as it is: 24 letters are a code to ParseCode.
func TestAPassphraseThatLooksLikeACode(t *testing.T) {
	const passphrase = "correct horse battery tape k"
	if _, _, ok := account.ParseCode(passphrase); !ok {
		t.Fatal("the passphrase does not look like a code")
	}
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	d.scan(tm.formCode(t, "t.yoshino"))
	d.choose(passphrase, passphrase)
	d.shows("Your password is set.")
	if !tm.signsIn("t.yoshino", passphrase) {
		t.Error("the passphrase does not sign the member in")
	}
}

func TestTextTypedWhileTheCodeIsLookedUp(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	code := tm.formCode(t, "t.yoshino")
	d.hold = true
	d.scan(code)
	d.shows("Looking the code up")
	d.scan(code) // a second scan changes nothing
	d.typed("nine loud ")
	d.release()
	d.choose("trombones", chosenPassword)
	d.shows("Your password is set.")
	if !tm.signsIn("t.yoshino", chosenPassword) {
		t.Error("what was typed ahead is not in the password")
	}
}

func TestTheLastPageGivesWayToTheNextPerson(t *testing.T) {
	tm := newTeam(t)
	next := tm.formCode(t, "m.ito")
	done := func() *kioskDriver {
		d := newKioskDriver(t, tm, 80, 24)
		d.scan(tm.formCode(t, "t.yoshino"))
		d.choose(chosenPassword, chosenPassword)
		d.shows("Your password is set.", "t.yoshino")
		return d
	}
	d := done()
	d.press("enter")
	d.atStart()
	d.hides("yoshino")
	d = done()
	d.scan(kioskBase + codePath + next)
	d.shows("New password for m.ito")
	d = done()
	d.send(tea.PasteMsg{Content: kioskBase + codePath + next + "\n"})
	d.shows("New password for m.ito")
	d = done()
	d.pass(kioskDone - time.Second)
	d.shows("closes in 1 s")
	d.pass(time.Second)
	d.atStart()
}

// TestNothingOfAPersonStays leaves each page by its time limit and looks for the person in every frame after that.
func TestNothingOfAPersonStays(t *testing.T) {
	for name, c := range map[string]struct {
		open  func(d *kioskDriver, code string)
		stays time.Duration
	}{
		"a code half typed": {func(d *kioskDriver, code string) { d.typed(code[:20]) }, kioskIdle},
		"a code refused":    {func(d *kioskDriver, code string) { d.scan(code + "0") }, kioskIdle},
		"a password half typed": {func(d *kioskDriver, code string) {
			d.scan(code)
			d.press("f9", "f8")
			d.typed(chosenPassword)
		}, kioskIdle},
		"a password refused": {func(d *kioskDriver, code string) {
			d.scan(code)
			d.choose(chosenPassword, "other")
		}, kioskIdle},
		"done": {func(d *kioskDriver, code string) {
			d.scan(code)
			d.choose(chosenPassword, chosenPassword)
		}, kioskDone},
		"an address half typed": {func(d *kioskDriver, code string) {
			d.press("f10")
			d.typed("t.yoshino" + code)
		}, kioskIdle},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			code := tm.formCode(t, "t.yoshino")
			d := newKioskDriver(t, tm, 80, 24)
			fresh := d.frame()
			c.open(d, code)
			d.pass(c.stays - time.Millisecond)
			if d.frame() == fresh {
				t.Fatal("the page has gone too early")
			}
			d.pass(time.Millisecond)
			d.atStart()
			if got := d.frame(); got != fresh {
				t.Fatalf("the start differs from a fresh one:\n%s\nfresh:\n%s", got, fresh)
			}
			for range 3 {
				d.pass(kioskIdle)
				d.press("f9", "f10", "esc", "tab", "x", "backspace")
				d.hides("yoshino", "𠮷野", "太郎", code, code[:20], chosenPassword)
			}
		})
	}
}

func TestIdleIsCountedDown(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	d.scan(tm.formCode(t, "t.yoshino"))
	d.pass(kioskIdle - kioskWarning - time.Millisecond)
	d.hides("closes in")
	d.pass(time.Millisecond)
	d.shows("This page closes in 15 s.")
	d.pass(14 * time.Second)
	d.shows("This page closes in 1 s.")
	d.typed("x")
	d.hides("closes in")
	d.pass(kioskIdle - time.Millisecond)
	d.shows("t.yoshino", "This page closes in 1 s.")
	d.pass(time.Millisecond)
	d.atStart()
}

// TestThePageStaysWhileItWorks lets setting the password take longer than the time limit.
func TestThePageStaysWhileItWorks(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	d.scan(tm.formCode(t, "t.yoshino"))
	d.typed(chosenPassword)
	d.press("enter")
	d.typed(chosenPassword)
	d.hold = true
	d.press("enter")
	d.shows("Setting your password")
	d.press("enter", "esc", "x", "f10") // nothing is done twice or broken off
	d.hold, d.held = false, d.held[:1]
	d.pass(2 * kioskIdle)
	d.shows("Setting your password")
	d.release()
	d.shows("Your password is set.")
}

func TestWrongCodesSlowDown(t *testing.T) {
	tm := newTeam(t)
	code := tm.formCode(t, "t.yoshino")
	d := newKioskDriver(t, tm, 80, 24)
	wrong := "ZZZZ" + code[4:] // well-formed, of a serial that does not exist
	d.scan(wrong)
	d.hides("Please wait")
	d.scan(wrong)
	d.hides("Please wait")
	d.scan(wrong)
	d.shows("Please wait 2 s.")
	d.scan(code) // right, but too early
	d.shows("Please wait 2 s. Then your code will be looked up.")
	d.pass(time.Second)
	d.atStart()
	d.shows("Please wait 1 s.")
	d.pass(time.Second)
	d.shows("New password for t.yoshino")
	d.press("esc")
	d.hides("Please wait")

	// A right code in between does not make the next pause shorter, and neither does the return to the start.
	d.scan(wrong)
	d.shows("Please wait 4 s.")
	for range maxTries - 4 {
		d.pass(longestPause)
		d.scan("nonsense")
	}
	d.shows("Please wait 300 s.")
	d.scan(code) // nobody would be there any more when it is looked up
	d.hides("Then your code will be looked up.")
	d.pass(kioskIdle)
	d.atStart()
	d.shows("Please wait 240 s.")
	d.pass(closedPause)
	d.atStart()
	d.scan(code)
	d.shows("New password for t.yoshino")
}

func TestNoKeyButAnAdminsSignInLeaves(t *testing.T) {
	tm := newTeam(t)
	escapes := []string{"ctrl+c", "ctrl+z", "ctrl+\\", "ctrl+d", "ctrl+q", "ctrl+s", "ctrl+l", "ctrl+x", "ctrl+[", "ctrl+]", "esc", "q", "Q", "f1", "f4",
		"f12", "?", ":", "enter", "tab"}
	code := tm.formCode(t, "t.yoshino")
	for _, page := range []struct {
		shows string
		open  func(d *kioskDriver)
	}{
		{"Scan the QR code", func(*kioskDriver) {}},
		{"New password for", func(d *kioskDriver) { d.scan(code) }},
		{"For admins: end the kiosk", func(d *kioskDriver) { d.press("f10") }},
		{"Your password is set.", func(d *kioskDriver) { d.scan(code); d.choose(chosenPassword, chosenPassword) }},
	} {
		for _, key := range escapes {
			d := newKioskDriver(t, tm, 80, 24)
			page.open(d)
			d.shows(page.shows)
			d.press(key, key)
			if d.quit || strings.TrimSpace(d.frame()) == "" {
				t.Fatalf("where it shows %q, %s leaves the kiosk", page.shows, key)
			}
			if page.shows == "Your password is set." {
				code = tm.formCode(t, "t.yoshino")
			}
		}
	}
}

func TestAnAdminsSignInLeaves(t *testing.T) {
	tm := newTeam(t)
	code := tm.formCode(t, "t.yoshino")
	_, err := tm.service.SetPassword(context.Background(), code, chosenPassword, account.ViaWeb, "browser")
	check(t, err)
	before := tm.adminSessions(t)
	d := newKioskDriver(t, tm, 80, 24)
	signIn := func(address, password string) {
		d.press("f10")
		d.scan(address)
		d.scan(password)
	}
	for _, c := range [][2]string{{adminAddress, "wrong"}, {adminAddress, chosenPassword}, {"nobody@example.com", adminPassword}, {"t.yoshino", chosenPassword}} {
		signIn(c[0], c[1])
		d.shows("That did not sign you in")
		if d.quit {
			t.Fatalf("%s left the kiosk with a wrong password", c[0])
		}
		d.press("esc")
		d.atStart()
		d.pass(longestPause)
	}
	signIn(adminAddress, adminPassword)
	if !d.quit {
		t.Fatalf("an admin's sign-in does not leave the kiosk:\n%s", d.frame())
	}
	if got := d.frame(); got != "" {
		t.Errorf("the last frame is not blank:\n%s", got)
	}
	if after := tm.adminSessions(t); after != before {
		t.Errorf("the admin has %d sessions after leaving the kiosk, %d before", after, before)
	}
}

// adminSessions counts the admin's sessions.
func (tm *team) adminSessions(t *testing.T) int {
	t.Helper()
	o, err := tm.service.Overview(context.Background(), tm.admin, tm.admin.ID)
	check(t, err)
	return o.Sessions
}

func TestAMemberWithoutAuthorityCannotLeave(t *testing.T) {
	tm := newTeam(t)
	tm.alter(t, adminAddress, func(m *member.Member) { m.Admin = false })
	d := newKioskDriver(t, tm, 80, 24)
	d.press("f10")
	d.scan(adminAddress)
	d.scan(adminPassword)
	d.shows("Only active members with admin authority")
	if d.quit {
		t.Error("a member without admin authority left the kiosk")
	}
}

func TestWrongSignInsSlowDown(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	d.press("f10")
	d.scan(adminAddress)
	for range freeTries + 1 {
		d.scan("wrong")
	}
	d.shows("Please wait 2 s.")
	d.scan(adminPassword)
	if d.quit {
		t.Fatal("a sign-in was accepted during the pause")
	}
	d.pass(firstPause)
	d.press("enter")
	if !d.quit {
		t.Fatalf("a sign-in after the pause was not accepted:\n%s", d.frame())
	}
}

func TestTheLanguageSwitches(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24)
	d.shows("F9 日本語")
	d.press("f9")
	d.shows("QRコードを読み取る", "F9 English")
	d.scan("nonsense")
	d.shows("このチームのコードではありません")
	d.press("f9")
	d.shows("That is not a code of this team")
	d.press("f9")
	d.scan(tm.formCode(t, "t.yoshino"))
	d.choose("short", "short")
	d.shows("短すぎます。8文字以上")
	d.press("f9")
	d.shows("Too short: at least 8 characters")
	d.press("f9", "esc")
	d.shows("Scan the QR code") // the next person's language is the kiosk's
}

func TestTheFirstLanguageIsTheLocales(t *testing.T) {
	tm := newTeam(t)
	for env, want := range map[string]string{
		"LANG=ja_JP.UTF-8":          "読み取る",
		"LANG=en_US.UTF-8":          "Scan the QR code",
		"LANG=C,LC_ALL=ja_JP.UTF-8": "読み取る",
		"LANG=ja_JP,LC_ALL=C":       "Scan the QR code",
		"LANG=ja_JP,TERM=linux":     "Scan the QR code",
	} {
		d := newKioskDriver(t, tm, 80, 24, strings.Split(env, ",")...)
		d.shows(want)
	}
}

func TestTheLinuxConsoleGetsNothingItCannotDraw(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24, "TERM=linux")
	look := func() {
		t.Helper()
		for _, r := range d.frame() {
			if r > '~' {
				t.Fatalf("the Linux console is to draw %q:\n%s", r, d.frame())
			}
		}
	}
	look()
	d.press("f9")
	look()
	d.scan(tm.formCode(t, "t.yoshino"))
	d.shows("New password for t.yoshino")
	d.typed("xyz")
	look()
	d.press("f10")
	look()
}

// TestFunctionKeysOfTheLinuxConsoleTypeNothing: the terminal reader takes F2, which is ESC [ [ B there, for an unknown
// sequence and the letter B.
func TestFunctionKeysOfTheLinuxConsoleTypeNothing(t *testing.T) {
	tm := newTeam(t)
	d := newKioskDriver(t, tm, 80, 24, "TERM=linux")
	d.scan(tm.formCode(t, "t.yoshino"))
	d.press("f8")
	d.send(uv.UnknownCsiEvent("\x1b[["))
	d.typed("BC")
	d.shows("C")
	if got := d.kiosk.page.(*passwordPage).fields[0].value(); got != "C" {
		t.Errorf("the password is %q", got)
	}
}

// kioskFaults is a service whose operations fail.
type kioskFaults struct {
	*account.Service
	fail func() error
}

func (s *kioskFaults) LookUp(ctx context.Context, code string) (account.Invitee, error) {
	if err := s.fail(); err != nil {
		return account.Invitee{}, err
	}
	return s.Service.LookUp(ctx, code)
}

func (s *kioskFaults) SetPassword(ctx context.Context, code, password string, via account.Via, device string) (account.SignedIn, error) {
	if err := s.fail(); err != nil {
		return account.SignedIn{}, err
	}
	return s.Service.SetPassword(ctx, code, password, via, device)
}

func (s *kioskFaults) SignIn(ctx context.Context, address, password, device string) (account.Admin, error) {
	if err := s.fail(); err != nil {
		return account.Admin{}, err
	}
	return s.Service.SignIn(ctx, address, password, device)
}

func (s *kioskFaults) Settings(ctx context.Context) (account.Settings, error) {
	if err := s.fail(); err != nil {
		return account.Settings{}, err
	}
	return s.Service.Settings(ctx)
}

func TestFailuresAreOneSentenceAndTheKioskGoesOn(t *testing.T) {
	for name, failure := range map[string]func() error{
		"error": func() error { return errors.New("writing /var/lib/rekey.db: no space left on device") },
		"panic": func() error { panic("index out of range") },
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			code := tm.formCode(t, "t.yoshino")
			works := func() error { return nil }
			s := &kioskFaults{tm.service, failure}
			d := newKioskDriverOn(t, tm, s, 80, 24)
			var log strings.Builder
			d.kiosk.log = slog.New(slog.NewTextHandler(&log, nil))
			sorry := func() {
				t.Helper()
				d.shows("This does not work at the moment. Try again, or ask an admin.")
				d.hides("rekey.db", "index", "goroutine")
			}
			sorry() // the settings could not be read
			d.scan(code)
			sorry()
			s.fail = works
			d.pass(kioskIdle) // the settings are read again
			d.shows("Kita Works")
			d.scan(code)
			s.fail = failure
			d.choose(chosenPassword, chosenPassword)
			sorry()
			d.emptied()
			s.fail = works
			d.choose(chosenPassword, chosenPassword)
			d.shows("Your password is set.")
			s.fail = failure
			d.press("f10")
			d.scan(adminAddress)
			d.scan(adminPassword)
			sorry()
			if d.quit {
				t.Error("the kiosk ended")
			}
			for _, secret := range []string{code, chosenPassword, adminPassword, "yoshino"} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("the log holds %q", secret)
				}
			}
			if !strings.Contains(log.String(), "setting a password") {
				t.Errorf("the log does not tell of the failure: %s", log.String())
			}
		})
	}
}

// crashingPage panics wherever it can.
type crashingPage struct{ *donePage }

func (crashingPage) update(tea.Msg) tea.Cmd       { panic("update") }
func (crashingPage) draw(*sheet, *kioskTexts)     { panic("draw") }
func (crashingPage) stays() (stays time.Duration) { return kioskIdle }

func TestAPanicCostsThePlaceNotTheKiosk(t *testing.T) {
	for name, poke := range map[string]func(d *kioskDriver){
		"key":  func(d *kioskDriver) { d.typed("x") },
		"tick": func(d *kioskDriver) { d.pass(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			code := tm.formCode(t, "t.yoshino")
			d := newKioskDriver(t, tm, 80, 24)
			d.kiosk.open(crashingPage{newDonePage(d.kiosk, tm.find(t, "t.yoshino"), d.kiosk.settings)})
			if got := d.frame(); got != "" {
				t.Errorf("a page that cannot be drawn is not blank:\n%s", got)
			}
			poke(d)
			d.atStart()
			d.shows("This does not work at the moment")
			d.scan(code)
			d.pass(kioskIdle) // the clock still goes
			d.atStart()
		})
	}
}

func TestACodeUsedMeanwhileIsToldAtTheStart(t *testing.T) {
	tm := newTeam(t)
	code := tm.formCode(t, "t.yoshino")
	d := newKioskDriver(t, tm, 80, 24)
	d.scan(code)
	_, err := tm.service.SetPassword(context.Background(), code, "another long one", account.ViaWeb, "browser")
	check(t, err)
	d.choose(chosenPassword, chosenPassword)
	d.atStart()
	d.shows("This code does not work")
	d.hides("yoshino")
	if tm.signsIn("t.yoshino", chosenPassword) {
		t.Error("a used code set a password")
	}
}

func TestAnEmailAddressMemberSignsInWithTheAddress(t *testing.T) {
	tm := newTeam(t)
	m := tm.find(t, "hanako.sato@example.com")
	result, err := tm.service.Reset(context.Background(), tm.admin, m.ID, account.ReasonForgot)
	check(t, err)
	delivery, err := tm.service.ClaimMailID(context.Background(), result.Mail.ID, time.Minute)
	check(t, err)
	d := newKioskDriver(t, tm, 80, 24)
	d.scan(delivery.URL)
	d.shows("New password for hanako.sato@example.com (佐藤 花子)")
	d.choose(chosenPassword, chosenPassword)
	d.shows("Sign in with your email address hanako.sato@example.com")
}
