package main

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// wholeFile is a file that is made whole or not at all: what is written goes to a temporary file beside it, and only
// keep gives that its name. It is for its owner only, whatever the umask.
type wholeFile struct {
	*bufio.Writer
	path      string
	temporary *os.File
}

// newWholeFile begins a file at path, which may be there already. Either keep or drop has to follow.
func newWholeFile(path string) (*wholeFile, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, refuse("Give the name of a file.", "%s is a directory.", path)
	case err == nil && !info.Mode().IsRegular():
		return nil, refuse("Give the name of a file.", "%s is not an ordinary file.", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, cannotWrite(path, err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".rekey-*.tmp")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse("Make it first, or choose another place.", "There is no directory %s.", filepath.Dir(path))
	case err != nil:
		return nil, cannotWrite(path, err)
	}
	w := &wholeFile{bufio.NewWriter(temporary), path, temporary}
	if err := temporary.Chmod(fileMode); err != nil {
		w.drop()
		return nil, cannotWrite(path, err)
	}
	return w, nil
}

// keep gives the file its name. If it cannot, nothing is left behind.
func (w *wholeFile) keep() error {
	err := cmp.Or(w.Flush(), w.temporary.Sync(), w.temporary.Close())
	if err == nil {
		err = os.Rename(w.temporary.Name(), w.path)
	}
	if err != nil {
		w.drop()
		return cannotWrite(w.path, err)
	}
	return nil
}

// drop takes back what was written.
func (w *wholeFile) drop() {
	w.temporary.Close()
	os.Remove(w.temporary.Name())
}

func cannotWrite(path string, err error) error {
	hint := "Choose another place."
	if isFull(err) {
		hint = "Make room, then do it again."
	}
	return refuse(hint, "The file %s cannot be written: %w.", path, bare(err))
}

// mustNotReplace refuses a path at which one of the installation's own files is.
func (p *program) mustNotReplace(path string) error {
	there, err := os.Stat(path)
	if err != nil {
		return nil // nothing can be replaced
	}
	for _, needed := range p.directory.needed(p.config) {
		if info, err := os.Stat(needed); err == nil && os.SameFile(there, info) {
			return refuse("Choose another name.", "%s is a file that rekey itself needs.", path)
		}
	}
	return nil
}

// writeWhole makes a file of what write writes, all of it or nothing.
func writeWhole(path string, write func(io.Writer) error) error {
	w, err := newWholeFile(path)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		w.drop()
		return err
	}
	return w.keep()
}
