package tui

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// paneFrom is the width from which the detail pane stands beside the table.
const paneFrom = 100

// restTime is how long the cursor has to rest on a member until the pane shows the account. While an arrow key is held
// down only the two rows change that the cursor leaves and enters; a pane as well, drawn for each of them, would lag behind
// the key on a slow line.
const restTime = 150 * time.Millisecond

// restedMsg says that nothing has moved the cursor for restTime, if no move has come after the one it names.
type restedMsg struct{ move int }

// members is the members list: the filter, the table, and the pane of the member under the cursor. It owns the
// directory.
type members struct {
	*shared
	width, height int
	table         table
	pane          *detail // of the member under the cursor
	passing       *detail // what stands in the pane's place while the cursor moves; nil: it rests
	moves         int     // of the cursor so far

	directory *account.Directory // nil until the first members have been read
	opened    bool               // the list is drawn, and no sooner than the first account: a slow line gets both in one frame
	starting  request
	loading   request
	sorting   request
	read      *atomic.Int64 // how many members have been loaded
	changing  request
	changed   bool      // more has changed while changes were read
	awaited   member.ID // who was added here, and is not in the directory yet; 0: nobody

	filter     filter
	order      account.Order
	lockedOnly bool
	unlocks    time.Time // when the first of the locked members listed is free again
}

func newMembers(s *shared) *members {
	return &members{shared: s, table: table{shared: s}, pane: newDetail(s), filter: newFilter(s.look), read: new(atomic.Int64)}
}

// init reads the first members, and only then all of them: so the list is there at once, however many there are.
func (m *members) init() tea.Cmd {
	var cmd tea.Cmd
	m.starting, cmd = ask(m.shared, m.service.StartDirectory)
	return cmd
}

// load reads all members in the background.
func (m *members) load() tea.Cmd {
	read := new(atomic.Int64)
	m.read, m.changed = read, false
	var cmd tea.Cmd
	m.loading, cmd = ask(m.shared, func(ctx context.Context) (*account.Directory, error) {
		return m.service.LoadDirectory(ctx, func(n int) { read.Store(int64(n)) })
	})
	return cmd
}

func (m *members) setSize(width, height int) {
	m.width, m.height = width, height
	m.table.setSize(m.tableWidth(), height-2) // the filter and the table's head
}

// tableWidth leaves room for the pane and the line between them.
func (m *members) tableWidth() int {
	if m.width < paneFrom {
		return m.width
	}
	return m.width - m.paneWidth() - 3
}

// leastPane is how narrow the pane may become, in cells.
const leastPane = 34

// paneWidth leaves the table the cells that all its columns need, and takes at most two fifths.
func (m *members) paneWidth() int { return max(leastPane, min(m.width-3-allColumns(), m.width*2/5)) }

func (m *members) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		if m.filter.focused {
			return m.filtered(m.filter.update(msg))
		}
		return nil
	case reply[*account.Directory]:
		return m.loaded(msg)
	case reply[account.Sorted]:
		return m.sorted(msg)
	case reply[account.Changes]:
		return m.apply(msg)
	case reply[account.ResetResult], reply[account.ImportCount], reply[member.Member], changedMsg:
		return tea.Batch(m.readChanges(), m.pane.update(msg))
	case clockMsg:
		return tea.Batch(m.passed(), m.pane.update(msg))
	case restedMsg:
		if msg.move == m.moves {
			m.passing = nil
		}
		return nil
	}
	cmd := m.pane.update(msg)
	m.opened = m.opened || m.pane.overview != nil || m.pane.problem != nil
	return cmd
}

// started shows the first members, and reads all of them where there are more. An error here meets that reading as well.
func (m *members) started(msg reply[*account.Directory]) tea.Cmd {
	m.starting = 0
	if msg.err != nil {
		return m.load()
	}
	m.directory, m.table.directory = msg.value, msg.value
	shown := tea.Batch(m.sort(), m.searchFor(0))
	if m.directory.Whole() {
		return tea.Batch(shown, m.readChanges())
	}
	return tea.Batch(shown, m.load())
}

