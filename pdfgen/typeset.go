package pdfgen

import (
	"fmt"
	"maps"
	"slices"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/image/font/sfnt"
)

// style is how a text is set.
type style struct {
	faces   []*face // asked in this order for each character
	size    float64 // points
	leading float64 // distance of baselines, as a multiple of the size
	shade   ink
}

// em is the size in millimetres.
func (s style) em() float64 { return s.size / pointsPerMM }

// lineHeight is the distance of baselines in millimetres.
func (s style) lineHeight() float64 { return s.em() * s.leading }

// in is the style at another size.
func (s style) in(size float64) style {
	s.size = size
	return s
}

// Extent of a line's ink above and below its baseline, in ems.
const (
	ascent  = 1.05
	descent = 0.3
)

// glyph is one character as it is drawn. Lengths are in ems.
type glyph struct {
	r       rune
	face    *face // nil: no font has it, it is drawn as a boxed code point
	advance float64
	shift   point // from the pen; only combining marks have one
	mark    bool
}

// cluster is a letter with its combining marks, or a mark alone; no line breaks within it.
type cluster struct {
	glyphs     []glyph
	breakAfter bool // a line may end here
}

// width is how far the cluster moves the pen, in ems.
func (c cluster) width() float64 {
	var w float64
	for _, g := range c.glyphs {
		w += g.advance
	}
	return w
}

func (c cluster) blank() bool { return len(c.glyphs) == 1 && isBlank(c.glyphs[0].r) }

// typesetter turns text into glyphs and draws them. It remembers which characters no font has.
type typesetter struct {
	canvas  canvas
	fonts   fontSet
	buf     sfnt.Buffer
	missing map[rune]bool
}

func newTypesetter(c canvas, fonts fontSet) *typesetter {
	return &typesetter{canvas: c, fonts: fonts, missing: map[rune]bool{}}
}

// missed lists the drawn characters that no font has.
func (t *typesetter) missed() []rune { return slices.Sorted(maps.Keys(t.missing)) }

// shape finds the glyphs of s and the places where a line may end (Unicode Standard Annex 14).
func (t *typesetter) shape(s string, faces []*face) []cluster {
	var clusters []cluster
	state := -1
	for s != "" {
		var text string
		var boundaries int
		text, s, boundaries, state = uniseg.StepString(s, state)
		for i, r := range text {
			g := t.glyph(r, faces)
			if i == 0 || !g.mark {
				clusters = append(clusters, cluster{})
			}
			last := &clusters[len(clusters)-1]
			last.glyphs = append(last.glyphs, g)
		}
		clusters[len(clusters)-1].breakAfter = boundaries&uniseg.MaskLine != uniseg.LineDontBreak
	}
	for _, c := range clusters {
		t.attachMarks(c.glyphs)
	}
	return clusters
}

func (t *typesetter) glyph(r rune, faces []*face) glyph {
	for _, f := range faces {
		if !f.has(&t.buf, r) {
			continue
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			return glyph{r: r, face: f, mark: true}
		}
		return glyph{r: r, face: f, advance: f.advance(&t.buf, r)}
	}
	return glyph{r: r, advance: t.boxWidth(r)}
}

// Distances in ems by which marks are placed.
const (
	markGap   = 0.05 // least distance between a letter and a mark above or below it
	markAbove = 0.4  // a mark whose lowest point is higher than this stands above its letter
	markBelow = 0.1  // a mark whose highest point is lower than this below the baseline stands below its letter
)

// attachMarks puts combining marks over or under the middle of their letter, further out where one stands already, but
// never into the neighbouring line. (The positioning tables of the fonts cannot be read with sfnt.)
func (t *typesetter) attachMarks(glyphs []glyph) {
	letter, marks := &glyphs[0], glyphs[1:]
	if len(marks) == 0 && !letter.mark {
		return
	}
	base := t.inkOf(*letter) // what the next mark has to keep clear of
	if letter.mark {         // there is no letter: make room for the mark itself
		letter.advance, letter.shift.x = base.w, -base.x
		base.x = 0
	}
	for i := range marks {
		g := &marks[i]
		box := t.inkOf(*g)
		g.shift.x = base.x + base.w/2 - (box.x + box.w/2) - letter.advance
		top, bottom := box.y, box.y+box.h
		if bottom < -markAbove {
			g.shift.y = max(min(0, base.y-markGap-bottom), -ascent-top)
			base.h += max(0, base.y-(top+g.shift.y))
			base.y = min(base.y, top+g.shift.y)
		} else if top > markBelow {
			g.shift.y = min(max(0, base.y+base.h+markGap-top), descent-bottom)
			base.h = max(base.h, bottom+g.shift.y-base.y)
		}
	}
}

