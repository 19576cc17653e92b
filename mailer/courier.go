package mailer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"rekey/account"
)

// Lease is how long a claimed mail belongs to its courier. It outlasts what is sent before it, the longest delivery and
// its report, so that no other courier takes up a mail that is still being delivered.
const Lease = batchTime + MaxTimeout + reportTimeout + 20*time.Second

// reportTimeout bounds a report on deliveries.
const reportTimeout = 10 * time.Second

// Outbox is the queue that a courier serves. Several couriers, in several processes, may serve the same one.
type Outbox interface {
	// ServeMails takes reports on claimed mails, which end the claims, and gives up to n mails: those that are due first.
	// It keeps these from other couriers for the time of lease; a claim counts as an attempt. It drops mails whose link
	// is void. All of that is one durable commit. It gives no mail only when none is due, or for n = 0.
	ServeMails(ctx context.Context, reports []account.Report, n int, lease time.Duration) ([]account.Delivery, error)
	// ClaimMailID gives one certain mail in the same way. account.ErrNotFound: it does not wait, is claimed by another
	// courier or was dropped.
	ClaimMailID(ctx context.Context, id account.MailID, lease time.Duration) (account.Delivery, error)
	// NextMailDue tells, at little cost, when the next mail is due. account.ErrNotFound: none waits.
	NextMailDue(ctx context.Context) (time.Time, error)
}

// Transport takes a message to a mail server. Client is one.
type Transport interface {
	// Send gives the server's reply to a message that it took. A *Failure says whether trying again may help, and
	// whether other mails would fare better; any other error is taken as one of this mail that may pass.
	Send(ctx context.Context, m Message) (reply string, err error)
	// Close ends the connection that Send may have kept open. Send may be called again.
	Close() error
}

// Options are what a courier can do without.
type Options struct {
	Clock   account.Clock                        // default: time.Now
	Random  func() float64                       // from 0 up to 1, spreads the retries; default: crypto/rand
	After   func(time.Duration) <-chan time.Time // how Run waits; default: time.After
	Poll    time.Duration                        // how often Run looks for mails of other processes; default: 2 s
	OnError func(error)                          // hears what Run survives; no secrets are in it; default: nobody
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = fraction
	}
	if o.After == nil {
		o.After = time.After
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	return o
}

// Courier takes the outbox's mails to the mail server. Its methods may be called at the same time from several
// goroutines: it delivers one mail after the other.
type Courier struct {
	outbox    Outbox
	transport Transport
	options   Options
	overdue   func(time.Duration) <-chan time.Time // how a batch's time is taken: time.After, but in tests
	wake      chan struct{}
	unmade    []account.Report // that the outbox could not take yet; of who has the turn
	turn      chan struct{}    // holds a value while mails are being delivered
}

// NewCourier makes a courier between an outbox and a transport, which it uses alone from then on.
func NewCourier(outbox Outbox, transport Transport, options Options) *Courier {
	return &Courier{
		outbox:    outbox,
		transport: transport,
		options:   options.withDefaults(),
		overdue:   time.After,
		wake:      make(chan struct{}, 1),
		turn:      make(chan struct{}, 1),
	}
}

// Summary counts what became of the mails that were tried in one pass.
type Summary struct {
	Accepted int // the mail server took them
	Refused  int // refused for good
	Deferred int // to be tried again

	// Stopped is why the mail server could not be used any further: its reply, or why there was none. Mails that were
	// due may not have been tried then. Empty: all that was due was tried.
	Stopped string
}

func (s *Summary) count(state account.MailState) {
	switch state {
	case account.MailAccepted:
		s.Accepted++
	case account.MailRefused:
		s.Refused++
	default:
		s.Deferred++
	}
}

// reached reports whether the mail server could be used at all.
func (s Summary) reached() bool {
	return s.Accepted > 0 || s.Stopped == "" && s.Refused+s.Deferred > 0
}

// Wake makes Run look at the outbox now. Only a mail server that has just failed is left alone for some seconds first.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

const (
	// longestBackoff is how long Run stays away at most from an outbox that fails.
	longestBackoff = time.Minute
	// wakeInterval is the least time between two tries of a mail server that cannot be used, however often Wake is
	// called. It is shorter than any retryPause.
	wakeInterval = 10 * time.Second
)

