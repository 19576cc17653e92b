package main

import (
	"fmt"

	"rekey/account"
	"rekey/member"
	"rekey/roster"
)

// maxNamedRows is how many problems are listed on stderr: nobody reads more before correcting the first.
const maxNamedRows = 100

// badRows names what is wrong with the rows of a file: the first ones on stderr, all of them in a report.
type badRows struct {
	cli    *cli
	bar    *progress
	named  int
	file   *wholeFile // nil: no report is asked for
	report *roster.Report
	failed error // of the report
}

func (c *cli) newBadRows(path string, bar *progress) (*badRows, error) {
	b := &badRows{cli: c, bar: bar}
	if path == "" {
		return b, nil
	}
	var err error
	if b.file, err = newWholeFile(path); err != nil {
		return nil, err
	}
	if b.report, err = roster.NewReport(b.file); err != nil {
		b.file.drop()
	}
	return b, err
}

func (b *badRows) add(e account.RowError) {
	if b.named++; b.named <= maxNamedRows {
		b.bar.clear()
		fmt.Fprintln(b.cli.err, member.Clean(e.Error()))
	}
	if b.file != nil && b.failed == nil {
		b.failed = b.report.Add(e)
	}
}

// end saves the report, unless the file could not be gone through, and counts the problems that were not listed.
func (b *badRows) end(err error) error {
	err = b.save(err)
	rest := b.named - maxNamedRows
	switch {
	case rest <= 0:
	case b.file == nil:
		fmt.Fprintf(b.cli.err, "and %d more, which --report FILE would list\n", rest)
	case err != nil:
		fmt.Fprintf(b.cli.err, "and %d more\n", rest)
	default:
		fmt.Fprintf(b.cli.err, "and %d more: all are in %s\n", rest, member.Clean(b.file.path))
	}
	return err
}

// save keeps the report if all of it could be written; err is what stopped the going through.
func (b *badRows) save(err error) error {
	if b.file == nil {
		return err
	}
	if err == nil {
		err = b.failed
	}
	if err == nil {
		err = b.report.Flush()
	}
	if err != nil {
		b.file.drop()
		return err
	}
	return b.file.keep()
}
