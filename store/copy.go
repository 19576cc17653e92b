package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// fileCopy is a copy of a store's file that nobody else knows yet. It is for its owner only, who is that of the store.
type fileCopy struct {
	path string
	kept bool
}

// newCopy copies the pages in use of source, which has to be locked. What a crash left at path is replaced.
func newCopy(path string, source *os.File, name string) (*fileCopy, error) {
	head, err := checkHeader(source, name)
	if err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	c := &fileCopy{path: path}
	err = errors.Join(file.Chmod(0o600), copyPages(file, source, head), file.Close())
	if err != nil {
		c.removeUnlessKept()
		return nil, err
	}
	return c, nil
}

func copyPages(to, from *os.File, head header) error {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.CopyN(to, from, int64(head.pages)*pageSize)
	return err
}

func (c *fileCopy) open() (*os.File, error) { return os.OpenFile(c.path, os.O_RDWR, 0) }

// ownedLike gives the copy to the owner of a file: root may work on another user's store.
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

// removeUnlessKept removes the copy if it has not been put anywhere.
func (c *fileCopy) removeUnlessKept() {
	if !c.kept {
		_ = os.Remove(c.path)
	}
}
