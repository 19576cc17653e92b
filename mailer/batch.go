package mailer

import (
	"context"
	"sync"
	"time"

	"rekey/account"
)

const (
	// batchTime is how long a batch may take, and so about how long the outbox may not know what became of a mail.
	batchTime = time.Second
	// maxBatch bounds how many mails can be sent a second time after a kill.
	maxBatch = 128
)

// nextSize tells how many mails to claim at once after so many took that long. A pass begins with one. As long as twice
// as many would still be sent in time, it claims twice as many: a durable commit is dear beside a quick delivery. Where
// deliveries are slow, claims would only keep mails from other couriers.
func nextSize(size int, took time.Duration) int {
	switch {
	case took > batchTime:
		return 1
	case 2*took <= batchTime:
		return min(2*size, maxBatch)
	}
	return size
}

// batch is some mails that were claimed together and are delivered one after the other. When its time is over, the
// outbox is told at once what became of them, also while one is still on its way, and those not begun are given back.
type batch struct {
	courier *Courier
	over    chan struct{}  // closed by end
	watch   sync.WaitGroup // for the one who watches the time

	mu      sync.Mutex
	waiting []account.Delivery
	reports []account.Report
}

func (c *Courier) newBatch(claimed []account.Delivery) *batch {
	b := &batch{courier: c, over: make(chan struct{}), waiting: claimed}
	if len(claimed) > 1 {
		b.watch.Go(b.watchTime)
	}
	return b
}

// deliver tries the mails until none is left, ctx ends or the mail server shows that it cannot be used; then it says why.
func (b *batch) deliver(ctx context.Context, sum *Summary) (stopped string) {
	for ctx.Err() == nil {
		d, left := b.next()
		if !left {
			break
		}
		outcome, failure := b.courier.try(ctx, d)
		sum.count(outcome.State)
		b.add(d.Report(outcome))
		if failure != nil && failure.Server {
			return failure.Reply
		}
	}
	return ""
}

func (b *batch) next() (d account.Delivery, left bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		return d, false
	}
	d, b.waiting = b.waiting[0], b.waiting[1:]
	return d, true
}

func (b *batch) add(r account.Report) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reports = append(b.reports, r)
}

// end gives the reports that are still to be made, also on those mails that were not begun.
func (b *batch) end() []account.Report {
	close(b.over)
	b.watch.Wait()
	b.giveBack()
	return b.reports
}

// giveBack leaves the mails that were not begun as they are.
func (b *batch) giveBack() {
	for _, d := range b.waiting {
		b.reports = append(b.reports, d.Report(account.Outcome{State: account.MailQueued, Untried: true}))
	}
	b.waiting = nil
}

// watchTime makes the reports when the time is over. Should that fail, they are made with the next ones.
func (b *batch) watchTime() {
	select {
	case <-b.over:
		return
	case <-b.courier.overdue(batchTime):
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.giveBack()
	b.courier.settle(b.reports)
	b.reports = nil
}

// settle makes reports. It runs in a goroutine of its own, where a panic would end the process.
func (c *Courier) settle(reports []account.Report) {
	var err error
	defer contain(&err)
	_, err = c.exchange(context.Background(), reports, 0)
}
