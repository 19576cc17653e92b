package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// fileCopy is a copy of a store's file that nobody else knows yet. It is for its owner only, who is that of the store.
type fileCopy struct {
	path string
	kept bool
}

// newCopy copies the pages in use of source, which has to be locked, into a new file.
func newCopy(to, source *os.File, name string) (*fileCopy, error) {
	c := &fileCopy{path: to.Name()}
	err := errors.Join(to.Chmod(0o600), copyPages(to, source, name), to.Close())
	if err != nil {
		c.removeUnlessKept()
		return nil, err
	}
	return c, nil
}

// copy copies the file, which others go on reading meanwhile.
func (e *boltEngine) copy(ctx context.Context, dir string, admit func(readTx) error) (c *fileCopy, err error) {
	file, err := os.CreateTemp(dir, ".rekey-*.part")
	if err != nil {
		return nil, err
	}
	err = e.transact(ctx, copying, func(tx *boltTx) error {
		if err := admit(tx); err != nil {
			return err
		}
		c, err = newCopy(file, tx.file, e.path)
		return err
	})
	if err != nil {
		_ = errors.Join(file.Close(), os.Remove(file.Name()))
		return nil, err
	}
	return c, nil
}

// freshFile makes a file at path. What a crash has left there is removed.
func freshFile(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

func copyPages(to, from *os.File, name string) error {
	head, err := checkHeader(from, name)
	if err != nil {
		return err
	}
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = io.CopyN(to, from, int64(head.pages)*pageSize)
	return err
}

func (c *fileCopy) open() (*os.File, error) { return os.OpenFile(c.path, os.O_RDWR, 0) }

// ownedLike gives the copy to the owner of a file or directory: root may work on another user's store.
func (c *fileCopy) ownedLike(path string) error {
	var like, mine unix.Stat_t
	if err := errors.Join(unix.Stat(path, &like), unix.Stat(c.path, &mine)); err != nil {
		return err
	}
	if like.Uid == mine.Uid && like.Gid == mine.Gid {
		return nil
	}
	return os.Chown(c.path, int(like.Uid), int(like.Gid))
}

// mend writes both copies of the header anew where one of them is broken, as after a crash.
func (c *fileCopy) mend() error {
	file, err := c.open()
	if err != nil {
		return err
	}
	head, err := checkHeader(file, c.path)
	if err != nil || !head.damaged {
		return errors.Join(err, file.Close())
	}
	tx, err := beginOn(file, c.path, writing)
	if err != nil {
		unlock(file)
		return err
	}
	defer tx.close()
	return guarded(tx.tx.Commit)
}

// sync brings the copy to the disk.
func (c *fileCopy) sync() error {
	file, err := c.open()
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// putAt replaces the file at path by the copy. Who has that file open goes on reading what it held.
func (c *fileCopy) putAt(path string) error {
	if err := errors.Join(c.ownedLike(path), c.sync()); err != nil {
		return err
	}
	if err := os.Rename(c.path, path); err != nil {
		return err
	}
	c.kept = true
	return syncDirectory(filepath.Dir(path))
}

// putAtNew puts the copy where nothing is yet; else it gives fs.ErrExist.
func (c *fileCopy) putAtNew(path string) error {
	if err := c.sync(); err != nil {
		return err
	}
	err := os.Link(c.path, path) // does not overwrite
	switch {
	case err == nil:
		_ = os.Remove(c.path)
	case errors.Is(err, fs.ErrExist):
		return err
	default: // the file system, a USB stick's for example, has no links
		if _, err := os.Lstat(path); err == nil {
			return fs.ErrExist
		}
		if err := os.Rename(c.path, path); err != nil {
			return err
		}
	}
	c.kept = true
	return syncDirectory(filepath.Dir(path))
}

// removeUnlessKept removes the copy if it has not been put anywhere.
func (c *fileCopy) removeUnlessKept() {
	if !c.kept {
		_ = os.Remove(c.path)
	}
}
