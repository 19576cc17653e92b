package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// A record is a version byte, a CRC-32C (big-endian) and a CBOR array. The CRC covers the bucket's name, a zero byte,
// the key, the version byte and the array: a record under a wrong key is noticed as well as a changed one.
const recordHeaderSize = 1 + 4

// A revised record has other elements than in version 1 of its layout. It says which version it is written in, and reads
// the older ones.
type revised interface {
	version() byte
	decodeOlder(version byte, body []byte) error
}

func versionOf(rec any) byte {
	if r, ok := rec.(revised); ok {
		return r.version()
	}
	return 1
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Strings are kept as CBOR byte strings, because some are foreign text (a mail server's reply, a browser's name for
// itself) that has to come back byte for byte though it may not be valid UTF-8.
var (
	encoding = must(cbor.EncOptions{
		Sort:          cbor.SortCoreDeterministic,
		IndefLength:   cbor.IndefLengthForbidden,
		NilContainers: cbor.NilContainerAsEmpty,
		String:        cbor.StringToByteString,
	}.EncMode())
	decoding = must(cbor.DecOptions{
		IndefLength:        cbor.IndefLengthForbidden,
		TagsMd:             cbor.TagsForbidden,
		ByteStringToString: cbor.ByteStringToStringAllowed,
	}.DecMode())
)

func must[T any](mode T, err error) T {
	if err != nil {
		panic(err) // the options above contradict each other
	}
	return mode
}

// seal encodes rec for its place.
func seal(b bucket, key []byte, rec any) ([]byte, error) {
	body, err := encoding.Marshal(rec)
	if err != nil {
		return nil, fmt.Errorf("encoding a record of %q: %w", b, err)
	}
	value := make([]byte, recordHeaderSize, recordHeaderSize+len(body))
	value[0] = versionOf(rec)
	binary.BigEndian.PutUint32(value[1:], checksum(b, key, value[0], body))
	return append(value, body...), nil
}

// open decodes into rec what seal made.
func open(b bucket, key, value []byte, rec any) error {
	version, body, err := unsealed(b, key, value)
	if err != nil {
		return err
	}
	if version > versionOf(rec) {
		return newer(uint64(version))
	}
	decode := func() error { return decoding.Unmarshal(body, rec) }
	if r, ok := rec.(revised); ok && version < r.version() {
		decode = func() error { return r.decodeOlder(version, body) }
	}
	if err := decode(); err != nil {
		return damaged("a record of %q cannot be decoded (key %x)", b, key)
	}
	return nil
}

// unsealed gives the version and the array of a record that fits its checksum.
func unsealed(b bucket, key, value []byte) (version byte, body []byte, err error) {
	if len(value) < recordHeaderSize {
		return 0, nil, damaged("a record of %q is cut off (key %x)", b, key)
	}
	version, body = value[0], value[recordHeaderSize:]
	if binary.BigEndian.Uint32(value[1:]) != checksum(b, key, version, body) {
		return 0, nil, damaged("a record of %q does not fit its checksum (key %x)", b, key)
	}
	return version, body, nil
}

func checksum(b bucket, key []byte, version byte, body []byte) uint32 {
	sum := crc32.Update(0, castagnoli, []byte(b))
	sum = crc32.Update(sum, castagnoli, []byte{0})
	sum = crc32.Update(sum, castagnoli, key)
	sum = crc32.Update(sum, castagnoli, []byte{version})
	return crc32.Update(sum, castagnoli, body)
}

// nanoseconds is how records keep an instant: since 1970 in UTC; 0 is the zero time.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func instant(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds).UTC()
}

// seconds is how records keep an instant that is a whole second by its meaning.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func wholeSecond(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
