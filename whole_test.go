package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// books are what a store says of resets, passwords and mails, read in one transaction.
type books struct {
	members map[member.ID]member.Member
	secrets map[member.ID]account.Credential
	tokens  map[account.Serial]account.Token
	mails   map[account.MailID]account.Mail
	records []account.Record // oldest first
}

// readBooks reads all of a store.
func readBooks(t *testing.T, p *program) books {
	t.Helper()
	b := books{members: map[member.ID]member.Member{}, secrets: map[member.ID]account.Credential{},
		tokens: map[account.Serial]account.Token{}, mails: map[account.MailID]account.Mail{}}
	err := p.store.View(context.Background(), b.read)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *books) read(r account.Reader) error {
	const all = 1 << 20
	members, err := r.Members(0, all)
	if err != nil {
		return err
	}
	for _, m := range members {
		b.members[m.ID] = m
		if b.secrets[m.ID], err = r.Credential(m.ID); err != nil {
			return err
		}
	}
	for serial := account.Serial(1); ; serial++ {
		token, err := r.Token(serial)
		if errors.Is(err, account.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		b.tokens[serial] = token
	}
	mails, err := r.Mails(0, all)
	if err != nil {
		return err
	}
	for _, m := range mails {
		b.mails[m.ID] = m
	}
	b.records, err = r.Audit(0, all)
	slices.Reverse(b.records)
	return err
}

// count tells how often an event stands in the audit log for each member.
func (b books) count(event account.Event) map[member.ID]int {
	n := map[member.ID]int{}
	for _, r := range b.records {
		if r.Event == event {
			n[r.Target]++
		}
	}
	return n
}

// checkStore looks at the file, its indexes and the chain of the audit log.
func checkStore(t *testing.T, p *program, b books) {
	t.Helper()
	if err := p.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := p.service.VerifyAudit(t.Context()); err != nil || n != len(b.records) {
		t.Errorf("of %d audit records %d are verified: %v", len(b.records), n, err)
	}
}

// checkWhole compares the parts of every reset and of every new password since the books before: member, token, epoch,
// outbox entry and audit record are there together, or none of them.
func (b books) checkWhole(t *testing.T, before books) {
	t.Helper()
	last := map[member.ID]account.Record{}
	for _, r := range b.records[len(before.records):] {
		if r.Event == account.EventReset || r.Event == account.EventPasswordSet {
			last[r.Target] = r
		}
	}
	resets, passwords := b.count(account.EventReset), b.count(account.EventPasswordSet)
	oldResets, oldPasswords := before.count(account.EventReset), before.count(account.EventPasswordSet)
	issued, used := map[member.ID]int{}, map[member.ID]int{}
	for serial, token := range b.tokens {
		if _, old := before.tokens[serial]; token.Purpose == account.PurposeReset && !old {
			issued[token.Member]++
		}
		if !token.Used.IsZero() && before.tokens[serial].Used.IsZero() {
			used[token.Member]++
		}
	}
	queued := map[member.ID]int{}
	for id, mail := range b.mails {
		if _, old := before.mails[id]; mail.Kind == account.MailReset && !old {
			queued[mail.Member]++
		}
	}
	for id, m := range b.members {
		reset, set := resets[id]-oldResets[id], passwords[id]-oldPasswords[id]
		if got := int(b.secrets[id].Epoch - before.secrets[id].Epoch); got != reset+set {
			t.Errorf("%s: the epoch was raised %d times in %d resets and %d new passwords", m.Account(), got, reset, set)
		}
		if issued[id] != reset || used[id] != set {
			t.Errorf("%s: %d tokens were issued and %d used in %d resets and %d new passwords", m.Account(), issued[id], used[id], reset, set)
		}
		if m.Type() == member.Email && queued[id] != reset {
			t.Errorf("%s: %d mails were queued in %d resets", m.Account(), queued[id], reset)
		}
		if r, ok := last[id]; ok {
			if wrong := b.partsOf(r); wrong != "" {
				t.Errorf("%s: after %s at %v %s", m.Account(), r.Event, r.At.Format(time.StampMicro), wrong)
			}
		}
	}
}

// partsOf says what is missing of a member's last reset or new password; "": nothing.
func (b books) partsOf(r account.Record) string {
	c, m := b.secrets[r.Target], b.members[r.Target]
	if r.Event == account.EventPasswordSet {
		if c.Hash == "" || c.Token != 0 || !c.SetAt.Equal(r.At) {
			return "there is no new password"
		}
		return ""
	}
	token := b.tokens[c.Token]
	switch {
	case c.Hash != "" || !c.Reset.At.Equal(r.At):
		return "the old password is still there"
	case token.Member != m.ID || !token.Used.IsZero() || !token.Issued.Equal(r.At):
		return "the member's token is another one"
	case m.Type() == member.LoginID:
		return ""
	}
	if mail := b.mails[c.Mail]; mail.Token != c.Token || fmt.Sprint(uint64(mail.ID)) != r.Detail("mail") {
		return "the outbox has no mail with the token"
	}
	return ""
}

// checkOutbox compares the outbox with the audit log and with what the mail server has taken.
func (b books) checkOutbox(t *testing.T, taken map[account.MailID]int) {
	t.Helper()
	recorded := map[string]int{}
	for _, r := range b.records {
		if r.Event == account.EventMailAccepted {
			recorded[r.Detail("mail")]++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.mails)) {
		want := 0
		if b.mails[id].State == account.MailAccepted {
			want = 1
			if taken[id] == 0 {
				t.Errorf("mail %d counts as accepted, and the server has not seen it", id)
			}
		}
		if got := recorded[fmt.Sprint(uint64(id))]; got != want {
			t.Errorf("mail %d is %v, and its acceptance stands %d times in the audit log", id, b.mails[id].State, got)
		}
	}
	for id := range taken {
		if _, ok := b.mails[id]; !ok {
			t.Errorf("the server has taken mail %d, which is not in the outbox", id)
		}
	}
}
