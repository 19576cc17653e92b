package account

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// HashParams are the costs of argon2id (RFC 9106). They stand in each hash, so they can be raised later.
type HashParams struct {
	Time    uint32 // passes
	Memory  uint32 // KiB
	Threads uint8
}

// DefaultHashParams is the second recommended option of RFC 9106, section 4: 3 passes over 64 MiB with 4 lanes.
func DefaultHashParams() HashParams { return HashParams{Time: 3, Memory: 64 * 1024, Threads: 4} }

// Sizes of a hash's parts in bytes, as RFC 9106 recommends.
const (
	saltSize = 16
	tagSize  = 32
)

// Hasher hashes passwords, a bounded number at one time: each takes HashParams.Memory, and a flood of sign-ins must not
// take the machine's.
type Hasher struct {
	params HashParams
	random io.Reader
	places chan struct{}
	decoy  string // a hash that no password fits
}

// maxPlaces bounds the memory of all hashes together, to 256 MiB at the default costs. Each uses several processors.
const maxPlaces = 4

// NewHasher gives a hasher that works on as many passwords at one time as there are processors, up to four.
func NewHasher(params HashParams, random io.Reader) (*Hasher, error) {
	h := &Hasher{params: params, random: random, places: make(chan struct{}, min(runtime.GOMAXPROCS(0), maxPlaces))}
	salt, err := h.draw(saltSize)
	if err != nil {
		return nil, err
	}
	tag, err := h.draw(tagSize)
	h.decoy = params.encode(salt, tag)
	return h, err
}

func (h *Hasher) draw(size int) ([]byte, error) {
	b := make([]byte, size)
	if _, err := io.ReadFull(h.random, b); err != nil {
		return nil, fmt.Errorf("drawing a salt: %w", err)
	}
	return b, nil
}

// Hash gives the password's hash in the PHC string format. The password is normalised (NFKC, as NIST SP 800-63B asks),
// so that it can be typed on another keyboard.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt, err := h.draw(saltSize)
	if err != nil {
		return "", err
	}
	tag, err := h.tag(ctx, h.params, salt, password)
	if err != nil {
		return "", err
	}
	return h.params.encode(salt, tag), nil
}

// encode writes a hash in the PHC string format.
func (p HashParams) encode(salt, tag []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Time, p.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(tag))
}

// Outdated reports whether the hash was made at other costs than those of today.
func (h *Hasher) Outdated(hash string) bool {
	params, _, _, err := parseHash(hash)
	return err == nil && params != h.params
}

// Verify reports whether the password fits the hash. For an empty hash it does the same work and says no, so that
// nobody can tell from the time whether an account exists or has a password.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	exists := hash != ""
	if !exists {
		hash = h.decoy
	}
	params, salt, want, err := parseHash(hash)
	if err != nil {
		return false, err
	}
	got, err := h.tag(ctx, params, salt, password)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && exists, nil
}

func (h *Hasher) tag(ctx context.Context, p HashParams, salt []byte, password string) ([]byte, error) {
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.places }()
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, p.Time, p.Memory, p.Threads, tagSize), nil
}

var errHash = errors.New("a stored password hash is not argon2id in the PHC string format")

func parseHash(hash string) (p HashParams, salt, tag []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); err != nil || p.Time == 0 || p.Threads == 0 {
		return p, nil, nil, errHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	tag, errTag := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errTag != nil || len(tag) != tagSize {
		return p, nil, nil, errHash
	}
	return p, salt, tag, nil
}
