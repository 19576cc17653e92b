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

// The light border around a code, in modules. ISO/IEC 18004 asks for four; two are enough for most scanners where four
// do not fit.
const (
	quietZone      = 4
	leastQuietZone = 2
)

// qr is the screen that shows a login ID member's QR code, and the code to type where nothing can be scanned.
type qr struct {
	*shared
	member   member.Member
	form     *account.Form // nil until it has been read
	code     [][]bool      // the modules, true is dark
	modules  [][]bool      // with the quiet zone
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

func (q *qr) setSize(width, height int) {
	q.width, q.height = width, height
	q.surround()
}

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
	code, err := [][]bool(nil), msg.err
	if err == nil {
		code, err = encode(msg.value.URL)
	}
	if err != nil {
		q.nav.close(q)
		return q.nav.fail(err)
	}
	q.form, q.code = &msg.value, code
	q.surround()
	return nil
}

// encode makes the modules of a QR code of level M, without a quiet zone.
func encode(url string) ([][]bool, error) {
	code, err := qrcode.New(url, qrcode.Medium)
	if err != nil {
		// The library's own error may repeat the secret link.
		return nil, fmt.Errorf("the link of %d characters does not fit into a QR code", len(url))
	}
	code.DisableBorder = true
	return code.Bitmap(), nil
}

// surround puts as wide a quiet zone around the code as there is room for.
func (q *qr) surround() {
	if q.code == nil {
		return
	}
	zone := quietZone
	if !q.hasRoom(len(q.code) + 2*zone) {
		zone = leastQuietZone
	}
	size := len(q.code) + 2*zone
	q.modules = make([][]bool, size)
	for y := range q.modules {
		q.modules[y] = make([]bool, size)
	}
	for y, row := range q.code {
		copy(q.modules[y+zone][zone:], row)
	}
}

// painted reports whether the code can be drawn black on white whatever the terminal's own colours are.
func (q *qr) painted() bool { return q.look.colored() && !q.look.linux }

// fits reports whether there is room for the code.
func (q *qr) fits() bool { return len(q.modules) > 0 && q.hasRoom(len(q.modules)) }

// hasRoom reports whether there is room for so many modules in each direction, with the code to type beside or below.
func (q *qr) hasRoom(size int) bool {
	rows := (size + 1) / 2
	return rows <= q.height && q.wide(size) || rows+2 <= q.height && size <= q.width
}

// wide reports whether there is room for text beside so many modules.
func (q *qr) wide(size int) bool { return q.width >= size+2+codeWidth }

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
	case q.fits() && q.wide(size):
		return strings.Join(q.beside(q.image(), q.text(q.width-size-2)), "\n")
	case q.fits():
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
