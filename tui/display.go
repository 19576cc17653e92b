package tui

import (
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// display is the terminal while a program draws on it: in raw mode, on the alternate screen. Frames are drawn beside the
// program, the newest first: what a slow line has no room for is left out. While nothing changes, nothing runs.
type display struct {
	in, out *os.File
	env     []string
	before  *term.State
	ending  chan struct{}
	wanted  chan struct{} // holds a value while there is a frame to draw
	drawing sync.WaitGroup
	closed  sync.Once
	given   sync.Once // back

	mu     sync.Mutex
	canvas *canvas
	next   tea.View
}

const (
	// frameTime is the least time between two frames: what comes in between goes over the line in one. Keys that are held
	// down come no faster.
	frameTime = time.Second / 30
	// settleTime is how long a frame waits for what follows at once, as the answer from the store follows a key.
	settleTime = 4 * time.Millisecond
)

// runOn runs a model on a terminal until it ends, and restores the terminal.
func runOn(in, out *os.File, env []string, model tea.Model, options ...tea.ProgramOption) error {
	d, err := openDisplay(in, out, env)
	if err != nil {
		return err
	}
	defer d.close()
	width, height := d.size()
	program := tea.NewProgram(displayed{model, d}, append([]tea.ProgramOption{
		tea.WithInput(in), tea.WithOutput(out), tea.WithEnvironment(env), tea.WithWindowSize(width, height),
		tea.WithoutRenderer(), tea.WithFPS(1), // its ticker has nothing to do then
	}, options...)...)
	defer d.followSize(program.Send)()
	_, err = program.Run()
	return err
}

// displayed is a model whose frames go to a display.
type displayed struct {
	tea.Model
	display *display
}

func (m displayed) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	defer m.display.closeOnPanic()
	m.display.learn(msg)
	model, cmd := m.Model.Update(msg)
	return displayed{model, m.display}, cmd
}

// View hands the frame over. Bubble Tea, which draws nothing, gets none.
func (m displayed) View() tea.View {
	defer m.display.closeOnPanic()
	m.display.show(m.Model.View())
	return tea.View{}
}

// openDisplay takes a terminal over.
func openDisplay(in, out *os.File, env []string) (*display, error) {
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	d := &display{in: in, out: out, env: env, before: before,
		ending: make(chan struct{}), wanted: make(chan struct{}, 1)}
	width, height := d.size()
	d.canvas = newCanvas(terminalOf(env).profile, width, height)
	d.write(opening + d.questions())
	d.drawing.Go(d.draw)
	return d, nil
}

// opening and ending go around all that is drawn. They make the terminal what the canvas takes it for.
const (
	opening = ansi.SetModeAltScreenSaveCursor + ansi.ResetModeTextCursorEnable + ansi.ResetModeAutoWrap +
		ansi.SetTabEvery8Columns + ansi.SetModeBracketedPaste
	ending = ansi.ResetModeBracketedPaste + ansi.SetModeAutoWrap + ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable
)

// questions ask the terminal what the environment does not tell. Over SSH, answers can come after the program has ended, and
// would be typed into the shell: there it is asked for its background only. The Linux console would print the questions.
func (d *display) questions() string {
	switch {
	case terminalOf(d.env).linux:
		return ""
	case lookup(d.env, "SSH_TTY") != "":
		return ansi.RequestBackgroundColor
	}
	return ansi.RequestBackgroundColor + ansi.RequestModeSynchronizedOutput + ansi.RequestModeUnicodeCore
}

// size gives the terminal's size in cells. A serial line does not know it: COLUMNS and LINES say it there, or it is 80x24.
func (d *display) size() (width, height int) {
	width, height, _ = term.GetSize(int(d.out.Fd()))
	or := func(n int, name string, usual int) int {
		if n > 0 {
			return n
		}
		if n, err := strconv.Atoi(lookup(d.env, name)); err == nil && n > 0 {
			return n
		}
		return usual
	}
	return or(width, "COLUMNS", 80), or(height, "LINES", 24)
}

// followSize tells of each new size until stop is called.
func (d *display) followSize(tell func(tea.Msg)) (stop func()) {
	changes := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(changes, syscall.SIGWINCH)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-changes:
				width, height := d.size()
				tell(tea.WindowSizeMsg{Width: width, Height: height})
			}
		}
	}()
	return func() {
		signal.Stop(changes)
		close(done)
	}
}

func (d *display) learn(msg tea.Msg) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.canvas.learn(msg)
}

// show has a frame drawn, unless a newer one comes before it is its turn.
func (d *display) show(v tea.View) {
	d.mu.Lock()
	d.next = v
	d.mu.Unlock()
	select {
	case d.wanted <- struct{}{}:
	default:
	}
}

// draw draws frames until the display is closed. What panics here ends the process: only the terminal is saved.
func (d *display) draw() {
	defer func() {
		if cause := recover(); cause != nil {
			d.giveBack()
			panic(cause)
		}
	}()
	for {
		select {
		case <-d.ending:
			return
		case <-d.wanted:
		}
		if !d.pause(settleTime) {
			return
		}
		d.write(d.frame())
		if !d.pause(frameTime) {
			return
		}
	}
}

// frame gives the bytes that bring the newest frame to the terminal.
func (d *display) frame() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(d.canvas.frame(d.next))
}

// pause reports whether it came to its end before the display's.
func (d *display) pause(span time.Duration) bool {
	select {
	case <-d.ending:
		return false
	case <-time.After(span):
		return true
	}
}

// write writes to the terminal. One that is gone takes nothing, and the program ends by itself: its line has hung up.
func (d *display) write(text string) {
	if text != "" {
		_, _ = d.out.WriteString(text)
	}
}

// close ends the drawing and gives the terminal back as it was.
func (d *display) close() {
	d.closed.Do(func() { close(d.ending) })
	d.drawing.Wait()
	d.giveBack()
}

func (d *display) giveBack() {
	d.given.Do(func() {
		d.write(d.canvas.leave() + ending)
		_ = term.Restore(int(d.in.Fd()), d.before) // of a terminal that is gone nothing can be restored
	})
}

// closeOnPanic lets a panic of the program be told on a terminal that can be read.
func (d *display) closeOnPanic() {
	if cause := recover(); cause != nil {
		d.close()
		panic(cause)
	}
}
