package pdfgen

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// manyForms are forms of different members, some of them of names that are hard to set.
func manyForms(n int) []account.Form {
	names := []string{"吉野 太郎", "Ada Example", "𠮷野 濵", "Çağla Müller", "髙橋　薫"}
	forms := make([]account.Form, n)
	for i := range forms {
		form := testForm()
		form.Member.ID = member.ID(i + 1)
		form.Member.LoginID = fmt.Sprintf("line%d-%03d", i%9+1, i)
		form.Member.Name = names[i%len(names)]
		form.Code = fmt.Sprintf("%04d-9Z4K-7M2Q-X8VB-3NTD-HC5R", i)
		form.URL = "https://rekey.example.com/s/" + form.Code
		form.Issued = form.Issued.Add(time.Duration(i) * time.Minute)
		forms[i] = form
	}
	return forms
}

// bound puts forms into one document.
func bound(t testing.TB, forms []account.Form) *book {
	t.Helper()
	b, err := newBook()
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range forms {
		if err := b.add(form, form.Member.LoginID); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func boundPDF(t testing.TB, forms []account.Form) []byte {
	t.Helper()
	var pdf bytes.Buffer
	if err := bound(t, forms).writeTo(&pdf); err != nil {
		t.Fatal(err)
	}
	return pdf.Bytes()
}

func TestBookIsDeterministic(t *testing.T) {
	forms := manyForms(7)
	if !bytes.Equal(boundPDF(t, forms), boundPDF(t, forms)) {
		t.Error("the same forms give another document")
	}
	if pdf := boundPDF(t, forms); !bytes.Contains(pdf, []byte("/CreationDate (D:20260302093600)")) || !bytes.Contains(pdf, []byte("/Lang (ja)")) {
		t.Error("the document's metadata is not that of its newest form")
	}
}

// TestPagesAreThoseOfSingleForms compares what is drawn on each page, to the byte.
func TestPagesAreThoseOfSingleForms(t *testing.T) {
	forms := manyForms(7)
	pages := streams(t, boundPDF(t, forms))
	for i, form := range forms {
		if alone := streams(t, render(t, form))[0]; pages[i] != alone {
			t.Errorf("the page of %q is another one in the document", form.Member.Name)
		}
	}
}

func TestFontsAreEmbeddedOnce(t *testing.T) {
	one, many := render(t, testForm()), boundPDF(t, manyForms(30))
	fonts := func(pdf []byte) int { return bytes.Count(pdf, []byte("/FontFile2")) }
	if fonts(many) != fonts(one) {
		t.Errorf("%d fonts are embedded, in a single form %d", fonts(many), fonts(one))
	}
	if perPage := len(many) / 30; perPage > len(one)/2 {
		t.Errorf("a page takes %d bytes, a single form %d", perPage, len(one))
	}
}

func TestOutlineNamesTheMembers(t *testing.T) {
	forms := manyForms(3)
	forms[1].Member.LoginID = "a(b)\\\xff𠮷\x1b"
	pdf := boundPDF(t, forms)
	for _, login := range []string{"line1-000", "line3-002"} {
		var title bytes.Buffer
		title.WriteString("/Title (\xfe\xff")
		for _, c := range []byte(login) {
			title.Write([]byte{0, c})
		}
		if !bytes.Contains(pdf, append(title.Bytes(), ')')) {
			t.Errorf("the outline does not name %s", login)
		}
	}
	if n := bytes.Count(pdf, []byte("/Dest [")); n != len(forms) {
		t.Errorf("the outline has %d entries", n)
	}
}
