package web

import (
	"net/http/httptest"
	"testing"
)

func TestForwardedAddressesAreBelievedOnlyFromProxies(t *testing.T) {
	known, err := ParseProxies([]string{"192.0.2.10", "2001:db8:1::/48", "::ffff:192.0.2.11"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"a stranger's own words":      {"198.51.100.7:1", []string{"203.0.113.5"}, "198.51.100.7"},
		"a proxy":                     {"192.0.2.10:1", []string{"203.0.113.5"}, "203.0.113.5"},
		"a proxy mapped into IPv6":    {"[::ffff:192.0.2.10]:1", []string{"203.0.113.5"}, "203.0.113.5"},
		"a proxy named as mapped":     {"192.0.2.11:1", []string{"203.0.113.5"}, "203.0.113.5"},
		"a proxy in a network":        {"[2001:db8:1::9]:1", []string{"2001:db8:2::5"}, "2001:db8:2::5"},
		"a client that made one up":   {"192.0.2.10:1", []string{"10.0.0.1, 203.0.113.5"}, "203.0.113.5"},
		"several headers":             {"192.0.2.10:1", []string{"10.0.0.1", "203.0.113.5"}, "203.0.113.5"},
		"two proxies":                 {"192.0.2.10:1", []string{"203.0.113.5, 192.0.2.11"}, "203.0.113.5"},
		"nonsense from a proxy":       {"192.0.2.10:1", []string{"203.0.113.5, unknown"}, "192.0.2.10"},
		"nothing from a proxy":        {"192.0.2.10:1", nil, "192.0.2.10"},
		"an entry with a port":        {"192.0.2.10:1", []string{"203.0.113.5:4711"}, "203.0.113.5"},
		"an IPv6 entry with a port":   {"192.0.2.10:1", []string{"[2001:db8::5]:4711"}, "2001:db8::5"},
		"an IPv6 entry in brackets":   {"192.0.2.10:1", []string{"[2001:db8::5]"}, "2001:db8::5"},
		"a zone of words":             {"192.0.2.10:1", []string{"fe80::1%msg=forged client=1.2.3.4"}, "fe80::1"},
		"a zone of words with a port": {"192.0.2.10:1", []string{"[fe80::1%msg=forged client=1.2.3.4]:5"}, "fe80::1"},
		"a peer with a zone":          {"[fe80::2%eth0]:1", nil, "fe80::2"},
		"an address cannot be parsed": {"@", []string{"203.0.113.5"}, "invalid IP"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.peer
			r.Header["X-Forwarded-For"] = c.forwarded
			if got := proxies(known).client(r).String(); got != c.want {
				t.Errorf("the client is %s, want %s", got, c.want)
			}
		})
	}
}

func TestProxiesAreAddressesOrNetworks(t *testing.T) {
	for _, text := range []string{"", "proxy.example.com", "192.0.2.0/33", "192.0.2.1:80", "192.0.2"} {
		if prefixes, err := ParseProxies([]string{text}); err == nil {
			t.Errorf("ParseProxies(%q) = %v, want an error", text, prefixes)
		}
	}
}

func TestHeaderTextIsSafeInAHeader(t *testing.T) {
	for text, want := range map[string]string{
		"Aoi Yamada":         "Aoi Yamada",
		"100%":               "100%25",
		"山田":                 "%E5%B1%B1%E7%94%B0",
		"a\r\nRemote-User:x": "a<U+000D><U+000A>Remote-User:x",
		" padded ":           "padded",
		"\xff":               "%EF%BF%BD",
		"":                   "",
	} {
		if got := headerText(text); got != want {
			t.Errorf("headerText(%q) = %q, want %q", text, got, want)
		}
	}
}
