package tui

import (
	"image"
	"image/color"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// TestNothingDependsOnColour reads the frames without any style: what the keys act on, and what cannot be done, has to
// be marked by characters.
func TestNothingDependsOnColour(t *testing.T) {
	for name, terminal := range map[string]func(*Options){"NO_COLOR": plainTerminal, "linux": linuxTerminal} {
		d := signedIn(t, newStateTeam(t), 120, 40, terminal)
		cursor := d.root.shared.look.glyphs.cursor
		d.press("down")
		if row := d.cursorRow(); !strings.HasPrefix(row, cursor+" 佐藤 花子") {
			t.Errorf("%s: the row %q is marked", name, row)
		}
		d.shows("[r] Reset Password", "-  Send the mail again (not now).")
		d.press("r")
		d.shows(cursor + " (" + d.root.shared.look.chosen + ") An account lockout is to be cancelled")
		d.press("enter")
		d.shows("[> Cancel <]", "[  Reset  ]")
		d.press("tab")
		d.shows("[  Cancel  ]", "[> Reset <]")
		d.press("esc", "/", "tab", "down")
		d.shows(cursor + " Login ID")
	}
}

// TestLinuxConsole checks that the program's own text is ASCII where the font may have nothing else.
func TestLinuxConsole(t *testing.T) {
	tm := newStateTeam(t)
	for _, s := range states {
		if s.name == "qr" {
			continue // its half blocks are in the console's font
		}
		d := signedIn(t, tm, 120, 40, linuxTerminal)
		s.open(d)
		own := regexp.MustCompile(`\p{Han}|\p{Hiragana}|Zoë( D’\S*)?( 👩‍🚒)?`).ReplaceAllString(d.frame(), "")
		for _, r := range own {
			if r >= utf8.RuneSelf {
				t.Errorf("%s holds %q:\n%s", s.name, r, d.frame())
				break
			}
		}
	}
}

func TestStylesFollowTheTerminal(t *testing.T) {
	d := signedIn(t, newStateTeam(t), 120, 40)
	dark := d.root.View().Content
	d.send(tea.BackgroundColorMsg{Color: color.White})
	light := d.root.View().Content
	if dark == light || ansi.Strip(dark) != ansi.Strip(light) {
		t.Error("a light background has to change the colours and nothing else")
	}
}

// pixels paints the half blocks of a code of so many modules, with the ink and the paper of a terminal.
func pixels(frame string, size int, ink, paper color.Color) image.Image {
	const scale = 8
	img := image.NewGray(image.Rect(0, 0, size*scale, (size+1)*scale))
	for y, line := range strings.Split(frame, "\n") {
		x := 0
		for _, r := range line {
			if x == size || 2*y >= size+1 {
				break
			}
			upper, lower := r == '█' || r == '▀', r == '█' || r == '▄'
			for half, drawn := range []bool{upper, lower} {
				c := paper
				if drawn {
					c = ink
				}
				for p := range scale * scale {
					img.Set(x*scale+p%scale, (2*y+half)*scale+p/scale, c)
				}
			}
			x++
		}
	}
	return img
}

// TestQRCodeOnTheScreen reads the code back from the frame, as it would look on terminals of all kinds.
func TestQRCodeOnTheScreen(t *testing.T) {
	for _, screen := range []struct {
		name       string
		terminal   func(*Options)
		background color.Color // of the terminal
		painted    bool        // black on white, whatever the background is
		keys       []string
	}{
		{"colours on dark", func(*Options) {}, color.Black, true, nil},
		{"colours on light", func(*Options) {}, color.White, true, nil},
		{"no colours on dark", plainTerminal, color.Black, false, nil},
		{"no colours on light", plainTerminal, color.White, false, nil},
		{"the Linux console", linuxTerminal, color.Black, false, nil},
		{"an unknown light background, inverted by hand", plainTerminal, nil, false, []string{"i"}},
	} {
		tm := newTeam(t)
		d := signedIn(t, tm, 80, 24, screen.terminal)
		background := screen.background
		if background == nil {
			background = color.White
		} else {
			d.send(tea.BackgroundColorMsg{Color: background})
		}
		d.goTo("yoshino")
		d.press("v")
		d.press(screen.keys...)
		form, err := tm.service.Form(t.Context(), tm.admin, tm.find(t, "t.yoshino").ID)
		check(t, err)
		d.shows(form.Code, "t.yoshino", "Works until 2026-03-23 09:30 JST")
		d.fits(80, 24)

		code := d.root.top().(*qr)
		ink, paper := color.Color(color.White), color.Color(color.Black)
		row := ansi.Strip(code.image()[0])
		if painted := strings.Contains(d.root.View().Content, code.look.qr.Render(row)); painted != screen.painted {
			t.Errorf("%s: the code is drawn in its own colours: %v", screen.name, painted)
		}
		if screen.painted || background == color.White {
			ink, paper = color.Black, color.White
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(pixels(d.frame(), len(code.modules), ink, paper))
		check(t, err)
		// Upright and dark on light: without the hint the reader takes nothing else.
		result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		if err != nil {
			t.Errorf("%s: %v\n%s", screen.name, err, d.frame())
			continue
		}
		if result.GetText() != form.URL {
			t.Errorf("%s: the code holds something else than the form's link", screen.name)
		}
	}
}

func TestQRCodeThatDoesNotFit(t *testing.T) {
	d := signedIn(t, newTeam(t), 60, 18)
	d.goTo("yoshino")
	d.press("v")
	d.shows("The QR code needs", "The code can be typed instead:")
	for _, c := range []struct{ width, height, zone int }{{80, 24, 4}, {80, 20, 2}, {70, 22, 2}, {45, 24, 4}, {40, 24, 2}} {
		d.send(tea.WindowSizeMsg{Width: c.width, Height: c.height})
		d.hides("can be typed instead")
		code := d.root.top().(*qr)
		if zone := (len(code.modules) - len(code.code)) / 2; zone != c.zone {
			t.Errorf("%dx%d: a quiet zone of %d modules", c.width, c.height, zone)
		}
	}
}
