package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// list is a cursor among rows, of which as many are drawn as there is room for.
type list struct {
	total  int // rows that there are
	cursor int
	offset int  // the first row that is drawn
	height int  // rows that are drawn
	noG    bool // g means something else here
}

// settle keeps the cursor on a row and the row in sight. A row out of sight comes to the middle: whoever moves on from the
// edge has all rows sent once in half a screen, and not for each step.
func (l *list) settle() {
	l.cursor = max(0, min(l.cursor, l.total-1))
	if l.cursor < l.offset || l.cursor >= l.offset+l.height {
		l.offset = l.cursor - l.height/2
	}
	l.offset = max(0, min(l.offset, l.total-l.height))
}

// moves are the keys that move the cursor.
func (l *list) moves() []key.Binding {
	some := l.total > 1
	first := bind("home/g", "first", "home", "g")
	if l.noG {
		first = bind("home", "first")
	}
	return []key.Binding{
		when(some, bind("up/k", "up", "up", "k")),
		when(some, bind("down/j", "down", "down", "j")),
		when(some, bind("pgup", "page up")),
		when(some, bind("pgdn", "page down", "pgdown")),
		when(some, first),
		when(some, bind("end/G", "last", "end", "G")),
	}
}

// update moves the cursor.
func (l *list) update(msg tea.KeyPressMsg) {
	switch msg.String() {
	case "up", "k":
		l.cursor--
	case "down", "j":
		l.cursor++
	case "pgup":
		l.cursor -= l.height
		l.offset -= l.height
	case "pgdown":
		l.cursor += l.height
		l.offset += l.height
	case "home", "g":
		l.cursor = 0
	case "end", "G":
		l.cursor = l.total - 1
	}
	l.settle()
}
