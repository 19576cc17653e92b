package roster

import (
	"fmt"
	"strings"

	"rekey/member"
)

// A FileError says why a file as a whole cannot be read.
type FileError struct {
	Message string // one sentence: what is wrong
	Hint    string // one sentence: what to do next
}

// Error gives the sentence and the hint.
func (e *FileError) Error() string { return e.Message + " " + e.Hint }

// A RowError says what is wrong in one row. Its texts are harmless in a terminal.
type RowError struct {
	Line   int    // of the file, from 1; where the cell begins, if one is named
	Column string // as the product names it; empty: the row as a whole
	Value  string // what stands in the cell, cleaned and cut; may be empty
	Reason string // a sentence without its full stop
}

// Error gives the place, the value and the reason on one line.
func (e RowError) Error() string {
	switch {
	case e.Column == "":
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	case e.Value == "":
		return fmt.Sprintf("line %d, %s: %s", e.Line, e.Column, e.Reason)
	}
	return fmt.Sprintf("line %d, %s %q: %s", e.Line, e.Column, e.Value, e.Reason)
}

// Errors are all that is wrong in a file's rows, in the order of the lines.
type Errors []RowError

// maxNamed is how many errors a message names: nobody reads more before correcting the first.
const maxNamed = 100

// Error names the first hundred, one a line, and counts the rest.
func (e Errors) Error() string {
	named := e[:min(len(e), maxNamed)]
	lines := make([]string, len(named), len(named)+1)
	for i, row := range named {
		lines[i] = row.Error()
	}
	if rest := len(e) - len(named); rest > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(lines, "\n")
}

// maxShown is how many characters of a foreign value a message shows.
const maxShown = 60

// shown makes a value fit for a message: cut first, so that a huge cell costs nothing, then cleaned.
func shown(value string) string {
	count := 0
	for i := range value {
		if count == maxShown {
			return member.Clean(value[:i]) + "…"
		}
		count++
	}
	return member.Clean(value)
}
