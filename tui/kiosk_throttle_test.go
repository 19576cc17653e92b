package tui

import (
	"testing"
	"time"
)

func TestPausesGrow(t *testing.T) {
	var th throttle
	for i, want := range []time.Duration{0, 0, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30, 30, 300, 300} {
		th.miss(start)
		if got := th.wait(start); got != want*time.Second {
			t.Errorf("after wrong try %d the pause is %v, want %v", i+1, got, want*time.Second)
		}
		if th.wait(start.Add(want*time.Second)) != 0 {
			t.Errorf("the pause after try %d does not end", i+1)
		}
	}
}

func TestWrongTriesAreForgivenWithTime(t *testing.T) {
	var th throttle
	now := start
	for range 6 {
		th.miss(now)
	}
	now = now.Add(4 * forgivingTime)
	th.miss(now) // the third one that counts
	if got := th.wait(now); got != firstPause {
		t.Errorf("after four minutes the pause is %v", got)
	}
	now = now.Add(time.Hour)
	th.miss(now)
	if got := th.wait(now); got != 0 {
		t.Errorf("after an hour the pause is %v", got)
	}
}

// TestTheLimitHolds tries as fast as the throttle lets one, for a day.
func TestTheLimitHolds(t *testing.T) {
	var th throttle
	tries := 0
	for now := start; now.Before(start.Add(24 * time.Hour)); now = now.Add(max(time.Second, th.wait(now))) {
		th.miss(now)
		tries++
	}
	if tries > 1500 {
		t.Errorf("%d wrong codes can be tried in a day", tries)
	}
}
