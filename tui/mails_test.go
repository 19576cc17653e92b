package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/account"
)

// mailsOpen is a console that shows the mail page of a team with a mail of each fate.
func mailsOpen(t *testing.T, w, h int, change ...func(*Options)) (*team, *driver) {
	t.Helper()
	tm := newTeam(t)
	tm.mails(t)
	d := signedIn(t, tm, w, h, change...)
	d.press("2")
	return tm, d
}

// mail gives the newest mail to an address.
func (tm *team) mail(t *testing.T, to string) account.Mail {
	t.Helper()
	found, _, err := tm.service.FindMails(context.Background(), account.MailQuery{Text: to}, 0, 1)
	check(t, err)
	return found[0]
}

func TestMailPageShowsWhatBecameOfEach(t *testing.T) {
	_, d := mailsOpen(t, 120, 40)
	// The invitation of newTeam's import is the oldest.
	d.shows("6 mails", "accepted", "queued", "refused", "cancelled", "superseded",
		"zoe@example.com", "250 2.0.0 Ok: queued as 4F2A81C09E", "Look into the spam folder.",
		"Have mail from mail.unipos.me allowed", "whose Message-ID begins with 6.1. and ends in @mail.unipos.me")
	d.press("down")
	d.shows("Member 佐藤 花子", "Tries 2, the next in 4m 00s, at 09:34", "451 4.7.1 Greylisted, please try again later")
	d.press("down")
	d.shows("Recipient address rejected: User unknown in virtual mailbox table", "Is the address right?")
}

func TestMailPageFilters(t *testing.T) {
	_, d := mailsOpen(t, 80, 24)
	for _, state := range []string{"queued", "accepted", "refused", "superseded", "cancelled"} {
		d.press("s")
		d.shows("State: "+state, "only "+state)
	}
	d.press("s")
	d.shows("State: any", "6 mails")
	d.press("s", "/")
	d.typed("HANAKO")
	d.shows("Filter address: HANAKO", "1 mail", "hanako.sato@example.com")
	d.hides("invited@")
	d.press("enter", "esc")
	d.shows("6 mails", "State: any")
	d.press("/")
	d.typed("nobody2") // digits are text here
	d.shows("No mail fits. Esc clears the filter.", "[2 Mail]")
	d.press("esc")
	d.shows("6 mails")
}

func TestAnEmptyOutboxSaysWhy(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("2")
	d.shows("1 mail") // the invitation
	d.press("s", "s")
	d.shows("No mail fits.")
}

func TestAWaitingMailIsSentNow(t *testing.T) {
	tm := newTeam(t)
	tm.reset(t, "hanako.sato@example.com")
	mail := tm.mail(t, "hanako")
	mail.Attempts, mail.Due, mail.Reply = 2, tm.now.Add(4*time.Minute), "451 later"
	tm.write(t, func(w account.Writer) error {
		_, err := w.PutMail(mail)
		return err
	})
	woken := 0
	d := signedIn(t, tm, 120, 40, func(o *Options) { o.Wake = func() { woken++ } })
	d.press("2")
	d.shows("Tries 2, the next in 4m 00s")
	d.press("n")
	d.shows("The mail to hanako.sato@example.com is in the queue, to be sent now.", "the next as soon as can be")
	if m := tm.mail(t, "hanako"); m.Due.After(tm.now) || woken != 1 {
		t.Errorf("it is due at %v, the courier was woken %d times", m.Due, woken)
	}
	d.press("n")
	d.shows("It is to be sent as soon as can be.")
	d.press("e")
	d.shows("It has not been sent yet.")
}

func TestAMailIsSentAgain(t *testing.T) {
	tm := newTeam(t)
	tm.reset(t, "hanako.sato@example.com")
	mail := tm.mail(t, "hanako")
	mail.State, mail.Reply, mail.Done = account.MailRefused, "550 no", tm.now
	tm.write(t, func(w account.Writer) error {
		_, err := w.PutMail(mail)
		return err
	})
	d := signedIn(t, tm, 80, 24)
	d.press("2", "enter", "e")
	d.shows("[2 Mail › Details]", "State queued", "Sent again 1 time")
	if m := tm.mail(t, "hanako"); m.State != account.MailQueued || m.Sending != 2 {
		t.Errorf("it is %v, sending %d", m.State, m.Sending)
	}
	d.press("esc")
	d.shows("queued")
}

func TestASupersededMailIsNotSentAgain(t *testing.T) {
	_, d := mailsOpen(t, 120, 40)
	d.press("down", "down", "down", "down")
	d.shows("superseded", "Send the same mail again (not now). Its link does not work any more")
	d.press("e")
	d.shows("Its link does not work any more: a reset sends a new one.")
	d.press("c")
	d.shows("It does not wait.")
}

func TestAMailIsCancelledAfterAQuestion(t *testing.T) {
	tm, d := mailsOpen(t, 80, 24)
	d.press("down", "c")
	d.shows("[2 Mail › Cancel Mail]", "The mail to hanako.sato@example.com is taken out of the queue.")
	d.press("enter") // keeps it
	if m := tm.mail(t, "hanako"); m.State != account.MailQueued {
		t.Fatalf("it is %v", m.State)
	}
	d.press("c", "tab", "enter")
	d.shows("The mail to hanako.sato@example.com is cancelled.")
	if m := tm.mail(t, "hanako"); m.State != account.MailCancelled {
		t.Errorf("it is %v", m.State)
	}
	if !strings.Contains(d.cursorRow(), "cancelled") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}

