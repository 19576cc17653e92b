package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"rekey/account"
	"rekey/member"
)

// rewrite replaces the bytes of a file.
func rewrite(change func(b []byte) []byte) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBadFiles(t *testing.T) {
	flipMeta := func(b []byte, page int) { b[page*pageSize+pageHeaderSize+20] ^= 1 }
	tests := []struct {
		name     string
		spoil    func(t *testing.T, path string)
		cause    error
		sentence string // PATH stands for the file's
	}{
		{
			"missing", func(t *testing.T, path string) { _ = os.Remove(path) }, fs.ErrNotExist,
			`There is no store at PATH. Make one with "rekey init", or name its directory with --dir.`,
		},
		{
			"empty", rewrite(func([]byte) []byte { return nil }), ErrDamaged,
			"The store PATH is empty: it has been cut off, or was never finished. " +
				`Restore it from a backup; if it was never used, remove it and run "rekey init" again.`,
		},
		{
			"cut to less than the header", rewrite(func(b []byte) []byte { return b[:3000] }), ErrDamaged,
			"The store PATH is damaged: it has been cut off, 3000 of at least 16384 bytes are there. Restore it from a backup.",
		},
		{
			"cut to half", rewrite(func(b []byte) []byte { return b[:8192] }), ErrDamaged,
			"The store PATH is damaged: it has been cut off, 8192 of at least 24576 bytes are there. Restore it from a backup.",
		},
		{
			"text", rewrite(func([]byte) []byte { return bytes.Repeat([]byte("Dear diary, "), 1000) }), ErrForeign,
			"PATH is not a rekey store: its beginning is that of another kind of file. " +
				"Name the right directory, or move that file away and restore the store from a backup.",
		},
		{
			"short text", rewrite(func([]byte) []byte { return []byte("Dear diary") }), ErrForeign,
			"PATH is not a rekey store: its beginning is that of another kind of file. " +
				"Name the right directory, or move that file away and restore the store from a backup.",
		},
		{
			"directory", func(t *testing.T, path string) {
				if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
					t.Fatal(err)
				}
			}, ErrForeign,
			"PATH is not a rekey store: it is a directory. " +
				"Name the right directory, or move that file away and restore the store from a backup.",
		},
		{
			"another program's database", otherBolt(pageSize), ErrForeign,
			"PATH is not a rekey store: it is a database of another program. " +
				"Name the right directory, or move that file away and restore the store from a backup.",
		},
		{
			"another page size", otherBolt(8192), ErrForeign,
			"PATH is not a rekey store: it is a database of another program. " +
				"Name the right directory, or move that file away and restore the store from a backup.",
		},
		{
			"both headers", rewrite(func(b []byte) []byte { flipMeta(b, 0); flipMeta(b, 1); return b }), ErrDamaged,
			"The store is damaged: both copies of the header of PATH are broken. Restore it from a backup.",
		},
		{
			"newer", identity(formatKey, binary.BigEndian.AppendUint32([]byte(formatMagic), formatVersion+1)), ErrNewer,
			"The store has format 2, and this program knows formats up to 1. Install the newer version of rekey that wrote it.",
		},
		{
			"older than the first", identity(formatKey, binary.BigEndian.AppendUint32([]byte(formatMagic), 0)), ErrDamaged,
			"The store is damaged: it claims the format 0, which no version of rekey has written. Restore it from a backup.",
		},
		{
			"wrong key", identity(fingerprintKey, []byte("another.")), ErrWrongKey,
			"The key does not belong to this store. Put back the key file that was made together with the store.",
		},
		{
			"garbage pages", rewrite(func(b []byte) []byte {
				for i := 2 * pageSize; i < len(b); i++ {
					b[i] = byte(i * 7)
				}
				return b
			}), ErrDamaged, "The store is damaged: a page is not what was written",
		},
		{
			"zeroed pages", rewrite(func(b []byte) []byte { clear(b[2*pageSize:]); return b }), ErrDamaged,
			"The store is damaged: a page is not what was written",
		},
		{
			"damaged settings", func(t *testing.T, path string) {
				withBolt(t, path, func(tx *bbolt.Tx) error {
					b := tx.Bucket([]byte(metaBucket))
					value := bytes.Clone(b.Get(settingsKey))
					value[len(value)-1] ^= 4
					return b.Put(settingsKey, value)
				})
			}, ErrDamaged,
			`The store is damaged: a record of "meta" does not fit its checksum (key 73657474696e6773). Restore it from a backup.`,
		},
		{
			"missing bucket", func(t *testing.T, path string) {
				withBolt(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(emailsBucket)) })
			}, ErrDamaged, `The store is damaged: its part "emails" is missing. Restore it from a backup.`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rekey.db")
			if err := Create(path, testFingerprint, account.DefaultSettings()); err != nil {
				t.Fatal(err)
			}
			s := reopened(t, path)
			addMembers(t, s, 1)
			test.spoil(t, path)
			want := strings.ReplaceAll(test.sentence, "PATH", path)
			uses := map[string]error{"View": readAll(s), "Update": s.Update(t.Context(), replaceAll), "Check": s.Check(t.Context())}
			for use, err := range uses {
				if !errors.Is(err, test.cause) || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("%s:\ngot  %v\nwant %s", use, err, want)
				}
			}
			if info, err := os.Stat(path); err == nil && info.Size() == 0 && test.name != "empty" {
				t.Error("an empty file was made")
			}
			if _, err := os.Stat(path); test.cause == fs.ErrNotExist && err == nil {
				t.Error("a store was made by opening it")
			}
		})
	}
}

