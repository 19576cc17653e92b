package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// notAllowed is the exit code with which boot.sh says that this host lets nobody boot a systemd.
const notAllowed = 77

// What deploy/README.md says works on a host with systemd, with the units as they are: the service gets its key as a
// credential, answers, comes back when it is killed, and ends in order; a backup is made and restored. systemd is a real
// one, on its own in a copy of this host's files.
func TestServicesUnderSystemd(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"unshare", "findmnt", "sudo", "curl", "/lib/systemd/systemd"} {
		tool(t, name)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can boot a systemd: the units were not run")
	}
	binary := built(t)
	dir, err := os.MkdirTemp("", "rekey-systemd-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	page, _, _ := strings.Cut(documented(t, "sh page"), "sudo -u rekey rekey check")
	for name, commands := range map[string]string{"user": documented(t, "sh user"), "page": page, "restore": documented(t, "sh restore")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(commands), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.CopyFS(dir, os.DirFS("testdata/systemd")),
		os.CopyFS(filepath.Join(dir, "deploy"), os.DirFS("deploy")), os.Link(binary, filepath.Join(dir, "rekey"))); err != nil {
		t.Fatal(err)
	}
	boot := exec.CommandContext(t.Context(), "sh", filepath.Join(dir, "boot.sh"), dir)
	complaints, err := boot.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == notAllowed {
		t.Skipf("this host lets nobody boot a systemd: the units were not run\n%s", complaints)
	}
	said, unread := os.ReadFile(filepath.Join(dir, "said"))
	if err := errors.Join(err, unread); err != nil || !strings.HasSuffix(string(said), "all is well\n") {
		t.Errorf("%v\n%s\n%s", err, complaints, said)
	}
}
