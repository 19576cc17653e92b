package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// buildDir is where the program is built once for all tests; empty: no test has asked for it.
var buildDir string

var build = sync.OnceValues(func() (binary string, err error) {
	if buildDir, err = os.MkdirTemp("", "rekey-built-"); err != nil {
		return "", err
	}
	binary = filepath.Join(buildDir, "rekey")
	compile := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := compile.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, nil
})

// maxSize bounds the program as the tests build it, in bytes: with symbols, which its users do without. It is there to
// notice a dependency that brings along more than it is worth.
const maxSize = 35e6

func TestTheProgramStaysSmall(t *testing.T) {
	info, err := os.Stat(built(t))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > maxSize {
		t.Errorf("the program has %d bytes, want at most %.0f", info.Size(), maxSize)
	}
}

// built gives the program as its users get it.
func built(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	binary, err := build()
	if err != nil {
		t.Fatalf("building: %v", err)
	}
	return binary
}

func removeBuilt() {
	if buildDir != "" {
		os.RemoveAll(buildDir)
	}
}

// command is the program as a process of its own, in an empty home. It is killed when the test ends.
func command(t *testing.T, binary string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "TZ=UTC", "HOME=" + t.TempDir(),
		"GORACE=atexit_sleep_ms=0"}, env...)
	return cmd
}

// output runs the program to its end and gives its stdout. It has to succeed, and to say nothing on stderr.
func output(t *testing.T, binary string, env []string, args ...string) []byte {
	t.Helper()
	cmd := command(t, binary, env, args...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("rekey %q: %v, stderr: %s", args, err, complaints.String())
	}
	return out
}

// logRecord is a line of the log of `rekey serve`.
type logRecord struct {
	Level string `json:"level"`
	Msg   string `json:"msg"`
	Addr  string `json:"addr"`
}

// server is `rekey serve` as a process.
type server struct {
	t       *testing.T
	command *exec.Cmd
	base    string // its address as a URL
	ended   chan error
	metrics chan string // the address for metrics, once it listens there
	lines   []string    // of the log; complete once it has ended
}

// serving starts `rekey serve` on a free port and waits until it listens.
func serving(t *testing.T, binary string, env []string, args ...string) *server {
	t.Helper()
	s := &server{t: t, command: command(t, binary, env, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...),
		ended: make(chan error, 1), metrics: make(chan string, 1)}
	stderr, err := s.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	first := make(chan string, 1)
	go s.read(stderr, first)
	select {
	case line := <-first:
		var record logRecord
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Msg != "listening" || record.Addr == "" {
			t.Fatalf("the first line of the log is %q", line)
		}
		s.base = "http://" + record.Addr
	case <-time.After(patience):
		t.Fatal("it does not listen")
	}
	return s
}

func (s *server) read(stderr io.Reader, first chan<- string) {
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		s.lines = append(s.lines, lines.Text())
		if len(s.lines) == 1 {
			first <- lines.Text()
		}
		var record logRecord
		if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "listening for metrics" {
			s.metrics <- record.Addr
		}
	}
	if len(s.lines) == 0 {
		first <- ""
	}
	s.ended <- s.command.Wait()
}

// stop asks the server to stop, which has to succeed, and gives its log.
func (s *server) stop() []logRecord {
	s.t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatal(err)
	}
	return s.ending()
}

// ending waits for the server's end, which has to be an orderly one, and gives its log.
func (s *server) ending() []logRecord {
	s.t.Helper()
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("it ended with %v:\n%s", err, strings.Join(s.lines, "\n"))
		}
	case <-time.After(patience):
		s.t.Fatal("it does not stop")
	}
	records := make([]logRecord, len(s.lines))
	for i, line := range s.lines {
		if err := json.Unmarshal([]byte(line), &records[i]); err != nil {
			s.t.Errorf("a line of the log is no JSON: %q", line)
		}
	}
	return records
}

// complaints gives the lines of the log that are warnings or errors.
func (s *server) complaints() []string {
	var lines []string
	for i, record := range s.stop() {
		if record.Level != "INFO" && record.Level != "DEBUG" {
			lines = append(lines, s.lines[i])
		}
	}
	return lines
}
