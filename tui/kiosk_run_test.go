package tui

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// liveKiosk is the kiosk in a real terminal.
type liveKiosk struct {
	t      *testing.T
	team   *team
	screen *os.File
	tty    *os.File
	before *term.State
	reads  chan string
	seen   string
	ended  chan error
}

func startLiveKiosk(t *testing.T, ctx context.Context, terminal string) *liveKiosk {
	t.Helper()
	screen, tty, err := pty.Open()
	check(t, err)
	check(t, pty.Setsize(tty, &pty.Winsize{Cols: 80, Rows: 24}))
	l := &liveKiosk{t: t, team: newTeam(t), screen: screen, tty: tty, reads: make(chan string), ended: make(chan error, 1)}
	l.before, err = term.GetState(int(tty.Fd()))
	check(t, err)
	o := KioskOptions{Service: l.team.service, BaseURL: kioskBase, In: tty, Out: tty, Env: []string{"TERM=" + terminal}}
	go l.read()
	go func() { l.ended <- RunKiosk(ctx, o) }()
	l.waitFor("Scan the QR code")
	return l
}

func (l *liveKiosk) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := l.screen.Read(buffer)
		if err != nil {
			return
		}
		l.reads <- string(buffer[:n])
	}
}

// waitFor takes in what the terminal shows until it has shown text, and forgets what came before.
func (l *liveKiosk) waitFor(text string) {
	l.t.Helper()
	limit := time.After(10 * time.Second)
	for !strings.Contains(l.seen, text) {
		select {
		case more := <-l.reads:
			l.seen += more
		case <-limit:
			l.t.Fatalf("the terminal never showed %q, only %q", text, l.seen)
		}
	}
	_, l.seen, _ = strings.Cut(l.seen, text)
}

func (l *liveKiosk) write(text string) {
	l.t.Helper()
	_, err := l.screen.WriteString(text)
	check(l.t, err)
}

// restored waits for the end and checks that the terminal is as it was, with nothing on it or in its scroll-back.
func (l *liveKiosk) restored() error {
	l.t.Helper()
	l.waitFor("\x1b[?1049l")
	l.waitFor("\x1b[2J\x1b[3J")
	err := <-l.ended
	after, stateErr := term.GetState(int(l.tty.Fd()))
	check(l.t, stateErr)
	if *after != *l.before {
		l.t.Error("the terminal is still raw")
	}
	return err
}

func TestKioskInATerminal(t *testing.T) {
	l := startLiveKiosk(t, context.Background(), "linux")
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP} {
		check(t, syscall.Kill(os.Getpid(), s))
	}
	l.write("\x03\x1a\x1c\x1b[[A")
	l.write("nonsense\r")
	l.waitFor("not a code of this team")
	l.write(strings.Repeat(" ", 300) + kioskBase + codePath + l.team.formCode(t, "t.yoshino") + "\r")
	l.waitFor("New password for t.yoshino")
	l.write("\x1b[[B" + chosenPassword + "\r" + chosenPassword + "\r")
	l.waitFor("Your password is set.")
	if !l.team.signsIn("t.yoshino", chosenPassword) {
		t.Error("the new password does not sign the member in")
	}
	l.write("\x1b[21~")
	l.waitFor("end the kiosk")
	l.write(adminAddress + "\r" + adminPassword + "\r")
	if err := l.restored(); err != nil {
		t.Error(err)
	}
}

func TestTheEndOfTheMachineEndsTheKiosk(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		l := startLiveKiosk(t, context.Background(), "xterm-256color")
		check(t, syscall.Kill(os.Getpid(), s))
		if err := l.restored(); err != nil {
			t.Errorf("%v: %v", s, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := startLiveKiosk(t, ctx, "xterm-256color")
	cancel()
	if err := l.restored(); err != nil {
		t.Errorf("the end of the context: %v", err)
	}
}

func TestTheKioskNeedsATerminal(t *testing.T) {
	r, w, err := os.Pipe()
	check(t, err)
	err = RunKiosk(context.Background(), KioskOptions{Service: newTeam(t).service, In: r, Out: w, Env: []string{"TERM=xterm"}})
	if err == nil || !strings.Contains(err.Error(), "needs a terminal") {
		t.Errorf("the error is %v", err)
	}
}
