package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withLp puts a program called lp, and nothing else of that name, in front of the path.
func withLp(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lp"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return dir
}

func TestPrintThroughLp(t *testing.T) {
	dir := withLp(t, `printf '%s|' "$@" > "$(dirname "$0")/called"`)
	if err := printer()(context.Background(), "-o landscape.pdf"); err != nil {
		t.Fatal(err)
	}
	called, err := os.ReadFile(filepath.Join(dir, "called"))
	if err != nil || string(called) != "--|-o landscape.pdf|" {
		t.Errorf("lp was called with %q, %v", called, err)
	}
}

func TestPrintThatFails(t *testing.T) {
	withLp(t, "echo 'lp: no default destination' >&2; echo more; exit 1")
	err := printer()(context.Background(), "form.pdf")
	if err == nil || !strings.Contains(err.Error(), "lp: no default destination. Check the printer") {
		t.Errorf("got %v", err)
	}
}

func TestNoPrinter(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if printer() != nil {
		t.Error("there is printing without lp")
	}
}
