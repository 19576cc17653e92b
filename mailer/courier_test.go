package mailer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"rekey/account"
)

var _ Outbox = (*account.Service)(nil)

// manual is a clock that tests set.
type manual struct {
	mu  sync.Mutex
	now time.Time
}

func (m *manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *manual) advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// outbox is a queue in memory that keeps the promises of Outbox.
type outbox struct {
	clock *manual

	mu         sync.Mutex
	mails      map[account.MailID]account.Mail
	superseded map[account.MailID]bool // their link is void
	fail       map[string]error        // by method
	asked      []int                   // how many mails each call of ServeMails asked for: each is a write
	late       []account.MailID        // reported by others than those who hold the claim
}

func newOutbox(clock *manual, ids ...account.MailID) *outbox {
	o := &outbox{
		clock: clock, mails: map[account.MailID]account.Mail{},
		superseded: map[account.MailID]bool{}, fail: map[string]error{},
	}
	for _, id := range ids {
		o.add(id)
	}
	return o
}

func (o *outbox) add(id account.MailID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := delivery().Mail
	m.ID, m.Attempts, m.Claim, m.Due = id, 0, 0, o.clock.Now()
	o.mails[id] = m
}

func (o *outbox) mail(id account.MailID) account.Mail {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mails[id]
}

func (o *outbox) queue() []account.Mail {
	var waiting []account.Mail
	for _, id := range slices.Sorted(maps.Keys(o.mails)) {
		if m := o.mails[id]; m.State == account.MailQueued {
			waiting = append(waiting, m)
		}
	}
	slices.SortStableFunc(waiting, func(a, b account.Mail) int { return a.Due.Compare(b.Due) })
	return waiting
}

