package account

import (
	"strings"
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// foldByTables is what fold does, the slow way for every text.
func foldByTables(s string) string {
	return strings.Map(foldRune, cases.Fold().String(norm.NFKC.String(s)))
}

func TestFoldingQuicklyIsFoldingByTheTables(t *testing.T) {
	for r := rune(0); r <= 0x20000; r++ {
		for _, s := range []string{string(r), "A" + string(r) + "カ", "山" + string(r) + "\u3099"} {
			if got, want := fold(s), foldByTables(s); got != want {
				t.Fatalf("fold(%q) = %q, by the tables %q", s, got, want)
			}
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "Tanaka", "佐藤 はなこ", "ﾊﾞ", "か\u3099", "René\x00", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := fold(s), foldByTables(s); got != want {
			t.Errorf("fold(%q) = %q, by the tables %q", s, got, want)
		}
	})
}
