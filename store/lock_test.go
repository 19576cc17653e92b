package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rekey/account"
	"rekey/member"
)

// The test binary is its own helper process: with helperVariable set it does one task on the store at pathVariable.
const (
	helperVariable = "REKEY_STORE_TEST_HELPER"
	pathVariable   = "REKEY_STORE_TEST_PATH"
)

func TestMain(m *testing.M) {
	tasks := map[string]func(*Store) error{
		"raise": raiseOften, "full": fillUp, "full bulk": fillUpInBulk,
		"backup without room": backUpWithoutRoom, "restore without room": restoreWithoutRoom,
		"crash first": crashAt(0), "crash between": crashAt(150), "crash last": crashAt(299),
	}
	task, isHelper := tasks[os.Getenv(helperVariable)]
	if !isHelper {
		os.Exit(m.Run())
	}
	s, err := Open(os.Getenv(pathVariable), testFingerprint)
	if err == nil {
		err = task(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func helper(t *testing.T, task, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), helperVariable+"="+task, pathVariable+"="+path)
	return cmd
}

const raises = 20

// raiseOften reads a number and writes it one higher, many times; and reads in between.
func raiseOften(s *Store) error {
	for range raises {
		err := s.Update(context.Background(), func(w account.Writer) error {
			c, err := w.Credential(1)
			if err != nil {
				return err
			}
			c.Epoch++
			return w.PutCredential(1, c)
		})
		if err != nil {
			return err
		}
		if err := s.View(context.Background(), func(r account.Reader) error { _, err := r.Credential(1); return err }); err != nil {
			return err
		}
	}
	return nil
}

func wantEpoch(t *testing.T, s *Store, want uint64) {
	t.Helper()
	view(t, s, func(r account.Reader) error {
		c, err := r.Credential(1)
		if c.Epoch != want {
			t.Errorf("%d updates are there, want %d", c.Epoch, want)
		}
		return err
	})
}

func TestNoUpdateIsLostBetweenGoroutines(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 1)
	const workers = 4
	var all sync.WaitGroup
	for i := range workers {
		user := s // two share a Store, two have their own
		if i%2 == 0 {
			user = reopened(t, s.path)
		}
		all.Go(func() {
			if err := raiseOften(user); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wantEpoch(t, s, workers*raises)
}

func TestNoUpdateIsLostBetweenProcesses(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 1)
	const processes = 3
	var all sync.WaitGroup
	for range processes {
		cmd := helper(t, "raise", s.path)
		all.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	all.Wait()
	wantEpoch(t, s, processes*raises)
}

// foreignLock locks the data file as another process would; the returned function ends it.
func foreignLock(t *testing.T, s *Store, how int) (release func()) {
	t.Helper()
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := flock(f, how); err != nil {
		t.Fatal(err)
	}
	return func() { unlock(f) }
}

func TestWaitingForTheLockEnds(t *testing.T) {
	s := newStore(t)
	s.engine.(*boltEngine).locks.wait = 10 * time.Millisecond
	release := foreignLock(t, s, unix.LOCK_EX)
	for range 2 { // the second one finds a given-up waiter of its own process before it
		err := s.View(t.Context(), func(account.Reader) error { t.Error("read under another's lock"); return nil })
		if !errors.Is(err, ErrBusy) {
			t.Fatalf("got %v, want ErrBusy", err)
		}
		want := "The store is in use: another process has been holding it for 10ms. Try again;"
		if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %q", err)
		}
	}
	release()
	s.engine.(*boltEngine).locks.wait = defaultLockWait
	writeSomething(t, s)
}

func TestWaitingForTheLockIsCancelled(t *testing.T) {
	s := newStore(t)
	release := foreignLock(t, s, unix.LOCK_SH)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- s.Update(ctx, func(account.Writer) error { t.Error("written under another's lock"); return nil })
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestACancelledUpdateKeepsNothing(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(w account.Writer) error {
		_, err := w.PutMember(member.Member{LoginID: "hana", Status: member.Active})
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	wantNoMembers(t, s)
}

// TestBoltKeepsTheLock shows that bbolt's own flock on the locked file changes nothing.
func TestBoltKeepsTheLock(t *testing.T) {
	s := newStore(t)
	try := func(how int) error {
		f, err := os.OpenFile(s.path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock(f)
		return flock(f, how|unix.LOCK_NB)
	}
	view(t, s, func(account.Reader) error {
		if err := try(unix.LOCK_SH); err != nil {
			t.Errorf("a second reader: %v", err)
		}
		if err := try(unix.LOCK_EX); err != unix.EWOULDBLOCK {
			t.Errorf("a writer beside a reader: %v", err)
		}
		return nil
	})
	update(t, s, func(account.Writer) error {
		if err := try(unix.LOCK_SH); err != unix.EWOULDBLOCK {
			t.Errorf("a reader beside a writer: %v", err)
		}
		return nil
	})
}

func TestReadersReadTogether(t *testing.T) {
	s := newStore(t)
	view(t, s, func(account.Reader) error {
		view(t, s, func(account.Reader) error { return nil })
		return nil
	})
}

// TestAReplacedFileIsNoticed puts another store in place between opening the file and getting its lock.
func TestAReplacedFileIsNoticed(t *testing.T) {
	s, backup := newStore(t), newStore(t)
	addMembers(t, backup, 3)
	release := foreignLock(t, s, unix.LOCK_EX)
	done := make(chan error)
	waits := make(chan struct{})
	go func() {
		files, err := openLocked(s.path, false)
		if err != nil {
			done <- err
			return
		}
		close(waits)
		l := newLocker(s.path)
		l.turn <- struct{}{}
		err = l.await(context.Background(), l.turn, files)
		if err == nil {
			var current bool
			if current, err = isFileAt(files.data, s.path); current {
				t.Error("the replaced file is taken for the one at the path")
			}
			files.unlock()
		}
		done <- err
	}()
	<-waits
	if err := os.Rename(backup.path, s.path); err != nil {
		t.Fatal(err)
	}
	release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := os.Link(s.path, backup.path); err != nil { // for the check at the end of the test
		t.Fatal(err)
	}
	view(t, s, func(r account.Reader) error {
		all, err := r.Members(0, 10)
		if len(all) != 3 {
			t.Errorf("%d members, want those of the backup", len(all))
		}
		return err
	})
}

// limitFiles keeps this process's files from growing beyond the size of the one at path and some bytes more.
func limitFiles(path string, more uint64) (limit uint64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	signal.Ignore(unix.SIGXFSZ) // the write gives EFBIG then
	limit = uint64(info.Size()) + more
	return limit, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: limit})
}

// fillUp writes until the limit on the size of files, lowered to the store's size now, stops it.
func fillUp(s *Store) error {
	if _, err := limitFiles(s.path, 0); err != nil {
		return err
	}
	big := strings.Repeat("x", 100_000)
	err := s.Update(context.Background(), func(w account.Writer) error {
		return w.PutCredential(1, account.Credential{Hash: big})
	})
	if !errors.Is(err, unix.EFBIG) {
		return fmt.Errorf("writing beyond the limit gives %w", err)
	}
	want := "cannot grow: file too large. Nothing of this operation was kept. Make room, then do it again."
	if !strings.HasSuffix(err.Error(), want) {
		return fmt.Errorf("the sentence is %q", err)
	}
	return s.View(context.Background(), func(r account.Reader) error { _, err := r.Credential(1); return err })
}

func TestAFullDiskLosesNothing(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 1)
	update(t, s, func(w account.Writer) error { return w.PutCredential(1, account.Credential{Epoch: 5}) })
	before, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := helper(t, "full", s.path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	after, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before[:2*pageSize], after[:2*pageSize]) {
		t.Error("the header has changed")
	}
	wantEpoch(t, s, 5)
	update(t, s, func(w account.Writer) error { return w.PutCredential(1, account.Credential{Epoch: 6}) })
	wantEpoch(t, s, 6)
}
