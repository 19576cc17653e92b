package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

const lease = 2 * time.Minute

func (tm *team) serve(n int, reports ...account.Report) []account.Delivery {
	tm.t.Helper()
	claimed, err := tm.ServeMails(tm.ctx, reports, n, lease)
	if err != nil {
		tm.t.Fatal(err)
	}
	return claimed
}

func (tm *team) claim() account.Delivery {
	tm.t.Helper()
	claimed := tm.serve(1)
	if len(claimed) != 1 {
		tm.t.Fatal("no mail is due")
	}
	return claimed[0]
}

func (tm *team) report(d account.Delivery, o account.Outcome) account.Mail {
	tm.t.Helper()
	tm.serve(0, d.Report(o))
	return tm.mail(d.Mail.ID)
}

func (tm *team) wantNothingDue() {
	tm.t.Helper()
	if claimed := tm.serve(100); len(claimed) > 0 {
		tm.t.Errorf("%d mails were there to be claimed", len(claimed))
	}
}

func TestAMailIsClaimedOnce(t *testing.T) {
	tm := newTeam(t)
	tm.reset("mail", account.ReasonForgot)
	d := tm.claim()
	if !strings.HasPrefix(d.URL, "https://id.example.com/s/") || d.Name != "𠮷野 花子" || d.Mail.Attempts != 1 {
		t.Errorf("the delivery is for %q, attempt %d, or leads elsewhere", d.Name, d.Mail.Attempts)
	}
	tm.wantNothingDue()
	mail := tm.report(d, account.Outcome{State: account.MailAccepted, Reply: "250 queued"})
	if mail.State != account.MailAccepted || mail.Reply != "250 queued" || !mail.Done.Equal(tm.now) {
		t.Errorf("after the acceptance: %+v", mail)
	}
	if rec := tm.last(); rec.Event != account.EventMailAccepted || rec.Detail("reply") != "250 queued" {
		t.Errorf("the audit record is %+v", rec)
	}
	tm.now = tm.now.Add(time.Hour)
	tm.wantNothingDue()
}

func TestACourierThatDiedLosesItsClaim(t *testing.T) {
	tm := newTeam(t)
	tm.reset("mail", account.ReasonForgot)
	dead := tm.claim()
	tm.now = tm.now.Add(lease)
	next := tm.claim()
	if next.Mail.Sending != dead.Mail.Sending || next.URL != dead.URL {
		t.Error("the second try is not the same message")
	}
	// The first courier was only slow. Its failure does not count any more, but an acceptance would.
	if mail := tm.report(dead, account.Outcome{State: account.MailRefused, Reply: "550"}); mail.State != account.MailQueued {
		t.Errorf("a void claim changed the mail to %v", mail.State)
	}
	if mail := tm.report(dead, account.Outcome{State: account.MailAccepted, Reply: "250"}); mail.State != account.MailAccepted {
		t.Errorf("an acceptance was lost: %v", mail.State)
	}
	if mail := tm.report(next, account.Outcome{State: account.MailRefused, Reply: "550"}); mail.State != account.MailAccepted {
		t.Errorf("an accepted mail became %v", mail.State)
	}
}

func TestATemporaryFailureWaitsAsLongAsTheCourierSays(t *testing.T) {
	tm := newTeam(t)
	tm.reset("mail", account.ReasonForgot)
	tm.report(tm.claim(), account.Outcome{State: account.MailQueued, Reply: "451 later", Pause: time.Minute})
	tm.wantNothingDue()
	due, err := tm.NextMailDue(tm.ctx)
	if err != nil || !due.Equal(tm.now.Add(time.Minute)) {
		t.Errorf("next due %v, %v", due, err)
	}
	tm.now = due
	if d := tm.claim(); d.Mail.Attempts != 2 {
		t.Errorf("attempt %d, want 2", d.Mail.Attempts)
	}
}

func TestAResetSupersedesTheMailBefore(t *testing.T) {
	tm := newTeam(t)
	first := tm.reset("mail", account.ReasonForgot)
	second := tm.reset("mail", account.ReasonForgot)
	if mail, err := tm.Mail(tm.ctx, first.Mail.ID); err != nil || mail.State != account.MailSuperseded {
		t.Errorf("the first mail is %v, %v", mail.State, err)
	}
	if d := tm.claim(); d.Mail.ID != second.Mail.ID {
		t.Errorf("mail %d is sent, want %d", d.Mail.ID, second.Mail.ID)
	}
	tm.wantNothingDue()
}

func TestAMailWhoseLinkRanOutIsDropped(t *testing.T) {
	tm := newTeam(t)
	result := tm.reset("mail", account.ReasonForgot)
	tm.now = result.Expires
	tm.wantNothingDue()
	if mail, err := tm.Mail(tm.ctx, result.Mail.ID); err != nil || mail.State != account.MailSuperseded {
		t.Errorf("the mail is %v, %v", mail.State, err)
	}
	if rec := tm.last(); rec.Event != account.EventMailSuperseded {
		t.Errorf("the drop is recorded as %q", rec.Event)
	}
}

