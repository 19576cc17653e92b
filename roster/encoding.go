package roster

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/transform"
)

// Encoding names how a file's characters are written.
type Encoding string

// The encodings that are recognised. Shift_JIS is that of Japanese Windows, with the characters that NEC and IBM added.
const (
	UTF8     Encoding = "UTF-8"
	ShiftJIS Encoding = "Shift_JIS"
)

const byteOrderMark = "\uFEFF"

// saveAsUTF8 is the way out of most unreadable files.
const saveAsUTF8 = "In the spreadsheet, save it as “CSV UTF-8” and import that file."

// recognise goes through a whole file, as often as it needs to, and tells its encoding. What is not valid UTF-8 is taken
// for Shift_JIS only if all of it is, and if it does not look like UTF-8 that was damaged: nearly any Japanese UTF-8
// also reads as Shift_JIS, as other characters.
func recognise(file io.ReadSeeker) (Encoding, error) {
	marked, err := refuseForeign(file)
	if err != nil {
		return "", err
	}
	d, err := measure(file)
	switch {
	case err != nil:
		return "", err
	case d.invalid == 0:
		return UTF8, nil
	case marked || d.sequences >= d.invalid:
		return "", &FileError{fmt.Sprintf("The file is damaged: line %d holds bytes that are not UTF-8.", d.line), saveAsUTF8}
	}
	return ShiftJIS, refuseNotShiftJIS(file)
}

// refuseForeign refuses what its first bytes show to be no text file of a kind that is read, and tells whether they are
// a byte order mark.
func refuseForeign(file io.ReadSeeker) (marked bool, err error) {
	head := make([]byte, 4)
	if err := rewind(file); err != nil {
		return false, err
	}
	n, err := io.ReadFull(file, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, fmt.Errorf("reading a file of members: %w", err)
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return false, &FileError{"This is a spreadsheet or an archive, not a CSV file.", saveAsUTF8}
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return false, &FileError{"The file is written in UTF-16, which is not read.", saveAsUTF8}
	}
	return bytes.HasPrefix(head, []byte(byteOrderMark)), nil
}

func rewind(file io.Seeker) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading a file of members: %w", err)
	}
	return nil
}

// damage counts what a file that is not UTF-8 has of it.
type damage struct {
	sequences int // valid characters of three bytes or more; two may be half-width katakana of Shift_JIS by chance
	invalid   int // bytes that belong to no character
	line      int // where the first of those is
}

// measure counts all through a file. It refuses a file that holds zero bytes: that is no text.
func measure(file io.ReadSeeker) (damage, error) {
	var d damage
	var lines lineCounter
	if err := rewind(file); err != nil {
		return d, err
	}
	for piece, err := range pieces(file) {
		switch {
		case err != nil:
			return d, err
		case bytes.IndexByte(piece, 0) >= 0:
			return d, &FileError{"This is not a text file: it holds zero bytes.", saveAsUTF8}
		case utf8.Valid(piece):
			d.sequences += longCharacters(piece)
		default:
			d.add(piece, lines)
		}
		lines.add(piece)
	}
	return d, nil
}

// longCharacters counts the characters of three bytes or more in valid UTF-8, by their first bytes.
func longCharacters(text []byte) int {
	n := 0
	for _, b := range text {
		if b >= 0xE0 {
			n++
		}
	}
	return n
}

// add counts in a piece that is not valid; the lines before it have been counted.
func (d *damage) add(piece []byte, before lineCounter) {
	for i := 0; i < len(piece); {
		r, size := utf8.DecodeRune(piece[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			if d.invalid == 0 {
				before.add(piece[:i])
				d.line = before.line()
			}
			d.invalid++
		case size > 2:
			d.sequences++
		}
		i += size
	}
}

// refuseNotShiftJIS refuses a file in which a byte has no meaning in Shift_JIS.
func refuseNotShiftJIS(file io.ReadSeeker) error {
	var lines lineCounter
	if err := rewind(file); err != nil {
		return err
	}
	for piece, err := range pieces(transform.NewReader(file, japanese.ShiftJIS.NewDecoder())) {
		if err != nil {
			return err
		}
		if i := bytes.IndexFunc(piece, notShiftJIS); i >= 0 {
			lines.add(piece[:i])
			return &FileError{fmt.Sprintf("The file is neither UTF-8 nor Shift_JIS: line %d cannot be read.", lines.line()), saveAsUTF8}
		}
		lines.add(piece)
	}
	return nil
}

// notShiftJIS reports what the decoder gives for a byte that has no meaning in Shift_JIS.
func notShiftJIS(r rune) bool { return r == utf8.RuneError || r == 0x80 }

// pieceSize is how much of a file is looked at at a time, in bytes.
const pieceSize = 64 << 10

// pieces gives a text in pieces that cut no UTF-8 character in two. A piece is valid until the next.
func pieces(text io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		buffer := make([]byte, pieceSize)
		for kept := 0; ; {
			n, err := io.ReadFull(text, buffer[kept:])
			piece, ended := buffer[:kept+n], err == io.EOF || err == io.ErrUnexpectedEOF
			if err != nil && !ended {
				yield(nil, fmt.Errorf("reading a file of members: %w", err))
				return
			}
			whole := len(piece)
			if !ended {
				whole = wholeCharacters(piece)
			}
			if !yield(piece[:whole], nil) || ended {
				return
			}
			kept = copy(buffer, piece[whole:])
		}
	}
}

// wholeCharacters gives the length of text without a UTF-8 character that is cut off at its end.
func wholeCharacters(text []byte) int {
	for i := len(text) - 1; i >= max(0, len(text)-utf8.UTFMax); i-- {
		if utf8.RuneStart(text[i]) {
			if utf8.FullRune(text[i:]) {
				return len(text)
			}
			return i
		}
	}
	return len(text)
}

// lineCounter counts lines, which end in LF, CRLF or CR.
type lineCounter struct{ feeds, returns int }

func (c *lineCounter) add(text []byte) {
	c.feeds += bytes.Count(text, []byte{'\n'})
	c.returns += bytes.Count(text, []byte{'\r'})
}

// line is the number of the line after what was counted.
func (c *lineCounter) line() int {
	if c.feeds == 0 {
		return 1 + c.returns
	}
	return 1 + c.feeds
}

// withoutMark gives a text without a byte order mark at its beginning.
func withoutMark(text io.Reader) io.Reader {
	buffered := bufio.NewReaderSize(text, pieceSize)
	if head, _ := buffered.Peek(len(byteOrderMark)); string(head) == byteOrderMark {
		buffered.Discard(len(byteOrderMark)) // what was peeked at can be discarded
	}
	return buffered
}
