package main

import (
	stdbytes "bytes"
	"io"
	"path/filepath"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	mplus "github.com/hajimehoshi/ebiten/v2/examples/resources/fonts"
	"github.com/skip2/go-qrcode"
	"golang.org/x/image/font/gofont/gomono"
	"rsc.io/qr"

	"rekey/account"
	"rekey/member"
	"rekey/pdfgen"
)

// someForm is a form as the demo's admin hands it out.
func someForm() account.Form {
	issued := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	return account.Form{
		ProductName: "Example Suite", TeamName: "Example Works", TeamNumber: "100200",
		Member: member.Member{ID: 3, LoginID: "line1-003", Name: "渡邊 健", EmployeeNumber: "E000003",
			Departments: []string{"工場1課"}, Status: member.Active},
		Code: "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01", URL: "https://team.example.com/s/ABCD-EFGH-JKMN-PQRS-TVWX-YZ01",
		Issued: issued, IssuedBy: "青木 遥", Expires: issued.AddDate(0, 0, 14), Zone: time.UTC,
	}
}

// measureForm takes the time of one Account Information PDF, beside a page with the same fonts and as much text of bare fpdf.
func measureForm(b *bench) ([]result, error) {
	form := someForm()
	if _, err := pdfgen.Render(io.Discard, form); err != nil { // parses the fonts
		return nil, err
	}
	ours, anchor, err := compare(3*b.rounds,
		took(func() error { _, err := pdfgen.Render(io.Discard, form); return err }),
		took(func() error { return barePage(form) }))
	if err != nil {
		return nil, err
	}
	const pages = 100
	many := func(yield func(account.Form, error) bool) {
		for range pages {
			if !yield(form, nil) {
				return
			}
		}
	}
	writer := pdfgen.Writer{Dir: b.work}
	document, page, err := compare(min(3, b.rounds),
		took(func() error { _, err := writer.WriteForms(many, filepath.Join(b.work, "forms.pdf")); return err }),
		took(func() error { return barePage(form) }))
	if err != nil {
		return nil, err
	}
	return []result{
		timed("one Account Information PDF", ours, anchor, "bare fpdf, the same fonts and text", atMost(1.3)),
		timed("a page of a document of 100", document/pages, page, "bare fpdf, one page", atMost(3)),
	}, nil
}

// barePage writes a page of the form's own words, and of as many more as stand on it.
func barePage(form account.Form) error {
	pdf := fpdf.New(fpdf.OrientationPortrait, fpdf.UnitMillimeter, fpdf.PageSizeA4, "")
	pdf.AddUTF8FontFromBytes("text", "", stdbytes.Clone(mplus.MPlus1pRegular_ttf))
	pdf.AddUTF8FontFromBytes("mono", "", stdbytes.Clone(gomono.TTF))
	pdf.AddPage()
	for _, part := range []struct{ family, text string }{
		{"text", strings.Join([]string{form.ProductName, form.TeamName, form.Member.Name, form.Member.Departments[0], form.IssuedBy,
			strings.Repeat("Account Information アカウント情報 パスワードを設定してください。 ", 12)}, " ")},
		{"mono", strings.Join([]string{form.TeamNumber, form.Member.LoginID, form.Code, form.URL}, " ")},
	} {
		pdf.SetFont(part.family, "", 11)
		pdf.MultiCell(0, 6, part.text, "", "L", false)
	}
	return pdf.Output(io.Discard)
}

// measureQR takes the time of a form's QR code, beside another library's.
func measureQR(b *bench) ([]result, error) {
	url := someForm().URL
	var symbol *qrcode.QRCode
	ours, anchor, err := compare(10*b.rounds,
		took(func() (err error) {
			if symbol, err = qrcode.New(url, qrcode.High); err == nil {
				symbol.Bitmap()
			}
			return err
		}),
		took(func() error { _, err := qr.Encode(url, qr.Q); return err }))
	return []result{timed("QR code of a form", ours, anchor, "rsc.io/qr for the same text", nil)}, err
}
