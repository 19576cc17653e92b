package tui

import (
	"context"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/skip2/go-qrcode"

	"rekey/account"
	"rekey/member"
)

// quietZone is the light border in modules. ISO/IEC 18004 asks for four; two are enough on a screen and fit on 80x24.
const quietZone = 2

// qr is the screen that shows a login ID member's QR code, and the code to type where nothing can be scanned.
type qr struct {
	*shared
	member   member.Member
	form     *account.Form // nil until it has been read
	modules  [][]bool      // true is dark; with the quiet zone
	loading  request
	inverted bool

	width, height int
}

func newQR(s *shared, m member.Member) *qr { return &qr{shared: s, member: m} }

func (q *qr) init() tea.Cmd {
	id, admin := q.member.ID, q.admin
	var cmd tea.Cmd
	q.loading, cmd = ask(q.shared, func(ctx context.Context) (account.Form, error) { return q.service.Form(ctx, admin, id) })
	return cmd
}

func (q *qr) setSize(width, height int) { q.width, q.height = width, height }

func (q *qr) frame() frame { return frame{alone: true, bare: true} }

func (q *qr) keyMap() []key.Binding {
	return []key.Binding{
		bind("esc", "back", "esc", "enter"),
		when(!q.painted() && q.fits(), bind("i", "invert, if it does not scan")),
	}
}

func (q *qr) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch msg.String() {
		case "esc", "enter":
			q.nav.close(q)
		case "i":
			q.inverted = !q.inverted
		}
	case reply[account.Form]:
		if msg.to == q.loading {
			return q.loaded(msg)
		}
	}
	return nil
}

func (q *qr) loaded(msg reply[account.Form]) tea.Cmd {
	q.loading = 0
	modules, err := [][]bool(nil), msg.err
	if err == nil {
		modules, err = encode(msg.value.URL)
	}
	if err != nil {
		q.nav.close(q)
		return q.nav.fail(err)
	}
	q.form, q.modules = &msg.value, modules
	return nil
}

// encode makes the modules of a QR code of level M with the quiet zone around them.
func encode(url string) ([][]bool, error) {
	code, err := qrcode.New(url, qrcode.Medium)
	if err != nil {
		// The library's own error may repeat the secret link.
		return nil, fmt.Errorf("the link of %d characters does not fit into a QR code", len(url))
	}
	code.DisableBorder = true
	bitmap := code.Bitmap()
	size := len(bitmap) + 2*quietZone
	modules := make([][]bool, size)
	for y := range modules {
		modules[y] = make([]bool, size)
	}
	for y, row := range bitmap {
		copy(modules[y+quietZone][quietZone:], row)
	}
	return modules, nil
}

// painted reports whether the code can be drawn black on white whatever the terminal's own colours are.
func (q *qr) painted() bool { return q.look.colored() && !q.look.linux }

// fits reports whether there is room for the code.
func (q *qr) fits() bool {
	return len(q.modules) > 0 && len(q.modules) <= q.width && (len(q.modules)+1)/2 <= q.height
}

// image draws two modules per cell. Without colours the terminal's own ink has to be the light modules, for it is taken
// to be light on dark.
func (q *qr) image() []string {
	ink := true // the modules that are drawn with ink: the dark ones
	if !q.painted() {
		ink = !q.look.dark != q.inverted
	}
	inked := func(x, y int) bool { return (y < len(q.modules) && q.modules[y][x]) == ink }
	var lines []string
	for y := 0; y < len(q.modules); y += 2 {
		var b strings.Builder
		for x := range q.modules {
			b.WriteString(halfBlock(inked(x, y), inked(x, y+1)))
		}
		line := b.String()
		if q.painted() {
			line = q.look.qr.Render(line)
		}
		lines = append(lines, line)
	}
	return lines
}

func halfBlock(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}

// codeWidth is the narrowest column that holds a code in groups of four on one line.
const codeWidth = 30

func (q *qr) view() string {
	if q.form == nil {
		return "Reading the form" + q.look.ellipsis
	}
	size := len(q.modules)
	switch {
	case q.fits() && q.width >= size+2+codeWidth:
		return strings.Join(q.beside(q.image(), q.text(q.width-size-2)), "\n")
	case q.fits() && (size+1)/2+2 <= q.height:
		below := []string{q.look.truncate(q.form.Code, q.width), q.look.truncate(clean(q.member.Name), q.width)}
		return strings.Join(append(q.image(), below...), "\n")
	}
	needed := fmt.Sprintf("The QR code needs %dx%d cells.", size+2+codeWidth, (size+1)/2+1)
	lines := append(q.look.wrap(needed+" The code can be typed instead:", q.width), "")
	lines = append(lines, q.text(q.width)...)
	return strings.Join(lines[:min(len(lines), q.height)], "\n")
}

func (q *qr) beside(image, text []string) []string {
	for i := range image {
		if i < len(text) {
			image[i] += "  " + text[i]
		}
	}
	return image
}

// text says whose code it is, the code itself, and until when it works.
func (q *qr) text(w int) []string {
	l := q.look
	lines := []string{l.strong.Render(l.truncate(q.form.Code, w)), ""}
	lines = append(lines, l.wrap(clean(q.member.Name), w)...)
	lines = append(lines, l.wrap(clean(q.member.LoginID), w)...)
	if d := departments(q.member); d != "" {
		lines = append(lines, l.wrap(d, w)...)
	}
	lines = append(lines, "")
	lines = append(lines, l.wrap("Works until "+q.time(q.form.Expires)+".", w)...)
	lines = append(lines, "")
	return append(lines, l.wrap("Scan it with a phone, or type the code at the kiosk.", w)...)
}
