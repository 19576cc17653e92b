package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"rekey/member"
)

// AuditQuery is which records are looked for. What is zero is left open.
type AuditQuery struct {
	Member member.ID // whom it was done to
	Actor  member.ID // who did it
	Events []Event   // one of them
	From   time.Time // at or after
	To     time.Time // before
}

func (q AuditQuery) fits(r Record) bool {
	return (q.Member == 0 || r.Target == q.Member) && (q.Actor == 0 || r.Actor == q.Actor) &&
		(len(q.Events) == 0 || slices.Contains(q.Events, r.Event)) &&
		(q.From.IsZero() || !r.At.Before(q.From)) && (q.To.IsZero() || r.At.Before(q.To))
}

// Entry is a record of the audit log with the people's names, as they are now. A deleted member keeps the name.
type Entry struct {
	Record
	ActorMember  member.Member // ID 0: nobody
	TargetMember member.Member // ID 0: nobody
}

// FindAudit gives records that are older than before (0: from the newest), newest first: up to limit of those that q
// looks for. It looks at some thousands of records at a time: next is where to go on, 0 at the end.
func (s *Service) FindAudit(ctx context.Context, q AuditQuery, before AuditSeq, limit int) (found []Entry, next AuditSeq, err error) {
	err = s.store.View(ctx, func(r Reader) error {
		page := r.Audit
		if q.Member != 0 {
			page = func(before AuditSeq, limit int) ([]Record, error) { return r.MemberAudit(q.Member, before, limit) }
		}
		records, more, err := searchBack(before, limit, Record.seq, page, q.fits)
		if err != nil {
			return err
		}
		next = more
		found, err = named(r, records)
		return err
	})
	return found, next, err
}

func (r Record) seq() AuditSeq { return r.Seq }

// named adds the people's names.
func named(r Reader, records []Record) ([]Entry, error) {
	known := map[member.ID]member.Member{0: {}}
	who := func(id member.ID) (member.Member, error) {
		if m, ok := known[id]; ok {
			return m, nil
		}
		m, err := r.Member(id)
		if errors.Is(err, ErrNotFound) {
			m, err = member.Member{ID: id}, nil
		}
		known[id] = m
		return m, err
	}
	entries := make([]Entry, 0, len(records))
	for _, rec := range records {
		actor, err := who(rec.Actor)
		if err != nil {
			return nil, err
		}
		target, err := who(rec.Target)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{rec, actor, target})
	}
	return entries, nil
}

// How many records a search reads at a time, and how many before it gives what it has: writers wait for it.
const (
	searchPage  = 500
	maxSearched = 5000
)

// searchBack goes through pages, newest first, until it has found enough, has looked at enough, or is at the end. next is
// where to go on; 0: there is no more.
func searchBack[ID ~uint64, T any](before ID, limit int, id func(T) ID, page func(before ID, limit int) ([]T, error), fits func(T) bool) (found []T, next ID, err error) {
	for looked := 0; looked < maxSearched; looked += searchPage {
		items, err := page(before, searchPage)
		if err != nil {
			return nil, 0, err
		}
		for _, item := range items {
			before = id(item)
			if !fits(item) {
				continue
			}
			if found = append(found, item); len(found) == limit {
				return found, before, nil
			}
		}
		if len(items) < searchPage {
			return found, 0, nil
		}
	}
	return found, before, nil
}