// inkOf is the box around what is drawn of g, in ems from its origin.
func (t *typesetter) inkOf(g glyph) rect {
	switch {
	case g.face == nil:
		return rect{boxGap, -boxTop, g.advance - 2*boxGap, boxTop + boxBottom}
	case isBlank(g.r):
		return rect{w: g.advance}
	}
	return g.face.bounds(&t.buf, g.r)
}

// line is a line of clusters.
type line []cluster

func (l line) width() float64 {
	var w float64
	for _, c := range l {
		w += c.width()
	}
	return w
}

// breakLines fills lines up to a width in ems. What is too long for a line by itself breaks between any two characters.
func breakLines(clusters []cluster, width float64) []line {
	var lines []line
	for len(clusters) > 0 {
		n := lineEnd(clusters, width)
		lines = append(lines, trimBlanks(clusters[:n]))
		clusters = clusters[n:]
		for len(clusters) > 0 && clusters[0].blank() {
			clusters = clusters[1:]
		}
	}
	return lines
}

// lineEnd counts the clusters of the first line.
func lineEnd(clusters []cluster, width float64) int {
	var used float64
	breakAt := 0
	for i, c := range clusters {
		used += c.width()
		if used > width && !c.blank() && i > 0 {
			if breakAt == 0 {
				return i
			}
			return breakAt
		}
		if c.breakAfter {
			breakAt = i + 1
		}
	}
	return len(clusters)
}

func trimBlanks(clusters []cluster) line {
	for len(clusters) > 0 && clusters[len(clusters)-1].blank() {
		clusters = clusters[:len(clusters)-1]
	}
	return clusters
}

// draw sets a line from a point of the baseline.
func (t *typesetter) draw(at point, st style, l line) {
	var run []rune // of one face, not drawn yet
	var runFace *face
	var runAt point
	flush := func() {
		if len(run) > 0 {
			t.canvas.text(runAt, runFace, st.size, st.shade, string(run))
			run = run[:0]
		}
	}
	for _, c := range l {
		for _, g := range c.glyphs {
			switch {
			case g.face == nil:
				flush()
				t.drawBox(at, st, g)
			case g.mark || !g.face.embeds(g.r):
				flush()
				shifted := point{at.x + g.shift.x*st.em(), at.y + g.shift.y*st.em()}
				t.canvas.glyph(shifted, st.size, st.shade, g.face.contours(&t.buf, g.r), g.r)
			default:
				if g.face != runFace {
					flush()
				}
				if len(run) == 0 {
					runFace, runAt = g.face, at
				}
				run = append(run, g.r)
			}
			at.x += g.advance * st.em()
		}
	}
	flush()
}

// Measures of a boxed code point, in ems of the text around it.
const (
	boxText    = 0.5  // the code point's size
	boxPadding = 0.12 // left and right of the code point, within the box
	boxGap     = 0.06 // left and right of the box
	boxTop     = 0.72 // above the baseline
	boxBottom  = 0.14 // below the baseline
	boxBase    = 0.12 // the code point's baseline above the text's
	boxStroke  = 0.03
)

func (t *typesetter) boxWidth(r rune) float64 {
	return line(t.codePoint(r)).width()*boxText + 2*(boxPadding+boxGap)
}

func (t *typesetter) codePoint(r rune) []cluster {
	return t.shape(fmt.Sprintf("U+%04X", r), t.fonts.prose())
}

// drawBox draws the code point of a character that no font has, in a box, and remembers the character.
func (t *typesetter) drawBox(at point, st style, g glyph) {
	t.missing[g.r] = true
	em := st.em()
	left, right := at.x+boxGap*em, at.x+(g.advance-boxGap)*em
	top, bottom := at.y-boxTop*em, at.y+boxBottom*em
	corners := []point{{left, top}, {right, top}, {right, bottom}, {left, bottom}}
	for i, from := range corners {
		t.canvas.line(from, corners[(i+1)%len(corners)], boxStroke*em, st.shade)
	}
	t.draw(point{left + boxPadding*em, at.y - boxBase*em}, st.in(st.size*boxText), t.codePoint(g.r))
}
