package tui

import (
	"strings"
	"testing"
)

func TestReadCode(t *testing.T) {
	const code = "0000-0014-ABCD-EFGH-JKMN-PQRS"
	const base = "https://Team.Example.com:8443/reset"
	for text, ours := range map[string]bool{
		code:                               true,
		strings.ToLower(code):              true,
		strings.ReplaceAll(code, "-", ""):  true,
		strings.ReplaceAll(code, "0", "o"): true,
		strings.ReplaceAll(code, "1", "l"): true,
		"  " + code + " ":                  true,
		"００００ー００１４ーＡＢＣＤーｅｆｇｈーＪＫＭＮーＰＱＲＳ": true, // the input method was on
		base + "/s/" + code:                             true,
		strings.ToLower(base) + "/s/" + code:            true,
		strings.ToUpper(base + "/s/" + code):            true, // Caps Lock
		"https+//team.example.com+8443/reset/s/" + code: true, // an American scanner on a Japanese host
		"https'//team.example.com'8443/reset/s/" + code: true, // and the other way round
		"x1" + base + "/s/" + code:                      true,
		"http://team.example.com:8443/reset/s/" + code:  false,
		"https://team.example.com/reset/s/" + code:      false,
		"https://team.example.com:8443/s/" + code:       false,
		"https://team.example.com.evil.example/" + code: false,
		"https://evil.example/" + base + "/s/" + code:   false,
		base + "/s/":              false,
		base + "/s/" + code + "0": false,
		base + "/login":           false,
		code[:28]:                 false,
		code + "0":                false,
		"4901234567894":           false,
		"":                        false,
	} {
		got, refused := readCode(text, base)
		if (refused == nil) != ours {
			t.Errorf("readCode(%q) is taken for a code: %v, want %v", text, refused == nil, ours)
		}
		if refused == nil && !sameCode(got, code) {
			t.Errorf("readCode(%q) = %q", text, got)
		}
	}
	if _, refused := readCode(base+"/s/"+code, ""); refused == nil {
		t.Error("without a base, any URL is taken")
	}
}

func FuzzReadCode(f *testing.F) {
	for _, seed := range []string{"", "https://team.example.com/s/0000", "\xff", "ſ", "İ" + kioskBase + "/s/", "++//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, refused := readCode(text, kioskBase)
		if (refused == nil) != sameCode(code, code) {
			t.Errorf("readCode(%q) = %q, refused: %v", text, code, refused != nil)
		}
	})
}
