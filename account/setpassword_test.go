package account_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"rekey/account"
	"rekey/member"
)

const chosen = "nine loud trombones"

// code resets a member and gives the code that the member gets by mail or on paper.
func (tm *team) code(who string) string {
	tm.t.Helper()
	result := tm.reset(who, account.ReasonForgot)
	if result.Mail.ID == 0 {
		f, err := tm.Form(tm.ctx, tm.admin, tm.members[who])
		if err != nil {
			tm.t.Fatal(err)
		}
		return f.Code
	}
	d, err := tm.ClaimMailID(tm.ctx, result.Mail.ID, lease)
	if err != nil {
		tm.t.Fatal(err)
	}
	return d.URL[len("https://id.example.com/s/"):]
}

func (tm *team) login(who string) account.Login {
	tm.t.Helper()
	m, err := tm.Find(tm.ctx, tm.members[who].String())
	if err != nil {
		tm.t.Fatal(err)
	}
	return account.Login{Email: m.Email, TeamNumber: "1234567", LoginID: m.LoginID, Device: "browser"}
}

func (tm *team) signInMember(who, password string) (account.SignedIn, error) {
	tm.t.Helper()
	login := tm.login(who)
	login.Password = password
	return tm.SignInMember(tm.ctx, login)
}

func TestAMemberSetsANewPassword(t *testing.T) {
	for who, broughtBy := range map[string]string{"mail": "link", "form": "form", "deputy": "link"} {
		t.Run(who, func(t *testing.T) {
			tm := newTeam(t)
			code := tm.code(who)
			_, err := tm.signInMember(who, password)
			wantCode(t, err, account.CodeSignInFailed) // the old one stopped working at once

			in, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser")
			if err != nil {
				t.Fatal(err)
			}
			if again, err := tm.Session(tm.ctx, in.Secret); err != nil || again.Member.ID != tm.members[who] {
				t.Errorf("the browser is signed in as %v, %v", again.Member.ID, err)
			}
			if rec := tm.last(); rec.Event != account.EventPasswordSet || rec.Detail("via") != "web" || rec.Detail("code") != broughtBy {
				t.Errorf("the audit record is %+v", rec)
			}
			if _, err := tm.signInMember(who, chosen); err != nil {
				t.Errorf("signing in with the new password: %v", err)
			}
			_, err = tm.SetPassword(tm.ctx, code, "another seven words", account.ViaWeb, "browser")
			wantCode(t, err, account.CodeVoidCode) // used up
		})
	}
}

func TestAResetThrowsTheMemberOutAgain(t *testing.T) {
	tm := newTeam(t)
	in, err := tm.SetPassword(tm.ctx, tm.code("mail"), chosen, account.ViaWeb, "browser")
	if err != nil {
		t.Fatal(err)
	}
	tm.reset("mail", account.ReasonProtect)
	_, err = tm.Session(tm.ctx, in.Secret)
	wantCode(t, err, account.CodeSignedOut)
	_, err = tm.signInMember("mail", chosen)
	wantCode(t, err, account.CodeSignInFailed)
}

func TestVoidCodesGetOneAnswer(t *testing.T) {
	tm := newTeam(t)
	superseded := tm.code("mail")
	current := tm.code("mail")
	expired := tm.code("form")
	answers := map[string]error{}
	ask := func(name, code string) { _, answers[name] = tm.LookUp(tm.ctx, code) }
	ask("superseded", superseded)
	ask("malformed", "hello")
	ask("forged", current[:25]+"0000")
	ask("unknown", "ZZZZ"+current[4:])
	tm.now = tm.now.Add(21 * 24 * time.Hour)
	ask("expired", expired)
	tm.admin = tm.signIn("admin@example.com")
	deleted := tm.code("deputy")
	tm.change("deputy", func(m *member.Member) { m.Status = member.Deleted })
	ask("deleted", deleted)
	for name, err := range answers {
		wantCode(t, err, account.CodeVoidCode)
		if err != nil && err.Error() != answers["malformed"].Error() {
			t.Errorf("%s codes are told apart: %v", name, err)
		}
	}
}

func TestLookingACodeUpChangesNothing(t *testing.T) {
	tm := newTeam(t)
	code := tm.code("mail")
	before, err := tm.Revision()
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if in, err := tm.LookUp(tm.ctx, code); err != nil || in.Member.ID != tm.members["mail"] {
			t.Fatalf("LookUp = %v, %v", in.Member.ID, err)
		}
	}
	if after, err := tm.Revision(); err != nil || after != before {
		t.Errorf("the store went from revision %d to %d, %v", before, after, err)
	}
}

