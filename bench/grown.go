package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rekey/account"
	"rekey/member"
)

// few is the number of records, or mails, with which a grown store is compared.
const few = 1000

// measureLog takes the time of an operation that appends to the audit log, and of opening the history, with ten records
// a member, beside a short log.
func measureLog(b *bench) ([]result, error) {
	short, err := b.grown("log", few, appendRecords)
	if err != nil {
		return nil, err
	}
	var results []result
	for _, size := range b.sizes {
		n := 10 * size
		long, err := b.grown("log", n, appendRecords)
		if err != nil {
			return results, err
		}
		reset, resetShort, err := compare(20*b.rounds, took(long.reset(b)), took(short.reset(b)))
		if err != nil {
			return results, err
		}
		open, openShort, err := compare(20*b.rounds, took(long.history(b)), took(short.history(b)))
		if err != nil {
			return results, err
		}
		at := "with " + count(few)
		results = append(results,
			timed("a reset with "+count(n)+" records in the audit log", reset, resetShort, at, atMost(1.5)),
			timed("opening the history with "+count(n)+" records", open, openShort, at, atMost(1.5)))
	}
	return results, nil
}

// measureOutbox takes the time of claiming and reporting a mail, and of opening the list, with 100k mails, beside few.
func measureOutbox(b *bench) ([]result, error) {
	const n = 100_000
	long, err := b.queued(n)
	if err != nil {
		return nil, err
	}
	short, err := b.queued(few)
	if err != nil {
		return nil, err
	}
	handle, handleFew, err := compare(20*b.rounds, took(long.handleMail(b)), took(short.handleMail(b)))
	if err != nil {
		return nil, err
	}
	open, openFew, err := compare(20*b.rounds, took(long.mails(b)), took(short.mails(b)))
	if err != nil {
		return nil, err
	}
	at := "with " + count(few)
	return []result{
		timed("claiming and reporting a mail with "+count(n)+" in the outbox", handle, handleFew, at, atMost(1.5)),
		timed("opening the list of mails with "+count(n), open, openFew, at, atMost(1.5)),
	}, nil
}

// queued gives a team of its own in whose outbox so many notices wait. They are not kept for the next run: a notice says
// nothing any more on the day after the lockout, and would be dropped.
func (b *bench) queued(n int) (*team, error) {
	t, err := b.ownTeam(few)
	if err != nil {
		return nil, err
	}
	return t, t.queue(b, n)
}

// grown gives a team of its own in whose store so many things more were put by grow.
func (b *bench) grown(what string, n int, grow func(*team, *bench, int) error) (*team, error) {
	dir := filepath.Join(b.data, fmt.Sprintf("%s-%d", what, n))
	mark := filepath.Join(dir, "grown")
	if _, err := os.Stat(mark); err != nil {
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
		if err := b.makeTeam(dir, few); err != nil {
			return nil, err
		}
		t, err := openTeam(dir, few)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(b.log, "growing the %s to %s\n", what, count(n))
		if err := grow(t, b, n); err != nil {
			return nil, err
		}
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			return nil, err
		}
	}
	kept, err := openTeam(dir, few)
	if err != nil {
		return nil, err
	}
	return b.copyOf(kept)
}

// appendRecords puts records of sign-ins into the audit log. Their MACs are made up: what is measured does not check them.
func appendRecords(t *team, b *bench, n int) error {
	last, err := t.service.Audit(b.ctx, 0, 1)
	if err != nil {
		return err
	}
	var seq account.AuditSeq
	if len(last) > 0 {
		seq = last[0].Seq
	}
	now := time.Now()
	return t.store.Bulk(b.ctx, func(w account.Writer) error {
		for i := range n {
			id := member.ID(i%few + 1)
			err := w.AppendAudit(account.Record{Seq: seq + account.AuditSeq(i) + 1, At: now, Event: account.EventSignIn, Actor: id, Target: id,
				Details: []account.Detail{{Name: "device", Value: "phone"}}, MAC: make([]byte, 32)})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// reset gives the reset of the team's next member who can be reset.
func (t *team) reset(b *bench) func() error {
	var admin account.Admin
	next := member.ID(1)
	return func() (err error) {
		if admin.ID == 0 {
			if admin, err = t.admin(b); err != nil {
				return err
			}
		}
		for tries := 0; tries < few; tries++ {
			next = next%few + 1
			if _, err = t.service.Reset(b.ctx, admin, next, account.ReasonForgot); err == nil {
				return nil
			}
		}
		return err
	}
}

// A page of a list, as the console reads it.
const page = 200

func (t *team) history(b *bench) func() error {
	return func() error {
		_, _, err := t.service.FindAudit(b.ctx, account.AuditQuery{}, 0, page)
		return err
	}
}

func (t *team) mails(b *bench) func() error {
	return func() error {
		_, _, err := t.service.FindMails(b.ctx, account.MailQuery{}, 0, page)
		return err
	}
}

// handleMail gives a claim and a report of the mail that is due.
func (t *team) handleMail(b *bench) func() error {
	return func() error {
		claimed, err := t.service.ServeMails(b.ctx, nil, 1, time.Minute)
		if err != nil {
			return err
		}
		if len(claimed) == 0 {
			return errors.New("no mail was due")
		}
		accepted := claimed[0].Report(account.Outcome{State: account.MailAccepted, Reply: "250 ok"})
		_, err = t.service.ServeMails(b.ctx, []account.Report{accepted}, 0, 0)
		return err
	}
}
