package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// defaultLockWait is how long an operation waits for other processes' transactions, which take milliseconds.
const defaultLockWait = 5 * time.Second

// The suffixes of the files that are there for their locks only.
const (
	gateSuffix   = ".gate"
	writerSuffix = ".writer"
)

// A locker locks the data file for one transaction at a time of a writer, or several of readers.
//
// Every transaction first takes a lock of the same kind on a second file, the gate, then waits for the data file's lock and
// lets the gate go. So a writer that waits behind the gate keeps later readers out and does not starve, readers pass side by
// side, and everybody sleeps in the kernel instead of polling. Before all that a writer takes the lock of a third file and
// keeps it to its end: so one that works on a copy for minutes keeps the other writers out, and not at the gate, where they
// would be in the readers' way. Who reads for long takes it as well.
type locker struct {
	path string // of the data file
	wait time.Duration
	// One goroutine at a time waits for the data file, and one to become the writer. flock cannot be interrupted: a
	// waiter that was given up stays blocked, and keeps the turn, until it gets its lock. So there is at most one of them.
	turn, writerTurn turn
	waits            waits
}

func newLocker(path string) *locker {
	return &locker{path: path, wait: defaultLockWait, turn: make(turn, 1), writerTurn: make(turn, 1)}
}

// timed gives a context in which to wait for locks.
func (l *locker) timed(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, l.wait, ErrBusy)
}

// lock opens the data file and locks it, for reading or for writing. Closing the file ends the lock; call unlock
// where a memory mapping may keep it alive.
func (l *locker) lock(ctx context.Context, writing bool) (*os.File, error) {
	for {
		data, err := l.lockOnce(ctx, writing)
		if err != nil {
			return nil, err
		}
		current, err := isFileAt(data, l.path)
		if err == nil && current {
			return data, nil
		}
		unlock(data)
		if err != nil {
			return nil, err
		}
		// The file was replaced, by a restored backup for example, between opening and locking.
	}
}

func (l *locker) lockOnce(ctx context.Context, writing bool) (*os.File, error) {
	var files lockFiles
	err := l.take(ctx, l.turn, func() (w waiter, err error) {
		files, err = openLocked(l.path, writing)
		return files, err
	})
	if err != nil {
		return nil, err
	}
	unlock(files.gate)
	return files.data, nil
}

// becomeWriter waits until no other process writes, and keeps it so until the file that it gives is unlocked.
func (l *locker) becomeWriter(ctx context.Context) (*os.File, error) {
	var file *os.File
	err := l.take(ctx, l.writerTurn, func() (w waiter, err error) {
		file, err = openLockFile(l.path + writerSuffix)
		return writerFile{file}, err
	})
	return file, err
}

// becomeWriter is the locker's, in the time in which to wait for locks.
func becomeWriter(ctx context.Context, locks *locker) (*os.File, error) {
	ctx, cancel := locks.timed(ctx)
	defer cancel()
	return locks.becomeWriter(ctx)
}

// A turn holds a token for as long as one goroutine waits.
type turn chan struct{}

// A waiter waits for locks in the kernel.
type waiter interface {
	// lock gives unix.EWOULDBLOCK if it is not to wait (flag unix.LOCK_NB). A lock already held is kept as it is.
	lock(flag int) error
	unlock()
}

// take locks what open has opened. It waits for as long as ctx lasts; if it fails, nothing stays open.
func (l *locker) take(ctx context.Context, t turn, open func() (waiter, error)) error {
	select {
	case t <- struct{}{}:
	case <-ctx.Done():
		return l.givenUp(ctx)
	}
	if ctx.Err() != nil {
		<-t
		return l.givenUp(ctx)
	}
	w, err := open()
	if err != nil {
		<-t
		return err
	}
	return l.await(ctx, t, w)
}

// await waits until the locks are held, and then lets the turn go.
func (l *locker) await(ctx context.Context, t turn, w waiter) error {
	err := w.lock(unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		locked := make(chan error, 1)
		go func() { locked <- w.lock(0) }()
		select {
		case err = <-locked:
		case <-ctx.Done():
			go func() {
				<-locked
				w.unlock()
				<-t
			}()
			return l.givenUp(ctx)
		}
	}
	<-t
	if err != nil {
		w.unlock()
		return fmt.Errorf("locking: %w", err)
	}
	return nil
}

func (l *locker) givenUp(ctx context.Context) error {
	if context.Cause(ctx) != ErrBusy {
		return context.Cause(ctx)
	}
	return &Error{
		fmt.Sprintf("The store is in use: another process has been holding it for %v.", l.wait),
		"Try again; an import of very many members, or a backup to a slow disk, can take a minute. If it stays so, look for a " +
			"stopped or hanging rekey process on this host.",
		ErrBusy,
	}
}

// lockFiles are the two files of one acquisition, with fresh descriptors: flock's locks belong to these.
type lockFiles struct {
	data, gate *os.File
	how        int // unix.LOCK_SH or unix.LOCK_EX
}

func openLocked(path string, writing bool) (lockFiles, error) {
	flag, how := os.O_RDONLY, unix.LOCK_SH
	if writing {
		flag, how = os.O_RDWR, unix.LOCK_EX
	}
	data, err := openBlocking(path, flag)
	if err != nil {
		return lockFiles{}, err
	}
	gate, err := openLockFile(path + gateSuffix)
	if err != nil {
		unlock(data)
		return lockFiles{}, err
	}
	return lockFiles{data, gate, how}, nil
}

// openBlocking opens a file as os.OpenFile does, in two system calls instead of six: without trying whether the runtime
// could be told when it is ready, which a regular file always is.
func openBlocking(path string, flag int) (*os.File, error) {
	for {
		fd, err := unix.Open(path, flag|unix.O_CLOEXEC, 0o600)
		switch err {
		case nil:
			return os.NewFile(uintptr(fd), path), nil
		case unix.EINTR:
		default:
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// openLockFile makes a file whose lock alone is used, if it is not there. Otherwise it asks for nothing but to read: what is
// on a disk that has become read-only can still be looked at.
func openLockFile(path string) (*os.File, error) {
	file, err := openBlocking(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return openBlocking(path, os.O_RDWR|os.O_CREATE)
	}
	return file, err
}

// lock takes the gate, then the data file.
func (f lockFiles) lock(flag int) error {
	if err := flock(f.gate, f.how|flag); err != nil {
		return err
	}
	return flock(f.data, f.how|flag)
}

func (f lockFiles) unlock() {
	unlock(f.data)
	unlock(f.gate)
}

// writerFile is the file whose lock the one writer holds.
type writerFile struct{ *os.File }

func (f writerFile) lock(flag int) error { return flock(f.File, unix.LOCK_EX|flag) }
func (f writerFile) unlock()             { unlock(f.File) }

func flock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); err != unix.EINTR {
			return err
		}
	}
}

// unlock ends the lock and closes the file. Closing alone does not do: a memory mapping, or a process forked at this
// moment, keeps a file's lock after its descriptor is closed.
func unlock(f *os.File) {
	_ = flock(f, unix.LOCK_UN)
	_ = f.Close()
}

func isFileAt(f *os.File, path string) (bool, error) {
	opened, err := f.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	return os.SameFile(opened, named), nil
}
