// Package pdfgen makes the Account Information PDF: one A4 page that tells a login ID member what the account is and
// how to set a new password, with a QR code that leads there.
//
// The page is laid out once (layout.go) on a canvas of four operations (canvas.go); a PDF library stands behind that
// canvas (fpdf.go). The same form gives the same bytes.
package pdfgen

import (
	"fmt"
	"io"
	"slices"
	"time"
	"unicode"

	"rekey/account"
)

// title is the document's title, on the page and in its metadata.
const title = "Account Information"

// Render writes the form as a PDF of one A4 page. It returns the characters that no font has, in ascending order and
// each once: they stand on the page as their code points in boxes. On an error nothing useful has been written to w.
// Render may be called by several goroutines at once.
func Render(w io.Writer, form account.Form) (missing []rune, err error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, fmt.Errorf("reading the fonts of the form: %w", err)
	}
	code, err := newQRCode(form.URL)
	if err != nil {
		return nil, fmt.Errorf("making the QR code of the form: %w", err)
	}
	if form.Zone == nil {
		form.Zone = time.UTC
	}
	doc := newDocument(properties{title: title, language: language(form), issued: form.Issued.In(form.Zone)}, fonts)
	missing = drawForm(doc, fonts, form, code)
	if err := doc.writeTo(w); err != nil {
		return nil, fmt.Errorf("writing the form as a PDF: %w", err)
	}
	return missing, nil
}

// language is the document's main language, by which a screen reader picks its voice. Every label stands in both
// languages, so the names decide: a Japanese voice also reads English, an English one cannot read a Japanese name.
func language(form account.Form) string {
	texts := append([]string{form.Member.Name, form.TeamName}, form.Member.Departments...)
	japanese := func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }
	if slices.ContainsFunc(texts, func(s string) bool { return slices.ContainsFunc([]rune(s), japanese) }) {
		return "ja"
	}
	return "en"
}
