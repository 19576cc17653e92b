package roster

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"rekey/account"
)

// Report writes what is wrong with the rows of a file as a CSV file of its own: line, column, value and reason.
type Report struct{ out *csv.Writer }

// NewReport begins a report.
func NewReport(w io.Writer) (*Report, error) {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return nil, fmt.Errorf("writing a report: %w", err)
	}
	r := &Report{csv.NewWriter(w)}
	return r, r.write("line", "column", "value", "reason")
}

// Add writes one problem. A value that a spreadsheet would run is quoted, as Write does.
func (r *Report) Add(e account.RowError) error {
	return r.write(strconv.Itoa(e.Line), string(e.Column), quoteFormula(e.Value), e.Reason)
}

// Flush ends the report.
func (r *Report) Flush() error {
	r.out.Flush()
	if err := r.out.Error(); err != nil {
		return fmt.Errorf("writing a report: %w", err)
	}
	return nil
}

func (r *Report) write(cells ...string) error {
	if err := r.out.Write(cells); err != nil {
		return fmt.Errorf("writing a report: %w", err)
	}
	return nil
}
