package tui

import "time"

// How wrong tries slow down.
const (
	freeTries     = 2                // wrong tries in a row that cost no time
	firstPause    = 2 * time.Second  // after the next one; it doubles from try to try
	longestPause  = 30 * time.Second // and grows no further
	maxTries      = 15               // wrong tries until the kiosk takes none for closedPause
	closedPause   = 5 * time.Minute
	forgivingTime = time.Minute // one wrong try is forgotten for each of these that passes without another
)

// throttle slows down those who try codes or passwords. A right try does not clear it, or somebody with one code of
// their own could try others for ever.
type throttle struct {
	wrong int
	last  time.Time
	until time.Time
}

// miss counts a wrong try at the time now.
func (t *throttle) miss(now time.Time) {
	forgiven := now.Sub(t.last) / forgivingTime
	t.wrong = int(max(0, time.Duration(t.wrong)-forgiven)) + 1
	t.last = now
	t.until = now.Add(pauseAfter(t.wrong))
}

// wait is how long no try is accepted from the time now on; 0: one is.
func (t *throttle) wait(now time.Time) time.Duration { return max(0, t.until.Sub(now)) }

func pauseAfter(wrong int) time.Duration {
	switch {
	case wrong <= freeTries:
		return 0
	case wrong >= maxTries:
		return closedPause
	}
	pause := firstPause
	for range wrong - freeTries - 1 {
		pause = min(2*pause, longestPause)
	}
	return pause
}
