package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rekey/account"
	"rekey/member"
)

// Contents says what a store holds, so that a person can tell one copy from another.
type Contents struct {
	Size     int64            // of the file, in bytes
	Members  int              // without the deleted ones
	Records  account.AuditSeq // of the audit log: the number of its last one
	LastDone time.Time        // when that was made; zero without one
}

// Backup writes a copy of the store, as it is at one moment, to a new file at path, for its owner only. Others go on
// reading meanwhile; writers wait while the bytes are copied. A file that is there is refused with fs.ErrExist. Only a
// whole copy, which is on the disk and has been opened, comes to stand at path.
func (s *Store) Backup(ctx context.Context, path string) (Contents, error) {
	if _, err := os.Lstat(path); err == nil {
		return Contents{}, explainBackup(path, fs.ErrExist)
	}
	c, err := s.engine.copy(ctx, filepath.Dir(path), s.admit)
	if err != nil {
		return Contents{}, explainBackup(path, err)
	}
	defer c.removeUnlessKept()
	if err := c.mend(); err != nil {
		return Contents{}, explainBackup(path, err)
	}
	contents, err := c.store(s.path, s.fingerprint).contents(ctx, c.path)
	if err != nil {
		return Contents{}, err
	}
	return contents, explainBackup(path, c.putAtNew(path))
}

// store is the copy as a store; name stands for it in sentences.
func (c *fileCopy) store(name string, fingerprint []byte) *Store {
	return &Store{path: name, fingerprint: fingerprint, engine: privateEngine(c.path)}
}

// contents counts. It reads all index entries of members' accounts.
func (s *Store) contents(ctx context.Context, file string) (Contents, error) {
	info, err := os.Stat(file)
	if err != nil {
		return Contents{}, explain("looking at", file, err)
	}
	found := Contents{Size: info.Size()}
	err = s.engine.view(ctx, func(tx readTx) error {
		if err := s.admit(tx); err != nil {
			return err
		}
		r := &reader{tx: tx}
		for _, b := range []bucket{emailsBucket, loginIDsBucket} {
			err := each(ctx, tx, b, func(pair) error { found.Members++; return nil })
			if err != nil {
				return err
			}
		}
		last, err := r.Audit(0, 1)
		if len(last) > 0 {
			found.Records, found.LastDone = last[0].Seq, last[0].At
		}
		return err
	})
	return found, err
}

// explainBackup gives a failure with the file of a backup its sentence.
func explainBackup(path string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	name := member.Clean(path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return &Error{
			fmt.Sprintf("There is already a file at %s.", name),
			"Choose another name: a backup never overwrites anything.", err,
		}
	case errors.Is(err, fs.ErrNotExist):
		return &Error{fmt.Sprintf("There is no directory %s.", member.Clean(filepath.Dir(path))), "Make it, or choose another place.", err}
	case errors.Is(err, fs.ErrPermission):
		return &Error{fmt.Sprintf("The backup %s cannot be written: %v.", name, systemCause(err)), "Choose a place where you may write.", err}
	}
	if limit := spaceLimit(err); limit != 0 {
		return &Error{
			fmt.Sprintf("There is no room for the backup %s: %s.", name, limit),
			"Make room, or choose another place.", errors.Join(limit, err),
		}
	}
	return fmt.Errorf("writing the backup %s: %w", name, err)
}
