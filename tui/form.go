package tui

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
)

// formWidth is how wide the box of a form may become, in cells.
const formWidth = 74

// form is a box of labelled entries to fill in, and the one piece of work that saves them. What an entry's rule says is
// wrong stands below it while it is typed, and nothing is saved until no rule is broken. What the service refuses is
// shown in the box, and what was typed stays.
//
// huh keeps the focus and its fields. The form draws them, so that it knows where the terminal's cursor stands, which is
// where an input method writes, and how far to scroll; and it moves between them, so that no key leads out of the form
// by accident.
type form[T any] struct {
	*shared
	formText
	entries []*entry
	// work takes what the entries hold and gives what saves it; it runs in the background.
	work func() func(context.Context) (T, error)
	// done is told what came of it, when the box is closed.
	done func(T) tea.Cmd
	// review asks before the work is started, and calls start if it may be; nil: nothing is asked.
	review func() tea.Cmd
	// refused may take in a refusal, and reports whether it did; nil: all are shown as they are.
	refused func(error) bool
	// first gives the command that fetches what the form needs besides; may be nil.
	first func() tea.Cmd
	// heard gets every message but keys and pastes; may be nil.
	heard func(tea.Msg) tea.Cmd

	huh     *huh.Form
	problem string
	working request
	stop    context.CancelFunc // while it works

	width, height int
	scroller      scroller
	paged         bool // the admin has scrolled away from the entry with the keyboard
}

// formText is what a form says.
type formText struct {
	title string
	verb  string          // what saving is called in the help: "save"
	leave string          // what leaving it is called there; empty: "cancel"
	doing string          // what is said while it works: "Saving"
	about func() []string // paragraphs above the entries; may be nil
	// brief says that what is typed is not worth a question when the box is closed: a word typed as a confirmation.
	brief bool
}

// newForm makes the box. The caller may still set review, refused, first and heard.
func newForm[T any](s *shared, text formText, entries []*entry, work func() func(context.Context) (T, error), done func(T) tea.Cmd) *form[T] {
	text.leave = cmp.Or(text.leave, "cancel")
	f := &form[T]{shared: s, formText: text, entries: entries, work: work, done: done, scroller: scroller{look: s.look}}
	var fields []huh.Field
	for _, e := range entries {
		fields = append(fields, e.field)
	}
	f.huh = huh.NewForm(huh.NewGroup(fields...)).WithTheme(s.look.formTheme()).WithKeyMap(formKeys())
	f.huh.Init() // focuses the first entry; what its command would do (ask for the window's size) the root does
	return f
}

// formKeys are huh's keys within an entry. Those that lead from one to the next are the form's own.
func formKeys() *huh.KeyMap {
	none, sideways := key.NewBinding(), key.NewBinding(key.WithKeys("left", "right"))
	keys := &huh.KeyMap{Quit: none}
	keys.Select.Left, keys.Select.Right = key.NewBinding(key.WithKeys("left")), key.NewBinding(key.WithKeys("right"))
	keys.Confirm.Toggle = sideways
	return keys
}

func (f *form[T]) init() tea.Cmd {
	if f.first == nil {
		return nil
	}
	return f.first()
}

func (f *form[T]) setSize(width, height int) {
	f.width, f.height = width, height
	f.draw()
}

func (f *form[T]) frame() frame {
	_, cursor := f.draw()
	return frame{title: f.title, alone: true, float: true, cursor: cursor}
}

func (f *form[T]) keyMap() []key.Binding {
	idle, last := f.working == 0, f.last()
	e := f.focused()
	return []key.Binding{
		when(idle && !last, bind("enter", "next", "enter")),
		when(idle && last && !e.declines(), bind("enter", f.verb)),
		when(idle && last && e.declines(), bind("enter", f.leave)),
		when(idle && f.many(), bind("tab", "other", "tab", "shift+tab", "up", "down")),
		when(idle && !f.many() && e.isSwitch(), bind("tab", "other", "tab", "shift+tab", "left", "right", "up", "down")),
		when(idle && f.many() && e.hasChoices(), bind("left/right", "choose", "left", "right")),
		when(idle && f.many(), bind("ctrl+s", f.verb)),
		bind("esc", f.leave),
		when(f.scroller.overflows() && (!f.many() || len(f.text()) > 0), f.scroller.pages()),
	}
}