func TestOneCertainMailCanBeClaimed(t *testing.T) {
	tm := newTeam(t)
	tm.reset("mail", account.ReasonForgot)
	second := tm.reset("suspended", account.ReasonProtect)
	d, err := tm.ClaimMailID(tm.ctx, second.Mail.ID, lease)
	if err != nil || d.Mail.ID != second.Mail.ID {
		t.Errorf("claimed mail %d, %v", d.Mail.ID, err)
	}
	if _, err := tm.ClaimMailID(tm.ctx, second.Mail.ID, lease); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("claimed twice: %v", err)
	}
}

func (tm *team) revision() uint64 {
	tm.t.Helper()
	n, err := tm.Revision()
	if err != nil {
		tm.t.Fatal(err)
	}
	return n
}

func TestReportsAndClaimsAreOneCommit(t *testing.T) {
	tm := newTeam(t)
	for _, who := range []string{"mail", "suspended", "inviting"} {
		tm.reset(who, account.ReasonForgot)
	}
	before := tm.revision()
	batch := tm.serve(2)
	if len(batch) != 2 || batch[0].Mail.ID != 1 || batch[1].Mail.ID != 2 || batch[0].URL == batch[1].URL {
		t.Fatalf("claimed %v, want the first two", batch)
	}
	next := tm.serve(2, batch[0].Report(account.Outcome{State: account.MailAccepted, Reply: "250 queued"}),
		batch[1].Report(account.Outcome{State: account.MailRefused, Reply: "550 no"}))
	if len(next) != 1 || next[0].Mail.ID != 3 {
		t.Errorf("claimed %v, want the third", next)
	}
	if n := tm.revision() - before; n != 2 {
		t.Errorf("that took %d commits, want 2", n)
	}
	if one, two := tm.mail(1), tm.mail(2); one.State != account.MailAccepted || two.State != account.MailRefused {
		t.Errorf("the mails are %v and %v", one.State, two.State)
	}
	before = tm.revision()
	tm.wantNothingDue()
	if tm.revision() != before {
		t.Error("looking for mails while none is due is a commit")
	}
}

func TestAMailThatIsGivenBackWasNotTried(t *testing.T) {
	tm := newTeam(t)
	tm.reset("mail", account.ReasonForgot)
	tm.report(tm.claim(), account.Outcome{State: account.MailQueued, Reply: "451 later"})
	d := tm.claim()
	mail := tm.report(d, account.Outcome{State: account.MailQueued, Untried: true})
	if mail.Claimed || mail.Attempts != 1 || mail.Reply != "451 later" || !mail.Due.Equal(tm.now) {
		t.Errorf("given back it is %+v", mail)
	}
	if again := tm.claim(); again.Mail.Attempts != 2 || again.Mail.Claim <= d.Mail.Claim {
		t.Errorf("the next claim is number %d, attempt %d", again.Mail.Claim, again.Mail.Attempts)
	}
}

// A link may become void while its mail waits in a batch.
func TestALinkIsVoidedInABatch(t *testing.T) {
	tm := newTeam(t)
	for _, who := range []string{"mail", "suspended", "inviting"} {
		tm.reset(who, account.ReasonForgot)
	}
	batch := tm.serve(3)
	tm.reset("mail", account.ReasonForgot)      // of a mail that is given back
	tm.reset("suspended", account.ReasonForgot) // of one that was sent
	tm.reset("inviting", account.ReasonForgot)  // of one whose courier was killed
	tm.serve(0, batch[0].Report(account.Outcome{State: account.MailQueued, Untried: true}),
		batch[1].Report(account.Outcome{State: account.MailAccepted, Reply: "250"}))
	for id, want := range map[account.MailID]account.MailState{
		1: account.MailSuperseded, 2: account.MailAccepted, 3: account.MailSuperseded,
	} {
		if got := tm.mail(id).State; got != want {
			t.Errorf("mail %d is %v, want %v", id, got, want)
		}
	}
	tm.now = tm.now.Add(lease)
	if next := tm.serve(10); len(next) != 3 || next[0].Mail.ID != 4 {
		t.Errorf("then %v are sent, want those of the second resets", next)
	}
}

func TestObsoleteMailsAreDroppedAmongOthers(t *testing.T) {
	tm := newTeam(t)
	tm.lockOut("mail")
	tm.now = tm.now.Add(25 * time.Hour)
	tm.admin = tm.signIn("admin@example.com")
	tm.reset("suspended", account.ReasonForgot)
	if batch := tm.serve(1); len(batch) != 1 || batch[0].Mail.Kind != account.MailReset {
		t.Errorf("claimed %v, want the mail after the one that says nothing any more", batch)
	}
	if mail := tm.mail(1); mail.State != account.MailSuperseded {
		t.Errorf("the notice is %v", mail.State)
	}
}

