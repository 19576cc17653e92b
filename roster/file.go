package roster

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"sync/atomic"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"

	"rekey/account"
)

// MaxSize is how large a file may be, in bytes: some twenty million members.
const MaxSize = 4 << 30

// File is a CSV file of members, open to be gone through row by row, as often as is needed. Memory does not grow with
// its rows, but for an index of the accounts seen.
type File struct {
	file     *os.File
	opened   fs.FileInfo // as it was then
	encoding Encoding
	layout   layout
	read     atomic.Int64
}

// Open opens the CSV file at path, recognises its encoding and its separator, and reads its header. A path that can be
// read only once, such as a pipe, is taken as From does.
//
// The error is a *FileError when the file as a whole cannot be taken, and else of the system.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		file.Close()
		return nil, fmt.Errorf("looking at a file of members: %w", err)
	case info.IsDir():
		file.Close()
		return nil, &FileError{shown(path) + " is a directory.", "Name a CSV file in it."}
	case !info.Mode().IsRegular():
		defer file.Close()
		return From(file)
	}
	return newFile(file)
}

// From is Open for a stream that can be read only once: it is copied to a temporary file that nobody else can read and
// that goes away with the program.
func From(r io.Reader) (*File, error) {
	file, err := spool(r, MaxSize)
	if err != nil {
		return nil, err
	}
	return newFile(file)
}

func spool(r io.Reader, limit int64) (*os.File, error) {
	file, err := os.CreateTemp("", "rekey-members-*.csv") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("keeping a file of members: %w", err)
	}
	size, err := io.Copy(file, io.LimitReader(r, limit+1))
	if err = cmp.Or(os.Remove(file.Name()), err); err != nil {
		err = fmt.Errorf("reading a file of members: %w", err)
	} else {
		err = refuseSize(size, limit)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func refuseSize(size, limit int64) error {
	if size > limit {
		return &FileError{fmt.Sprintf("The file is larger than %d MiB.", limit>>20), "Split it into several files."}
	}
	return nil
}

// newFile takes over an open file: it is closed if it cannot be taken.
func newFile(file *os.File) (*File, error) {
	f := &File{file: file}
	if err := f.inspect(); err != nil {
		file.Close()
		return nil, err
	}
	return f, nil
}

// inspect finds out how the file is written, and refuses it if it holds no members.
func (f *File) inspect() (err error) {
	if f.opened, err = f.file.Stat(); err != nil {
		return fmt.Errorf("looking at a file of members: %w", err)
	}
	if err := refuseSize(f.opened.Size(), MaxSize); err != nil {
		return err
	}
	if f.encoding, err = recognise(f.whole()); err != nil {
		return err
	}
	if f.layout, err = sniff(f.text()); err != nil {
		return err
	}
	t, err := newTable(f.text(), f.layout)
	if err != nil {
		return err
	}
	if _, err := t.next(); err == io.EOF {
		return t.empty()
	} else if err != nil {
		return err
	}
	f.read.Store(0)
	return nil
}

// Rows gives the rows from the first one, each time. What is wrong with a row stands in its Problems; the error is of
// reading, and the last that comes: a *FileError if the file was changed meanwhile.
func (f *File) Rows() iter.Seq2[account.Row, error] {
	return func(yield func(account.Row, error) bool) {
		t, err := f.begin()
		if err != nil {
			yield(account.Row{}, err)
			return
		}
		for {
			row, err := t.next()
			if err == io.EOF {
				if err = f.refuseChanged(); err == nil {
					return
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (f *File) begin() (*table, error) {
	if err := f.refuseChanged(); err != nil {
		return nil, err
	}
	return newTable(f.text(), f.layout)
}

// refuseChanged refuses a file that somebody has written to since it was opened: what was said of it is not true any
// more.
func (f *File) refuseChanged() error {
	now, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("looking at a file of members: %w", err)
	}
	if now.Size() != f.opened.Size() || !now.ModTime().Equal(f.opened.ModTime()) {
		return &FileError{"The file was changed while it was being read.", "Import it again once nobody writes to it."}
	}
	return nil
}

// Encoding tells how the characters are written.
func (f *File) Encoding() Encoding { return f.encoding }

// Done tells how far Rows has come, in bytes of the file. It may be called from another goroutine.
func (f *File) Done() (read, size int64) { return f.read.Load(), f.opened.Size() }

// Close ends the use of the file.
func (f *File) Close() error { return f.file.Close() }

// whole is the file from its first byte.
func (f *File) whole() *io.SectionReader { return io.NewSectionReader(f.file, 0, f.opened.Size()) }

// text is the file in UTF-8, without a byte order mark. It counts what is read.
func (f *File) text() io.Reader {
	f.read.Store(0)
	counted := &counter{f.whole(), &f.read}
	if f.encoding == ShiftJIS {
		return transform.NewReader(counted, japanese.ShiftJIS.NewDecoder())
	}
	return withoutMark(counted)
}

// counter counts the bytes that are read through it.
type counter struct {
	from io.Reader
	read *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read.Add(int64(n))
	return n, err
}