// Run delivers mails as they become due, until ctx ends. Failures of the outbox and panics go to Options.OnError; Run
// goes on after a pause that grows with each. While the mail server cannot be used, Run pauses for all mails together,
// by the rule for the retries of one mail, and tries one of them after each pause.
func (c *Courier) Run(ctx context.Context) {
	backoff := c.options.Poll
	pauses := 0 // that the mail server was given in a row, each to its end
	for ctx.Err() == nil {
		sum, wait, err := c.round(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			backoff = c.options.Poll
		}
		if sum.reached() {
			pauses = 0
		}
		switch {
		case err != nil:
			c.options.OnError(err)
			c.wait(ctx, backoff, c.wake)
			backoff = min(2*backoff, max(longestBackoff, c.options.Poll))
		case sum.Stopped != "":
			if c.waitForServer(ctx, retryPause(pauses+1, c.options.Random())) {
				pauses++
			}
		default:
			c.wait(ctx, wait, c.wake)
		}
	}
}

// waitForServer waits for the length of pause, or until Wake, but not for less than wakeInterval. It reports whether
// the pause came to its end: tries that Wake brings forward do not lengthen the next pause.
func (c *Courier) waitForServer(ctx context.Context, pause time.Duration) (ended bool) {
	return c.wait(ctx, wakeInterval, nil) && c.wait(ctx, pause-wakeInterval, c.wake)
}

// wait reports whether it waited all of d: the end of ctx and a value from interrupt cut it short.
func (c *Courier) wait(ctx context.Context, d time.Duration, interrupt <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-interrupt:
		return false
	case <-c.options.After(d):
		return true
	}
}

// round delivers what is due, and tells how long to wait then if the mail server can be used. It writes to the outbox
// only when something is due.
func (c *Courier) round(ctx context.Context) (sum Summary, wait time.Duration, err error) {
	defer contain(&err)
	due, err := c.outbox.NextMailDue(ctx)
	if err == nil && !due.After(c.options.Clock()) {
		if sum, err = c.DeliverDue(ctx); err != nil || sum.Stopped != "" {
			return sum, 0, err
		}
		due, err = c.outbox.NextMailDue(ctx)
	}
	if errors.Is(err, account.ErrNotFound) {
		return sum, c.options.Poll, nil
	}
	if err != nil {
		return sum, 0, fmt.Errorf("looking for the next mail: %w", err)
	}
	wait = due.Sub(c.options.Clock())
	if wait <= 0 || wait > c.options.Poll {
		wait = c.options.Poll
	}
	return sum, wait, nil
}

// contain turns a panic into an error: in a goroutine it would end the process and leave a raw terminal behind. The
// panic's own text is left out unless it is an error of the runtime: it could hold anything.
func contain(err *error) {
	switch r := recover().(type) {
	case nil:
	case runtime.Error:
		*err = fmt.Errorf("panic: %w\n%s", r, debug.Stack())
	default:
		*err = fmt.Errorf("panic of type %T\n%s", r, debug.Stack())
	}
}

// DeliverDue delivers every mail that is due, over one connection, and counts them. A mail that cannot be delivered is
// no error: it is in the summary, and its reply in the outbox. It stops at the first failure of the outbox, and, without
// an error, at the first one that shows that the mail server cannot be used: the mails that were not tried then stay as
// they are.
func (c *Courier) DeliverDue(ctx context.Context) (Summary, error) {
	var sum Summary
	if err := c.takeTurn(ctx); err != nil {
		return sum, err
	}
	defer c.endTurn()
	var reports []account.Report
	for size := 1; ; {
		claimed, err := c.exchange(ctx, reports, size)
		if err != nil || len(claimed) == 0 {
			return sum, err
		}
		begun := c.options.Clock()
		b := c.newBatch(claimed)
		sum.Stopped = b.deliver(ctx, &sum)
		if reports = b.end(); sum.Stopped != "" || ctx.Err() != nil {
			_, err := c.exchange(ctx, reports, 0)
			return sum, cmp.Or(err, ctx.Err())
		}
		size = nextSize(size, c.options.Clock().Sub(begun))
	}
}

