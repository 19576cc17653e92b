package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// documented gives the block of a kind that deploy/README.md shows: what is documented is what is tested.
func documented(t *testing.T, kind string) string {
	t.Helper()
	text, err := os.ReadFile("deploy/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```"+kind+"\n")
	block, _, ends := strings.Cut(rest, "```")
	if !found || !ends {
		t.Fatalf("deploy/README.md shows no %s", kind)
	}
	return block
}

// tool finds a program, also in the directories of an administrator's, or skips the test.
func tool(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"", "/usr/sbin/", "/usr/local/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path
		}
	}
	t.Skipf("there is no %s here", name)
	return ""
}

var exposure = regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+) `)

// The services may do little more than they have to: 0 is nothing that systemd could forbid, 10 everything.
func TestUnitsAreHardened(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	units, err := filepath.Glob("deploy/*.service")
	if err != nil || len(units) != 2 {
		t.Fatalf("the services are %v, %v", units, err)
	}
	for _, unit := range units {
		out, _ := exec.CommandContext(t.Context(), analyze, "security", "--no-pager", "--offline=true", unit).CombinedOutput()
		found := exposure.FindSubmatch(out)
		if found == nil {
			t.Fatalf("%s is not rated: %s", unit, out)
		}
		if level, err := strconv.ParseFloat(string(found[1]), 64); err != nil || level >= 2 {
			t.Errorf("%s is rated %v (%v)", unit, level, err)
		}
	}
}

// The units hold no mistake that systemd knows of, but that rekey is not installed here.
func TestUnitsAreUnderstood(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	units, err := filepath.Glob("deploy/*.*er*")
	if err != nil || len(units) != 3 {
		t.Fatalf("the units are %v, %v", units, err)
	}
	binary, dir := built(t), t.TempDir()
	var copies []string
	for _, unit := range units {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, filepath.Base(unit))
		if err := os.WriteFile(copied, []byte(strings.ReplaceAll(string(text), "/usr/local/bin/rekey", binary)), 0o600); err != nil {
			t.Fatal(err)
		}
		copies = append(copies, copied)
	}
	out, err := exec.CommandContext(t.Context(), analyze, append([]string{"verify", "--man=no"}, copies...)...).CombinedOutput()
	if err != nil || strings.Contains(string(out), dir) {
		t.Errorf("%v\n%s", err, out)
	}
}

// The lines for sudo are such as it reads.
func TestSudoersAreUnderstood(t *testing.T) {
	visudo := tool(t, "visudo")
	file := filepath.Join(t.TempDir(), "sudoers")
	if err := os.WriteFile(file, []byte(documented(t, "sudoers")), 0o440); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), visudo, "-c", "-s", "-f", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
