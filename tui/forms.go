package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// forms is the box that saves the forms of many members: of all, or of one department; as files or as one document.
type forms struct {
	*shared
	count       func() []account.Department // lists the departments, in the background
	counting    request
	departments []account.Department // the first is everybody; none until they have been counted
	shown       []account.Department // those that the typed text leaves
	cursor      int                  // among the shown
	filter      field
	document    bool
	path        field // empty: the usual place
	focus       formsFocus

	replace string // the existing document that the next Enter replaces
	problem string
	working request
	stop    context.CancelFunc // while it works
	written *formsProgress

	width, height int
}

// formsFocus is what the keys act on.
type formsFocus int

const (
	onDepartment formsFocus = iota
	onKind
	onPath
)

// formsProgress is how far the writing is. It is written in the background and read when the box is drawn.
type formsProgress struct{ done, of atomic.Int64 }

// newForms makes the box; count lists the departments, the first is everybody.
func newForms(s *shared, count func() []account.Department) *forms {
	b := &forms{shared: s, count: count}
	b.filter.look, b.path.look = s.look, s.look
	return b
}

func (b *forms) init() tea.Cmd {
	count := b.count
	var cmd tea.Cmd
	b.counting, cmd = ask(b.shared, func(context.Context) ([]account.Department, error) { return count(), nil })
	return cmd
}

// counted lists the departments, or closes the box where there is nobody who has a form.
func (b *forms) counted(departments []account.Department) {
	b.counting = 0
	if departments[0].Members == 0 {
		b.nav.close(b)
		b.nav.say("No member has a login ID, and forms are for those who do.")
		return
	}
	b.departments = departments
	b.search()
}

func (b *forms) setSize(width, height int) { b.width, b.height = width, height }

func (b *forms) frame() frame {
	f := frame{title: "Forms", alone: true, float: true}
	if b.working == 0 {
		_, f.cursor = b.draw()
	}
	return f
}

func (b *forms) keyMap() []key.Binding {
	idle := b.working == 0
	return []key.Binding{
		when(idle && b.focus == onDepartment && len(b.shown) > 1, bind("up/down", "choose", "up", "down")),
		when(idle && b.focus == onKind, bind("left/right", "change", "left", "right", "space")),
		when(idle, bind("enter", "save")),
		when(idle, bind("tab", "next", "tab", "shift+tab")),
		bind("esc", "cancel"),
	}
}

func (b *forms) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return b.key(msg)
	case tea.PasteMsg:
		b.edit(msg)
	case reply[[]account.Department]:
		if msg.to == b.counting {
			b.counted(msg.value)
		}
	case reply[formsCopy]:
		if msg.to == b.working {
			return b.done(msg)
		}
	}
	return nil
}

func (b *forms) key(msg tea.KeyPressMsg) tea.Cmd {
	pressed := msg.String()
	switch {
	case pressed == "esc":
		return b.cancel()
	case b.working != 0:
		return nil
	case pressed == "enter":
		return b.save()
	case pressed == "tab":
		b.moveFocus(+1)
	case pressed == "shift+tab":
		b.moveFocus(-1)
	case b.focus == onDepartment && pressed == "up":
		b.choose(b.cursor - 1)
	case b.focus == onDepartment && pressed == "down":
		b.choose(b.cursor + 1)
	case b.focus == onKind && slices.Contains([]string{"left", "right", "space"}, pressed):
		b.document = !b.document
		b.changed()
	default:
		b.edit(msg)
	}
	return nil
}

// moveFocus goes round. A restricted console has no choice of the path.
func (b *forms) moveFocus(by formsFocus) {
	stops := onPath + 1
	if b.restricted != nil {
		stops = onPath
	}
	b.focus = (b.focus + by + stops) % stops
}

// cancel closes the box, or stops the writing; the answer says how far that got.
func (b *forms) cancel() tea.Cmd {
	if b.working != 0 {
		b.stop()
		return nil
	}
	b.nav.close(b)
	return nil
}

func (b *forms) choose(i int) {
	b.cursor = max(0, min(i, len(b.shown)-1))
	b.changed()
}

