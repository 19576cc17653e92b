package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"rekey/web"
)

func TestAuthSaysWhoItIs(t *testing.T) {
	p := newPlace(t)
	for name, c := range map[string]struct {
		form              []string
		user, name, email string
	}{
		"email address": {[]string{"way", "email", "email", "hana@example.com", "password", password},
			"hana@example.com", "%F0%A0%AE%B7%E9%87%8E %E8%8A%B1%E5%AD%90", "hana@example.com"},
		"login ID": {[]string{"way", "login_id", "team", "1234567", "login_id", "line3-017", "password", password},
			"line3-017", "%E9%AB%99%E6%A9%8B %E4%B8%80%E9%83%8E", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := p.browser()
			none := b.get("/auth")
			none.want(t, http.StatusUnauthorized, "")
			if none.Header.Values("Remote-User") != nil {
				t.Error("nobody has a name")
			}
			b.post("/login", c.form...)
			res := b.get("/auth")
			res.want(t, http.StatusOK, "")
			h := res.Header
			if h.Get("Remote-User") != c.user || h.Get("Remote-Name") != c.name || h.Get("Remote-Email") != c.email {
				t.Errorf("the headers are %q, %q, %q", h.Get("Remote-User"), h.Get("Remote-Name"), h.Get("Remote-Email"))
			}
			if _, sent := h["Remote-Email"]; !sent {
				t.Error("Remote-Email is not there to overwrite one that a browser made up")
			}
		})
	}
}

func TestAuthRefusesCookiesThatWereMadeUp(t *testing.T) {
	p := newPlace(t)
	b := p.browser()
	for _, cookie := range []string{"rekey=", "rekey=x", "rekey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "rekey=\"; rekey=%00", "__Host-rekey=x"} {
		b.header.Set("Cookie", cookie)
		b.get("/auth").want(t, http.StatusUnauthorized, "")
	}
}

func TestAuthLeadsToTheSignInOnlyForProxies(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	trusting := newPlace(t, func(c *web.Config) {
		c.Proxies, c.BaseURL, c.ReturnHosts = loopback, "https://id.example.com", []string{"id.example.com:8443"}
	})
	strict := newPlace(t, func(c *web.Config) { c.BaseURL = "https://id.example.com" })
	next := func(site, address string) string { return site + "/login?" + url.Values{"next": {address}}.Encode() }
	for name, c := range map[string]struct {
		query, method, host, uri string
		want                     string
	}{
		"a page":                  {"?redirect=1", "GET", "id.example.com", "/app?x=1&y=2", next("", "/app?x=1&y=2")},
		"no host":                 {"?redirect=1", "", "", "/app", next("", "/app")},
		"another port":            {"?redirect=1", "GET", "id.example.com:8443", "/app", next("https://id.example.com", "https://id.example.com:8443/app")},
		"a host that is not ours": {"?redirect=1", "GET", "evil.example", "/app", ""},
		"two hosts in one":        {"?redirect=1", "GET", "id.example.com:8443@evil.example", "/app", ""},
		"a form":                  {"?redirect=1", "POST", "id.example.com", "/app", ""},
		"an address of a host":    {"?redirect=1", "GET", "id.example.com", "//evil.example", "/login"},
		"a whole address":         {"?redirect=1", "GET", "id.example.com", "https://evil.example/", "/login"},
		"no address":              {"?redirect=1", "GET", "id.example.com", "", "/login"},
		"a long address":          {"?redirect=1", "GET", "id.example.com", "/" + strings.Repeat("x", 3000), "/login"},
		"a backslash":             {"?redirect=1", "GET", "id.example.com", "/a%5Cb", "/login"},
		"dots":                    {"?redirect=1", "GET", "id.example.com", "/a/../b", "/login"},
		"a line end":              {"?redirect=1", "GET", "id.example.com", "/a%0ab", "/login"},
		"dots on another port":    {"?redirect=1", "GET", "id.example.com:8443", "/a/../b", "https://id.example.com/login"},
		"dots elsewhere":          {"?redirect=1", "GET", "evil.example", "/a/../b", ""},
		"a form to dots":          {"?redirect=1", "POST", "id.example.com", "/a/../b", ""},
		"not asked for":           {"", "GET", "id.example.com", "/app", ""},
	} {
		t.Run(name, func(t *testing.T) {
			ask := func(p *place) result {
				b := p.browser()
				for header, value := range map[string]string{"X-Forwarded-Method": c.method, "X-Forwarded-Host": c.host, "X-Forwarded-Uri": c.uri} {
					if value != "" {
						b.header.Set(header, value)
					}
				}
				return b.get("/auth" + c.query)
			}
			status := http.StatusFound
			if c.want == "" {
				status = http.StatusUnauthorized
			}
			ask(trusting).want(t, status, c.want)
			ask(strict).want(t, http.StatusUnauthorized, "")
		})
	}
}
