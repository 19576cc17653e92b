package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/term"

	"rekey/account"
	"rekey/demo"
	"rekey/member"
	"rekey/pdfgen"
)

// patience is how long a test waits for a text before it gives up. Nothing sleeps: each output is looked at as it comes.
const patience = 30 * time.Second

// session is the built binary in a pseudo-terminal, with a screen that shows what a person would see.
type session struct {
	t        *testing.T
	terminal *os.File // the side of the person
	device   *os.File // the side of the program
	before   term.State
	command  *exec.Cmd
	changed  chan struct{} // holds a value after each output
	ended    chan error

	mu     sync.Mutex
	screen *vt.Emulator
	output bytes.Buffer // all of it, as it came
}

// start runs the binary with arguments in a terminal of 80x24 cells.
func start(t *testing.T, binary string, env []string, args ...string) *session {
	t.Helper()
	terminal, device, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(terminal, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, terminal: terminal, device: device, screen: vt.NewEmulator(80, 24),
		changed: make(chan struct{}, 1), ended: make(chan error, 1)}
	s.before = s.modes()
	s.command = exec.Command(binary, args...)
	s.command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "TZ=UTC", "HOME=" + t.TempDir()}, env...)
	s.command.Stdin, s.command.Stdout, s.command.Stderr = device, device, device
	s.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(s.draw)
	running.Go(s.answer)
	running.Go(func() { s.ended <- s.command.Wait() })
	t.Cleanup(func() {
		s.command.Process.Kill()
		device.Close()                                // the last one: draw reads the end
		s.screen.InputPipe().(*io.PipeWriter).Close() // Emulator.Close is not for concurrent use
		running.Wait()
		terminal.Close()
	})
	return s
}

// modes are the terminal's settings: echo, raw or not, and the like.
func (s *session) modes() term.State {
	s.t.Helper()
	state, err := term.GetState(int(s.device.Fd()))
	if err != nil {
		s.t.Fatal(err)
	}
	return *state
}

// draw puts the program's output on the screen.
func (s *session) draw() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := s.terminal.Read(buffer)
		s.mu.Lock()
		s.screen.Write(buffer[:n])
		s.output.Write(buffer[:n])
		s.mu.Unlock()
		select {
		case s.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// answer gives the program the terminal's answers to its questions.
func (s *session) answer() {
	buffer := make([]byte, 1<<10)
	for {
		n, err := s.screen.Read(buffer)
		if err != nil {
			return
		}
		s.terminal.Write(buffer[:n])
	}
}

func (s *session) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// until waits for a text on the screen.
func (s *session) until(text string) {
	s.t.Helper()
	s.await(text, func(screen string) bool { return strings.Contains(screen, text) })
}

// untilGone waits for a text to leave the screen.
func (s *session) untilGone(text string) {
	s.t.Helper()
	s.await("no "+text, func(screen string) bool { return !strings.Contains(screen, text) })
}

func (s *session) await(what string, seen func(screen string) bool) {
	s.t.Helper()
	deadline := time.After(patience)
	for !seen(s.text()) {
		select {
		case <-s.changed:
		case <-deadline:
			s.t.Fatalf("waited in vain for %q on:\n%s", what, s.text())
		}
	}
}

// press sends keys.
func (s *session) press(keys string) {
	s.t.Helper()
	if _, err := s.terminal.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// Keys.
const (
	enter    = "\r"
	tab      = "\t"
	down     = "\x1b[B"
	shiftTab = "\x1b[Z"
	ctrlC    = "\x03"

	ctrlZ         = "\x1a"
	ctrlBackslash = "\x1c"
)

// end waits for the program to end with an exit code, and for the terminal as it was before.
func (s *session) end(code int) {
	s.t.Helper()
	select {
	case err := <-s.ended:
		exit, failed := errors.AsType[*exec.ExitError](err)
		if err != nil && !failed || failed && exit.ExitCode() != code || err == nil && code != 0 {
			s.t.Fatalf("it ended with %v, want exit code %d:\n%s", err, code, s.text())
		}
	case <-time.After(patience):
		s.t.Fatalf("it did not end:\n%s", s.text())
	}
	if now := s.modes(); now != s.before {
		s.t.Errorf("the terminal is left with other settings: %+v, before %+v", now, s.before)
	}
}

// A person at a terminal: the built binary, a real pseudo-terminal, and what is stored afterwards.
func TestTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	binary := built(t)
	for name, test := range map[string]func(*testing.T, string){
		"reset by mail and by form": testConsoleResets,
		"two consoles, one member":  testTwoConsoles,
		"hang-up":                   testHangUp,
		"waiting mail":              testWaitingMail,
		"prompts":                   testPrompts,
		"import":                    testImport,
		"wizard":                    testWizard,
		"dumb terminal":             testDumbTerminal,
		"link to account":           testLinkToAccount,
		"form to account":           testFormToAccount,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, binary)
		})
	}
}

