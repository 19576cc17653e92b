package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"
)

// tiny shows its size; x makes it panic, y a command of it.
type tiny struct{ width, height int }

func (tiny) Init() tea.Cmd { return nil }

func (m tiny) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return tiny{msg.Width, msg.Height}, nil
	case tea.KeyPressMsg:
		switch msg.String() {
		case "x":
			panic("out of paper")
		case "y":
			_, crash := ask(&shared{}, func(context.Context) (nothing, error) { panic("out of ink") })
			return m, crash
		}
		return m, tea.Quit
	}
	return m, nil
}

func (m tiny) View() tea.View {
	return tea.NewView(fmt.Sprintf("%d columns, %d rows", m.width, m.height))
}

func startTiny(t *testing.T) *live {
	t.Helper()
	return startLive(t, "80 columns, 24 rows", func(_ *team, tty *os.File) error {
		return runOn(tty, tty, []string{"TERM=xterm-256color"}, tiny{})
	})
}

func TestTheDisplayFollowsTheTerminalsSize(t *testing.T) {
	l := startTiny(t)
	check(t, pty.Setsize(l.tty, &pty.Winsize{Cols: 100, Rows: 30}))
	check(t, syscall.Kill(os.Getpid(), syscall.SIGWINCH)) // as the kernel does for the terminal that a process runs in
	l.waitFor("100 columns, 30 rows")
	l.write("q")
	check(t, l.restored())
}

// The trace of a crash is written after the alternate screen has been left, where it can be read.
func TestACrashRestoresTheTerminal(t *testing.T) {
	for _, key := range []string{"x", "y"} {
		l := startTiny(t)
		l.write(key)
		if err := l.restored(); !errors.Is(err, tea.ErrProgramPanic) {
			t.Errorf("%s: the error is %v", key, err)
		}
	}
}

// A serial line has no size.
func TestTheSizeOfATerminalThatDoesNotKnowIt(t *testing.T) {
	_, tty, err := pty.Open()
	check(t, err)
	for _, c := range []struct {
		env           []string
		width, height int
	}{
		{nil, 80, 24},
		{[]string{"COLUMNS=100", "LINES=30"}, 100, 30},
		{[]string{"COLUMNS=many", "LINES=-1"}, 80, 24},
	} {
		d := &display{out: tty, env: c.env}
		if w, h := d.size(); w != c.width || h != c.height {
			t.Errorf("%v: %dx%d", c.env, w, h)
		}
	}
	check(t, pty.Setsize(tty, &pty.Winsize{Cols: 132, Rows: 43}))
	if w, h := (&display{out: tty, env: []string{"COLUMNS=100"}}).size(); w != 132 || h != 43 {
		t.Errorf("the terminal's own size: %dx%d", w, h)
	}
}

func TestWhatIsAskedOfTheTerminal(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"TERM=xterm"}, "\x1b]11;?\a\x1b[?2026$p\x1b[?2027$p"},
		{[]string{"TERM=xterm", "SSH_TTY=/dev/pts/1"}, "\x1b]11;?\a"},
		{[]string{"TERM=linux"}, ""},
	} {
		if got := (&display{env: c.env}).questions(); got != c.want {
			t.Errorf("%s: %q", strings.Join(c.env, " "), got)
		}
	}
}
