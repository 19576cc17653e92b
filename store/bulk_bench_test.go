package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"rekey/account"
	"rekey/member"
)

// addressOf is the address of an imported member; in order, or as good as random.
func addressOf(i int, inOrder bool) string {
	if !inOrder {
		i = int(uint32(i) * 2654435761) // Knuth's multiplicative hash: no two are the same
	}
	return fmt.Sprintf("m%010d@example.com", i)
}

// importLike writes what account.Import does for email address members who are invited.
func importLike(n int, inOrder bool) func(w account.Writer) error {
	return func(w account.Writer) error {
		for i := range n {
			m := member.Member{
				Email: addressOf(i, inOrder), Name: "佐藤 花", SearchName: "hana", EmployeeNumber: fmt.Sprintf("E%08d", i),
				Departments: []string{"HQ", "SALES"}, Status: member.Inviting,
			}
			if err := importOne(w, m); err != nil {
				return err
			}
		}
		return nil
	}
}

func importOne(w account.Writer, m member.Member) error {
	_, err := w.MemberByEmail(m.Email)
	if !errors.Is(err, account.ErrNotFound) {
		return fmt.Errorf("the address %s is taken, or: %w", m.Email, err)
	}
	if m.ID, err = w.PutMember(m); err != nil {
		return err
	}
	serial, err := w.NextSerial()
	if err != nil {
		return err
	}
	t := account.Token{Serial: serial, Member: m.ID, Purpose: account.PurposeInvitation, Issued: noon, Expires: noon.Add(time.Hour), By: 1}
	if err := w.PutToken(t); err != nil {
		return err
	}
	mail := account.Mail{Kind: account.MailInvitation, Member: m.ID, To: m.Email, Token: serial, Created: noon,
		State: account.MailQueued, Sending: 1, Due: noon}
	id, err := w.PutMail(mail)
	if err != nil {
		return err
	}
	return w.PutCredential(m.ID, account.Credential{Token: serial, Mail: id})
}

// BenchmarkImport takes in many members, and compares the time with that of bare batches of puts of the same keys and
// values in the same order, into an empty file.
func BenchmarkImport(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		for order, inOrder := range map[string]bool{"ordered": true, "random": false} {
			b.Run(fmt.Sprintf("%d/%s", n, order), func(b *testing.B) {
				if n > 100_000 && testing.Short() {
					b.Skip("takes minutes")
				}
				var bare, ours time.Duration
				var peak uint64
				for b.Loop() {
					b.StopTimer()
					s := newStoreUnchecked(b)
					b.StartTimer()
					start := time.Now()
					peak = max(peak, peakHeap(func() {
						if err := s.Bulk(context.Background(), importLike(n, inOrder)); err != nil {
							b.Fatal(err)
						}
					}))
					ours += time.Since(start)
					b.StopTimer()
					bare += barePuts(b, s)
					b.StartTimer()
				}
				b.ReportMetric(float64(ours)/float64(bare), "x-bare")
				b.ReportMetric(float64(peak)/(1<<20), "MB-peak")
				b.ReportMetric(float64(n*b.N)/ours.Seconds(), "members/s")
			})
		}
	}
}

func newStoreUnchecked(b *testing.B) *Store {
	b.Helper()
	path := filepath.Join(b.TempDir(), "rekey.db")
	if err := Create(path, testFingerprint, account.DefaultSettings()); err != nil {
		b.Fatal(err)
	}
	return reopened(b, path)
}

// peakHeap is the highest use of the heap that was seen while fn ran, in bytes.
func peakHeap(fn func()) uint64 {
	runtime.GC()
	done := make(chan struct{})
	peak := make(chan uint64)
	go func() {
		var highest uint64
		for tick := time.Tick(10 * time.Millisecond); ; {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			highest = max(highest, now.HeapInuse)
			select {
			case <-tick:
			case <-done:
				peak <- highest
				return
			}
		}
	}()
	fn()
	close(done)
	return <-peak
}

// barePuts copies a store that importLike has filled into a new file, in the order in which importLike wrote, without
// anything of ours.
func barePuts(b *testing.B, s *Store) time.Duration {
	b.Helper()
	type put struct {
		bucket     bucket
		key, value []byte
	}
	var puts []put
	source, err := bbolt.Open(s.path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	err = source.View(func(tx *bbolt.Tx) error {
		take := func(name bucket, key []byte) {
			value := tx.Bucket([]byte(name)).Get(key)
			puts = append(puts, put{name, key, append([]byte{}, value...)})
		}
		return tx.Bucket([]byte(membersBucket)).ForEach(func(key, value []byte) error {
			p := pair{append([]byte{}, key...), value}
			m, err := decodeMember(p)
			take(emailsBucket, []byte(m.Email))
			take(membersBucket, p.key)
			take(tokensBucket, p.key)
			take(mailDueBucket, numbers(dueKey(noon), m.ID))
			take(mailsBucket, p.key)
			take(credentialsBucket, p.key)
			return err
		})
	})
	if err := errors.Join(err, source.Close()); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600,
		&bbolt.Options{FreelistType: bbolt.FreelistArrayType, NoSync: true, NoStatistics: true})
	if err != nil {
		b.Fatal(err)
	}
	for len(puts) > 0 {
		some := puts[:min(len(puts), 50_000)]
		puts = puts[len(some):]
		err := db.Update(func(tx *bbolt.Tx) error {
			for _, p := range some {
				bucket, err := tx.CreateBucketIfNotExists([]byte(p.bucket))
				if err != nil {
					return err
				}
				bucket.FillPercent = bulkFill
				if err := bucket.Put(p.key, p.value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(db.Sync(), db.Close()); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}
