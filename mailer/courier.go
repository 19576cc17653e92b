package mailer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"

	"rekey/account"
)

// Lease is how long a claimed mail belongs to its courier. It outlasts the longest delivery, so that no other courier
// takes up a mail that is still being delivered, and its report.
const Lease = MaxTimeout + reportTimeout + 20*time.Second

// reportTimeout bounds the report on a delivery.
const reportTimeout = 10 * time.Second

// Outbox is the queue that a courier serves. Several couriers, in several processes, may serve the same one.
type Outbox interface {
	// ClaimMail gives the mail that is due first, and keeps it from other couriers for the time of lease. The claim
	// counts as an attempt. It drops mails whose link is void. account.ErrNotFound: none is due now.
	ClaimMail(ctx context.Context, lease time.Duration) (account.Delivery, error)
	// ClaimMailID gives one certain mail in the same way. account.ErrNotFound: it does not wait, is claimed by another
	// courier or was dropped.
	ClaimMailID(ctx context.Context, id account.MailID, lease time.Duration) (account.Delivery, error)
	// ReportMail says what became of a claimed mail, and ends the claim.
	ReportMail(ctx context.Context, id account.MailID, claim uint64, o account.Outcome) error
	// NextMailDue tells, at little cost, when the next mail is due. account.ErrNotFound: none waits.
	NextMailDue(ctx context.Context) (time.Time, error)
}

// Transport takes a message to a mail server. Client is one.
type Transport interface {
	// Send gives the server's reply to a message that it took. A *Failure says whether trying again may help; any other
	// error is taken as one that may pass.
	Send(ctx context.Context, m Message) (reply string, err error)
	// Close ends the connection that Send may have kept open. Send may be called again.
	Close() error
}

// Options are what a courier can do without.
type Options struct {
	Clock   account.Clock                        // default: time.Now
	Random  func() float64                       // from 0 up to 1, spreads the retries; default: math/rand
	After   func(time.Duration) <-chan time.Time // how Run waits; default: time.After
	Poll    time.Duration                        // how often Run looks for mails of other processes; default: 2 s
	OnError func(error)                          // hears what Run survives; no secrets are in it; default: nobody
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
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
	wake      chan struct{}
	turn      chan struct{} // holds a value while a mail is being delivered
}

// NewCourier makes a courier between an outbox and a transport, which it uses alone from then on.
func NewCourier(outbox Outbox, transport Transport, options Options) *Courier {
	return &Courier{
		outbox:    outbox,
		transport: transport,
		options:   options.withDefaults(),
		wake:      make(chan struct{}, 1),
		turn:      make(chan struct{}, 1),
	}
}

// Summary counts what became of the mails of one pass.
type Summary struct {
	Accepted int // the mail server took them
	Refused  int // refused for good
	Deferred int // to be tried again
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

// Wake makes Run look at the outbox now.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// longestBackoff is how long Run stays away at most from an outbox that fails.
const longestBackoff = time.Minute

// Run delivers mails as they become due, until ctx ends. Failures of the outbox and panics go to Options.OnError; Run
// goes on after a pause that grows with each.
func (c *Courier) Run(ctx context.Context) {
	pause := c.options.Poll
	for ctx.Err() == nil {
		wait, err := c.round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			c.options.OnError(err)
			wait, pause = pause, min(2*pause, max(longestBackoff, c.options.Poll))
		default:
			pause = c.options.Poll
		}
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-c.options.After(wait):
		}
	}
}

