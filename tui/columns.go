package tui

import (
	"slices"
	"strings"
)

// column is one column of a table whose rows are made from values of one type.
type column[R any] struct {
	title string
	least int // cells; below that the column is left out
	grows int // its share of the cells that are left over
	stays int // columns with a small number are the first to be left out
	text  func(R) string
}

// fitted is a column with the cells that it has got.
type fitted[R any] struct {
	column[R]
	width int
}

// fitColumns chooses the columns for a table of so many cells. It looks at no data, so that nothing moves sideways while
// the rows scroll.
func fitColumns[R any](columns []column[R], width int) []fitted[R] {
	chosen := least(columns)
	for len(chosen) > 1 && used(chosen) > width {
		least := slices.MinFunc(chosen, func(a, b fitted[R]) int { return a.stays - b.stays })
		chosen = slices.DeleteFunc(chosen, func(f fitted[R]) bool { return f.stays == least.stays })
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

// least gives every column as narrow as it may be.
func least[R any](columns []column[R]) []fitted[R] {
	var all []fitted[R]
	for _, c := range columns {
		all = append(all, fitted[R]{c, c.least})
	}
	return all
}

// used counts the cells of the columns, with a space before each and the mark of the cursor's row.
func used[R any](columns []fitted[R]) int {
	cells := 1
	for _, f := range columns {
		cells += 1 + f.width
	}
	return cells
}

// headLine draws the columns' titles in w cells.
func headLine[R any](l *look, columns []fitted[R], w int) string {
	titles := make([]string, len(columns))
	for i, f := range columns {
		titles[i] = f.title
	}
	return l.heading.Render(tableLine(l, " ", columns, titles, w))
}

// rowLine draws one row in w cells, marked if it is the cursor's.
func rowLine[R any](l *look, columns []fitted[R], row R, marked bool, w int) string {
	cells := make([]string, len(columns))
	for i, f := range columns {
		cells[i] = f.text(row)
	}
	if marked {
		return l.selected.Render(tableLine(l, l.glyphs.cursor, columns, cells, w))
	}
	return tableLine(l, " ", columns, cells, w)
}

// tableLine joins cells. Each column is filled up to its edge as counted from the start of the line, so that a cluster
// that swallows a space does not shift the columns behind it.
func tableLine[R any](l *look, mark string, columns []fitted[R], cells []string, w int) string {
	var b strings.Builder
	b.WriteString(mark)
	edge := 1
	for i, f := range columns {
		b.WriteByte(' ')
		b.WriteString(l.truncate(cells[i], f.width))
		edge += 1 + f.width
		b.WriteString(strings.Repeat(" ", max(0, edge-l.width(b.String()))))
	}
	return l.truncate(b.String(), w)
}
