package roster

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// Encoding names how a file's characters are written.
type Encoding string

// The encodings that are recognised.
const (
	UTF8     Encoding = "UTF-8"
	ShiftJIS Encoding = "Shift_JIS"
)

// MaxSize is how large a file may be, in bytes: some three million members.
const MaxSize = 512 << 20

const byteOrderMark = "\uFEFF"

// saveAsUTF8 is the way out of most unreadable files.
const saveAsUTF8 = "In the spreadsheet, save it as “CSV UTF-8” and import that file."

// readText reads all of r as text, without the byte order mark, its lines ended by LF or CRLF.
func readText(r io.Reader) ([]byte, Encoding, error) {
	raw, err := readAll(r, MaxSize)
	if err != nil {
		return nil, "", err
	}
	if err := refuseForeign(raw); err != nil {
		return nil, "", err
	}
	text, encoding, err := decode(raw)
	if err != nil {
		return nil, "", err
	}
	if !bytes.ContainsRune(text, '\n') {
		text = bytes.ReplaceAll(text, []byte{'\r'}, []byte{'\n'})
	}
	return text, encoding, nil
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading a file of members: %w", err)
	}
	if int64(len(raw)) > limit {
		return nil, &FileError{fmt.Sprintf("The file is larger than %d MiB.", limit>>20), "Split it into several files."}
	}
	return raw, nil
}

// refuseForeign refuses what is not a text file of a kind we read.
func refuseForeign(raw []byte) error {
	switch {
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		return &FileError{"This is a spreadsheet or an archive, not a CSV file.", saveAsUTF8}
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}), bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		return &FileError{"The file is written in UTF-16, which is not read.", saveAsUTF8}
	case bytes.IndexByte(raw, 0) >= 0:
		return &FileError{"This is not a text file: it holds zero bytes.", saveAsUTF8}
	}
	return nil
}

// decode recognises the encoding and gives the text in UTF-8. What is not valid UTF-8 is taken for Shift_JIS only if
// all of it is, and if it does not look like UTF-8 that was damaged: nearly any Japanese UTF-8 also reads as
// Shift_JIS, as other characters.
func decode(raw []byte) ([]byte, Encoding, error) {
	text, marked := bytes.CutPrefix(raw, []byte(byteOrderMark))
	if utf8.Valid(text) {
		return text, UTF8, nil
	}
	damage := measure(text)
	if marked || damage.sequences >= damage.invalid {
		return nil, "", &FileError{
			fmt.Sprintf("The file is damaged: line %d holds bytes that are not UTF-8.", lineOf(text, damage.first)), saveAsUTF8}
	}
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(raw)
	if err != nil {
		return nil, "", fmt.Errorf("reading a file as Shift_JIS: %w", err)
	}
	if i := bytes.IndexFunc(text, notShiftJIS); i >= 0 {
		return nil, "", &FileError{
			fmt.Sprintf("The file is neither UTF-8 nor Shift_JIS: line %d cannot be read.", lineOf(text, i)), saveAsUTF8}
	}
	return text, ShiftJIS, nil
}

// notShiftJIS reports what the decoder gives for a byte that has no meaning in Shift_JIS.
func notShiftJIS(r rune) bool { return r == utf8.RuneError || r == 0x80 }

// damage counts what a text that is not UTF-8 has of it.
type damage struct {
	sequences int // valid characters of three bytes or more; two may be half-width katakana of Shift_JIS by chance
	invalid   int // bytes that belong to no character
	first     int // where the first of those is
}

func measure(text []byte) damage {
	d := damage{first: -1}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			if d.invalid == 0 {
				d.first = i
			}
			d.invalid++
		case size > 2:
			d.sequences++
		}
		i += size
	}
	return d
}

// lineOf gives the number of the line in which text[offset] stands.
func lineOf(text []byte, offset int) int { return 1 + bytes.Count(text[:offset], []byte{'\n'}) }
