package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"rekey/member"
)

// Read takes a file of new members: all of them, or none and an error that names every row that is wrong. It also tells
// in which encoding the file was taken to be.
//
// Without a search name a member gets member.DefaultSearchName, without an account status member.Inviting. Two members
// with one address or login ID are an error; whether the team has it already is the store's to check. The members have
// no ID yet.
//
// The error is a *FileError when the file as a whole cannot be read, Errors when rows are wrong, and anything else
// when r failed.
func Read(r io.Reader) ([]member.Member, Encoding, error) {
	text, encoding, err := readText(r)
	if err != nil {
		return nil, "", err
	}
	members, err := parse(text)
	return members, encoding, err
}

func parse(text []byte) ([]member.Member, error) {
	t := table{rows: csv.NewReader(bytes.NewReader(text)), first: map[string]int{}}
	t.rows.Comma = separator(text)
	t.rows.FieldsPerRecord = -1 // counted by hand, for a better sentence
	t.rows.ReuseRecord = true
	if err := t.readHeader(); err != nil {
		return nil, err
	}
	if err := t.readRows(); err != nil {
		return nil, err
	}
	switch {
	case len(t.errors) > 0:
		return nil, t.errors
	case len(t.members) == 0:
		return nil, &FileError{"The file names its columns but holds no members.", "Write one row for each member below the header row."}
	}
	return t.members, nil
}

// separator tells what stands between the fields of the header row.
func separator(text []byte) rune {
	header, _, _ := bytes.Cut(bytes.TrimLeft(text, "\r\n"), []byte{'\n'})
	best, most := ',', bytes.Count(header, []byte{','})
	for _, candidate := range []byte{';', '\t'} {
		if n := bytes.Count(header, []byte{candidate}); n > most {
			best, most = rune(candidate), n
		}
	}
	return best
}

// table is a file while it is being read.
type table struct {
	rows    *csv.Reader
	columns []int          // of each field of a row, its place in the list of all columns
	first   map[string]int // the line in which an account, folded, stands first
	members []member.Member
	errors  Errors
}

const nameTheColumns = "The first row has to name the columns: "

// readHeader finds out which column each field belongs to.
func (t *table) readHeader() error {
	header, err := t.rows.Read()
	if err == io.EOF {
		return &FileError{"The file is empty.", nameTheColumns + columnNames() + "."}
	}
	if err != nil {
		return &FileError{"The first row cannot be read: " + syntaxReason(err) + ".", nameTheColumns + columnNames() + "."}
	}
	t.columns = make([]int, len(header))
	var unknown, twice []string
	seen := map[int]bool{}
	for i, name := range header {
		column := columnByName(name)
		switch {
		case column < 0:
			unknown = append(unknown, fmt.Sprintf("%q", shown(name)))
		case seen[column]:
			twice = append(twice, columns[column].name)
		}
		seen[column], t.columns[i] = true, column
	}
	switch {
	case len(unknown) == len(header):
		return &FileError{"The first row names no known column.", nameTheColumns + columnNames() + "."}
	case len(unknown) > 0:
		return &FileError{"These columns are not known: " + list(unknown) + ".", "The known columns are " + columnNames() + "."}
	case len(twice) > 0:
		return &FileError{"These columns stand there twice: " + list(twice) + ".", "Leave one of each."}
	case !t.has(fullName):
		return &FileError{"The column fullName is missing.", "Each member needs a name."}
	case !t.has(mailAddress) && !t.has(loginID):
		return &FileError{"The columns mailAddress and loginID are both missing.", "One of them is needed: members sign in with it."}
	}
	return nil
}

// maxListed is how many column names of a foreign file a message lists.
const maxListed = 10

func list(names []string) string {
	if rest := len(names) - maxListed; rest > 0 {
		return strings.Join(names[:maxListed], ", ") + fmt.Sprintf(" and %d more", rest)
	}
	return strings.Join(names, ", ")
}

func (t *table) has(name string) bool { return t.field(name) >= 0 }

// field finds the field of a row that holds the column, or -1.
func (t *table) field(name string) int {
	return slices.IndexFunc(t.columns, func(i int) bool { return columns[i].name == name })
}

func (t *table) readRows() error {
	for {
		row, err := t.rows.Read()
		if err == io.EOF {
			return nil
		}
		if syntax, ok := errors.AsType[*csv.ParseError](err); ok {
			t.errors = append(t.errors, RowError{Line: syntax.StartLine, Reason: syntaxReason(err)})
			continue
		}
		if err != nil {
			return fmt.Errorf("reading a file of members: %w", err)
		}
		if !isBlank(row) {
			t.readRow(row)
		}
	}
}

// isBlank reports whether a row is one that a spreadsheet leaves behind where cells were cleared.
func isBlank(row []string) bool {
	return !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

func syntaxReason(err error) string {
	if errors.Is(err, csv.ErrBareQuote) {
		return "a quotation mark stands in a field that does not begin with one; enclose the field and double the mark"
	}
	return "a field in quotation marks does not end: its last mark is missing, or something follows it"
}

// readRow makes a member of a row, or notes all that is wrong with it.
func (t *table) readRow(row []string) {
	if len(row) != len(t.columns) {
		t.fail(-1, row, fmt.Sprintf("the row has %s, the header has %d", count(len(row), "field"), len(t.columns)))
		return
	}
	m := member.Member{Status: member.Inviting}
	for i, cell := range row {
		columns[t.columns[i]].set(&m, unbreak(cell))
	}
	before := len(t.errors)
	for _, broken := range m.Validate() {
		t.failColumn(string(broken.Field), row, broken.Reason)
	}
	if m.Status == member.Deleted {
		t.failColumn(accountStatus, row, "a new member cannot be deleted already")
	}
	t.refuseDuplicate(m, row)
	if len(t.errors) > before {
		return
	}
	if m.SearchName == "" {
		m.SearchName = member.DefaultSearchName(m.Account())
	}
	t.members = append(t.members, m)
}

func (t *table) refuseDuplicate(m member.Member, row []string) {
	if m.Account() == "" {
		return
	}
	account := member.FoldAccount(m.Account())
	line, _ := t.rows.FieldPos(0)
	if first, taken := t.first[account]; taken {
		column := mailAddress
		if m.Type() == member.LoginID {
			column = loginID
		}
		t.failColumn(column, row, fmt.Sprintf("it stands in line %d already", first))
		return
	}
	t.first[account] = line
}

// failColumn notes what is wrong with a column of the row being read, which the file may not have.
func (t *table) failColumn(name string, row []string, reason string) {
	i := t.field(name)
	t.fail(i, row, reason)
	t.errors[len(t.errors)-1].Column = name
}

// fail notes what is wrong with one field of the row being read, or with all of it (-1).
func (t *table) fail(field int, row []string, reason string) {
	e := RowError{Reason: reason}
	e.Line, _ = t.rows.FieldPos(max(field, 0))
	if field >= 0 {
		e.Value = shown(row[field])
	}
	t.errors = append(t.errors, e)
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

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
