package mailer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/account"
)

// waiting is an outbox in which so many mails are due.
func waiting(clock *manual, mails int) *outbox {
	o := newOutbox(clock)
	for id := range account.MailID(mails) {
		o.add(id + 1)
	}
	return o
}

func TestBatchesGrowAsLongAsTheServerIsQuick(t *testing.T) {
	tests := []struct {
		name  string
		takes func(n int) time.Duration // the nth mail, from 1
		mails int
		want  []int
	}{
		{"in no time", func(int) time.Duration { return 0 }, 400, []int{1, 2, 4, 8, 16, 32, 64, 128, 128, 128, 128}},
		{"5 ms", func(int) time.Duration { return 5 * time.Millisecond }, 400, []int{1, 2, 4, 8, 16, 32, 64, 128, 128, 128, 128}},
		{"200 ms", func(int) time.Duration { return 200 * time.Millisecond }, 11, []int{1, 2, 4, 4, 4}},
		{"a second", func(int) time.Duration { return time.Second }, 3, []int{1, 1, 1, 1}},
		{"a minute", func(int) time.Duration { return time.Minute }, 3, []int{1, 1, 1, 1}},
		{"slow once", func(n int) time.Duration {
			if n == 5 {
				return 2 * time.Second
			}
			return 0
		}, 10, []int{1, 2, 4, 1, 2, 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := &manual{now: noon}
			o := waiting(clock, tt.mails)
			n := 0
			c := NewCourier(o, &transport{send: func(context.Context, Message) (string, error) {
				n++
				clock.advance(tt.takes(n))
				return "250 OK", nil
			}}, options(clock))
			c.overdue = func(time.Duration) <-chan time.Time { return nil }
			if sum, err := c.DeliverDue(t.Context()); err != nil || sum.Accepted != tt.mails {
				t.Errorf("%+v, %v", sum, err)
			}
			if !slices.Equal(o.asked, tt.want) {
				t.Errorf("it asked for %v mails, want %v", o.asked, tt.want)
			}
		})
	}
}

// listening is an outbox that says when it has taken reports without a claim.
type listening struct {
	*outbox
	heard chan struct{}
}

func (l listening) ServeMails(ctx context.Context, r []account.Report, n int, lease time.Duration) ([]account.Delivery, error) {
	claimed, err := l.outbox.ServeMails(ctx, r, n, lease)
	if n == 0 {
		l.heard <- struct{}{}
	}
	return claimed, err
}

// While a mail hangs, the outbox already knows of those before it, and others can take those after it.
func TestABatchWhoseTimeIsOverIsReported(t *testing.T) {
	clock := &manual{now: noon}
	o := listening{waiting(clock, 7), make(chan struct{})}
	over := make(chan time.Time)
	check := func(id account.MailID, state account.MailState, claimed bool, attempts int) {
		t.Helper()
		if m := o.mail(id); m.State != state || m.Claimed != claimed || m.Attempts != attempts {
			t.Errorf("mail %d is %v, claimed %v, after %d tries; want %v, %v, %d", id, m.State, m.Claimed, m.Attempts, state, claimed, attempts)
		}
	}
	tr := &transport{send: func(_ context.Context, m Message) (string, error) {
		if strings.HasPrefix(m.ID, "5.") { // the second of a batch of four
			clock.advance(2 * batchTime)
			over <- clock.Now()
			<-o.heard
			check(4, account.MailAccepted, false, 1)
			check(5, account.MailQueued, true, 1)
			check(6, account.MailQueued, false, 0)
			check(7, account.MailQueued, false, 0)
		}
		return "250 OK", nil
	}}
	c := NewCourier(o, tr, options(clock))
	c.overdue = func(d time.Duration) <-chan time.Time {
		if d != batchTime {
			t.Errorf("a batch has a time of %v", d)
		}
		return over
	}
	if sum, err := c.DeliverDue(t.Context()); err != nil || sum.Accepted != 7 {
		t.Errorf("%+v, %v", sum, err)
	}
	for id := range account.MailID(7) {
		check(id+1, account.MailAccepted, false, 1)
	}
	if len(tr.sent) != 7 || len(o.late) > 0 {
		t.Errorf("sent %v; late reports on %v", tr.sent, o.late)
	}
	if want := []int{1, 2, 4, 1, 2, 4}; !slices.Equal(o.asked, want) {
		t.Errorf("it asked for %v mails, want %v", o.asked, want)
	}
}

// What could not be reported when the time was over is reported at the end.
func TestAReportThatFailedIsMadeAgain(t *testing.T) {
	clock := &manual{now: noon}
	o := listening{waiting(clock, 7), make(chan struct{})}
	over := make(chan time.Time)
	tr := &transport{send: func(_ context.Context, m Message) (string, error) {
		if strings.HasPrefix(m.ID, "5.") {
			o.fail["report"] = errors.New("disk full")
			over <- clock.Now()
			<-o.heard
			delete(o.fail, "report")
		}
		return "250 OK", nil
	}}
	c := NewCourier(o, tr, options(clock))
	c.overdue = func(time.Duration) <-chan time.Time { return over }
	if sum, err := c.DeliverDue(t.Context()); err != nil || sum.Accepted != 7 || len(tr.sent) != 7 {
		t.Errorf("%+v, %v; sent %v", sum, err, tr.sent)
	}
}

