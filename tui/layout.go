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

// layout gives every screen the room that header, status line and help leave.
func (r *root) layout() {
	if r.tooSmall() {
		return
	}
	height := r.height - len(r.help())
	if !r.base().frame().bare {
		height -= 1 + len(r.status())
	}
	for _, s := range r.stack {
		s.setSize(r.width, height)
	}
}

func (r *root) tooSmall() bool { return r.width < minWidth || r.height < minHeight }

// View draws the whole terminal.
func (r *root) View() tea.View {
	v := tea.View{AltScreen: true}
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
	base := slices.Index(r.stack, r.base())
	lines = strings.Split(r.stack[base].view(), "\n")
	lines = append(lines[:min(len(lines), height)], make([]string, max(0, height-len(lines)))...)
	cursor = r.stack[base].frame().cursor
	for _, s := range r.stack[base+1:] {
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

// header says the way here and, on the right, who is signed in. Where the way is too long its first steps go.
func (r *root) header() string {
	l := r.shared.look
	way := []string{"Team Admin", "Member"}
	for _, s := range r.stack {
		if title := s.frame().title; title != "" {
			way = append(way, title)
		}
	}
	into := " " + l.into + " "
	right := l.truncate(clean(r.shared.admin.Name), r.width/3)
	left := strings.Join(way, into)
	for len(way) > 1 && l.width(left)+2+l.width(right) > r.width {
		way = way[1:]
		left = l.ellipsis + into + strings.Join(way, into)
	}
	if team := clean(r.shared.settings.TeamName); team != "" && l.width(left)+l.width(team)+l.width(right)+7 <= r.width {
		left += "  " + l.dot + "  " + team
	}
	return l.header.Render(l.spread(left, right, r.width))
}

// status is the message, or else what the topmost screen that has anything to say says.
func (r *root) status() []string {
	l := r.shared.look
	if r.message != "" {
		lines := l.wrap(r.message, r.width)
		lines = lines[:min(len(lines), max(1, r.height/8))]
		for i := range lines {
			lines[i] = l.warning.Render(lines[i])
		}
		return lines
	}
	for _, s := range slices.Backward(r.stack) {
		if status := s.frame().status; status != "" {
			return []string{l.faint.Render(l.truncate(status, r.width))}
		}
	}
	return []string{""}
}

// help is made from the keys that do something now. Where letters are text there is no overview of all keys, so all of
// them have to be named here. A screen without a status line has its messages here.
func (r *root) help() []string {
	if r.message != "" && r.base().frame().bare {
		return r.status()
	}
	quit, help := r.globals()
	bindings := r.top().keyMap()
	if help.Enabled() {
		return r.shared.look.helpLines(append(bindings, help, quit), 2, r.width, 1)
	}
	return r.shared.look.helpLines(append(bindings, quit), 1, r.width, 2)
}