func TestARefusedPasswordKeepsTheCode(t *testing.T) {
	tm := newTeam(t)
	code := tm.code("form")
	for _, weak := range []string{"short", "password1", "my line3-017 x", ""} {
		_, err := tm.SetPassword(tm.ctx, code, weak, account.ViaWeb, "browser")
		wantCode(t, err, account.CodeWeakPassword)
	}
	if _, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser"); err != nil {
		t.Errorf("the code is gone after refused passwords: %v", err)
	}
}

func TestASuspendedMembersCodeWorksOnceActiveAgain(t *testing.T) {
	tm := newTeam(t)
	code := tm.code("suspended")
	_, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser")
	wantCode(t, err, account.CodeSuspended)
	tm.change("suspended", func(m *member.Member) { m.Status = member.Active })
	if _, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser"); err != nil {
		t.Error(err)
	}
}

func TestAnInvitedMemberBecomesActive(t *testing.T) {
	tm := newTeam(t)
	in, err := tm.SetPassword(tm.ctx, tm.code("inviting"), chosen, account.ViaWeb, "browser")
	if err != nil || in.Member.Status != member.Active {
		t.Errorf("the member is %v, %v", in.Member.Status, err)
	}
}

func TestAKioskSignsNobodyIn(t *testing.T) {
	tm := newTeam(t)
	in, err := tm.SetPassword(tm.ctx, tm.code("form"), chosen, account.ViaKiosk, "kiosk")
	if err != nil || in.Secret != "" {
		t.Errorf("signed in: %v, %v", in.Secret != "", err)
	}
	if o := tm.overview("form"); o.Sessions != 0 || !o.Password {
		t.Errorf("%d sessions, password set: %v", o.Sessions, o.Password)
	}
}

func TestOfTwoBrowsersOneWins(t *testing.T) {
	tm := newTeam(t)
	code := tm.code("mail")
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser") })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantCode(t, err, account.CodeVoidCode)
		}
	}
	if won != 1 {
		t.Errorf("%d browsers used one code", won)
	}
}

func TestWithSingleSignOnOnlyAdminsHavePasswords(t *testing.T) {
	tm := newTeam(t)
	code, admins := tm.code("mail"), tm.code("deputy")
	tm.sso()
	_, err := tm.LookUp(tm.ctx, code)
	wantCode(t, err, account.CodeVoidCode)
	_, err = tm.signInMember("mail", password)
	wantCode(t, err, account.CodeSignInFailed)
	if _, err := tm.SetPassword(tm.ctx, admins, chosen, account.ViaWeb, "browser"); err != nil {
		t.Error(err)
	}
}

func TestMembersSignInWithTheirTeamsNumber(t *testing.T) {
	tm := newTeam(t)
	login := tm.login("form")
	login.Password, login.TeamNumber = password, "7654321"
	_, err := tm.SignInMember(tm.ctx, login)
	wantCode(t, err, account.CodeSignInFailed)
	if in, err := tm.signInMember("form", password); err != nil || in.Member.ID != tm.members["form"] {
		t.Errorf("signed in as %v, %v", in.Member.ID, err)
	}
}

func TestSessionsEndByAgeAndIdleness(t *testing.T) {
	tm := newTeam(t)
	in, err := tm.signInMember("mail", password)
	if err != nil {
		t.Fatal(err)
	}
	for range 14 * 2 {
		if _, err := tm.Session(tm.ctx, in.Secret); err != nil {
			t.Fatalf("the session ended after %v: %v", tm.now, err)
		}
		tm.now = tm.now.Add(12 * time.Hour)
	}
	_, err = tm.Session(tm.ctx, in.Secret)
	wantCode(t, err, account.CodeSignedOut) // its age

	in, err = tm.signInMember("mail", password)
	if err != nil {
		t.Fatal(err)
	}
	tm.now = tm.now.Add(24 * time.Hour)
	_, err = tm.Session(tm.ctx, in.Secret)
	wantCode(t, err, account.CodeSignedOut) // idle
}

func TestSigningOutHereAndEverywhere(t *testing.T) {
	tm := newTeam(t)
	var secrets []string
	for range 3 {
		in, err := tm.signInMember("mail", password)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, in.Secret)
	}
	if err := tm.EndSession(tm.ctx, secrets[0]); err != nil {
		t.Fatal(err)
	}
	if err := tm.EndSession(tm.ctx, secrets[0]); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
	_, err := tm.Session(tm.ctx, secrets[0])
	wantCode(t, err, account.CodeSignedOut)
	if err := tm.EndAllSessions(tm.ctx, secrets[1]); err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets[1:] {
		_, err := tm.Session(tm.ctx, secret)
		wantCode(t, err, account.CodeSignedOut)
	}
	wantCode(t, tm.EndAllSessions(tm.ctx, secrets[1]), account.CodeSignedOut)
}

