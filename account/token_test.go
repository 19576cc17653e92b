package account

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/member"
)

func testKey(t testing.TB, fill byte) Key {
	t.Helper()
	k, err := NewKey(bytes.NewReader(bytes.Repeat([]byte{fill}, KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testToken() Token {
	issued := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	return Token{Serial: 4711, Member: 17, Purpose: PurposeReset, Issued: issued, Expires: issued.Add(24 * time.Hour), By: 1}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	k, token := testKey(t, 7), testToken()
	code := k.Code(token)
	if len(code) != 29 || strings.Count(code, "-") != 5 || strings.ContainsAny(code, "ILOU") {
		t.Fatalf("the code has %d characters and %d hyphens; want six groups of four without I, L, O or U", len(code), strings.Count(code, "-"))
	}
	for how, typed := range map[string]string{
		"as printed":      code,
		"lower case":      strings.ToLower(code),
		"without hyphens": strings.ReplaceAll(code, "-", ""),
		"with spaces":     " " + strings.ReplaceAll(code, "-", " ") + " ",
		"O for 0":         strings.ReplaceAll(code, "0", "O"),
		"o for 0":         strings.ReplaceAll(code, "0", "o"),
		"I for 1":         strings.ReplaceAll(code, "1", "I"),
		"l for 1":         strings.ReplaceAll(code, "1", "l"),
	} {
		serial, mac, ok := ParseCode(typed)
		if !ok || serial != token.Serial || !k.Verify(token, mac) {
			t.Errorf("%s: the code is not recognised", how)
		}
	}
}

func TestOtherTextIsNoCode(t *testing.T) {
	code := testKey(t, 7).Code(testToken())
	for _, s := range []string{"", "0000", code + "0", code[:len(code)-1], "U" + code[1:], "https://example.com/", strings.Repeat("Ａ", 24)} {
		if _, _, ok := ParseCode(s); ok {
			t.Errorf("%d characters that are no code were taken for one", len(s))
		}
	}
}

func TestAForgedCodeIsRefused(t *testing.T) {
	k, token := testKey(t, 7), testToken()
	_, mac, _ := ParseCode(k.Code(token))
	if !k.Verify(token, mac) {
		t.Fatal("the genuine code is refused")
	}
	for bit := range len(mac) * 8 {
		flipped := bytes.Clone(mac)
		flipped[bit/8] ^= 1 << (bit % 8)
		if k.Verify(token, flipped) {
			t.Errorf("a code with bit %d flipped is accepted", bit)
		}
	}
	for name, change := range map[string]func(*Token){
		"another member":  func(t *Token) { t.Member++ },
		"another serial":  func(t *Token) { t.Serial++ },
		"another purpose": func(t *Token) { t.Purpose = PurposeInvitation },
		"a later expiry":  func(t *Token) { t.Expires = t.Expires.Add(time.Second) },
	} {
		other := token
		change(&other)
		if k.Verify(other, mac) {
			t.Errorf("the code is accepted for %s", name)
		}
	}
	if testKey(t, 8).Verify(token, mac) {
		t.Error("the code is accepted under another key")
	}
	if k.Verify(token, nil) || k.Verify(token, mac[:9]) {
		t.Error("a shortened code is accepted")
	}
}

func TestTheHighestSerialFits(t *testing.T) {
	token := testToken()
	token.Serial = MaxSerial
	if serial, _, ok := ParseCode(testKey(t, 7).Code(token)); !ok || serial != MaxSerial {
		t.Errorf("serial %d comes back as %d", MaxSerial, serial)
	}
}

func FuzzParseCode(f *testing.F) {
	k := testKey(f, 7)
	f.Add(k.Code(testToken()))
	f.Add(k.Code(testToken()) + "0") // a letter too many
	f.Add("o0Oi1Il-")
	f.Fuzz(func(t *testing.T, s string) {
		serial, mac, ok := ParseCode(s)
		if !ok {
			return
		}
		if serial > MaxSerial || len(mac) != macSize {
			t.Errorf("ParseCode gives serial %d and %d bytes of MAC", serial, len(mac))
		}
		written := crockford.EncodeToString(append(serialBytes(serial), mac...))
		if typed := codeLetters.Replace(strings.ToUpper(s)); typed != written {
			t.Errorf("%q is taken for the code %q", typed, written)
		}
	})
}

func TestAKeyIsReadAsItIsWritten(t *testing.T) {
	k := testKey(t, 7)
	again, err := ParseKey(k.Text())
	if err != nil || again.Text() != k.Text() {
		t.Errorf("ParseKey(Text()) is another key, %v", err)
	}
	for _, s := range []string{"", "00", k.Text() + k.Text(), strings.Repeat("x", 64)} {
		if _, err := ParseKey(s); err == nil {
			t.Errorf("%d characters were taken for a key", len(s))
		}
	}
	if bytes.Equal(k.Fingerprint(), testKey(t, 8).Fingerprint()) {
		t.Error("two keys have the same fingerprint")
	}
}

func TestPrintingWhatHoldsSecretsTellsNone(t *testing.T) {
	k, code := testKey(t, 0xA7), testKey(t, 0xA7).Code(testToken())
	for _, format := range []string{"%v", "%+v", "%s"} {
		for name, printed := range map[string]string{
			"a service":         fmt.Sprintf(format, New(Config{Key: k})),
			"a form":            fmt.Sprintf(format, Form{Code: code, URL: code}),
			"a delivery":        fmt.Sprintf(format, Delivery{URL: code}),
			"a login":           fmt.Sprintf(format, Login{Password: code}),
			"a signed-in state": fmt.Sprintf(format, SignedIn{Secret: code}),
		} {
			if strings.Contains(printed, code) || strings.Contains(printed, "167 167") || strings.Contains(printed, "a7a7a7a7") || strings.Contains(printed, "\xa7\xa7") {
				t.Errorf("printed with %s, %s shows its secret", format, name)
			}
		}
	}
}

func TestAuditRecordsAreChained(t *testing.T) {
	k := testKey(t, 7)
	r := Record{Seq: 2, At: time.Unix(1, 0), Event: EventReset, Actor: 1, Target: member.ID(17), Details: []Detail{{"reason", "forgot"}}}
	mac := k.auditMAC([]byte("previous"), r)
	for name, changed := range map[string]func() []byte{
		"the record before": func() []byte { return k.auditMAC([]byte("Previous"), r) },
		"the number":        func() []byte { c := r; c.Seq++; return k.auditMAC([]byte("previous"), c) },
		"the time":          func() []byte { c := r; c.At = c.At.Add(1); return k.auditMAC([]byte("previous"), c) },
		"the event":         func() []byte { c := r; c.Event = EventSignIn; return k.auditMAC([]byte("previous"), c) },
		"the actor":         func() []byte { c := r; c.Actor++; return k.auditMAC([]byte("previous"), c) },
		"the target":        func() []byte { c := r; c.Target++; return k.auditMAC([]byte("previous"), c) },
		"a detail": func() []byte {
			c := r
			c.Details = []Detail{{"reason", "protect"}}
			return k.auditMAC([]byte("previous"), c)
		},
		"the split of a detail": func() []byte {
			c := r
			c.Details = []Detail{{"reasonf", "orgot"}}
			return k.auditMAC([]byte("previous"), c)
		},
		"the key": func() []byte { return testKey(t, 8).auditMAC([]byte("previous"), r) },
	} {
		if bytes.Equal(mac, changed()) {
			t.Errorf("%s can be changed without breaking the chain", name)
		}
	}
}
