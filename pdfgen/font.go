package pdfgen

import (
	"fmt"
	"sync"

	notosansjp "eliasnaur.com/font/noto/sans/jp/regular"
	mplus "github.com/hajimehoshi/ebiten/v2/examples/resources/fonts"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Families of the fonts that the document embeds.
const (
	textFamily = "mplus1p"
	monoFamily = "gomono"
)

// face is one font.
type face struct {
	family string // its name within the document; empty: the document cannot embed it, it is drawn as outlines
	data   []byte
	font   *sfnt.Font
	em     fixed.Int26_6 // the size at which coordinates are the font's own units
}

// fontSet holds the page's fonts.
type fontSet struct {
	mono    *face // Go Mono: slashed zero, all letters apart; for what a person types from the paper
	text    *face // M PLUS 1p: everything else
	outline *face // Noto Sans JP: CFF outlines for kanji that M PLUS 1p lacks
}

// embedded lists the faces that the document embeds.
func (s fontSet) embedded() []*face { return []*face{s.mono, s.text} }

// prose is the order in which fonts are asked for a character of running text.
func (s fontSet) prose() []*face { return []*face{s.text, s.outline} }

// typed is the same order for what a person types from the paper.
func (s fontSet) typed() []*face { return []*face{s.mono, s.text, s.outline} }

// loadFonts parses the fonts once for all forms.
var loadFonts = sync.OnceValues(func() (fontSet, error) {
	var set fontSet
	for _, f := range []struct {
		into   **face
		family string
		data   []byte
	}{
		{&set.mono, monoFamily, gomono.TTF},
		{&set.text, textFamily, mplus.MPlus1pRegular_ttf},
		{&set.outline, "", notosansjp.TTF},
	} {
		parsed, err := sfnt.Parse(f.data)
		if err != nil {
			return fontSet{}, fmt.Errorf("font %q: %w", f.family, err)
		}
		*f.into = &face{f.family, f.data, parsed, fixed.I(int(parsed.UnitsPerEm()))}
	}
	return set, nil
})

// embeds reports whether the document can set r as text of this face. fpdf panics above U+FFFF.
func (f *face) embeds(r rune) bool { return f.family != "" && r <= 0xFFFF }

// has reports whether the face has a glyph for r.
func (f *face) has(buf *sfnt.Buffer, r rune) bool {
	index, err := f.font.GlyphIndex(buf, r)
	return err == nil && index != 0
}

// advance is how far r moves the pen, in ems. The face has to have r.
func (f *face) advance(buf *sfnt.Buffer, r rune) float64 {
	index, err := f.font.GlyphIndex(buf, r)
	if err != nil {
		return 0
	}
	advance, err := f.font.GlyphAdvance(buf, index, f.em, font.HintingNone)
	if err != nil {
		return 0
	}
	return f.ems(advance)
}

// bounds is the box around what the face draws for r, in ems from the glyph's origin, y downwards.
func (f *face) bounds(buf *sfnt.Buffer, r rune) rect {
	index, err := f.font.GlyphIndex(buf, r)
	if err != nil {
		return rect{}
	}
	box, _, err := f.font.GlyphBounds(buf, index, f.em, font.HintingNone)
	if err != nil {
		return rect{}
	}
	low, high := f.place(box.Min), f.place(box.Max)
	return rect{low.x, low.y, high.x - low.x, high.y - low.y}
}

// contours is the outline of r.
func (f *face) contours(buf *sfnt.Buffer, r rune) []segment {
	index, err := f.font.GlyphIndex(buf, r)
	if err != nil {
		return nil
	}
	loaded, err := f.font.LoadGlyph(buf, index, f.em, nil)
	if err != nil {
		return nil
	}
	var contours []segment
	var pen point
	for _, s := range loaded {
		a, b, c := f.place(s.Args[0]), f.place(s.Args[1]), f.place(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			contours = append(contours, segment{moveTo, [3]point{a}})
			pen = a
		case sfnt.SegmentOpLineTo:
			contours = append(contours, segment{lineTo, [3]point{a}})
			pen = a
		case sfnt.SegmentOpQuadTo:
			contours = append(contours, segment{curveTo, [3]point{twoThirds(pen, a), twoThirds(b, a), b}})
			pen = b
		case sfnt.SegmentOpCubeTo:
			contours = append(contours, segment{curveTo, [3]point{a, b, c}})
			pen = c
		}
	}
	return contours
}

// twoThirds is the point two thirds of the way from a curve's end to its one control point: there lies the control
// point of the cubic curve that equals a quadratic one.
func twoThirds(end, control point) point {
	return point{end.x + (control.x-end.x)*2/3, end.y + (control.y-end.y)*2/3}
}

func (f *face) place(p fixed.Point26_6) point { return point{f.ems(p.X), f.ems(p.Y)} }

func (f *face) ems(v fixed.Int26_6) float64 { return float64(v) / float64(f.em) }