// readAll reads something of what a store of addMembers holds.
func readAll(s *Store) error {
	return s.View(context.Background(), func(r account.Reader) error {
		_, err := r.Settings()
		if err != nil {
			return err
		}
		_, err = r.MemberByEmail("m1@example.com")
		return err
	})
}

// replaceAll reads and writes something of what a store of addMembers holds.
func replaceAll(w account.Writer) error {
	settings, err := w.Settings()
	if err != nil {
		return err
	}
	m, err := w.MemberByEmail("m1@example.com")
	if err != nil {
		return err
	}
	if _, err := w.PutMember(m); err != nil {
		return err
	}
	return w.PutSettings(settings)
}

func withBolt(t *testing.T, path string, fn func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// otherBolt puts a bbolt file of another program in place.
func otherBolt(pageSize int) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: pageSize})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("widgets")); return err })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// identity changes what admit looks at.
func identity(key, value []byte) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		withBolt(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte(metaBucket)).Put(key, value) })
	}
}

// breakHeader spoils one of the two copies of the header.
func breakHeader(t *testing.T, path string, page int) {
	t.Helper()
	rewrite(func(b []byte) []byte { b[page*pageSize+pageHeaderSize+50] ^= 0x10; return b })(t, path)
}

func TestOneBrokenHeaderIsSurvived(t *testing.T) {
	for page := range 2 {
		path := filepath.Join(t.TempDir(), "rekey.db")
		if err := Create(path, testFingerprint, account.DefaultSettings()); err != nil {
			t.Fatal(err)
		}
		s := reopened(t, path)
		writeSomething(t, s)
		breakHeader(t, path, page)
		if err := s.Check(t.Context()); !errors.Is(err, ErrDamaged) {
			t.Errorf("page %d: Check gives %v", page, err)
		}
		if _, err := s.Revision(); err != nil {
			t.Errorf("page %d: %v", page, err)
		}
		writeSomething(t, s) // which writes the broken one anew, or the other
		writeSomething(t, s)
		if err := s.Check(t.Context()); err != nil {
			t.Errorf("page %d: after the next transactions: %v", page, err)
		}
	}
}

