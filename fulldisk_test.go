package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"rekey/account"
	"rekey/demo"
	"rekey/member"
)

// smallDisk is a file system of its own, with a data directory on it.
type smallDisk struct {
	t    *testing.T
	root string
	dir  string
	env  []string
}

// newSmallDisk needs the right to mount.
func newSmallDisk(t *testing.T, binary string) *smallDisk {
	t.Helper()
	root := t.TempDir()
	if err := syscall.Mount("tmpfs", root, "tmpfs", 0, "size=3m,mode=0700"); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(root, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	d := &smallDisk{t: t, root: root, dir: filepath.Join(root, "d")}
	d.env = []string{"REKEY_DIR=" + d.dir, "REKEY_ADMIN=" + demo.AdminEmail, "REKEY_ADMIN_PASSWORD=" + demoPassword}
	output(t, binary, d.env, "demo", "--members", "60", "--prepare")
	return d
}

// fill leaves no room on the disk.
func (d *smallDisk) fill() {
	d.t.Helper()
	f, err := os.Create(filepath.Join(d.root, "ballast"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
}

func (d *smallDisk) makeRoom() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.root, "ballast")); err != nil {
		d.t.Fatal(err)
	}
}

func (d *smallDisk) readOnly(only bool) {
	d.t.Helper()
	flags := uintptr(syscall.MS_REMOUNT)
	if only {
		flags |= syscall.MS_RDONLY
	}
	if err := syscall.Mount("tmpfs", d.root, "tmpfs", flags, ""); err != nil {
		d.t.Fatal(err)
	}
}

