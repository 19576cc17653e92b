package tui

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
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

func startConsole(t *testing.T, courier func(context.Context)) *live {
	t.Helper()
	return startLive(t, "Password", func(tm *team, tty *os.File) error {
		return Run(context.Background(), Options{Service: tm.service, Courier: courier, Address: adminAddress, In: tty, Out: tty,
			Env: []string{"TERM=xterm-256color"}})
	})
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTERM} {
		l := startConsole(t, func(ctx context.Context) { <-ctx.Done() })
		check(t, syscall.Kill(os.Getpid(), signal))
		if err := l.restored(); err != nil {
			t.Errorf("%v: %v", signal, err)
		}
	}
}

func TestPanicOfTheCourierRestoresTheTerminal(t *testing.T) {
	crash := make(chan struct{})
	l := startConsole(t, func(context.Context) {
		<-crash
		panic("out of stamps")
	})
	close(crash)
	if err := l.restored(); err == nil || !strings.Contains(err.Error(), "out of stamps") {
		t.Errorf("the error is %v", err)
	}
}

func TestQuitSignsOut(t *testing.T) {
	l := startConsole(t, nil)
	l.write(adminPassword + "\r")
	l.waitFor("order: as added")
	sessions := func() int {
		o, err := l.team.service.Overview(context.Background(), l.team.admin, l.team.admin.ID)
		check(t, err)
		return o.Sessions
	}
	if n := sessions(); n != 2 {
		t.Errorf("%d sessions while the console is open", n)
	}
	l.write("q")
	check(t, l.restored())
	if n := sessions(); n != 1 {
		t.Errorf("%d sessions after the console has quit", n)
	}
}