// changed forgets what was said about the last attempt.
func (b *forms) changed() { b.replace, b.problem = "", "" }

// edit gives a key or a paste to the field that has the keyboard.
func (b *forms) edit(msg tea.Msg) {
	switch {
	case b.working != 0:
	case b.focus == onDepartment && b.filter.update(msg):
		b.search()
	case b.focus == onPath && b.path.update(msg):
		b.changed()
	}
}

// search lists the departments in whose codes the typed text stands, in any case.
func (b *forms) search() {
	text := strings.ToLower(strings.TrimSpace(b.filter.value()))
	b.shown = nil
	for _, d := range b.departments {
		if strings.Contains(strings.ToLower(d.Code), text) {
			b.shown = append(b.shown, d)
		}
	}
	b.choose(0)
}

// formsCopy is what came of saving: the forms, or a document that stands in the way.
type formsCopy struct {
	forms   account.SavedForms
	replace string
}

func (b *forms) save() tea.Cmd {
	switch {
	case b.counting != 0:
		b.problem = "The members are still being counted: press Enter again in a moment."
		return nil
	case len(b.shown) == 0:
		b.problem = "No department fits: delete what you typed to see them all."
		return nil
	}
	b.problem = ""
	q := account.FormQuery{Department: b.shown[b.cursor].Code}
	to := account.FormTarget{Document: b.document, Path: strings.TrimSpace(b.path.value())}
	admin, replace, written := b.admin, b.replace, new(formsProgress)
	b.written = written
	var ctx context.Context
	ctx, b.stop = context.WithCancel(b.ctx)
	var cmd tea.Cmd
	b.working, cmd = ask(b.shared, func(context.Context) (formsCopy, error) {
		to, taken, err := formsPlace(to)
		if err != nil || taken && to.Path != replace {
			return formsCopy{replace: to.Path}, err
		}
		saved, err := b.service.SaveForms(ctx, admin, q, to, func(done, of int) {
			written.done.Store(int64(done))
			written.of.Store(int64(of))
		})
		return formsCopy{forms: saved}, pathless(err)
	})
	return cmd
}

// formsPlace turns what was typed into an absolute path; nothing stays the usual place. It says whether a document is
// there already.
func formsPlace(to account.FormTarget) (_ account.FormTarget, taken bool, err error) {
	switch {
	case to.Path == "":
	case to.Document:
		to.Path, taken, err = destination(to.Path, "forms.pdf")
	default:
		to.Path, err = absolute(to.Path)
	}
	return to, taken, err
}

func (b *forms) done(msg reply[formsCopy]) tea.Cmd {
	b.working = 0
	b.stop()
	saved := msg.value.forms
	switch {
	case ended(msg.err):
		return b.nav.fail(msg.err)
	case errors.Is(msg.err, context.Canceled):
		b.problem = cancelledForms(saved)
	case msg.err != nil:
		b.problem = sentence(msg.err)
	case msg.value.replace != "":
		b.replace = msg.value.replace
		b.problem = "There is a file " + clean(b.replace) + " already. Enter again replaces it."
	default:
		return b.nav.replace(b, newSavedForms(b.shared, saved))
	}
	return nil
}

func cancelledForms(saved account.SavedForms) string {
	if len(saved.Saved) == 0 {
		return "Cancelled: no form was saved."
	}
	return fmt.Sprintf("Cancelled: %s of %s were saved in %s.", grouped(len(saved.Saved)), count(saved.Forms, "form"), clean(saved.Target.Path))
}

func (b *forms) view() string {
	lines, _ := b.draw()
	return strings.Join(lines, "\n")
}

// formsLabel is how wide the labels of the box are, in cells.
const formsLabel = 12