func TestASuspendedMembersSessionIsRefused(t *testing.T) {
	tm := newTeam(t)
	in, err := tm.signInMember("mail", password)
	if err != nil {
		t.Fatal(err)
	}
	tm.change("mail", func(m *member.Member) { m.Status = member.Suspended })
	_, err = tm.Session(tm.ctx, in.Secret)
	wantCode(t, err, account.CodeSignedOut)
}

func TestChangingThePasswordNeedsTheCurrentOne(t *testing.T) {
	tm := newTeam(t)
	waiting := tm.code("mail")
	here, err := tm.SetPassword(tm.ctx, waiting, password, account.ViaWeb, "browser")
	if err != nil {
		t.Fatal(err)
	}
	there, err := tm.signInMember("mail", password)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tm.ChangePassword(tm.ctx, here.Secret, "wrong", chosen)
	wantCode(t, err, account.CodeSignInFailed)
	if o := tm.overview("mail"); o.Lockout.Failures != 1 {
		t.Errorf("a wrong current password leaves %d failures, want 1", o.Lockout.Failures)
	}
	_, err = tm.ChangePassword(tm.ctx, here.Secret, password, "short")
	wantCode(t, err, account.CodeWeakPassword)

	changed, err := tm.ChangePassword(tm.ctx, here.Secret, password, chosen)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tm.Session(tm.ctx, changed.Secret); err != nil {
		t.Errorf("the browser that changed it was signed out: %v", err)
	}
	_, err = tm.Session(tm.ctx, there.Secret)
	wantCode(t, err, account.CodeSignedOut)
	if o := tm.overview("mail"); o.Sessions != 1 {
		t.Errorf("%d sessions are alive, want the one", o.Sessions)
	}
}

func TestAskingForALinkTellsNothing(t *testing.T) {
	tm := newTeam(t)
	ask := func(address string, want int) {
		t.Helper()
		if err := tm.RequestLink(tm.ctx, address); err != nil {
			t.Errorf("asking for %s: %v", address, err)
		}
		mails, err := tm.Mails(tm.ctx, 0, 10)
		if err != nil || len(mails) != want {
			t.Errorf("after asking for %s there are %d mails, %v, want %d", address, len(mails), err, want)
		}
		if rec := tm.last(); rec.Event != account.EventLinkRequested {
			t.Errorf("asking for %s is recorded as %q", address, rec.Event)
		}
	}
	ask("nobody@example.com", 0)
	ask("gone@example.com", 0)
	ask("sus@example.com", 0)
	ask(" hana@example.com ", 1)
	if _, err := tm.signInMember("mail", password); err != nil {
		t.Errorf("the current password stopped working because somebody asked for a link: %v", err)
	}
	tm.sso()
	ask("new@example.com", 1)
	ask("deputy@example.com", 2)
}

func TestAskingAgainSendsTheSameLink(t *testing.T) {
	tm := newTeam(t)
	code := tm.code("mail")
	sendings := func() int {
		t.Helper()
		if err := tm.RequestLink(tm.ctx, "hana@example.com"); err != nil {
			t.Fatal(err)
		}
		mails, err := tm.Mails(tm.ctx, 0, 10)
		if err != nil || len(mails) != 1 || mails[0].Kind != account.MailReset {
			t.Fatalf("the outbox holds %+v, %v", mails, err)
		}
		return mails[0].Sending
	}
	if n := sendings(); n != 1 {
		t.Errorf("asked while the admin's mail is on its way: sending %d", n)
	}
	tm.now = tm.now.Add(lease)
	tm.report(tm.claim(), account.Outcome{State: account.MailAccepted})
	if n := sendings(); n != 1 {
		t.Errorf("asked right after it went out: sending %d", n)
	}
	tm.now = tm.now.Add(5 * time.Minute)
	if n := sendings(); n != 2 {
		t.Errorf("asked five minutes later: sending %d, want 2", n)
	}
	tm.report(tm.claim(), account.Outcome{State: account.MailAccepted})
	tm.now = tm.now.Add(9 * time.Minute)
	if n := sendings(); n != 2 {
		t.Errorf("asked nine minutes after the second mail: sending %d, want the pause doubled", n)
	}
	if _, err := tm.LookUp(tm.ctx, code); err != nil {
		t.Errorf("a stranger's asking voided the admin's link: %v", err)
	}
}

