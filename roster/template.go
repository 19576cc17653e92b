package roster

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"rekey/member"
)

// The accounts in the example rows of the templates. Neither can be anybody's: of the characters that they hold, some are
// not allowed.
const (
	exampleEmail   = "(example) name@example.com"
	exampleLoginID = "(example) line3-017"
)

// example is what stands in a template's example row. Its values survive a spreadsheet, which takes zeros away from the
// beginning of a number.
func example(t member.Type) member.Member {
	m := member.Member{Name: "Example", SearchName: "example", EmployeeNumber: "E001", EmploymentType: "1",
		Departments: []string{"HQ", "Sales"}, Position: "Example", Status: member.Inviting}
	if t == member.LoginID {
		m.LoginID = exampleLoginID
	} else {
		m.Email = exampleEmail
	}
	return m
}

// WriteTemplate writes a file to be filled in with members of one type: their columns, and one row that shows what
// belongs there. Where that row is left as it is, a File passes it over.
func WriteTemplate(w io.Writer, t member.Type) error {
	var header, row []string
	for _, c := range columns {
		if isColumnOf(t, c.field) {
			header, row = append(header, string(c.field)), append(row, c.get(example(t)))
		}
	}
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return fmt.Errorf("writing a template: %w", err)
	}
	if err := csv.NewWriter(w).WriteAll([][]string{header, row}); err != nil {
		return fmt.Errorf("writing a template: %w", err)
	}
	return nil
}

func isColumnOf(t member.Type, field member.Field) bool {
	switch field {
	case member.FieldEmail:
		return t == member.Email
	case member.FieldLoginID:
		return t == member.LoginID
	}
	return true
}

// examples are the example rows of all templates.
var examples = []member.Member{example(member.Email), example(member.LoginID)}

// isExample reports whether a row is a template's example row, as it was written.
func (t *table) isExample(cells []string) bool {
	return slices.ContainsFunc(examples, func(m member.Member) bool {
		for i, cell := range cells {
			if strings.TrimSpace(cell) != columns[t.columns[i]].get(m) {
				return false
			}
		}
		return true
	})
}

// isExampleAccount reports whether the account of m is that of a template.
func isExampleAccount(m member.Member) bool {
	return m.Email == exampleEmail || m.LoginID == exampleLoginID
}
