package tui

import (
	"context"
	"time"

	"rekey/account"
)

// clockSkew is how many records may stand in the audit log out of the order of their times: several processes write
// them.
const clockSkew = 1000

// findAudit gives the records that q looks for, as FindAudit does, but reads neither what is newer than the time asked
// for nor what is older: the log may hold millions of records.
func findAudit(ctx context.Context, s service, q account.AuditQuery, before account.AuditSeq, limit int) ([]account.Entry, account.AuditSeq, error) {
	if before == 0 && !q.To.IsZero() {
		first, err := firstAt(ctx, s, q.To)
		if err != nil {
			return nil, 0, err
		}
		if first != 0 {
			before = first + clockSkew
		}
	}
	found, next, err := s.FindAudit(ctx, q, before, limit)
	if err != nil || next <= clockSkew || q.From.IsZero() {
		return found, next, err
	}
	r, err := recordBefore(ctx, s, next+clockSkew) // well before that the time asked for had begun already
	if err != nil {
		return nil, 0, err
	}
	if r.At.Before(q.From) {
		next = 0
	}
	return found, next, nil
}

// firstAt gives the number of the first record that is not older than a time; 0: there is none.
func firstAt(ctx context.Context, s service, t time.Time) (account.AuditSeq, error) {
	newest, err := recordBefore(ctx, s, 0)
	if err != nil || newest.At.Before(t) {
		return 0, err
	}
	low, high := account.AuditSeq(1), newest.Seq
	for low < high {
		middle := (low + high) / 2
		r, err := recordBefore(ctx, s, middle+1)
		if err != nil {
			return 0, err
		}
		if r.At.Before(t) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// recordBefore gives the newest record that is older than one (0: the newest of all), or a zero one.
func recordBefore(ctx context.Context, s service, before account.AuditSeq) (account.Record, error) {
	records, err := s.Audit(ctx, before, 1)
	if err != nil || len(records) == 0 {
		return account.Record{}, err
	}
	return records[0], nil
}
