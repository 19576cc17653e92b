package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"

	"rekey/account"
	"rekey/mailer"
)

// cheapHash makes sign-ins quick. It is a variable of the test binary: nothing outside can weaken the program's.
var cheapHash = account.HashParams{Time: 1, Memory: 64, Threads: 1}

func TestMain(m *testing.M) {
	hashParams = cheapHash
	testscript.Main(cleanly{m}, map[string]func(){"rekey": main})
}

// cleanly runs the tests and removes the program that they may have built.
type cleanly struct{ *testing.M }

func (c cleanly) Run() int {
	defer removeBuilt()
	return c.M.Run()
}

// The scripts run rekey as a process of its own, each in an empty home.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("TMPDIR", filepath.Join(e.WorkDir, ".tmp"))
			e.Setenv("TZ", "UTC")
			e.Setenv("TERM", "xterm-256color")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each process waits a second when races are looked for
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      scriptExits,
			"json":       scriptJSON,
			"jsonkeys":   scriptJSONKeys,
			"mode":       scriptMode,
			"mailserver": scriptMailServer,
			"files":      scriptFiles,
			"jsonenv":    scriptJSONEnv,
			"wholestore": scriptWholeStore,
			"busyport":   scriptBusyPort,
			"page":       scriptPage,
			"tamper":     scriptTamper,
		},
	})
}

// scriptExits runs a command that has to fail with one exit code, and to say why after "rekey: " on stderr: exits 2
// rekey nonsense.
func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != want {
		ts.Fatalf("it did not exit with %d: %v", want, err)
	}
	said := strings.Split(strings.TrimSpace(ts.ReadFile("stderr")), "\n")
	last, explained := strings.CutPrefix(said[len(said)-1], "rekey: ")
	if !explained || !strings.HasSuffix(last, ".") {
		ts.Fatalf("the last line of stderr is no sentence: %q", last)
	}
}

// scriptJSON compares one value of a JSON file: json stdout mail.status accepted. Texts are given bare, all else as
// JSON.
func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] json FILE PATH VALUE")
	}
	got := jsonText(jsonAt(ts, args[0], args[1]))
	if (got == args[2]) == neg {
		ts.Fatalf("%s is %s", args[1], got)
	}
}

// scriptJSONEnv puts one value of a JSON file into a variable: jsonenv VARIABLE stdout dir.
func scriptJSONEnv(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: jsonenv VARIABLE FILE PATH")
	}
	ts.Setenv(args[0], jsonText(jsonAt(ts, args[1], args[2])))
}

// scriptJSONKeys compares the names of an object's fields: jsonkeys stdout mail reply status to.
func scriptJSONKeys(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: jsonkeys FILE PATH NAME...")
	}
	object, ok := jsonAt(ts, args[0], args[1]).(map[string]any)
	if !ok {
		ts.Fatalf("%s is no object", args[1])
	}
	var got []string
	for name := range object {
		got = append(got, name)
	}
	want := slices.Clone(args[2:])
	sort.Strings(got)
	sort.Strings(want)
	if !slices.Equal(got, want) {
		ts.Fatalf("%s has the fields %v, not %v", args[1], got, want)
	}
}

// jsonAt walks to a value: names and array positions with dots between them, "len" for a length, "." for the whole.
func jsonAt(ts *testscript.TestScript, file, path string) any {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &v))
	for _, step := range strings.Split(strings.Trim(path, "."), ".") {
		switch at := v.(type) {
		case map[string]any:
			if step == "" {
				break
			}
			var ok bool
			if v, ok = at[step]; !ok {
				ts.Fatalf("there is no %s", path)
			}
		case []any:
			if step == "len" {
				return float64(len(at))
			}
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				ts.Fatalf("there is no %s in an array of %d", path, len(at))
			}
			v = at[i]
		default:
			ts.Fatalf("there is no %s", path)
		}
	}
	return v
}

func jsonText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// scriptMode compares permissions: mode 600 d/rekey.key.
func scriptMode(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[0] {
			ts.Fatalf("%s has mode %s", name, got)
		}
	}
}

// scriptFiles compares the names in a directory: files d/mail 0001-a@example.com.eml. A name may hold wildcards.
func scriptFiles(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	same := slices.EqualFunc(got, args[1:], func(name, pattern string) bool {
		matched, err := filepath.Match(pattern, name)
		return matched && err == nil
	})
	if !same {
		ts.Fatalf("%s holds %q", args[0], got)
	}
}

// scriptWholeStore checks that the store of a data directory is whole: wholestore d.
func scriptWholeStore(ts *testscript.TestScript, _ bool, args []string) {
	p, err := open(directory(ts.MkAbs(args[0])), nil)
	ts.Check(err)
	ts.Check(p.store.Check(context.Background()))
}

// scriptBusyPort puts an address of this host that is in use into a variable: busyport VARIABLE.
func scriptBusyPort(ts *testscript.TestScript, _ bool, args []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { listener.Close() })
	ts.Setenv(args[0], listener.Addr().String())
}

// scriptMailServer starts a mail server on loopback and points the environment to it. With "catch DIR" it keeps the
// mails; with "reply TEXT" it answers each recipient with that.
func scriptMailServer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mailserver catch DIR | mailserver reply TEXT")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	if args[0] == "catch" {
		dir := ts.MkAbs(args[1])
		ts.Check(os.MkdirAll(dir, 0o700))
		catcher, err := mailer.StartCatcher(listener, dir)
		ts.Check(err)
		ts.Defer(func() { catcher.Close() })
	} else {
		server := refusingServer(args[1])
		go server.Serve(listener)
		ts.Defer(func() { server.Close() })
	}
	ts.Setenv("REKEY_MAIL_HOST", "127.0.0.1")
	ts.Setenv("REKEY_MAIL_SECURITY", "none")
	ts.Setenv("REKEY_MAIL_PORT", fmt.Sprint(listener.Addr().(*net.TCPAddr).Port))
}

// refusingServer answers every recipient with a reply such as "550 No such user".
func refusingServer(reply string) *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return refusingSession(reply), nil }))
	server.Domain = "localhost"
	server.ErrorLog = log.New(io.Discard, "", 0)
	return server
}

type refusingSession string

func (s refusingSession) Rcpt(string, *smtp.RcptOptions) error {
	code, text, _ := strings.Cut(string(s), " ")
	n, err := strconv.Atoi(code)
	if err != nil {
		return err
	}
	return &smtp.SMTPError{Code: n, EnhancedCode: smtp.NoEnhancedCode, Message: text}
}

func (refusingSession) Mail(string, *smtp.MailOptions) error { return nil }
func (refusingSession) Data(io.Reader) error                 { return nil }
func (refusingSession) Reset()                               {}
func (refusingSession) Logout() error                        { return nil }