// round delivers what is due and tells how long to wait then. It writes to the outbox only when something is due.
func (c *Courier) round(ctx context.Context) (wait time.Duration, err error) {
	defer contain(&err)
	due, err := c.outbox.NextMailDue(ctx)
	if err == nil && !due.After(c.options.Clock()) {
		if _, err = c.DeliverDue(ctx); err != nil {
			return 0, err
		}
		due, err = c.outbox.NextMailDue(ctx)
	}
	if errors.Is(err, account.ErrNotFound) {
		return c.options.Poll, nil
	}
	if err != nil {
		return 0, fmt.Errorf("looking for the next mail: %w", err)
	}
	wait = due.Sub(c.options.Clock())
	if wait <= 0 || wait > c.options.Poll {
		wait = c.options.Poll
	}
	return wait, nil
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
// no error: it is in the summary, and its reply in the outbox. It stops at the first failure of the outbox.
func (c *Courier) DeliverDue(ctx context.Context) (Summary, error) {
	var sum Summary
	defer c.hangUp()
	for {
		state, err := c.next(ctx, c.outbox.ClaimMail)
		switch {
		case errors.Is(err, account.ErrNotFound):
			return sum, nil
		case err != nil:
			return sum, err
		}
		sum.count(state)
		if err := ctx.Err(); err != nil {
			return sum, err
		}
	}
}

// Deliver tries to deliver one mail now; what became of it is then in the outbox. account.ErrNotFound: it does not
// wait, or another courier is on its way with it.
func (c *Courier) Deliver(ctx context.Context, id account.MailID) error {
	defer c.hangUp()
	_, err := c.next(ctx, func(ctx context.Context, lease time.Duration) (account.Delivery, error) {
		return c.outbox.ClaimMailID(ctx, id, lease)
	})
	return err
}

// hangUp ends the kept connection, unless another goroutine is delivering over it and will do so itself.
func (c *Courier) hangUp() {
	select {
	case c.turn <- struct{}{}:
		c.transport.Close() // the mails are delivered: a farewell that fails changes nothing
		<-c.turn
	default:
	}
}

// next claims one mail, delivers it and reports what became of it. It waits for its turn before it claims, so that
// nothing of the lease is lost in waiting.
func (c *Courier) next(
	ctx context.Context, claim func(context.Context, time.Duration) (account.Delivery, error),
) (account.MailState, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	d, err := claim(ctx, Lease)
	if errors.Is(err, account.ErrNotFound) {
		return 0, account.ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("claiming a mail: %w", err)
	}
	outcome := c.try(ctx, d)
	if err := c.report(ctx, d.Mail, outcome); err != nil {
		return 0, err
	}
	return outcome.State, nil
}

// report is made even when ctx has ended: otherwise the mail would have to wait for the end of its lease.
func (c *Courier) report(ctx context.Context, m account.Mail, o account.Outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTimeout)
	defer cancel()
	if err := c.outbox.ReportMail(ctx, m.ID, m.Claim, o); err != nil {
		return fmt.Errorf("recording that mail %d is %v: %w", m.ID, o.State, err)
	}
	return nil
}

// try makes one attempt at a delivery and judges it.
func (c *Courier) try(ctx context.Context, d account.Delivery) account.Outcome {
	reply, err := c.send(ctx, d)
	if err == nil {
		return account.Outcome{State: account.MailAccepted, Reply: reply}
	}
	permanent := false
	if failure, ok := errors.AsType[*Failure](err); ok {
		permanent, reply = failure.Permanent, failure.Reply
	} else if refusal, ok := errors.AsType[*account.Error](err); ok { // it cannot be composed
		permanent, reply = true, refusal.Error()
	} else {
		c.options.OnError(fmt.Errorf("sending mail %d: %w", d.Mail.ID, err))
		reply = "internal error: see the log"
	}
	switch {
	case permanent:
		return account.Outcome{State: account.MailRefused, Reply: reply}
	case d.Mail.Attempts >= maxAttempts:
		reply = fmt.Sprintf("given up after %d tries: %s", d.Mail.Attempts, reply)
		return account.Outcome{State: account.MailRefused, Reply: reply}
	case ctx.Err() != nil: // not the mail's fault: whoever comes next may try at once
		return account.Outcome{State: account.MailQueued, Reply: reply}
	}
	return account.Outcome{
		State: account.MailQueued,
		Reply: reply,
		Pause: retryPause(d.Mail.Attempts, c.options.Random()),
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