// An outbox that cannot be written to for a while, by an import for example, hears of each mail as soon as it can. None is
// sent a second time.
func TestReportsAreKeptUntilTheyCanBeMade(t *testing.T) {
	clock := &manual{now: noon}
	o := waiting(clock, 3)
	tr := &transport{send: func(_ context.Context, m Message) (string, error) {
		if strings.HasPrefix(m.ID, "3.") {
			o.fail["report"] = errors.New("in use")
		}
		return "250 OK", nil
	}}
	c := NewCourier(o, tr, options(clock))
	if _, err := c.DeliverDue(t.Context()); err == nil {
		t.Fatal("it could report")
	}
	delete(o.fail, "report")
	if sum, err := c.DeliverDue(t.Context()); err != nil || sum != (Summary{}) {
		t.Errorf("%+v, %v", sum, err)
	}
	clock.advance(Lease)
	if _, err := c.DeliverDue(t.Context()); err != nil || len(tr.sent) != 3 {
		t.Errorf("%v; sent %v", err, tr.sent)
	}
}

// unclaimable is an outbox of which no second mail can be read.
type unclaimable struct{ *outbox }

func (o unclaimable) ServeMails(ctx context.Context, r []account.Report, n int, lease time.Duration) ([]account.Delivery, error) {
	if len(r) > 0 && n > 0 {
		return nil, errors.New("damaged")
	}
	return o.outbox.ServeMails(ctx, r, n, lease)
}

func TestAReportIsMadeThoughNothingCanBeClaimed(t *testing.T) {
	clock := &manual{now: noon}
	o := unclaimable{waiting(clock, 2)}
	if _, err := NewCourier(o, &transport{}, options(clock)).DeliverDue(t.Context()); err == nil || !strings.Contains(err.Error(), "claiming") {
		t.Errorf("the error is %v", err)
	}
	if m := o.mail(1); m.State != account.MailAccepted {
		t.Errorf("the mail that was sent is %v", m.State)
	}
}

func TestAnInterruptedBatchIsReportedAndGivenBack(t *testing.T) {
	clock := &manual{now: noon}
	o := waiting(clock, 7)
	ctx, cancel := context.WithCancel(t.Context())
	tr := &transport{send: func(_ context.Context, m Message) (string, error) {
		if strings.HasPrefix(m.ID, "5.") {
			cancel()
		}
		return "250 OK", nil
	}}
	if sum, err := NewCourier(o, tr, options(clock)).DeliverDue(ctx); !errors.Is(err, context.Canceled) || sum.Accepted != 5 {
		t.Errorf("%+v, %v", sum, err)
	}
	for id := range account.MailID(7) {
		m := o.mail(id + 1)
		sent := m.ID <= 5
		if m.Claimed || (m.State == account.MailAccepted) != sent || !sent && (m.Attempts != 0 || !m.Due.Equal(noon)) {
			t.Errorf("mail %d is %v, claimed %v, after %d tries, due in %v", m.ID, m.State, m.Claimed, m.Attempts, m.Due.Sub(noon))
		}
	}
}

// A kill in the middle of a batch: nothing more is written. What was sent and not reported goes out once more, under the
// same Message-ID; everything else goes out once.
func TestACourierKilledInABatch(t *testing.T) {
	clock := &manual{now: noon}
	o := waiting(clock, 7)
	ctx, kill := context.WithCancel(t.Context())
	dead := &transport{send: func(_ context.Context, m Message) (string, error) {
		if strings.HasPrefix(m.ID, "5.") {
			o.fail["report"] = errors.New("killed")
			kill()
		}
		return "250 OK", nil
	}}
	if _, err := NewCourier(o, dead, options(clock)).DeliverDue(ctx); err == nil {
		t.Fatal("it reported after it was killed")
	}
	delete(o.fail, "report")
	next := &transport{}
	c := NewCourier(o, next, options(clock))
	clock.advance(Lease - 1)
	if sum, err := c.DeliverDue(t.Context()); err != nil || sum != (Summary{}) {
		t.Errorf("within the lease: %+v, %v", sum, err)
	}
	clock.advance(1)
	if sum, err := c.DeliverDue(t.Context()); err != nil || sum.Accepted != 4 {
		t.Errorf("after the lease: %+v, %v", sum, err)
	}
	if len(dead.sent) != 5 || len(next.sent) != 4 || !slices.Equal(dead.sent[3:], next.sent[:2]) {
		t.Errorf("sent %v, and then %v", dead.sent, next.sent)
	}
}
