package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rekey/member"
)

// returnHosts are the hosts besides our own that a sign-in may return to.
type returnHosts []string

// valid refuses what is no plain host: the hosts stand in a header too.
func (h returnHosts) valid() error {
	for _, host := range h {
		u, err := url.Parse("https://" + host)
		if err != nil || host == "" || u.Host != host || strings.ContainsAny(host, "*;,'\"") {
			return fmt.Errorf("%q is not a host to return to: it looks like app.example.com or app.example.com:8443", member.Clean(host))
		}
	}
	return nil
}

// allow reports whether a sign-in may return to the host.
func (h returnHosts) allow(host string) bool {
	return slices.ContainsFunc(h, func(allowed string) bool { return strings.EqualFold(allowed, host) })
}

// maxReturnAddress bounds a return address in bytes.
const maxReturnAddress = 2048

// check gives the return address if a browser would stay on this site with it, or come to one of the hosts over https;
// otherwise "". Browsers read addresses more loosely than RFC 3986 says (they drop tabs and line ends, and take \ for /),
// and so may what stands behind a proxy: whatever could be read in two ways is refused.
func (h returnHosts) check(address string) string {
	if address == "" || len(address) > maxReturnAddress || !utf8.ValidString(address) {
		return ""
	}
	if strings.ContainsFunc(address, ambiguous) {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Opaque != "" || !plainPath(u.Path) {
		return ""
	}
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		return u.String()
	}
	if u.Scheme == "https" && h.allow(u.Host) {
		return u.String()
	}
	return ""
}

// ambiguous reports whether programs disagree about what r means in an address.
func ambiguous(r rune) bool { return r == '\\' || unicode.IsSpace(r) || unicode.IsControl(r) }

// plainPath reports whether a path, with its percent-encoding undone, means the same to everybody: it holds nothing
// ambiguous but spaces, does not begin as a host does, and has no dot segments.
func plainPath(path string) bool {
	unclear := func(r rune) bool { return r != ' ' && ambiguous(r) }
	if strings.HasPrefix(path, "//") || !utf8.ValidString(path) || strings.ContainsFunc(path, unclear) {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}
