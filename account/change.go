package account

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"rekey/member"
)

// Conflict is a refusal because another admin has changed the member since the form with the changes was opened.
type Conflict struct {
	Current member.Member
	Changes []member.Change // from what the form was opened on to what is there now
}

// Error gives the sentence and the hint.
func (c *Conflict) Error() string { return c.Unwrap().Error() }

// Unwrap gives the refusal, with CodeConflict.
func (c *Conflict) Unwrap() error {
	names := make([]string, len(c.Changes))
	for i, change := range c.Changes {
		names[i] = string(change.Field)
	}
	return &Error{CodeConflict, "Another admin has changed this member meanwhile: " + strings.Join(names, ", ") + ".",
		"Look at the new values, then save again."}
}

// ChangeMember changes a member's data from base, the member as the admin saw it, to changed. The status, the authority
// and the login ID have operations of their own. If the member is not as it was any more, nothing is changed and the
// error is a *Conflict.
//
// Where the email address changes, a link that waits is void, because it went to the old one; a member who needs it
// gets a new one at the new address.
//
// It refuses with CodeSignedOut, CodeNoAuthority, CodeUnknownMember, CodeDeleted, CodeInvalid, CodeTaken or CodeConflict.
func (s *Service) ChangeMember(ctx context.Context, admin Admin, base, changed member.Member) (member.Member, error) {
	err := s.changing(ctx, admin, base.ID, func(w Writer, set Settings, before member.Member, now time.Time) error {
		if !before.Equal(base) {
			return &Conflict{Current: before, Changes: member.Changes(base, before)}
		}
		if changed.ID != before.ID || changed.Status != before.Status || changed.Admin != before.Admin || changed.LoginID != before.LoginID {
			return &Error{CodeInvalid, "Status, authority and login ID are not changed this way.", ""}
		}
		if changed.SearchName == "" {
			changed.SearchName = member.DefaultSearchName(changed.Account())
		}
		if err := valid(changed); err != nil {
			return err
		}
		if len(member.Changes(before, changed)) == 0 {
			return nil
		}
		if err := s.alter(w, before, changed, admin.ID, now); err != nil || changed.Email == before.Email {
			return err
		}
		return s.readdress(w, set, before, changed, admin.ID, now)
	})
	return changed, err
}

// ChangeStatus suspends a member, makes a suspended one active again, or deletes a member for good. A suspended or
// deleted member's sessions end; a deleted one's password, links and forms stop working, and the account's name is free
// again.
//
// It refuses with CodeSignedOut, CodeNoAuthority, CodeUnknownMember, CodeSelf, CodeDeleted or CodeInvalid, the last for a
// change that the domain does not know: only signing up makes an inviting member active.
func (s *Service) ChangeStatus(ctx context.Context, admin Admin, id member.ID, status member.Status) (member.Member, error) {
	var after member.Member
	err := s.changing(ctx, admin, id, func(w Writer, _ Settings, before member.Member, now time.Time) error {
		if refusal := RefuseStatus(admin, before, status); refusal != nil {
			return refusal
		}
		after = before
		after.Status = status
		after.Admin = before.Admin && status != member.Deleted
		return s.alter(w, before, after, admin.ID, now)
	})
	return after, err
}

// RefuseStatus says why this admin cannot give this member the status, or nil.
func RefuseStatus(admin Admin, m member.Member, status member.Status) *Error {
	switch {
	case m.Status == member.Deleted:
		return errDeleted
	case m.ID == admin.ID:
		return &Error{CodeSelf, "This is your own account.", "Another admin has to do this."}
	case m.Status == status:
		return &Error{CodeInvalid, "This member is " + status.String() + " already.", ""}
	case m.Status == member.Inviting && status == member.Active:
		return &Error{CodeInvalid, "An invited member becomes active by signing up.", "Reset the password to invite the member again."}
	case m.Status == member.Inviting && status == member.Suspended:
		return &Error{CodeInvalid, "A member who has not signed up yet cannot be suspended.", "Delete the member instead."}
	case !m.Status.CanBecome(status):
		return &Error{CodeInvalid, "A member who is " + m.Status.String() + " cannot become " + status.String() + ".", ""}
	}
	return nil
}

// SetAuthority gives a member admin authority or takes it away. Admins cannot take away their own, so that there is
// always one left.
//
// It refuses with CodeSignedOut, CodeNoAuthority, CodeUnknownMember, CodeSelf, CodeDeleted or CodeInvalid.
func (s *Service) SetAuthority(ctx context.Context, admin Admin, id member.ID, authority bool) (member.Member, error) {
	var after member.Member
	err := s.changing(ctx, admin, id, func(w Writer, set Settings, before member.Member, now time.Time) error {
		if refusal := RefuseAuthority(admin, before); refusal != nil {
			return refusal
		}
		after = before
		after.Admin = authority
		if after.Equal(before) {
			return nil
		}
		if !set.givesPassword(after) {
			if err := s.endSessions(w, id); err != nil {
				return err
			}
		}
		if _, err := w.PutMember(after); err != nil {
			return err
		}
		return s.record(w, Record{At: now, Event: EventAuthority, Actor: admin.ID, Target: id, Details: []Detail{{"granted", yesNo(authority)}}})
	})
	return after, err
}

// RefuseAuthority says why this admin cannot give or take this member's authority, or nil.
func RefuseAuthority(admin Admin, m member.Member) *Error {
	switch {
	case m.Status == member.Deleted:
		return errDeleted
	case m.ID == admin.ID:
		return &Error{CodeSelf, "This is your own account.", "Another admin can take your authority away, so that the team always has one."}
	case m.Type() == member.LoginID:
		return &Error{CodeInvalid, "A login ID member cannot have admin authority.", "Give the member an email address first."}
	}
	return nil
}

