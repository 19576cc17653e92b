package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"rekey/demo"
)

// The size of the terminals, in cells.
const (
	columns = 120
	rows    = 40
)

// terminal is the built program in a terminal that answers its questions.
type terminal struct {
	command  *exec.Cmd
	person   *os.File // the side of the person
	started  time.Time
	screenMu sync.Mutex
	screen   *vt.Emulator
	outputs  chan output // closed when the program has ended
	readers  sync.WaitGroup
}

// output is what came at once.
type output struct {
	at    time.Time
	bytes int
}

// open runs the built program in a terminal.
func (b *bench) open(arguments ...string) (*terminal, error) {
	binary, err := b.binary()
	if err != nil {
		return nil, err
	}
	t := &terminal{screen: vt.NewEmulator(columns, rows), outputs: make(chan output, 1<<16)}
	person, device, err := pty.Open()
	if err != nil {
		return nil, err
	}
	defer device.Close() // the program has its own: when it ends, so does its output
	t.person = person
	if err := pty.Setsize(t.person, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		return nil, err
	}
	t.command = exec.CommandContext(b.ctx, binary, arguments...)
	t.command.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "COLORTERM=truecolor", "TZ=UTC", "HOME=" + b.work}
	t.command.Stdin, t.command.Stdout, t.command.Stderr = device, device, device
	t.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	t.started = time.Now()
	if err := t.command.Start(); err != nil {
		return nil, err
	}
	t.readers.Go(t.draw)
	t.readers.Go(t.answer)
	return t, nil
}

func (t *terminal) draw() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := t.person.Read(buffer)
		at := time.Now()
		t.screenMu.Lock()
		t.screen.Write(buffer[:n])
		t.screenMu.Unlock()
		t.outputs <- output{at, n}
		if err != nil {
			close(t.outputs)
			return
		}
	}
}

func (t *terminal) answer() {
	buffer := make([]byte, 1<<10)
	for {
		n, err := t.screen.Read(buffer)
		if err != nil {
			return
		}
		t.person.Write(buffer[:n])
	}
}

// close ends the program.
func (t *terminal) close() {
	t.command.Process.Kill()
	t.command.Wait()
	t.screen.InputPipe().(*io.PipeWriter).Close()
	t.readers.Wait()
	t.person.Close()
}

func (t *terminal) text() string {
	t.screenMu.Lock()
	defer t.screenMu.Unlock()
	return t.screen.String()
}

// until waits for a text on the screen, and gives when it was there and how many bytes came until then.
func (t *terminal) until(text string) (at time.Time, received int, err error) {
	deadline := time.After(patience)
	for at = time.Now(); !contains(t.text(), text); {
		select {
		case o, more := <-t.outputs:
			if !more {
				return at, received, fmt.Errorf("the program ended: %s", strings.TrimSpace(t.text()))
			}
			at, received = o.at, received+o.bytes
		case <-deadline:
			return at, received, fmt.Errorf("the program never showed %q, but\n%s", text, t.text())
		}
	}
	return at, received, nil
}

// quiet takes in what comes until nothing has come for a span, and gives how many bytes it was.
func (t *terminal) quiet(span time.Duration) (received int) {
	for {
		select {
		case o, more := <-t.outputs:
			if !more {
				return received
			}
			received += o.bytes
		case <-time.After(span):
			return received
		}
	}
}

// within takes in what comes within a span, and gives how many bytes it was.
func (t *terminal) within(span time.Duration) (received int) {
	for end := time.After(span); ; {
		select {
		case o, more := <-t.outputs:
			if !more {
				return received
			}
			received += o.bytes
		case <-end:
			return received
		}
	}
}

// press sends keys.
func (t *terminal) press(keys string) error {
	_, err := t.person.WriteString(keys)
	return err
}

const (
	enter = "\r"
	tab   = "\t"
	down  = "\x1b[B"
)

// signIn signs in to the console, and waits for nothing.
func (t *terminal) signIn() error {
	if _, _, err := t.until("Password"); err != nil {
		return err
	}
	return t.press(demo.AdminEmail + tab + password + enter)
}

// openList opens the console on a team and waits for the whole list.
func (b *bench) openList(of *team) (*terminal, error) {
	t, err := b.open("--dir", of.dir)
	if err != nil {
		return nil, err
	}
	err = t.signIn()
	if err == nil {
		_, _, err = t.until(fmt.Sprintf("%s of %s members", grouped(of.size), grouped(of.size)))
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func contains(frame, text string) bool { return strings.Contains(ansi.Strip(frame), text) }

// grouped writes a number as the console does.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
