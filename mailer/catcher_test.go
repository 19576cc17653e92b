package mailer

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func startCatcher(t *testing.T, dir string) (*Catcher, *Client) {
	t.Helper()
	l := listen(t)
	c, err := StartCatcher(l, dir)
	if err != nil {
		t.Fatal(err)
	}
	return c, newClient(t, plainConfig(l))
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestCatcherKeepsMessages(t *testing.T) {
	dir := t.TempDir()
	m := compose(t, delivery())
	for range 2 { // the second one goes on where the first one stopped
		c, client := startCatcher(t, dir)
		for range 2 {
			if _, err := client.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	want := []string{
		"0001-hanako@example.com.eml", "0002-hanako@example.com.eml",
		"0003-hanako@example.com.eml", "0004-hanako@example.com.eml",
	}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Fatalf("files %v, want %v", got, want)
	}
	for _, name := range want {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(data, m.Data) {
			t.Errorf("%s: %v:\n%s", name, err, data)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, want[0]))
	if err != nil {
		t.Fatal(err)
	}
	if p := parse(t, data); p.subject != "[Unipos] Password reset e-mail" || !strings.Contains(p.text, testLink) {
		t.Errorf("caught %q:\n%s", p.subject, p.text)
	}
}

func TestCatcherNamesFilesSafely(t *testing.T) {
	dir := t.TempDir()
	c, client := startCatcher(t, dir)
	defer c.Close()
	m := compose(t, delivery())
	m.To = `"../../` + strings.Repeat("x", 200) + `"@example.com`
	if _, err := client.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := names(t, dir)
	if len(got) != 1 || !strings.HasPrefix(got[0], "0001-.._.._xxx") || len(got[0]) > 120 {
		t.Errorf("files %q", got)
	}
}

func TestCatcherRefuses(t *testing.T) {
	dir := t.TempDir()
	c, client := startCatcher(t, dir)
	defer c.Close()
	m := compose(t, delivery())
	m.Data = bytes.Repeat([]byte(strings.Repeat("x", 98)+"\r\n"), maxCaughtSize/100+1)
	_, err := client.Send(t.Context(), m)
	if failure, ok := err.(*Failure); !ok || !failure.Permanent || !strings.HasPrefix(failure.Reply, "552 ") {
		t.Errorf("a message too large: %v", err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("it left %v", got)
	}
}

func TestCatcherCannotWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mail")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c, client := startCatcher(t, dir)
	defer c.Close()
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	_, err := client.Send(t.Context(), compose(t, delivery()))
	if failure, ok := err.(*Failure); !ok || failure.Permanent || strings.Contains(failure.Reply, dir) {
		t.Errorf("%v; want a temporary failure that tells nothing of this host", err)
	}
}

// It may be closed before its goroutine has come to serve.
func TestCatcherClosesAtOnce(t *testing.T) {
	c, _ := startCatcher(t, t.TempDir())
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestStartCatcherRefuses(t *testing.T) {
	public, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	for name, start := range map[string]func() (*Catcher, error){
		"other hosts could reach it": func() (*Catcher, error) { return StartCatcher(public, t.TempDir()) },
		"no directory": func() (*Catcher, error) {
			return StartCatcher(listen(t), filepath.Join(t.TempDir(), "missing"))
		},
	} {
		if c, err := start(); err == nil {
			t.Errorf("%s: started", name)
			c.Close()
		}
	}
	if _, err := public.Accept(); err == nil {
		t.Error("the refused listener is still open")
	}
}
