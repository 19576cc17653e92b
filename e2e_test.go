package main

import (
	"encoding/json"
	"image"
	_ "image/png"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"rekey/demo"
)

// visitor is a member's browser: it keeps cookies, follows redirects and says where its forms come from. It may be used
// by any goroutine of a test: what fails is reported, and the page is empty then.
type visitor struct {
	t      *testing.T
	client *http.Client
}

func newVisitor(t *testing.T) *visitor {
	jar, _ := cookiejar.New(nil) // it has no error
	return &visitor{t, &http.Client{Jar: jar, Timeout: patience}}
}

// page is what a visitor sees.
type page struct {
	status int
	path   string // after redirects
	header http.Header
	text   string
}

func (v *visitor) get(address string) page {
	v.t.Helper()
	return v.send(http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil))
}

func (v *visitor) post(address string, fields url.Values) page {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, address, strings.NewReader(fields.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	}
	return v.send(r, err)
}

func (v *visitor) send(r *http.Request, err error) page {
	v.t.Helper()
	if err != nil {
		v.t.Error(err)
		return page{}
	}
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Error(err)
		return page{}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Error(err)
	}
	return page{answer.StatusCode, answer.Request.URL.Path, answer.Header, string(text)}
}

// check compares a page's status, and looks for texts on it.
func (p page) check(t *testing.T, status int, texts ...string) {
	t.Helper()
	if p.status != status {
		t.Errorf("%s: status %d, want %d", routeOf(p.path), p.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(p.text, text) {
			t.Errorf("%s does not say %q", routeOf(p.path), text)
		}
	}
}

// routeOf is a path without the code in it.
func routeOf(path string) string {
	if strings.HasPrefix(path, "/s/") {
		return "/s/..."
	}
	return path
}

// twice fills in the form for a new password.
func twice(password string) url.Values {
	return url.Values{"password": {password}, "again": {password}}
}

// testLinkToAccount walks all the way of an email address member: reset in the console, the mail, its link, the new
// password, and out again by the next reset.
func testLinkToAccount(t *testing.T, binary string) {
	const address, password = "misaki.yoshino2@example.com", "seven wooden spoons"
	dir := filepath.Join(t.TempDir(), "d")
	if taken, err := net.Listen("tcp", demoAddress); err == nil { // otherwise somebody else has taken it
		defer taken.Close()
	}
	s := start(t, binary, nil, "demo", "--dir", dir, "--members", "20")
	base := signInToDemo(s)
	if base == demoBaseURL {
		t.Fatal("the demo names a page that is not its own")
	}
	reset := func(mail string) (link string) {
		s.press("r")
		s.until("A mail with a set-password link goes to")
		s.press(enter + tab + enter)
		s.until("Done.")
		s.until("accepted")
		s.press("\x1b")
		s.untilGone("Done.")
		text, err := os.ReadFile(filepath.Join(dir, "mail", mail+"-"+address+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		return string(linkPattern.Find(text))
	}
	s.press("/misaki" + enter)
	s.until("misaki.yosh")

	link := reset("0001")
	if !strings.HasPrefix(link, base+"/s/") {
		t.Fatalf("the mail's link does not lead to the demo's page at %s", base)
	}
	v := newVisitor(t)
	v.get(base+"/auth").check(t, http.StatusUnauthorized)
	v.get(link).check(t, http.StatusOK, address, "Set password and login", `name="password"`, `name="again"`)
	v.post(link, twice("misaki.yoshino2")).check(t, http.StatusUnprocessableEntity, "Set password and login")
	in := v.post(link, twice(password))
	in.check(t, http.StatusOK, address, "美咲")
	if in.path != "/account" {
		t.Errorf("setting the password led to %s", routeOf(in.path))
	}
	let := v.get(base + "/auth")
	let.check(t, http.StatusOK)
	if user := let.header.Get("Remote-User"); user != address {
		t.Errorf("Remote-User is %q", user)
	}
	v.get(link).check(t, http.StatusNotFound, "This link does not work")
	signIn := url.Values{"way": {"email"}, "email": {address}, "password": {password}}
	if at := newVisitor(t).post(base+"/login", signIn); at.path != "/account" {
		t.Errorf("the new password does not sign in: %d", at.status)
	}

	next := reset("0002")
	v.get(base+"/auth").check(t, http.StatusUnauthorized)
	if at := v.get(base + "/account"); at.path != "/login" {
		t.Errorf("the account page is still shown at %s", at.path)
	}
	v.post(base+"/login", signIn).check(t, http.StatusUnprocessableEntity, "did not sign you in")
	v.get(link).check(t, http.StatusNotFound, "This link does not work")
	v.get(next).check(t, http.StatusOK, "Set password and login")

	s.press(ctrlC)
	s.until("Open it again with:")
	s.end(exitDone)
	checkLog(t, filepath.Join(dir, "serve.log"), `"msg":"request"`, link, next)
	if kept := reopened(t, dir).config.BaseURL; kept != demoBaseURL {
		t.Errorf("the run has changed the configuration: %s", kept)
	}
}

// checkLog looks at a log of a program that draws on the terminal: private, holding one text, and no link's code.
func checkLog(t *testing.T, path, want string, links ...string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != fileMode {
		t.Errorf("%s has the mode %v", path, info.Mode())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), want) {
		t.Errorf("%s does not hold %q", path, want)
	}
	for _, link := range links {
		if strings.Contains(string(text), link[strings.LastIndex(link, "/")+1:]) {
			t.Errorf("%s holds a code", path)
		}
	}
}

// testFormToAccount walks all the way of a login ID member: reset by the command, the form's QR code, the kiosk, the
// sign-in page.
func testFormToAccount(t *testing.T, binary string) {
	const password = "seven wooden spoons"
	dir := filepath.Join(t.TempDir(), "d")
	env := []string{"REKEY_DIR=" + dir, "REKEY_ADMIN=" + demo.AdminEmail, "REKEY_ADMIN_PASSWORD=" + demoPassword}
	output(t, binary, env, "demo", "--members", "10", "--prepare")
	var done resetOutput
	printed := output(t, binary, env, "reset", "line1-003", "--reason", "forgot", "--yes", "--json")
	if err := json.Unmarshal(printed, &done); err != nil {
		t.Fatal(err)
	}
	p := reopened(t, dir)
	admin := signedIn(t, p)
	o := resetOverview(t, p, admin, "line1-003")
	form, err := p.service.Form(t.Context(), admin, o.Member.ID)
	if err != nil {
		t.Fatal(err)
	}
	link := form.URL
	if scanned, ok := scan(t, done.Form.Path); ok {
		if scanned != link {
			t.Fatal("the form's QR code holds another link than the member's")
		}
		link = scanned
	}

	k := start(t, binary, env, "kiosk")
	k.until("Scan the QR code of your form")
	k.press(link + enter)
	k.until("line1-003")
	k.press(password + enter + password + enter)
	k.until("Your password is set.")
	k.press(enter)
	k.untilGone("line1-003")
	testKioskStays(t, k)
	k.press(link + enter)
	k.until("does not work")
	k.press("\x1b[21~") // F10
	k.until("Email address")
	k.press(demo.AdminEmail + enter + demoPassword + enter)
	k.end(exitDone)
	if strings.Contains(k.text(), "Scan the QR code") {
		t.Errorf("the kiosk is left on the screen:\n%s", k.text())
	}
	checkLog(t, filepath.Join(dir, "kiosk.log"), "", link)
	testShutdown(t, start(t, binary, env, "kiosk"))

	s := serving(t, binary, env)
	v := newVisitor(t)
	in := v.post(s.base+"/login", url.Values{"way": {"login_id"}, "team": {demoNumber}, "login_id": {"line1-003"},
		"password": {password}})
	in.check(t, http.StatusOK, "line1-003", demoNumber)
	if in.path != "/account" {
		t.Errorf("signing in led to %s", in.path)
	}
	v.get(s.base+"/auth").check(t, http.StatusOK)
	if complaints := s.complaints(); len(complaints) != 1 || !strings.Contains(complaints[0], "no mail server is configured") {
		t.Errorf("the log complains of %q", complaints)
	}
}

// testKioskStays presses what ends other programs. That the kiosk still answers then shows that it was not left.
func testKioskStays(t *testing.T, k *session) {
	t.Helper()
	k.until("Scan the QR code of your form")
	k.press(ctrlC + "\x1a\x1c") // Ctrl+Z, Ctrl+\
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP} {
		if err := k.command.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	k.press("nonsense" + enter)
	k.until("not a code of this team")
}

// testShutdown ends the kiosk as the machine does when it goes down.
func testShutdown(t *testing.T, k *session) {
	t.Helper()
	k.until("Scan the QR code of your form")
	if err := k.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	k.end(exitDone)
}

// scan reads the QR code of a printed form, if there is a program here that renders a PDF.
func scan(t *testing.T, form string) (content string, ok bool) {
	t.Helper()
	renderer, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Log("pdftoppm is missing: the QR code on the form is not looked at")
		return "", false
	}
	sheet := filepath.Join(t.TempDir(), "sheet")
	if out, err := exec.Command(renderer, "-r", "150", "-gray", "-png", "-singlefile", form, sheet).CombinedOutput(); err != nil {
		t.Fatalf("rendering the form: %v\n%s", err, out)
	}
	f, err := os.Open(sheet + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		t.Fatalf("the QR code on the form cannot be read: %v", err)
	}
	return result.GetText(), true
}