func (m *members) loaded(msg reply[*account.Directory]) tea.Cmd {
	switch msg.to {
	case m.starting:
		return m.started(msg)
	case m.loading:
	default:
		return nil
	}
	m.loading = 0
	if msg.err != nil {
		m.changed = true
		return m.nav.fail(msg.err)
	}
	selected, _ := m.table.selected() // in the old directory, whose row numbers are void from here on
	m.directory, m.table.directory = msg.value, msg.value
	return tea.Batch(m.sort(), m.searchFor(selected.ID), m.readChanges())
}

// sort brings the members into the chosen order, in the background; the list stays as it is until then.
func (m *members) sort() tea.Cmd {
	m.sorting = 0
	if m.directory == nil || m.directory.Order() == m.order {
		return nil
	}
	work := m.directory.Sorting(m.order)
	var cmd tea.Cmd
	m.sorting, cmd = ask(m.shared, func(context.Context) (account.Sorted, error) { return work(), nil })
	return cmd
}

func (m *members) sorted(msg reply[account.Sorted]) tea.Cmd {
	if msg.to != m.sorting {
		return nil
	}
	m.sorting = 0
	if !m.directory.Sort(msg.value) {
		return m.sort() // the members have changed meanwhile
	}
	return m.search()
}

// passed takes note that time has passed: a lock may have run out, and what could not be read is tried again.
func (m *members) passed() tea.Cmd {
	switch {
	case m.changed:
		return m.readChanges()
	case !m.unlocks.IsZero() && !m.now.Before(m.unlocks):
		return m.search()
	}
	return nil
}

// readChanges reads what has changed since the directory was read; not while another reading is under way, which is
// followed by this one.
func (m *members) readChanges() tea.Cmd {
	if m.starting != 0 || m.loading != 0 || m.changing != 0 {
		m.changed = true
		return nil
	}
	if m.directory == nil || !m.directory.Whole() {
		return m.load()
	}
	m.changed = false
	seen := m.directory.Seen()
	var cmd tea.Cmd
	m.changing, cmd = ask(m.shared, func(ctx context.Context) (account.Changes, error) {
		return m.service.DirectoryChanges(ctx, seen)
	})
	return cmd
}

func (m *members) apply(msg reply[account.Changes]) tea.Cmd {
	if msg.to != m.changing {
		return nil
	}
	m.changing = 0
	if msg.err != nil {
		m.changed = true
		return m.nav.fail(msg.err)
	}
	if msg.value.Reload() {
		return m.load()
	}
	selected, _ := m.table.selected()
	m.directory.Apply(msg.value)
	cmd := tea.Batch(m.sort(), m.searchFor(selected.ID))
	if m.changed {
		return tea.Batch(cmd, m.readChanges())
	}
	return cmd
}

// search lists what the filter asks for; the cursor stays on its member.
func (m *members) search() tea.Cmd {
	selected, _ := m.table.selected()
	return m.searchFor(selected.ID)
}

// searchFromTop lists what the filter asks for, with the cursor on the first row.
func (m *members) searchFromTop() tea.Cmd {
	m.table.cursor = 0
	return m.searchFor(0)
}

func (m *members) searchFor(id member.ID) tea.Cmd {
	if m.directory == nil {
		return nil
	}
	if _, arrived := m.directory.Row(m.awaited); arrived {
		id, m.awaited = m.awaited, 0
		if m.list(id); !m.holds(id) { // the filter must not hide whom the admin has just added
			m.clear()
		}
	}
	m.list(id)
	return m.follow()
}

// clear asks for everybody again.
func (m *members) clear() {
	m.filter.clear()
	m.lockedOnly = false
}

// holds reports whether the cursor is on a member.
func (m *members) holds(id member.ID) bool {
	selected, found := m.table.selected()
	return found && selected.ID == id
}

// list fills the table with what the filter asks for, and puts the cursor on a member if it is there.
func (m *members) list(id member.ID) {
	rows := m.directory.Search(account.Query{Text: m.filter.text.value(), Field: m.filter.by, LockedOnly: m.lockedOnly, Now: m.now})
	m.unlocks = time.Time{}
	if m.lockedOnly {
		for _, row := range rows {
			until := m.directory.Lockout(row, m.now).Until
			if m.unlocks.IsZero() || until.Before(m.unlocks) {
				m.unlocks = until
			}
		}
	}
	m.table.show(rows, id)
}

// added shows a new member, and turns the cursor there as soon as the directory has the row.
func (m *members) added(added account.Added) tea.Cmd {
	m.wake()
	m.awaited = added.Member.ID
	m.nav.say(m.saidOfAdded(added))
	return tea.Batch(m.readChanges(), m.nav.push(newMemberScreen(m.shared, added.Member, nil)))
}

// follow makes the pane show the member under the cursor.
func (m *members) follow() tea.Cmd {
	selected, found := m.table.selected()
	if !found {
		m.pane.clear()
		m.opened = true
		return nil
	}
	return m.pane.show(selected)
}

// listKeys are the keys of the list itself, while neither the filter nor the list of fields has the keyboard.
type listKeys struct{ filter, clear, locked, order, open, add, take, forms, leave key.Binding }

func (m *members) keys() listKeys {
	loaded := m.directory != nil
	_, some := m.table.selected()
	return listKeys{
		filter: bind("/", "filter"),
		clear:  when(m.filtering(), bind("esc", "clear filter")),
		locked: when(loaded, bind("l", m.lockedMeaning())),
		order:  when(loaded, bind("o", "order")),
		open:   when(some, bind("enter", "details")),
		forms:  when(loaded && m.directory.Whole(), bind("F", "forms of many")),
		add:    when(loaded, bind("a", "add")),
		take:   bind("i", "import"),
		leave:  bind("x", "sign out"),
	}
}

// filtering reports whether not everybody is asked for.
func (m *members) filtering() bool { return m.lockedOnly || !m.filter.empty() }

func (m *members) lockedMeaning() string {
	if m.lockedOnly {
		return "locked or not"
	}
	return "locked only"
}

func (m *members) keyMap() []key.Binding {
	if m.filter.focused {
		return m.filter.keyMap()
	}
	k := m.keys()
	bindings := append(actionKeys(m.inPane().access()), k.filter, k.clear, k.open, k.add, k.take, k.locked, k.order)
	bindings = append(bindings, actionKeys(m.inPane().upkeep())...)
	return append(append(bindings, k.forms, k.leave), m.table.moves()...)
}

func (m *members) key(msg tea.KeyPressMsg) tea.Cmd {
	if m.filter.focused {
		return m.filtered(m.filter.update(msg))
	}
	passing := m.passing
	m.passing = nil
	switch k := m.keys(); {
	case key.Matches(msg, k.filter):
		m.filter.focused = true
		return nil
	case key.Matches(msg, k.locked):
		m.lockedOnly = !m.lockedOnly
		return m.search()
	case key.Matches(msg, k.order):
		m.order = m.order.Next()
		return m.sort()
	case key.Matches(msg, k.open):
		return m.nav.push(newMemberScreen(m.shared, m.pane.member, m.pane.overview))
	case key.Matches(msg, k.add):
		return m.nav.push(newMemberAdd(m.shared, m.added))
	case key.Matches(msg, k.take):
		return m.nav.push(newImport(m.shared))
	case key.Matches(msg, k.forms):
		return m.nav.push(newForms(m.shared, m.directory.FormDepartments()))
	case pressed(msg, k.forms):
		m.nav.say("The members are still being loaded, and the departments of all are needed: press F again in a moment.")
		return nil
	case key.Matches(msg, k.clear):
		m.clear()
		return m.search()
	case key.Matches(msg, k.leave):
		return m.nav.signOut()
	}
	if cmd, done := m.pane.key(msg); done {
		return cmd
	}
	return m.move(msg, passing)
}

