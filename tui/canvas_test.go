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
	s := &watched{d, newCanvas(colorprofile.TrueColor, w, h), vt.NewEmulator(w, h)}
	s.tell(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	s.terminal.WriteString(ansi.ResetModeAutoWrap)
	return s
}

// tell gives a message of the terminal to the console and to the canvas.
func (s *watched) tell(msg tea.Msg) {
	s.canvas.learn(msg)
	s.send(msg)
}

// compare draws the frame and compares the terminal with it.
func (s *watched) compare(t *testing.T, after string) {
	t.Helper()
	v := s.root.View()
	s.terminal.Write(s.canvas.frame(v))
	compareScreen(t, s.terminal, v.Content, s.canvas.wanted.Method, after)
	if v.Cursor != nil {
		if at := s.terminal.CursorPosition(); at.X != v.Cursor.X || at.Y != v.Cursor.Y {
			t.Fatalf("after %s, the cursor is at %v, want %v", after, at, v.Cursor.Position)
		}
	}
}

// compareScreen compares each cell of a terminal with a frame drawn by itself.
func compareScreen(t *testing.T, terminal *vt.Emulator, frame string, method ansi.Method, after string) {
	t.Helper()
	want := uv.NewScreenBuffer(terminal.Width(), terminal.Height())
	want.Method = method
	uv.NewStyledString(frame).Draw(want, want.Bounds())
	for y := range want.Height() {
		for x := range want.Width() {
			w, is := want.CellAt(x, y), terminal.CellAt(x, y)
			if is == nil || !looksLike(*is, *w) {
				t.Fatalf("after %s, row %d, column %d shows %+v, want %+v:\n%s", after, y, x, is, w, terminal.String())
			}
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

// Every row of up to four cells follows every other one, wide characters in the place of halves of others among them.
func TestEveryRowFollowsEveryOther(t *testing.T) {
	cells := []string{"a", "日", " ", "\x1b[7m \x1b[m", "\x1b[1mb\x1b[m"}
	rows := []string{""}
	for _, first := range cells {
		for _, second := range cells {
			for _, third := range cells {
				rows = append(rows, first+second+third)
			}
		}
	}
	c, terminal := newCanvas(colorprofile.TrueColor, 5, 2), vt.NewEmulator(5, 2)
	terminal.WriteString(ansi.ResetModeAutoWrap)
	for _, before := range rows {
		for _, row := range rows {
			for _, content := range []string{before, row + "\nend"} {
				terminal.Write(c.frame(tea.View{Content: content}))
				compareScreen(t, terminal, content, ansi.WcWidth, before+"|"+row)
			}
		}
	}
}

// A terminal that has become smaller and larger again has lost what was on it.
func TestAnotherSizeAndBackIsDrawnAnew(t *testing.T) {
	c := newCanvas(colorprofile.TrueColor, 10, 2)
	first := string(c.frame(tea.View{Content: "a name"}))
	c.learn(tea.WindowSizeMsg{Width: 10, Height: 2})
	if again := string(c.frame(tea.View{Content: "a name"})); again != first {
		t.Errorf("%q is drawn, want %q", again, first)
	}
}
