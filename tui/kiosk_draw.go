package tui

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"rekey/member"
)

// Sizes of the kiosk's pages, in cells.
const (
	sheetWidth  = 64 // of a page on a terminal with room around it
	roomyWidth  = 60 // from here on there are borders and blank lines
	roomyHeight = 22
	tagWidth    = 18 // of a field's label where there are no borders
)

// sheet is what a page is drawn on, line below line.
type sheet struct {
	look   *look
	width  int
	roomy  bool
	lines  []string
	cursor *point
}

func (s *sheet) text(style lipgloss.Style, text string) {
	for _, line := range s.wrap(text, s.width) {
		s.lines = append(s.lines, style.Render(line))
	}
}

// short is text on no more than so many lines.
func (s *sheet) short(style lipgloss.Style, text string, lines int) {
	wrapped := s.wrap(text, s.width)
	if len(wrapped) > lines {
		wrapped = wrapped[:lines]
		wrapped[lines-1] = s.look.truncate(wrapped[lines-1]+s.look.ellipsis, s.width)
	}
	for _, line := range wrapped {
		s.lines = append(s.lines, style.Render(line))
	}
}

// problem says what is wrong, with a mark for those who see no colour.
func (s *sheet) problem(text string) {
	const mark = "! "
	for i, line := range s.wrap(text, s.width-len(mark)) {
		if i == 0 {
			line = mark + line
		} else {
			line = strings.Repeat(" ", len(mark)) + line
		}
		s.lines = append(s.lines, s.look.bad.Render(line))
	}
}

// list writes entries below a heading.
func (s *sheet) list(heading string, entries ...string) {
	s.text(lipgloss.NewStyle(), heading)
	for _, entry := range entries {
		s.lines = append(s.lines, s.look.hang("  "+s.look.bullet+" ", entry, s.width)...)
	}
}

// wrap breaks text into lines of at most w cells, at spaces and behind Japanese commas and full stops.
func (s *sheet) wrap(text string, w int) []string {
	var lines []string
	line := ""
	for _, piece := range breakable(text) {
		if s.look.width(line)+s.look.width(strings.TrimRight(piece, " ")) <= w {
			line += piece
			continue
		}
		if line != "" {
			lines = append(lines, strings.TrimRight(line, " "))
		}
		chopped := s.look.chop(piece, w)
		lines = append(lines, chopped[:len(chopped)-1]...)
		line = chopped[len(chopped)-1]
	}
	return append(lines, strings.TrimRight(line, " "))
}

// breakable cuts text behind everything that a line may end with.
func breakable(text string) []string {
	var pieces []string
	for text != "" {
		end := strings.IndexAny(text, " 、。：")
		if end < 0 {
			return append(pieces, text)
		}
		_, size := utf8.DecodeRuneInString(text[end:])
		pieces = append(pieces, text[:end+size])
		text = text[end+size:]
	}
	return pieces
}

// gap leaves a line blank where there is room.
func (s *sheet) gap() {
	if s.roomy {
		s.lines = append(s.lines, "")
	}
}

// field draws a labelled field. The one that the keys go to is marked and holds the text cursor.
func (s *sheet) field(label string, f *field, focused bool) {
	l := s.look
	mark := strings.Repeat(" ", l.width(l.glyphs.cursor))
	if focused {
		mark = l.glyphs.cursor
	}
	if !s.roomy {
		if focused {
			label = l.strong.Render(label)
		}
		prefix := mark + " " + l.pad(label, min(tagWidth, s.width/2))
		text, column := f.view(s.width - l.width(prefix))
		s.at(focused, l.width(prefix)+column, len(s.lines))
		s.lines = append(s.lines, prefix+text)
		return
	}
	title := label
	if focused {
		title = mark + " " + label
	}
	text, column := f.view(s.width - 4)
	s.at(focused, 2+column, len(s.lines)+1)
	s.lines = append(s.lines, l.box(title, []string{text}, s.width)...)
}

func (s *sheet) at(focused bool, x, y int) {
	if focused {
		s.cursor = &point{x, y}
	}
}

