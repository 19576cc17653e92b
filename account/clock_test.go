package account_test

import (
	"errors"
	"testing"
	"time"

	"rekey/account"
)

// clockTeam has a member with a link, one with a form, a locked admin, a member who is signed in and a mail that waits.
type clockTeam struct {
	*team
	link, form string // codes
	session    string
	until      time.Time // when the lock ends
}

func newClockTeam(t *testing.T) clockTeam {
	t.Helper()
	tm := clockTeam{team: newTeam(t)}
	in, err := tm.signInMember("mail", password)
	if err != nil {
		t.Fatal(err)
	}
	tm.session = in.Secret
	for range 10 {
		_, err := tm.SignIn(tm.ctx, "deputy@example.com", "wrong", "test")
		wantCode(t, err, account.CodeSignInFailed)
	}
	tm.until = tm.overview("deputy").Lockout.Until
	tm.form, tm.link = tm.code("form"), tm.code("inviting")
	return tm
}

func (tm clockTeam) wantWhole() {
	tm.t.Helper()
	records, err := tm.Audit(tm.ctx, 0, 1000)
	if err != nil {
		tm.t.Fatal(err)
	}
	if n, err := tm.VerifyAudit(tm.ctx); err != nil || n != len(records) {
		tm.t.Errorf("of %d audit records %d are verified: %v", len(records), n, err)
	}
}

// A clock that is put forward ends what it passes, and nothing else.
func TestAClockPutForwardByADay(t *testing.T) {
	tm := newClockTeam(t)
	tm.now = tm.now.Add(24 * time.Hour)
	_, err := tm.LookUp(tm.ctx, tm.link)
	wantCode(t, err, account.CodeVoidCode) // links live for a day
	if _, err := tm.LookUp(tm.ctx, tm.form); err != nil {
		t.Errorf("the form, which lives for weeks: %v", err)
	}
	_, err = tm.Session(tm.ctx, tm.session)
	wantCode(t, err, account.CodeSignedOut)
	_, err = tm.Reset(tm.ctx, tm.admin, tm.members["mail"], account.ReasonForgot)
	wantCode(t, err, account.CodeSignedOut)
	tm.admin = tm.signIn("deputy@example.com") // whose lock is over
	tm.reset("mail", account.ReasonForgot)
	tm.wantWhole()
}

// A clock that is put back makes what is limited last longer by as much, ends nothing, and lets nobody in.
func TestAClockPutBackByADay(t *testing.T) {
	tm := newClockTeam(t)
	lives := tm.overview("inviting").Token.Expires
	waiting := tm.reset("suspended", account.ReasonForgot).Mail
	tm.now = tm.now.Add(-24 * time.Hour)
	for what, code := range map[string]string{"link": tm.link, "form": tm.form} {
		if _, err := tm.LookUp(tm.ctx, code); err != nil {
			t.Errorf("the %s: %v", what, err)
		}
	}
	if o := tm.overview("inviting"); !o.Token.Expires.Equal(lives) {
		t.Errorf("the link lives until %v, not %v", o.Token.Expires, lives)
	}
	if _, err := tm.Session(tm.ctx, tm.session); err != nil {
		t.Errorf("the session: %v", err)
	}
	_, err := tm.SignIn(tm.ctx, "deputy@example.com", password, "test")
	wantCode(t, err, account.CodeSignInFailed) // the lock holds, now for a day and 15 minutes
	tm.now = tm.until.Add(-time.Second)
	_, err = tm.SignIn(tm.ctx, "deputy@example.com", password, "test")
	wantCode(t, err, account.CodeSignInFailed)
	tm.now = tm.until.Add(-24 * time.Hour)

	// What was issued by the later clock is void all the same once there is something newer.
	again := tm.code("inviting")
	_, err = tm.LookUp(tm.ctx, tm.link)
	wantCode(t, err, account.CodeVoidCode)
	if _, err := tm.LookUp(tm.ctx, again); err != nil {
		t.Errorf("the newer link: %v", err)
	}
	tm.reset("mail", account.ReasonForgot) // goes out at once; the mail from before waits for its time
	_, err = tm.Session(tm.ctx, tm.session)
	wantCode(t, err, account.CodeSignedOut)
	if d := tm.claim(); d.Mail.Member != tm.members["mail"] {
		t.Errorf("the mail that is due is to %s", d.Mail.To)
	}
	if _, err := tm.ClaimMailID(tm.ctx, waiting.ID, lease); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("the mail of the later clock: %v", err)
	}
	if _, err := tm.SendAgain(tm.ctx, tm.admin, waiting.ID); err != nil {
		t.Error(err)
	}
	if d := tm.claim(); d.Mail.ID != waiting.ID {
		t.Errorf("sent again, the mail that is due is to %s", d.Mail.To)
	}
	tm.wantWhole()
}
