package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"rekey/account"
)

func TestWaitsAreCountedInTheirClasses(t *testing.T) {
	var w waits
	for _, d := range []time.Duration{0, time.Millisecond, time.Millisecond + 1, 5 * time.Second, 6 * time.Second} {
		w.add(d)
	}
	got := w.read()
	if got.Counts[0] != 2 || got.Counts[1] != 1 || got.Counts[8] != 1 || got.Counts[9] != 1 {
		t.Errorf("the counts are %v", got.Counts)
	}
	if got.Max != 6*time.Second || got.Sum != 11*time.Second+2*time.Millisecond+1 {
		t.Errorf("sum %v, max %v", got.Sum, got.Max)
	}
}

// Each transaction counts once, also one that gave up waiting for another process.
func TestLockWaitsOfAStore(t *testing.T) {
	s := newStore(t)
	before := total(s.LockWaits())
	nothing := func(account.Reader) error { return nil }
	if err := s.View(t.Context(), nothing); err != nil {
		t.Fatal(err)
	}
	if got := total(s.LockWaits()) - before; got != 1 {
		t.Errorf("a read counts %d times", got)
	}
	other := newLocker(s.path)
	held, err := other.lock(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock(held)
	const patience = 20 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.View(ctx, nothing); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the read ended with %v", err)
	}
	waited := s.LockWaits()
	if total(waited)-before != 2 || waited.Max == 0 || waited.Sum < waited.Max {
		t.Errorf("the waits are %+v", waited)
	}
}

func total(w LockWaits) (n uint64) {
	for _, count := range w.Counts {
		n += count
	}
	return n
}
