package member

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanMakesHostileTextHarmless(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":            {"Sato Taro", "Sato Taro"},
		"japanese":         {"𠮷野 花子", "𠮷野 花子"},
		"accents combined": {"Rene\u0301", "Rene\u0301"},
		"family emoji":     {"👩\u200d👧", "👩\u200d👧"},
		"colour sequence":  {"\x1b[31mred", "<U+001B>[31mred"},
		"clipboard":        {"\x1b]52;c;QQ==\x07", "<U+001B>]52;c;QQ==<U+0007>"},
		"C1 introducer":    {"\u009b2J", "<U+009B>2J"},
		"carriage return":  {"boss\rx", "boss<U+000D>x"},
		"line break":       {"a\r\nBcc: b", "a<U+000D><U+000A>Bcc: b"},
		"bidi override":    {"\u202egpj.exe", "<U+202E>gpj.exe"},
		"zero width space": {"ad\u200bmin", "ad<U+200B>min"},
		"line separator":   {"a\u2028b", "a<U+2028>b"},
		"NUL and DEL":      {"a\x00b\x7f", "a<U+0000>b<U+007F>"},
		"invalid UTF-8":    {"a\xff\xfeb", "a\ufffd\ufffdb"},
		"stacked marks":    {"Z" + strings.Repeat("\u0301", 10000), "Z" + strings.Repeat("\u0301", MaxMarks)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Clean(c.in); got != c.want {
				t.Errorf("Clean(%+q) = %+q, want %+q", c.in, got, c.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "山田", "\x1b[2J", "\u009d0;x\u009c", "\xc2", "e\u0301", "\u202e", "\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) {
			t.Errorf("Clean(%+q) is not valid UTF-8", s)
		}
		for _, r := range got {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e {
				t.Errorf("Clean(%+q) still holds %U", s, r)
			}
		}
		if again := Clean(got); again != got {
			t.Errorf("Clean(%+q) is not settled: %+q, then %+q", s, got, again)
		}
	})
}