func (f *form[T]) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return f.key(msg)
	case tea.PasteMsg:
		if f.working == 0 {
			f.edit(msg)
		}
		return nil
	case reply[T]:
		if msg.to == f.working {
			return f.worked(msg)
		}
	}
	if f.heard != nil {
		return f.heard(msg)
	}
	return nil
}

func (f *form[T]) key(msg tea.KeyPressMsg) tea.Cmd {
	pressed := msg.String()
	if key.Matches(msg, f.scroller.pages()) {
		f.paged = true
		f.scroller.update(msg)
		return nil
	}
	switch {
	case pressed == "esc":
		return f.cancel()
	case f.working != 0:
		return nil
	}
	f.paged = false
	switch pressed {
	case "enter":
		return f.enter()
	case "ctrl+s":
		return f.save()
	case "tab", "down":
		f.move(+1)
	case "shift+tab", "up":
		f.move(-1)
	default:
		f.edit(msg)
	}
	return nil
}

// edit gives a key or a paste to the entry that has the keyboard. None of the entries answers with a command.
func (f *form[T]) edit(msg tea.Msg) {
	f.problem = ""
	f.huh.Update(msg)
}

// focus is the number of the entry that has the keyboard.
func (f *form[T]) focus() int {
	has := f.huh.GetFocusedField()
	for i, e := range f.entries {
		if e.field == has {
			return i
		}
	}
	return 0
}

func (f *form[T]) focused() *entry { return f.entries[f.focus()] }

// open lists the entries that can be changed.
func (f *form[T]) open() []int {
	var open []int
	for i, e := range f.entries {
		if !e.field.Skip() {
			open = append(open, i)
		}
	}
	return open
}

func (f *form[T]) many() bool { return len(f.open()) > 1 }

func (f *form[T]) last() bool { open := f.open(); return f.focus() == open[len(open)-1] }

// move gives the keyboard to the entry after or before this one, round and round. Between the two sides of a switch that
// stands alone it moves as well.
func (f *form[T]) move(by int) {
	open := f.open()
	if len(open) == 1 {
		if e := f.focused(); e.isSwitch() {
			e.put(map[string]string{yes: no, no: yes}[e.value()])
		}
		return
	}
	for i, n := range open {
		if n == f.focus() {
			f.goTo(open[(i+by+len(open))%len(open)])
			return
		}
	}
}

// goTo gives the keyboard to an entry.
func (f *form[T]) goTo(i int) {
	f.focused().seen = true
	for f.focus() < i {
		f.huh.NextField()
	}
	for f.focus() > i {
		f.huh.PrevField()
	}
}

func (f *form[T]) enter() tea.Cmd {
	switch {
	case !f.last():
		f.move(+1)
		return nil
	case f.focused().declines():
		f.nav.close(f)
		return nil
	}
	return f.save()
}

// save goes to the first entry that breaks a rule, or else starts the work, after the review if there is one.
func (f *form[T]) save() tea.Cmd {
	for i, e := range f.entries {
		e.seen = true
		if !e.field.Skip() && e.wrong() != "" {
			f.goTo(i)
			return nil
		}
	}
	f.problem = ""
	if f.review != nil {
		return f.review()
	}
	return f.start()
}

// start begins the work.
func (f *form[T]) start() tea.Cmd {
	work := f.work()
	var ctx context.Context
	ctx, f.stop = context.WithCancel(f.ctx)
	var cmd tea.Cmd
	f.working, cmd = ask(f.shared, func(context.Context) (T, error) { return work(ctx) })
	return cmd
}

func (f *form[T]) worked(msg reply[T]) tea.Cmd {
	f.working = 0
	f.stop()
	switch {
	case msg.err == nil:
		f.nav.close(f)
		return f.done(msg.value)
	case errors.Is(msg.err, context.Canceled):
		f.problem = "Cancelled: nothing has been changed."
	case ended(msg.err):
		return f.nav.fail(msg.err)
	case f.refused != nil && f.refused(msg.err):
	default:
		f.problem = sentence(msg.err)
	}
	return nil
}

// cancel closes the box, after a question where something was typed. While it works it asks the work to stop; the answer
// says whether it still could.
func (f *form[T]) cancel() tea.Cmd {
	if f.working != 0 {
		f.stop()
		return nil
	}
	if f.brief || !f.changed() {
		f.nav.close(f)
		return nil
	}
	text := formText{title: "Throw away what was typed?", verb: "THROW AWAY", leave: "go on",
		about: func() []string { return []string{"Nothing has been saved: what was typed would be lost."} }}
	return f.nav.push(newQuestion(f.shared, text, "Go on typing", "Throw away", func() tea.Cmd {
		f.nav.close(f)
		return nil
	}))
}

