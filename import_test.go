package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rekey/account"
	"rekey/demo"
)

// testImport looks at a file before it is taken in: only a yes takes it, and whoever interrupts has changed nothing.
func testImport(t *testing.T, binary string) {
	dir := filepath.Join(t.TempDir(), "d")
	output(t, binary, nil, "demo", "--dir", dir, "--members", "10", "--prepare")
	file := filepath.Join(t.TempDir(), "new.csv")
	if err := os.WriteFile(file, []byte("loginID,fullName,accountStatus\nk1,Ann,2\nk2,Ben,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	signedIn := []string{"REKEY_ADMIN=" + demo.AdminEmail, "REKEY_ADMIN_PASSWORD=" + demoPassword}
	ask := func(file string, flags ...string) *session {
		return start(t, binary, signedIn, append([]string{"--dir", dir, "import", file}, flags...)...)
	}
	members := func() int {
		n := 0
		for _, err := range reopened(t, dir).service.Members(context.Background()) {
			if n++; err != nil {
				t.Fatal(err)
			}
		}
		return n
	}

	refused := ask(file)
	refused.until("new.csv holds 2 members: 2 new, 0 changed, 0 unchanged.")
	refused.until("2 forms with a QR code will be made.")
	refused.until("Import this file? [y/N]")
	refused.press(enter)
	refused.end(exitFailed)
	refused.until("rekey: Nothing has been imported.")

	interrupted := ask(file)
	interrupted.until("Import this file? [y/N]")
	interrupted.press(ctrlC)
	interrupted.end(exitFailed)
	interrupted.until("\nrekey: Interrupted: nobody was added or changed.")

	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err == nil {
		opening := start(t, binary, signedIn, "--dir", dir, "import", pipe)
		writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // it has begun to read
		if err != nil {
			t.Fatal(err)
		}
		defer writer.Close()
		opening.press(ctrlC)
		opening.end(exitFailed)
		opening.until("rekey: Interrupted.")
	}
	if n := members(); n != 10 {
		t.Fatalf("there are %d members, though nobody agreed", n)
	}

	agreed := ask(file)
	agreed.until("Import this file? [y/N]")
	agreed.press("y" + enter)
	agreed.end(exitDone)
	agreed.until("2 members added.")
	if n := members(); n != 12 {
		t.Errorf("there are %d members", n)
	}

	again := ask(file, "--update")
	again.end(exitDone) // nothing to do: nothing to ask
	again.until("0 members changed, 2 unchanged.")
}

func TestProgressSaysHowLongItTakes(t *testing.T) {
	now := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	var out strings.Builder
	read := int64(0)
	p := &progress{out: &out, now: func() time.Time { return now }, begun: now}
	tell := func(rows int) {
		p.tell(func(passed time.Duration) string { return progressText("Checking", rows, passed, read, 1000) })
	}
	for _, at := range []struct {
		after time.Duration
		rows  int
		read  int64
	}{
		{900 * time.Millisecond, 5, 5},  // too early
		{2 * time.Second, 100000, 250},  // a quarter
		{2100 * time.Millisecond, 5, 5}, // too soon again
		{4 * time.Second, 9, 1000},      // all is read
	} {
		now, read = p.begun.Add(at.after), at.read
		tell(at.rows)
	}
	p.clear()
	p.clear()
	want := "\rChecking: 100000 rows, 50000 a second, 6s left" +
		"\rChecking: 9 rows, 2 a second, nearly done" + strings.Repeat(" ", 5) +
		"\r" + strings.Repeat(" ", 43) + "\r"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
	(*progress)(nil).tell(nil) // where nobody looks
	(*progress)(nil).clear()
}

func TestACSVFileOnATerminalIsHarmless(t *testing.T) {
	var out strings.Builder
	w := &lineWriter{to: cleanLines{&out}}
	for _, piece := range []string{"\uFEFFlog", "inID,fullName\nk1,\"a\x1b[2", "Jb\nc\u202e\"\n", "k2,B\n"} {
		if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := "loginID,fullName\nk1,\"a<U+001B>[2Jb\nc<U+202E>\"\nk2,B\n"; out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
}

func TestAWholeFileKeepsTheOneThatWasThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f.csv")
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := newWholeFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w.WriteString("half")
	w.drop()
	if text, err := os.ReadFile(path); err != nil || string(text) != "before" {
		t.Errorf("after a failure: %q, %v", text, err)
	}
	old := syscall.Umask(0o377)
	w, err = newWholeFile(path)
	syscall.Umask(old)
	if err != nil {
		t.Fatal(err)
	}
	w.WriteString("after")
	if err := w.keep(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	info, _ := os.Stat(path)
	if err != nil || string(text) != "after" || info.Mode().Perm() != 0o600 {
		t.Errorf("it holds %q, %v, %v", text, info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("files are left behind: %v", left)
	}
}

func TestTheReportHasEveryBadRow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.csv")
	var said strings.Builder
	c := &cli{streams: streams{err: &said}}
	bad, err := c.newBadRows(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for line := range 102 {
		bad.add(account.RowError{Line: line + 2, Reason: "no"})
	}
	if err := bad.end(nil); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(said.String(), "\n"); len(lines) != 102 || lines[100] != "and 2 more: all are in "+path {
		t.Errorf("said %d lines, the last %q", len(lines), lines[len(lines)-2])
	}
	if text, err := os.ReadFile(path); err != nil || strings.Count(string(text), "\n") != 103 {
		t.Errorf("the report holds %q, %v", text, err)
	}
	failed, err := c.newBadRows(path+"2", nil)
	if err != nil {
		t.Fatal(err)
	}
	said.Reset()
	for line := range 102 {
		failed.add(account.RowError{Line: line + 2, Reason: "no"})
	}
	if err := failed.end(context.Canceled); err != context.Canceled || !strings.HasSuffix(said.String(), "\nand 2 more\n") {
		t.Errorf("got %v after saying %q", err, said.String())
	}
	if _, err := os.Stat(path + "2"); err == nil {
		t.Error("a report of half a file was saved")
	}
}
