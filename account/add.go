package account

import (
	"cmp"
	"context"
	"fmt"
	"strings"
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
		return &Error{CodeInvalid, "The member cannot be added: " + broken[0].Error() + ".", "Correct it and try again."}
	}
	return nil
}

// AddResult counts what AddMembers did.
type AddResult struct {
	Added   int
	Invited int // by mail
	Forms   int // login ID members whose form can be downloaded now
}

// AddMembers adds new members, all of them or none. An email address member who is to be invited gets a mail; a login ID
// member who can sign in or is to be invited gets a set-password token, so that the form can be downloaded. The source
// names where they come from, for the audit log.
func (s *Service) AddMembers(ctx context.Context, admin Admin, members []member.Member, source string) (AddResult, error) {
	now := s.clock()
	var result AddResult
	err := s.store.Bulk(ctx, func(w Writer) error {
		result = AddResult{}
		if err := s.authorize(w, admin, now); err != nil {
			return err
		}
		set, err := w.Settings()
		if err != nil {
			return err
		}
		if err := refuseTaken(w, members); err != nil {
			return err
		}
		for _, m := range members {
			if err := s.add(w, set, m, admin.ID, now, &result); err != nil {
				return err
			}
		}
		return s.record(w, Record{At: now, Event: EventImport, Actor: admin.ID, Details: []Detail{
			{"source", source}, {"added", itoa(result.Added)}, {"invited", itoa(result.Invited)}, {"forms", itoa(result.Forms)}}})
	})
	return result, err
}

// maxNamed is how many accounts a refusal names.
const maxNamed = 100

// refuseTaken names all accounts among members that belong to somebody already.
func refuseTaken(r Reader, members []member.Member) error {
	var taken []string
	for _, m := range members {
		owner, err := find(r, m.Account())
		if CodeOf(err) == CodeUnknownMember {
			continue
		}
		if err != nil {
			return err
		}
		taken = append(taken, fmt.Sprintf("%s (%v)", member.Clean(m.Account()), owner.ID))
	}
	if len(taken) == 0 {
		return nil
	}
	named := strings.Join(taken[:min(len(taken), maxNamed)], ", ")
	if more := len(taken) - maxNamed; more > 0 {
		named += fmt.Sprintf(", and %d more", more)
	}
	return &Error{CodeTaken, "Nobody was added, because these accounts belong to members already: " + named + ".",
		"Take them out, or correct them."}
}

func (s *Service) add(w Writer, set Settings, m member.Member, by member.ID, now time.Time, result *AddResult) error {
	if set.SSO && m.Type() == member.LoginID {
		return &Error{CodeSSO, "The team uses single sign-on: login ID members cannot be added.", "Give the member an email address."}
	}
	if m.ID != 0 {
		return fmt.Errorf("adding %v, who is there already", m.ID)
	}
	if err := valid(m); err != nil {
		return err
	}
	var err error
	if m.ID, err = w.PutMember(m); err != nil {
		return err
	}
	result.Added++
	byForm := m.Type() == member.LoginID && (m.Status == member.Inviting || m.Status == member.Active)
	byMail := m.Type() == member.Email && m.Status == member.Inviting
	if !byForm && !byMail {
		return nil
	}
	var c Credential
	if _, _, err := s.issue(w, set, m, PurposeInvitation, &c, by, now); err != nil {
		return err
	}
	if byMail {
		result.Invited++
	} else {
		result.Forms++
	}
	return w.PutCredential(m.ID, c)
}
