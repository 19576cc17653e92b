package web

import (
	"fmt"
	"net/http"

	"rekey/account"
)

// signedIn gives the browser its session and sends it on, by a 303 so that neither the form nor a code in its address is
// there to go back to. The session that the browser had before ends: the next person at a shared device is another.
func (s *Site) signedIn(w http.ResponseWriter, r *http.Request, in account.SignedIn, n notice, next string) error {
	if before := s.cookies.session(r); before != "" {
		if err := s.service.EndSession(r.Context(), before); err != nil {
			s.log.Error("ending the browser's last session", "error", err) // it ends by itself; the new one counts
		}
	}
	s.cookies.setSession(w, in.Secret)
	if n != "" {
		s.cookies.setNotice(w, n)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// current gives the member whose session the browser brings; false when there is none that counts.
func (s *Site) current(r *http.Request) (account.SignedIn, bool, error) {
	secret := s.cookies.session(r)
	if secret == "" {
		return account.SignedIn{}, false, nil
	}
	in, err := s.service.Session(r.Context(), secret)
	if account.CodeOf(err) == account.CodeSignedOut {
		return in, false, nil
	}
	if err != nil {
		return in, false, fmt.Errorf("looking a session up: %w", err)
	}
	return in, true, nil
}

// toLogin sends a browser without a session to sign in.
func (s *Site) toLogin(w http.ResponseWriter, r *http.Request) error {
	s.cookies.clearSession(w)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}
