package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"rekey/account"
)

func backup(t *testing.T, s *Store) (path string, contents Contents) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "backup.db")
	contents, err := s.Backup(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return path, contents
}

func wantOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !reflect.DeepEqual(got, names) {
		t.Errorf("the directory holds %q, want %q", got, names)
	}
}

func TestBackup(t *testing.T) {
	s := newStore(t)
	fill(t, s)
	want, err := dump(s)
	if err != nil {
		t.Fatal(err)
	}
	path, contents := backup(t, s)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if contents.Size != info.Size() || contents.Members != 60 || contents.Records != 60 {
		t.Errorf("got %+v of %d bytes", contents, info.Size())
	}
	wantOnly(t, filepath.Dir(path), "backup.db")
	copied := reopened(t, path)
	if err := copied.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if got, err := dump(copied); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the backup holds something else, or %v", err)
	}
}

// TestABackupIsOfOneMoment: two numbers that are always raised together are the same in each backup.
func TestABackupIsOfOneMoment(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 2)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		for epoch := uint64(1); ctx.Err() == nil; epoch++ {
			err := s.Update(context.Background(), func(w account.Writer) error {
				c := account.Credential{Epoch: epoch, Hash: strings.Repeat("h", int(epoch%97)*50)}
				return errors.Join(w.PutCredential(1, c), w.PutCredential(2, c))
			})
			if err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 20 {
		path, _ := backup(t, s)
		copied := reopened(t, path)
		if err := copied.Check(t.Context()); err != nil {
			t.Error(err)
		}
		view(t, copied, func(r account.Reader) error {
			one, err := r.Credential(1)
			two, err2 := r.Credential(2)
			if one != two {
				t.Errorf("epochs %d and %d", one.Epoch, two.Epoch)
			}
			return errors.Join(err, err2)
		})
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A writer that has to wait is not in the way of those who read.
func TestReadersGoOnDuringLongReads(t *testing.T) {
	for name, read := range map[string]func(s *Store, during func()) error{
		"a backup": func(s *Store, during func()) error {
			c, err := s.engine.copy(t.Context(), t.TempDir(), func(readTx) error { during(); return nil })
			if err == nil {
				c.removeUnlessKept()
			}
			return err
		},
		"a check": func(s *Store, during func()) error {
			return s.engine.check(t.Context(), func(readTx) error { during(); return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			addMembers(t, s, 2)
			writer, reader := reopened(t, s.path), reopened(t, s.path)
			writer.engine.(*boltEngine).locks.wait = 10 * time.Millisecond
			reader.engine.(*boltEngine).locks.wait = 100 * time.Millisecond
			err := read(s, func() {
				err := writer.Update(t.Context(), func(account.Writer) error { return nil })
				if !errors.Is(err, ErrBusy) {
					t.Errorf("the writer: %v", err)
				}
				if got := countMembers(t, reader); got != 2 {
					t.Errorf("%d members were read", got)
				}
			})
			if err != nil {
				t.Error(err)
			}
			if err := s.Update(t.Context(), func(account.Writer) error { return nil }); err != nil {
				t.Errorf("a writer afterwards: %v", err)
			}
		})
	}
}

func TestABackupNeverOverwrites(t *testing.T) {
	s := newStore(t)
	path := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := s.Backup(t.Context(), path)
	if !errors.Is(err, fs.ErrExist) || !strings.HasSuffix(err.Error(), "Choose another name: a backup never overwrites anything.") {
		t.Errorf("got %v", err)
	}
	wantOnly(t, filepath.Dir(path), "taken")
	if left, _ := os.ReadFile(path); string(left) != "precious" {
		t.Errorf("the file now holds %q", left)
	}
}

// TestPutAtNewNeverOverwrites a file that appears while the backup is made.
func TestPutAtNewNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := errors.Join(os.WriteFile(path, []byte("precious"), 0o600), os.WriteFile(path+"2", []byte("copy"), 0o600)); err != nil {
		t.Fatal(err)
	}
	c := &fileCopy{path: path + "2"}
	if err := c.putAtNew(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	c.removeUnlessKept()
	wantOnly(t, dir, "taken")
}

func TestABackupOfAStoreAfterACrash(t *testing.T) {
	for page := range 2 {
		s := newStore(t)
		addMembers(t, s, 3)
		breakHeader(t, s.path, page)
		path, _ := backup(t, s)
		if err := reopened(t, path).Check(t.Context()); err != nil {
			t.Errorf("page %d: %v", page, err)
		}
		writeSomething(t, s) // which mends the header, for the check at the end
		writeSomething(t, s)
	}
}

// backUpWithoutRoom is a helper whose files stay smaller than the store.
func backUpWithoutRoom(s *Store) error {
	if _, err := limitFiles(s.path, ^uint64(pageSize)+1); err != nil { // one page less
		return err
	}
	path := filepath.Join(filepath.Dir(s.path), "backup.db")
	_, err := s.Backup(context.Background(), path)
	want := "There is no room for the backup " + path + ": file too large. Make room, or choose another place."
	if !errors.Is(err, unix.EFBIG) || err.Error() != want {
		return fmt.Errorf("backing up beyond the limit gives %w", err)
	}
	return nil
}

func TestABackupWithoutRoomLeavesNothing(t *testing.T) {
	s := newStore(t)
	fill(t, s)
	shrinkToUse(t, s.path)
	if out, err := helper(t, "backup without room", s.path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wantOnly(t, filepath.Dir(s.path), "rekey.db", "rekey.db.gate", "rekey.db.writer")
}

// shrinkToUse cuts off what a file has beyond its pages in use.
func shrinkToUse(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	h, err := readHeader(f, path)
	if err := errors.Join(err, f.Truncate(int64(h.pages)*pageSize), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestACancelledBackupLeavesNothing(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(ctx, filepath.Join(dir, "backup.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wantOnly(t, dir)
}

func restore(s *Store, source string, force bool) (Restored, error) {
	return Restore(context.Background(), s.path, source, testFingerprint, RestoreOptions{Force: force})
}

func TestRestore(t *testing.T) {
	s := newStore(t)
	other := reopened(t, s.path) // a running process
	addMembers(t, s, 3)
	path, contents := backup(t, s)
	original, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(w account.Writer) error { return w.PutCredential(1, account.Credential{Epoch: 9}) })
	living, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := other.Revision()
	if err != nil {
		t.Fatal(err)
	}
	done, err := restore(s, path, true)
	if err != nil {
		t.Fatal(err)
	}
	if done.Backup != contents || done.Kept != s.path+".before-restore" {
		t.Errorf("got %+v", done)
	}
	wantEpoch(t, other, 0)
	if now, err := other.Revision(); err != nil || now <= seen {
		t.Errorf("the revision went from %d to %d, %v", seen, now, err)
	}
	if kept, err := os.ReadFile(done.Kept); err != nil || !bytes.Equal(kept, living) {
		t.Errorf("what was replaced was not kept, or %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, original) {
		t.Errorf("the backup has changed, or %v", err)
	}
	wantOnly(t, filepath.Dir(s.path), "rekey.db", "rekey.db.before-restore", "rekey.db.gate", "rekey.db.writer")
	writeSomething(t, other)
	writeSomething(t, s)
}

func TestARestoreAmendsTheCopy(t *testing.T) {
	s := newStore(t)
	path, _ := backup(t, s)
	_, err := Restore(t.Context(), s.path, path, testFingerprint, RestoreOptions{Force: true, Amend: func(c *Store) error {
		return c.Update(context.Background(), func(w account.Writer) error {
			return errors.Join(w.AppendAudit(account.Record{Seq: 1, Event: account.EventRestored, MAC: []byte{1}}), w.PutAuditSeal([]byte{1}))
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	view(t, s, func(r account.Reader) error {
		log, err := r.Audit(0, 10)
		if len(log) != 1 || log[0].Event != account.EventRestored {
			t.Errorf("the audit log is %+v", log)
		}
		return err
	})
	refused := errors.New("refused")
	_, err = Restore(t.Context(), s.path, path, testFingerprint, RestoreOptions{Force: true, Amend: func(*Store) error { return refused }})
	if !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	wantOnly(t, filepath.Dir(s.path), "rekey.db", "rekey.db.before-restore", "rekey.db.gate", "rekey.db.writer")
}

// TestARestoreWaitsForReaders: it replaces the file while nobody uses it.
func TestARestoreWaitsForReaders(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 1)
	path, _ := backup(t, s)
	update(t, s, func(w account.Writer) error { return w.PutCredential(1, account.Credential{Epoch: 5}) })
	done := make(chan error)
	view(t, s, func(r account.Reader) error {
		amended := make(chan bool)
		go func() {
			_, err := Restore(context.Background(), s.path, path, testFingerprint, RestoreOptions{
				Force: true, Amend: func(*Store) error { close(amended); return nil },
			})
			done <- err
		}()
		<-amended
		c, err := r.Credential(1)
		if c.Epoch != 5 {
			t.Error("the file changed under a reader")
		}
		return err
	})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	wantEpoch(t, s, 0)
}

func TestTwoRestoresTakeTurns(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 3)
	path, _ := backup(t, s)
	done := make(chan error)
	_, err := Restore(t.Context(), s.path, path, testFingerprint, RestoreOptions{Force: true, Amend: func(c *Store) error {
		go func() {
			_, err := restore(s, path, true)
			done <- err
		}()
		return c.Update(context.Background(), func(w account.Writer) error {
			return w.PutCredential(1, account.Credential{Epoch: 5})
		})
	}})
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	wantEpoch(t, s, 0)
	wantEpoch(t, reopened(t, s.path+".before-restore-2"), 5)
}

// TestARestoreOverDamage is what one makes backups for.
func TestARestoreOverDamage(t *testing.T) {
	spoil := map[string]func(path string) error{
		"missing": os.Remove,
		"empty":   func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"text":    func(path string) error { return os.WriteFile(path, []byte("Dear diary"), 0o644) },
		"cut":     func(path string) error { return os.Truncate(path, 9000) },
		"a link to nothing": func(path string) error {
			return errors.Join(os.Remove(path), os.Symlink(path+".gone", path))
		},
	}
	for name, spoil := range spoil {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			addMembers(t, s, 3)
			path, _ := backup(t, s)
			if err := spoil(s.path); err != nil {
				t.Fatal(err)
			}
			_, err := restore(s, path, name == "missing")
			if name == "missing" && err != nil || name != "missing" && !errors.Is(err, fs.ErrExist) {
				t.Errorf("got %v", err)
			}
			if name != "missing" {
				if _, err = restore(s, path, true); err != nil {
					t.Fatal(err)
				}
			}
			if got := countMembers(t, s); got != 3 {
				t.Errorf("%d members, want 3", got)
			}
		})
	}
}

func TestABadBackupChangesNothing(t *testing.T) {
	tests := []struct {
		name     string
		spoil    func(t *testing.T, path string)
		cause    error
		sentence string
	}{
		{"missing", func(t *testing.T, path string) { _ = os.Remove(path) }, fs.ErrNotExist,
			"The backup PATH cannot be read: no such file or directory. Check its name and its permissions."},
		{"empty", rewrite(func([]byte) []byte { return nil }), ErrDamaged, "The backup PATH is damaged: it is empty. Use another backup."},
		{"half-written", rewrite(func(b []byte) []byte { return b[:len(b)/2] }), ErrDamaged,
			"The backup PATH is damaged: it has been cut off, "},
		{"text", rewrite(func([]byte) []byte { return []byte("Dear diary") }), ErrForeign,
			"PATH is not a rekey store: its beginning is that of another kind of file. Name a file that `rekey backup` has made."},
		{"another program's database", otherBolt(pageSize), ErrForeign,
			"PATH is not a rekey store: it is a database of another program. Name a file that `rekey backup` has made."},
		{"both headers", rewrite(func(b []byte) []byte { b[40] ^= 1; b[pageSize+40] ^= 1; return b }), ErrDamaged,
			"The backup PATH is damaged: both copies of the header of "},
		{"one header", rewrite(func(b []byte) []byte { b[40] ^= 1; return b }), ErrDamaged,
			"The backup PATH is damaged: one of the two copies of the header is broken; "},
		{"newer", identity(formatKey, binary.BigEndian.AppendUint32([]byte(formatMagic), formatVersion+1)), ErrNewer,
			"The store has format 2, and this program knows formats up to 1. Install the newer version of rekey that wrote it."},
		{"wrong key", identity(fingerprintKey, []byte("another.")), ErrWrongKey,
			"The backup PATH belongs to another key than that of this directory. Put back the key file"},
		{"zeroed pages", rewrite(func(b []byte) []byte { clear(b[2*pageSize:]); return b }), ErrDamaged,
			"The backup PATH is damaged: a page is not what was written. Use another backup."},
		{"a contradiction", func(t *testing.T, path string) {
			withBolt(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte(emailsBucket)).Delete([]byte("m1@example.com")) })
		}, ErrDamaged, `The backup PATH is damaged: member 1 is missing in "emails". Use another backup.`},
		{"a missing part", func(t *testing.T, path string) {
			withBolt(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(mailsBucket)) })
		}, ErrDamaged, `The backup PATH is damaged: its part "mails" is missing. Use another backup.`},
		{"a directory", func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, ErrForeign, "PATH is not a rekey store: it is a directory. Name a file that `rekey backup` has made."},
		{"a pipe", func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), unix.Mkfifo(path, 0o600)); err != nil {
				t.Fatal(err)
			}
		}, ErrForeign, "PATH is not a rekey store: it is not a file. Name a file that `rekey backup` has made."},
		{"being written to", func(t *testing.T, path string) {
			t.Cleanup(foreignLock(t, &Store{path: path}, unix.LOCK_EX))
		}, ErrBusy, "The file PATH is being written to. Restore from a file that `rekey backup` has made."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			addMembers(t, s, 1)
			before, err := os.ReadFile(s.path)
			if err != nil {
				t.Fatal(err)
			}
			path, _ := backup(t, s)
			test.spoil(t, path)
			_, err = restore(s, path, true)
			if want := strings.ReplaceAll(test.sentence, "PATH", path); !errors.Is(err, test.cause) || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if after, err := os.ReadFile(s.path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the store has changed, or %v", err)
			}
			wantOnly(t, filepath.Dir(s.path), "rekey.db", "rekey.db.gate", "rekey.db.writer")
		})
	}
}

// restoreWithoutRoom is a helper whose files stay smaller than the backup beside the store.
func restoreWithoutRoom(s *Store) error {
	source := s.path + ".backup"
	if _, err := limitFiles(source, ^uint64(pageSize)+1); err != nil { // one page less
		return err
	}
	_, err := restore(s, source, true)
	want := "The store " + s.path + " cannot grow: file too large. Nothing of this operation was kept. Make room, then do it again."
	if !errors.Is(err, unix.EFBIG) || err.Error() != want {
		return fmt.Errorf("restoring beyond the limit gives %w", err)
	}
	return nil
}

func TestARestoreWithoutRoomChangesNothing(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 3)
	if _, err := s.Backup(t.Context(), s.path+".backup"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := helper(t, "restore without room", s.path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if after, err := os.ReadFile(s.path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the store has changed, or %v", err)
	}
	wantOnly(t, filepath.Dir(s.path), "rekey.db", "rekey.db.backup", "rekey.db.gate", "rekey.db.writer")
}

// TestARestoreThatCrashed leaves a copy, which the next one does not take for its own.
func TestARestoreThatCrashed(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 3)
	path, _ := backup(t, s)
	if err := os.WriteFile(s.path+restoreSuffix, bytes.Repeat([]byte("stale"), 50_000), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := countMembers(t, s); got != 3 {
		t.Errorf("%d members, want 3", got)
	}
	if _, err := restore(s, path, true); err != nil {
		t.Fatal(err)
	}
	if got := countMembers(t, s); got != 3 {
		t.Errorf("%d members, want 3", got)
	}
	info, err := os.Stat(s.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	wantOnly(t, filepath.Dir(s.path), "rekey.db", "rekey.db.before-restore", "rekey.db.gate", "rekey.db.writer")
}

func TestARestoreOntoADirectory(t *testing.T) {
	s := newStore(t)
	path, _ := backup(t, s)
	place := filepath.Join(t.TempDir(), "rekey.db")
	if err := os.Mkdir(place, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Restore(t.Context(), place, path, testFingerprint, RestoreOptions{Force: true})
	if !errors.Is(err, ErrForeign) {
		t.Errorf("got %v", err)
	}
}

func TestRaiseTxid(t *testing.T) {
	for updates := range 2 { // the current header is in either page
		s := newStore(t)
		addMembers(t, s, 1)
		for range updates {
			writeSomething(t, s)
		}
		for _, more := range []uint64{0, 1, 2, 7, newerThanAny} {
			before, err := s.Revision()
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(s.path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(raiseTxid(f, before+more), f.Close()); err != nil {
				t.Fatal(err)
			}
			after, err := s.Revision()
			if err != nil || after < before+more || after > before+more+1 {
				t.Errorf("from %d by %d: got %d, %v", before, more, after, err)
			}
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			writeSomething(t, s)
			if next, err := s.Revision(); err != nil || next != after+1 {
				t.Errorf("the next transaction is %d after %d, %v", next, after, err)
			}
		}
	}
}
