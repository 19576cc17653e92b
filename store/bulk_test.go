package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"rekey/account"
	"rekey/member"
)

// smallBatches makes bulks go over to a copy early, and commit often.
func smallBatches(s *Store) *Store {
	e := s.engine.(*boltEngine)
	e.inPlace = batch{writes: 100, bytes: 1 << 20}
	e.batch = e.inPlace
	return s
}

// manyMembers adds members who are more than one batch, and calls at after each of them.
func manyMembers(at func(i int) error) func(w account.Writer) error {
	return func(w account.Writer) error {
		for i := range 300 {
			if err := importOne(w, member.Member{Email: addressOf(i, false), Name: "Hana", Status: member.Inviting}); err != nil {
				return err
			}
			if err := at(i); err != nil {
				return err
			}
		}
		return nil
	}
}

func nothing(int) error { return nil }

func countMembers(t testing.TB, s *Store) (n int) {
	t.Helper()
	view(t, s, func(r account.Reader) error {
		all, err := r.Members(0, 10_000)
		n = len(all)
		return err
	})
	return n
}

func wantNoCopy(t *testing.T, s *Store) {
	t.Helper()
	if _, err := os.Lstat(s.path + bulkSuffix); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the copy is still there (%v)", err)
	}
}

func TestALargeBulkIsKept(t *testing.T) {
	s := smallBatches(newStore(t))
	other := reopened(t, s.path) // as another process would have it
	addMembers(t, s, 3)
	before, err := other.Revision()
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	err = s.Bulk(t.Context(), manyMembers(func(i int) error {
		if i == 0 {
			runs++
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	if runs != 2 {
		t.Errorf("it ran %d times, want once on the file and once on the copy", runs)
	}
	if got := countMembers(t, other); got != 303 {
		t.Errorf("%d members, want 303", got)
	}
	if after, err := other.Revision(); err != nil || after <= before {
		t.Errorf("the revision went from %d to %d, %v", before, after, err)
	}
	info, err := os.Stat(s.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	wantNoCopy(t, s)
	writeSomething(t, other)
	writeSomething(t, s)
}

func TestALargeBulkSeesItsOwnWrites(t *testing.T) {
	s := smallBatches(newStore(t))
	err := s.Bulk(t.Context(), func(w account.Writer) error {
		if err := manyMembers(nothing)(w); err != nil {
			return err
		}
		for i := range 300 {
			if _, err := w.MemberByEmail(addressOf(i, false)); err != nil {
				return fmt.Errorf("member %d: %w", i, err)
			}
		}
		_, err := w.PutMember(member.Member{Email: addressOf(0, false), Status: member.Active})
		return err
	})
	if account.CodeOf(err) != account.CodeTaken {
		t.Errorf("got %v, want CodeTaken", err)
	}
	wantNoMembers(t, s)
	wantNoCopy(t, s)
}

func TestAnAbandonedLargeBulkKeepsNothing(t *testing.T) {
	refused := errors.New("refused")
	for _, last := range []int{0, 5, 50, 299} {
		t.Run(fmt.Sprint("failure after ", last), func(t *testing.T) {
			s := smallBatches(newStore(t))
			err := s.Bulk(t.Context(), manyMembers(func(i int) error {
				if i == last {
					return refused
				}
				return nil
			}))
			if !errors.Is(err, refused) {
				t.Errorf("got %v", err)
			}
			wantNoMembers(t, s)
			wantNoCopy(t, s)
		})
		t.Run(fmt.Sprint("cancelled after ", last), func(t *testing.T) {
			s := smallBatches(newStore(t))
			ctx, cancel := context.WithCancel(t.Context())
			after := 0
			err := s.Bulk(ctx, manyMembers(func(i int) error {
				if i == last {
					cancel()
				}
				if ctx.Err() != nil {
					after++
				}
				return nil
			}))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if after > 30 { // two batches
				t.Errorf("it went on for %d members", after)
			}
			wantNoMembers(t, s)
			wantNoCopy(t, s)
		})
	}
}

// TestReadersGoOnDuringALargeBulk and writers wait, however many of them: they stand in nobody's way.
func TestReadersGoOnDuringALargeBulk(t *testing.T) {
	s := smallBatches(newStore(t))
	addMembers(t, s, 1)
	reader := reopened(t, s.path)
	waiting, done := make(chan bool), make(chan error)
	var waits bool
	err := s.Bulk(t.Context(), manyMembers(func(i int) error {
		if i < 200 {
			return nil
		}
		if !waits {
			waits = true
			go func() {
				writer := reopened(t, s.path)
				close(waiting)
				done <- raiseOften(writer)
			}()
			<-waiting
		}
		if got := countMembers(t, reader); got != 1 {
			t.Errorf("%d members are seen before the bulk is done", got)
		}
		return nil
	}))
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	wantEpoch(t, reader, raises)
	if got := countMembers(t, reader); got != 301 {
		t.Errorf("%d members, want 301", got)
	}
}

// TestAWriterGivesUpOnALongBulk as on any other writer, and reading goes on in its process.
func TestAWriterGivesUpOnALongBulk(t *testing.T) {
	s := smallBatches(newStore(t))
	other := reopened(t, s.path)
	other.engine.(*boltEngine).locks.wait = 1
	err := s.Bulk(t.Context(), manyMembers(func(i int) error {
		if i != 299 {
			return nil
		}
		for range 2 {
			err := other.Update(context.Background(), func(account.Writer) error { t.Error("written beside a bulk"); return nil })
			if !errors.Is(err, ErrBusy) {
				t.Errorf("got %v, want ErrBusy", err)
			}
		}
		other.engine.(*boltEngine).locks.wait = defaultLockWait
		if got := countMembers(t, other); got != 0 {
			t.Errorf("%d members", got)
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	writeSomething(t, other)
}

// TestAWriterWithoutTheWritersLock, of an older build, does not write while a copy is worked on.
func TestAWriterWithoutTheWritersLock(t *testing.T) {
	s := smallBatches(newStore(t))
	addMembers(t, s, 1)
	try := func() error {
		f, err := os.OpenFile(s.path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer unlock(f)
		return flock(f, unix.LOCK_EX|unix.LOCK_NB)
	}
	err := s.Bulk(t.Context(), manyMembers(func(int) error {
		if err := try(); !errors.Is(err, unix.EWOULDBLOCK) {
			t.Errorf("the file can be locked for writing: %v", err)
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
}

func TestAStaleCopyIsReplacedAndNeverRead(t *testing.T) {
	for name, content := range map[string]func(whole []byte) []byte{
		"whole":    func(whole []byte) []byte { return whole },
		"half":     func(whole []byte) []byte { return whole[:len(whole)/2] },
		"empty":    func([]byte) []byte { return nil },
		"rubbish":  func([]byte) []byte { return []byte(strings.Repeat("rubbish", 9000)) },
		"of bytes": func(whole []byte) []byte { return append(whole, whole...) },
	} {
		t.Run(name, func(t *testing.T) {
			s, elsewhere := smallBatches(newStore(t)), newStore(t)
			addMembers(t, elsewhere, 7)
			whole, err := os.ReadFile(elsewhere.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(s.path+bulkSuffix, content(whole), 0o644); err != nil {
				t.Fatal(err)
			}
			wantNoMembers(t, reopened(t, s.path))
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Bulk(t.Context(), manyMembers(nothing)); err != nil {
				t.Fatal(err)
			}
			if got := countMembers(t, s); got != 300 {
				t.Errorf("%d members, want 300", got)
			}
			wantNoCopy(t, s)
			if info, err := os.Stat(s.path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestACopyThatCannotBeMade(t *testing.T) {
	s := smallBatches(newStore(t))
	if err := os.MkdirAll(filepath.Join(s.path+bulkSuffix, "x"), 0o700); err != nil { // cannot be removed
		t.Fatal(err)
	}
	if err := s.Bulk(t.Context(), manyMembers(nothing)); err == nil {
		t.Error("kept, without a copy")
	}
	wantNoMembers(t, s)
	writeSomething(t, s)
}

// crashAt is a helper that ends in the middle of a large bulk, without cleaning up.
func crashAt(last int) func(*Store) error {
	return func(s *Store) error {
		return smallBatches(s).Bulk(context.Background(), manyMembers(func(i int) error {
			if i == last {
				if _, err := os.Lstat(s.path + bulkSuffix); err == nil || last == 0 {
					os.Exit(0)
				}
			}
			return nil
		}))
	}
}

func TestACrashDuringABulkLosesNothing(t *testing.T) {
	for _, task := range []string{"crash first", "crash between", "crash last"} {
		t.Run(task, func(t *testing.T) {
			s := smallBatches(newStore(t))
			addMembers(t, s, 2)
			if out, err := helper(t, task, s.path).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if got := countMembers(t, s); got != 2 {
				t.Errorf("%d members, want the 2 from before", got)
			}
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Bulk(t.Context(), manyMembers(nothing)); err != nil {
				t.Fatal(err)
			}
			if got := countMembers(t, s); got != 302 {
				t.Errorf("%d members, want 302", got)
			}
			wantNoCopy(t, s)
		})
	}
}

// fillUpInBulk is a helper whose files cannot grow much beyond the store's size.
func fillUpInBulk(s *Store) error {
	limit, err := limitFiles(s.path, 20*pageSize)
	if err != nil {
		return err
	}
	err = smallBatches(s).Bulk(context.Background(), manyMembers(nothing))
	if !errors.Is(err, unix.EFBIG) {
		return fmt.Errorf("with %d bytes it gives %w", limit, err)
	}
	want := "cannot grow: file too large. Nothing of this operation was kept. Make room, then do it again."
	if sentence, ok := errors.AsType[*Error](err); !ok || !strings.HasSuffix(sentence.Error(), want) {
		return fmt.Errorf("the sentence is %q", err)
	}
	if _, err := os.Lstat(s.path + bulkSuffix); err == nil {
		return errors.New("the copy is still there")
	}
	return nil
}

func TestAFullDiskDuringABulk(t *testing.T) {
	s := newStore(t)
	if out, err := helper(t, "full bulk", s.path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wantNoMembers(t, s)
	writeSomething(t, s)
}

// TestTwoBulksTakeTurns: the one that waits finds the file that the first has put in place.
func TestTwoBulksTakeTurns(t *testing.T) {
	s := smallBatches(newStore(t))
	other := smallBatches(reopened(t, s.path))
	done := make(chan error)
	started := false
	err := s.Bulk(t.Context(), manyMembers(func(i int) error {
		if !started {
			started = true
			go func() {
				done <- other.Bulk(context.Background(), func(w account.Writer) error {
					for i := range 300 {
						if _, err := w.PutMember(member.Member{LoginID: fmt.Sprint(i), Status: member.Active}); err != nil {
							return err
						}
					}
					return nil
				})
			}()
		}
		return nil
	}))
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	if got := countMembers(t, s); got != 600 {
		t.Errorf("%d members, want 600", got)
	}
}

func TestALinkedStoreStaysLinked(t *testing.T) {
	s := newStore(t)
	link := filepath.Join(t.TempDir(), "rekey.db")
	if err := os.Symlink(s.path, link); err != nil {
		t.Fatal(err)
	}
	if err := smallBatches(reopened(t, link)).Bulk(t.Context(), manyMembers(nothing)); err != nil {
		t.Fatal(err)
	}
	if got := countMembers(t, s); got != 300 {
		t.Errorf("%d members at the end of the link, want 300", got)
	}
}
