package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// defaultLockWait is how long an operation waits for other processes' transactions, which take milliseconds.
const defaultLockWait = 5 * time.Second

const gateSuffix = ".gate"

// A locker locks the data file for one transaction at a time of a writer, or several of readers.
//
// Every transaction first takes an exclusive lock on a second file, the gate, then waits for the data file's lock and
// lets the gate go. So a waiting writer keeps later readers out and does not starve, and everybody sleeps in the
// kernel instead of polling.
type locker struct {
	path string // of the data file
	wait time.Duration
	// turn holds a token for as long as one goroutine waits for the files. flock cannot be interrupted: a waiter that
	// was given up stays blocked, and keeps the turn, until it gets its lock. So there is at most one of them.
	turn chan struct{}
}

func newLocker(path string) *locker {
	return &locker{path: path, wait: defaultLockWait, turn: make(chan struct{}, 1)}
}

// lock opens the data file and locks it, for reading or for writing. Closing the file ends the lock; call unlock
// where a memory mapping may keep it alive.
func (l *locker) lock(ctx context.Context, writing bool) (*os.File, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, l.wait, ErrBusy)
	defer cancel()
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
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, l.givenUp(ctx)
	}
	if ctx.Err() != nil {
		<-l.turn
		return nil, l.givenUp(ctx)
	}
	files, err := openLocked(l.path, writing)
	if err != nil {
		<-l.turn
		return nil, err
	}
	return l.await(ctx, files)
}

// await waits until both locks are held, and then lets the gate and the turn go.
func (l *locker) await(ctx context.Context, files lockFiles) (*os.File, error) {
	err := files.lock(unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		locked := make(chan error, 1)
		go func() { locked <- files.lock(0) }()
		select {
		case err = <-locked:
		case <-ctx.Done():
			go func() {
				<-locked
				unlock(files.data)
				unlock(files.gate)
				<-l.turn
			}()
			return nil, l.givenUp(ctx)
		}
	}
	unlock(files.gate)
	<-l.turn
	if err != nil {
		unlock(files.data)
		return nil, fmt.Errorf("locking: %w", err)
	}
	return files.data, nil
}

func (l *locker) givenUp(ctx context.Context) error {
	if context.Cause(ctx) != ErrBusy {
		return context.Cause(ctx)
	}
	return &Error{
		fmt.Sprintf("The store is in use: another process has been holding it for %v.", l.wait),
		"Try again; if it stays so, look for a stopped or hanging rekey process on this host.",
		ErrBusy,
	}
}

// lockFiles are the two files of one acquisition, with fresh descriptors: flock's locks belong to these.
type lockFiles struct {
	data, gate *os.File
	how        int // of the data file: unix.LOCK_SH or unix.LOCK_EX
}

func openLocked(path string, writing bool) (lockFiles, error) {
	flag, how := os.O_RDONLY, unix.LOCK_SH
	if writing {
		flag, how = os.O_RDWR, unix.LOCK_EX
	}
	data, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return lockFiles{}, err
	}
	gate, err := os.OpenFile(path+gateSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		unlock(data)
		return lockFiles{}, err
	}
	return lockFiles{data, gate, how}, nil
}

// lock takes the gate, then the data file. A lock already held is kept as it is.
func (f lockFiles) lock(flag int) error {
	if err := flock(f.gate, unix.LOCK_EX|flag); err != nil {
		return err
	}
	return flock(f.data, f.how|flag)
}

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
