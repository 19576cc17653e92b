package roster

import (
	"strconv"
	"strings"

	"rekey/member"
)

// column is one column of a file: how a member's field is written to a cell and read from one.
type column struct {
	name string
	get  func(member.Member) string
	set  func(*member.Member, string)
}

// Names of the columns that a rule speaks of.
const (
	mailAddress   = "mailAddress"
	loginID       = "loginID"
	fullName      = "fullName"
	accountStatus = "accountStatus"
)

// columns are all there are, in the order in which they are written.
var columns = []column{
	{mailAddress,
		func(m member.Member) string { return quoteFormula(m.Email) },
		func(m *member.Member, cell string) { m.Email = compact(cell) }},
	{loginID,
		func(m member.Member) string { return quoteFormula(m.LoginID) },
		func(m *member.Member, cell string) { m.LoginID = compact(cell) }},
	{fullName,
		func(m member.Member) string { return quoteFormula(m.Name) },
		func(m *member.Member, cell string) { m.Name = unquoteFormula(cell) }},
	{"searchName",
		func(m member.Member) string { return quoteFormula(m.SearchName) },
		func(m *member.Member, cell string) { m.SearchName = compact(cell) }},
	{"employeeCode",
		func(m member.Member) string { return quoteFormula(m.EmployeeNumber) },
		func(m *member.Member, cell string) { m.EmployeeNumber = unquoteFormula(cell) }},
	{"employmentType",
		func(m member.Member) string { return quoteFormula(m.EmploymentType) },
		func(m *member.Member, cell string) { m.EmploymentType = compact(cell) }},
	{"departmentCodes",
		func(m member.Member) string { return joinDepartments(m.Departments) },
		func(m *member.Member, cell string) { m.Departments = splitDepartments(cell) }},
	{"position",
		func(m member.Member) string { return quoteFormula(m.Position) },
		func(m *member.Member, cell string) { m.Position = unquoteFormula(cell) }},
	{accountStatus,
		func(m member.Member) string { return strconv.Itoa(int(m.Status)) },
		func(m *member.Member, cell string) { m.Status = parseStatus(compact(cell)) }},
}

// compact reads a value that holds no spaces, so those around it are nobody's intention.
func compact(cell string) string { return unquoteFormula(strings.TrimSpace(cell)) }

// departmentSeparator stands between the codes of several departments.
const departmentSeparator = ";"

func joinDepartments(codes []string) string {
	quoted := make([]string, len(codes))
	for i, code := range codes {
		quoted[i] = quoteFormula(code)
	}
	return strings.Join(quoted, departmentSeparator)
}

func splitDepartments(cell string) []string {
	var codes []string
	for code := range strings.SplitSeq(cell, departmentSeparator) {
		if code = compact(code); code != "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// parseStatus reads an account status; an empty one is that of a new member. What is none comes back as 0, which is not
// valid.
func parseStatus(digit string) member.Status {
	switch digit {
	case "":
		return member.Inviting
	case "1", "2", "3", "4":
		return member.Status(digit[0] - '0')
	}
	return 0
}

// columnByName finds a column by what a header row says, or -1.
func columnByName(header string) int {
	for i, c := range columns {
		if strings.EqualFold(c.name, strings.TrimSpace(header)) {
			return i
		}
	}
	return -1
}

// columnNames lists the columns for a message.
func columnNames() string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}
