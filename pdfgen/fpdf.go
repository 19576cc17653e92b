package pdfgen

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"

	"codeberg.org/go-pdf/fpdf"
)

// producer is what made the PDF, in its metadata. It is fixed so that the same form gives the same bytes.
const producer = "rekey"

// pointsPerMM converts millimetres to the units of PDF.
const pointsPerMM = 72 / 25.4

// fpdfDocument draws with codeberg.org/go-pdf/fpdf.
type fpdfDocument struct{ pdf *fpdf.Fpdf }

func newDocument(fonts fontSet) document {
	pdf := fpdf.New(fpdf.OrientationPortrait, fpdf.UnitMillimeter, fpdf.PageSizeA4, "")
	pdf.SetCatalogSort(true)
	pdf.SetProducer(producer, false)
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	for _, f := range fonts.embedded() {
		// A copy: fpdf pads tables in place when it computes their checksums.
		pdf.AddUTF8FontFromBytes(f.family, "", bytes.Clone(f.data))
	}
	return fpdfDocument{pdf}
}

func (d fpdfDocument) addPage(entry string) {
	d.rest()
	d.pdf.AddPage()
	if entry != "" {
		d.pdf.Bookmark(basic(entry), 0, 0)
	}
}

// rest puts the pen back. fpdf takes it over to the next page: so every page begins and ends in the same way, whether
// it stands alone or among others.
func (d fpdfDocument) rest() {
	d.pdf.SetFont(textFamily, "", 10)
	d.pdf.SetLineWidth(hairline)
	d.shade(black)
}

func (d fpdfDocument) text(at point, f *face, size float64, shade ink, s string) {
	d.shade(shade)
	d.pdf.SetFont(f.family, "", size)
	d.pdf.Text(at.x, at.y, s)
}

func (d fpdfDocument) glyph(at point, size float64, shade ink, contours []segment, r rune) {
	d.shade(shade)
	em := size / pointsPerMM
	place := func(p point) (x, y float64) { return at.x + p.x*em, at.y + p.y*em }
	for i, s := range contours {
		x, y := place(s.p[0])
		switch s.op {
		case moveTo:
			if i > 0 {
				d.pdf.ClosePath()
			}
			d.pdf.MoveTo(x, y)
		case lineTo:
			d.pdf.LineTo(x, y)
		case curveTo:
			x1, y1 := place(s.p[1])
			x2, y2 := place(s.p[2])
			d.pdf.CurveBezierCubicTo(x, y, x1, y1, x2, y2)
		}
	}
	d.pdf.ClosePath()
	d.pdf.DrawPath("F")
	d.selectable(at, size, r)
}

// Text rendering modes of ISO 32000-1, 9.3.6.
const (
	renderFilled    = 0
	renderInvisible = 3
)

// geta is the printers' mark for a character that is not in the case.
const geta = '〓'

// basic replaces what fpdf cannot write into an outline.
func basic(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return geta
		}
		return r
	}, strings.ToValidUTF8(s, string(geta)))
}

// selectable lays invisible text over a drawn glyph, marked as the replacement text r (ISO 32000-1, 14.9.4), so that
// the character can be selected, searched for and read out. fpdf sets no text above U+FFFF: there a geta carries it.
func (d fpdfDocument) selectable(at point, size float64, r rune) {
	carrier := r
	if r > 0xFFFF {
		carrier = geta
	}
	d.pdf.RawWriteStr(fmt.Sprintf("/Span <</ActualText <FEFF%s>>> BDC", utf16Hex(r)))
	d.pdf.SetTextRenderingMode(renderInvisible)
	d.pdf.SetFont(textFamily, "", size)
	d.pdf.Text(at.x, at.y, string(carrier))
	d.pdf.SetTextRenderingMode(renderFilled)
	d.pdf.RawWriteStr("EMC")
}

func utf16Hex(r rune) string {
	var b strings.Builder
	for _, unit := range utf16.AppendRune(nil, r) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String()
}

func (d fpdfDocument) line(from, to point, width float64, shade ink) {
	d.shade(shade)
	d.pdf.SetLineWidth(width)
	d.pdf.Line(from.x, from.y, to.x, to.y)
}

func (d fpdfDocument) fill(rects []rect) {
	d.shade(black)
	_, pageHeight := d.pdf.GetPageSize()
	for _, r := range rects {
		d.pdf.RawWriteStr(fmt.Sprintf("%.3f %.3f %.3f %.3f re", r.x*pointsPerMM, (pageHeight-r.y-r.h)*pointsPerMM,
			r.w*pointsPerMM, r.h*pointsPerMM))
	}
	d.pdf.DrawPath("F")
}

func (d fpdfDocument) shade(s ink) {
	v := int(s)
	d.pdf.SetTextColor(v, v, v)
	d.pdf.SetFillColor(v, v, v)
	d.pdf.SetDrawColor(v, v, v)
}

func (d fpdfDocument) writeTo(w io.Writer, p properties) error {
	d.rest()
	d.pdf.SetTitle(p.title, false)
	d.pdf.SetLang(p.language)
	if p.issued.IsZero() {
		p.issued = time.Unix(0, 0).UTC() // fpdf takes a zero time for "now"
	}
	d.pdf.SetCreationDate(p.issued)
	d.pdf.SetModificationDate(p.issued)
	return d.pdf.Output(w)
}
