package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// promised finds the name of a test in a document.
var promised = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")

// inPackage finds a package and the tests that are named behind it.
var inPackage = regexp.MustCompile("(?:`([a-z]+)`|(root)): ((?:`(?:Test|Fuzz)[A-Za-z0-9]+`(?:, )?)+)")

// TestPromisesHaveTheirTests looks whether each test that SECURITY.md and RELIABILITY.md name is there, in the package
// that they name before it.
func TestPromisesHaveTheirTests(t *testing.T) {
	tests := testsOfTree(t)
	for _, document := range []string{"SECURITY.md", "RELIABILITY.md"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		named := 0
		for _, name := range promised.FindAllStringSubmatch(string(text), -1) {
			named++
			if len(tests[name[1]]) == 0 {
				t.Errorf("%s names %s, which is nowhere", document, name[1])
			}
		}
		for _, group := range inPackage.FindAllStringSubmatch(string(text), -1) {
			dir := group[1]
			if group[2] != "" {
				dir = "."
			}
			for _, name := range promised.FindAllStringSubmatch(group[3], -1) {
				if !tests[name[1]][dir] && len(tests[name[1]]) > 0 {
					t.Errorf("%s says that %s is in %s, which it is not", document, name[1], dir)
				}
			}
		}
		if named == 0 {
			t.Errorf("%s names no test", document)
		}
		for _, row := range promises(string(text)) {
			if !promised.MatchString(row) {
				t.Errorf("%s names no test for this promise: %s", document, row)
			}
		}
	}
}

// promises gives the rows of the tables whose last column names tests.
func promises(document string) (rows []string) {
	inTable := false
	for line := range strings.Lines(document) {
		switch cells := strings.Split(strings.TrimSpace(line), "|"); {
		case len(cells) < 3:
			inTable = false
		case strings.HasPrefix(strings.ToLower(strings.TrimSpace(cells[len(cells)-2])), "test"):
			inTable = true
		case inTable && !strings.Contains(line, "---"):
			rows = append(rows, line)
		}
	}
	return rows
}

// testsOfTree gives the directories in which there is a test of each name.
func testsOfTree(t *testing.T) map[string]map[string]bool {
	t.Helper()
	tests := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, declared := range parsed.Decls {
			f, ok := declared.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") && !strings.HasPrefix(f.Name.Name, "Fuzz") {
				continue
			}
			if tests[f.Name.Name] == nil {
				tests[f.Name.Name] = map[string]bool{}
			}
			tests[f.Name.Name][filepath.ToSlash(filepath.Dir(name))] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
