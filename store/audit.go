package store

import (
	"errors"
	"fmt"

	"rekey/account"
	"rekey/member"
)

type auditRecord struct {
	_       struct{} `cbor:",toarray"`
	At      int64    // nanoseconds
	Event   string
	Actor   uint64
	Target  uint64
	Details []detailRecord
	MAC     []byte
}

type detailRecord struct {
	_     struct{} `cbor:",toarray"`
	Name  string
	Value string
}

func newAuditRecord(r account.Record) auditRecord {
	rec := auditRecord{
		At:     nanoseconds(r.At),
		Event:  string(r.Event),
		Actor:  uint64(r.Actor),
		Target: uint64(r.Target),
		MAC:    r.MAC,
	}
	for _, d := range r.Details {
		rec.Details = append(rec.Details, detailRecord{Name: d.Name, Value: d.Value})
	}
	return rec
}

func (rec auditRecord) record(seq account.AuditSeq) account.Record {
	r := account.Record{
		Seq:    seq,
		At:     instant(rec.At),
		Event:  account.Event(rec.Event),
		Actor:  member.ID(rec.Actor),
		Target: member.ID(rec.Target),
		MAC:    append([]byte(nil), rec.MAC...), // nil if it is empty
	}
	for _, d := range rec.Details {
		r.Details = append(r.Details, account.Detail{Name: d.Name, Value: d.Value})
	}
	return r
}

func decodeAudit(p pair) (account.Record, error) {
	seq, err := parseNumber[account.AuditSeq](auditBucket, p.key)
	if err != nil {
		return account.Record{}, err
	}
	var rec auditRecord
	if err := open(auditBucket, p.key, p.value, &rec); err != nil {
		return account.Record{}, err
	}
	return rec.record(seq), nil
}

// Audit gives a page of the audit log, newest first.
func (r *reader) Audit(before account.AuditSeq, limit int) ([]account.Record, error) {
	return pageBack(r, auditBucket, nil, numberOrNil(before), limit, decodeAudit)
}

// MemberAudit gives a page of the records whose target is a member, newest first.
func (r *reader) MemberAudit(of member.ID, before account.AuditSeq, limit int) ([]account.Record, error) {
	var beforeKey []byte
	if before != 0 {
		beforeKey = numbers(of, before)
	}
	return pageBack(r, memberAuditBucket, number(of), beforeKey, limit, r.memberAudit)
}

// memberAudit gives the record that an index entry points to.
func (r *reader) memberAudit(p pair) (account.Record, error) {
	seq, err := lastNumber[account.AuditSeq](memberAuditBucket, p.key)
	if err != nil {
		return account.Record{}, err
	}
	rec, err := load[auditRecord](r, auditBucket, number(seq))
	if rec, err = loadIndexed(r, memberAuditBucket, rec, err); err != nil {
		return account.Record{}, err
	}
	found := rec.record(seq)
	if string(numbers(found.Target, seq)) != string(p.key) {
		return account.Record{}, damaged("an entry of %q points to another member's record", memberAuditBucket)
	}
	return found, nil
}

// sealRecord is the seal over the end of the audit log.
type sealRecord struct {
	_    struct{} `cbor:",toarray"`
	Seal []byte
}

// AuditSeal gives the seal over the end of the audit log, or nil while there is no record.
func (r *reader) AuditSeal() ([]byte, error) {
	rec, err := load[sealRecord](r, metaBucket, auditSealKey)
	if errors.Is(err, account.ErrNotFound) {
		return nil, nil
	}
	return rec.Seal, err
}

// PutAuditSeal replaces the seal over the end of the audit log.
func (w *writer) PutAuditSeal(seal []byte) error {
	return w.save(metaBucket, auditSealKey, sealRecord{Seal: seal})
}

// AppendAudit writes the record that follows the last one.
func (w *writer) AppendAudit(r account.Record) error {
	newest, err := w.Audit(0, 1)
	if err != nil {
		return err
	}
	var last account.AuditSeq
	if len(newest) > 0 {
		last = newest[0].Seq
	}
	if r.Seq != last+1 {
		return w.fail(fmt.Errorf("audit record %d cannot follow record %d", r.Seq, last))
	}
	if r.Target != 0 {
		if err := w.put(memberAuditBucket, numbers(r.Target, r.Seq), nil); err != nil {
			return err
		}
	}
	return w.save(auditBucket, number(r.Seq), newAuditRecord(r))
}
