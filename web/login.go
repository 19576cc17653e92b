package web

import (
	"fmt"
	"net/http"
	"net/url"

	"rekey/account"
	"rekey/member"
)

// The two ways to sign in, as the forms say in their field "way".
const (
	wayEmail   = "email"
	wayLoginID = "login_id"
)

// loginData is what the page for signing in shows.
type loginData struct {
	Notice string
	Next   string
	Forms  []loginForm
}

// loginForm is one of its forms.
type loginForm struct {
	Way    string
	Title  string
	Error  string
	Fields []field
	Mailed bool // a forgotten password is replaced by mail, without an admin
}

// loginTry is what was typed, if anything, and where to go when it succeeds.
type loginTry struct {
	typed  account.Login
	failed string // the way that was tried; "": nothing was
	next   string
}

func (s *Site) showLogin(w http.ResponseWriter, r *http.Request) error {
	next := s.returnHosts.check(r.URL.Query().Get("next"))
	_, ok, err := s.current(r)
	if err != nil {
		return err
	}
	if ok {
		http.Redirect(w, r, localOr(next, accountPath), http.StatusSeeOther)
		return nil
	}
	return s.showLoginForms(w, r, http.StatusOK, loginTry{next: next})
}

// localOr gives a return address on this site, or the other one: with a site elsewhere that sends a signed-in browser
// here again and again it would go in circles.
func localOr(next, other string) string {
	if next == "" || next[0] != '/' {
		return other
	}
	return next
}

func (s *Site) login(w http.ResponseWriter, r *http.Request) error {
	values, err := form(r)
	if err != nil {
		return err
	}
	if !s.passwords.enter() {
		s.busy(w, r)
		return nil
	}
	defer s.passwords.leave()
	try := loginTryFrom(values, s.returnHosts)
	try.typed.Device = r.UserAgent()
	in, err := s.service.SignInMember(r.Context(), try.typed)
	if account.CodeOf(err) == account.CodeSignInFailed {
		s.wake() // the member may have been told of a lockout
		return s.showLoginForms(w, r, http.StatusUnprocessableEntity, try)
	}
	if err != nil {
		return fmt.Errorf("signing a member in: %w", err)
	}
	if try.next == "" {
		try.next = accountPath
	}
	return s.signedIn(w, r, in, "", try.next)
}

// loginTryFrom reads the form that was sent, and nothing of the other.
func loginTryFrom(values url.Values, hosts returnHosts) loginTry {
	try := loginTry{failed: wayEmail, next: hosts.check(values.Get("next"))}
	try.typed.Password = values.Get("password")
	if values.Get("way") == wayLoginID {
		try.failed = wayLoginID
		try.typed.TeamNumber, try.typed.LoginID = values.Get("team"), values.Get("login_id")
	} else {
		try.typed.Email = values.Get("email")
	}
	return try
}

// showLoginForms shows the forms; the one that failed, if any, with what was typed but the password. With single sign-on
// there are no login ID members.
func (s *Site) showLoginForms(w http.ResponseWriter, r *http.Request, status int, try loginTry) error {
	set, err := s.service.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	t := textsFor(r)
	data := loginData{Notice: t.Notices[s.cookies.takeNotice(w, r)], Next: try.next, Forms: []loginForm{emailForm(t, try)}}
	if !set.SSO {
		data.Forms = append(data.Forms, loginIDForm(t, try))
	}
	s.cookies.markPage(w, r)
	allowFormsTo(w.Header(), s.returnHosts)
	return s.showWith(w, r, status, "login", page{Title: t.Login.Title, Refused: try.failed != "", Data: data}, set)
}

func emailForm(t *texts, try loginTry) loginForm {
	return loginForm{Way: wayEmail, Title: t.Login.EmailTitle, Mailed: true, Fields: []field{
		{ID: "email", Name: "email", Label: t.Login.Email, Type: "email", Value: member.Clean(try.typed.Email), Autocomplete: "username",
			Focus: try.failed == ""},
		currentPassword(t.Login.Password, wayEmail),
	}}.refuse(t, try)
}

func loginIDForm(t *texts, try loginTry) loginForm {
	return loginForm{Way: wayLoginID, Title: t.Login.LoginIDTitle, Fields: []field{
		{ID: "team", Name: "team", Label: t.Login.Team, Type: "text", Value: member.Clean(try.typed.TeamNumber), Autocomplete: "on",
			Hint: t.Login.TeamHint},
		{ID: "login_id", Name: "login_id", Label: t.Login.LoginID, Type: "text", Value: member.Clean(try.typed.LoginID),
			Autocomplete: "username"},
		currentPassword(t.Login.Password, wayLoginID),
	}}.refuse(t, try)
}

func currentPassword(label, way string) field {
	return field{ID: way + "-password", Name: "password", Label: label, Type: "password", Autocomplete: "current-password"}
}

// refuse says why the form failed, if it is the one that did. Which of the fields is wrong is not told, so the sentence
// stands above them and describes each; the password, the one to be typed again, has the focus.
func (f loginForm) refuse(t *texts, try loginTry) loginForm {
	if try.failed != f.Way {
		return f
	}
	f.Error = t.Login.Failed
	for i := range f.Fields {
		f.Fields[i].About = f.Way + "-error"
	}
	f.Fields[len(f.Fields)-1].Focus = true
	return f
}
