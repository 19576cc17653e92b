package pdfgen

import (
	"io"
	"time"
)

// point is a place on the page, in millimetres from its upper left corner.
type point struct{ x, y float64 }

// rect is an upright rectangle on the page, in millimetres.
type rect struct{ x, y, w, h float64 }

// ink is a shade of grey: 0 is black, 255 the paper.
type ink uint8

// segment is one step of a glyph's contour: a move or a line to p[0], or a cubic Bézier curve by p[0] and p[1] to
// p[2]. Coordinates are in ems from the glyph's origin on the baseline, y downwards.
type segment struct {
	op contourOp
	p  [3]point
}

type contourOp uint8

const (
	moveTo contourOp = iota
	lineTo
	curveTo
)

// canvas is an A4 page to draw on. Type sizes are in points.
type canvas interface {
	// text sets s in one face, starting at a point of the baseline. Every character has to be in the face and in the
	// Basic Multilingual Plane: see face.embeds.
	text(at point, f *face, size float64, shade ink, s string)
	// glyph fills contours. Whoever selects the text there gets the character r.
	glyph(at point, size float64, shade ink, contours []segment, r rune)
	// line draws a straight line of a width in millimetres.
	line(from, to point, width float64, shade ink)
	// fill blackens rectangles all at once, so that no seam shows where two of them touch.
	fill(rects []rect)
}

// document is a canvas of pages that becomes a PDF. This interface and newDocument are all that another PDF library has
// to provide.
type document interface {
	canvas
	// addPage begins the page that is drawn on from here on. The reader's outline has an entry for it if there is one.
	addPage(entry string)
	// writeTo ends the document, of which there is one page at least. It is called once.
	writeTo(w io.Writer, p properties) error
}

// properties are what a PDF says of itself.
type properties struct {
	title    string // ASCII
	language string // a BCP 47 tag
	issued   time.Time
}
