package roster

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"rekey/account"
	"rekey/member"
)

// table is a file while it is gone through, after its header.
type table struct {
	csv      *csv.Reader
	limit    *rowLimit
	end      int64 // of the last row, in bytes of UTF-8
	ended    bool  // nothing after the last row can be read
	columns  []int // of each field of a row, its place in the list of all columns
	given    []member.Field
	first    accountLines
	examples int // rows that were passed over because the template has them
}

// newTable reads the header of a text.
func newTable(text io.Reader, l layout) (*table, error) {
	if l.returns {
		text = &lineFeeds{from: text, separator: l.separator}
	}
	limit := &rowLimit{from: text}
	rows := csv.NewReader(bufio.NewReaderSize(limit, pieceSize))
	rows.Comma = rune(l.separator)
	rows.FieldsPerRecord = -1 // counted by hand, for a better sentence
	rows.ReuseRecord = true
	t := &table{csv: rows, limit: limit, first: newAccountLines()}
	return t, t.readHeader()
}

const nameTheColumns = "The first row has to name the columns: "

// readHeader finds out which column each field belongs to.
func (t *table) readHeader() error {
	header, err := t.read()
	broken, isBroken := errors.AsType[account.RowError](err)
	switch {
	case err == io.EOF:
		return &FileError{"The file is empty.", nameTheColumns + columnNames() + "."}
	case isBroken:
		return &FileError{"The first row cannot be read: " + broken.Reason + ".", nameTheColumns + columnNames() + "."}
	case err != nil:
		return err
	}
	t.columns = make([]int, len(header))
	var unknown, twice []string
	for i, name := range header {
		column := columnByName(name)
		t.columns[i] = column
		switch {
		case column < 0:
			unknown = append(unknown, fmt.Sprintf("%q", shown(name)))
		case slices.Contains(t.given, columns[column].field):
			twice = append(twice, string(columns[column].field))
		default:
			t.given = append(t.given, columns[column].field)
		}
	}
	switch {
	case len(unknown) == len(header):
		return &FileError{"The first row names no known column.", nameTheColumns + columnNames() + "."}
	case len(unknown) > 0:
		return &FileError{"These columns are not known: " + list(unknown) + ".", "The known columns are " + columnNames() + "."}
	case len(twice) > 0:
		return &FileError{"These columns stand there twice: " + list(twice) + ".", "Leave one of each."}
	case !t.has(member.FieldName):
		return &FileError{"The column fullName is missing.", "Each member needs a name."}
	case !t.has(member.FieldEmail) && !t.has(member.FieldLoginID):
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

func (t *table) has(field member.Field) bool { return slices.Contains(t.given, field) }

// fieldOf finds the field of a row that holds the column, or -1.
func (t *table) fieldOf(field member.Field) int {
	return slices.IndexFunc(t.columns, func(i int) bool { return columns[i].field == field })
}

// empty says that there is nobody in the file.
func (t *table) empty() error {
	if t.examples > 0 {
		return &FileError{"The file holds only the example row of the template.", "Write one row for each member in its place."}
	}
	return &FileError{"The file names its columns but holds no members.", "Write one row for each member below the header row."}
}

// next gives the next row that is somebody's, or io.EOF.
func (t *table) next() (account.Row, error) {
	for {
		cells, err := t.read()
		if broken, isBroken := errors.AsType[account.RowError](err); isBroken {
			return account.Row{Line: broken.Line, Given: t.given, Problems: []account.RowError{broken}}, nil
		}
		switch {
		case err != nil:
			return account.Row{}, err
		case t.isExample(cells):
			t.examples++
		default:
			return t.row(cells), nil
		}
	}
}

// read gives the cells of the next row in which anything stands, or io.EOF. A row that cannot be taken apart is an
// account.RowError; the next ones may be good.
func (t *table) read() ([]string, error) {
	for !t.ended {
		cells, err := t.csv.Read()
		size := t.csv.InputOffset() - t.end
		t.end += size
		t.limit.nextRow()
		syntax, isSyntax := errors.AsType[*csv.ParseError](err)
		switch {
		case t.limit.ended:
			t.ended = true
			return nil, account.RowError{Line: t.lineOf(syntax), Reason: fmt.Sprintf(
				"the row is larger than %d KiB, and nothing after it was read: a quotation mark may be missing", maxRow>>10)}
		case isSyntax:
			return nil, account.RowError{Line: syntax.StartLine, Reason: syntaxReason(err)}
		case err == io.EOF:
			return nil, err
		case err != nil:
			return nil, fmt.Errorf("reading a file of members: %w", err)
		case size > maxRow:
			return nil, account.RowError{Line: t.line(), Reason: fmt.Sprintf("the row is larger than %d KiB", maxRow>>10)}
		case isBlank(cells):
			continue
		case t.columns != nil && len(cells) != len(t.columns):
			return nil, account.RowError{Line: t.line(),
				Reason: fmt.Sprintf("the row has %s, the header has %d", count(len(cells), "field"), len(t.columns))}
		}
		return cells, nil
	}
	return nil, io.EOF
}

// line is where the row begins that was read last.
func (t *table) line() int {
	line, _ := t.csv.FieldPos(0)
	return line
}

// lineOf is line for a row that may not have been taken apart.
func (t *table) lineOf(syntax *csv.ParseError) int {
	if syntax != nil {
		return syntax.StartLine
	}
	return t.line()
}

// isBlank reports whether a row is one that a spreadsheet leaves behind where cells were cleared.
func isBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

func syntaxReason(err error) string {
	if errors.Is(err, csv.ErrBareQuote) {
		return "a quotation mark stands in a field that does not begin with one; enclose the field and double the mark"
	}
	return "a field in quotation marks does not end: its last mark is missing, or something follows it"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
