package roster

import (
	"strings"
	"testing"
)

func TestReadAllKeepsToTheLimit(t *testing.T) {
	const limit = 1 << 20
	if raw, err := readAll(strings.NewReader(strings.Repeat("a", limit)), limit); err != nil || len(raw) != limit {
		t.Errorf("at the limit: %d bytes, %v", len(raw), err)
	}
	_, err := readAll(strings.NewReader(strings.Repeat("a", limit+1)), limit)
	if want := "The file is larger than 1 MiB. Split it into several files."; err == nil || err.Error() != want {
		t.Errorf("above the limit: %v", err)
	}
}
