package web

import "net/http"

// The cookies' names, without the prefix that they get under TLS.
const (
	sessionCookie = "rekey"
	noticeCookie  = "rekey-notice"
	pageCookie    = "rekey-page"
)

// cookies are set and read here only, so that all of them have the same care. None has a Max-Age but the notice: a
// session ends with the browser, because members share devices; on the server it ends by Settings in any case.
type cookies struct{ secure bool }

// name gives the cookie's name: under TLS with the prefix that makes browsers refuse it from other hosts, from
// subdomains and over plain HTTP (RFC 6265bis, section 4.1.3.2).
func (c cookies) name(name string) string {
	if c.secure {
		return "__Host-" + name
	}
	return name
}

func (c cookies) set(w http.ResponseWriter, name, value string, maxAge int, sameSite http.SameSite) {
	http.SetCookie(w, &http.Cookie{Name: c.name(name), Value: value, Path: "/", MaxAge: maxAge,
		Secure: c.secure, HttpOnly: true, SameSite: sameSite})
}

func (c cookies) get(r *http.Request, name string) string {
	cookie, err := r.Cookie(c.name(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (c cookies) setSession(w http.ResponseWriter, secret string) {
	c.set(w, sessionCookie, secret, 0, http.SameSiteLaxMode)
}

// session gives the session's secret that the browser brings, or "".
func (c cookies) session(r *http.Request) string { return c.get(r, sessionCookie) }

func (c cookies) clearSession(w http.ResponseWriter) {
	c.set(w, sessionCookie, "", -1, http.SameSiteLaxMode)
}

// notice is what the next page says has been done. It travels in a cookie, so that nobody can make it up in a link.
type notice string

// The notices.
const (
	noticePasswordSet     notice = "password-set"
	noticePasswordChanged notice = "password-changed"
	noticeSignedOut       notice = "signed-out"
	noticeSignedOutAll    notice = "signed-out-everywhere"
)

const noticeSeconds = 60

func (c cookies) setNotice(w http.ResponseWriter, n notice) {
	c.set(w, noticeCookie, string(n), noticeSeconds, http.SameSiteLaxMode)
}

// takeNotice gives the notice that waits, and clears it.
func (c cookies) takeNotice(w http.ResponseWriter, r *http.Request) notice {
	n := c.get(r, noticeCookie)
	if n != "" {
		c.set(w, noticeCookie, "", -1, http.SameSiteLaxMode)
	}
	return notice(n)
}

// markPage gives the browser the cookie by which forms of this site are known; see Site.ownForm.
func (c cookies) markPage(w http.ResponseWriter, r *http.Request) {
	if !c.fromOwnPage(r) {
		c.set(w, pageCookie, "1", 0, http.SameSiteStrictMode)
	}
}

func (c cookies) fromOwnPage(r *http.Request) bool { return c.get(r, pageCookie) != "" }
