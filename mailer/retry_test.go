package mailer

import (
	"testing"
	"time"
)

func TestRetryPause(t *testing.T) {
	tests := []struct {
		attempts          int
		shortest, longest time.Duration
	}{
		{0, 15 * time.Second, 30 * time.Second}, // never reported, but harmless
		{1, 15 * time.Second, 30 * time.Second},
		{2, 30 * time.Second, time.Minute},
		{3, time.Minute, 2 * time.Minute},
		{4, 150 * time.Second, 5 * time.Minute},
		{5, 450 * time.Second, 15 * time.Minute},
		{6, 15 * time.Minute, 30 * time.Minute},
		{7, 30 * time.Minute, time.Hour},
		{8, 30 * time.Minute, time.Hour},
		{1000, 30 * time.Minute, time.Hour},
	}
	for _, tt := range tests {
		if got := retryPause(tt.attempts, 0); got != tt.shortest {
			t.Errorf("after %d tries at least %v, want %v", tt.attempts, got, tt.shortest)
		}
		if got := retryPause(tt.attempts, 0.999999999); got > tt.longest || got < tt.longest-time.Second {
			t.Errorf("after %d tries at most %v, want %v", tt.attempts, got, tt.longest)
		}
	}
}

// A mail without a link is not dropped when a link expires, so the tries themselves must end, but not within a day.
func TestTriesSpanMoreThanADay(t *testing.T) {
	var span time.Duration
	for attempts := 1; attempts < maxAttempts; attempts++ {
		span += retryPause(attempts, 0)
	}
	if span < 24*time.Hour {
		t.Errorf("all tries are over after %v", span)
	}
}

func TestRetriesAreSpread(t *testing.T) {
	halves := [2]int{}
	for range 1000 {
		f := fraction()
		if f < 0 || f >= 1 {
			t.Fatalf("the fraction is %v", f)
		}
		halves[int(2*f)]++
	}
	if halves[0] < 300 || halves[1] < 300 {
		t.Errorf("the halves are %v", halves)
	}
}
