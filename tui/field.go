package tui

import (
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// maxField is how many characters a field takes: enough for every value there is, and a mistaken paste does no harm.
const maxField = 1024

// field is one line of text that can be edited. Its cursor moves by clusters and its view is counted in cells, so that
// it stands in the right column behind wide characters and combining marks.
type field struct {
	look   *look
	masked bool
	before []string // clusters left of the cursor
	after  []string // clusters from the cursor on
	hidden int      // clusters of before that the view has scrolled past
}

func (f *field) value() string { return strings.Join(f.before, "") + strings.Join(f.after, "") }

// set replaces the text and puts the cursor behind it.
func (f *field) set(s string) {
	f.before, f.after = nil, nil
	f.insert(s)
}

// insert puts text at the cursor. Line breaks and control characters, which pastes bring along, are left out; where the
// text is shown, so is everything else that Clean would have to spell out.
func (f *field) insert(s string) {
	var kept strings.Builder
	room := maxField - utf8.RuneCountInString(f.value())
	for _, r := range s {
		visible := r >= ' ' && r != 0x7f && (f.masked || clean(string(r)) == string(r))
		if visible && room > 0 {
			kept.WriteRune(r)
			room--
		}
	}
	// The text may join with what stands before it into one cluster: a combining mark does.
	f.before = clusters(strings.Join(f.before, "") + kept.String())
}

func clusters(s string) []string {
	var all []string
	for len(s) > 0 {
		cluster, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		all = append(all, cluster)
		s = s[len(cluster):]
	}
	return all
}

// update edits the text, and reports whether it has changed.
func (f *field) update(msg tea.Msg) (changed bool) {
	old := len(f.before) + len(f.after)
	switch msg := msg.(type) {
	case tea.PasteMsg:
		f.insert(msg.Content)
		return true
	case tea.KeyPressMsg:
		if msg.Text != "" { // an input method sends several characters at once
			f.insert(msg.Text)
			return true
		}
		f.edit(msg.String())
	}
	return len(f.before)+len(f.after) != old
}

func (f *field) edit(key string) {
	switch key {
	case "left", "ctrl+b":
		f.left()
	case "right", "ctrl+f":
		f.right()
	case "home", "ctrl+a":
		f.before, f.after = nil, append(f.before, f.after...)
	case "end", "ctrl+e":
		f.before, f.after = append(f.before, f.after...), nil
	case "backspace", "ctrl+h":
		f.before = f.before[:max(0, len(f.before)-1)]
	case "delete", "ctrl+d":
		f.after = f.after[min(1, len(f.after)):]
	case "ctrl+u":
		f.before = nil
	case "ctrl+k":
		f.after = nil
	case "ctrl+w":
		f.word()
	}
}

func (f *field) left() {
	if n := len(f.before); n > 0 {
		f.after = append([]string{f.before[n-1]}, f.after...)
		f.before = f.before[:n-1]
	}
}

func (f *field) right() {
	if len(f.after) > 0 {
		f.before = append(f.before, f.after[0])
		f.after = f.after[1:]
	}
}

// word deletes the word left of the cursor.
func (f *field) word() {
	text := strings.TrimRight(strings.Join(f.before, ""), " ")
	f.before = clusters(text[:strings.LastIndexByte(text, ' ')+1])
}

// view draws the text in w cells, and says in which of them the cursor stands. It scrolls no further than the cursor
// makes it, or a text that has become shorter.
func (f *field) view(w int) (text string, cursor int) {
	before, right := f.drawn(f.before), strings.Join(f.drawn(f.after), "")
	f.hidden = min(f.hidden, len(before))
	from := func(first int) string { return strings.Join(before[first:], "") }
	for f.hidden > 0 && f.look.width(from(f.hidden-1)+right) <= w-1 {
		f.hidden--
	}
	for f.hidden < len(before) && f.look.width(from(f.hidden)) > w-1 {
		f.hidden++
	}
	left := from(f.hidden)
	right = f.look.cut(right, 0, w-f.look.width(left))
	return f.look.pad(left+right, w), f.look.width(left)
}

// idle draws the text of a field that does not have the keyboard: from its start.
func (f *field) idle(w int) string {
	return f.look.fit(strings.Join(f.drawn(f.before), "")+strings.Join(f.drawn(f.after), ""), w)
}

func (f *field) drawn(clusters []string) []string {
	drawn := make([]string, len(clusters))
	for i, c := range clusters {
		if f.masked {
			drawn[i] = f.look.mask
		} else {
			drawn[i] = clean(c)
		}
	}
	return drawn
}
