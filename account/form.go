package account

import (
	"context"
	"errors"
	"time"

	"rekey/member"
)

// Form is what an Account Information PDF says. It holds the secret code: it lives in memory only.
type Form struct {
	ProductName string
	TeamName    string
	TeamNumber  string
	Member      member.Member
	Code        string // in groups of four
	URL         string // what the QR code holds
	Issued      time.Time
	IssuedBy    string // the admin's name
	Expires     time.Time
	Zone        *time.Location // in which times are shown
}

// SavedForm is where a form was written.
type SavedForm struct {
	Path    string
	Missing []rune // characters that no font has; they are drawn as code points in boxes
}

// Form gives a login ID member's current form: the same code until the next reset. It refuses with CodeNoForm when no
// token is valid or the member has an email address.
func (s *Service) Form(ctx context.Context, admin Admin, id member.ID) (Form, error) {
	now := s.clock()
	var f Form
	err := s.store.View(ctx, func(r Reader) (err error) {
		if _, err := authorize(r, admin); err != nil {
			return err
		}
		f, err = s.form(r, id, now)
		return err
	})
	return f, err
}

func (s *Service) form(r Reader, id member.ID, now time.Time) (Form, error) {
	m, err := r.Member(id)
	if err != nil {
		return Form{}, refuseUnknown(err)
	}
	if m.Type() != member.LoginID {
		return Form{}, &Error{CodeNoForm, "Forms are for members with a login ID.", "This member gets a mail: send it again instead."}
	}
	token, err := validToken(r, m, now)
	if errors.Is(err, ErrNotFound) {
		return Form{}, &Error{CodeNoForm, "This member has no form that still works.", "Reset the password to issue a new one."}
	}
	if err != nil {
		return Form{}, err
	}
	set, err := r.Settings()
	if err != nil {
		return Form{}, err
	}
	by, err := r.Member(token.By)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Form{}, err
	}
	return Form{
		ProductName: set.ProductName,
		TeamName:    set.TeamName,
		TeamNumber:  set.TeamNumber,
		Member:      m,
		Code:        s.key.Code(token),
		URL:         s.link(token),
		Issued:      token.Issued,
		IssuedBy:    by.Name,
		Expires:     token.Expires,
		Zone:        s.zone,
	}, nil
}

// SaveForm writes a login ID member's current form to path, or, with an empty path, to its usual place, and records
// that it was downloaded. It refuses as Form does.
func (s *Service) SaveForm(ctx context.Context, admin Admin, id member.ID, path string) (SavedForm, error) {
	f, err := s.Form(ctx, admin, id)
	if err != nil {
		return SavedForm{}, err
	}
	saved, err := s.forms.WriteForm(f, path)
	if err != nil {
		return SavedForm{}, err
	}
	now := s.clock()
	return saved, s.store.Update(ctx, func(w Writer) error {
		return s.record(w, Record{At: now, Event: EventFormSaved, Actor: admin.ID, Target: id, Details: []Detail{{"path", saved.Path}}})
	})
}