func (o *outbox) ServeMails(
	ctx context.Context, reports []account.Report, n int, lease time.Duration,
) ([]account.Delivery, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(reports) > 0 {
		if err := errors.Join(ctx.Err(), o.fail["report"]); err != nil {
			return nil, err
		}
	}
	for _, r := range reports {
		o.report(r)
	}
	if n == 0 {
		return nil, nil
	}
	o.asked = append(o.asked, n)
	var claimed []account.Delivery
	for _, m := range o.queue() {
		d, err := o.claim(m, lease)
		switch {
		case errors.Is(err, account.ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}
		if claimed = append(claimed, d); len(claimed) == n {
			break
		}
	}
	return claimed, nil
}

func (o *outbox) ClaimMailID(_ context.Context, id account.MailID, lease time.Duration) (account.Delivery, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.claim(o.mails[id], lease)
}

func (o *outbox) claim(m account.Mail, lease time.Duration) (account.Delivery, error) {
	if err := o.fail["claim"]; err != nil {
		return account.Delivery{}, err
	}
	if m.State != account.MailQueued || m.Due.After(o.clock.Now()) {
		return account.Delivery{}, account.ErrNotFound
	}
	if o.superseded[m.ID] {
		m.State = account.MailSuperseded
		o.mails[m.ID] = m
		return account.Delivery{}, account.ErrNotFound
	}
	m.Attempts++
	m.Claim++
	m.Claimed, m.Due = true, o.clock.Now().Add(lease)
	o.mails[m.ID] = m
	d := delivery()
	d.Mail = m
	return d, nil
}

func (o *outbox) report(r account.Report) {
	m := o.mails[r.Mail]
	if m.Claim != r.Claim {
		o.late = append(o.late, r.Mail)
		return
	}
	m.Claimed, m.State, m.Due = false, r.State, o.clock.Now().Add(r.Pause)
	if r.Untried {
		m.Attempts--
	} else {
		m.Reply = r.Reply
	}
	o.mails[r.Mail] = m
}

func (o *outbox) NextMailDue(context.Context) (time.Time, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.fail["next"]; err != nil {
		return time.Time{}, err
	}
	if q := o.queue(); len(q) > 0 {
		return q[0].Due, nil
	}
	return time.Time{}, account.ErrNotFound
}

// transport does what a test says with each message.
type transport struct {
	send   func(ctx context.Context, m Message) (string, error)
	mu     sync.Mutex
	sent   []string // Message-IDs
	closed int
}

func (tr *transport) Send(ctx context.Context, m Message) (string, error) {
	tr.mu.Lock()
	tr.sent = append(tr.sent, m.ID)
	tr.mu.Unlock()
	if tr.send == nil {
		return "250 2.0.0 OK", nil
	}
	return tr.send(ctx, m)
}

func (tr *transport) Close() error {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.closed++
	return nil
}

func fails(err error) func(context.Context, Message) (string, error) {
	return func(context.Context, Message) (string, error) { return "", err }
}

func options(clock *manual) Options {
	return Options{Clock: clock.Now, Random: func() float64 { return 0.5 }}
}

func TestOutcomes(t *testing.T) {
	tests := []struct {
		name  string
		send  func(context.Context, Message) (string, error)
		state account.MailState
		reply string
		pause time.Duration
		sum   Summary
	}{
		{"accepted", nil, account.MailAccepted, "250 2.0.0 OK", 0, Summary{Accepted: 1}},
		{"refused for good", fails(&Failure{Permanent: true, Reply: "550 5.1.1 No such user"}),
			account.MailRefused, "550 5.1.1 No such user", 0, Summary{Refused: 1}},
		{"refused for now", fails(&Failure{Reply: "451 4.7.1 Greylisted"}),
			account.MailQueued, "451 4.7.1 Greylisted", 22500 * time.Millisecond, Summary{Deferred: 1}},
		{"server unusable", fails(&Failure{Server: true, Reply: "no answer in time"}),
			account.MailQueued, "no answer in time", 22500 * time.Millisecond,
			Summary{Deferred: 1, Stopped: "no answer in time"}},
		{"failed unexpectedly", fails(errors.New("boom")),
			account.MailQueued, "internal error: see the log", 22500 * time.Millisecond, Summary{Deferred: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := &manual{now: noon}
			o := newOutbox(clock, 1)
			tr := &transport{send: tt.send}
			sum, err := NewCourier(o, tr, options(clock)).DeliverDue(t.Context())
			if err != nil || sum != tt.sum {
				t.Errorf("%+v, %v; want %+v", sum, err, tt.sum)
			}
			m := o.mail(1)
			if m.State != tt.state || m.Reply != tt.reply || !m.Due.Equal(noon.Add(tt.pause)) {
				t.Errorf("%v %q due in %v", m.State, m.Reply, m.Due.Sub(noon))
			}
			if tr.closed == 0 {
				t.Error("the connection was left open after the pass")
			}
		})
	}
}

func TestDeliverDueTakesAllThatIsDue(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1, 2, 3, 4)
	later := o.mails[4]
	later.Due = noon.Add(time.Second)
	o.mails[4] = later
	o.superseded[2] = true
	tr := &transport{send: func(_ context.Context, m Message) (string, error) {
		if strings.HasPrefix(m.ID, "1.") {
			return "", &Failure{Reply: "451 later"} // one mail's failure does not hold up the next
		}
		return "250 OK", nil
	}}
	sum, err := NewCourier(o, tr, options(clock)).DeliverDue(t.Context())
	if want := (Summary{Accepted: 1, Deferred: 1}); err != nil || sum != want {
		t.Errorf("%+v, %v; want %+v", sum, err, want)
	}
	for id, want := range map[account.MailID]account.MailState{
		1: account.MailQueued, 2: account.MailSuperseded, 3: account.MailAccepted, 4: account.MailQueued,
	} {
		if got := o.mail(id).State; got != want {
			t.Errorf("mail %d is %v, want %v", id, got, want)
		}
	}
	if len(tr.sent) != 2 {
		t.Errorf("sent %v", tr.sent)
	}
}

