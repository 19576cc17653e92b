package member

import (
	"slices"
	"strconv"
	"strings"
)

// Field names one field of a member by the column that holds it in a CSV file.
type Field string

// The fields, in the order of the columns.
const (
	FieldEmail          Field = "mailAddress"
	FieldLoginID        Field = "loginID"
	FieldName           Field = "fullName"
	FieldSearchName     Field = "searchName"
	FieldEmployeeNumber Field = "employeeCode"
	FieldEmploymentType Field = "employmentType"
	FieldDepartments    Field = "departmentCodes"
	FieldPosition       Field = "position"
	FieldStatus         Field = "accountStatus"
	FieldAdmin          Field = "admin" // no column: a file gives nobody admin authority
)

// AccountField is the field that holds what the member signs in with.
func (m Member) AccountField() Field {
	if m.Type() == LoginID {
		return FieldLoginID
	}
	return FieldEmail
}

// DepartmentSeparator stands between the codes of several departments, so no code holds it.
const DepartmentSeparator = ";"

// Change is one field that differs between two states of a member.
type Change struct {
	Field    Field
	Old, New string // as the column would hold them; the status by its name
}

// Changes lists the fields in which after differs from before, in the order of the columns.
func Changes(before, after Member) []Change {
	old, now := before.fields(), after.fields()
	var changes []Change
	for i, f := range old {
		if f.value != now[i].value {
			changes = append(changes, Change{f.field, f.value, now[i].value})
		}
	}
	return changes
}

// Fields names the fields of changes.
func Fields(changes []Change) []Field {
	fields := make([]Field, len(changes))
	for i, c := range changes {
		fields[i] = c.Field
	}
	return fields
}

// Equal reports whether m and other are the same member in the same state.
func (m Member) Equal(other Member) bool {
	departments, others := m.Departments, other.Departments
	m.Departments, other.Departments = nil, nil
	return slices.Equal(departments, others) && m.ID == other.ID && len(Changes(m, other)) == 0
}

type fieldValue struct {
	field Field
	value string
}

func (m Member) fields() []fieldValue {
	return []fieldValue{
		{FieldEmail, m.Email},
		{FieldLoginID, m.LoginID},
		{FieldName, m.Name},
		{FieldSearchName, m.SearchName},
		{FieldEmployeeNumber, m.EmployeeNumber},
		{FieldEmploymentType, m.EmploymentType},
		{FieldDepartments, strings.Join(m.Departments, DepartmentSeparator)},
		{FieldPosition, m.Position},
		{FieldStatus, m.Status.String()},
		{FieldAdmin, strconv.FormatBool(m.Admin)},
	}
}
