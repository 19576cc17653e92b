package account_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rekey/account"
)

// tampered is a store whose audit log was changed behind the program's back; the log is given newest first.
type tampered struct {
	account.Store
	change func([]account.Record) []account.Record
}

type tamperedReader struct {
	account.Reader
	log []account.Record
}

func (s tampered) View(ctx context.Context, fn func(account.Reader) error) error {
	return s.Store.View(ctx, func(r account.Reader) error {
		log, err := r.Audit(0, 1<<20)
		if err != nil {
			return err
		}
		return fn(tamperedReader{r, s.change(log)})
	})
}

func (r tamperedReader) Audit(before account.AuditSeq, limit int) ([]account.Record, error) {
	var page []account.Record
	for _, rec := range r.log {
		if before == 0 || rec.Seq < before {
			page = append(page, rec)
		}
	}
	return page[:min(len(page), limit)], nil
}

func TestTamperingWithTheAuditLogIsFound(t *testing.T) {
	tm := newTeam(t)
	for range 5 {
		tm.reset("mail", account.ReasonForgot)
	}
	if n, err := tm.VerifyAudit(tm.ctx); err != nil || n != 10 {
		t.Fatalf("the untouched log: %d records, %v; want 10", n, err)
	}
	for name, change := range map[string]func([]account.Record) []account.Record{
		"a changed detail":          func(log []account.Record) []account.Record { log[4].Actor++; return log },
		"a changed MAC":             func(log []account.Record) []account.Record { log[4].MAC[0]++; return log },
		"a removed record":          func(log []account.Record) []account.Record { return slices.Delete(log, 4, 5) },
		"two swapped records":       func(log []account.Record) []account.Record { log[4], log[5] = log[5], log[4]; return log },
		"the first record removed":  func(log []account.Record) []account.Record { return log[:9] },
		"the first record changed":  func(log []account.Record) []account.Record { log[9].Event = "x"; return log },
		"the newest record removed": func(log []account.Record) []account.Record { return log[1:] },
		"the newest record changed": func(log []account.Record) []account.Record { log[0].MAC[0]++; return log },
		"the whole log removed":     func([]account.Record) []account.Record { return nil },
		"a record added": func(log []account.Record) []account.Record {
			return slices.Insert(log, 0, account.Record{Seq: log[0].Seq + 1, MAC: make([]byte, 32)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tm.on(tampered{tm.store, change}).VerifyAudit(tm.ctx)
			wantCode(t, err, account.CodeAuditBroken)
		})
	}
}

func TestAChangedRecordIsNamed(t *testing.T) {
	tm := newTeam(t)
	for range 5 {
		tm.reset("mail", account.ReasonForgot)
	}
	for says, change := range map[string]func([]account.Record) []account.Record{
		"Record 6 of the audit log was changed.":                        func(log []account.Record) []account.Record { log[4].Actor++; return log },
		"Record 2 of the audit log was changed.":                        func(log []account.Record) []account.Record { log[8].Actor++; return log },
		"Record 1 of the audit log was changed.":                        func(log []account.Record) []account.Record { log[9].Actor++; return log },
		"Record 7 of the audit log, or the one before it, was changed.": func(log []account.Record) []account.Record { log[4].MAC[0]++; return log },
	} {
		if _, err := tm.on(tampered{tm.store, change}).VerifyAudit(tm.ctx); err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

func TestAnEmptyAuditLogIsWhole(t *testing.T) {
	tm := newEmptyTeam(t)
	if n, err := tm.VerifyAudit(tm.ctx); err != nil || n != 0 {
		t.Errorf("%d records, %v", n, err)
	}
}

func TestALongAuditLogIsFollowedOverItsPages(t *testing.T) {
	tm := newTeam(t)
	for range 1100 {
		if err := tm.RequestLink(tm.ctx, "nobody@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := tm.VerifyAudit(tm.ctx); err != nil || n != 1101 {
		t.Errorf("%d records, %v", n, err)
	}
}

// What the log can be searched for is all that it can hold.
func TestEventsAreAllListed(t *testing.T) {
	source, err := os.ReadFile("audit.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []account.Event
	for _, found := range regexp.MustCompile(`Event = "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		declared = append(declared, account.Event(found[1]))
	}
	if got := account.Events(); len(declared) < 20 || !slices.Equal(got, declared) {
		t.Errorf("listed: %v\ndeclared: %v", got, declared)
	}
}