// What one dead server costs is one try of one mail, however many wait.
func TestUnusableServerEndsThePass(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1, 2, 3, 4)
	tr := &transport{send: func(_ context.Context, m Message) (string, error) {
		if strings.HasPrefix(m.ID, "1.") {
			return "250 OK", nil
		}
		return "", &Failure{Server: true, Reply: "no answer in time"}
	}}
	sum, err := NewCourier(o, tr, options(clock)).DeliverDue(t.Context())
	if want := (Summary{Accepted: 1, Deferred: 1, Stopped: "no answer in time"}); err != nil || sum != want {
		t.Errorf("%+v, %v; want %+v", sum, err, want)
	}
	if m := o.mail(2); m.State != account.MailQueued || m.Reply != "no answer in time" || !m.Due.After(noon) {
		t.Errorf("the mail that was tried is %v, due in %v, with %q", m.State, m.Due.Sub(noon), m.Reply)
	}
	for _, id := range []account.MailID{3, 4} {
		if m := o.mail(id); m.State != account.MailQueued || m.Attempts != 0 || !m.Due.Equal(noon) || m.Reply != "" {
			t.Errorf("mail %d, not tried, is %v after %d tries, due in %v", id, m.State, m.Attempts, m.Due.Sub(noon))
		}
	}
	if len(tr.sent) != 2 || tr.closed == 0 {
		t.Errorf("sent %v, closed %d times", tr.sent, tr.closed)
	}
}

func TestRetriesUnderOneMessageIDUntilGivenUp(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1)
	tr := &transport{send: fails(&Failure{Reply: "451 later"})}
	c := NewCourier(o, tr, options(clock))
	var pauses []time.Duration
	for range maxAttempts {
		if _, err := c.DeliverDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		pause := o.mail(1).Due.Sub(clock.Now())
		pauses = append(pauses, pause)
		clock.advance(pause)
	}
	m := o.mail(1)
	if m.State != account.MailRefused || m.Reply != fmt.Sprintf("given up after %d tries: 451 later", maxAttempts) {
		t.Errorf("after %d tries: %v %q", m.Attempts, m.State, m.Reply)
	}
	if !slices.IsSorted(pauses[:maxAttempts-1]) || pauses[0] != 22500*time.Millisecond {
		t.Errorf("pauses do not grow: %v", pauses)
	}
	if ids := slices.Compact(tr.sent); len(ids) != 1 || len(tr.sent) != maxAttempts {
		t.Errorf("sent %d times under %v", len(tr.sent), ids)
	}
}

func TestUncomposableMailIsRefused(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1)
	m := o.mails[1]
	m.To = "nobody"
	o.mails[1] = m
	tr := &transport{}
	if sum, err := NewCourier(o, tr, options(clock)).DeliverDue(t.Context()); err != nil || sum.Refused != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	if got := o.mail(1).Reply; !strings.Contains(got, `cannot go to "nobody"`) || len(tr.sent) != 0 {
		t.Errorf("reply %q, sent %v", got, tr.sent)
	}
}

