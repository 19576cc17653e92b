package main

import (
	"os"
	"strings"
	"testing"
)

// TestDependenciesAreExplained compares go.mod with docs/dependencies.md: every module that is required directly, and
// every tool, has a row there, and a module with a version of its own that version.
func TestDependenciesAreExplained(t *testing.T) {
	manifest, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(document)) {
		if cells := strings.Split(line, "|"); len(cells) > 4 {
			rows[strings.TrimSpace(cells[1])] = cells[2]
		}
	}
	required := 0
	for line := range strings.Lines(string(manifest)) {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(words) != 2 || !strings.Contains(words[0], ".") || !strings.HasPrefix(words[1], "v") {
			continue // not a direct requirement
		}
		required++
		module, version := words[0], words[1]
		listed, explained := rows[module]
		switch {
		case !explained:
			t.Errorf("%s has no row in docs/dependencies.md", module)
		case strings.HasPrefix(version, "v0.0.0-"): // known by its date
		case !strings.Contains(listed, version):
			t.Errorf("docs/dependencies.md says %s is at%s, go.mod says %s", module, listed, version)
		}
	}
	if required < 20 {
		t.Errorf("found only %d requirements in go.mod", required)
	}
}
