package account

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"rekey/member"
)

// cheap is for tests that are not about the costs.
var cheap = HashParams{Time: 1, Memory: 64, Threads: 1}

func testHasher(t testing.TB) *Hasher {
	t.Helper()
	h, err := NewHasher(cheap, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestOnlyTheRightPasswordFits(t *testing.T) {
	h, ctx := testHasher(t), context.Background()
	hash, err := h.Hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(hash, "correct") {
		t.Fatal("the hash holds the password")
	}
	for _, c := range []struct {
		hash, password string
		want           bool
	}{
		{hash, "correct horse", true},
		{hash, "ｃｏｒｒｅｃｔ　ｈｏｒｓｅ", true}, // the same on a keyboard of another width
		{hash, "Correct horse", false},
		{hash, "", false},
		{"", "correct horse", false},
		{"", "", false}, // a member without a password
	} {
		if got, err := h.Verify(ctx, c.hash, c.password); err != nil || got != c.want {
			t.Errorf("Verify(a hash: %v, %q) = %v, %v, want %v", c.hash != "", c.password, got, err, c.want)
		}
	}
}

func TestAHashCarriesItsOwnCosts(t *testing.T) {
	ctx := context.Background()
	hash, err := testHasher(t).Hash(ctx, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	dearer, err := NewHasher(HashParams{Time: 2, Memory: 128, Threads: 2}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := dearer.Verify(ctx, hash, "correct horse"); !ok || err != nil {
		t.Errorf("a password of before the costs were raised: %v, %v", ok, err)
	}
}

func TestTheCostsAreThoseOfRFC9106(t *testing.T) {
	if p := DefaultHashParams(); p.Time < 3 || p.Memory < 64*1024 || p.Threads != 4 {
		t.Errorf("the default costs are %+v, below the second recommended option of RFC 9106", p)
	}
	h, err := NewHasher(DefaultHashParams(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	_, salt, tag, err := parseHash(hash)
	if err != nil || !bytes.Equal(tag, argon2.IDKey([]byte("correct horse"), salt, 3, 64*1024, 4, 32)) || len(salt) < 16 {
		t.Errorf("a hash is not of these costs, with a salt of 128 bits and a tag of 256: %v", err)
	}
}

// Whether there is an account, and whether it has a password, does not show in the time: nobody's is worked on as others'
// are, at the same costs. Nothing is timed here: without a free place the work cannot begin, and so cannot have been left
// out.
func TestNobodysPasswordIsWorkedOn(t *testing.T) {
	h := testHasher(t)
	if decoy, _, _, err := parseHash(h.decoy); err != nil || decoy != h.params {
		t.Errorf("nobody's hash is of the costs %+v, not %+v: %v", decoy, h.params, err)
	}
	for range cap(h.places) {
		h.places <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Verify(ctx, "", "x"); err == nil {
		t.Error("an answer is given without work")
	}
}

func TestABrokenHashIsAnErrorNotARefusal(t *testing.T) {
	h, ctx := testHasher(t), context.Background()
	for _, hash := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=16$m=64,t=1,p=1$AAAA$AAAA"} {
		if _, err := h.Verify(ctx, hash, "x"); err == nil {
			t.Errorf("the hash %q was taken", hash)
		}
	}
}

func TestHashingWaitsForAPlaceNoLongerThanAsked(t *testing.T) {
	h := testHasher(t)
	for range cap(h.places) {
		h.places <- struct{}{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.Hash(ctx, "x"); err == nil {
		t.Error("more passwords are hashed at one time than there are places")
	}
}

func TestThePolicyRefusesWeakPasswords(t *testing.T) {
	set := DefaultSettings()
	set.TeamName = "青空製作所"
	m := member.Member{LoginID: "line3-017", Name: "髙橋 Catherine", SearchName: "takahashi", EmployeeNumber: "E-88231"}
	for name, c := range map[string]struct {
		password string
		weakness Weakness
	}{
		"long words":            {"seven quiet lanterns", ""},
		"8 characters":          {"vq8#kz2p", ""},
		"japanese":              {"静かな七つの灯籠を", ""},
		"256 characters":        {strings.Repeat("qz7#", 64), ""},
		"7 characters":          {"vq8#kz2", TooShort},
		"257 characters":        {strings.Repeat("qz7#", 64) + "x", TooLong},
		"common":                {"password1", Common},
		"common in capitals":    {"PASSWORD", Common},
		"holds the login ID":    {"my-LINE3-017-pw", OwnData},
		"holds a first name":    {"catherine-2026", OwnData},
		"holds a family name":   {"髙橋のパスワードです", OwnData},
		"holds search name":     {"xx-takahashi-xx", OwnData},
		"holds employee number": {"pw e-88231 pw", OwnData},
		"holds the team":        {"青空製作所2026年", OwnData},
		"holds the product":     {"unipos-unipos", OwnData},
		"not text":              {"abcdefgh\xff", NotAsText},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckPassword(set, m, c.password)
			if WeaknessOf(err) != c.weakness || (err == nil) != (c.weakness == "") {
				t.Fatalf("CheckPassword = %v (%q), want %q", err, WeaknessOf(err), c.weakness)
			}
			if err != nil && (CodeOf(err) != CodeWeakPassword || strings.Contains(err.Error(), c.password)) {
				t.Errorf("the refusal %q has the code %q", err, CodeOf(err))
			}
		})
	}
}

func TestShortNamesDoNotSpoilPasswords(t *testing.T) {
	m := member.Member{Email: "li@example.com", Name: "Li Bo", SearchName: "li"}
	if err := CheckPassword(DefaultSettings(), m, "brilliant bowls"); err != nil {
		t.Errorf("a password that happens to hold two letters of a name is refused: %v", err)
	}
}

func TestTimesAreShownWithTheirZone(t *testing.T) {
	at := time.Date(2026, 4, 1, 0, 30, 0, 0, time.UTC)
	for want, zone := range map[string]*time.Location{
		"2026-04-01 00:30 UTC":             time.UTC,
		"2026-04-01 09:30 JST (UTC+09:00)": time.FixedZone("JST", 9*60*60),
		"2026-04-01 01:30 UTC+01:00":       time.FixedZone("", 60*60),
		"2026-03-31 20:00 UTC-04:30":       time.FixedZone("-0430", -(4*60+30)*60),
	} {
		if got := FormatTime(at, zone); got != want {
			t.Errorf("FormatTime = %q, want %q", got, want)
		}
	}
}
