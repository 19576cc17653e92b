package pdfgen

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/image/font/sfnt"
)

func TestPrintable(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Ada Example", "Ada Example"},
		{"variation selector", "邊\U000E0100 葛\uFE00", "邊 葛"},
		{"joiner", "👩\u200D🔬", "👩🔬"},
		{"decomposed", "e\u0301 か\u3099", "é が"},
		{"old form of a family name", "\uFA19谷 e\u0301", "\uFA19谷 é"},
		{"line break", "a\r\nb", "a<U+000D><U+000A>b"},
		{"escape sequence", "\x1b[31m", "<U+001B>[31m"},
		{"bidirectional override", "\u202Eexe", "<U+202E>exe"},
		{"rare space", "a\u2003b", "a b"},
		{"space around", "  a \u3000", "a"},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := printable(c.in); got != c.want {
				t.Errorf("printable(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// drawn sets s on one line and returns what stands there.
func drawn(t *testing.T, s string) (*recorder, []rune) {
	t.Helper()
	fonts := testFonts(t)
	r := &recorder{}
	ts := newTypesetter(r, fonts)
	ts.draw(point{left, 100}, style{fonts.prose(), 12, 1.4, black}, ts.shape(printable(s), fonts.prose()))
	return r, ts.missed()
}

func TestFallbackToOutlines(t *testing.T) {
	for _, kanji := range []string{"𠮷", "濵", "瀨"} {
		r, missing := drawn(t, kanji+"田")
		if len(r.marks) != 2 || !r.marks[0].outline || r.marks[0].s != kanji || r.marks[1].outline {
			t.Errorf("%s田 was drawn as %v, want an outline and a text", kanji, r.marks)
		}
		if len(missing) != 0 {
			t.Errorf("%s counts as missing", kanji)
		}
		if ink := r.marks[0].ink; ink.w < 2 || ink.h < 2 {
			t.Errorf("%s is drawn %.1f by %.1f mm large", kanji, ink.w, ink.h)
		}
	}
	if r, _ := drawn(t, "邊"); r.marks[0].outline {
		t.Error("邊 is drawn as an outline, although the text font has it")
	}
}

func TestMissingCharactersAreBoxed(t *testing.T) {
	r, missing := drawn(t, "김😀a김\u3164")
	want := []rune{0x3164, '김', '😀'}
	if !slices.Equal(missing, want) {
		t.Errorf("missing %U, want %U", missing, want)
	}
	if r.drawn != "U+AE40U+1F600aU+AE40U+3164" {
		t.Errorf("drawn %q", r.drawn)
	}
}

func TestMarksStandOnTheirLetters(t *testing.T) {
	r, _ := drawn(t, "x\u0304y")
	if len(r.marks) != 3 {
		t.Fatalf("drawn %v, want letter, mark, letter", r.marks)
	}
	letter, macron := r.marks[0].ink, r.marks[1].ink
	if middle := letter.x + letter.w/2; macron.x > middle || macron.x+macron.w < middle {
		t.Errorf("the macron at %+v does not stand over the x at %+v", macron, letter)
	}
	if overlap(letter, macron) > 0 {
		t.Error("the macron touches the x")
	}
}

// TestFontsHaveNoBlankGlyphs is what makes "the font has it" mean "it will be seen".
func TestFontsHaveNoBlankGlyphs(t *testing.T) {
	var buf sfnt.Buffer
	for i, f := range testFonts(t).typed() {
		for r := rune(' '); r < 0x30000; r++ {
			if !f.has(&buf, r) || unicode.Is(unicode.Zs, r) {
				continue
			}
			if len(f.contours(&buf, r)) == 0 {
				t.Errorf("font %d has a glyph for %U but draws nothing", i, r)
			}
		}
	}
}

func TestLinesBreakWhereTheyMay(t *testing.T) {
	fonts := testFonts(t)
	ts := newTypesetter(&recorder{}, fonts)
	for _, c := range []struct {
		in    string
		width float64
		want  []string
	}{
		{"one two three", 5, []string{"one two", "three"}},
		{"日本語です。", 5, []string{"日本語で", "す。"}},
		{"incomprehensible", 4, []string{"incompr", "ehensibl", "e"}},
		{"", 4, nil},
	} {
		var got []string
		for _, l := range breakLines(ts.shape(c.in, fonts.prose()), c.width) {
			if l.width() > c.width {
				t.Errorf("a line of %q is %.2f em wide, more than %.2f", c.in, l.width(), c.width)
			}
			var b strings.Builder
			for _, cl := range l {
				for _, g := range cl.glyphs {
					b.WriteRune(g.r)
				}
			}
			got = append(got, b.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("breakLines(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzName asserts that whatever a name holds, each of its characters is drawn, as itself or as its code point, and
// nothing reaches the PDF library that it cannot set.
func FuzzName(f *testing.F) {
	for _, form := range nastyForms() {
		f.Add(form.Member.Name)
	}
	for _, s := range []string{
		"", "\x00", "\xff\xfe", "(\\)", "\U0010FFFF\uFFFE\uFFFF", "\u20DD\u3099", "מִלָּה ไทย عربي", "\u1100\u1161",
		"\u115F\u2800", "\U000E0001tag", "🏳\uFE0F\u200D🌈", "\u00AD\u200B\uFEFF", "ﾊﾝｶｸ", "ﷺ", "𝕏\U0001D165",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		r, missing := drawn(t, name)
		var want strings.Builder
		for _, c := range printable(name) {
			if slices.Contains(missing, c) {
				fmt.Fprintf(&want, "U+%04X", c)
			} else {
				want.WriteRune(c)
			}
		}
		if r.drawn != want.String() {
			t.Errorf("drawn %q, want %q", r.drawn, want.String())
		}
		form := testForm()
		form.Member.Name = name
		record(t, form)
	})
}
