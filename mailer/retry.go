package mailer

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// pauses are the longest waits after the first, second, ... failed try; the last one repeats.
var pauses = []time.Duration{
	30 * time.Second,
	time.Minute,
	2 * time.Minute,
	5 * time.Minute,
	15 * time.Minute,
	30 * time.Minute,
	time.Hour,
}

// maxAttempts ends the tries of one sending. The tries span more than a day, however the pauses fall: longer than a
// link of the default lifetime, with which a mail is dropped anyway.
const maxAttempts = 60

// retryPause is how long to wait after the given number of tries, the first being 1. random, from 0 up to but not
// including 1, spreads it over the upper half of the pause, so that mails that failed together do not come back
// together; and yet no pause is shorter than the one before it.
func retryPause(attempts int, random float64) time.Duration {
	longest := pauses[min(max(attempts, 1), len(pauses))-1]
	return longest/2 + time.Duration(random*float64(longest/2))
}

// fraction gives a random number from 0 up to but not including 1.
func fraction() float64 {
	var random [8]byte
	rand.Read(random[:]) // never fails
	return float64(binary.BigEndian.Uint64(random[:])>>11) / (1 << 53)
}