func TestDeliverOne(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1, 2, 3)
	o.superseded[3] = true
	c := NewCourier(o, &transport{}, options(clock))
	if err := c.Deliver(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if o.mail(1).State != account.MailQueued || o.mail(2).State != account.MailAccepted {
		t.Errorf("mail 1 is %v, mail 2 is %v", o.mail(1).State, o.mail(2).State)
	}
	for name, id := range map[string]account.MailID{"accepted already": 2, "superseded": 3, "unknown": 99} {
		if err := c.Deliver(t.Context(), id); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
}

func TestCouriersNeverSendTheSameMail(t *testing.T) {
	clock := &manual{now: noon}
	const mails, couriers = 40, 4
	o := newOutbox(clock)
	for id := range account.MailID(mails) {
		o.add(id + 1)
	}
	transports := make([]*transport, couriers)
	var wg sync.WaitGroup
	for i := range transports {
		transports[i] = &transport{}
		wg.Go(func() {
			if _, err := NewCourier(o, transports[i], options(clock)).DeliverDue(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var sent []string
	for _, tr := range transports {
		sent = append(sent, tr.sent...)
	}
	slices.Sort(sent)
	if len(sent) != mails || len(slices.Compact(sent)) != mails {
		t.Errorf("%d mails were sent for %d", len(sent), mails)
	}
}

func TestResumesAfterCrash(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1)
	if _, err := o.ServeMails(t.Context(), nil, 1, Lease); err != nil { // by a process that dies then
		t.Fatal(err)
	}
	c := NewCourier(o, &transport{}, options(clock))
	clock.advance(Lease - 1)
	if sum, err := c.DeliverDue(t.Context()); err != nil || sum != (Summary{}) {
		t.Errorf("within the lease: %+v, %v", sum, err)
	}
	clock.advance(1)
	if sum, err := c.DeliverDue(t.Context()); err != nil || sum.Accepted != 1 {
		t.Errorf("after the lease: %+v, %v", sum, err)
	}
}

func TestLateReportCarriesItsClaim(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1)
	tr := &transport{send: func(context.Context, Message) (string, error) {
		clock.advance(Lease) // the process was stopped for so long
		_, err := o.ServeMails(t.Context(), nil, 1, Lease)
		return "", errors.Join(err, &Failure{Reply: "451 later"})
	}}
	if _, err := NewCourier(o, tr, options(clock)).DeliverDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.late, []account.MailID{1}) {
		t.Errorf("late reports %v, want one on mail 1", o.late)
	}
}

func TestInterruptedDeliveryIsGivenBack(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1, 2)
	ctx, cancel := context.WithCancel(t.Context())
	tr := &transport{send: func(context.Context, Message) (string, error) {
		cancel()
		return "", &Failure{Reply: "interrupted"}
	}}
	sum, err := NewCourier(o, tr, options(clock)).DeliverDue(ctx)
	if !errors.Is(err, context.Canceled) || sum.Deferred != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	if m := o.mail(1); m.State != account.MailQueued || !m.Due.Equal(noon) || m.Reply != "interrupted" {
		t.Errorf("%v due in %v with %q", m.State, m.Due.Sub(noon), m.Reply)
	}
	if len(o.asked) != 1 {
		t.Error("it went on to the next mail")
	}
}

func TestOutboxFailureStopsThePass(t *testing.T) {
	broken := errors.New("disk full")
	for _, method := range []string{"claim", "report"} {
		clock := &manual{now: noon}
		o := newOutbox(clock, 1, 2)
		o.fail[method] = broken
		tr := &transport{}
		_, err := NewCourier(o, tr, options(clock)).DeliverDue(t.Context())
		if !errors.Is(err, broken) || len(tr.sent) > 1 {
			t.Errorf("%s: %v after %d mails", method, err, len(tr.sent))
		}
	}
}

func TestLeaseOutlastsDelivery(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1)
	var left time.Duration
	tr := &transport{send: func(context.Context, Message) (string, error) {
		clock.advance(MaxTimeout)
		left = o.mail(1).Due.Sub(clock.Now())
		return "250 OK", nil
	}}
	if err := NewCourier(o, tr, options(clock)).Deliver(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if left <= reportTimeout {
		t.Errorf("after the longest delivery the lease lasts another %v, less than a report may take", left)
	}
}

// running is a courier whose Run waits on the test: each wait is announced, and ends when the test says so.
type running struct {
	*Courier
	waits  chan time.Duration
	resume chan time.Time
	errs   chan error
}

func run(t *testing.T, o Outbox, tr Transport, clock *manual) running {
	t.Helper()
	r := running{waits: make(chan time.Duration), resume: make(chan time.Time), errs: make(chan error, 10)}
	opts := options(clock)
	opts.OnError = func(err error) { r.errs <- err }
	opts.After = func(d time.Duration) <-chan time.Time {
		select {
		case r.waits <- d:
		case <-t.Context().Done():
		}
		return r.resume
	}
	r.Courier = NewCourier(o, tr, opts)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(t.Context())
	}()
	t.Cleanup(func() { <-done }) // Run ends with its context
	return r
}

func TestRunWaitsForWhatIsDue(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1)
	tr := &transport{send: fails(&Failure{Reply: "451 later"})}
	r := run(t, o, tr, clock)
	if wait := <-r.waits; wait != 2*time.Second || len(tr.sent) != 1 {
		t.Errorf("after the first try it waits %v, %d sent; want the poll interval", wait, len(tr.sent))
	}
	clock.advance(22 * time.Second) // half a second before the next try is due
	r.resume <- clock.Now()
	if wait := <-r.waits; wait != 500*time.Millisecond || len(tr.sent) != 1 {
		t.Errorf("shortly before the next try it waits %v, %d sent", wait, len(tr.sent))
	}
	if len(o.asked) != 2 { // for the mail, and for more
		t.Errorf("it asked %d times for mails, also while none was due", len(o.asked))
	}
	clock.advance(500 * time.Millisecond)
	r.resume <- clock.Now()
	if <-r.waits; len(tr.sent) != 2 {
		t.Errorf("%d sent, want the second try", len(tr.sent))
	}
}

