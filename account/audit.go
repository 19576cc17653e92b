package account

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"rekey/member"
)

// AuditSeq numbers the audit log's records from 1 without a gap.
type AuditSeq uint64

// Event is what an audit record tells of. The names are part of the interface of `rekey audit --json`.
type Event string

// The events.
const (
	EventSignIn         Event = "sign_in"          // somebody signed in, on the named device
	EventUnlocked       Event = "unlocked"         // an admin went on in a console that had locked itself
	EventSignInRefused  Event = "sign_in_refused"  // somebody did not, and why
	EventLockedOut      Event = "locked_out"       // too many wrong passwords
	EventReset          Event = "reset"            // a password was reset
	EventMailAccepted   Event = "mail_accepted"    // the mail server took a mail
	EventMailRefused    Event = "mail_refused"     // the mail server refused a mail for good
	EventMailSuperseded Event = "mail_superseded"  // a mail was dropped because it had become untrue
	EventMailAgain      Event = "mail_again"       // an admin had a mail sent again
	EventMailCancelled  Event = "mail_cancelled"   // an admin took a mail out of the queue
	EventFormSaved      Event = "form_saved"       // an Account Information PDF was handed out as a file
	EventFormNotSaved   Event = "form_not_saved"   // it was to be, but the file could not be written
	EventFormShown      Event = "form_shown"       // its code was shown on a screen
	EventFormPrinted    Event = "form_printed"     // it was handed to a printer
	EventPasswordSet    Event = "password_set"     // a member has a new password
	EventLinkRequested  Event = "link_requested"   // a link was asked for on the page for forgotten passwords
	EventSignedOutAll   Event = "signed_out_all"   // a member signed out on every device
	EventImport         Event = "members_imported" // a file of members was taken in
	EventMemberAdded    Event = "member_added"     // one member was added
	EventMemberChanged  Event = "member_changed"   // a member's data; the record names the fields, not their values
	EventStatusChanged  Event = "status_changed"   // suspended, made active again or deleted
	EventAuthority      Event = "authority"        // admin authority was given or taken away
	EventLoginIDEnded   Event = "login_id_ended"   // a login ID member became an email address member
	EventLockoutEnded   Event = "lockout_ended"    // by a reset, a new password, or the next sign-in after its time
	EventSettings       Event = "settings_changed" // the team's settings: old and new
	EventRestored       Event = "restored"         // the store was replaced by a backup
	EventInstalled      Event = "installed"        // the directory was made
)

// Events lists them in the order above.
func Events() []Event {
	return []Event{
		EventSignIn, EventUnlocked, EventSignInRefused, EventLockedOut, EventReset, EventMailAccepted, EventMailRefused,
		EventMailSuperseded, EventMailAgain, EventMailCancelled, EventFormSaved, EventFormNotSaved, EventFormShown,
		EventFormPrinted, EventPasswordSet, EventLinkRequested, EventSignedOutAll, EventImport, EventMemberAdded,
		EventMemberChanged, EventStatusChanged, EventAuthority, EventLoginIDEnded, EventLockoutEnded, EventSettings,
		EventRestored, EventInstalled,
	}
}

// Detail is one named fact of a record. Nothing secret ever stands in it.
type Detail struct {
	Name  string
	Value string
}

// Record is one entry of the audit log. Its MAC covers the entry and the MAC of the one before it, under the
// installation's key: a changed, removed or reordered record breaks the chain, as VerifyAudit finds.
type Record struct {
	Seq     AuditSeq
	At      time.Time
	Event   Event
	Actor   member.ID // 0: nobody signed in, or the program itself
	Target  member.ID // 0: no member
	Details []Detail
	MAC     []byte
}

// Detail gives the value of the named fact, or "".
func (r Record) Detail(name string) string {
	for _, d := range r.Details {
		if d.Name == name {
			return d.Value
		}
	}
	return ""
}

// Audit gives up to limit records that are older than before (0: from the newest), newest first.
func (s *Service) Audit(ctx context.Context, before AuditSeq, limit int) ([]Record, error) {
	var records []Record
	err := s.store.View(ctx, func(r Reader) (err error) {
		records, err = r.Audit(before, limit)
		return err
	})
	return records, err
}

// AuditSince gives up to limit records that follow the record seen, oldest first, and the number of the newest of all: 0
// while there is none, and less than seen where the log was replaced by an older one.
func (s *Service) AuditSince(ctx context.Context, seen AuditSeq, limit int) (records []Record, newest AuditSeq, err error) {
	err = s.store.View(ctx, func(r Reader) error {
		records, newest = nil, 0
		last, err := r.Audit(0, 1)
		if err != nil || len(last) == 0 {
			return err
		}
		if newest = last[0].Seq; newest <= seen {
			return nil
		}
		count := int(min(newest-seen, AuditSeq(limit)))
		records, err = r.Audit(seen+AuditSeq(count)+1, count)
		slices.Reverse(records)
		return err
	})
	return records, newest, err
}