// draw lays the box out: the list of departments takes the lines that the rest leaves. Where there is no room for a border
// there is none.
func (b *forms) draw() ([]string, *point) {
	const most = 66 // cells
	w := min(b.width-2, most)
	roomy := b.height >= 12
	at, inner := point{2, 1}, w-4
	if !roomy {
		w = b.width
		at, inner = point{0, 0}, w
	}
	below := b.below(inner)
	room := b.height - 2*at.y - 1 - len(below)
	if roomy {
		room = min(room, 10, len(b.departments))
	}
	list := b.list(inner, max(1, room))
	text, column := b.fieldLine("Department", &b.filter, "type to search", onDepartment, inner)
	lines := append([]string{text}, list...)
	cursor := &point{at.x + column, at.y}
	switch b.focus {
	case onKind:
		cursor = nil
	case onPath:
		_, column = b.pathLine(inner)
		cursor = &point{at.x + column, at.y + len(lines) + b.pathAt(roomy)}
	}
	if roomy {
		lines = append(lines, "")
	}
	lines = append(lines, below...)
	if roomy {
		return b.look.box("Forms of many members", lines, w), cursor
	}
	for i := range lines {
		lines[i] = b.look.fit(lines[i], w)
	}
	return lines[:min(len(lines), b.height)], cursor
}

// pathAt is the line of the path below the list.
func (b *forms) pathAt(roomy bool) int {
	if roomy {
		return 2
	}
	return 1
}

// below is what stands under the list.
func (b *forms) below(w int) []string {
	path, _ := b.pathLine(w)
	lines := []string{b.kindLine(w), path}
	if b.working != 0 {
		return append(lines, "Saving"+b.look.ellipsis+" "+b.progress())
	}
	for _, line := range b.look.wrap(b.problem, w) {
		if len(lines) < b.height/2 {
			lines = append(lines, b.look.warning.Render(line))
		}
	}
	return lines
}

func (b *forms) progress() string {
	of := int(b.written.of.Load())
	if of == 0 {
		return ""
	}
	return grouped(int(b.written.done.Load())) + " of " + count(of, "form")
}

func (b *forms) kindLine(w int) string {
	kind := "files, one a member"
	if b.document {
		kind = "one document to print"
	}
	return b.look.truncate(b.label("As", onKind)+b.choice(kind), w)
}

// choice marks a value that the keys change.
func (b *forms) choice(value string) string {
	if b.focus == onKind {
		return b.look.focused.Render("< " + value + " >")
	}
	return "< " + value + " >"
}

func (b *forms) label(name string, at formsFocus) string {
	mark := " "
	if b.focus == at {
		mark = b.look.glyphs.cursor
	}
	return b.look.heading.Render(b.look.pad(mark+" "+name, formsLabel+1))
}

func (b *forms) pathLine(w int) (string, int) {
	usual := "the usual place"
	if b.restricted != nil {
		usual += ": this console is restricted"
	}
	return b.fieldLine("Where", &b.path, usual, onPath, w)
}

// fieldLine draws a field behind its label; an empty one says what that means.
func (b *forms) fieldLine(name string, f *field, empty string, at formsFocus, w int) (string, int) {
	label := b.label(name, at)
	used := b.look.width(label)
	if f.value() == "" {
		return label + b.look.faint.Render(b.look.truncate(empty, w-used)), used
	}
	if b.focus != at {
		return label + f.idle(w-used), used
	}
	text, column := f.view(w - used)
	return label + text, used + column
}

// list draws the departments around the cursor in so many lines: what is typed does not make the box jump.
func (b *forms) list(w, height int) []string {
	lines := make([]string, 0, height)
	switch {
	case b.counting != 0:
		lines = append(lines, b.look.truncate("  Counting the members"+b.look.ellipsis, w))
	case len(b.shown) == 0:
		lines = append(lines, b.look.truncate("  No department fits.", w))
	}
	fit := min(height, len(b.shown))
	first := max(0, min(b.cursor-fit/2, len(b.shown)-fit))
	for i, d := range b.shown[first : first+fit] {
		name := clean(d.Code)
		if d.Code == "" {
			name = "All members with a login ID"
		}
		number := count(d.Members, "member")
		name = b.look.truncate(name, w-4-b.look.width(number))
		if first+i == b.cursor {
			lines = append(lines, b.look.selected.Render(b.look.spread(b.look.glyphs.cursor+" "+name, number, w)))
		} else {
			lines = append(lines, b.look.spread("  "+name, number, w))
		}
	}
	return append(lines, make([]string, height-len(lines))...)
}
