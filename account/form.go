package account

import (
	"context"
	"errors"
	"slices"
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

// String keeps the code out of logs.
func (f Form) String() string { return "form of " + f.Member.ID.String() }

// Form gives a login ID member's current form, to be shown on a screen: the same code until the next reset. It refuses
// with CodeNoForm when no token is valid or the member has an email address.
func (s *Service) Form(ctx context.Context, admin Admin, id member.ID) (Form, error) {
	return s.handOut(ctx, admin, id, Record{Event: EventFormShown})
}

// handOut gives a form after it has been recorded who got it: whoever sees the code can use it.
func (s *Service) handOut(ctx context.Context, admin Admin, id member.ID, rec Record) (Form, error) {
	now := s.clock()
	rec.At, rec.Actor, rec.Target = now, admin.ID, id
	var f Form
	err := s.store.Update(ctx, func(w Writer) (err error) {
		if err := s.authorize(w, admin, now); err != nil {
			return err
		}
		if f, err = s.form(w, id, now); err != nil {
			return err
		}
		return s.record(w, rec)
	})
	if err != nil {
		return Form{}, err
	}
	return f, nil
}

func (s *Service) form(r Reader, id member.ID, now time.Time) (Form, error) {
	m, err := r.Member(id)
	if err != nil {
		return Form{}, refuseUnknown(err)
	}
	if m.Type() != member.LoginID {
		return Form{}, &Error{CodeNoForm, "Forms are for members with a login ID.", "This member gets a mail: send it again instead."}
	}
	set, err := r.Settings()
	if err != nil {
		return Form{}, err
	}
	token, err := validToken(r, set, m, now)
	if errors.Is(err, ErrNotFound) {
		return Form{}, errNoForm
	}
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

var errNoForm = &Error{CodeNoForm, "This member has no form that still works.", "Reset the password to issue a new one."}

var errNoFormWriter = &Error{CodeNoForm, "No forms can be saved here.", "Save the form in the console."}

// SaveForm writes a login ID member's current form to path, or, with an empty path, to its usual place. It refuses as
// Form does.
func (s *Service) SaveForm(ctx context.Context, admin Admin, id member.ID, path string) (SavedForm, error) {
	if s.forms == nil {
		return SavedForm{}, errNoFormWriter
	}
	rec := Record{Event: EventFormSaved}
	if path != "" {
		rec.Details = []Detail{{"path", path}}
	}
	f, err := s.handOut(ctx, admin, id, rec)
	if err != nil {
		return SavedForm{}, err
	}
	saved, err := s.forms.WriteForm(f, path)
	if err != nil {
		rec.Event = EventFormNotSaved
		return SavedForm{}, errors.Join(err, s.amend(ctx, admin, []member.ID{id}, rec))
	}
	return saved, nil
}

// FormPrinted records that a printer's queue has taken the current forms of members, from the file at path.
func (s *Service) FormPrinted(ctx context.Context, admin Admin, path string, of ...member.ID) error {
	return s.amend(ctx, admin, of, Record{Event: EventFormPrinted, Details: []Detail{{"path", path}}})
}

// formsPage is for how many members one transaction records what became of their forms: three writes each.
const formsPage = 32

// amend records what has happened to each of the members and cannot be undone, also when ctx has ended.
func (s *Service) amend(ctx context.Context, admin Admin, ids []member.ID, rec Record) error {
	rec.At, rec.Actor = s.clock(), admin.ID
	for page := range slices.Chunk(ids, formsPage) {
		err := s.store.Update(context.WithoutCancel(ctx), func(w Writer) error {
			for _, id := range page {
				rec.Target = id
				if err := s.record(w, rec); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
