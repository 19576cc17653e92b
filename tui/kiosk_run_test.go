package tui

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
)

func startLiveKiosk(t *testing.T, ctx context.Context, terminal string) *live {
	t.Helper()
	return startLive(t, "Scan the QR code", func(tm *team, tty *os.File) error {
		return RunKiosk(ctx, KioskOptions{Service: tm.service, BaseURL: kioskBase, In: tty, Out: tty, Env: []string{"TERM=" + terminal}})
	})
}

// restoredEmpty checks also that nothing is left on the terminal or in its scroll-back.
func restoredEmpty(l *live) error {
	l.t.Helper()
	err := l.restored()
	l.waitFor("\x1b[2J\x1b[3J")
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
	if err := restoredEmpty(l); err != nil {
		t.Error(err)
	}
}

func TestTheEndOfTheMachineEndsTheKiosk(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		l := startLiveKiosk(t, context.Background(), "xterm-256color")
		check(t, syscall.Kill(os.Getpid(), s))
		if err := restoredEmpty(l); err != nil {
			t.Errorf("%v: %v", s, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := startLiveKiosk(t, ctx, "xterm-256color")
	cancel()
	if err := restoredEmpty(l); err != nil {
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
