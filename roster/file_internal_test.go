package roster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAStreamIsKeptUpToTheLimitOnly(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const limit = 1 << 20
	file, err := spool(strings.NewReader(strings.Repeat("a", limit)), limit)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.Size() != limit || info.Mode().Perm() != 0o600 {
		t.Errorf("at the limit: %v, %v", info, err)
	}
	_, err = spool(strings.NewReader(strings.Repeat("a", limit+1)), limit)
	if want := "The file is larger than 1 MiB. Split it into several files."; err == nil || err.Error() != want {
		t.Errorf("above the limit: %v", err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("files are left behind: %v, %v", left, err)
	}
}

func TestAFileThatIsTooLargeIsNotReadAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.csv")
	sparse, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer sparse.Close()
	if err := sparse.Truncate(MaxSize + 1); err != nil {
		t.Skip("no sparse files here: ", err)
	}
	_, err = Open(path)
	if want := "The file is larger than 4096 MiB. Split it into several files."; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
