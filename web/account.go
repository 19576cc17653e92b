package web

import (
	"context"
	"fmt"
	"net/http"

	"rekey/account"
	"rekey/member"
)

const accountPath = "/account"

// accountData is what the account page shows.
type accountData struct {
	Notice          string
	Name            string
	Email           string
	Team            string
	LoginID         string
	Username        string
	Current         field
	Password, Again field
	Rules           []string
}

// changeErrors say what is wrong with the form for changing the password.
type changeErrors struct {
	current string
	weak    error // why account refuses the new password; the settings are needed to say it
	passwordErrors
}

func (e changeErrors) any() bool { return e.current != "" || e.weak != nil || e.passwordErrors.any() }

func (s *Site) showAccount(w http.ResponseWriter, r *http.Request) error {
	in, ok, err := s.current(r)
	if err != nil {
		return err
	}
	if !ok {
		return s.toLogin(w, r)
	}
	return s.showAccountOf(w, r, in.Member, changeErrors{})
}

// changePassword changes the password of whoever is signed in and knows the current one.
func (s *Site) changePassword(w http.ResponseWriter, r *http.Request) error {
	values, err := form(r)
	if err != nil {
		return err
	}
	in, ok, err := s.current(r)
	if err != nil {
		return err
	}
	if !ok {
		return s.toLogin(w, r)
	}
	t := textsFor(r)
	typed := newPassword{values.Get("password"), values.Get("again")}
	wrong := changeErrors{passwordErrors: typed.typed(t)}
	if values.Get("current") == "" {
		wrong.current = t.Account.CurrentMissing
	}
	if wrong.any() {
		return s.showAccountOf(w, r, in.Member, wrong)
	}
	if !s.passwords.enter() {
		s.busy(w, r)
		return nil
	}
	defer s.passwords.leave()
	changed, err := s.service.ChangePassword(r.Context(), in.Secret, values.Get("current"), typed.password)
	if err != nil {
		return s.refuseChange(w, r, in.Member, err)
	}
	return s.signedIn(w, r, changed, noticePasswordChanged, accountPath)
}

// refuseChange says why the password was not changed.
func (s *Site) refuseChange(w http.ResponseWriter, r *http.Request, m member.Member, refusal error) error {
	switch account.CodeOf(refusal) {
	case account.CodeSignedOut:
		return s.toLogin(w, r)
	case account.CodeSignInFailed:
		s.wake() // the member may have been told of a lockout
		return s.showAccountOf(w, r, m, changeErrors{current: textsFor(r).Account.WrongCurrent})
	case account.CodeWeakPassword:
		return s.showAccountOf(w, r, m, changeErrors{weak: refusal})
	}
	return fmt.Errorf("changing a password: %w", refusal)
}

func (s *Site) signOut(w http.ResponseWriter, r *http.Request) error {
	return s.end(w, r, noticeSignedOut, s.service.EndSession)
}

func (s *Site) signOutEverywhere(w http.ResponseWriter, r *http.Request) error {
	return s.end(w, r, noticeSignedOutAll, s.service.EndAllSessions)
}

// endOperation ends a session, given its secret.
type endOperation func(ctx context.Context, secret string) error

// end ends the browser's session, or all of the member's.
func (s *Site) end(w http.ResponseWriter, r *http.Request, n notice, operation endOperation) error {
	secret := s.cookies.session(r)
	if secret == "" {
		return s.toLogin(w, r)
	}
	err := operation(r.Context(), secret)
	if err != nil && account.CodeOf(err) != account.CodeSignedOut {
		return fmt.Errorf("signing out: %w", err)
	}
	if err == nil {
		s.cookies.setNotice(w, n)
	}
	return s.toLogin(w, r)
}

func (s *Site) showAccountOf(w http.ResponseWriter, r *http.Request, m member.Member, wrong changeErrors) error {
	set, err := s.service.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	t := textsFor(r)
	if wrong.weak != nil {
		wrong.password = weakness(t, set, wrong.weak)
	}
	data := accountData{
		Notice:   t.Notices[s.cookies.takeNotice(w, r)],
		Name:     member.Clean(m.Name),
		Username: m.Account(),
		Current: field{ID: "current", Name: "current", Label: t.Account.Current, Type: "password",
			Autocomplete: "current-password", Error: wrong.current, Focus: wrong.current != ""},
		Rules: passwordRules(t, set),
	}
	data.Password, data.Again = wrong.fields(t, false)
	if wrong.current != "" {
		data.Password.Focus, data.Again.Focus = false, false
	}
	if m.Type() == member.LoginID {
		data.LoginID, data.Team = m.LoginID, member.Clean(set.TeamNumber)
	} else {
		data.Email = m.Email
	}
	status := http.StatusOK
	if wrong.any() {
		status = http.StatusUnprocessableEntity
	}
	s.cookies.markPage(w, r)
	return s.showWith(w, r, status, "account", page{Title: t.Account.Title, Refused: wrong.any(), Data: data}, set)
}
