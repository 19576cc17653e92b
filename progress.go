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

// progress is a line on a terminal that says how far something has come.
type progress struct {
	out   io.Writer
	now   func() time.Time
	begun time.Time
	shown time.Time
	width int // of the line that stands there now
}

// progress begins to tell how far something is, if there is a terminal to tell it on.
func (c *cli) progress() *progress {
	if !isTerminal(c.err) {
		return nil
	}
	return &progress{out: c.err, now: time.Now, begun: time.Now()}
}

// tell writes the line, when it is time to. What makes it is told how much time has passed.
func (p *progress) tell(line func(passed time.Duration) string) {
	if p == nil {
		return
	}
	now := p.now()
	if now.Sub(p.begun) < progressAfter || now.Sub(p.shown) < progressEvery {
		return
	}
	p.shown = now
	text := line(now.Sub(p.begun))
	fmt.Fprint(p.out, "\r"+text+strings.Repeat(" ", max(0, p.width-len(text))))
	p.width = len(text)
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
