package roster

import (
	"fmt"
	"strings"

	"rekey/account"
	"rekey/member"
)

// row makes a member of a row's cells, and notes all that is wrong with it.
func (t *table) row(cells []string) account.Row {
	r := account.Row{Line: t.line(), Given: t.given}
	for i, cell := range cells {
		columns[t.columns[i]].set(&r.Member, unbreak(cell))
	}
	if isExampleAccount(r.Member) {
		r.Problems = []account.RowError{t.problem(r.Member.AccountField(), cells, "this is the example of the template; write the member's own")}
		return r
	}
	whole := r.Member
	if whole.Status == 0 { // left to be chosen
		whole.Status = member.Inviting
	}
	for _, broken := range whole.Validate() {
		r.Problems = append(r.Problems, t.problem(broken.Field, cells, broken.Reason))
	}
	if line, again := t.stoodBefore(r); again {
		r.Problems = append(r.Problems, t.problem(r.Member.AccountField(), cells, fmt.Sprintf("it stands in line %d already", line)))
	}
	return r
}

// stoodBefore gives the line in which the account of a row stands already. An account that is too long to be one is
// not remembered: it is refused anyway.
func (t *table) stoodBefore(r account.Row) (line int, again bool) {
	name := r.Member.Account()
	if name == "" || len(name) > member.MaxEmail {
		return 0, false
	}
	return t.first.add(member.FoldAccount(name), r.Line)
}

// problem says what is wrong with a column of the row that was read last. The file may not have the column.
func (t *table) problem(column member.Field, cells []string, reason string) account.RowError {
	e := account.RowError{Line: t.line(), Column: column, Reason: reason}
	if i := t.fieldOf(column); i >= 0 {
		e.Line, _ = t.csv.FieldPos(i)
		e.Value = shown(cells[i])
	}
	return e
}

// unbreak makes every line break of a cell an LF. The CSV reader takes away one CR before an LF; were more of them left,
// the cell would change each time it is written and read again.
func unbreak(cell string) string {
	if !strings.Contains(cell, "\r\n") {
		return cell
	}
	var b strings.Builder
	for line := range strings.SplitAfterSeq(cell, "\n") {
		if text, ended := strings.CutSuffix(line, "\n"); ended {
			line = strings.TrimRight(text, "\r") + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
