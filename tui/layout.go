package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// The smallest terminal that the console draws on, in cells.
const (
	minWidth  = 40
	minHeight = 10
)

// layout gives every screen of the page in sight the room that header, status line and help leave.
func (r *root) layout() {
	if r.tooSmall() {
		return
	}
	height := r.height - len(r.help())
	if !r.base().frame().bare {
		height -= 1 + len(r.status())
	}
	for _, s := range r.stack() {
		s.setSize(r.width, height)
	}
}

func (r *root) tooSmall() bool { return r.width < minWidth || r.height < minHeight }

// View draws the whole terminal.
func (r *root) View() tea.View {
	var v tea.View
	if r.width <= 0 || r.height <= 0 {
		return v
	}
	if r.tooSmall() {
		text := fmt.Sprintf("terminal too small: %dx%d needed, this is %dx%d", minWidth, minHeight, r.width, r.height)
		lines := r.shared.look.wrap(text, r.width)
		v.SetContent(strings.Join(lines[:min(len(lines), r.height)], "\n"))
		return v
	}
	lines, cursor := r.draw()
	v.SetContent(strings.Join(lines, "\n"))
	if cursor != nil {
		v.Cursor = tea.NewCursor(cursor.x, cursor.y)
	}
	return v
}

func (r *root) draw() (lines []string, cursor *point) {
	help := r.help()
	if !r.base().frame().bare {
		lines = append(lines, r.header())
	}
	above := len(lines)
	below := len(help)
	if above > 0 {
		below += len(r.status())
	}
	body, cursor := r.body(r.height - above - below)
	if cursor != nil {
		cursor = &point{cursor.x, cursor.y + above}
	}
	lines = append(lines, body...)
	if above > 0 {
		lines = append(lines, r.status()...)
	}
	return append(lines, help...), cursor
}

// body draws the base and the boxes above it, height lines in all.
func (r *root) body(height int) (lines []string, cursor *point) {
	stack := r.stack()
	base := slices.Index(stack, r.base())
	lines = strings.Split(stack[base].view(), "\n")
	lines = append(lines[:min(len(lines), height)], make([]string, max(0, height-len(lines)))...)
	cursor = stack[base].frame().cursor
	for _, s := range stack[base+1:] {
		box := strings.Split(s.view(), "\n")
		x := max(0, (r.width-r.shared.look.width(box[0]))/2)
		y := max(0, (height-len(box))/2)
		lines = r.shared.look.overlay(lines, box, x, y)
		if cursor = s.frame().cursor; cursor != nil {
			cursor = &point{cursor.x + x, cursor.y + y}
		}
	}
	return lines, cursor
}

// header names the pages, with the way that is open on the one in sight, the team, and on the right who is signed in.
// Where there is no room for all that, the team goes first, then the other pages' names, then the way's first steps.
func (r *root) header() string {
	l := r.shared.look
	right := l.truncate(clean(r.shared.admin.Name), r.width/3)
	way := r.way()
	shorter := []string{r.tabs(way, true), r.tabs(way, false)}
	if team := clean(r.shared.settings.TeamName); team != "" {
		shorter = append([]string{shorter[0] + " " + l.dot + "  " + team}, shorter...)
	}
	for i := 1; i < len(way); i++ {
		shorter = append(shorter, r.tabs(append([]string{l.ellipsis}, way[i:]...), false))
	}
	left := shorter[len(shorter)-1]
	for _, text := range slices.Backward(shorter) {
		if l.width(text)+2+l.width(right) <= r.width {
			left = text
		}
	}
	return l.header.Render(l.spread(left, right, r.width))
}

// way are the titles of the page in sight and of what is open on it.
func (r *root) way() []string {
	way := []string{r.pages.shown.title}
	for _, s := range r.stack()[1:] {
		if title := s.frame().title; title != "" {
			way = append(way, title)
		}
	}
	return way
}

// tabs writes the pages' keys, with the way in place of the name of the page in sight; the others' names can be left
// out. With them, the brackets take the place of spaces, so that no name moves when another page is shown.
func (r *root) tabs(way []string, names bool) string {
	var tabs []string
	for _, p := range r.pages.all {
		switch {
		case p == r.pages.shown:
			tabs = append(tabs, "["+p.key+" "+strings.Join(way, " "+r.shared.look.into+" ")+"]")
		case names:
			tabs = append(tabs, " "+p.key+" "+p.title+" ")
		default:
			tabs = append(tabs, p.key)
		}
	}
	if names {
		return strings.Join(tabs, "")
	}
	return strings.Join(tabs, " ")
}

// leastMessage is how many lines a message has even in the smallest terminal: it says what to do in its last words, and
// goes with the next key.
const leastMessage = 3

// status is the message, or else what the topmost screen that has anything to say says.
func (r *root) status() []string {
	l := r.shared.look
	if r.message != "" {
		lines := l.wrap(r.message, r.width)
		if most := max(leastMessage, r.height/8); len(lines) > most {
			lines = lines[:most]
			lines[most-1] = l.truncate(lines[most-1]+l.ellipsis, r.width)
		}
		for i := range lines {
			lines[i] = l.warning.Render(lines[i])
		}
		return lines
	}
	for _, s := range slices.Backward(r.stack()) {
		if status := s.frame().status; status != "" {
			return []string{l.faint.Render(l.truncate(status, r.width))}
		}
	}
	return []string{""}
}

// help is made from the keys that do something now. Where letters are text there is no overview of all keys, so all of
// them have to be named here. The way back is always named: who does not see it quits. A screen without a status line
// has its messages here.
func (r *root) help() []string {
	if r.message != "" && r.base().frame().bare {
		return r.status()
	}
	out := ""
	if len(r.stack()) > 1 {
		out = "esc"
	}
	if r.globals().help.Enabled() {
		return r.shared.look.helpLines(r.bindings(), out, 2, r.width, 1)
	}
	return r.shared.look.helpLines(r.bindings(), out, 1, r.width, 2)
}