func TestManySessionsLockNobodyOut(t *testing.T) {
	tm := newTeam(t)
	for range 120 {
		if _, err := tm.signInMember("mail", password); err != nil {
			t.Fatal(err)
		}
	}
	if o := tm.overview("mail"); o.Sessions != 50 {
		t.Errorf("%d sessions are alive, want the newest 50", o.Sessions)
	}
	code := tm.code("mail")
	for range 3 {
		in, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser")
		if err != nil {
			t.Fatalf("after many sessions: %v", err)
		}
		if _, err := tm.Session(tm.ctx, in.Secret); err != nil {
			t.Fatal(err)
		}
		code = tm.code("mail")
	}
}

func TestTurningSingleSignOnOnEndsPasswords(t *testing.T) {
	tm := newTeam(t)
	in, err := tm.signInMember("mail", password)
	if err != nil {
		t.Fatal(err)
	}
	result := tm.reset("suspended", account.ReasonForgot)
	tm.sso()
	_, err = tm.Session(tm.ctx, in.Secret)
	wantCode(t, err, account.CodeSignedOut)
	_, err = tm.ChangePassword(tm.ctx, in.Secret, password, chosen)
	wantCode(t, err, account.CodeSignedOut)
	tm.lockOut("mail")
	if o := tm.overview("mail"); o.Lockout.Failures != 0 || o.Lockout.Locked(tm.now) {
		t.Errorf("an account without a password was locked: %+v", o.Lockout)
	}
	if o := tm.overview("suspended"); o.Token.Serial != 0 {
		t.Error("a link that leads nowhere is shown as valid")
	}
	tm.wantNothingDue()
	if mail, err := tm.Mail(tm.ctx, result.Mail.ID); err != nil || mail.State != account.MailSuperseded {
		t.Errorf("the mail with that link is %v, %v", mail.State, err)
	}
}

func TestAShortIdleLimitDoesNotEndASessionInUse(t *testing.T) {
	tm := newTeam(t)
	tm.update(func(w account.Writer) error {
		set, err := w.Settings()
		if err != nil {
			return err
		}
		set.SessionIdle = time.Minute
		return w.PutSettings(set)
	})
	in, err := tm.signInMember("mail", password)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		tm.now = tm.now.Add(50 * time.Second)
		if _, err := tm.Session(tm.ctx, in.Secret); err != nil {
			t.Fatalf("a session used every 50 s ended: %v", err)
		}
	}
}

func TestADeviceCannotSpoilTheRecord(t *testing.T) {
	tm := newTeam(t)
	login := tm.login("mail")
	login.Password, login.Device = "wrong", strings.Repeat("端\x1b[2J", 1<<18)
	_, err := tm.SignInMember(tm.ctx, login)
	wantCode(t, err, account.CodeSignInFailed)
	if o := tm.overview("mail"); o.Lockout.Failures != 1 {
		t.Errorf("the failure was not counted: %+v", o.Lockout)
	}
	if device := tm.last().Detail("device"); len(device) > 200 || strings.Contains(device, "\x1b") || !utf8.ValidString(device) {
		t.Errorf("%d bytes of a device's name are on record: %+q", len(device), device)
	}
}

func TestChangingThePasswordVoidsALinkThatWaits(t *testing.T) {
	tm := newTeam(t)
	in, err := tm.signInMember("mail", password)
	if err != nil {
		t.Fatal(err)
	}
	if err := tm.RequestLink(tm.ctx, "hana@example.com"); err != nil {
		t.Fatal(err)
	}
	code := tm.claim().URL[len("https://id.example.com/s/"):]
	if _, err := tm.ChangePassword(tm.ctx, in.Secret, password, chosen); err != nil {
		t.Fatal(err)
	}
	_, err = tm.LookUp(tm.ctx, code)
	wantCode(t, err, account.CodeVoidCode)
	if rec := tm.last(); rec.Event != account.EventPasswordSet || rec.Detail("via") != "account" {
		t.Errorf("the change is recorded as %+v", rec)
	}
}

func TestAnOldHashIsRaisedToTodaysCosts(t *testing.T) {
	tm := newTeam(t)
	cheaper, err := account.NewHasher(account.HashParams{Time: 1, Memory: 32, Threads: 1}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := cheaper.Hash(tm.ctx, password)
	if err != nil {
		t.Fatal(err)
	}
	tm.update(func(w account.Writer) error {
		return w.PutCredential(tm.members["mail"], account.Credential{Hash: hash, Epoch: 3})
	})
	// Of several at once one raises the hash; that does not make the others' password wrong.
	errs := make([]error, 6)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = tm.signInMember("mail", password) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if o := tm.overview("mail"); o.Lockout.Failures != 0 {
		t.Errorf("%d failures were counted", o.Lockout.Failures)
	}
	if c := tm.credential("mail"); !strings.Contains(c.Hash, "m=64,") {
		t.Errorf("the hash still has the costs of before: %.30s", c.Hash)
	}
}
