package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// terminal is what is known of the terminal. Most of it arrives after the first frame: nothing waits for it.
type terminal struct {
	dark    bool
	profile colorprofile.Profile
	linux   bool // the Linux console: 16 colours, no bright backgrounds, a font of 256 or 512 glyphs
	// cells is how the renderer counts cells: by code point until the terminal has said that it clusters (mode 2027).
	cells ansi.Method
}

// terminalOf is what the environment tells of a terminal.
func terminalOf(env []string) terminal {
	term := lookup(env, "TERM")
	return terminal{
		dark:    true,
		profile: colorprofile.Env(env),
		linux:   term == "linux" || strings.HasPrefix(term, "linux-"),
		cells:   ansi.WcWidth,
	}
}

// learn takes in what a message tells of the terminal, and reports whether it told anything.
func (t *terminal) learn(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.BackgroundColorMsg:
		t.dark = msg.IsDark()
		return true
	case tea.ColorProfileMsg:
		t.profile = msg.Profile
		return true
	case tea.ModeReportMsg:
		// The canvas counts clusters from the moment this report arrives; so do we.
		if countsClusters(msg) {
			t.cells = ansi.GraphemeWidth
			return true
		}
	}
	return false
}

// colored reports whether the terminal shows colours.
func (t terminal) colored() bool { return t.profile >= colorprofile.ANSI }

// look is how things are drawn on this terminal. Colour never says anything that a glyph or a word does not say too.
type look struct {
	terminal
	glyphs
	header   lipgloss.Style
	heading  lipgloss.Style
	strong   lipgloss.Style
	faint    lipgloss.Style
	selected lipgloss.Style
	focused  lipgloss.Style
	key      lipgloss.Style
	good     lipgloss.Style
	warning  lipgloss.Style
	bad      lipgloss.Style
	qr       lipgloss.Style
	form     *huh.Styles         // nil until a form is drawn
	entries  map[key.Help]string // of the help, as drawn
}

// glyphs are the characters that differ between a full font and the Linux console's.
type glyphs struct {
	into     string // between the steps of the way here
	cursor   string // marks the row that the keys act on
	dot      string // between facts on one line
	ellipsis string
	bullet   string
	chosen   string
	mask     string
	border   lipgloss.Border
}

var fullGlyphs = glyphs{
	into: "›", cursor: "›", dot: "·", ellipsis: "…", bullet: "•", chosen: "•", mask: "•",
	border: lipgloss.RoundedBorder(),
}

var asciiGlyphs = glyphs{
	into: ">", cursor: ">", dot: "|", ellipsis: "~", bullet: "-", chosen: "*", mask: "*",
	border: lipgloss.ASCIIBorder(),
}

func newLook(t terminal) *look {
	l := &look{terminal: t, glyphs: fullGlyphs, entries: map[key.Help]string{}}
	pick := lipgloss.LightDark(t.dark)
	// Of the 240 colours that terminals agree on: their names are half as long on the line as those of 24 bits.
	accent := pick(lipgloss.Color("25"), lipgloss.Color("117"))
	faint := pick(lipgloss.Color("240"), lipgloss.Color("247"))
	green := pick(lipgloss.Color("22"), lipgloss.Color("114"))
	amber := pick(lipgloss.Color("94"), lipgloss.Color("221"))
	red := pick(lipgloss.Color("124"), lipgloss.Color("210"))
	if t.linux {
		l.glyphs = asciiGlyphs
		accent, faint = lipgloss.BrightCyan, lipgloss.White
		green, amber, red = lipgloss.BrightGreen, lipgloss.BrightYellow, lipgloss.BrightRed
	}
	style := lipgloss.NewStyle
	l.header = style().Bold(true).Foreground(accent)
	l.heading = style().Bold(true)
	l.strong = style().Bold(true)
	l.faint = style().Foreground(faint)
	l.selected = style().Reverse(true)
	l.focused = style().Reverse(true).Bold(true)
	l.key = style().Foreground(accent)
	l.good = style().Foreground(green)
	l.warning = style().Foreground(amber)
	l.bad = style().Bold(true).Foreground(red)
	l.qr = style().Foreground(lipgloss.Color("#000000")).Background(lipgloss.Color("#ffffff"))
	return l
}
