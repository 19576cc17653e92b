package account

import (
	"cmp"
	"context"
	"time"

	"rekey/member"
)

// Install puts the first admin into a new store: an active email address member with admin authority and the given
// password. It refuses with CodeWeakPassword or CodeInvalid, the latter also where there are members already.
func (s *Service) Install(ctx context.Context, admin member.Member, password string) error {
	now := s.clock()
	set, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	admin.Status, admin.Admin = member.Active, true
	if admin.SearchName == "" {
		admin.SearchName = member.DefaultSearchName(admin.Account())
	}
	if err := valid(admin); err != nil {
		return err
	}
	if err := CheckPassword(set, admin, password); err != nil {
		return err
	}
	hash, err := s.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(w Writer) error {
		if there, err := w.Members(0, 1); err != nil || len(there) > 0 {
			return cmp.Or(err, error(&Error{CodeInvalid, "This team has members already.", "Sign in as one of its admins."}))
		}
		id, err := w.PutMember(admin)
		if err != nil {
			return err
		}
		if err := w.PutCredential(id, Credential{Hash: hash, SetAt: now, SetVia: ViaInstallation}); err != nil {
			return err
		}
		return s.record(w, Record{At: now, Event: EventInstalled, Target: id})
	})
}

// valid refuses a member that breaks a rule.
func valid(m member.Member) error {
	if broken := m.Validate(); len(broken) > 0 {
		return invalid(broken[0])
	}
	return nil
}

func invalid(broken *member.FieldError) *Error {
	return &Error{CodeInvalid, "The member breaks a rule: " + broken.Error() + ".", "Correct it and try again."}
}

// Added is a new member, and how the first password comes about.
type Added struct {
	Member  member.Member
	Mail    Mail      // the invitation; its ID is 0 if none goes out
	Token   Serial    // of the set-password token; 0: none was issued
	Expires time.Time // when the token ends
}

// AddMember adds one member. An email address member who is not active yet is invited by mail, unless the team uses
// single sign-on; for a login ID member there is a form at once. A status of 0 is Inviting, and an empty search name the
// usual one.
//
// It refuses with CodeSignedOut, CodeNoAuthority, CodeInvalid, CodeTaken or CodeSSO.
func (s *Service) AddMember(ctx context.Context, admin Admin, m member.Member) (Added, error) {
	var added Added
	err := s.asAdmin(ctx, admin, func(w Writer, set Settings, now time.Time) (err error) {
		m := complete(m)
		if refusal := refuseNew(set, m); refusal != nil {
			return refusal
		}
		if added, err = s.add(w, set, m, admin.ID, now); err != nil {
			return err
		}
		details := []Detail{{"status", m.Status.String()}}
		if added.Mail.ID != 0 {
			details = append(details, Detail{"mail", itoa(int(added.Mail.ID))}, Detail{"to", added.Mail.To})
		}
		return s.record(w, Record{At: now, Event: EventMemberAdded, Actor: admin.ID, Target: added.Member.ID, Details: details})
	})
	if err != nil {
		return Added{}, err
	}
	return added, nil
}

// refuseNew says why nobody like m can be added, or nil. Whether the account is taken is the store's to say.
func refuseNew(set Settings, m member.Member) *Error {
	if broken := m.Validate(); len(broken) > 0 {
		return invalid(broken[0])
	}
	return refuseValid(set, m)
}

// refuseValid is refuseNew for a member that breaks no rule by itself.
func refuseValid(set Settings, m member.Member) *Error {
	switch {
	case m.ID != 0 || m.Admin || m.Status == member.Deleted:
		return &Error{CodeInvalid, "A new member has no authority yet, and cannot be deleted already.", "Add the member first."}
	case set.SSO && m.Type() == member.LoginID:
		return &Error{CodeSSO, "The team uses single sign-on: login ID members cannot be added.", "Give the member an email address."}
	}
	return nil
}

// meansFor says how a new member comes to a first password.
func meansFor(set Settings, m member.Member) means {
	switch {
	case !set.givesPassword(m):
		return byNothing
	case m.Type() == member.LoginID && (m.Status == member.Inviting || m.Status == member.Active):
		return byForm
	case m.Type() == member.Email && m.Status == member.Inviting:
		return byMail
	}
	return byNothing
}

// add writes a new member, whom refuseNew lets pass, and issues the set-password token.
func (s *Service) add(w Writer, set Settings, m member.Member, by member.ID, now time.Time) (Added, error) {
	var err error
	if m.ID, err = w.PutMember(m); err != nil {
		return Added{}, err
	}
	added := Added{Member: m}
	if meansFor(set, m) == byNothing {
		return added, nil
	}
	var c Credential
	token, mail, err := s.issue(w, set, m, PurposeInvitation, &c, by, now)
	if err != nil {
		return Added{}, err
	}
	added.Mail, added.Token, added.Expires = mail, token.Serial, token.Expires
	return added, w.PutCredential(m.ID, c)
}
