package tui

import (
	"bytes"
	"strings"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// canvas turns frames into what has to go over the line for a terminal to show them, and keeps what it shows already.
//
// It stands in for Bubble Tea's renderer, which clears its cells before each frame. That touches every row, and ultraviolet
// repaints each touched row that holds a wide cell, because terminals may not agree with it on how wide that is: with
// Japanese names, the whole list for each key. Here a row is touched only if its line has changed.
type canvas struct {
	renderer *uv.TerminalRenderer
	cells    uv.ScreenBuffer
	lines    []string     // what cells holds; nil: not known
	cursor   *point       // nil: hidden
	changes  bytes.Buffer // the renderer writes into it
	out      bytes.Buffer
	// synchronized is whether the terminal knows mode 2026: it shows all of a frame at once.
	synchronized bool
}

// newCanvas gives a canvas for a terminal that is empty, its cursor hidden, and does not wrap lines.
func newCanvas(env []string, width, height int) *canvas {
	c := &canvas{}
	c.renderer = uv.NewTerminalRenderer(&c.changes, env)
	c.renderer.SetFullscreen(true)
	c.renderer.SetScrollOptim(true)
	c.renderer.SetBackspace(true)
	c.renderer.SetTabStops(width)
	c.cells = uv.NewScreenBuffer(width, height)
	c.resize(width, height)
	return c
}

func (c *canvas) resize(width, height int) {
	c.cells.Resize(width, height)
	c.renderer.Resize(width, height)
	c.forget()
}

// forget draws the whole of the next frame.
func (c *canvas) forget() {
	c.renderer.Erase()
	c.lines = nil
}

// learn takes in what a message tells of the terminal.
func (c *canvas) learn(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if msg.Width != c.cells.Width() || msg.Height != c.cells.Height() {
			c.resize(msg.Width, msg.Height)
		}
	case tea.ColorProfileMsg:
		c.renderer.SetColorProfile(msg.Profile)
		c.forget()
	case tea.ModeReportMsg:
		switch {
		case msg.Mode == ansi.ModeSynchronizedOutput:
			c.synchronized = msg.Value == ansi.ModeReset
		case countsClusters(msg):
			c.cells.Method = ansi.GraphemeWidth
			c.renderer.SetGraphemeWidth(true)
			_, _ = c.renderer.WriteString(ansi.SetModeUnicodeCore) // into memory
			c.forget()
		}
	}
}

// countsClusters reports whether a terminal says that it can count the cells of a text by grapheme clusters.
func countsClusters(msg tea.ModeReportMsg) bool {
	return msg.Mode == ansi.ModeUnicodeCore && !msg.Value.IsNotRecognized() && !msg.Value.IsPermanentlyReset()
}

// frame gives the bytes that turn the frame before into this one. They are good until the next call.
func (c *canvas) frame(v tea.View) []byte {
	before := c.cursor
	c.cursor = nil
	c.draw(v.Content)
	c.renderer.Render(c.cells.RenderBuffer)
	if v.Cursor != nil {
		c.cursor = &point{v.Cursor.X, v.Cursor.Y}
		c.renderer.MoveTo(c.cursor.x, c.cursor.y)
	}
	c.changes.Reset()
	_ = c.renderer.Flush() // into memory
	return c.wrapped(withoutWrapping(c.changes.Bytes()), before != nil, c.cursor != nil)
}

// withoutWrapping leaves out what turns the terminal's wrapping off and on around each row that holds a wide cell: it is off
// all along.
func withoutWrapping(changes []byte) []byte {
	changes = bytes.ReplaceAll(changes, []byte(ansi.ResetModeAutoWrap), nil)
	return bytes.ReplaceAll(changes, []byte(ansi.SetModeAutoWrap), nil)
}

// wrapped gives changes in such a way that no cursor is seen to run over the screen: all of them at once where the terminal
// can do that, else while the cursor is hidden.
func (c *canvas) wrapped(changes []byte, visible, wanted bool) []byte {
	together := c.synchronized && len(changes) > 0
	hide := visible && (!wanted || len(changes) > 0 && !together)
	show := wanted && (!visible || hide)
	c.out.Reset()
	add := func(when bool, sequence string) {
		if when {
			c.out.WriteString(sequence)
		}
	}
	add(together, ansi.SetModeSynchronizedOutput)
	add(hide, ansi.ResetModeTextCursorEnable)
	c.out.Write(changes)
	add(show, ansi.SetModeTextCursorEnable)
	add(together, ansi.ResetModeSynchronizedOutput)
	return c.out.Bytes()
}

// draw puts the lines that have changed into the cells.
func (c *canvas) draw(content string) {
	lines := strings.Split(content, "\n")
	width, height := c.cells.Width(), c.cells.Height()
	lines = append(lines[:min(len(lines), height)], make([]string, max(0, height-len(lines)))...)
	for y, line := range lines {
		if c.lines == nil || line != c.lines[y] {
			uv.NewStyledString(line).Draw(c.cells, uv.Rect(0, y, width, 1))
		}
	}
	c.lines = lines
}

// leave gives what comes before the end: the cursor goes to the last row, where the shell goes on in a terminal without an
// alternate screen.
func (c *canvas) leave() string {
	c.renderer.MoveTo(0, c.cells.Height()-1)
	if c.cells.Method == ansi.GraphemeWidth {
		_, _ = c.renderer.WriteString(ansi.ResetModeUnicodeCore) // into memory
	}
	c.changes.Reset()
	_ = c.renderer.Flush() // into memory
	return c.changes.String()
}
