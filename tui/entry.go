package tui

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"
)

// entry is one labelled line of a form: a text, a choice, a switch between two answers, or a fact that stands there to
// be read. Its value is a string whatever it is.
type entry struct {
	label string
	named func() string       // what it is called where that depends on other entries; nil: the label
	about string              // said below it while it has the keyboard
	note  func() string       // said below it always; may be nil
	rule  func(string) string // says what is wrong with a value, or ""; may be nil
	field huh.Field
	get   func() string
	set   func(string)
	given string // what it came with
	seen  bool   // it has been left once, or was to be saved: from then on an empty one is complained about
}

// The values of a switch.
const (
	yes = "yes"
	no  = "no"
)

// option is one of the values of a choice.
type option struct{ value, name string }

// newTextEntry makes an entry for one line of text.
func newTextEntry(l *look, label, value string) *entry {
	input := &textInput{Field: huh.NewNote(), text: field{look: l}}
	e := &entry{label: label, field: input, get: input.value, set: input.set}
	e.put(value)
	return e
}

// newFact makes an entry that can only be read.
func newFact(l *look, label, value string) *entry {
	e := newTextEntry(l, label, value)
	e.field.(*textInput).fixed = true
	return e
}

// newChoice makes an entry for one of several values. A value that is none of them is offered as it is.
func newChoice(label string, options []option, value string) *entry {
	var offered []huh.Option[string]
	known := false
	for _, o := range options {
		offered = append(offered, huh.NewOption(o.name, o.value))
		known = known || o.value == value
	}
	if !known {
		offered = append(offered, huh.NewOption(clean(value), value))
	}
	chosen := value
	choice := huh.NewSelect[string]().Inline(true).Options(offered...).Value(&chosen)
	e := &entry{label: label, field: choice, get: func() string { return chosen }, given: value}
	e.set = func(value string) { chosen = value; choice.Value(&chosen) }
	return e
}

// newSwitch makes an entry with two answers; its value is yes or no.
func newSwitch(label, affirmative, negative string, on bool) *entry {
	confirm := huh.NewConfirm().Inline(true).WithButtonAlignment(lipgloss.Left).Affirmative(affirmative).Negative(negative).Value(&on)
	e := &entry{label: label, field: confirm, get: func() string { return map[bool]string{true: yes, false: no}[on] }}
	e.set = func(value string) { on = value == yes }
	e.given = e.get()
	return e
}

func (e *entry) value() string { return e.get() }

// name is what stands before the value.
func (e *entry) name() string {
	if e.named != nil {
		return e.named()
	}
	return e.label
}

// put replaces the value, and what it counts as having come with.
func (e *entry) put(value string) {
	e.given = value
	e.set(value)
}

// rebase replaces what the value counts as having come with; what was typed stays.
func (e *entry) rebase(value string) {
	if !e.changed() {
		e.put(value)
		return
	}
	e.given = value
	if input, is := e.field.(*textInput); is {
		input.rebase(value)
	}
}

func (e *entry) changed() bool { return e.value() != e.given }

// wrong says which rule the value breaks, or "".
func (e *entry) wrong() string {
	if e.rule == nil {
		return ""
	}
	return e.rule(e.value())
}

func (e *entry) isSwitch() bool { _, is := e.field.(*huh.Confirm); return is }

func (e *entry) hasChoices() bool { _, is := e.field.(*huh.Select[string]); return is || e.isSwitch() }

// declines reports whether it is a confirmation's switch on the side that does nothing, which is the left one.
func (e *entry) declines() bool { return e.isSwitch() && e.label == "" && e.value() == yes }

// stackedBelow is the width below which labels stand above their values.
const stackedBelow = 48

// labelColumn is where the values begin, 0 where they stand below their labels.
func labelColumn(l *look, entries []*entry, w int) int {
	if w < stackedBelow {
		return 0
	}
	widest := 0
	for _, e := range entries {
		widest = max(widest, l.width(e.label))
	}
	if widest == 0 {
		return 0
	}
	return widest + 4
}

// draw draws the entry in w cells, its value from the column on, and says where in it the text cursor stands; the x is
// negative where there is none.
func (e *entry) draw(l *look, focused bool, column, w int) (lines []string, cursor point) {
	mark, label := " ", e.name()
	if focused {
		mark, label = l.glyphs.cursor, l.strong.Render(label)
	}
	head := mark + " " + label
	if column == 0 && e.label != "" {
		lines, head = append(lines, l.truncate(head, w)), ""
	}
	indent := max(column, 2)
	if e.label == "" {
		indent, head = 0, ""
	}
	value, at := e.line(l, focused, w-indent)
	cursor = point{-1, len(lines)}
	if at >= 0 {
		cursor.x = indent + at
	}
	lines = append(lines, l.pad(head, indent)+value)
	for _, line := range e.remarks(l, focused, w-indent) {
		lines = append(lines, strings.Repeat(" ", indent)+line)
	}
	return lines, cursor
}

