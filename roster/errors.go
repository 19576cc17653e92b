package roster

import (
	"strings"

	"rekey/member"
)

// A FileError says why a file as a whole cannot be read. Its texts are harmless in a terminal.
type FileError struct {
	Message string // one sentence: what is wrong
	Hint    string // one sentence: what to do next
}

// Error gives the sentence and the hint.
func (e *FileError) Error() string { return e.Message + " " + e.Hint }

// maxShown is how many characters of a foreign value a message shows.
const maxShown = 60

// shown makes a value fit for a message: cut first, so that a huge cell costs nothing, then cleaned. It is a copy, so
// that a kept message does not keep the row.
func shown(value string) string {
	count := 0
	for i := range value {
		if count == maxShown {
			return member.Clean(value[:i]) + "…"
		}
		count++
	}
	return strings.Clone(member.Clean(value))
}
