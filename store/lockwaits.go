package store

import (
	"slices"
	"sync"
	"time"
)

// lockWaitBounds are the upper bounds of the classes in which waits for locks are counted; a last class has none.
var lockWaitBounds = [...]time.Duration{time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second}

// LockWaits says how long the transactions of this process on this store have waited for their locks, those that gave up
// included.
type LockWaits struct {
	Bounds []time.Duration // of the classes, upper ones, ascending
	Counts []uint64        // how many waits fall into each class; one more than there are bounds
	Sum    time.Duration
	Max    time.Duration
}

// LockWaits gives what has been counted since the store was opened.
func (s *Store) LockWaits() LockWaits {
	engine, ok := s.engine.(*boltEngine)
	if !ok || engine.locks == nil {
		return LockWaits{}
	}
	return engine.locks.waits.read()
}

// waits counts waits for locks. Its zero value is ready.
type waits struct {
	mutex  sync.Mutex
	counts [len(lockWaitBounds) + 1]uint64
	sum    time.Duration
	max    time.Duration
}

// measure counts a wait from now until the function that it gives is called.
func (w *waits) measure() (waited func()) {
	began := time.Now() // monotonic: a clock that is set does no harm
	return func() { w.add(time.Since(began)) }
}

func (w *waits) add(d time.Duration) {
	class, _ := slices.BinarySearch(lockWaitBounds[:], d)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.counts[class]++
	w.sum += d
	w.max = max(w.max, d)
}

func (w *waits) read() LockWaits {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return LockWaits{slices.Clone(lockWaitBounds[:]), slices.Clone(w.counts[:]), w.sum, w.max}
}