func TestRunWakes(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock)
	r := run(t, o, &transport{}, clock)
	if wait := <-r.waits; wait != 2*time.Second {
		t.Errorf("with nothing to do it waits %v", wait)
	}
	o.add(1)
	r.Wake()
	<-r.waits
	if got := o.mail(1).State; got != account.MailAccepted {
		t.Errorf("after Wake the mail is %v", got)
	}
	r.Wake()
	r.Wake() // more of them than it needs do not block
	<-r.waits
}

// serverWaits takes the two waits of a pause for the mail server, and lets the time of the first one pass.
func (r running) serverWaits(t *testing.T, clock *manual) (respite, rest time.Duration) {
	t.Helper()
	respite = <-r.waits
	clock.advance(respite)
	r.resume <- clock.Now()
	return respite, <-r.waits
}

func TestRunPausesForUnusableServer(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1, 2, 3, 4, 5)
	var down atomic.Bool
	down.Store(true)
	tr := &transport{send: func(context.Context, Message) (string, error) {
		if down.Load() {
			return "", &Failure{Server: true, Reply: "no answer in time"}
		}
		return "250 OK", nil
	}}
	r := run(t, o, tr, clock)
	for i, want := range []time.Duration{22500 * time.Millisecond, 45 * time.Second, 90 * time.Second} {
		respite, rest := r.serverWaits(t, clock)
		if respite+rest != want || len(tr.sent) != i+1 {
			t.Errorf("after failure %d: a pause of %v, want %v; %d tries", i+1, respite+rest, want, len(tr.sent))
		}
		if i == 2 {
			down.Store(false)
		}
		clock.advance(rest)
		r.resume <- clock.Now()
	}
	if wait := <-r.waits; wait != 2*time.Second {
		t.Errorf("once the server works again it waits %v, want the poll interval", wait)
	}
	tried := 0
	for id := range account.MailID(5) {
		m := o.mail(id + 1)
		if m.State != account.MailAccepted {
			t.Errorf("mail %d is %v", m.ID, m.State)
		}
		tried += m.Attempts
	}
	if want := 3 + 5; tried != want {
		t.Errorf("%d attempts were counted, want %d", tried, want)
	}

	down.Store(true)
	o.add(6)
	r.resume <- clock.Now()
	if respite, rest := r.serverWaits(t, clock); respite+rest != 22500*time.Millisecond {
		t.Errorf("when the server fails anew: a pause of %v, want to begin with the shortest", respite+rest)
	}
}

func TestWakeCutsPauseForServerShort(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1, 2, 3, 4)
	tr := &transport{send: fails(&Failure{Server: true, Reply: "no answer in time"})}
	r := run(t, o, tr, clock)
	for i := range 3 {
		respite := <-r.waits
		r.Wake() // as soon as the server has failed
		clock.advance(respite)
		r.resume <- clock.Now()
		rest := <-r.waits
		if respite != wakeInterval || rest != 12500*time.Millisecond {
			t.Errorf("it waits %v and then %v: a try that Wake brought forward lengthens the pause", respite, rest)
		}
		if now := clock.Now().Sub(noon); now != time.Duration(i+1)*wakeInterval {
			t.Errorf("try %d is over at %v", i+1, now)
		}
	}
	if <-r.waits; len(tr.sent) != 4 {
		t.Errorf("%d tries, want the first one and one for each Wake", len(tr.sent))
	}
}

func TestRunSurvivesOutboxFailures(t *testing.T) {
	clock := &manual{now: noon}
	o := newOutbox(clock, 1)
	broken := errors.New("database is locked")
	o.fail["next"] = broken
	r := run(t, o, &transport{}, clock)
	var waits []time.Duration
	for range 7 {
		waits = append(waits, <-r.waits)
		if err := <-r.errs; !errors.Is(err, broken) {
			t.Errorf("heard of %v", err)
		}
		if len(waits) == 7 {
			o.mu.Lock()
			delete(o.fail, "next")
			o.mu.Unlock()
		}
		r.resume <- noon
	}
	const s = time.Second
	if want := []time.Duration{2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}; !slices.Equal(waits, want) {
		t.Errorf("waits %v, want %v", waits, want)
	}
	if wait := <-r.waits; wait != 2*s || o.mail(1).State != account.MailAccepted {
		t.Errorf("once the outbox works again: waits %v, the mail is %v", wait, o.mail(1).State)
	}
	o.mu.Lock()
	o.fail["next"] = broken
	o.mu.Unlock()
	r.resume <- noon
	if wait := <-r.waits; wait != 2*s {
		t.Errorf("when it fails anew it waits %v, want to begin with the poll interval", wait)
	}
}

