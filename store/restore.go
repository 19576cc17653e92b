package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"rekey/account"
	"rekey/member"
)

// Suffixes of files beside the store: a backup while it is checked, and what it has replaced.
const (
	restoreSuffix  = ".restore"
	replacedSuffix = ".before-restore"
)

// RestoreOptions say how a backup is to be put in place.
type RestoreOptions struct {
	Force bool // replace what is there
	// Amend writes to the checked copy, which nobody else knows yet: to its audit log, for example. It may be nil. If it
	// fails, nothing is restored.
	Amend func(*Store) error
}

// Restored is what a restore has done.
type Restored struct {
	Backup Contents // as it was when the backup was made
	Kept   string   // the path of the file that was replaced, which is kept; empty: there was none
}

// Restore puts a copy of the backup source in place of the store at path. It checks the copy first: all that Open and
// Check look at, for the key with the given fingerprint. What is at path need not be a store that can be opened. It is
// replaced in one step, which running processes notice, and kept beside; without Force it is refused with fs.ErrExist.
// If Restore fails, nothing is changed.
func Restore(ctx context.Context, path, source string, fingerprint []byte, o RestoreOptions) (Restored, error) {
	place, there, err := standing(path)
	if err != nil {
		return Restored{}, err
	}
	if there && !o.Force {
		return Restored{}, &Error{
			fmt.Sprintf("There is already a store at %s.", member.Clean(path)),
			"To replace it by the backup add --force: what is there now is kept beside it.", fs.ErrExist,
		}
	}
	locks := newLocker(path)
	writer, err := becomeWriter(ctx, locks) // from here on: two restores would make the same copy
	if err != nil {
		return Restored{}, explain("locking", path, err)
	}
	defer unlock(writer)
	c, err := copyBackup(place+restoreSuffix, source)
	if err != nil {
		return Restored{}, explain("writing beside", path, err)
	}
	defer c.removeUnlessKept()
	s := c.store(source, fingerprint)
	backup, err := s.inspect(ctx, c.path)
	if err != nil {
		return Restored{}, badBackup(source, err)
	}
	if o.Amend != nil {
		if err := o.Amend(s); err != nil {
			return Restored{}, err
		}
	}
	kept, err := c.replace(ctx, locks, place)
	return Restored{backup, kept}, explain("replacing", path, err)
}

// standing tells whether something is at path, and where the file itself is if path is a link.
func standing(path string) (place string, there bool, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, false, nil
	}
	if err != nil {
		return "", false, explain("looking at", path, err)
	}
	if info.IsDir() {
		return "", false, foreign(path, "it is a directory")
	}
	if place, err = filepath.EvalSymlinks(path); err != nil {
		place = path
	}
	return place, true, nil
}

// inspect does all checks and counts.
func (s *Store) inspect(ctx context.Context, file string) (Contents, error) {
	err := s.View(ctx, func(account.Reader) error { return nil }) // tells a wrong key before damage
	if err != nil {
		return Contents{}, err
	}
	if err := s.Check(ctx); err != nil {
		return Contents{}, err
	}
	return s.contents(ctx, file)
}

// copyBackup copies the file of a backup, which may be a store in use, to path.
func copyBackup(path, source string) (*fileCopy, error) {
	from, err := openBackup(source)
	if err != nil {
		return nil, badBackup(source, err)
	}
	defer unlock(from)
	if _, err := checkHeader(from, source); err != nil {
		return nil, badBackup(source, err)
	}
	to, err := freshFile(path)
	if err != nil {
		return nil, err
	}
	return newCopy(to, from, source)
}

func openBackup(source string) (*os.File, error) {
	info, err := os.Stat(source)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, foreign(source, "it is not a file")
	}
	file, err := os.Open(source)
	if err != nil {
		return nil, err
	}
	// A file system without locks, as on some media, is none on which a store is in use.
	if err := flock(file, unix.LOCK_SH|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		_ = file.Close()
		return nil, ErrBusy
	}
	return file, nil
}

// badBackup says why a file cannot be restored.
func badBackup(source string, err error) error {
	name := member.Clean(source)
	known, _ := errors.AsType[*Error](err)
	found, isDamage := errors.AsType[damage](err)
	switch {
	case isDamage:
		return &Error{fmt.Sprintf("The backup %s is damaged: %v.", name, found), "Use another backup.", err}
	case errors.Is(err, ErrForeign) && known != nil:
		return &Error{known.Message, "Name a file that `rekey backup` has made.", err}
	case errors.Is(err, ErrWrongKey):
		return &Error{
			fmt.Sprintf("The backup %s belongs to another key than that of this directory.", name),
			"Put back the key file that was made together with the store that was backed up.", err,
		}
	case errors.Is(err, ErrNewer) && known != nil:
		return err
	case errors.Is(err, ErrBusy):
		return &Error{fmt.Sprintf("The file %s is being written to.", name), "Restore from a file that `rekey backup` has made.", err}
	case known == nil && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR)):
		return &Error{fmt.Sprintf("The backup %s cannot be read: %v.", name, systemCause(err)), "Check its name and its permissions.", err}
	}
	return err
}

// newerThanAny is added to a backup's transaction id where that of the replaced store cannot be read.
const newerThanAny = 1 << 32

// replace puts the copy in place while nobody reads or writes what is there. It is called by the one writer.
func (c *fileCopy) replace(ctx context.Context, locks *locker, place string) (kept string, err error) {
	ctx, cancel := locks.timed(ctx)
	defer cancel()
	replaced, err := locks.lock(ctx, true)
	if errors.Is(err, fs.ErrNotExist) {
		return "", c.putFirst(place)
	}
	if err != nil {
		return "", err
	}
	defer unlock(replaced)
	if err := c.follow(replaced); err != nil {
		return "", err
	}
	if kept, err = keep(place); err != nil {
		return "", err
	}
	err = c.putAt(place)
	if !c.kept {
		return "", errors.Join(err, os.Remove(kept))
	}
	return kept, err
}

// putFirst puts the copy where no store is.
func (c *fileCopy) putFirst(place string) error {
	if _, err := os.Lstat(place); err == nil { // a link to nothing
		if err := os.Remove(place); err != nil {
			return err
		}
	}
	if err := errors.Join(c.follow(nil), c.ownedLike(filepath.Dir(place))); err != nil {
		return err
	}
	return c.putAtNew(place)
}

// follow raises the transaction id over that of the replaced file, so that running processes notice the change.
func (c *fileCopy) follow(replaced *os.File) error {
	file, err := c.open()
	if err != nil {
		return err
	}
	head, err := readHeader(file, c.path)
	least := head.txid + newerThanAny
	if replaced != nil {
		if old, err := readHeader(replaced, c.path); err == nil {
			least = old.txid + 1
		}
	}
	return errors.Join(err, raiseTxid(file, least), file.Close())
}

// keep gives the file at place a second name, under which nothing is yet. Only its owner may read it from now on.
func keep(place string) (string, error) {
	if err := os.Chmod(place, 0o600); err != nil {
		return "", err
	}
	kept := place + replacedSuffix
	for n := 2; ; n++ {
		err := os.Link(place, kept)
		if !errors.Is(err, fs.ErrExist) {
			return kept, err
		}
		kept = fmt.Sprintf("%s%s-%d", place, replacedSuffix, n)
	}
}
