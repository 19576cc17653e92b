package main

import (
	"os"
	"os/exec"
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
	rows := dependencyRows(t)
	required := 0
	for line := range strings.Lines(string(manifest)) {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(words) != 2 || !strings.Contains(words[0], ".") || !strings.HasPrefix(words[1], "v") {
			continue // not a direct requirement
		}
		required++
		module, version := words[0], words[1]
		row, explained := rows[module]
		switch {
		case !explained:
			t.Errorf("%s has no row in docs/dependencies.md", module)
		case strings.HasPrefix(version, "v0.0.0-"): // known by its date
		case !strings.Contains(row[0], version):
			t.Errorf("docs/dependencies.md says %s is at %s, go.mod says %s", module, row[0], version)
		}
	}
	for module, cells := range dependencyRows(t) {
		if cells[1] == "" || !knownLicence(cells[1]) {
			t.Errorf("docs/dependencies.md gives %s the licence %q", module, cells[1])
		}
	}
	if required < 20 {
		t.Errorf("found only %d requirements in go.mod", required)
	}
}

// dependencyRows gives the version and the licence of each module that docs/dependencies.md lists.
func dependencyRows(t *testing.T) map[string][2]string {
	t.Helper()
	document, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][2]string{}
	for line := range strings.Lines(string(document)) {
		cells := strings.Split(line, "|")
		if len(cells) > 4 && strings.Contains(cells[1], ".") {
			rows[strings.TrimSpace(cells[1])] = [2]string{strings.TrimSpace(cells[2]), strings.TrimSpace(cells[3])}
		}
	}
	return rows
}

// knownLicence reports whether a licence allows static linking into a binary that is passed on.
func knownLicence(licence string) bool {
	for _, good := range []string{"MIT", "BSD-3-Clause", "Apache-2.0"} {
		if strings.HasPrefix(licence, good) {
			return true
		}
	}
	return false
}

// Every module that is linked into the program is listed, also those that only other modules require.
func TestLinkedModulesAreListed(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", ".")
	list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	rows, linked := dependencyRows(t), map[string]bool{}
	for line := range strings.Lines(string(out)) {
		module, version, found := strings.Cut(strings.TrimSpace(line), " ")
		if !found || linked[module] {
			continue
		}
		linked[module] = true
		row, listed := rows[module]
		if !listed || !strings.HasPrefix(version, "v0.0.0-") && !strings.Contains(row[0], version) {
			t.Errorf("%s %s is linked; docs/dependencies.md lists %q", module, version, row[0])
		}
	}
	if len(linked) < 30 {
		t.Errorf("only %d modules are linked", len(linked))
	}
}
