package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// filter is the line above the table: what is searched for, and in which field of the members.
type filter struct {
	look     *look
	text     field
	by       account.Field
	focused  bool // the keyboard writes into it
	choosing bool // the list of fields is open
	choice   int  // the field that the list's cursor is on
}

func newFilter(l *look) filter { return filter{look: l, text: field{look: l}} }

// filterEvent is what a key has done to the filter.
type filterEvent int

const (
	filterKept    filterEvent = iota // it asks for the same as before
	filterChanged                    // it asks for something else
	filterLeft                       // the keyboard goes to the list
	filterCleared                    // the same, and everybody is asked for
)

func (f *filter) keyMap() []key.Binding {
	if f.choosing {
		return []key.Binding{
			bind("up/down", "choose", "up", "down", "k", "j"),
			bind("enter", "search this field"),
			bind("esc", "back"),
		}
	}
	return []key.Binding{bind("enter", "to the list", "enter", "down"), bind("esc", "clear"), bind("tab", "field")}
}

// update takes a key or a paste while the filter has the keyboard.
func (f *filter) update(msg tea.Msg) filterEvent {
	press, isKey := msg.(tea.KeyPressMsg)
	switch {
	case f.choosing && isKey:
		return f.choose(press.String())
	case f.choosing:
		return filterKept
	case isKey && (press.String() == "enter" || press.String() == "down"):
		f.focused = false
		return filterLeft
	case isKey && press.String() == "esc":
		f.focused = false
		f.clear()
		return filterCleared
	case isKey && press.String() == "tab":
		f.choosing, f.choice = true, int(f.by)
		return filterKept
	case f.text.update(msg):
		return filterChanged
	}
	return filterKept
}

// clear asks for everybody again.
func (f *filter) clear() {
	f.text.set("")
	f.by = account.FieldAll
}

// empty reports whether there is nothing to clear.
func (f *filter) empty() bool { return f.text.value() == "" && f.by == account.FieldAll }

// choose handles a key while the list of fields is open.
func (f *filter) choose(key string) filterEvent {
	fields := account.Fields()
	switch key {
	case "up", "k":
		f.choice = max(0, f.choice-1)
	case "down", "j":
		f.choice = min(len(fields)-1, f.choice+1)
	case "esc":
		f.choosing = false
	case "enter":
		f.choosing = false
		f.by = fields[f.choice]
		return filterChanged
	}
	return filterKept
}

// line draws the filter in w cells, and says in which column its text cursor stands.
func (f *filter) line(w int) (line string, column int) {
	mark := " "
	if f.focused {
		mark = f.look.glyphs.cursor
	}
	prefix := mark + " Filter " + lowered(f.by.String()) + ": "
	used := f.look.width(prefix)
	text, at := f.text.view(w - used)
	return f.look.heading.Render(prefix) + text, used + at
}

// list draws the fields that can be chosen in at most so many lines, without a border where there is no room for one.
func (f *filter) list(height int) []string {
	const width = 18
	l := f.look
	var lines []string
	for i, field := range account.Fields() {
		line := l.pad("  "+field.String(), width)
		if i == f.choice {
			line = l.selected.Render(l.pad(l.glyphs.cursor+" "+field.String(), width))
		}
		lines = append(lines, line)
	}
	if len(lines)+2 <= height {
		return l.box("Search in", lines, width+4)
	}
	first := max(0, min(f.choice-height/2, len(lines)-height))
	return lines[first:min(len(lines), first+height)]
}