// Deliver tries to deliver one mail now; what became of it is then in the outbox. account.ErrNotFound: it does not
// wait, or another courier is on its way with it.
func (c *Courier) Deliver(ctx context.Context, id account.MailID) error {
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer c.endTurn()
	d, err := c.outbox.ClaimMailID(ctx, id, Lease)
	if errors.Is(err, account.ErrNotFound) {
		return account.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("claiming a mail: %w", err)
	}
	outcome, _ := c.try(ctx, d)
	_, err = c.exchange(ctx, []account.Report{d.Report(outcome)}, 0)
	return err
}

// takeTurn comes before a claim, so that nothing of the lease is lost in waiting.
func (c *Courier) takeTurn(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Courier) endTurn() {
	c.transport.Close() // the mails are delivered: a farewell that fails changes nothing
	<-c.turn
}

// exchange reports on mails and claims up to n others. The reports are made even when ctx has ended, and those that cannot
// be made are made with the next ones: otherwise the mails would have to wait for the end of their lease, and those that
// were sent would be sent again.
func (c *Courier) exchange(ctx context.Context, reports []account.Report, n int) ([]account.Delivery, error) {
	c.unmade = append(c.unmade, reports...)
	if len(c.unmade) > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), reportTimeout)
		defer cancel()
	}
	claimed, err := c.outbox.ServeMails(ctx, c.unmade, n, Lease)
	if err != nil && len(c.unmade) > 0 && n > 0 { // it may be for the claims
		if _, failed := c.outbox.ServeMails(ctx, c.unmade, 0, Lease); failed == nil {
			c.unmade = nil
		}
	}
	switch {
	case err == nil:
		c.unmade = nil
		return claimed, nil
	case len(c.unmade) > 0:
		return nil, fmt.Errorf("recording what became of %d mails, the first being mail %d: %w", len(c.unmade), c.unmade[0].Mail, err)
	}
	return nil, fmt.Errorf("claiming mails: %w", err)
}

// try makes one attempt at a delivery and judges it. The failure is nil for an accepted mail.
func (c *Courier) try(ctx context.Context, d account.Delivery) (account.Outcome, *Failure) {
	reply, err := c.send(ctx, d)
	if err == nil {
		return account.Outcome{State: account.MailAccepted, Reply: reply}, nil
	}
	failure := c.judge(d.Mail.ID, err)
	return c.outcome(ctx, d.Mail.Attempts, failure), failure
}

// judge puts what went wrong with a mail in terms of what to do with it.
func (c *Courier) judge(id account.MailID, err error) *Failure {
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure
	}
	if refusal, ok := errors.AsType[*account.Error](err); ok { // it cannot be composed
		return &Failure{Permanent: true, Reply: refusal.Error()}
	}
	c.options.OnError(fmt.Errorf("sending mail %d: %w", id, err))
	return &Failure{Reply: "internal error: see the log"}
}

// outcome decides what becomes of a mail that failed at the last of so many tries.
func (c *Courier) outcome(ctx context.Context, attempts int, f *Failure) account.Outcome {
	switch {
	case f.Permanent:
		return account.Outcome{State: account.MailRefused, Reply: f.Reply}
	case attempts >= maxAttempts:
		reply := fmt.Sprintf("given up after %d tries: %s", attempts, f.Reply)
		return account.Outcome{State: account.MailRefused, Reply: reply}
	case ctx.Err() != nil: // not the mail's fault: whoever comes next may try at once
		return account.Outcome{State: account.MailQueued, Reply: f.Reply}
	}
	return account.Outcome{
		State: account.MailQueued,
		Reply: f.Reply,
		Pause: retryPause(attempts, c.options.Random()),
	}
}

// send contains panics, so that a mail that causes one is deferred like any other and the queue goes on.
func (c *Courier) send(ctx context.Context, d account.Delivery) (reply string, err error) {
	defer contain(&err)
	m, err := Compose(d, c.options.Clock())
	if err != nil {
		return "", err
	}
	return c.transport.Send(ctx, m)
}
