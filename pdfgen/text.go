package pdfgen

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"rekey/member"
)

// printable makes foreign text ready to be set on one line: harmless, composed, and without the selectors and joiners
// that only choose between forms of a glyph.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case isSelector(r):
			return -1
		case unicode.Is(unicode.Zs, r) && r != noBreakSpace && r != ideographicSpace:
			return ' ' // spaces of special widths, which fonts often lack
		}
		return r
	}, member.Clean(s))
	return strings.TrimSpace(compose(s))
}

const (
	noBreakSpace     = '\u00A0'
	ideographicSpace = '\u3000'
)

// isBlank reports whether nothing is to be seen of r.
func isBlank(r rune) bool { return r == ' ' || r == noBreakSpace || r == ideographicSpace }

// isSelector reports whether r is a variation selector or the zero width joiner.
func isSelector(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) || r == '\u200D' }

// compose normalises to NFC, except that it leaves CJK compatibility ideographs alone: NFC would turn the old form of
// a kanji that a family name insists on (U+FA19) into the common one (U+795E).
func compose(s string) string {
	if norm.NFC.IsNormalString(s) {
		return s
	}
	var b strings.Builder
	for s != "" {
		end := strings.IndexFunc(s, isCompatibilityIdeograph)
		if end < 0 {
			end = len(s)
		}
		b.WriteString(norm.NFC.String(s[:end]))
		s = s[end:]
		rest := strings.TrimLeftFunc(s, isCompatibilityIdeograph)
		b.WriteString(s[:len(s)-len(rest)])
		s = rest
	}
	return b.String()
}

func isCompatibilityIdeograph(r rune) bool {
	return r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}
