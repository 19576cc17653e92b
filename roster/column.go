package roster

import (
	"strconv"
	"strings"

	"rekey/member"
)

// column is one column of a file: how a member's field is written to a cell and read from one.
type column struct {
	field member.Field
	get   func(member.Member) string
	set   func(*member.Member, string)
}

// columns are all there are, in the order in which they are written.
var columns = []column{
	{member.FieldEmail,
		func(m member.Member) string { return quoteFormula(m.Email) },
		func(m *member.Member, cell string) { m.Email = compact(cell) }},
	{member.FieldLoginID,
		func(m member.Member) string { return quoteFormula(m.LoginID) },
		func(m *member.Member, cell string) { m.LoginID = compact(cell) }},
	{member.FieldName,
		func(m member.Member) string { return quoteFormula(m.Name) },
		func(m *member.Member, cell string) { m.Name = unquoteFormula(cell) }},
	{member.FieldSearchName,
		func(m member.Member) string { return quoteFormula(m.SearchName) },
		func(m *member.Member, cell string) { m.SearchName = compact(cell) }},
	{member.FieldEmployeeNumber,
		func(m member.Member) string { return quoteFormula(m.EmployeeNumber) },
		func(m *member.Member, cell string) { m.EmployeeNumber = unquoteFormula(cell) }},
	{member.FieldEmploymentType,
		func(m member.Member) string { return quoteFormula(m.EmploymentType) },
		func(m *member.Member, cell string) { m.EmploymentType = compact(cell) }},
	{member.FieldDepartments,
		func(m member.Member) string { return joinDepartments(m.Departments) },
		func(m *member.Member, cell string) { m.Departments = splitDepartments(cell) }},
	{member.FieldPosition,
		func(m member.Member) string { return quoteFormula(m.Position) },
		func(m *member.Member, cell string) { m.Position = unquoteFormula(cell) }},
	{member.FieldStatus,
		func(m member.Member) string { return strconv.Itoa(int(m.Status)) },
		func(m *member.Member, cell string) { m.Status = parseStatus(compact(cell)) }},
}

// compact reads a value that holds no spaces, so those around it are nobody's intention.
func compact(cell string) string { return unquoteFormula(strings.TrimSpace(cell)) }

func joinDepartments(codes []string) string {
	quoted := make([]string, len(codes))
	for i, code := range codes {
		quoted[i] = quoteFormula(code)
	}
	return strings.Join(quoted, member.DepartmentSeparator)
}

func splitDepartments(cell string) []string {
	var codes []string
	for code := range strings.SplitSeq(cell, member.DepartmentSeparator) {
		if code = compact(code); code != "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// unknownStatus is what a cell gives that holds no status. It is not valid.
const unknownStatus member.Status = 0xFF

// parseStatus reads an account status; an empty one is left to be chosen.
func parseStatus(digit string) member.Status {
	switch digit {
	case "":
		return 0
	case "1", "2", "3", "4":
		return member.Status(digit[0] - '0')
	}
	return unknownStatus
}

// columnByName finds a column by what a header row says, or -1.
func columnByName(header string) int {
	for i, c := range columns {
		if strings.EqualFold(string(c.field), strings.TrimSpace(header)) {
			return i
		}
	}
	return -1
}

// columnNames lists the columns for a message.
func columnNames() string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = string(c.field)
	}
	return strings.Join(names, ", ")
}