// line draws the value alone.
func (e *entry) line(l *look, focused bool, w int) (text string, cursor int) {
	if input, is := e.field.(*textInput); is {
		return input.line(focused, w)
	}
	e.field.WithWidth(w)
	text, _, _ = strings.Cut(e.field.View(), "\n")
	return l.cut(text, 0, w), -1
}

// remarks are the lines below the value: what is wrong with it comes before everything else.
func (e *entry) remarks(l *look, focused bool, w int) []string {
	if wrong := e.wrong(); wrong != "" && (e.seen || e.changed()) {
		return styled(l.wrap(sentence(errors.New(wrong)), w), l.bad)
	}
	var lines []string
	if e.note != nil {
		lines = styled(l.wrap(e.note(), w), l.warning)
	}
	if focused {
		lines = append(lines, styled(l.wrap(e.about, w), l.faint)...)
	}
	return lines
}

func styled(lines []string, style lipgloss.Style) []string {
	for i := range lines {
		lines[i] = style.Render(lines[i])
	}
	return lines
}

// textInput is the console's text field as a field of huh's form; of the huh.Note in it only what a field has to have and
// this one does not need is used. huh's own Input cannot be told to leave the cursor to the terminal, where input methods
// write, and to stop its blinking, counts it in characters instead of cells, and lets characters through that turn the
// text around.
type textInput struct {
	huh.Field
	text     field
	original string        // the value as it was given
	shown    string        // as the field shows it, without the characters that cannot be typed
	usual    func() string // what stands for an empty value; may be nil
	fixed    bool
}

// value is what was typed, or the untouched value with all its characters.
func (t *textInput) value() string {
	if typed := t.text.value(); typed != t.shown {
		return typed
	}
	return t.original
}

func (t *textInput) set(value string) {
	t.text.set(value)
	t.rebase(value)
}

// rebase replaces the value as it was given, and leaves what was typed.
func (t *textInput) rebase(value string) {
	var shown field
	shown.insert(value)
	t.original, t.shown = value, shown.value()
}

func (t *textInput) line(focused bool, w int) (text string, cursor int) {
	l := t.text.look
	if t.fixed {
		return l.faint.Render(l.truncate(clean(t.original), w)), -1
	}
	if t.text.value() == "" && t.usual != nil && t.usual() != "" {
		text = l.faint.Render(l.truncate(clean(t.usual())+" (if left empty)", w))
		if focused {
			return text, 0
		}
		return text, -1
	}
	if !focused {
		return t.text.idle(w), -1
	}
	return t.text.view(w)
}

// Update edits the text.
func (t *textInput) Update(msg tea.Msg) (huh.Model, tea.Cmd) {
	t.text.update(msg)
	return t, nil
}

// Init, Focus and Blur have nothing to do: the form draws the focus.
func (t *textInput) Init() tea.Cmd  { return nil }
func (t *textInput) Focus() tea.Cmd { return nil }
func (t *textInput) Blur() tea.Cmd  { return nil }

// View is not what the form draws: that is line.
func (t *textInput) View() string { return t.value() }

// Skip says whether the keyboard passes it by.
func (t *textInput) Skip() bool { return t.fixed }

// formTheme draws huh's fields like the rest of the console. Huh asks for the styles many times a frame, so they are kept.
func (l *look) formTheme() huh.Theme {
	return huh.ThemeFunc(func(bool) *huh.Styles {
		if l.form == nil {
			l.form = l.formStyles()
		}
		return l.form
	})
}

func (l *look) formStyles() *huh.Styles {
	plain := lipgloss.NewStyle()
	bracketed := func(left, right string) func(string) string {
		return func(s string) string { return left + s + right }
	}
	fields := huh.FieldStyles{
		PrevIndicator: l.key.SetString("< "), NextIndicator: l.key.SetString(" >"), SelectedOption: plain,
		BlurredButton: plain.Transform(bracketed("[  ", "  ] ")), FocusedButton: plain.Transform(bracketed("[* ", "  ] ")),
	}
	focused := fields
	focused.SelectedOption = l.selected
	focused.FocusedButton = plain.Transform(func(s string) string { return l.focused.Render("[> "+s+" <]") + " " })
	return &huh.Styles{Blurred: fields, Focused: focused}
}
