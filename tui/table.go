package tui

import (
	"slices"

	"rekey/account"
	"rekey/member"
)

// table shows rows of the directory and a cursor among them. It holds row numbers only, and draws only what is seen.
type table struct {
	*shared
	list
	directory *account.Directory
	rows      []int32
	width     int
}

// tableRow is a row with what its cells are made from.
type tableRow struct {
	table *table
	row   int32
	member.Member
}

// columns in the order in which they stand.
var columns = []column[tableRow]{
	{"NAME", 12, 3, 7, func(r tableRow) string { return clean(r.Name) }},
	{"ACCOUNT", 14, 3, 6, func(r tableRow) string { return clean(r.Account()) }},
	{"TYPE", 8, 0, 2, func(r tableRow) string { return typeName(r.Type()) }},
	{"DEPARTMENT", 10, 2, 4, func(r tableRow) string { return departments(r.Member) }},
	{"EMP. NO.", 8, 1, 1, func(r tableRow) string { return clean(r.EmployeeNumber) }},
	{"STATUS", 9, 0, 3, func(r tableRow) string { return statusName(r.Status) }},
	{"LOCK", 10, 0, 5, func(r tableRow) string {
		now := r.table.now
		return lockName(r.table.directory.Lockout(r.row, now), now)
	}},
}

// allColumns counts the cells that a table with every column needs.
func allColumns() int { return used(least(columns)) }

// show replaces the rows and puts the cursor on the given member, or else near where it was.
func (t *table) show(rows []int32, id member.ID) {
	t.rows, t.total = rows, len(rows)
	if row, found := t.directory.Row(id); found {
		if i := slices.Index(rows, row); i >= 0 {
			t.cursor = i
		}
	}
	t.settle()
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

// view draws the head and the rows in sight.
func (t *table) view() []string {
	fitted := fitColumns(columns, t.width)
	lines := []string{headLine(t.look, fitted, t.width)}
	for i := t.offset; i < min(len(t.rows), t.offset+t.height); i++ {
		row := tableRow{t, t.rows[i], t.directory.Member(t.rows[i])}
		lines = append(lines, rowLine(t.look, fitted, row, i == t.cursor, t.width))
	}
	return lines
}
