package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"rekey/member"
)

// What is wrong with a store, for errors.Is. The error itself is an *Error, with the sentence for a person. A missing
// file is fs.ErrNotExist, a refused one fs.ErrPermission, a full disk syscall.ENOSPC, EDQUOT or EFBIG.
var (
	ErrBusy     = errors.New("the store is locked by another process")
	ErrDamaged  = errors.New("the store is damaged")
	ErrForeign  = errors.New("not a store of this program")
	ErrNewer    = errors.New("the store has a newer format")
	ErrWrongKey = errors.New("the key does not belong to the store")
)

// Error is a failure of the store that a person may see: what is wrong, and what to do next.
type Error struct {
	Message string // one sentence: what is wrong
	Hint    string // one sentence: what to do next
	cause   error
}

// Error gives the sentence and the hint.
func (e *Error) Error() string { return e.Message + " " + e.Hint }

// Unwrap gives the cause, one of the errors above or the system's.
func (e *Error) Unwrap() error { return e.cause }

const restoreHint = "Restore it from a backup."

// damage is the cause of errors about a damaged file: what is wrong with it. It is ErrDamaged for errors.Is.
type damage string

func (d damage) Error() string      { return string(d) }
func (damage) Is(target error) bool { return target == ErrDamaged }

// damaged is the error for a file whose pages or records are not what was written.
func damaged(format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	return &Error{"The store is damaged: " + what + ".", restoreHint, damage(what)}
}

// errNoBucket marks the damage of a missing bucket.
var errNoBucket = errors.New("no such bucket")

func noBucket(name bucket) error {
	what := fmt.Sprintf("its part %q is missing", name)
	return &Error{"The store is damaged: " + what + ".", restoreHint, errors.Join(damage(what), errNoBucket)}
}

func foreign(path, what string) error {
	return &Error{
		fmt.Sprintf("%s is not a rekey store: %s.", member.Clean(path), what),
		"Name the right directory, or move that file away and restore the store from a backup.",
		ErrForeign,
	}
}

func cutOff(path string, size, want int64) error {
	what := fmt.Sprintf("it has been cut off, %d of at least %d bytes are there", size, want)
	return &Error{fmt.Sprintf("The store %s is damaged: %s.", member.Clean(path), what), restoreHint, damage(what)}
}

func newer(found uint64) error {
	return &Error{
		fmt.Sprintf("The store has format %d, and this program knows formats up to %d.", found, formatVersion),
		"Install the newer version of rekey that wrote it.",
		ErrNewer,
	}
}

func wrongKey() error {
	return &Error{
		"The key does not belong to this store.",
		"Put back the key file that was made together with the store.",
		ErrWrongKey,
	}
}

// maxProblems is how many problems a check tells at once.
const maxProblems = 10

// problems collects what a check finds.
type problems []string

func (p *problems) add(format string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, fmt.Sprintf(format, args...))
	}
}

// err is nil if nothing was found.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return damaged("%s", strings.Join(p, "; "))
}

// explain gives a failure of the system its sentence. Other errors come back with what was being done; no
// error stays none.
func explain(doing, path string, err error) error {
	if err == nil {
		return nil
	}
	name := member.Clean(path)
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, syscall.EISDIR):
		return foreign(path, "it is a directory")
	case errors.Is(err, fs.ErrNotExist):
		return &Error{
			fmt.Sprintf("There is no store at %s.", name),
			`Make one with "rekey init", or name its directory with --dir.`, err,
		}
	case errors.Is(err, fs.ErrExist):
		return &Error{
			fmt.Sprintf("There is already a store at %s.", name),
			"Choose another directory: a store is never overwritten.", err,
		}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return &Error{
			fmt.Sprintf("The store %s cannot be opened: %s%v.", name, besides(path, err), systemCause(err)),
			"Run rekey as the user who owns the file, in a directory where that user may write.", err,
		}
	}
	if limit := spaceLimit(err); limit != 0 {
		return &Error{
			fmt.Sprintf("The store %s cannot grow: %s. Nothing of this operation was kept.", name, limit),
			"Make room, then do it again.", errors.Join(limit, err),
		}
	}
	return fmt.Errorf("%s the store %s: %w", doing, name, err)
}

// besides names the file that the system refused, if it is another one than the store's: one of those for locks.
func besides(path string, err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok && at.Path != path {
		return member.Clean(at.Path) + ": "
	}
	return ""
}

// systemCause is the part of err that does not repeat the path.
func systemCause(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return err
}

// spaceLimit tells which limit on space caused err, or 0. It also reads the text, because bbolt wraps some of the
// system's errors without keeping them.
func spaceLimit(err error) syscall.Errno {
	for _, limit := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, limit) || strings.Contains(err.Error(), limit.Error()) {
			return limit
		}
	}
	return 0
}