// TestAMailOnItsWayIsLeftAlone has a courier claim the mail first.
func TestAMailOnItsWayIsLeftAlone(t *testing.T) {
	tm, d := mailsOpen(t, 120, 40)
	mail := tm.mail(t, "hanako")
	mail.Claimed, mail.Due = true, tm.now.Add(time.Minute)
	d.tick()
	tm.write(t, func(w account.Writer) error {
		_, err := w.PutMail(mail)
		return err
	})
	d.tick()
	d.press("down", "c")
	d.shows("one is under way", "It is on its way right now.")
	d.press("n")
	d.shows("It is on its way right now.")
}

func TestFromAMailToItsMemberAndBack(t *testing.T) {
	tm, d := mailsOpen(t, 80, 24)
	d.press("down", "g")
	d.shows("[2 Mail › Details]", "佐藤 花子", "Account hanako.sato@example.com", "[r] Reset Password")
	d.press("r", "enter", "tab", "enter")
	d.shows("Done. The password of 佐藤 花子 has been reset.")
	d.press("esc")
	d.shows("[2 Mail › Details]", "Last reset 2026-03-02 09:30", "queued")
	d.press("esc")
	d.tick()
	if !strings.Contains(d.cursorRow(), "hanako.sato@example.com") || !strings.Contains(d.cursorRow(), "03-02 09:10") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
	if n := len(tm.resets(t)); n != 1 {
		t.Errorf("%d resets", n)
	}
}

func TestNewMailsAndFatesAppearByThemselves(t *testing.T) {
	tm, d := mailsOpen(t, 80, 24)
	d.press("down")
	d.tick()
	tm.reset(t, "ken.tanaka@example.com")
	d.tick()
	d.shows("7 mails")
	if !strings.Contains(d.cursorRow(), "hanako") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
	mail := tm.mail(t, "hanako")
	mail.State, mail.Reply = account.MailAccepted, "250 at last"
	tm.write(t, func(w account.Writer) error {
		_, err := w.PutMail(mail)
		return err
	})
	d.tick()
	if !strings.Contains(d.cursorRow(), "accepted") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}

// TestAnOpenMailStaysWhenItLeavesTheList filters for what waits, and has the mail accepted meanwhile.
func TestAnOpenMailStaysWhenItLeavesTheList(t *testing.T) {
	tm, d := mailsOpen(t, 80, 24)
	d.press("s", "enter")
	d.shows("hanako.sato@example.com", "State queued")
	d.tick()
	mail := tm.mail(t, "hanako")
	mail.State, mail.Reply = account.MailAccepted, "250 at last"
	tm.write(t, func(w account.Writer) error {
		_, err := w.PutMail(mail)
		return err
	})
	d.tick()
	d.shows("hanako.sato@example.com", "State accepted by the mail server", "250 at last")
	d.press("esc")
	d.shows("1 mail · only queued")
	d.hides("hanako")
}

// manyMails puts n mails into the outbox.
func (tm *team) manyMails(t *testing.T, n int) {
	t.Helper()
	check(t, tm.store.Bulk(context.Background(), func(w account.Writer) error {
		for i := range n {
			m := account.Mail{Kind: account.MailReset, Member: 2, To: fmt.Sprintf("m%06d@example.com", i), Token: 1, Created: tm.now, State: account.MailAccepted, Sending: 1, Attempts: 1}
			if _, err := w.PutMail(m); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestALargeOutboxIsReadAsFarAsItIsLookedAt(t *testing.T) {
	tm := newTeam(t)
	tm.manyMails(t, 12_000)
	d := signedIn(t, tm, 80, 24)
	d.press("2")
	d.shows("the newest 200 mails", "m011999@")
	d.press("end", "end")
	d.shows("the newest 600 mails")
	page := d.root.top().(*mails)
	if page.feed.cursor != 399 {
		t.Fatalf("the cursor is on row %d", page.feed.cursor)
	}
	row := d.cursorRow()

	// One that is far back changes while it is in sight, and new ones come in.
	changed := page.feed.items[395]
	changed.State = account.MailRefused
	d.tick()
	tm.write(t, func(w account.Writer) error {
		_, err := w.PutMail(changed)
		return err
	})
	tm.manyMails(t, 300)
	d.tick()
	d.shows("refused")
	if d.cursorRow() != row || page.feed.cursor != 699 {
		t.Errorf("the cursor is on row %d: %q, not %q", page.feed.cursor, d.cursorRow(), row)
	}
	d.press("home")
	d.shows("m000299@")

	d.press("/")
	d.typed("m000007")
	d.shows("2 mails", "m000007@")
	d.press("esc")
	d.shows("m000299@")
}

func TestAFeedThatChangesWhileItIsReadIsReadAgain(t *testing.T) {
	tm, d := mailsOpen(t, 80, 24)
	d.tick()
	d.hold = true
	d.press("s") // the answer is on its way
	mail := tm.mail(t, "zoe")
	first := d.held[0]
	d.held = nil
	msg := first()
	mail.State, mail.Due = account.MailQueued, tm.now
	d.hold = false
	tm.write(t, func(w account.Writer) error {
		_, err := w.PutMail(mail)
		return err
	})
	d.tick()
	d.send(msg) // from before the change
	d.shows("3 mails · only queued", "zoe@example.com")
}
