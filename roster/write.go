package roster

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strings"

	"rekey/member"
)

// Write writes members as a file that Open takes: imported again, with an update, it changes nobody. Two things differ:
// line breaks in cells become LF, and a deleted member cannot be imported.
//
// The file is UTF-8 with a byte order mark, because without it spreadsheets on Japanese desktops take it for
// Shift_JIS. Lines end in LF: with CRLF encoding/csv would change line breaks inside cells too.
//
// It stops at the first error of members or of w. A department with a semicolon in its code is an error: the file could
// not tell it from two departments.
func Write(w io.Writer, members iter.Seq2[member.Member, error]) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return fmt.Errorf("writing a file of members: %w", err)
	}
	out := csv.NewWriter(w)
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = string(c.field)
	}
	if err := out.Write(row); err != nil {
		return fmt.Errorf("writing a file of members: %w", err)
	}
	for m, err := range members {
		if err != nil {
			return err
		}
		if err := fillRow(row, m); err != nil {
			return err
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("writing a file of members: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing a file of members: %w", err)
	}
	return nil
}

func fillRow(row []string, m member.Member) error {
	for _, code := range m.Departments {
		if strings.Contains(code, member.DepartmentSeparator) {
			return fmt.Errorf("the department %q of %s cannot be written: its code holds a semicolon", shown(code), m.ID)
		}
	}
	for i, c := range columns {
		row[i] = strings.ToValidUTF8(c.get(m), "\uFFFD")
	}
	return nil
}
