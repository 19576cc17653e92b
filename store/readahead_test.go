package store

import (
	"context"
	"os"
	"testing"
)

// TestReadingAheadEndsByItself at the end of the file, at once when nobody waits for it any more, and without a file.
func TestReadingAheadEndsByItself(t *testing.T) {
	s := newStore(t)
	s.ReadAhead(t.Context())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	s.ReadAhead(ended)
	gone := &Store{path: s.path + ".gone"}
	gone.ReadAhead(t.Context())
	if _, err := os.Lstat(gone.path); !os.IsNotExist(err) {
		t.Errorf("it made a file: %v", err)
	}
}