// View draws the whole terminal. It never panics: Bubble Tea would end the kiosk.
func (k *kiosk) View() (v tea.View) {
	defer func() {
		if cause := recover(); cause != nil {
			k.report("drawing the kiosk", panicked(cause))
			v = tea.View{}
		}
	}()
	if k.left || k.width <= 0 || k.height <= 0 {
		return v
	}
	lines, cursor := k.draw()
	v.SetContent(strings.Join(lines, "\n"))
	if cursor != nil {
		v.Cursor = tea.NewCursor(cursor.x, cursor.y)
	}
	return v
}

// draw puts the page between the header and the keys, in the middle of the terminal.
func (k *kiosk) draw() (lines []string, cursor *point) {
	t := k.language.texts()
	if k.width < minWidth || k.height < minHeight {
		text := fmt.Sprintf(t.tooSmall, minWidth, minHeight, k.width, k.height)
		lines = k.look.wrap(text, k.width)
		return lines[:min(len(lines), k.height)], nil
	}
	roomy := k.width >= roomyWidth && k.height >= roomyHeight
	header := k.header(t, roomy)
	help := k.look.helpLines(k.keys(t), "", 2, k.width, 2)
	footer := help
	if roomy {
		footer = append([]string{k.countdown(t), ""}, help...)
	}
	s := &sheet{look: k.look, width: min(k.width-2, sheetWidth), roomy: roomy}
	k.page.draw(s, t)
	room := k.height - len(header) - len(footer)
	body := s.lines[:min(len(s.lines), room)]

	x, y := (k.width-s.width)/2, (room-len(body))/2
	lines = append(header, make([]string, y)...)
	for _, line := range body {
		lines = append(lines, strings.Repeat(" ", x)+line)
	}
	if s.cursor != nil && s.cursor.y < len(body) {
		cursor = &point{s.cursor.x + x, s.cursor.y + len(header) + y}
	}
	lines = append(lines, make([]string, k.height-len(footer)-len(lines))...)
	return append(lines, footer...), cursor
}

// header names the product and the team. On a small terminal it gives way to the countdown.
func (k *kiosk) header(t *kioskTexts, roomy bool) []string {
	l := k.look
	if countdown := k.countdown(t); countdown != "" && !roomy {
		return []string{countdown}
	}
	names := k.drawable(k.settings.ProductName)
	if team := k.drawable(k.settings.TeamName); team != "" {
		if names != "" {
			names += "  " + l.dot + "  "
		}
		names += team
	}
	names = l.truncate(names, k.width)
	line := strings.Repeat(" ", (k.width-l.width(names))/2) + l.header.Render(names)
	if !roomy {
		return []string{line}
	}
	return []string{"", line, "", l.faint.Render(strings.Repeat(l.border.Top, k.width))}
}

// countdown says when the page closes, once that is near.
func (k *kiosk) countdown(t *kioskTexts) string {
	left := k.closes.Sub(k.now)
	if k.working != 0 || left > k.page.warns() {
		return ""
	}
	return k.look.warning.Render(k.look.truncate(fmt.Sprintf(t.closesIn, seconds(left)), k.width))
}

// keys are the page's, and those that work everywhere.
func (k *kiosk) keys(t *kioskTexts) []key.Binding {
	_, leaving := k.page.(*leavePage)
	return append(k.page.keys(t),
		when(k.bilingual(), bind(strings.ToUpper(kioskLanguageKey), t.otherLanguage, kioskLanguageKey)),
		when(!leaving && k.working == 0, bind(strings.ToUpper(kioskLeaveKey), t.keyAdmin, kioskLeaveKey)),
	)
}

// who names a member: the login first, because it tells namesakes apart and can be drawn everywhere.
func (k *kiosk) who(m member.Member) string {
	who := clean(m.Account())
	if name := k.drawable(m.Name); name != "" {
		who += " (" + name + ")"
	}
	return who
}

// drawable makes foreign text safe to draw. Text that the Linux console has no glyphs for is left out: rows of
// replacement marks tell nobody anything.
func (k *kiosk) drawable(s string) string {
	if k.terminal.linux && strings.ContainsFunc(s, func(r rune) bool { return r > '\u00ff' }) {
		return ""
	}
	return clean(s)
}

// seconds is a span in whole seconds, rounded up: a countdown ends at 1.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