// testConsoleResets walks from the sign-in to the reset of an email address member and of a login ID member.
func testConsoleResets(t *testing.T, binary string) {
	dir := filepath.Join(t.TempDir(), "d")
	s := start(t, binary, nil, "demo", "--dir", dir, "--members", "60")
	base := signInToDemo(s)

	s.press("/misaki" + enter)
	s.until("misaki.yosh")
	s.press("r")
	s.until("A mail with a set-password link goes to")
	s.press(enter + tab + enter)
	s.until("Done.")
	s.until("accepted")
	s.press("\x1b")
	s.untilGone("Done.")

	s.press("/\x15line1-003" + enter)
	s.untilGone("misaki.yosh")
	s.press("r")
	s.until("with a new QR code is made")
	s.press(enter + tab + enter)
	s.until("saved as")
	s.press(ctrlC)
	s.until("Open it again with:")
	s.end(exitDone)

	p := reopened(t, dir)
	admin := signedIn(t, p)
	checkMailReset(t, p, admin, dir)
	checkFormReset(t, p, admin, dir, base)
	if err := p.store.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// signInToDemo signs in to the console of a demo, and gives where the member's page is.
func signInToDemo(s *session) (base string) {
	s.t.Helper()
	s.until("Mails are caught in")
	shown := regexp.MustCompile(`Members' page: (http://127\.0\.0\.1:\d+)`).FindStringSubmatch(s.text())
	if shown == nil || !strings.Contains(s.text(), "Password:      "+demoPassword) {
		s.t.Fatalf("the sign-in screen does not say where the page is, and how to sign in:\n%s", s.text())
	}
	s.press(demoPassword + enter)
	s.until("line1-003")
	return shown[1]
}

// linkPattern finds a link in a mail, and the code in it.
var linkPattern = regexp.MustCompile(`http://127\.0\.0\.1:\d+/s/([0-9A-Z-]+)`)

func reopened(t *testing.T, dir string) *program {
	t.Helper()
	p, err := open(directory(dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func signedIn(t *testing.T, p *program) account.Admin {
	t.Helper()
	admin, err := p.service.SignIn(context.Background(), demo.AdminEmail, demoPassword, "test")
	if err != nil {
		t.Fatal(err)
	}
	return admin
}

// resetOverview checks what every reset leaves behind in the store.
func resetOverview(t *testing.T, p *program, admin account.Admin, name string) account.Overview {
	t.Helper()
	m, err := p.service.Find(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	o, err := p.service.Overview(context.Background(), admin, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	if o.Password || o.Sessions != 0 || o.Lockout.Failures != 0 || !o.Lockout.Until.IsZero() {
		t.Errorf("%s is not reset: %+v", name, o)
	}
	if o.Reset.By != admin.ID || o.Token.Serial == 0 {
		t.Errorf("the reset of %s is not recorded: %+v", name, o)
	}
	return o
}

// checkMailReset looks for the caught mail and whether its link holds the member's one genuine code.
func checkMailReset(t *testing.T, p *program, admin account.Admin, dir string) {
	t.Helper()
	o := resetOverview(t, p, admin, "misaki.yoshino2@example.com")
	if o.Mail.State != account.MailAccepted || o.Mail.To != o.Member.Email {
		t.Errorf("the mail is %v to %q", o.Mail.State, o.Mail.To)
	}
	caught, err := filepath.Glob(filepath.Join(dir, "mail", "*-misaki.yoshino2@example.com.eml"))
	if err != nil || len(caught) != 1 {
		t.Fatalf("caught mails: %q, %v", caught, err)
	}
	text, err := os.ReadFile(caught[0])
	if err != nil {
		t.Fatal(err)
	}
	code := linkPattern.FindSubmatch(text)
	if code == nil {
		t.Fatal("the caught mail holds no link")
	}
	serial, mac, ok := account.ParseCode(string(code[1]))
	key, err := readKey(filepath.Join(dir, "rekey.key"), "")
	if err != nil || !ok || serial != o.Token.Serial || !key.Verify(o.Token, mac) {
		t.Errorf("the code in the mail is not the member's (%v)", err)
	}
}

// checkFormReset looks whether the saved PDF is the form that belongs to the member's token, to the byte.
func checkFormReset(t *testing.T, p *program, admin account.Admin, dir, base string) {
	t.Helper()
	o := resetOverview(t, p, admin, "line1-003")
	form, err := p.service.Form(context.Background(), admin, o.Member.ID)
	if err != nil {
		t.Fatal(err)
	}
	form.URL = base + "/s/" + form.Code
	var want bytes.Buffer
	if _, err := pdfgen.Render(&want, form); err != nil {
		t.Fatal(err)
	}
	saved, err := os.ReadFile(filepath.Join(dir, "forms", "account-information-line1-003.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(saved, want.Bytes()) {
		t.Error("the saved PDF is not the member's form")
	}
}

// testTwoConsoles has two admins' consoles change the same member at the same time: nothing that either typed is lost,
// and nothing is overwritten.
func testTwoConsoles(t *testing.T, binary string) {
	dir := filepath.Join(t.TempDir(), "d")
	output(t, binary, nil, "demo", "--dir", dir, "--members", "60", "--prepare")
	before, err := reopened(t, dir).service.Find(context.Background(), "line1-003")
	if err != nil {
		t.Fatal(err)
	}
	one, two := start(t, binary, nil, "--dir", dir), start(t, binary, nil, "--dir", dir)
	for _, s := range []*session{one, two} {
		s.until("Password")
		s.press(demo.AdminEmail + enter + demoPassword + enter)
		s.until("line1-003")
		s.press("/line1-003" + enter)
		s.until("1 of ")
		s.press(enter)
		s.until("Form")
		s.press("c")
		s.until("cannot be changed")
	}
	one.press(tab + tab + "\x15" + "E900")
	one.until("E900")
	two.press(tab + tab + tab + tab + tab + "工場長")
	two.until("工場長")
	one.press("\x13")
	one.until("are saved.")
	two.until("Another admin has changed this member")
	two.until("Employee number: " + before.EmployeeNumber + " -> E900")
	two.press("\x13")
	two.until("are saved.")
	one.until("工場長") // the details follow by themselves
	for _, s := range []*session{one, two} {
		s.press(ctrlC)
		s.end(exitDone)
	}

	p := reopened(t, dir)
	want := before
	want.EmployeeNumber, want.Position = "E900", before.Position+"工場長"
	if got, err := p.service.Find(context.Background(), "line1-003"); err != nil || !got.Equal(want) {
		t.Errorf("the member is %+v, %v, want %+v", got, err, want)
	}
	records, err := p.service.Audit(context.Background(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, r := range records {
		if r.Event == account.EventMemberChanged {
			fields = append(fields, r.Detail("fields"))
		}
	}
	if strings.Join(fields, ", ") != "position, employeeCode" {
		t.Errorf("the changes on record are %q", fields)
	}
	if err := p.store.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// testWaitingMail leaves the console while a mail waits: that is said once the terminal is back.
func testWaitingMail(t *testing.T, binary string) {
	dir := filepath.Join(t.TempDir(), "d")
	output(t, binary, nil, "demo", "--dir", dir, "--members", "10", "--prepare")
	p := reopened(t, dir)
	m, err := p.service.Find(context.Background(), "misaki.yoshino2@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.service.Reset(context.Background(), signedIn(t, p), m.ID, account.ReasonForgot); err != nil {
		t.Fatal(err)
	}
	s := start(t, binary, nil, "--dir", dir)
	s.until("No mail server is configured")
	s.press(ctrlC)
	s.end(exitDone)
	s.until("rekey: 1 mail still waits: `rekey serve` or `rekey outbox send` delivers it.")
	if s.onAltScreen() {
		t.Error("it is said on the alternate screen, which is gone in a moment")
	}
}

// testHangUp drops the line: the program ends and leaves the terminal as it found it.
func testHangUp(t *testing.T, binary string) {
	s := start(t, binary, nil, "demo", "--dir", filepath.Join(t.TempDir(), "d"), "--members", "10")
	s.until(demoPassword)
	if !s.onAltScreen() {
		t.Fatal("the console does not use the alternate screen: this test shows nothing")
	}
	if err := s.command.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.end(exitFailed)
	s.until("Interrupted.")
	if s.onAltScreen() {
		t.Error("the terminal is left on the alternate screen")
	}
}

// testDumbTerminal has no terminal that could move its cursor: a sentence, and not one escape sequence.
func testDumbTerminal(t *testing.T, binary string) {
	for _, arguments := range [][]string{nil, {"demo"}, {"kiosk"}, {"init"}} {
		s := start(t, binary, []string{"TERM=dumb"}, arguments...)
		s.until("rekey: ")
		s.end(exitUsage)
		s.mu.Lock()
		if output := s.output.String(); strings.Contains(output, "\x1b") {
			t.Errorf("%q writes %q", arguments, output)
		}
		s.mu.Unlock()
	}
}

func (s *session) onAltScreen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.IsAltScreen()
}

// testPrompts answers the questions of `rekey reset`: the password is not shown, and only a yes resets.
func testPrompts(t *testing.T, binary string) {
	dir := filepath.Join(t.TempDir(), "d")
	prepared := exec.Command(binary, "demo", "--dir", dir, "--members", "10", "--prepare")
	if out, err := prepared.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	arguments := []string{"--dir", dir, "reset", "line1-003", "--reason", "lockout"}
	ask := func() *session {
		s := start(t, binary, nil, arguments...)
		s.until("Email address:")
		s.press(demo.AdminEmail + enter)
		s.until("Password:")
		return s
	}

	interrupted := start(t, binary, nil, arguments...)
	interrupted.until("Email address:")
	interrupted.press("half" + ctrlC)
	interrupted.end(exitFailed)
	interrupted.until("rekey: Interrupted.")

	aborted := ask()
	aborted.press("half" + ctrlC)
	aborted.end(exitFailed)
	aborted.until("\nrekey: Interrupted.")

	unanswered := ask()
	unanswered.press("\x04")
	unanswered.end(exitFailed)
	unanswered.until("\nrekey: No answer was given.")

	ended := ask()
	if err := ended.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended.end(exitFailed)
	ended.until("rekey: Interrupted.")

	wrong := ask()
	wrong.press("wrong" + enter)
	wrong.end(exitNotSignedIn)

	refused := ask()
	refused.press(demoPassword + enter)
	refused.until("Reset this password? [y/N]")
	for _, said := range []string{"line1-003", "The account lockout is cancelled.", "An Account Information PDF", "sessions end."} {
		refused.until(said)
	}
	refused.press(enter)
	refused.end(exitFailed)
	refused.until("rekey: Nothing has been reset.")
	if strings.Contains(refused.text(), demoPassword) {
		t.Error("the password is shown")
	}
	p := reopened(t, dir)
	admin := signedIn(t, p)
	if records, err := p.service.Audit(context.Background(), 0, 100); err != nil || hasEvent(records, account.EventReset) {
		t.Errorf("a reset that was refused was done (%v)", err)
	}

	agreed := ask()
	agreed.press(demoPassword + enter)
	agreed.until("[y/N]")
	agreed.press("y" + enter)
	agreed.end(exitDone)
	agreed.until("The form is saved:")
	checkFormReset(t, p, admin, dir, demoBaseURL)
}

func hasEvent(records []account.Record, event account.Event) bool {
	for _, r := range records {
		if r.Event == event {
			return true
		}
	}
	return false
}

// testWizard sets a directory up by answering the wizard; what is typed wrong is refused on the spot.
func testWizard(t *testing.T, binary string) {
	dir := filepath.Join(t.TempDir(), "d")
	const password = "seven wooden spoons"
	s := start(t, binary, nil, "--dir", dir, "init", "--team-number", "100200")
	answer := func(title, typed string) {
		t.Helper()
		s.until("┃ " + title) // the field that takes the keys
		s.press(typed + enter)
	}
	s.until("The team (1 of 5)")
	s.until("Ctrl+C leaves the wizard")
	answer("Team name", "例 Works")
	answer("Product name", "")
	answer("Sender", "")
	answer("Mail server", "mail.example.com")
	answer("Security", down+down)
	answer("Port", "99999")
	s.until("a port is a number from 1 to 65535")
	answer("Port", "\x15"+"2525")
	s.until("plain text") // to another host: go back and correct it
	s.press(shiftTab)
	s.until("┃ Security")
	s.press(shiftTab)
	answer("Mail server", "\x15"+"127.0.0.1")
	answer("Security", "/x") // opens no filter, which would find nothing
	answer("Port", "")
	answer("User name", "")
	answer("Mail password", "")
	answer("Authentication", "")
	answer("Certificate authorities", "")
	answer("Base URL", "https://rekey.example.com")
	answer("Email address", "root@example.com")
	answer("Name", "根 Root")
	answer("Password", "short")
	s.until("too short")
	answer("Password", "\x15"+password)
	answer("Password again", password)
	s.until("The data directory is ready")
	s.end(exitDone)
	if strings.Contains(s.text(), password) {
		t.Error("the password is shown")
	}

	p := reopened(t, dir)
	if p.config.Mail.Port != 2525 || p.config.Mail.Host != "127.0.0.1" || p.config.BaseURL != "https://rekey.example.com" {
		t.Errorf("the configuration is %+v", p.config)
	}
	admin, err := p.service.SignIn(context.Background(), "root@example.com", password, "test")
	if err != nil {
		t.Fatal(err)
	}
	if admin.Name != "根 Root" {
		t.Errorf("the admin is called %q", admin.Name)
	}
	set, err := p.service.Settings(context.Background())
	if err != nil || set.TeamName != "例 Works" || set.TeamNumber != "100200" || set.ProductName != "Unipos" {
		t.Errorf("the settings are %+v, %v", set, err)
	}
	m, err := p.service.Find(context.Background(), "root@example.com")
	if err != nil || !m.Admin || m.Status != member.Active {
		t.Errorf("the admin is %+v, %v", m, err)
	}
}