// The store may be replaced by an earlier one while a courier is on its way.
func TestReportsOnMailsThatAreNotThere(t *testing.T) {
	tm := newTeam(t)
	tm.reset("mail", account.ReasonForgot)
	accepted := tm.claim().Report(account.Outcome{State: account.MailAccepted, Reply: "250"})
	unknown := accepted
	unknown.Mail = 99
	tm.serve(0, unknown, accepted)
	if mail := tm.mail(1); mail.State != account.MailAccepted {
		t.Errorf("after a report on an unknown mail the known one is %v", mail.State)
	}
}

func TestSendAgainSendsTheSameLink(t *testing.T) {
	tm := newTeam(t)
	_, err := tm.SendAgain(tm.ctx, tm.admin, 1)
	wantCode(t, err, account.CodeNoMail)

	result := tm.reset("mail", account.ReasonForgot)
	first := tm.claim()
	if mail, err := tm.SendAgain(tm.ctx, tm.admin, result.Mail.ID); err != nil || mail.Sending != 1 {
		t.Errorf("while it is being sent: sending %d, %v", mail.Sending, err)
	}
	tm.wantNothingDue()
	tm.report(first, account.Outcome{State: account.MailRefused, Reply: "550 no"})

	mail, err := tm.SendAgain(tm.ctx, tm.admin, result.Mail.ID)
	if err != nil || mail.State != account.MailQueued || mail.Sending != 2 || mail.Reply != "" {
		t.Errorf("sent again: %+v, %v", mail, err)
	}
	if again := tm.claim(); again.URL != first.URL || again.Mail.ID != result.Mail.ID {
		t.Error("the second message has another link")
	}
	tm.now = result.Expires
	tm.admin = tm.signIn("admin@example.com")
	_, err = tm.SendAgain(tm.ctx, tm.admin, result.Mail.ID)
	wantCode(t, err, account.CodeNoMail)
}

func (tm *team) lockOut(who string) {
	tm.t.Helper()
	for range 10 {
		_, err := tm.signInMember(who, "wrong")
		wantCode(tm.t, err, account.CodeSignInFailed)
	}
}

func TestALockoutIsToldOnceHoweverLateTheMailServerIs(t *testing.T) {
	tm := newTeam(t)
	first := tm.now.Add(15 * time.Minute)
	for range 4 {
		tm.lockOut("mail")
		tm.now = tm.now.Add(15 * time.Minute)
	}
	d := tm.claim()
	if d.Mail.Kind != account.MailLocked || !d.Until.Equal(first.Add(45*time.Minute)) {
		t.Errorf("the notice is a %v, of a lock until %v", d.Mail.Kind, d.Until)
	}
	tm.wantNothingDue()
}

func TestAnOldNoticeIsDropped(t *testing.T) {
	tm := newTeam(t)
	tm.lockOut("mail")
	tm.now = tm.now.Add(25 * time.Hour)
	tm.wantNothingDue()
}

func TestTheNewPasswordDropsTheNotice(t *testing.T) {
	tm := newTeam(t)
	in, err := tm.signInMember("mail", password)
	if err != nil {
		t.Fatal(err)
	}
	tm.lockOut("mail")
	_, err = tm.ChangePassword(tm.ctx, in.Secret, password, chosen)
	wantCode(t, err, account.CodeSignInFailed) // a lock refuses the right password here too
	tm.now = tm.now.Add(15 * time.Minute)
	if _, err := tm.ChangePassword(tm.ctx, in.Secret, password, chosen); err != nil {
		t.Fatal(err)
	}
	tm.wantNothingDue()
}

// A mail may be superseded while a courier is delivering it.
func TestReportsOnASupersededMail(t *testing.T) {
	for state, want := range map[account.MailState]account.MailState{
		account.MailAccepted: account.MailAccepted, // it was: that is the truth
		account.MailRefused:  account.MailRefused,
		account.MailQueued:   account.MailSuperseded,
	} {
		t.Run(state.String(), func(t *testing.T) {
			tm := newTeam(t)
			tm.reset("mail", account.ReasonForgot)
			d := tm.claim()
			tm.reset("mail", account.ReasonForgot)
			if mail := tm.report(d, account.Outcome{State: state, Reply: "reply"}); mail.State != want {
				t.Errorf("reported %v, the mail is %v, want %v", state, mail.State, want)
			}
		})
	}
}

func TestANoticeOfALockThatWasCancelledIsDropped(t *testing.T) {
	tm := newTeam(t)
	tm.lockOut("mail")
	result := tm.reset("mail", account.ReasonLockout)
	if d := tm.claim(); d.Mail.ID != result.Mail.ID {
		t.Errorf("a mail of the kind %v is sent first, want the reset's", d.Mail.Kind)
	}
	tm.wantNothingDue()
}

func TestANoticeIsNotSentAgainToAnAddressOfFormerTimes(t *testing.T) {
	tm := newTeam(t)
	tm.lockOut("mail")
	d := tm.claim()
	tm.report(d, account.Outcome{State: account.MailAccepted, Reply: "250 queued"})
	tm.change("mail", func(m *member.Member) { m.Email = "other@example.com" })
	_, err := tm.SendAgain(tm.ctx, tm.admin, d.Mail.ID)
	wantCode(t, err, account.CodeNoMail)
}
