package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
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

// The page's service has Internet sockets and no others; the backup's has none.
func TestUnitsHaveFewSockets(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	for unit, forbidden := range map[string][]string{
		"rekey.service":        {"AF_UNIX", "AF_PACKET", "AF_NETLINK", "OTHER"},
		"rekey-backup.service": {"AF_UNIX", "AF_PACKET", "AF_NETLINK", "OTHER", "AF_INET_INET6"},
	} {
		out, err := exec.CommandContext(t.Context(), analyze, "security", "--no-pager", "--offline=true", "--json=short",
			filepath.Join("deploy", unit)).Output()
		var rated []struct {
			Name string `json:"json_field"`
			Set  *bool
		}
		if jsonErr := json.Unmarshal(out, &rated); jsonErr != nil {
			t.Skipf("this systemd-analyze rates without JSON: %v, %v", err, jsonErr)
		}
		isForbidden := map[string]bool{}
		for _, r := range rated {
			if family, found := strings.CutPrefix(r.Name, "RestrictAddressFamilies_"); found {
				isForbidden[family] = r.Set != nil && *r.Set
			}
		}
		for _, family := range forbidden {
			if !isForbidden[family] {
				t.Errorf("%s may have sockets of %s", unit, family)
			}
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

// The lines for sudo are such as it reads, and allow one command with its arguments, without the caller's environment.
func TestSudoersAreUnderstood(t *testing.T) {
	visudo := tool(t, "visudo")
	file := filepath.Join(t.TempDir(), "sudoers")
	if err := os.WriteFile(file, []byte(documented(t, "sudoers")), 0o440); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), visudo, "-c", "-s", "-f", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), tool(t, "cvtsudoers"), "-f", "json", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var read any
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	type list = []any
	const program = "/usr/local/bin/rekey"
	want := object{
		"Defaults": list{object{"Binding": list{object{"command": program}},
			"Options": list{object{"env_reset": true}, object{"setenv": false}, object{"use_pty": true}}}},
		"User_Specs": list{object{"User_List": list{object{"usergroup": "rekey-admins"}}, "Host_List": list{object{"hostname": "ALL"}},
			"Cmnd_Specs": list{object{"runasusers": list{object{"username": "rekey"}}, "Options": list{object{"authenticate": false}},
				"Commands": list{object{"command": program + " --restricted --dir /var/lib/rekey"}}}}}},
	}
	if !reflect.DeepEqual(read, want) {
		t.Errorf("sudo reads them as\n%s", out)
	}
}
