package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"rekey/hostile"
)

// loop runs a program without goroutines: a command is run where it is returned and its message fed back. Timers go off
// when the test says so.
type loop struct {
	t      *testing.T
	model  tea.Model
	timers []func() tea.Msg
	held   []tea.Cmd
	hold   bool // commands wait for release
	quit   bool
}

// begin starts the program on a terminal of w by h cells.
func (d *loop) begin(w, h int, profile colorprofile.Profile) {
	d.do(d.model.Init())
	d.send(tea.ColorProfileMsg{Profile: profile})
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
}

// after stands for the program's clock.
func (d *loop) after(_ time.Duration, fn func() tea.Msg) tea.Cmd {
	d.timers = append(d.timers, fn)
	return nil
}

func (d *loop) send(msg tea.Msg) {
	_, cmd := d.model.Update(msg)
	d.do(cmd)
}

func (d *loop) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if d.hold {
		d.held = append(d.held, cmd)
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.do(c)
		}
	case tea.QuitMsg, tea.SuspendMsg, tea.InterruptMsg: // each gives the terminal back
		d.quit = true
	default:
		d.send(msg)
	}
}

// release runs the commands that were held.
func (d *loop) release() {
	held := d.held
	d.held, d.hold = nil, false
	for _, cmd := range held {
		d.do(cmd)
	}
}

// tick lets the timers go off.
func (d *loop) tick() {
	timers := d.timers
	d.timers = nil
	for _, fn := range timers {
		d.send(fn())
	}
}

var keyCodes = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
	"left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp,
	"pgdown": tea.KeyPgDown, "f1": tea.KeyF1, "f4": tea.KeyF4, "f12": tea.KeyF12, "f8": tea.KeyF8, "f9": tea.KeyF9, "f10": tea.KeyF10, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
}

func keyPress(name string) tea.KeyPressMsg {
	rest, ctrl := strings.CutPrefix(name, "ctrl+")
	rest, shift := strings.CutPrefix(rest, "shift+")
	code, special := keyCodes[rest]
	if !special {
		code = []rune(rest)[0]
	}
	k := tea.Key{Code: code}
	switch {
	case ctrl:
		k.Mod = tea.ModCtrl
	case shift:
		k.Mod = tea.ModShift
	case !special:
		k.Text = rest
	}
	return tea.KeyPressMsg(k)
}

// press presses keys by their names.
func (d *loop) press(names ...string) {
	for _, name := range names {
		d.send(keyPress(name))
	}
}

// typed types text, a key for each character.
func (d *loop) typed(text string) {
	for _, r := range text {
		d.send(tea.KeyPressMsg(tea.Key{Code: r, Text: string(r)}))
	}
}

// paste puts text in at once, as a terminal does.
func (d *loop) paste(text string) { d.send(tea.PasteMsg{Content: text}) }

// harmless fails unless the view is printable text in lines, and the program's own styles.
func (d *loop) harmless() {
	d.t.Helper()
	v := d.model.View()
	if harm := hostile.StyledHarm(v.Content); harm != "" {
		d.t.Fatalf("what reaches the terminal is not harmless: %s", harm)
	}
	if harm := hostile.Harm(v.WindowTitle); harm != "" {
		d.t.Fatalf("the window's title is not harmless: %s", harm)
	}
}

// frame is what the terminal shows, without colours.
func (d *loop) frame() string { return ansi.Strip(d.model.View().Content) }

func (d *loop) shows(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if !strings.Contains(squeeze(d.frame()), squeeze(text)) {
			d.t.Fatalf("the frame does not show %q:\n%s", text, d.frame())
		}
	}
}

func (d *loop) hides(text string) {
	d.t.Helper()
	if strings.Contains(squeeze(d.frame()), squeeze(text)) {
		d.t.Fatalf("the frame shows %q:\n%s", text, d.frame())
	}
}

// squeeze makes text comparable that may be wrapped.
func squeeze(s string) string {
	s = strings.NewReplacer("│", " ", "|", " ").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}