// ReplaceLoginID makes an email address member of a login ID member. The login ID goes away, the password stays, all
// sessions end and a printed form is void. A member who has no password gets a link at the address.
//
// It refuses with CodeSignedOut, CodeNoAuthority, CodeUnknownMember, CodeDeleted, CodeInvalid or CodeTaken.
func (s *Service) ReplaceLoginID(ctx context.Context, admin Admin, id member.ID, address string) (member.Member, error) {
	var after member.Member
	err := s.changing(ctx, admin, id, func(w Writer, set Settings, before member.Member, now time.Time) error {
		if before.Type() != member.LoginID {
			return &Error{CodeInvalid, "This member has an email address already.", "Change the address instead."}
		}
		after = before
		after.LoginID, after.Email = "", address
		if err := valid(after); err != nil {
			return err
		}
		if err := s.endSessions(w, id); err != nil {
			return err
		}
		if _, err := w.PutMember(after); err != nil {
			return err
		}
		rec := Record{At: now, Event: EventLoginIDEnded, Actor: admin.ID, Target: id, Details: []Detail{{"login_id", before.LoginID}}}
		if err := s.record(w, rec); err != nil {
			return err
		}
		return s.readdress(w, set, before, after, admin.ID, now)
	})
	return after, err
}

var errDeleted = &Error{CodeDeleted, "This member has been deleted.", "Deleted is final: add the person as a new member."}

// changing runs change on a member as it is now, for an admin who may.
func (s *Service) changing(ctx context.Context, admin Admin, id member.ID, change func(Writer, Settings, member.Member, time.Time) error) error {
	return s.asAdmin(ctx, admin, func(w Writer, set Settings, now time.Time) error {
		m, err := w.Member(id)
		if err != nil {
			return refuseUnknown(err)
		}
		if m.Status == member.Deleted {
			return errDeleted
		}
		return change(w, set, m, now)
	})
}

// alter writes a member's new data and status, does what the status asks for, and records which fields changed.
func (s *Service) alter(w Writer, before, after member.Member, by member.ID, now time.Time, details ...Detail) error {
	if after.Status != before.Status {
		if err := s.enter(w, after, now); err != nil {
			return err
		}
	}
	if _, err := w.PutMember(after); err != nil {
		return err
	}
	return s.record(w, changeRecord(before, after, by, now, details))
}

// enter does what a member's new status asks for.
func (s *Service) enter(w Writer, m member.Member, now time.Time) error {
	switch m.Status {
	case member.Suspended:
		return s.endSessions(w, m.ID)
	case member.Deleted:
		return s.close(w, m.ID, now)
	}
	return nil
}

// endSessions signs a member out on every device.
func (s *Service) endSessions(w Writer, id member.ID) error {
	c, err := w.Credential(id)
	if err != nil {
		return err
	}
	c.Epoch++
	return w.PutCredential(id, c)
}

// close ends all that a deleted member could sign in with.
func (s *Service) close(w Writer, id member.ID, now time.Time) error {
	c, err := w.Credential(id)
	if err != nil {
		return err
	}
	if err := s.supersede(w, c.Mail, now); err != nil {
		return err
	}
	c.Hash, c.Token = "", 0
	c.Epoch++
	if err := w.PutCredential(id, c); err != nil {
		return err
	}
	l, err := w.Lockout(id)
	if err != nil {
		return err
	}
	return s.unlock(w, l, "deleted", now)
}

// readdress replaces a token that waits, because what brought it (a mail to an old address, a form) is not the member's
// any more: the new one goes to the address that the member has now. A login ID member's form may have run out, and there
// is no other way to a first password: then a token is issued as well. A notice to an old address is dropped.
func (s *Service) readdress(w Writer, set Settings, before, m member.Member, by member.ID, now time.Time) error {
	l, err := w.Lockout(m.ID)
	if err != nil {
		return err
	}
	if err := s.supersede(w, l.Notice, now); err != nil {
		return err
	}
	c, err := w.Credential(m.ID)
	if err != nil {
		return err
	}
	token, err := validToken(w, set, m, now)
	switch {
	case errors.Is(err, ErrNotFound) && before.Type() == member.LoginID && c.Hash == "" && set.givesPassword(m):
		token.Purpose = PurposeReset
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	if _, _, err := s.issue(w, set, m, token.Purpose, &c, by, now); err != nil {
		return err
	}
	return w.PutCredential(m.ID, c)
}

// changeRecord tells of a change: which fields, but not what stands in them; of the status also that.
func changeRecord(before, after member.Member, by member.ID, now time.Time, details []Detail) Record {
	rec := Record{At: now, Event: EventMemberChanged, Actor: by, Target: before.ID}
	var names []string
	for _, f := range member.Fields(member.Changes(before, after)) {
		names = append(names, string(f))
	}
	if before.Status != after.Status {
		rec.Details = append(rec.Details, Detail{"from", before.Status.String()}, Detail{"to", after.Status.String()})
		names = slices.DeleteFunc(names, func(n string) bool {
			return n == string(member.FieldStatus) || n == string(member.FieldAdmin)
		})
		if len(names) == 0 {
			rec.Event = EventStatusChanged
		}
	}
	if len(names) > 0 {
		rec.Details = append(rec.Details, Detail{"fields", strings.Join(names, " ")})
	}
	rec.Details = append(rec.Details, details...)
	return rec
}
