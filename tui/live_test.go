package tui

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// live is a program in a real terminal of 80 by 24 cells, with a team to work on.
type live struct {
	t      *testing.T
	team   *team
	screen *os.File
	tty    *os.File
	before *term.State
	reads  chan string
	seen   string
	ended  chan error
}

// startLive runs a program until its terminal has shown first. Not with -short, which the race detector's run uses: at
// its end Bubble Tea 2.1.1 closes its input reader while it may still be read.
func startLive(t *testing.T, first string, run func(tm *team, tty *os.File) error) *live {
	t.Helper()
	if testing.Short() {
		t.Skip("not in a real terminal with -short")
	}
	screen, tty, err := pty.Open()
	check(t, err)
	check(t, pty.Setsize(tty, &pty.Winsize{Cols: 80, Rows: 24}))
	l := &live{t: t, team: newTeam(t), screen: screen, tty: tty, reads: make(chan string), ended: make(chan error, 1)}
	l.before, err = term.GetState(int(tty.Fd()))
	check(t, err)
	go l.read()
	go func() { l.ended <- run(l.team, tty) }()
	l.waitFor(first)
	return l
}

// read hands over what the terminal shows. Deadlines have no effect on a pty, so the waiting is done elsewhere.
func (l *live) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := l.screen.Read(buffer)
		if err != nil {
			return
		}
		l.reads <- string(buffer[:n])
	}
}

// limit is how long a test waits for what should come at once.
const limit = 10 * time.Second

// waitFor takes in what the terminal shows until it has shown text, and forgets what came before.
func (l *live) waitFor(text string) {
	l.t.Helper()
	timeout := time.After(limit)
	for !strings.Contains(l.seen, text) {
		select {
		case more := <-l.reads:
			l.seen += more
		case <-timeout:
			l.t.Fatalf("the terminal never showed %q, only %q", text, l.seen)
		}
	}
	_, l.seen, _ = strings.Cut(l.seen, text)
}

func (l *live) write(text string) {
	l.t.Helper()
	_, err := l.screen.WriteString(text)
	check(l.t, err)
}

// restored waits for the end and checks that the terminal is as it was: the alternate screen left, and the line
// discipline back.
func (l *live) restored() error {
	l.t.Helper()
	l.waitFor("\x1b[?1049l")
	timeout := time.After(limit)
	for {
		select {
		case more := <-l.reads:
			l.seen += more
		case err := <-l.ended:
			after, stateErr := term.GetState(int(l.tty.Fd()))
			check(l.t, stateErr)
			if *after != *l.before {
				l.t.Error("the terminal is still raw")
			}
			return err
		case <-timeout:
			l.t.Fatal("the program has left the screen but does not end")
		}
	}
}
