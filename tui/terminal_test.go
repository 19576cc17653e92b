package tui

import (
	"bytes"
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

func TestCheckTerminal(t *testing.T) {
	_, tty, err := pty.Open()
	check(t, err)
	r, w, err := os.Pipe()
	check(t, err)
	good := []string{"TERM=dumb", "TERM=xterm"} // the last one counts
	for _, c := range []struct {
		name    string
		in, out *os.File
		env     []string
		want    string
	}{
		{"input", r, tty, good, "the input is none"},
		{"output", tty, w, good, "the output is none"},
		{"dumb", tty, tty, []string{"TERM=dumb"}, "TERM is dumb"},
		{"unset", tty, tty, nil, "TERM is not set"},
	} {
		err := CheckTerminal(c.in, c.out, c.env)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	check(t, CheckTerminal(tty, tty, good))
}

// liveConsole is the console in a real terminal.
type liveConsole struct {
	t      *testing.T
	team   *team
	screen *os.File
	tty    *os.File
	before *term.State
	seen   bytes.Buffer
	ended  chan error
}

func startLive(t *testing.T, courier func(context.Context)) *liveConsole {
	t.Helper()
	screen, tty, err := pty.Open()
	check(t, err)
	check(t, pty.Setsize(tty, &pty.Winsize{Cols: 80, Rows: 24}))
	l := &liveConsole{t: t, team: newTeam(t), screen: screen, tty: tty, ended: make(chan error, 1)}
	l.before, err = term.GetState(int(tty.Fd()))
	check(t, err)
	o := Options{Service: l.team.service, Courier: courier, Address: adminAddress, In: tty, Out: tty, Env: []string{"TERM=xterm-256color"}}
	go func() { l.ended <- Run(context.Background(), o) }()
	return l
}

// waitFor reads from the terminal until it has shown text.
func (l *liveConsole) waitFor(text string) {
	l.t.Helper()
	check(l.t, l.screen.SetReadDeadline(time.Now().Add(10*time.Second)))
	buffer := make([]byte, 4096)
	for !strings.Contains(l.seen.String(), text) {
		n, err := l.screen.Read(buffer)
		if err != nil {
			l.t.Fatalf("the terminal never showed %q: %v", text, err)
		}
		l.seen.Write(buffer[:n])
	}
}

// restored waits for the end and checks that the terminal is as it was: the alternate screen left, the cursor shown, the
// line discipline back.
func (l *liveConsole) restored() error {
	l.t.Helper()
	const leaves = "\x1b[?1049l"
	l.waitFor(leaves)
	var err error
	select {
	case err = <-l.ended:
	case <-time.After(10 * time.Second):
		l.t.Fatal("the console has left the screen but does not end")
	}
	after, stateErr := term.GetState(int(l.tty.Fd()))
	check(l.t, stateErr)
	if *after != *l.before {
		l.t.Error("the terminal is still raw")
	}
	return err
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTERM} {
		l := startLive(t, func(ctx context.Context) { <-ctx.Done() })
		l.waitFor("Password")
		check(t, syscall.Kill(os.Getpid(), signal))
		if err := l.restored(); err != nil {
			t.Errorf("%v: %v", signal, err)
		}
	}
}

func TestPanicOfTheCourierRestoresTheTerminal(t *testing.T) {
	crash := make(chan struct{})
	l := startLive(t, func(context.Context) {
		<-crash
		panic("out of stamps")
	})
	l.waitFor("Password")
	close(crash)
	if err := l.restored(); err == nil || !strings.Contains(err.Error(), "out of stamps") {
		t.Errorf("the error is %v", err)
	}
}

func TestQuitSignsOut(t *testing.T) {
	l := startLive(t, nil)
	l.waitFor("Password")
	_, err := l.screen.WriteString(adminPassword + "\r")
	check(t, err)
	l.waitFor("of 8 members")
	sessions := func() int {
		o, err := l.team.service.Overview(context.Background(), l.team.admin, l.team.admin.ID)
		check(t, err)
		return o.Sessions
	}
	if n := sessions(); n != 2 {
		t.Errorf("%d sessions while the console is open", n)
	}
	_, err = l.screen.WriteString("q")
	check(t, err)
	check(t, l.restored())
	if n := sessions(); n != 1 {
		t.Errorf("%d sessions after the console has quit", n)
	}
}
