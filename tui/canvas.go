package tui

import (
	"bytes"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// canvas turns frames into what has to go over the line for a terminal to show them, and keeps what it shows already.
//
// It stands in for Bubble Tea's renderer, which repaints all of a row that holds a wide character, and each such row for each
// frame: with Japanese names, the whole list for every key. Terminals do not all agree on how wide a character is. Here
// whatever is drawn is drawn from a column that is named, also behind what terminals disagree about.
type canvas struct {
	profile colorprofile.Profile
	shown   uv.ScreenBuffer // what the terminal shows
	wanted  uv.ScreenBuffer // what it is to show
	lines   []string        // what wanted was drawn from; nil: what the terminal shows is not known
	cursor  *point          // where it is shown; nil: it is hidden
	at      point           // where the terminal writes next; x is -1 if the column is not known
	pen     uv.Style        // how it writes
	out     bytes.Buffer
	// synchronized is whether the terminal knows mode 2026: it shows all of a frame at once.
	synchronized bool
}

// newCanvas gives a canvas for a terminal that hides its cursor and does not wrap lines.
func newCanvas(profile colorprofile.Profile, width, height int) *canvas {
	c := &canvas{profile: profile}
	c.resize(width, height)
	return c
}

func (c *canvas) resize(width, height int) {
	method := c.wanted.Method
	c.shown, c.wanted = uv.NewScreenBuffer(width, height), uv.NewScreenBuffer(width, height)
	c.wanted.Method = method
	c.forget()
}

// forget has all of the next frame drawn.
func (c *canvas) forget() { c.lines = nil }

// learn takes in what a message tells of the terminal.
func (c *canvas) learn(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		c.resize(msg.Width, msg.Height) // also to the same size: what lies in between is not told
	case tea.ColorProfileMsg:
		if msg.Profile != c.profile {
			c.profile = msg.Profile
			c.forget()
		}
	case tea.ModeReportMsg:
		switch {
		case msg.Mode == ansi.ModeSynchronizedOutput:
			c.synchronized = msg.Value == ansi.ModeReset
		case countsClusters(msg):
			c.wanted.Method = ansi.GraphemeWidth
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
	before, now := c.cursor, cursorOf(v)
	c.cursor = now
	c.out.Reset()
	c.put(v.Content)
	if now != nil && (c.out.Len() > 0 || before == nil || *now != *before) {
		c.move(now.x, now.y)
	}
	return c.wrapped(before != nil, now != nil)
}

func cursorOf(v tea.View) *point {
	if v.Cursor == nil {
		return nil
	}
	return &point{v.Cursor.X, v.Cursor.Y}
}

// wrapped gives what is to be written in such a way that no cursor is seen to run over the screen: all at once where the
// terminal can do that, else while the cursor is hidden.
func (c *canvas) wrapped(visible, wanted bool) []byte {
	if c.out.Len() == 0 && visible == wanted {
		return nil
	}
	before, after := "", ""
	if visible && !(wanted && c.synchronized) {
		before = ansi.ResetModeTextCursorEnable
	}
	if wanted && (before != "" || !visible) {
		after = ansi.SetModeTextCursorEnable
	}
	if c.synchronized {
		before, after = ansi.SetModeSynchronizedOutput+before, after+ansi.ResetModeSynchronizedOutput
	}
	return append(append([]byte(before), c.out.Bytes()...), after...)
}

// put writes what brings the terminal from what it shows to the content.
func (c *canvas) put(content string) {
	if c.lines == nil {
		c.empty()
	}
	width, height := c.wanted.Width(), c.wanted.Height()
	lines := strings.Split(content, "\n")
	lines = append(lines[:min(len(lines), height)], make([]string, max(0, height-len(lines)))...)
	for y, line := range lines {
		if c.lines == nil || line != c.lines[y] {
			uv.NewStyledString(line).Draw(c.wanted, uv.Rect(0, y, width, 1))
			c.putRow(y)
		}
	}
	c.lines = lines
}

// empty clears the terminal, and sets what depends on how it counts cells.
func (c *canvas) empty() {
	if c.wanted.Method == ansi.GraphemeWidth {
		c.out.WriteString(ansi.SetModeUnicodeCore)
	}
	c.use(uv.Style{})
	c.out.WriteString(ansi.CursorHomePosition + ansi.EraseEntireScreen)
	c.at = point{0, 0}
	c.shown.Clear()
}

// putRow writes those parts of a row that differ.
func (c *canvas) putRow(y int) {
	old, row := c.shown.Line(y), c.wanted.Line(y)
	plain(row)
	text := len(row) // from here on there are blanks only
	for text > 0 && row[text-1].Equal(&uv.EmptyCell) {
		text--
	}
	for x := 0; x < len(row); {
		first, end := difference(old, row, x)
		if first == end {
			break
		}
		if end > text {
			c.putCells(row[:text], first, y)
			c.eraseRight(max(first, text), y)
			break
		}
		c.putCells(row[:end], first, y)
		x = end
	}
	copy(old, row)
}

// plain takes from blanks what is not seen of their style.
func plain(row uv.Line) {
	for x := range row {
		if row[x].Content == " " && !marksBlanks(row[x].Style) {
			row[x] = uv.EmptyCell
		}
	}
}

// marksBlanks reports whether a blank written in a style is seen.
func marksBlanks(s uv.Style) bool {
	return s.Bg != nil || s.Attrs&(uv.AttrReverse|uv.AttrStrikethrough) != 0 || s.Underline != uv.UnderlineNone
}

// closeness is how many equal cells between two differences are written rather than passed over: that takes as many bytes.
const closeness = 6

// difference gives the next part of a row, from column x on, that is to be written; it is empty if there is none. Where half
// of a wide character is overwritten, the other half differs too: it is blank then.
func difference(old, row uv.Line, x int) (first, end int) {
	for first = x; first < len(row) && row[first].Equal(&old[first]); first++ {
	}
	end = first
	for x = first; x < len(row) && x-end <= closeness; x++ {
		if !row[x].Equal(&old[x]) {
			end = x + 1
		}
	}
	return first, end
}

// putCells writes the cells of a row from column x on.
func (c *canvas) putCells(row uv.Line, x, y int) {
	for ; x < len(row); x++ {
		cell := row[x]
		if cell.Width == 0 { // the second half of a wide character
			continue
		}
		if cell.Equal(&uv.EmptyCell) {
			c.blank()
		} else {
			c.use(cell.Style)
		}
		c.move(x, y)
		c.out.WriteString(cell.Content)
		c.at.x = x + cell.Width
		if c.at.x == c.wanted.Width() || utf8.RuneCountInString(cell.Content) > 1 {
			c.at.x = -1 // terminals disagree about where it is behind the last column, and behind clusters
		}
	}
}

func (c *canvas) eraseRight(x, y int) {
	c.move(x, y)
	c.blank()
	c.out.WriteString(ansi.EraseLineRight)
}

// blank makes sure that blanks are blank; what is written after them is often of the style of what was written before.
func (c *canvas) blank() {
	if marksBlanks(c.pen) {
		c.use(uv.Style{})
	}
}

// use changes how the terminal writes.
func (c *canvas) use(style uv.Style) {
	style = uv.ConvertStyle(style, c.profile)
	sequence := style.Diff(&c.pen)
	if style.IsZero() && len(sequence) > len(ansi.ResetStyle) {
		sequence = ansi.ResetStyle
	}
	c.out.WriteString(sequence)
	c.pen = style
}

// move changes where the terminal writes.
func (c *canvas) move(x, y int) {
	switch {
	case c.at == point{x, y}:
	case c.at.y == y:
		c.out.WriteString(ansi.CursorHorizontalAbsolute(x + 1))
	case c.at.y == y-1 && x == 0:
		c.out.WriteString("\r\n")
	default:
		c.out.WriteString(ansi.CursorPosition(x+1, y+1))
	}
	c.at = point{x, y}
}

// leave gives what comes before the end. The shell goes on in the last row where a terminal has no alternate screen.
func (c *canvas) leave() string {
	c.out.Reset()
	c.out.WriteString(ansi.ResetStyle + ansi.CursorPosition(1, c.wanted.Height())) // whatever of the last frame went out
	if c.wanted.Method == ansi.GraphemeWidth {
		c.out.WriteString(ansi.ResetModeUnicodeCore)
	}
	return c.out.String()
}
