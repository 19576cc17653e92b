package web

import (
	"context"
	"sync"
	"time"
)

// linkQueue works off requests for a set-password link in the background, one after the other. Whoever asks gets the
// answer before, so the time that it takes tells nothing about the address. The goroutine lives while there is work.
type linkQueue struct {
	gate    // holds those who wait or are worked on
	request func(address string)

	mu      sync.Mutex
	left    sync.Cond // one has been worked off
	waiting []string
	working bool
}

func newLinkQueue(limit int, request func(address string)) *linkQueue {
	q := &linkQueue{gate: make(gate, limit), request: request}
	q.left.L = &q.mu
	return q
}

// add puts an address into the queue, for which enter has given a place.
func (q *linkQueue) add(address string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, address)
	if !q.working {
		q.working = true
		go q.work()
	}
}

func (q *linkQueue) work() {
	for {
		address, ok := q.next()
		if !ok {
			return
		}
		q.request(address)
		q.workedOff()
	}
}

func (q *linkQueue) next() (string, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.working = false
		return "", false
	}
	address := q.waiting[0]
	q.waiting = q.waiting[1:]
	return address, true
}

func (q *linkQueue) workedOff() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.leave()
	q.left.Broadcast()
}

// drain waits until all who have a place have been worked off.
func (q *linkQueue) drain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.gate) > 0 {
		q.left.Wait()
	}
}

// linkTimeout bounds the work on one request for a link.
const linkTimeout = 30 * time.Second

// requestLink does the work on one request for a link.
func (s *Site) requestLink(address string) {
	ctx, cancel := context.WithTimeout(context.Background(), linkTimeout)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			s.logPanic("requesting a link", value)
		}
	}()
	if err := s.service.RequestLink(ctx, address); err != nil {
		s.log.Error("requesting a link", "error", err)
		return
	}
	s.wake()
}