func TestPermissionDenied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may open everything")
	}
	s := newStore(t)
	if err := os.Chmod(s.path, 0); err != nil {
		t.Fatal(err)
	}
	_, err := Open(s.path, testFingerprint)
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "cannot be opened: permission denied. Run rekey as") {
		t.Errorf("got %v", err)
	}
	if err := os.Chmod(s.path, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestExplain(t *testing.T) {
	path := "/data/re\x1bkey.db"
	at := func(errno syscall.Errno) error { return &fs.PathError{Op: "write", Path: path, Err: errno} }
	tests := []struct {
		err      error
		cause    error
		sentence string
	}{
		{at(syscall.ENOSPC), syscall.ENOSPC, "The store /data/re<U+001B>key.db cannot grow: no space left on device. Nothing of this"},
		{at(syscall.EDQUOT), syscall.EDQUOT, "The store /data/re<U+001B>key.db cannot grow: disk quota exceeded. Nothing of this"},
		{fmt.Errorf("file sync error: %s", at(syscall.ENOSPC)), syscall.ENOSPC, "The store /data/re<U+001B>key.db cannot grow: no space"},
		{at(syscall.EACCES), fs.ErrPermission, "The store /data/re<U+001B>key.db cannot be opened: permission denied. Run rekey as"},
		{at(syscall.EROFS), syscall.EROFS, "The store /data/re<U+001B>key.db cannot be opened: read-only file system. Run rekey as"},
		{at(syscall.EIO), syscall.EIO, "opening the store /data/re<U+001B>key.db: "},
	}
	for _, test := range tests {
		got := explain("opening", path, test.err)
		if !errors.Is(got, test.cause) || !strings.HasPrefix(got.Error(), test.sentence) {
			t.Errorf("%v: got %v", test.err, got)
		}
	}
}

// TestDamageIsNoticed damages a store everywhere, one place at a time. Either that is noticed, or all content is still
// the same: it hit a place without meaning. Nothing may end the process or read something else.
func TestDamageIsNoticed(t *testing.T) {
	s := newStore(t)
	fill(t, s)
	whole, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	content, err := dump(s)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := &Store{path: filepath.Join(t.TempDir(), "rekey.db"), fingerprint: testFingerprint}
	spoilt.engine = newBoltEngine(spoilt.path)
	noticed := 0
	try := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(spoilt.path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := dump(spoilt)
		if err == nil || errors.Is(err, account.ErrNotFound) { // a record under a damaged key is not found
			err = spoilt.Check(context.Background())
		}
		if _, ok := errors.AsType[*Error](err); err != nil && !ok {
			t.Errorf("%s: not a sentence: %v", what, err)
		}
		if err != nil {
			noticed++
		} else if !reflect.DeepEqual(got, content) {
			t.Errorf("%s: other content is read, and nothing is noticed", what)
		}
		_ = spoilt.Update(context.Background(), replaceAll)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < len(whole); i += 1 + random.IntN(1000) {
		b := bytes.Clone(whole)
		b[i] ^= 1 << random.IntN(8)
		try(fmt.Sprintf("a bit of byte %d", i), b)
	}
	for page := 2; page < len(whole)/pageSize; page++ {
		b := bytes.Clone(whole)
		for i := range pageSize {
			b[page*pageSize+i] = byte(random.Uint32())
		}
		try(fmt.Sprintf("page %d", page), b)
	}
	if noticed < 50 {
		t.Errorf("only %d cases of damage were noticed: is the store too empty?", noticed)
	}
}

// fill puts records of every kind into a store, so that it has branch pages.
func fill(t *testing.T, s *Store) {
	t.Helper()
	addMembers(t, s, 60)
	err := s.Bulk(context.Background(), func(w account.Writer) error {
		for i := range 60 {
			id := member.ID(i + 1)
			serial, err := w.NextSerial()
			if err != nil {
				return err
			}
			mail := account.Mail{Member: id, State: account.MailQueued, Due: noon.Add(1), To: "a@example.com"}
			if _, err := w.PutMail(mail); err != nil {
				return err
			}
			if err := errors.Join(
				w.PutCredential(id, account.Credential{Hash: strings.Repeat("h", 90), Epoch: 1, Token: serial}),
				w.PutLockout(account.Lockout{Member: id, Failures: 1}),
				w.PutToken(account.Token{Serial: serial, Member: id, Expires: noon}),
				w.PutSession(account.Session{Hash: account.SessionHash{byte(i)}, Member: id}),
				w.AppendAudit(account.Record{Seq: account.AuditSeq(i + 1), Target: id, MAC: make([]byte, 32)}),
			); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// dump reads all that a Reader gives.
func dump(s *Store) (all []any, err error) {
	err = s.View(context.Background(), func(r account.Reader) error {
		settings, err := r.Settings()
		members, err2 := r.Members(0, 1000)
		lockouts, err3 := r.Lockouts(0, 1000)
		mails, err4 := r.Mails(0, 1000)
		records, err5 := r.Audit(0, 1000)
		due, err6 := r.DueMail()
		all = append(all, settings, members, lockouts, mails, records, due)
		errs := errors.Join(err, err2, err3, err4, err5, err6)
		for _, m := range members {
			byEmail, err := r.MemberByEmail(m.Email)
			credential, err2 := r.Credential(m.ID)
			sessions, err3 := r.Sessions(m.ID)
			of, err4 := r.MemberAudit(m.ID, 0, 10)
			token, err5 := r.Token(credential.Token)
			all = append(all, byEmail, credential, sessions, of, token)
			errs = errors.Join(errs, err, err2, err3, err4, err5)
		}
		return errs
	})
	return all, err
}
