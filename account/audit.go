package account

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
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
	EventSignInRefused  Event = "sign_in_refused"  // somebody did not, and why
	EventLockedOut      Event = "locked_out"       // too many wrong passwords
	EventReset          Event = "reset"            // a password was reset
	EventMailAccepted   Event = "mail_accepted"    // the mail server took a mail
	EventMailRefused    Event = "mail_refused"     // the mail server refused a mail for good
	EventMailSuperseded Event = "mail_superseded"  // a mail was dropped because it had become untrue
	EventMailAgain      Event = "mail_again"       // an admin had a mail sent again
	EventFormSaved      Event = "form_saved"       // an Account Information PDF was handed out as a file
	EventFormShown      Event = "form_shown"       // its code was shown on a screen
	EventPasswordSet    Event = "password_set"     // a member has a new password
	EventLinkRequested  Event = "link_requested"   // a link was asked for on the page for forgotten passwords
	EventSignedOutAll   Event = "signed_out_all"   // a member signed out on every device
	EventImport         Event = "members_imported" // a file of members was taken in
	EventInstalled      Event = "installed"        // the directory was made
)

// Detail is one named fact of a record. Nothing secret ever stands in it.
type Detail struct {
	Name  string
	Value string
}

// Record is one entry of the audit log. Its MAC covers the entry and the MAC of the one before it, under the
// installation's key: a changed, removed or reordered record breaks the chain.
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
	return w.AppendAudit(r)
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
