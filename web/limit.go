package web

import (
	"net/netip"
	"sync"
	"time"
)

// limiter is a token bucket for each client address. It keeps for each the time at which its bucket is full again (the
// generic cell rate algorithm), so a record that lies in the past says nothing and can be dropped.
//
// Its memory is bounded: records live in two generations, and the older is dropped once all its buckets are full again,
// or sooner when the younger has grown to maxClients. Then somebody commands very many addresses, and no limit by
// address would hold him.
type limiter struct {
	rate Rate
	now  func() time.Time

	mu     sync.Mutex
	young  map[netip.Prefix]time.Time
	old    map[netip.Prefix]time.Time
	turned time.Time // when young began
}

// maxClients bounds one generation of a limiter: about 5 MB.
const maxClients = 1 << 16

func newLimiter(rate Rate, now func() time.Time) *limiter {
	return &limiter{rate: rate, now: now, young: map[netip.Prefix]time.Time{}, turned: now()}
}

// take takes a token of the client's bucket, or, when there is none, says how long it takes until there is.
func (l *limiter) take(client netip.Addr) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, key := l.now(), network(client)
	full := l.full(key, now)
	room := time.Duration(l.rate.Burst-1) * l.rate.Every
	if wait := full.Sub(now) - room; wait > 0 {
		return wait
	}
	l.turn(now)
	l.young[key] = full.Add(l.rate.Every)
	return 0
}

// full gives the time, now at the earliest, when the bucket is full.
func (l *limiter) full(key netip.Prefix, now time.Time) time.Time {
	full, ok := l.young[key]
	if !ok {
		full = l.old[key]
	}
	if full.Before(now) {
		return now
	}
	return full
}

// turn begins a new generation when it is time.
func (l *limiter) turn(now time.Time) {
	refill := time.Duration(l.rate.Burst) * l.rate.Every
	if len(l.young) < maxClients && now.Before(l.turned.Add(refill)) {
		return
	}
	l.old, l.young, l.turned = l.young, map[netip.Prefix]time.Time{}, now
}

// network is whom a limit counts together: an IPv4 address, or the /64 of an IPv6 address, out of which one client can
// take any address.
func network(client netip.Addr) netip.Prefix {
	bits := 32
	if client.Is6() {
		bits = 64
	}
	prefix, err := client.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // an address that cannot be read: all of those together
	}
	return prefix
}

// gate bounds how many requests are worked on or wait, or connections are open, at one time. A place costs little; what
// it leads to can cost much: account.Hasher makes a few hashes at a time. So requests queue up, and the queue ends here.
type gate chan struct{}

// enter takes a place, or reports that there is none.
func (g gate) enter() bool {
	select {
	case g <- struct{}{}:
		return true
	default:
		return false
	}
}

func (g gate) leave() { <-g }
