package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"rekey/member"
)

// auth answers a web server that asks whether to let a request through: nginx's auth_request, Caddy's forward_auth,
// Traefik's ForwardAuth. For a session that counts it is 200 with
//
//	Remote-User   the email address or the login ID
//	Remote-Name   the name, as headerText writes it
//	Remote-Email  the email address; empty for a login ID member, so that it overwrites one that a browser made up
//
// and otherwise 401. With ?redirect=1 a page that a proxy of ours asks for gets a 302 to the sign-in instead, which comes
// back to the page.
func (s *Site) auth(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := s.current(r)
	if err != nil {
		return err
	}
	if !ok {
		s.unauthorized(w, r)
		return nil
	}
	h := w.Header()
	h.Set("Remote-User", headerText(in.Member.Account()))
	h.Set("Remote-Name", headerText(in.Member.Name))
	h.Set("Remote-Email", headerText(in.Member.Email))
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Site) unauthorized(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if r.URL.Query().Get("redirect") == "1" && s.proxies.sent(r) {
		if to := s.loginFor(r.Header); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
			return
		}
	}
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, "Not signed in.\n")
}

// loginFor gives the address of the sign-in for the page for which a proxy asks, or "" for a form and for a host that is
// neither ours nor allowed. The sign-in returns to the page, if that has an address that everybody reads alike; to one on
// this site's host by its path.
func (s *Site) loginFor(forwarded http.Header) string {
	if method := forwarded.Get("X-Forwarded-Method"); method != "" && !isSafe(method) {
		return "" // the form that was sent would be lost on the way
	}
	page, host := forwarded.Get("X-Forwarded-Uri"), forwarded.Get("X-Forwarded-Host")
	if !strings.HasPrefix(page, "/") {
		page = "" // as "*", or a whole address
	}
	login := "/login"
	if host != "" && !strings.EqualFold(host, s.base.Host) {
		if !s.returnHosts.allow(host) {
			return ""
		}
		login, page = s.base.String()+login, "https://"+host+page
	}
	if next := s.returnHosts.check(page); next != "" {
		login += "?" + url.Values{"next": {next}}.Encode()
	}
	return login
}

// headerText makes text safe in a header, which has no agreed encoding: printable ASCII stands for itself, and the
// percent sign and every other byte of the UTF-8 are percent-encoded (RFC 3986, section 2.1), as JavaScript's
// decodeURIComponent and every language's counterpart undoes it.
func headerText(text string) string {
	var b strings.Builder
	for _, c := range []byte(strings.TrimSpace(member.Clean(text))) {
		if c < ' ' || c > '~' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
