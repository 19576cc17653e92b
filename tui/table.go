package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// table shows rows of the directory and a cursor among them. It holds row numbers only, and draws only what is seen.
type table struct {
	*shared
	directory     *account.Directory
	rows          []int32
	cursor        int
	offset        int // the first row that is drawn
	width, height int // of the rows, without the head
}

// column is one column of the table.
type column struct {
	title string
	least int // cells; below that the column is left out
	grows int // its share of the cells that are left over
	stays int // columns with a small number are the first to be left out
	text  func(*table, int32, member.Member) string
}

// columns in the order in which they stand.
var columns = []column{
	{"NAME", 12, 3, 7, func(_ *table, _ int32, m member.Member) string { return clean(m.Name) }},
	{"ACCOUNT", 14, 3, 6, func(_ *table, _ int32, m member.Member) string { return clean(m.Account()) }},
	{"TYPE", 8, 0, 2, func(_ *table, _ int32, m member.Member) string { return typeName(m.Type()) }},
	{"DEPARTMENT", 10, 2, 4, func(_ *table, _ int32, m member.Member) string { return departments(m) }},
	{"EMP. NO.", 8, 1, 1, func(_ *table, _ int32, m member.Member) string { return clean(m.EmployeeNumber) }},
	{"STATUS", 9, 0, 3, func(_ *table, _ int32, m member.Member) string { return statusName(m.Status) }},
	{"LOCK", 10, 0, 5, func(t *table, row int32, _ member.Member) string {
		return lockName(t.directory.Lockout(row, t.now), t.now)
	}},
}

// fitted is a column with the cells that it has got.
type fitted struct {
	column
	width int
}

// fitColumns chooses the columns for a table of so many cells. It looks at no data, so that nothing moves sideways while
// the rows scroll.
func fitColumns(width int) []fitted {
	var chosen []fitted
	for _, c := range columns {
		chosen = append(chosen, fitted{c, c.least})
	}
	for len(chosen) > 1 && used(chosen) > width {
		least := slices.MinFunc(chosen, func(a, b fitted) int { return a.stays - b.stays })
		chosen = slices.DeleteFunc(chosen, func(f fitted) bool { return f.stays == least.stays })
	}
	shares := 0
	for _, f := range chosen {
		shares += f.grows
	}
	spare := max(0, width-used(chosen))
	for i := range chosen {
		if chosen[i].grows > 0 {
			part := spare * chosen[i].grows / shares
			chosen[i].width += part
			spare -= part
			shares -= chosen[i].grows
		}
	}
	return chosen
}

// allColumns counts the cells that a table with every column needs.
func allColumns() int {
	var all []fitted
	for _, c := range columns {
		all = append(all, fitted{c, c.least})
	}
	return used(all)
}

// used counts the cells of the columns, with a space before each and the mark of the cursor's row.
func used(columns []fitted) int {
	cells := 1
	for _, f := range columns {
		cells += 1 + f.width
	}
	return cells
}

// show replaces the rows and puts the cursor on the given member, or else near where it was.
func (t *table) show(rows []int32, id member.ID) {
	t.rows = rows
	if row, found := t.directory.Row(id); found {
		if i := slices.Index(rows, row); i >= 0 {
			t.cursor = i
		}
	}
	t.settle()
}

// settle keeps the cursor on a row and the row in sight.
func (t *table) settle() {
	t.cursor = max(0, min(t.cursor, len(t.rows)-1))
	t.offset = max(0, min(t.offset, len(t.rows)-t.height))
	switch {
	case t.cursor < t.offset:
		t.offset = t.cursor
	case t.cursor >= t.offset+t.height:
		t.offset = t.cursor - t.height + 1
	}
	t.offset = max(0, t.offset)
}

func (t *table) setSize(width, height int) {
	t.width, t.height = width, max(1, height)
	t.settle()
}

// selected is the member under the cursor.
func (t *table) selected() (member.Member, bool) {
	if t.directory == nil || len(t.rows) == 0 {
		return member.Member{}, false
	}
	return t.directory.Member(t.rows[t.cursor]), true
}

// moves are the keys that move the cursor.
func (t *table) moves() []key.Binding {
	some := len(t.rows) > 1
	return []key.Binding{
		when(some, bind("up/k", "up", "up", "k")),
		when(some, bind("down/j", "down", "down", "j")),
		when(some, bind("pgup", "page up")),
		when(some, bind("pgdn", "page down", "pgdown")),
		when(some, bind("home/g", "first", "home", "g")),
		when(some, bind("end/G", "last", "end", "G")),
	}
}

// update moves the cursor.
func (t *table) update(msg tea.KeyPressMsg) {
	switch msg.String() {
	case "up", "k":
		t.cursor--
	case "down", "j":
		t.cursor++
	case "pgup":
		t.cursor -= t.height
		t.offset -= t.height
	case "pgdown":
		t.cursor += t.height
		t.offset += t.height
	case "home", "g":
		t.cursor = 0
	case "end", "G":
		t.cursor = len(t.rows) - 1
	}
	t.settle()
}

// view draws the head and the rows in sight.
func (t *table) view() []string {
	fitted := fitColumns(t.width)
	var titles []string
	for _, f := range fitted {
		titles = append(titles, f.title)
	}
	lines := []string{t.look.heading.Render(t.line(" ", fitted, titles))}
	for i := t.offset; i < min(len(t.rows), t.offset+t.height); i++ {
		lines = append(lines, t.row(i, fitted))
	}
	return lines
}

func (t *table) row(i int, fitted []fitted) string {
	row := t.rows[i]
	m := t.directory.Member(row)
	cells := make([]string, len(fitted))
	for c, f := range fitted {
		cells[c] = f.text(t, row, m)
	}
	if i == t.cursor {
		return t.look.selected.Render(t.line(t.look.glyphs.cursor, fitted, cells))
	}
	return t.line(" ", fitted, cells)
}

// line joins cells. Each column is filled up to its edge as counted from the start of the line, so that a cluster that
// swallows a space does not shift the columns behind it.
func (t *table) line(mark string, fitted []fitted, cells []string) string {
	var b strings.Builder
	b.WriteString(mark)
	edge := 1
	for i, f := range fitted {
		b.WriteByte(' ')
		b.WriteString(t.look.truncate(cells[i], f.width))
		edge += 1 + f.width
		b.WriteString(strings.Repeat(" ", max(0, edge-t.look.width(b.String()))))
	}
	return t.look.truncate(b.String(), t.width)
}
