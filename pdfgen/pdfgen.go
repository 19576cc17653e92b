// Package pdfgen makes the Account Information PDF: one A4 page that tells a login ID member what the account is and
// how to set a new password, with a QR code that leads there. The pages of many members go into one document as well.
//
// The page is laid out once (layout.go) on a canvas of four operations (canvas.go); a PDF library stands behind that
// canvas (fpdf.go). The same form gives the same bytes.
package pdfgen

import (
	"fmt"
	"io"
	"maps"
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
	b, err := newBook()
	if err != nil {
		return nil, err
	}
	if err := b.add(form, ""); err != nil {
		return nil, err
	}
	return b.missed(), b.writeTo(w)
}

// book is a document of forms, a page each.
type book struct {
	document document
	fonts    fontSet
	pages    int
	about    properties
	missing  map[rune]bool
}

func newBook() (*book, error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, fmt.Errorf("reading the fonts of the form: %w", err)
	}
	return &book{document: newDocument(fonts), fonts: fonts, about: properties{title: title, language: "en"}, missing: map[rune]bool{}}, nil
}

// add draws a form on a new page, with an entry in the outline if there is one. After an error the book is the same as
// before.
func (b *book) add(form account.Form, entry string) error {
	code, err := newQRCode(form.URL)
	if err != nil {
		return fmt.Errorf("making the QR code of the form: %w", err)
	}
	if form.Zone == nil {
		form.Zone = time.UTC
	}
	b.document.addPage(entry)
	b.pages++
	for _, r := range drawForm(b.document, b.fonts, form, code) {
		b.missing[r] = true
	}
	// A document is as old as its newest form, not as its writing: the same forms give the same bytes.
	if form.Issued.After(b.about.issued) {
		b.about.issued = form.Issued.In(form.Zone)
	}
	if isJapanese(form) {
		b.about.language = "ja"
	}
	return nil
}

// missed lists the characters that no font has.
func (b *book) missed() []rune { return slices.Sorted(maps.Keys(b.missing)) }

func (b *book) writeTo(w io.Writer) error {
	if err := b.document.writeTo(w, b.about); err != nil {
		return fmt.Errorf("writing the form as a PDF: %w", err)
	}
	return nil
}

// isJapanese chooses the document's main language, by which a screen reader picks its voice. Every label stands in both
// languages, so the names decide: a Japanese voice also reads English, an English one cannot read a Japanese name.
func isJapanese(form account.Form) bool {
	texts := append([]string{form.Member.Name, form.TeamName}, form.Member.Departments...)
	japanese := func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }
	return slices.ContainsFunc(texts, func(s string) bool { return slices.ContainsFunc([]rune(s), japanese) })
}
