package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"rekey/member"
)

// bbolt's file header: two meta pages, of which the valid one with the higher transaction id counts. A store has pages
// of 4096 bytes whatever the host's page size, so that both stand at known places.
const (
	pageSize       = 4096
	pageHeaderSize = 16
	metaSize       = 64
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
)

// header is what the current meta page says.
type header struct {
	txid    uint64 // of the last committed transaction
	pages   uint64 // in use, all of which the file has to hold
	damaged bool   // the other meta page is not valid; so it is after a crash, too
}

// checkHeader looks whether f is a whole bbolt file before bbolt does: it would make an empty store out of an empty
// file, and run into a memory fault in one that was cut off.
func checkHeader(f *os.File, path string) (header, error) {
	info, err := f.Stat()
	if err != nil {
		return header{}, err
	}
	if info.IsDir() {
		return header{}, foreign(path, "it is a directory")
	}
	if info.Size() == 0 {
		return header{}, &Error{
			fmt.Sprintf("The store %s is empty: it has been cut off, or was never finished.", member.Clean(path)),
			`Restore it from a backup; if it was never used, remove it and run "rekey init" again.`, damage("it is empty"),
		}
	}
	h, err := readHeader(f, path)
	if err != nil {
		return header{}, err
	}
	if want := int64(h.pages) * pageSize; info.Size() < want {
		return header{}, cutOff(path, info.Size(), want)
	}
	return h, nil
}

// readHeader reads both meta pages at once.
func readHeader(f *os.File, path string) (header, error) {
	var buf [pageSize + pageHeaderSize + metaSize]byte
	n, err := f.ReadAt(buf[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return header{}, err
	}
	first, firstErr := parseMeta(buf[pageHeaderSize:])
	second, secondErr := parseMeta(buf[pageSize+pageHeaderSize:])
	switch {
	case errors.Is(firstErr, errNoMeta) && errors.Is(secondErr, errNoMeta):
		return header{}, foreign(path, "its beginning is that of another kind of file")
	case n < len(buf):
		return header{}, cutOff(path, int64(n), 4*pageSize)
	case errors.Is(firstErr, errOtherLayout) || errors.Is(secondErr, errOtherLayout):
		return header{}, foreign(path, "it is a database of another program")
	case firstErr != nil && secondErr != nil:
		return header{}, damaged("both copies of the header of %s are broken", member.Clean(path))
	case firstErr != nil:
		second.damaged = true
		return second, nil
	case secondErr != nil:
		first.damaged = true
		return first, nil
	case second.txid > first.txid:
		return second, nil
	}
	return first, nil
}

// What parseMeta finds wrong.
var (
	errNoMeta       = errors.New("no magic number")
	errOtherLayout  = errors.New("another bbolt version or page size")
	errMetaChecksum = errors.New("checksum mismatch")
)

// parseMeta reads the meta structure of bbolt, which stands in the byte order of the host: magic, version, page size and
// flags (4 bytes each); root page, root sequence, freelist page, page count, transaction id, FNV-1a checksum (8 each).
func parseMeta(b []byte) (header, error) {
	order := binary.NativeEndian
	if order.Uint32(b) != boltMagic {
		return header{}, errNoMeta
	}
	if metaSum(b) != order.Uint64(b[56:]) {
		return header{}, errMetaChecksum
	}
	if order.Uint32(b[4:]) != boltVersion || order.Uint32(b[8:]) != pageSize {
		return header{}, errOtherLayout
	}
	return header{txid: order.Uint64(b[48:]), pages: order.Uint64(b[40:])}, nil
}

func metaSum(b []byte) uint64 {
	sum := fnv.New64a()
	sum.Write(b[:56])
	return sum.Sum64()
}

// raiseTxid raises the transaction id in both copies of the header, of a file that nobody else knows, so that it is at
// least the one given. The step is even: bbolt writes even ids to one page and odd ones to the other.
func raiseTxid(f *os.File, least uint64) error {
	h, err := checkHeader(f, f.Name())
	if err != nil || h.txid >= least {
		return err
	}
	step := (least - h.txid + 1) &^ 1
	order := binary.NativeEndian
	for page := range int64(2) {
		at := page*pageSize + pageHeaderSize
		var meta [metaSize]byte
		if _, err := f.ReadAt(meta[:], at); err != nil {
			return err
		}
		before, err := parseMeta(meta[:])
		if err != nil {
			return damaged("one of the two copies of the header is broken")
		}
		order.PutUint64(meta[48:], before.txid+step)
		order.PutUint64(meta[56:], metaSum(meta[:]))
		if _, err := f.WriteAt(meta[:], at); err != nil {
			return err
		}
	}
	return nil
}