// move moves the cursor. What is done from here on is done to the member whom it has come to, whoever the pane shows.
func (m *members) move(msg tea.KeyPressMsg, passing *detail) tea.Cmd {
	left := *m.pane
	m.table.update(msg)
	read := m.follow()
	if m.passing = passing; m.pane.member.ID == left.member.ID {
		return read
	}
	if m.passing == nil {
		m.passing = &left
	}
	m.moves++
	move := m.moves
	return tea.Batch(read, m.after(restTime, func() tea.Msg { return restedMsg{move} }))
}

// inPane is what the pane shows, and the help line with it.
func (m *members) inPane() *detail {
	if m.passing != nil {
		return m.passing
	}
	return m.pane
}

// filtered lists what the filter asks for after an event.
func (m *members) filtered(event filterEvent) tea.Cmd {
	switch event {
	case filterChanged:
		return m.searchFromTop()
	case filterLeft:
		m.table.cursor = 0
		m.table.settle()
		return m.follow()
	case filterCleared:
		return m.search()
	}
	return nil
}

func (m *members) frame() frame {
	f := frame{title: "Members", status: m.status(), alone: m.filter.focused}
	if m.filter.focused && !m.filter.choosing {
		_, column := m.filter.line(m.width)
		f.cursor = &point{column, 0}
	}
	return f
}

// status counts the members, and says how they are filtered and ordered.
func (m *members) status() string {
	if m.directory == nil || !m.opened {
		return "Loading members" + m.look.ellipsis + " " + grouped(int(m.read.Load()))
	}
	if !m.directory.Whole() {
		return fmt.Sprintf("%s of the first %s %s loading%s %s", grouped(len(m.table.rows)), count(m.directory.Len(), "member"),
			m.look.dot, m.look.ellipsis, grouped(int(m.read.Load())))
	}
	facts := []string{fmt.Sprintf("%s of %s", grouped(len(m.table.rows)), count(m.directory.Len(), "member"))}
	if m.lockedOnly {
		facts = append(facts, "locked only")
	}
	if m.sorting != 0 {
		facts = append(facts, "sorting by "+m.order.String()+m.look.ellipsis)
	} else {
		facts = append(facts, "order: "+m.order.String())
	}
	if m.loading != 0 {
		facts = append(facts, "loading again"+m.look.ellipsis+" "+grouped(int(m.read.Load())))
	}
	return strings.Join(facts, " "+m.look.dot+" ")
}

func (m *members) view() string {
	filter, _ := m.filter.line(m.width)
	left := append([]string{filter}, m.rows()...)
	if m.width >= paneFrom && m.opened {
		left = beside(m.look, left, m.inPane().lines(m.paneWidth()), m.tableWidth(), m.height)
	}
	left = append(left, make([]string, max(0, m.height-len(left)))...)
	if m.filter.choosing {
		left = m.look.overlay(left, m.filter.list(m.height-1), 0, 1)
	}
	return strings.Join(left, "\n")
}

func (m *members) rows() []string {
	lines := m.table.view()
	if !m.opened {
		return lines[:1]
	}
	if len(m.table.rows) > 0 || m.directory == nil {
		return lines
	}
	for _, line := range m.look.wrap(m.nobody(), m.tableWidth()-2) {
		lines = append(lines, "  "+line)
	}
	return lines
}

// nobody says why the list is empty.
func (m *members) nobody() string {
	switch {
	case m.directory.Len() == 0:
		return "This team has no members yet."
	case m.filter.empty():
		return "Nobody is locked out. Esc shows everybody."
	case m.filter.by == account.FieldAll:
		return "No member fits. Esc clears the filter."
	}
	return "No member fits in " + m.filter.by.String() + ". Esc clears the filter."
}
