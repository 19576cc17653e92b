package web

import (
	"net/http"
	"strings"

	"rekey/member"
)

// forgotData is what the page for a forgotten password shows.
type forgotData struct{ Email field }

func (s *Site) showForgotPassword(w http.ResponseWriter, r *http.Request) error {
	return s.showForgotForm(w, r, http.StatusOK, "", "")
}

// forgotPassword has a link sent to an email address member who asks for it. The answer is the same for every address, in
// words and in time: the work begins when the answer has been sent.
func (s *Site) forgotPassword(w http.ResponseWriter, r *http.Request) error {
	values, err := form(r)
	if err != nil {
		return err
	}
	t := textsFor(r)
	address := strings.TrimSpace(values.Get("email"))
	if member.CheckEmail(address) != "" {
		return s.showForgotForm(w, r, http.StatusUnprocessableEntity, address, t.Forgot.BadAddress)
	}
	if !s.links.enter() {
		s.busy(w, r)
		return nil
	}
	defer s.links.add(address)
	if err := s.show(w, r, http.StatusOK, "sent", page{Title: t.Forgot.SentTitle}); err != nil {
		return err
	}
	_ = http.NewResponseController(w).Flush() // a browser that has gone is no failure of ours
	return nil
}

func (s *Site) showForgotForm(w http.ResponseWriter, r *http.Request, status int, typed, wrong string) error {
	t := textsFor(r)
	email := field{ID: "email", Name: "email", Label: t.Forgot.Email, Type: "email", Value: typed, Autocomplete: "username",
		Error: wrong, Focus: true}
	s.cookies.markPage(w, r)
	return s.show(w, r, status, "forgot", page{Title: t.Forgot.Title, Refused: wrong != "", Data: forgotData{email}})
}
