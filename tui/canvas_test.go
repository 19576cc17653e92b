package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// watched is a console whose frames go through a canvas to a terminal.
type watched struct {
	*driver
	canvas   *canvas
	terminal *vt.Emulator
}

func watch(t *testing.T, d *driver, w, h int) *watched {
	t.Helper()
	s := &watched{d, newCanvas([]string{"TERM=xterm-256color"}, w, h), vt.NewEmulator(w, h)}
	s.tell(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	s.terminal.WriteString(ansi.SetTabEvery8Columns + ansi.ResetModeAutoWrap)
	return s
}

// tell gives a message of the terminal to the console and to the canvas.
func (s *watched) tell(msg tea.Msg) {
	s.canvas.learn(msg)
	s.send(msg)
}

// compare draws the frame and compares each cell of the terminal with the frame drawn by itself.
func (s *watched) compare(t *testing.T, after string) {
	t.Helper()
	v := s.root.View()
	s.terminal.Write(s.canvas.frame(v))
	want := uv.NewScreenBuffer(s.terminal.Width(), s.terminal.Height())
	want.Method = s.canvas.cells.Method
	uv.NewStyledString(v.Content).Draw(want, want.Bounds())
	for y := range want.Height() {
		for x := range want.Width() {
			w, is := want.CellAt(x, y), s.terminal.CellAt(x, y)
			if is == nil || !looksLike(*is, *w) {
				t.Fatalf("after %s, row %d, column %d shows %+v, want %+v:\n%s", after, y, x, is, w, s.terminal.String())
			}
		}
	}
	if v.Cursor != nil {
		if at := s.terminal.CursorPosition(); at.X != v.Cursor.X || at.Y != v.Cursor.Y {
			t.Fatalf("after %s, the cursor is at %v, want %v", after, at, v.Cursor.Position)
		}
	}
}

// looksLike compares cells. Of a blank's style, only what would be seen counts.
func looksLike(a, b uv.Cell) bool {
	if a.Content == " " && b.Content == " " {
		for _, c := range []*uv.Cell{&a, &b} {
			c.Style.Fg = nil
			c.Style.Attrs &= uv.AttrReverse
		}
	}
	return a.Content == b.Content && a.Style.Equal(&b.Style)
}

// Only what has changed is sent, and the screen is as if all of it were.
func TestTheScreenShowsEachFrame(t *testing.T) {
	walk := strings.Fields(`down down up pgdown pgdown down end up home right esc r esc / down backspace esc enter esc
		2 3 down 4 down 1 ? esc c esc L`)
	for script, name := range map[string]string{"Latin": "Lindqvist Hanako", "Japanese": "勅使河原 さくら", "both": "Tanaka 髙橋"} {
		for _, mode := range []ansi.ModeSetting{ansi.ModeNotRecognized, ansi.ModeReset} {
			t.Run(script, func(t *testing.T) {
				s := watch(t, signedIn(t, newTeam(t, crowd(name, "工場1課")...), 120, 40), 120, 40)
				s.tell(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: mode})
				s.tell(tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: mode})
				s.compare(t, "the start")
				for i, key := range walk {
					s.press(key)
					s.compare(t, key)
					if i%10 == 9 {
						size := tea.WindowSizeMsg{Width: 120 - i, Height: 40 - i/2}
						s.terminal.Resize(size.Width, size.Height)
						s.tell(size)
						s.compare(t, "another size")
					}
				}
			})
		}
	}
}
