package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// KeySize is the size of an installation's key in bytes.
const KeySize = 32

// Key is the installation's key, from which codes and the audit chain are derived. It never stands in the store. The
// secret is inside a function, because printing what holds a Key would show anything else.
type Key struct{ secret func() []byte }

// NewKey draws a key from random.
func NewKey(random io.Reader) (Key, error) {
	secret := make([]byte, KeySize)
	if _, err := io.ReadFull(random, secret); err != nil {
		return Key{}, fmt.Errorf("drawing a key: %w", err)
	}
	return newKey(secret), nil
}

// ParseKey reads what Text writes.
func ParseKey(text string) (Key, error) {
	secret, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(secret) != KeySize {
		return Key{}, errors.New("it does not hold 64 hexadecimal digits")
	}
	return newKey(secret), nil
}

func newKey(secret []byte) Key { return Key{func() []byte { return secret }} }

// Text gives the key as the key file holds it: 64 hexadecimal digits and a line end.
func (k Key) Text() string { return hex.EncodeToString(k.secret()) + "\n" }

// Fingerprint identifies the key without telling it; the store keeps it to notice a wrong key file.
func (k Key) Fingerprint() []byte { return k.derive("fingerprint")[:8] }

// Installation names the installation. It is no secret: the member's page tells it to whoever asks, so that an admin can
// see which installation answers somewhere.
func (k Key) Installation() string { return hex.EncodeToString(k.derive("installation")[:8]) }

// derive gives the subkey for one use, so that no two uses share a key.
func (k Key) derive(use string) []byte {
	h := hmac.New(sha256.New, k.secret())
	h.Write([]byte("rekey " + use))
	return h.Sum(nil)
}