// stuck is an outbox with a mail that is due and cannot be had.
type stuck struct{ *outbox }

func (s stuck) NextMailDue(context.Context) (time.Time, error) { return noon, nil }

func TestRunDoesNotSpin(t *testing.T) {
	clock := &manual{now: noon}
	r := run(t, stuck{newOutbox(clock)}, &transport{}, clock)
	if wait := <-r.waits; wait != 2*time.Second {
		t.Errorf("it waits %v before it asks again", wait)
	}
}

// panicky is an outbox with a bug.
type panicky struct{ *outbox }

func (p panicky) NextMailDue(context.Context) (time.Time, error) { panic("secret " + testCode) }

func TestRunContainsPanics(t *testing.T) {
	clock := &manual{now: noon}
	check := func(err error, says string) {
		t.Helper()
		if !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "courier_test.go") {
			t.Errorf("heard of %v; want %q and where it happened", err, says)
		}
		if strings.Contains(err.Error(), testCode) {
			t.Error("the panic's text came through")
		}
	}

	r := run(t, panicky{newOutbox(clock)}, &transport{}, clock)
	<-r.waits
	check(<-r.errs, "panic of type string")

	o := newOutbox(clock, 1, 2)
	r = run(t, o, &transport{send: func(_ context.Context, m Message) (string, error) {
		if strings.HasPrefix(m.ID, "1.") {
			var none []int
			_ = none[len(m.ID)]
		}
		return "250 OK", nil
	}}, clock)
	<-r.waits
	check(<-r.errs, "index out of range")
	if one, two := o.mail(1), o.mail(2); one.State != account.MailQueued || two.State != account.MailAccepted {
		t.Errorf("the mail that caused it is %v, the next one %v", one.State, two.State)
	}
}

// The whole way: outbox, courier, client and a real server.
func TestPassOverOneConnection(t *testing.T) {
	first := true
	s := startServer(t, &server{onRcpt: func() error {
		if first {
			first = false
			return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "Busy"}
		}
		return nil
	}}, nil, false)
	clock := &manual{now: noon}
	o := newOutbox(clock, 1, 2, 3)
	c := NewCourier(o, newClient(t, plainConfig(s.listener)), options(clock))
	sum, err := c.DeliverDue(t.Context())
	if want := (Summary{Accepted: 2, Deferred: 1}); err != nil || sum != want {
		t.Errorf("%+v, %v; want %+v", sum, err, want)
	}
	if n := s.listener.connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	if got := o.mail(1).Reply; got != "450 4.2.0 Busy" {
		t.Errorf("reply of the first %q", got)
	}
	if got := o.mail(2).Reply; got != "250 2.0.0 OK: queued" {
		t.Errorf("reply of the second %q", got)
	}
}

func TestWrongPasswordIsTriedOncePerPass(t *testing.T) {
	ca := newAuthority(t)
	s := startServer(t, &server{mechanisms: []string{sasl.Plain}}, ca.server(t), false)
	config := s.config(t)
	config.CAFile, config.Username, config.Password = ca.file(t), testUser, "wrong-"+testPassword
	clock := &manual{now: noon}
	o := newOutbox(clock, 1, 2, 3)
	sum, err := NewCourier(o, newClient(t, config), options(clock)).DeliverDue(t.Context())
	if err != nil || sum.Deferred != 1 || !strings.HasPrefix(sum.Stopped, "535 ") {
		t.Errorf("%+v, %v", sum, err)
	}
	if n := s.listener.connections(); n != 1 {
		t.Errorf("%d connections, and with each a wrong password", n)
	}
}
