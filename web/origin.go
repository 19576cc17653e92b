package web

import "net/http"

// ownForm reports whether a form was sent from a page of this site (cross-site request forgery).
//
// Browsers since 2023 say so in Sec-Fetch-Site, and http.CrossOriginProtection reads that. Older ones have only Origin,
// which our own Referrer-Policy turns into "null" in some of them (Safari before 16.4, still on telephones that get no
// updates). For those a cookie decides that is only sent along with requests from this site (SameSite=Strict).
func (s *Site) ownForm(r *http.Request) bool {
	if s.origins.Check(r) == nil {
		return true
	}
	return r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" && s.cookies.fromOwnPage(r)
}
