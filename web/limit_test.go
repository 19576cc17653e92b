package web

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

// tick is a clock that a test moves.
type tick struct{ at time.Time }

func (c *tick) now() time.Time { return c.at }

func newTick() *tick { return &tick{time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)} }

func TestABucketGivesItsBurstAndThenItsRate(t *testing.T) {
	clock := newTick()
	l := newLimiter(Rate{Burst: 3, Every: 10 * time.Second}, clock.now)
	client := netip.MustParseAddr("192.0.2.1")
	take := func(want time.Duration) {
		t.Helper()
		if got := l.take(client); got != want {
			t.Errorf("the limiter has one wait %v, want %v", got, want)
		}
	}
	for range 3 {
		take(0)
	}
	take(10 * time.Second)
	clock.at = clock.at.Add(4 * time.Second)
	take(6 * time.Second)
	clock.at = clock.at.Add(6 * time.Second)
	take(0)
	take(10 * time.Second)
	clock.at = clock.at.Add(time.Hour)
	for range 3 {
		take(0)
	}
	take(10 * time.Second)
}

func TestBucketsAreKeptForEachNetwork(t *testing.T) {
	for name, c := range map[string]struct {
		one, other string
		shared     bool
	}{
		"two IPv4 addresses":           {"192.0.2.1", "192.0.2.2", false},
		"one /64":                      {"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
		"two /64":                      {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
		"one link-local, two zones":    {"fe80::1%eth0", "fe80::1%eth1", true},
		"addresses that are not known": {"", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLimiter(Rate{Burst: 1, Every: time.Minute}, newTick().now)
			one, _ := netip.ParseAddr(c.one)
			other, _ := netip.ParseAddr(c.other)
			l.take(one)
			if refused := l.take(other) > 0; refused != c.shared {
				t.Errorf("the second client is refused: %v, want %v", refused, c.shared)
			}
		})
	}
}

func TestTurningAGenerationForgetsNobodyTooSoon(t *testing.T) {
	clock := newTick()
	l := newLimiter(Rate{Burst: 2, Every: time.Minute}, clock.now)
	client, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	clock.at = clock.at.Add(119 * time.Second)
	l.take(client)
	l.take(client)
	clock.at = clock.at.Add(time.Second)
	l.take(other) // turns
	if wait := l.take(client); wait != 59*time.Second {
		t.Errorf("after the turn the client waits %v, want 59s", wait)
	}
}

func TestALimitersMemoryIsBounded(t *testing.T) {
	clock := newTick()
	l := newLimiter(Rate{Burst: 1, Every: time.Hour}, clock.now)
	for i := range uint32(3*maxClients + 5) {
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], i)
		l.take(netip.AddrFrom4(raw))
	}
	if n := len(l.young) + len(l.old); n > 2*maxClients {
		t.Errorf("the limiter remembers %d clients, want %d at most", n, 2*maxClients)
	}
}

func TestAGateTakesNoMoreThanItsPlaces(t *testing.T) {
	g := make(gate, 2)
	for range 2 {
		if !g.enter() {
			t.Fatal("a gate of two places does not take two")
		}
	}
	if g.enter() {
		t.Fatal("a gate of two places takes three")
	}
	g.leave()
	if !g.enter() {
		t.Error("a place that was left cannot be taken")
	}
}
