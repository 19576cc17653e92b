package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "rekey"

// mayImport says which packages of ours each package may import, and why no others. A new package needs a line here.
var mayImport = map[string]struct {
	ours []string
	why  string
}{
	".":       {[]string{"member", "account", "store", "mailer", "pdfgen", "roster", "demo", "tui", "web", "metrics", "alone"}, "main puts everything together"},
	"member":  {nil, "who the members are depends on nothing"},
	"account": {[]string{"member"}, "the rules declare the ports that they need, and know no adapter"},
	"store":   {[]string{"member", "account"}, "an adapter serves the ports of account, and knows no other adapter"},
	"mailer":  {[]string{"member", "account"}, "an adapter serves the ports of account, and knows no other adapter"},
	"pdfgen":  {[]string{"member", "account"}, "an adapter serves the ports of account, and knows no other adapter"},
	"roster":  {[]string{"member", "account"}, "a file gives the rows that the rules of an import take"},
	"demo":    {[]string{"member", "account"}, "made-up members go into any store"},
	"tui":     {[]string{"member", "account", "roster"}, "a front door calls the rules, never an adapter"},
	"alone":   {nil, "what comes before everything else depends on nothing"},
	"hostile": {nil, "hostile text is for the tests alone"},
	"web":     {[]string{"member", "account", "roster"}, "a front door calls the rules, never an adapter"},
	"metrics": {[]string{"member", "account"}, "a front door calls the rules, never an adapter"},
	"bench":   {[]string{"member", "account", "store", "mailer", "pdfgen", "roster", "demo", "tui", "web"}, "the measuring looks at every part"},
}

// onlyIn says which packages alone may import a library of others, so that it can be replaced there. The measuring sets
// rekey beside the bare libraries, and so may import all of them.
var onlyIn = map[string][]string{
	"go.etcd.io/bbolt":              {"store"},
	"github.com/fxamacker/cbor":     {"store"},
	"github.com/fsnotify/fsnotify":  {"store"},
	"github.com/emersion/":          {"mailer"},
	"net/smtp":                      nil, // go-smtp is what speaks SMTP
	"codeberg.org/go-pdf/fpdf":      {"pdfgen"},
	"golang.org/x/image":            {"pdfgen"},
	"charm.land/bubbletea":          {"tui"},
	"charm.land/bubbles":            {"tui"},
	"charm.land/lipgloss":           {"tui"},
	"charm.land/huh":                {".", "tui"},
	"github.com/spf13/cobra":        {"."},
	"github.com/BurntSushi/toml":    {"."},
	"golang.org/x/crypto/argon2":    {"account"},
	"github.com/skip2/go-qrcode":    {"pdfgen", "tui"},
	"github.com/creack/pty":         nil, // for tests
	"github.com/rogpeppe/":          nil, // for tests
	"github.com/junegunn/fzf":       nil, // to measure against
	"rsc.io/qr":                     nil, // to measure against
	"github.com/makiuchi-d/gozxing": nil, // for tests
	"github.com/chromedp/":          nil, // for tests
	"net/http":                      {"web", "metrics"},
	"rekey/hostile":                 nil, // for tests
}

func TestImportsGoOneWay(t *testing.T) {
	seen := map[string]bool{}
	for file, imports := range importsOfTree(t) {
		dir := path.Dir(file)
		rule, known := mayImport[dir]
		if !known {
			t.Errorf("%s: the package %s has no line in mayImport", file, dir)
			continue
		}
		seen[dir] = true
		for _, imported := range imports {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			switch {
			case isOurs && !slices.Contains(rule.ours, ours):
				t.Errorf("%s imports %s: %s", file, imported, rule.why)
			case !isOurs && dir == "member" && strings.Contains(imported, "."):
				t.Errorf("%s imports %s: member stands on the standard library alone", file, imported)
			case dir == "alone" && imported != "syscall":
				t.Errorf("%s imports %s: what is initialised first needs nothing that comes later", file, imported)
			}
			for library, allowed := range onlyIn {
				if strings.HasPrefix(imported, library) && !slices.Contains(allowed, dir) && dir != "bench" {
					t.Errorf("%s imports %s, which only %q may", file, imported, allowed)
				}
			}
		}
	}
	for _, dir := range []string{".", "member", "account", "store", "mailer", "pdfgen", "roster", "demo", "tui", "web", "metrics", "bench", "hostile", "alone"} {
		if !seen[dir] {
			t.Errorf("no file of %s was looked at", dir)
		}
	}
}

// importsOfTree gives the imports of each Go file in the tree that is not a test.
func importsOfTree(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || len(entry.Name()) > 1 && entry.Name()[0] == '.'):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			files[filepath.ToSlash(name)] = append(files[filepath.ToSlash(name)], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestRandomnessIsCrypto looks for math/rand: what it gives can be guessed. Only made-up members come from it.
func TestRandomnessIsCrypto(t *testing.T) {
	crypto := 0
	for file, imports := range importsOfTree(t) {
		for _, imported := range imports {
			switch {
			case strings.HasPrefix(imported, "math/rand") && !slices.Contains([]string{"demo", "bench"}, path.Dir(file)):
				t.Errorf("%s imports %s: use crypto/rand", file, imported)
			case imported == "crypto/rand":
				crypto++
			}
		}
	}
	if crypto == 0 {
		t.Error("no file imports crypto/rand: this test looks in the wrong place")
	}
}
