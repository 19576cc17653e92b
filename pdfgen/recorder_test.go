package pdfgen

import (
	"fmt"
	"math"
	"testing"
	"time"
	"unicode"

	"golang.org/x/image/font/sfnt"

	"rekey/account"
	"rekey/member"
)

// recorder is a canvas that remembers what was drawn on it.
type recorder struct {
	marks []mark
	rules []rect // long straight lines
	rects []rect
	drawn string // all characters of texts and glyphs in the order of drawing
}

// mark is one text or glyph with the box around its ink.
type mark struct {
	s        string
	face     *face
	baseline float64
	em       float64
	ink      rect
	outline  bool
}

func (m mark) combining() bool {
	return m.outline && unicode.In([]rune(m.s)[0], unicode.Mn, unicode.Me)
}

func (m mark) String() string { return fmt.Sprintf("%q at %.1f, %.1f", m.s, m.ink.x, m.baseline) }

func (r *recorder) text(at point, f *face, size float64, _ ink, s string) {
	m := mark{s: s, face: f, baseline: at.y, em: size / pointsPerMM}
	var buf sfnt.Buffer
	for _, c := range s {
		if !f.embeds(c) || !f.has(&buf, c) {
			panic(fmt.Sprintf("%U was set in a face that cannot embed it", c))
		}
		if !isBlank(c) {
			m.ink = union(m.ink, scaled(f.bounds(&buf, c), at, m.em))
		}
		at.x += f.advance(&buf, c) * m.em
	}
	r.add(m)
}

func (r *recorder) glyph(at point, size float64, _ ink, contours []segment, c rune) {
	m := mark{s: string(c), baseline: at.y, em: size / pointsPerMM, outline: true}
	for _, s := range contours {
		for _, p := range s.p[:map[contourOp]int{moveTo: 1, lineTo: 1, curveTo: 3}[s.op]] {
			m.ink = union(m.ink, scaled(rect{p.x, p.y, 1e-9, 1e-9}, at, m.em))
		}
	}
	r.add(m)
}

func (r *recorder) add(m mark) {
	r.marks = append(r.marks, m)
	r.drawn += m.s
}

func (r *recorder) line(from, to point, width float64, _ ink) {
	if math.Hypot(to.x-from.x, to.y-from.y) > 100 {
		r.rules = append(r.rules, rect{from.x, from.y - width/2, to.x - from.x, width})
	}
}

func (r *recorder) fill(rects []rect) { r.rects = append(r.rects, rects...) }

func scaled(r rect, at point, em float64) rect {
	return rect{at.x + r.x*em, at.y + r.y*em, r.w * em, r.h * em}
}

func union(a, b rect) rect {
	if a == (rect{}) {
		return b
	}
	x, y := min(a.x, b.x), min(a.y, b.y)
	return rect{x, y, max(a.x+a.w, b.x+b.w) - x, max(a.y+a.h, b.y+b.h) - y}
}

// overlap is how far two rectangles reach into each other in both directions, in millimetres; at most 0: not at all.
func overlap(a, b rect) float64 {
	return min(min(a.x+a.w, b.x+b.w)-max(a.x, b.x), min(a.y+a.h, b.y+b.h)-max(a.y, b.y))
}

func record(t *testing.T, form account.Form) (*recorder, []rune, qrCode) {
	t.Helper()
	code, err := newQRCode(form.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{}
	missing := drawForm(r, testFonts(t), form, code)
	return r, missing, code
}

func testFonts(t testing.TB) fontSet {
	t.Helper()
	fonts, err := loadFonts()
	if err != nil {
		t.Fatal(err)
	}
	return fonts
}

// testForm is an ordinary form.
func testForm() account.Form {
	jst := time.FixedZone("JST", 9*60*60)
	issued := time.Date(2026, 3, 2, 9, 30, 0, 0, jst)
	return account.Form{
		ProductName: "Unipos",
		TeamName:    "株式会社サンプル製作所",
		TeamNumber:  "10482937",
		Member: member.Member{
			ID: 7, LoginID: "yoshino.t", Name: "吉野 太郎", Departments: []string{"製造部", "第二工場"},
		},
		Code:     "0000-9Z4K-7M2Q-X8VB-3NTD-HC5R",
		URL:      "https://rekey.example.com/s/0000-9Z4K-7M2Q-X8VB-3NTD-HC5R",
		Issued:   issued,
		IssuedBy: "佐藤 花子",
		Expires:  issued.Add(21 * 24 * time.Hour),
		Zone:     jst,
	}
}
