package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"rekey/member"
)

// proxies are the addresses whose forwarded headers are believed.
type proxies []netip.Prefix

// ParseProxies reads the addresses of proxies: single ones, or networks in CIDR notation.
func ParseProxies(addresses []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range addresses {
		if address, err := netip.ParseAddr(text); err == nil {
			address = withoutZone(address)
			prefixes = append(prefixes, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address like 192.0.2.1 nor a network like 192.0.2.0/24", member.Clean(text))
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

func (p proxies) contain(address netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// peer is who is at the other end of the connection; the zero address if that cannot be told.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return withoutZone(at.Addr())
}

// sent reports whether one of the proxies sent the request.
func (p proxies) sent(r *http.Request) bool { return p.contain(peer(r)) }

// bypassed reports whether a request has come past the proxies: where there are some, TLS is theirs, and whoever connects
// from elsewhere than this machine would send passwords that can be read on the way.
func (p proxies) bypassed(r *http.Request) bool {
	return len(p) > 0 && r.TLS == nil && !p.sent(r) && !peer(r).IsLoopback()
}

// client is the address of whoever asks. A proxy appends the address of its own peer to X-Forwarded-For, so the header is
// read from its end, and only for as long as the address that wrote the entry is a proxy's: what stands before it, anybody
// can have written.
func (p proxies) client(r *http.Request) netip.Addr {
	client := peer(r)
	entries := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(entries) - 1; i >= 0 && p.contain(client); i-- {
		before, err := parseForwarded(entries[i])
		if err != nil {
			break
		}
		client = before
	}
	return client
}

// parseForwarded reads an entry of X-Forwarded-For: an address, which some proxies write with a port.
func parseForwarded(entry string) (netip.Addr, error) {
	entry = strings.TrimSpace(entry)
	if at, err := netip.ParseAddrPort(entry); err == nil {
		return withoutZone(at.Addr()), nil
	}
	address, err := netip.ParseAddr(strings.Trim(entry, "[]"))
	return withoutZone(address), err
}

// withoutZone gives an address as prefixes hold it. A zone is any text, which the log would take for its own.
func withoutZone(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }
