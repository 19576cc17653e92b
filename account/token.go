package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"rekey/member"
)

// Serial numbers the set-password tokens of an installation, from 1 up to 2^40-1.
type Serial uint64

// MaxSerial is the highest serial that a code has room for.
const MaxSerial Serial = 1<<40 - 1

// Purpose is what a set-password token was issued for.
type Purpose uint8

// The purposes.
const (
	PurposeReset Purpose = iota + 1
	PurposeInvitation
	PurposeRequest // the member asked for it
)

// Token is what the store keeps of a set-password token. The code that a member holds is not in it: Key.Code derives
// it again from these fields, so a copy of the store opens no account.
type Token struct {
	Serial  Serial
	Member  member.ID
	Purpose Purpose
	Issued  time.Time
	Expires time.Time // whole seconds
	By      member.ID // the admin who had it issued
	Used    time.Time // zero while it is not used
}

// Sizes of a code in bytes: the serial, the MAC cut to 80 bits.
const (
	serialSize = 5
	macSize    = 10
)

// crockford is the base32 of Douglas Crockford: no I, L, O or U, so that a code survives being read out and typed.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// Code derives the token's code: serial and MAC in Crockford base32, six groups of four characters.
func (k Key) Code(t Token) string {
	var raw [serialSize + macSize]byte
	copy(raw[:serialSize], serialBytes(t.Serial))
	copy(raw[serialSize:], k.mac(t))
	letters := crockford.EncodeToString(raw[:])
	var groups []string
	for len(letters) > 0 {
		groups = append(groups, letters[:4])
		letters = letters[4:]
	}
	return strings.Join(groups, "-")
}

// ParseCode reads a code that a person typed or a scanner sent: any case, with or without hyphens and spaces, with O
// for 0 and I or L for 1. It tells the serial; only Verify tells whether the code is genuine.
func ParseCode(s string) (Serial, []byte, bool) {
	letters := codeLetters.Replace(strings.ToUpper(s))
	raw, err := crockford.DecodeString(letters)
	if err != nil || len(raw) != serialSize+macSize || len(letters) != crockford.EncodedLen(len(raw)) {
		return 0, nil, false
	}
	var serial [8]byte
	copy(serial[8-serialSize:], raw)
	return Serial(binary.BigEndian.Uint64(serial[:])), raw[serialSize:], true
}

var codeLetters = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// Verify reports, in constant time, whether mac is that of the token t. The MAC covers the member, the serial, the
// purpose and the expiry: none of them can be changed in the store without making the code void.
func (k Key) Verify(t Token, mac []byte) bool { return hmac.Equal(mac, k.mac(t)) }

func (k Key) mac(t Token) []byte {
	h := hmac.New(sha256.New, k.derive("set-password token"))
	var fields [8 + 8 + 1 + 8]byte
	binary.BigEndian.PutUint64(fields[0:], uint64(t.Member))
	binary.BigEndian.PutUint64(fields[8:], uint64(t.Serial))
	fields[16] = byte(t.Purpose)
	binary.BigEndian.PutUint64(fields[17:], uint64(t.Expires.Unix()))
	h.Write(fields[:])
	return h.Sum(nil)[:macSize]
}

func serialBytes(s Serial) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(s))
	return b[8-serialSize:]
}

// link is what leads a member to the page behind the token.
func (s *Service) link(t Token) string { return s.baseURL + "/s/" + s.key.Code(t) }

// validToken gives the member's one set-password token that works at the time now, or ErrNotFound. A suspended member's
// token is valid but not accepted until the member is active again.
func validToken(r Reader, set Settings, m member.Member, now time.Time) (Token, error) {
	c, err := r.Credential(m.ID)
	if err != nil {
		return Token{}, err
	}
	if c.Token == 0 || m.Status == member.Deleted || !set.givesPassword(m) {
		return Token{}, ErrNotFound
	}
	t, err := r.Token(c.Token)
	if err != nil {
		return Token{}, err
	}
	if t.Member != m.ID || !t.Used.IsZero() || !now.Before(t.Expires) {
		return Token{}, ErrNotFound
	}
	return t, nil
}
