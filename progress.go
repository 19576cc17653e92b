package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// How long something takes before a person is told how far it is, and how often then.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// progress is a line on a terminal that says how far a file of members has come.
type progress struct {
	out   io.Writer
	now   func() time.Time
	done  func() (read, size int64)
	verb  string
	begun time.Time
	shown time.Time
	width int // of the line that stands there now
}

// progress begins to tell of a file, if there is a terminal to tell it on.
func (c *cli) progress(verb string, done func() (read, size int64)) *progress {
	if !isTerminal(c.err) {
		return nil
	}
	return &progress{out: c.err, now: time.Now, done: done, verb: verb, begun: time.Now()}
}

// tell says that so many rows have been gone through.
func (p *progress) tell(rows int) {
	if p == nil {
		return
	}
	now := p.now()
	if now.Sub(p.begun) < progressAfter || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	read, size := p.done()
	line := progressText(p.verb, rows, now.Sub(p.begun), read, size)
	fmt.Fprint(p.out, "\r"+line+strings.Repeat(" ", max(0, p.width-len(line))))
	p.width = len(line)
}

// clear takes the line away, so that something else can be written there.
func (p *progress) clear() {
	if p == nil || p.width == 0 {
		return
	}
	const echo = len("^C") // what the terminal shows of an interruption
	fmt.Fprint(p.out, "\r"+strings.Repeat(" ", p.width+echo)+"\r")
	p.width = 0
}

// progressText says how far a file has come: the rows, how many of them in a second, and the time that the rest of its
// bytes will take.
func progressText(verb string, rows int, passed time.Duration, read, size int64) string {
	perSecond := int(float64(rows) / passed.Seconds())
	left := "nearly done"
	if read > 0 && read < size {
		rest := time.Duration(float64(passed) * float64(size-read) / float64(read))
		left = rest.Round(time.Second).String() + " left"
	}
	return fmt.Sprintf("%s: %d rows, %d a second, %s", verb, rows, perSecond, left)
}
