package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"golang.org/x/term"
)

// newLog makes a log: text for a person at a terminal, JSON lines for whatever else reads it. Those are harmless as well:
// a log ends up on somebody's terminal.
func newLog(w io.Writer) *slog.Logger {
	if isTerminal(w) {
		return slog.New(slog.NewTextHandler(cleanLines{w}, nil))
	}
	return slog.New(slog.NewJSONHandler(harmlessJSON{w}, nil))
}

// harmlessJSON escapes what would act on a terminal. Each write has to be whole values.
type harmlessJSON struct{ to io.Writer }

func (h harmlessJSON) Write(b []byte) (int, error) {
	escaped := bytes.NewBuffer(slices.Clone(b))
	escapeHarmful(escaped)
	if _, err := h.to.Write(escaped.Bytes()); err != nil {
		return 0, err
	}
	return len(b), nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// logFile makes a log that is appended to a file, for programs that draw on the terminal. The caller closes the file.
func logFile(path string) (*slog.Logger, *os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, fileMode)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the log: %w", err)
	}
	return newLog(f), f, nil
}
