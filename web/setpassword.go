package web

import (
	"fmt"
	"net/http"
	"time"

	"rekey/account"
	"rekey/member"
)

// setData is what the page for setting a password shows.
type setData struct {
	Code            string
	Name            string
	Username        field
	Password, Again field
	Rules           []string
	Until           string
}

// showSetPassword shows the form behind a code. Whatever follows links may fetch it as often as it likes.
func (s *Site) showSetPassword(w http.ResponseWriter, r *http.Request) error {
	invitee, ok, err := s.invitee(w, r)
	if err != nil || !ok {
		return err
	}
	return s.showSetForm(w, r, invitee, passwordErrors{})
}

// setPassword sets the password and signs the browser in. A refused password leaves the code as it was.
func (s *Site) setPassword(w http.ResponseWriter, r *http.Request) error {
	values, err := form(r)
	if err != nil {
		return err
	}
	invitee, ok, err := s.invitee(w, r)
	if err != nil || !ok {
		return err
	}
	typed := newPassword{values.Get("password"), values.Get("again")}
	if wrong := typed.typed(textsFor(r)); wrong.any() {
		return s.showSetForm(w, r, invitee, wrong)
	}
	if !s.passwords.enter() {
		s.busy(w, r)
		return nil
	}
	defer s.passwords.leave()
	in, err := s.service.SetPassword(r.Context(), r.PathValue("code"), typed.password, account.ViaWeb, r.UserAgent())
	switch account.CodeOf(err) {
	case account.CodeWeakPassword:
		wrong := passwordErrors{password: weakness(textsFor(r), invitee.Settings, err)}
		return s.showSetForm(w, r, invitee, wrong)
	case account.CodeVoidCode, account.CodeSuspended:
		return s.showUnusable(w, r, err)
	}
	if err != nil {
		return fmt.Errorf("setting a password: %w", err)
	}
	return s.signedIn(w, r, in, noticePasswordSet, accountPath)
}

// invitee gives whose password the code in the address sets. Otherwise it has answered the request. Only wrong codes are
// limited: right ones go on working for everybody who shares the address with somebody who tries wrong ones.
func (s *Site) invitee(w http.ResponseWriter, r *http.Request) (account.Invitee, bool, error) {
	invitee, err := s.service.LookUp(r.Context(), r.PathValue("code"))
	switch account.CodeOf(err) {
	case account.CodeVoidCode:
		if wait := s.wrongCodes.take(s.proxies.client(r)); wait > 0 {
			s.tooMany(w, r, wait)
			return invitee, false, nil
		}
		return invitee, false, s.showUnusable(w, r, err)
	case account.CodeSuspended:
		return invitee, false, s.showUnusable(w, r, err)
	}
	if err != nil {
		return invitee, false, fmt.Errorf("looking a code up: %w", err)
	}
	return invitee, true, nil
}

// showUnusable answers a code that cannot be used. A suspended member's has its own page. All others, whether used,
// expired, superseded, unknown or misspelt, get the same one with the same status: 404, by which a server says also that
// it does not want to tell whether there is, or was, something (RFC 9110, section 15.5.5).
func (s *Site) showUnusable(w http.ResponseWriter, r *http.Request, refusal error) error {
	if account.CodeOf(refusal) == account.CodeSuspended {
		s.showFailure(w, r, http.StatusForbidden, failureSuspended)
		return nil
	}
	return s.show(w, r, http.StatusNotFound, "void", page{Title: textsFor(r).Void.Title})
}

func (s *Site) showSetForm(w http.ResponseWriter, r *http.Request, in account.Invitee, wrong passwordErrors) error {
	t := textsFor(r)
	password, again := wrong.fields(t, true)
	data := setData{
		Code:     r.PathValue("code"),
		Name:     member.Clean(in.Member.Name),
		Username: usernameField(t, in.Member),
		Password: password,
		Again:    again,
		Rules:    passwordRules(t, in.Settings),
		Until:    fmt.Sprintf(t.Set.Until, account.FormatTime(in.Expires, s.zone())),
	}
	status := http.StatusOK
	if wrong.any() {
		status = http.StatusUnprocessableEntity
	}
	s.cookies.markPage(w, r)
	return s.showWith(w, r, status, "set", page{Title: t.Set.Title, Refused: wrong.any(), Data: data}, in.Settings)
}

func (s *Site) zone() *time.Location {
	if zone := s.service.Zone(); zone != nil {
		return zone
	}
	return time.UTC
}

// usernameField shows whose password it is, to the person and to the password manager that keeps it.
func usernameField(t *texts, m member.Member) field {
	f := field{ID: "username", Name: "username", Label: t.Set.Email, Type: "text", Value: member.Clean(m.Account()),
		Autocomplete: "username", ReadOnly: true}
	if m.Type() == member.LoginID {
		f.Label = t.Set.LoginID
	}
	return f
}