// changed reports whether an entry holds something else than it came with.
func (f *form[T]) changed() bool {
	for _, e := range f.entries {
		if e.changed() {
			return true
		}
	}
	return false
}

func (f *form[T]) view() string {
	lines, _ := f.draw()
	return strings.Join(lines, "\n")
}

// draw lays the box out, and says where the text cursor stands. Where room is short the border goes, and what does not
// fit scrolls with the entry that has the keyboard; what the service said always has its place.
func (f *form[T]) draw() ([]string, *point) {
	bordered := f.height >= 12
	w, inner, border := f.width, f.width, 0
	if bordered {
		w, border = min(f.width-2, formWidth), 1
		inner = w - 4
	}
	lines, at := f.lines(inner)
	var below []string
	if !f.many() { // the one entry stays in sight, and what is read first is the beginning of the text
		below, lines = lines[at.top:], lines[:at.top]
	}
	below = append(below, f.said(inner)...)
	below = below[:min(len(below), max(1, f.height-2*border-2))]
	f.scroller.show(lines, max(0, min(f.height-2*border-len(below), len(lines))))
	if !f.paged && f.many() {
		f.follow(at)
	}
	shown := append(append([]string(nil), f.scroller.view()...), below...)
	cursor := f.cursor(at, len(shown))
	if !bordered {
		for i := range shown {
			shown[i] = f.look.fit(shown[i], w)
		}
		return shown, cursor
	}
	if cursor != nil {
		cursor = &point{cursor.x + 2, cursor.y + 1}
	}
	return f.look.box(f.title, shown, w), cursor
}

// follow scrolls to the entry that has the keyboard. The line below it must not be the last one of the window, which may
// only count what follows.
func (f *form[T]) follow(at place) {
	s := &f.scroller
	below := min(at.bottom+1, len(s.lines)-1)
	s.offset = max(0, below-s.height+1, min(s.offset, at.top))
	if below < s.height {
		s.offset = 0
	}
	s.offset = min(s.offset, at.top, max(0, len(s.lines)-s.height))
}

// cursor is where the text cursor stands in the box of so many lines, if it is in sight at all.
func (f *form[T]) cursor(at place, height int) *point {
	y, end := at.top+at.down-f.scroller.offset, f.scroller.height
	if !f.many() {
		y, end = f.scroller.height+at.down, height
	}
	if f.working != 0 || at.column < 0 || y < 0 || y >= end {
		return nil
	}
	return &point{at.column, y}
}

// place is where the entry that has the keyboard stands: its first and last line, and the text cursor's column, which
// is negative where there is none, and how many lines below the first.
type place struct{ top, bottom, column, down int }

func (f *form[T]) lines(w int) (lines []string, at place) {
	for _, paragraph := range f.text() {
		lines = append(lines, f.paragraph(paragraph, w)...)
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	column := labelColumn(f.look, f.entries, w)
	for i, e := range f.entries {
		top := len(lines)
		drawn, cursor := e.draw(f.look, i == f.focus(), column, w)
		lines = append(lines, drawn...)
		if i == f.focus() {
			at = place{top, len(lines) - 1, cursor.x, cursor.y}
		}
	}
	return lines, at
}

// text gives the paragraphs above the entries.
func (f *form[T]) text() []string {
	if f.about == nil {
		return nil
	}
	return f.about()
}

// paragraph wraps what stands above the entries; an empty one is an empty line.
func (f *form[T]) paragraph(text string, w int) []string {
	if text == "" {
		return []string{""}
	}
	if point, is := strings.CutPrefix(text, f.look.bullet+" "); is {
		return f.look.hang(f.look.bullet+" ", point, w)
	}
	return f.look.wrap(text, w)
}

// said is what stands below the entries: what is being done, or what came of it.
func (f *form[T]) said(w int) []string {
	if f.working != 0 {
		return []string{f.look.truncate(f.doing+f.look.ellipsis, w)}
	}
	lines := f.look.wrap(f.problem, w)
	for i := range lines {
		lines[i] = f.look.warning.Render(lines[i])
	}
	return lines
}
