package web

import (
	"net/http"
	"strings"
)

// headers are what every answer carries.
type headers struct{ secure bool }

// policy is the Content Security Policy: nothing inline, nothing from elsewhere, no frames around it.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"form-action 'self'"

func (h headers) set(header http.Header) {
	header.Set("Content-Security-Policy", policy)
	header.Set("Referrer-Policy", "no-referrer") // the address can hold a code
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	header.Set("Cache-Control", "no-store")
	if h.secure {
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// allowFormsTo lets the answer to a form lead to the hosts: browsers hold redirects after a form to form-action too.
func allowFormsTo(header http.Header, hosts returnHosts) {
	var b strings.Builder
	b.WriteString(policy)
	for _, host := range hosts {
		b.WriteString(" https://" + host)
	}
	header.Set("Content-Security-Policy", b.String())
}
