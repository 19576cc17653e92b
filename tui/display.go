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

// display is the terminal while a program draws on it: in raw mode, on the alternate screen.
//
// The program says that something may have changed, as often as it likes. When the line has had the frame before, the display
// asks for the next one: so many changes are one frame, only what goes over the line is drawn up, and while nothing changes,
// nothing runs.
type display struct {
	in, out *os.File
	env     []string
	before  *term.State
	canvas  *canvas       // of the program's loop
	changed chan struct{} // holds a value while there may be something to draw
	frames  chan string   // holds the frame that was asked for
	ending  chan struct{}
	drawing sync.WaitGroup
	closing sync.Once
}

const (
	// frameTime is the least time between two frames. Keys that are held down come no faster.
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
	width, height := d.canvas.wanted.Width(), d.canvas.wanted.Height()
	program := tea.NewProgram(displayed{model, d, false}, append([]tea.ProgramOption{
		tea.WithInput(in), tea.WithOutput(out), tea.WithEnvironment(env), tea.WithWindowSize(width, height),
		tea.WithoutRenderer(), tea.WithFPS(1), // its ticker has nothing to do then
	}, options...)...)
	d.drawing.Go(func() { d.draw(program.Send) })
	defer d.followSize(program.Send)()
	_, err = program.Run()
	return err
}

// displayed is a model whose frames go to a display.
type displayed struct {
	tea.Model
	display *display
	drawn   bool // the display has all there is
}

// drawMsg asks for a frame.
type drawMsg struct{}

func (m displayed) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	defer m.display.closeOnPanic()
	switch msg := msg.(type) {
	case drawMsg:
		m.display.frames <- string(m.display.canvas.frame(m.Model.View()))
		return displayed{m.Model, m.display, true}, nil
	case crashMsg:
		panic(msg.cause)
	}
	m.display.canvas.learn(msg)
	model, cmd := m.Model.Update(msg)
	return displayed{model, m.display, false}, cmd
}

// View tells the display of a change. Bubble Tea, which draws nothing, gets no frame.
func (m displayed) View() tea.View {
	if !m.drawn {
		select {
		case m.display.changed <- struct{}{}:
		default:
		}
	}
	return tea.View{}
}

// openDisplay takes a terminal over.
func openDisplay(in, out *os.File, env []string) (*display, error) {
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	d := &display{in: in, out: out, env: env, before: before,
		changed: make(chan struct{}, 1), frames: make(chan string, 1), ending: make(chan struct{})}
	width, height := d.size()
	d.canvas = newCanvas(terminalOf(env).profile, width, height)
	d.write(opening + d.questions())
	return d, nil
}

// opening and ending go around all that is drawn. They make the terminal what the canvas takes it for.
const (
	opening = ansi.SetModeAltScreenSaveCursor + ansi.ResetModeTextCursorEnable + ansi.ResetModeAutoWrap + ansi.SetModeBracketedPaste
	ending  = ansi.ResetModeBracketedPaste + ansi.SetModeAutoWrap + ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable
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

// draw draws frames until the display is closed; ask sends a message to the program.
func (d *display) draw(ask func(tea.Msg)) {
	for {
		select {
		case <-d.ending:
			return
		case <-d.changed:
		}
		if !d.pause(settleTime) {
			return
		}
		go ask(drawMsg{}) // a program that has come to its end never answers
		select {
		case <-d.ending:
			return
		case frame := <-d.frames:
			d.write(frame)
			if frame != "" && !d.pause(frameTime) {
				return
			}
		}
	}
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
func (d *display) write(text string) { _, _ = d.out.WriteString(text) }

// closeTime is how long the end waits for a terminal that takes nothing: its user may have stopped it.
const closeTime = time.Second

// close ends the drawing and gives the terminal back as it was.
func (d *display) close() {
	d.closing.Do(func() {
		close(d.ending)
		left := make(chan struct{})
		go func() {
			defer close(left)
			d.drawing.Wait()
			d.write(d.canvas.leave() + ending)
		}()
		select {
		case <-left:
		case <-time.After(closeTime):
		}
		_ = term.Restore(int(d.in.Fd()), d.before) // of a terminal that is gone nothing can be restored
	})
}

// closeOnPanic lets a panic be told on a terminal that can be read.
func (d *display) closeOnPanic() {
	if cause := recover(); cause != nil {
		d.close()
		panic(cause)
	}
}