// files are the names of all that is on the disk.
func (d *smallDisk) files() (names []string) {
	d.t.Helper()
	err := filepath.WalkDir(d.root, func(path string, _ os.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(path, d.root))
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return names
}

// refused lets a command fail with a sentence, and gives it.
func refused(t *testing.T, binary string, env []string, args ...string) string {
	t.Helper()
	cmd := command(t, binary, env, args...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	err := cmd.Run()
	lines := strings.Split(strings.TrimSpace(complaints.String()), "\n")
	said := lines[len(lines)-1]
	if cmd.ProcessState.ExitCode() != exitFailed || !strings.HasPrefix(said, "rekey: ") || !strings.HasSuffix(said, ".") {
		t.Errorf("rekey %q ends with %v and says %q", args, err, complaints.String())
	}
	return said
}

// membersOf writes a file to import.
func membersOf(t *testing.T, name string, n int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("loginID,fullName,accountStatus\n")
	for i := range n {
		fmt.Fprintf(&text, "%s%05d,Some Body,2\n", name, i)
	}
	path := filepath.Join(t.TempDir(), name+".csv")
	if err := os.WriteFile(path, []byte(text.String()), fileMode); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFullDisk fills the disk under commands and an open console, and makes room again.
func TestFullDisk(t *testing.T) {
	binary := built(t)
	t.Parallel()
	d := newSmallDisk(t, binary)
	console := start(t, binary, d.env[:1])
	signInToConsole(console)
	p := reopened(t, d.dir)
	admin := signedIn(t, p)
	before := readBooks(t, p)
	var targets []member.ID
	for id, m := range before.members {
		if m.Status == member.Active && m.Type() == member.LoginID && m.LoginID != "line1-003" {
			targets = append(targets, id)
		}
	}
	slices.Sort(targets)
	few, many := membersOf(t, "few", 400), membersOf(t, "many", 16_000)

	const noRoom = "no space left on device"
	empty := d.files()
	if said := refused(t, binary, d.env, "import", many, "--yes"); !strings.Contains(said, noRoom) { // a copy of the store grows
		t.Errorf("an import that does not fit says %q", said)
	}
	if got := d.files(); !slices.Equal(got, empty) {
		t.Errorf("an import that does not fit leaves %q, before %q", got, empty)
	}

	d.fill()
	done, err := 0, error(nil)
	for ; ; done++ { // there is room inside the file for a while
		if _, err = p.service.Reset(t.Context(), admin, targets[done%len(targets)], account.ReasonForgot); err != nil {
			break
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("after %d resets: %v", done, err)
	}
	b := readBooks(t, p)
	if n := len(b.records) - len(before.records); n < done {
		t.Errorf("of %d resets that were acknowledged %d are there", done, n)
	}
	shown := output(t, binary, d.env, "members", "--json")
	b.checkWhole(t, before)
	left := d.files()
	for _, args := range [][]string{
		{"reset", "line1-003", "--reason", "forgot", "--yes"},
		{"import", few, "--yes"},
		{"form", "line1-003"},
		{"backup", filepath.Join(d.root, "backup.db")},
	} {
		if said := refused(t, binary, d.env, args...); !strings.Contains(said, noRoom) {
			t.Errorf("rekey %q says %q", args, said)
		}
	}
	if got := d.files(); !slices.Equal(got, left) {
		t.Errorf("something half-written is left: %q, before %q", got, left)
	}
	if got := output(t, binary, d.env, "members", "--json"); string(got) != string(shown) {
		t.Error("other members are shown on the full disk")
	}

	console.press("/line1-003" + enter)
	console.until("1 of ")
	console.press("r")
	console.until("with a new QR code is made")
	console.press(enter + tab + enter)
	// The reset may still find room inside the file; its form finds none.
	said := func(screen string) bool {
		return strings.Contains(screen, "cannot grow") || strings.Contains(screen, "NOT SAVED")
	}
	console.await(noRoom, said)
	console.press("\x1b")
	console.await("its end", func(screen string) bool { return !said(screen) })
	checkStore(t, p, readBooks(t, p))

	d.makeRoom()
	console.press("r")
	console.until("with a new QR code is made")
	console.press(enter + tab + enter)
	console.until("saved as")
	console.press(ctrlC)
	console.end(exitDone)
	output(t, binary, d.env, "reset", targets[0].String(), "--reason", "forgot", "--yes", "--json")
	output(t, binary, d.env, "import", few, "--yes", "--json")
	after := readBooks(t, p)
	checkStore(t, p, after)
	after.checkWhole(t, before)
	if n := after.count(account.EventReset)[targets[0]] - b.count(account.EventReset)[targets[0]]; n != 1 {
		t.Errorf("once there is room a reset was done %d times", n)
	}
	if n := len(after.members) - len(before.members); n != 400 {
		t.Errorf("once there is room %d members were imported", n)
	}
}

// signInToConsole signs the demo's admin in.
func signInToConsole(s *session) {
	s.t.Helper()
	s.until("Password")
	s.press(demo.AdminEmail + enter + demoPassword + enter)
	s.until("line1-003")
}

// TestReadOnlyDisk turns the disk read-only, as a kernel does that has seen it fail.
func TestReadOnlyDisk(t *testing.T) {
	binary := built(t)
	t.Parallel()
	d := newSmallDisk(t, binary)
	console := start(t, binary, d.env[:1])
	signInToConsole(console)
	shown := output(t, binary, d.env, "members", "--json")

	d.readOnly(true)
	if got := output(t, binary, d.env, "members", "--json"); string(got) != string(shown) {
		t.Error("other members are shown on the read-only disk")
	}
	output(t, binary, d.env, "backup", filepath.Join(t.TempDir(), "backup.db"))
	few := membersOf(t, "few", 3)
	for _, args := range [][]string{
		{"reset", "line1-003", "--reason", "forgot", "--yes"}, {"import", few, "--yes"}, {"form", "line1-003"},
		{"backup", filepath.Join(d.root, "backup.db")},
	} {
		if said := refused(t, binary, d.env, args...); !strings.Contains(said, "read-only file system") {
			t.Errorf("rekey %q says %q", args, said)
		}
	}
	console.press("/line1-003" + enter)
	console.until("1 of ")
	console.press("r")
	console.until("with a new QR code is made")
	console.press(enter + tab + enter)
	console.until("read-only file system")
	console.press("\x1b")
	console.untilGone("read-only file system")

	d.readOnly(false)
	console.press("r")
	console.until("with a new QR code is made")
	console.press(enter + tab + enter)
	console.until("saved as")
	console.press(ctrlC)
	console.end(exitDone)
	p := reopened(t, d.dir)
	b := readBooks(t, p)
	checkStore(t, p, b)
	if n := len(b.count(account.EventReset)); n != 1 {
		t.Errorf("%d members were reset", n)
	}
}

// TestStoreTakenAway moves the store away under an open console, and puts it back.
func TestStoreTakenAway(t *testing.T) {
	binary := built(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	env := []string{"REKEY_DIR=" + dir, "REKEY_ADMIN=" + demo.AdminEmail, "REKEY_ADMIN_PASSWORD=" + demoPassword}
	output(t, binary, env, "demo", "--members", "60", "--prepare")
	console := start(t, binary, env[:1])
	signInToConsole(console)
	store, away := filepath.Join(dir, "rekey.db"), filepath.Join(t.TempDir(), "away.db")
	if err := os.Rename(store, away); err != nil {
		t.Fatal(err)
	}
	few := membersOf(t, "few", 3)
	for _, args := range [][]string{
		{"members"}, {"reset", "line1-003", "--reason", "forgot", "--yes"}, {"import", few, "--yes"}, {"form", "line1-003"},
		{"backup", filepath.Join(t.TempDir(), "backup.db")},
	} {
		if said := refused(t, binary, env, args...); !strings.Contains(said, "There is no store at") {
			t.Errorf("rekey %q says %q", args, said)
		}
	}
	console.press("/line1-003" + enter)
	console.until("1 of ")
	console.press("r")
	console.until("There is no store at")
	if _, err := os.Lstat(store); err == nil {
		t.Error("a store was made in place of the one that was taken away")
	}
	if err := os.Rename(away, store); err != nil {
		t.Fatal(err)
	}
	console.until("r reset password") // it has found the store again
	console.press("r")
	console.until("with a new QR code is made")
	console.press(enter + tab + enter)
	console.until("saved as")
	console.press(ctrlC)
	console.end(exitDone)
	p := reopened(t, dir)
	checkStore(t, p, readBooks(t, p))
}

// nobody is a user who is not root.
const nobody = 65534

// TestPermissionsTakenAway lets a user work who may not do everything.
func TestPermissionsTakenAway(t *testing.T) {
	binary := built(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can work as another user")
	}
	t.Parallel()
	place, err := os.MkdirTemp("", "rekey-shared-") // others do not reach into t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(place) })
	if err := os.Chmod(place, 0o711); err != nil {
		t.Fatal(err)
	}
	ours := filepath.Join(place, "rekey")
	if err := os.Link(binary, ours); err != nil {
		t.Skipf("the program cannot be put where others reach it: %v", err)
	}
	dir := filepath.Join(place, "d")
	env := []string{"REKEY_DIR=" + dir, "REKEY_ADMIN=" + demo.AdminEmail, "REKEY_ADMIN_PASSWORD=" + demoPassword}
	output(t, binary, env, "demo", "--members", "60", "--prepare")
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, nobody, nobody))
	})
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (said string, code int) {
		t.Helper()
		cmd := command(t, ours, env, args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Skipf("no program can be run as another user: %v", err)
		}
		return strings.TrimSpace(string(out)), cmd.ProcessState.ExitCode()
	}
	chmod := func(name string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if said, code := run("members"); code != exitDone {
		t.Fatalf("with all permissions it says %q", said)
	}
	const denied = "permission denied"
	reset := []string{"reset", "line1-003", "--reason", "forgot", "--yes", "--json"}
	for _, test := range []struct {
		file         string
		taken, given os.FileMode
		reads        bool
	}{
		{"rekey.db", 0, 0o600, false},
		{"rekey.db", 0o400, 0o600, true},
		{"rekey.db.gate", 0, 0o600, false},
		{"rekey.db.writer", 0, 0o600, true},
		{"rekey.key", 0, 0o600, false},
		{"rekey.toml", 0, 0o600, false},
		{".", 0, 0o700, false},
	} {
		chmod(test.file, test.taken)
		path := filepath.Join(dir, test.file)
		said, code := run("members", "--json")
		if test.reads != (code == exitDone) || !test.reads && (!strings.Contains(said, denied) || !strings.Contains(said, path)) {
			t.Errorf("%s with the mode %o: rekey members says %q", test.file, test.taken, said)
		}
		if said, code := run(reset...); code != exitFailed || !strings.Contains(said, denied) || !strings.Contains(said, path) || !strings.HasSuffix(said, ".") {
			t.Errorf("%s with the mode %o: rekey reset ends with %d and says %q", test.file, test.taken, code, said)
		}
		chmod(test.file, test.given)
	}
	p := reopened(t, dir)
	if b := readBooks(t, p); len(b.count(account.EventReset)) != 0 {
		t.Error("a reset that was refused was done")
	}
	chmod("forms", 0o500)
	said, code := run(reset...)
	if code != exitDone || !strings.Contains(said, denied) {
		t.Errorf("without a place for the form rekey reset ends with %d and says %q", code, said)
	}
	chmod("forms", 0o700)
	if said, code := run("form", "line1-003"); code != exitDone {
		t.Errorf("once there is a place rekey form ends with %d and says %q", code, said)
	}
	b := readBooks(t, p)
	checkStore(t, p, b)
	if len(b.count(account.EventReset)) != 1 {
		t.Error("the reset was not done")
	}
}
