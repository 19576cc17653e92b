package web_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rekey/web"
)

// nginxConfig puts the site and an application behind one host. Its arguments: a line with the user, the directory, the
// site's address, the application's address.
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
    upstream rekey { server %[3]s; }
    server {
        listen unix:%[2]s/nginx.sock;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;

        # the member's page
        location ~ ^/(s/|login$|account|forgot_password$|static/) {
            proxy_pass http://rekey;
        }

        # any application
        location / {
            auth_request /auth;
            error_page 401 = /auth-login;
            auth_request_set $remote_user_ $upstream_http_remote_user;
            auth_request_set $remote_name_ $upstream_http_remote_name;
            auth_request_set $remote_email_ $upstream_http_remote_email;
            proxy_set_header Remote-User $remote_user_;
            proxy_set_header Remote-Name $remote_name_;
            proxy_set_header Remote-Email $remote_email_;
            proxy_pass http://%[4]s;
        }
        location = /auth {
            internal;
            proxy_pass http://rekey;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }
        location = /auth-login {
            internal;
            proxy_pass http://rekey/auth?redirect=1;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Uri $request_uri;
        }
    }
}
`

// startNginx starts nginx with the site and the application behind it, and gives a transport to it. nginx has its socket
// open by the time the command returns, because it goes into the background after that.
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
	must(t, os.WriteFile(config, fmt.Appendf(nil, nginxConfig, user, dir, address(site), address(app)), 0o600))
	run := func(arguments ...string) {
		t.Helper()
		arguments = append([]string{"-p", dir, "-c", config, "-e", filepath.Join(dir, "error.log")}, arguments...)
		if out, err := exec.Command(binary, arguments...).CombinedOutput(); err != nil {
			t.Fatalf("nginx: %v\n%s", err, out)
		}
	}
	run()
	t.Cleanup(func() { run("-s", "stop") })
	return &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, "nginx.sock"))
	}}
}

func TestAnApplicationBehindNginx(t *testing.T) {
	p := newPlace(t, func(c *web.Config) {
		c.BaseURL = "https://id.example.com"
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	})
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "user %q name %q email %q", r.Header.Get("Remote-User"), r.Header.Get("Remote-Name"), r.Header.Get("Remote-Email"))
	}))
	t.Cleanup(app.Close)
	b := p.browser()
	b.client.Transport = startNginx(t, p.server, app)
	b.base = "http://id.example.com"
	b.header.Set("Remote-User", "admin@example.com")
	b.header.Set("Remote-Email", "admin@example.com")

	b.get("/app/page?x=1&y=2").want(t, http.StatusFound, "/login?next=%2Fapp%2Fpage%3Fx%3D1%26y%3D2")
	page := b.get("/login?next=%2Fapp%2Fpage%3Fx%3D1%26y%3D2")
	page.says(t, `name="next" value="/app/page?x=1&amp;y=2"`)
	b.post("/login", "way", "login_id", "team", "1234567", "login_id", "line3-017", "password", password, "next", "/app/page?x=1&y=2").
		want(t, http.StatusSeeOther, "/app/page?x=1&y=2")
	b.get("/app/page?x=1&y=2").says(t, `user "line3-017" name "%E9%AB%99%E6%A9%8B %E4%B8%80%E9%83%8E" email ""`)
	b.post("/app/page", "a", "b").says(t, `user "line3-017"`)
	if res := b.get("/auth"); res.StatusCode != http.StatusNotFound {
		t.Errorf("the check itself is open to browsers: %d", res.StatusCode)
	}

	p.reset("form")
	b.get("/app/page").want(t, http.StatusFound, "/login?next=%2Fapp%2Fpage")
	if log := p.log.String(); strings.Contains(log, "client=invalid") {
		t.Error("the log does not know the client")
	}
}
