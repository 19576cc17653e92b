package roster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// layout is how the rows of a file are laid out.
type layout struct {
	separator byte // between the fields
	returns   bool // lines end in CR alone, as spreadsheets on a Mac write them
}

// sniff tells the layout by a file's first line that is not empty.
func sniff(text io.Reader) (layout, error) {
	head, err := io.ReadAll(io.LimitReader(text, pieceSize))
	if err != nil {
		return layout{}, fmt.Errorf("reading a file of members: %w", err)
	}
	header := bytes.TrimLeft(head, "\r\n")
	l := layout{separator: ','}
	if end := bytes.IndexAny(header, "\r\n"); end >= 0 {
		l.returns = header[end] == '\r' && !bytes.HasPrefix(header[end:], []byte("\r\n"))
		header = header[:end]
	}
	most := bytes.Count(header, []byte{l.separator})
	for _, candidate := range []byte{';', '\t'} {
		if n := bytes.Count(header, []byte{candidate}); n > most {
			l.separator, most = candidate, n
		}
	}
	return l, nil
}

// lineFeeds makes an LF of each CR between the rows of a text, and of each CRLF. Those inside of quotation marks stay.
type lineFeeds struct {
	from      io.Reader
	separator byte
	quoted    bool // within quotation marks
	last      byte // the one read before; 0 at the beginning
}

func (l *lineFeeds) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	kept := p[:0]
	for _, b := range p[:n] {
		switch {
		case b == '"':
			l.quoted = !l.quoted && l.mayOpen()
			kept = append(kept, b)
		case l.quoted || b != '\r' && b != '\n':
			kept = append(kept, b)
		case b == '\r' || l.last != '\r':
			kept = append(kept, '\n')
		}
		l.last = b
	}
	return len(kept), err
}

// mayOpen reports whether a quotation mark here encloses a field, or is the second of a doubled one.
func (l *lineFeeds) mayOpen() bool {
	switch l.last {
	case 0, l.separator, '\r', '\n', '"':
		return true
	}
	return false
}

// maxRow is how large a row may be, in bytes of UTF-8: room for cells as full as a spreadsheet allows, little enough for
// a thousand rows to stand in memory, and far below what a store takes for one record.
const maxRow = 256 << 10

// errEndless is the end of a row that is far too large: what follows cannot be told from it.
var errEndless = errors.New("the row does not end")

// rowLimit ends a text where a row of it grows far beyond the limit, before it fills the memory.
type rowLimit struct {
	from  io.Reader
	read  int // since the last row was complete
	ended bool
}

func (l *rowLimit) Read(p []byte) (int, error) {
	if l.ended = l.ended || l.read > maxRow+2*pieceSize; l.ended {
		return 0, errEndless
	}
	n, err := l.from.Read(p)
	l.read += n
	return n, err
}

// nextRow begins to count anew.
func (l *rowLimit) nextRow() { l.read = 0 }
