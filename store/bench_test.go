package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"rekey/account"
	"rekey/member"
)

const benchMembers = 10_000

// benchStore is a store of 10,000 members with credentials.
func benchStore(b *testing.B) *Store {
	b.Helper()
	s := newStore(b)
	for _, m := range addMembers(b, s, benchMembers) {
		if m.ID%100 != 1 {
			continue
		}
		err := s.Update(b.Context(), func(w account.Writer) error {
			return w.PutCredential(m.ID, account.Credential{Hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo"})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkBareBolt is the anchor: what one durable transaction costs without anything of ours.
func BenchmarkBareBolt(b *testing.B) {
	path := filepath.Join(b.TempDir(), "bare.db")
	options := &bbolt.Options{FreelistType: bbolt.FreelistArrayType, NoStatistics: true}
	for i := 0; b.Loop(); i++ {
		db, err := bbolt.Open(path, 0o600, options)
		if err != nil {
			b.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			return bucket.Put(number(uint64(i%benchMembers)), make([]byte, 200))
		})
		if err := errors.Join(err, db.Close()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReset writes what the reset of an email address member does.
func BenchmarkReset(b *testing.B) {
	s := benchStore(b)
	for i := 0; b.Loop(); i++ {
		if err := s.Update(b.Context(), func(w account.Writer) error { return resetOf(w, member.ID(i%benchMembers+1)) }); err != nil {
			b.Fatal(err)
		}
	}
}

func resetOf(w account.Writer, id member.ID) error {
	m, err := w.Member(id)
	if err != nil {
		return err
	}
	c, err := w.Credential(id)
	if err != nil {
		return err
	}
	if c.Token, err = w.NextSerial(); err != nil {
		return err
	}
	if c.Mail, err = w.PutMail(account.Mail{Member: id, To: m.Email, State: account.MailQueued, Due: noon}); err != nil {
		return err
	}
	c.Hash = ""
	c.Epoch++
	newest, err := w.Audit(0, 1)
	if err != nil {
		return err
	}
	var last account.AuditSeq
	if len(newest) > 0 {
		last = newest[0].Seq
	}
	return errors.Join(
		w.PutCredential(id, c), w.PutLockout(account.Lockout{Member: id}),
		w.PutToken(account.Token{Serial: c.Token, Member: id, Issued: noon, Expires: noon.Add(time.Hour)}),
		w.AppendAudit(account.Record{Seq: last + 1, At: noon, Event: account.EventReset, Target: id, MAC: make([]byte, 32)}),
	)
}

func BenchmarkMember(b *testing.B) {
	s := benchStore(b)
	for i := 0; b.Loop(); i++ {
		err := s.View(b.Context(), func(r account.Reader) error { _, err := r.Member(member.ID(i%benchMembers + 1)); return err })
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRevision(b *testing.B) {
	s := newStore(b)
	for b.Loop() {
		if _, err := s.Revision(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScan reads all 10,000 members.
func BenchmarkScan(b *testing.B) {
	s := benchStore(b)
	for b.Loop() {
		err := s.View(b.Context(), func(r account.Reader) error { _, err := r.Members(0, benchMembers); return err })
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBulk adds 10,000 members a time.
func BenchmarkBulk(b *testing.B) {
	s := newStore(b)
	for i := 0; b.Loop(); i++ {
		err := s.Bulk(context.Background(), func(w account.Writer) error {
			for j := range benchMembers {
				m := member.Member{Email: fmt.Sprintf("m%09d@example.com", i*benchMembers+j), Name: "佐藤 花", Status: member.Active}
				if _, err := w.PutMember(m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