// record appends an entry to the audit log within the operation's transaction.
func (s *Service) record(w Writer, r Record) error {
	last, err := w.Audit(0, 1)
	if err != nil {
		return fmt.Errorf("reading the end of the audit log: %w", err)
	}
	var previous Record
	if len(last) > 0 {
		previous = last[0]
	}
	r.Seq = previous.Seq + 1
	r.MAC = s.key.auditMAC(previous.MAC, r)
	if err := w.AppendAudit(r); err != nil {
		return err
	}
	return w.PutAuditSeal(s.key.auditSeal(r))
}

// auditPage is how many records are read in one transaction where many are.
const auditPage = 1000

// VerifyAudit follows the audit log from its end to its first record and counts the records. It refuses, with
// CodeAuditBroken, a log of which a record was changed, removed, added or moved, and names the record; or whose end was
// cut off. Records that are appended meanwhile do no harm. What it cannot notice is that the whole store was replaced
// by an earlier copy.
func (s *Service) VerifyAudit(ctx context.Context) (records int, err error) {
	next, err := s.verifyAuditEnd(ctx)
	if err != nil || next.Seq == 0 {
		return 0, err
	}
	for records = 1; next.Seq > 1; {
		page, err := s.Audit(ctx, next.Seq, auditPage)
		if err != nil {
			return records, err
		}
		for _, r := range page {
			if r.Seq != next.Seq-1 {
				break
			}
			if !hmac.Equal(next.MAC, s.key.auditMAC(r.MAC, next)) {
				return records, s.nameChanged(ctx, next, r)
			}
			next = r
			records++
		}
		if len(page) == 0 || page[len(page)-1].Seq != next.Seq {
			return records, brokenAudit("The record before record %d of the audit log is missing.", next.Seq)
		}
	}
	if !hmac.Equal(next.MAC, s.key.auditMAC(nil, next)) {
		return records, brokenAudit("Record %d of the audit log was changed.", next.Seq)
	}
	return records, nil
}

// nameChanged names the record that was changed, of two that do not fit each other.
func (s *Service) nameChanged(ctx context.Context, r, before Record) error {
	page, err := s.Audit(ctx, before.Seq, 1)
	if err != nil {
		return err
	}
	var previous []byte
	if len(page) > 0 {
		previous = page[0].MAC
	}
	if hmac.Equal(before.MAC, s.key.auditMAC(previous, before)) {
		return brokenAudit("Record %d of the audit log was changed.", r.Seq)
	}
	return brokenAudit("Record %d of the audit log, or the one before it, was changed.", r.Seq)
}

// verifyAuditEnd gives the newest record if it is the one that was sealed.
func (s *Service) verifyAuditEnd(ctx context.Context) (Record, error) {
	var last []Record
	var seal []byte
	err := s.store.View(ctx, func(r Reader) (err error) {
		if last, err = r.Audit(0, 1); err != nil {
			return err
		}
		seal, err = r.AuditSeal()
		return err
	})
	switch {
	case err != nil:
		return Record{}, err
	case len(last) == 0 && seal == nil:
		return Record{}, nil
	case len(last) == 0 || !hmac.Equal(seal, s.key.auditSeal(last[0])):
		return Record{}, brokenAudit("The end of the audit log is not the one that was sealed: records were removed or added there.")
	}
	return last[0], nil
}

func brokenAudit(format string, args ...any) error {
	return &Error{CodeAuditBroken, fmt.Sprintf(format, args...),
		"Compare it with a backup, and find out who could write to the data directory."}
}

// auditSeal is kept apart from the records, so that records cut off at the end are noticed.
func (k Key) auditSeal(last Record) []byte {
	h := hmac.New(sha256.New, k.derive("audit seal"))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(last.Seq)))
	h.Write(last.MAC)
	return h.Sum(nil)
}

// auditMAC chains a record to the one before it. Every field goes in with its length, so that no two records give the
// same bytes.
func (k Key) auditMAC(previous []byte, r Record) []byte {
	var b bytes.Buffer
	put := func(field []byte) {
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(field))))
		b.Write(field)
	}
	number := func(n uint64) { put(binary.BigEndian.AppendUint64(nil, n)) }
	put(previous)
	number(uint64(r.Seq))
	number(uint64(r.At.UnixNano()))
	put([]byte(r.Event))
	number(uint64(r.Actor))
	number(uint64(r.Target))
	for _, d := range r.Details {
		put([]byte(d.Name))
		put([]byte(d.Value))
	}
	h := hmac.New(sha256.New, k.derive("audit chain"))
	h.Write(b.Bytes())
	return h.Sum(nil)
}
