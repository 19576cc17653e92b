package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

var testHosts = returnHosts{"app.example.com", "id.example.com:8443"}

func TestReturnAddressesStayWhereTheyAreAllowed(t *testing.T) {
	for _, address := range []string{
		"/", "/account", "/app/page?x=1&y=%2F%2Fz#part", "/%E5%B1%B1", "/a%20b", "/?next=https://evil.example",
		"https://app.example.com", "https://app.example.com/x?y=1", "https://id.example.com:8443/x",
	} {
		if got := testHosts.check(address); got != address {
			t.Errorf("check(%q) = %q, want it unchanged", address, got)
		}
	}
	if got := testHosts.check("https://APP.example.com/"); got != "https://APP.example.com/" {
		t.Errorf("the host in capitals gives %q", got)
	}
}

func TestReturnAddressesThatLeadAwayAreRefused(t *testing.T) {
	for _, address := range []string{
		"", "account", "?x", "#x", ".", "//evil.example", "//", "//#x", "//?x", "///evil.example", `/\evil.example`, `\\evil.example`, `\/evil.example`,
		"/\t/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example", "/\r\n/evil.example", "/x\r\nSet-Cookie: a=b",
		"/x\x00", "/%2f%2fevil.example/..", "/%2Fevil.example", "/%5cevil.example", "/x%0d%0aSet-Cookie:%20a=b", "/%09/evil.example",
		"%2f%2fevil.example", "/..//evil.example", "/.//evil.example", "/x/../../evil", "/%2e%2e//evil.example", "/%ff",
		"https:evil.example", "https:/evil.example", "https:///evil.example", "https://evil.example", "http://app.example.com/",
		"https://app.example.com@evil.example/", "https://x@app.example.com/", "https://app.example.com:444/",
		"https://app.example.com.evil.example/", "https://evil.example#@app.example.com", `https://evil.example\@app.example.com`,
		"https://app.example.com\\.evil.example", "https://app.example.com%2eevil.example/", "//app.example.com/",
		"javascript:alert(1)", "data:text/html,x", "ftp://app.example.com/", "https://id.example.com/", "/\u2028/x", "/\u00a0/x",
		"/" + strings.Repeat("x", maxReturnAddress), "/%zz", "https://[::1", "\xff",
	} {
		if got := testHosts.check(address); got != "" {
			t.Errorf("check(%q) = %q, want it refused", address, got)
		}
	}
}

// asBrowser reads an address, found on a page of the site, as the WHATWG URL standard has browsers do it.
func asBrowser(t *testing.T, address string) *url.URL {
	address = strings.Trim(address, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\v\f\r\x0e\x0f\x1b\x1c\x1d\x1e\x1f ")
	address = strings.NewReplacer("\t", "", "\r", "", "\n", "", `\`, "/").Replace(address)
	if strings.HasPrefix(address, "//") {
		address = "https://" + strings.TrimLeft(address, "/")
	}
	base := &url.URL{Scheme: "https", Host: "id.example.com", Path: "/login"}
	u, err := base.Parse(address)
	if err != nil {
		t.Fatalf("an address that was let through cannot be read: %v", err)
	}
	return u
}

func FuzzReturnAddress(f *testing.F) {
	for _, seed := range []string{"/", "//x", `/\x`, "https://app.example.com/x", "https:x", "//#0", "/%2f%2fx", "/a?b#c", "/\t/x", "https://app.example.com:8443@x/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := testHosts.check(address)
		if got == "" {
			return
		}
		if strings.ContainsFunc(got, ambiguous) {
			t.Errorf("check(%q) = %q still holds what can be read in two ways", address, got)
		}
		u := asBrowser(t, got)
		if u.Scheme != "https" || u.User != nil {
			t.Errorf("check(%q) = %q leads to %v", address, got, u)
		}
		if host := strings.ToLower(u.Host); host != "id.example.com" && !slices.Contains(testHosts, host) {
			t.Errorf("check(%q) = %q leads to the host %q", address, got, host)
		}
		if again := testHosts.check(got); again != got {
			t.Errorf("check(%q) = %q, and of that %q", address, got, again)
		}
	})
}
