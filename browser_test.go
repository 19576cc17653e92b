package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"rekey/account"
	"rekey/web"
)

// screenshots is where pictures of the pages are kept for whoever wants to look at them. It is not part of the source.
const screenshots = "testrun"

// A member with a telephone sets a password: in a real browser, by the keyboard alone, with scripts and without.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	chromium := findChromium(t)
	if err := os.MkdirAll(screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	output(t, "rekey", nil, "demo", "--dir", dir, "--members", "20", "--prepare")
	p := serveInProcess(t, dir)
	browser := startBrowser(t, chromium)
	for _, test := range []struct {
		name, loginID string
		scripts       bool
	}{
		{"with scripts", "line1-003", true},
		{"without scripts", "line2-004", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			form := issueForm(t, p, test.loginID)
			testSetPassword(t, openPhone(t, browser, test.scripts), form)
		})
	}
}

func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("Chromium is missing: the page is not tried in a real browser")
	return ""
}

// serveInProcess serves the member's page of a directory until the test ends.
func serveInProcess(t *testing.T, dir string) *program {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, err := open(directory(dir), environment{"REKEY_WEB_BASE_URL=http://" + listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	site, err := p.site(web.Config{Log: slog.New(slog.DiscardHandler)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- site.Serve(ctx, listener, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return p
}

func issueForm(t *testing.T, p *program, loginID string) account.Form {
	t.Helper()
	admin := signedIn(t, p)
	m, err := p.service.Find(t.Context(), loginID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.service.Reset(t.Context(), admin, m.ID, account.ReasonForgot); err != nil {
		t.Fatal(err)
	}
	form, err := p.service.Form(t.Context(), admin, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// startBrowser starts Chromium with an empty profile.
func startBrowser(t *testing.T, path string) context.Context {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir())}
	for _, flag := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	limited, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	allocated, cancel := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(allocated, chromedp.WithErrorf(t.Logf))
	t.Cleanup(func() {
		if err := chromedp.Cancel(browser); err != nil { // waits: the profile is about to be removed
			t.Logf("ending the browser: %v", err)
		}
		cancel()
	})
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	return browser
}

// phone is a page of the browser on a telephone's screen, with a keyboard.
type phone struct {
	t   *testing.T
	ctx context.Context
}

func openPhone(t *testing.T, browser context.Context, scripts bool) phone {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	b := phone{t, ctx}
	disable := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled,
			emulation.SetScriptExecutionDisabledParams{Value: !scripts})
		return err
	}
	const changesTitle = "data:text/html,<title>off</title><script>document.title='on'</script>"
	b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait),
		chromedp.Func(disable), chromedp.Navigate(changesTitle))
	if title := value(b, chromedp.Title()); (title == "on") != scripts {
		t.Fatalf("scripts are %s", title)
	}
	return b
}

func (b phone) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// value runs an action that gives something.
func value[T any](b phone, action chromedp.Action[T]) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// press sends keys to whatever has the focus.
func (b phone) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// load does what brings another page, waits for it and checks its status.
func (b phone) load(status int64, steps ...chromedp.Action[chromedp.Void]) *network.Response {
	b.t.Helper()
	answer, err := chromedp.RunResponse(b.ctx, steps...)
	if err != nil {
		b.t.Fatal(err)
	}
	if answer.Status != status {
		b.t.Fatalf("the page has the status %d, want %d", answer.Status, status)
	}
	return answer
}

// focused is the id of the element that has the focus.
func (b phone) focused() string {
	b.t.Helper()
	return value(b, chromedp.Evaluate[string]("document.activeElement.id"))
}

// waitForFocus waits until a field has the focus that the page asks for: a browser gives it when it first draws the page,
// which may be after it has loaded it.
func (b phone) waitForFocus(id string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.WaitReady(chromedp.CSS("#"+id+":focus"))); err != nil {
		b.t.Fatalf("the field %q never has the focus: %v", id, err)
	}
}

// tabTo goes on to a field with the Tab key.
func (b phone) tabTo(id string) {
	b.t.Helper()
	b.press(kb.Tab)
	if at := b.focused(); at != id {
		b.t.Fatalf("Tab leads to %q, want %q", at, id)
	}
}

// looksRight checks that nothing sticks out of the screen, and keeps a picture.
func (b phone) looksRight(name string) {
	b.t.Helper()
	if width := value(b, chromedp.Evaluate[int]("document.documentElement.scrollWidth")); width > 390 {
		b.t.Errorf("the page is %d pixels wide on a screen of 390", width)
	}
	picture := value(b, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(screenshots, name+".png"), picture, 0o644); err != nil {
		b.t.Error(err)
	}
}

// testSetPassword follows a form's link, tries a weak password and sets a good one.
func testSetPassword(t *testing.T, b phone, form account.Form) {
	const good = "seven wooden spoons"
	name := "set-password-" + filepath.Base(t.Name())
	b.load(http.StatusOK, chromedp.Navigate(form.URL))
	b.waitForFocus("password")
	b.looksRight(name + "-1-form")

	b.press("password")
	b.tabTo("again")
	b.press("password")
	b.load(http.StatusUnprocessableEntity, chromedp.KeyEvent(kb.Enter))
	if value(b, chromedp.Text(chromedp.CSS("#password-error"))) == "" {
		t.Error("nothing says why the password is refused")
	}
	const inSight = "(r => r.top >= 0 && r.bottom <= innerHeight)" +
		"(document.querySelector('#password-error').getBoundingClientRect())"
	if !value(b, chromedp.Evaluate[bool](inSight)) {
		t.Error("why the password is refused is outside the screen")
	}
	b.waitForFocus("password")
	if typed := value(b, chromedp.Value(chromedp.CSS("#password"))); typed != "" {
		t.Error("the refused password is still in the field")
	}
	b.looksRight(name + "-2-refused")

	b.press(good)
	b.tabTo("again")
	b.press(good)
	b.load(http.StatusOK, chromedp.KeyEvent(kb.Enter))
	if at := value(b, chromedp.Evaluate[string]("location.pathname")); at != "/account" {
		t.Errorf("setting the password leads to %s", routeOf(at))
	}
	if who := value(b, chromedp.Text(chromedp.CSS("dl"))); !strings.Contains(who, form.Member.LoginID) {
		t.Errorf("the account page says %q", who)
	}
	b.looksRight(name + "-3-account")
}
