package web_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rekey/web"
)

// nginxConfig is what stands around the lines in the README. Its arguments: a line with the user, the directory, the lines.
const nginxConfig = `
%[1]s
pid %[2]s/nginx.pid;
error_log %[2]s/error.log;
events {}
http {
    access_log off;
    client_body_temp_path %[2]s/body;
    proxy_temp_path %[2]s/proxy;
    fastcgi_temp_path %[2]s/fastcgi;
    uwsgi_temp_path %[2]s/uwsgi;
    scgi_temp_path %[2]s/scgi;
%[3]s}
`

var tlsLines = regexp.MustCompile(`(?m)^ *ssl_certificate.*\n`)

// nginxLines are the lines for nginx in the README, with the addresses that a test has in place of those there.
func nginxLines(t *testing.T, listen, site, app string) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	must(t, err)
	_, section, _ := strings.Cut(string(readme), "### Other applications behind these accounts\n")
	_, lines, _ := strings.Cut(section, "\n```\n")
	lines, _, _ = strings.Cut(lines, "```\n")
	for written, address := range map[string]string{"listen 443 ssl;": "listen " + listen + ";", "//127.0.0.1:8080": "//" + site, "//127.0.0.1:3000": "//" + app} {
		if !strings.Contains(lines, written) {
			t.Fatalf("the README has no lines for nginx with %q", written)
		}
		lines = strings.ReplaceAll(lines, written, address)
	}
	return tlsLines.ReplaceAllString(lines, "")
}

// startNginx starts nginx with the site and the application behind it, and gives a transport to it, for which TLS is
// already undone. nginx has its socket open by the time the command returns, because it goes into the background after
// that.
func startNginx(t *testing.T, site, app *httptest.Server) *http.Transport {
	t.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary = "/usr/sbin/nginx" // not in everybody's PATH
		if _, err := os.Stat(binary); err != nil {
			t.Skip("nginx is not installed: auth_request was not tried against it")
		}
	}
	dir, err := os.MkdirTemp("", "nginx") // shorter than t.TempDir: a socket's path has 107 bytes
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;"
	}
	address := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	config := filepath.Join(dir, "nginx.conf")
	lines := nginxLines(t, "unix:"+filepath.Join(dir, "nginx.sock"), address(site), address(app))
	must(t, os.WriteFile(config, fmt.Appendf(nil, nginxConfig, user, dir, lines), 0o600))
	run := func(arguments ...string) {
		t.Helper()
		arguments = append([]string{"-p", dir, "-c", config, "-e", filepath.Join(dir, "error.log")}, arguments...)
		if out, err := exec.Command(binary, arguments...).CombinedOutput(); err != nil {
			t.Fatalf("nginx: %v\n%s", err, out)
		}
	}
	run()
	t.Cleanup(func() { run("-s", "stop") })
	return &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, "nginx.sock"))
	}}
}

func TestAnApplicationBehindNginx(t *testing.T) {
	p := newPlace(t, func(c *web.Config) {
		c.BaseURL, c.Secure = "https://id.example.com", true
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "the application at %s\r\nHost: %s\r\n", r.URL, r.Host)
		_ = r.Header.Write(w) // whether it has arrived, the test sees
	}))
	t.Cleanup(app.Close)
	b := p.browser()
	b.client.Transport = startNginx(t, p.server, app)
	b.base = "https://id.example.com"
	for name, madeUp := range map[string]string{"Remote-User": "admin@example.com", "Remote-Email": "admin@example.com",
		"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Host": "evil.example", "X-Forwarded-Uri": "/evil", "X-Forwarded-Method": "PUT"} {
		b.header.Set(name, madeUp)
	}

	b.get("/app/page?x=1&y=2").want(t, http.StatusFound, "/login?next=%2Fapp%2Fpage%3Fx%3D1%26y%3D2")
	b.post("/app/page", "a", "b").want(t, http.StatusUnauthorized, "")
	page := b.get("/login?next=%2Fapp%2Fpage%3Fx%3D1%26y%3D2")
	page.says(t, `name="next" value="/app/page?x=1&amp;y=2"`)
	b.post("/login", "way", "login_id", "team", "1234567", "login_id", "line3-017", "password", password, "next", "/app/page?x=1&y=2").
		want(t, http.StatusSeeOther, "/app/page?x=1&y=2")
	b.get("/account").says(t, "line3-017")
	_, after, _ := strings.Cut(page.body, `rel="stylesheet" href="`)
	style, _, _ := strings.Cut(after, `"`)
	b.get(style).says(t, ":root")

	for _, path := range []string{"/app/page?x=1&y=2", "/accounting", "/static/x", "/loginx"} {
		b.get(path).says(t, "the application at "+path)
	}
	got := headersAtApplication(t, b.post("/app/page", "a", "b"))
	for name, want := range map[string]string{"Remote-User": "line3-017", "Remote-Name": "%E9%AB%99%E6%A9%8B %E4%B8%80%E9%83%8E",
		"Remote-Email": "", "Host": "id.example.com", "X-Forwarded-For": "unix:"} {
		if got := got.Get(name); got != want {
			t.Errorf("the application gets %s: %q, want %q", name, got, want)
		}
	}
	if res := b.get("/auth"); res.StatusCode != http.StatusNotFound {
		t.Errorf("the check itself is open to browsers: %d", res.StatusCode)
	}

	jar := b.client.Jar
	b.client.Jar = nil
	session := sessionOf(t, jar.Cookies(b.url("/")))
	for sent, want := range map[string]string{
		session:                     "",
		"a=1; " + session:           "a=1;",
		session + "; a=1":           "a=1",
		"a=1; " + session + "; b=2": "a=1; b=2",
		session + ";a=1;b=2":        "a=1;b=2",
		"x__Host-rekey=1; " + session + "; __Host-rekey-page=1": "x__Host-rekey=1; __Host-rekey-page=1",
	} {
		b.header.Set("Cookie", sent)
		if kept := strings.TrimSpace(headersAtApplication(t, b.get("/app")).Get("Cookie")); kept != want {
			t.Errorf("of the cookies %q the application gets %q", strings.ReplaceAll(sent, session, "session"),
				strings.ReplaceAll(kept, session, "session"))
		}
	}
	b.header.Del("Cookie")
	b.client.Jar = jar

	p.reset("form")
	b.get("/app/page").want(t, http.StatusFound, "/login?next=%2Fapp%2Fpage")
	if log := p.log.String(); strings.Contains(log, "client=invalid") || strings.Contains(log, "203.0.113.5") {
		t.Error("the log does not know the client, or believes what it says of itself")
	}
}

// headersAtApplication gives the headers, and the Host, with which a request came to the application.
func headersAtApplication(t *testing.T, r result) textproto.MIMEHeader {
	t.Helper()
	title, lines, _ := strings.Cut(r.body, "\r\n")
	if !strings.HasPrefix(title, "the application at ") {
		t.Fatalf("%s is not answered by the application but by %d", r.Request.URL, r.StatusCode)
	}
	header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(lines + "\r\n"))).ReadMIMEHeader()
	must(t, err)
	return header
}

// sessionOf gives the session's cookie as a browser sends it.
func sessionOf(t *testing.T, cookies []*http.Cookie) string {
	t.Helper()
	for _, c := range cookies {
		if c.Name == "__Host-rekey" {
			return c.String()
		}
	}
	t.Fatal("the browser has no session")
	return ""
}
