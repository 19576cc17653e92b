package pdfgen

import (
	"bytes"
	"compress/zlib"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"

	"rekey/account"
)

func render(t testing.TB, form account.Form) []byte {
	t.Helper()
	var pdf bytes.Buffer
	if _, err := Render(&pdf, form); err != nil {
		t.Fatal(err)
	}
	return pdf.Bytes()
}

func TestRenderIsDeterministic(t *testing.T) {
	form := nastyForms()["everything full"]
	first := render(t, form)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var pdf bytes.Buffer
			if _, err := Render(&pdf, form); err != nil || !bytes.Equal(pdf.Bytes(), first) {
				t.Errorf("rendering the same form again gives another file (%v)", err)
			}
		})
	}
	wg.Wait()
	form.Issued = time.Time{}
	if !bytes.Equal(render(t, form), render(t, form)) {
		t.Error("a form without a time of issue is not deterministic")
	}
}

func TestNastyFormsAreRendered(t *testing.T) {
	for name, form := range nastyForms() {
		t.Run(name, func(t *testing.T) {
			if pdf := render(t, form); !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("/Count 1")) {
				t.Error("the form is not a PDF of one page")
			}
		})
	}
}

func TestRenderReportsMissing(t *testing.T) {
	form := testForm()
	form.Member.Name = "😀김😀"
	form.TeamName = "ไ"
	missing, err := Render(io.Discard, form)
	if want := []rune{'ไ', '김', '😀'}; err != nil || !slices.Equal(missing, want) {
		t.Errorf("missing %U, %v, want %U", missing, err, want)
	}
}

func TestRenderRefusesAnImpossibleURL(t *testing.T) {
	for name, url := range map[string]string{"empty": "", "too long": "https://example.com/" + strings.Repeat("x", 4000)} {
		t.Run(name, func(t *testing.T) {
			form := testForm()
			form.URL = url
			_, err := Render(io.Discard, form)
			if err == nil {
				t.Fatal("a form without a QR code was made")
			}
			if url != "" && strings.Contains(err.Error(), url[:30]) {
				t.Error("the error tells the secret URL")
			}
		})
	}
}

func TestRenderWithoutZone(t *testing.T) {
	form := testForm()
	form.Zone = nil
	render(t, form)
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestRenderReportsAFailedWrite(t *testing.T) {
	if _, err := Render(brokenWriter{}, testForm()); err == nil {
		t.Error("a failed write was not reported")
	}
}

func TestMetadata(t *testing.T) {
	form := testForm()
	pdf := render(t, form)
	for _, want := range []string{"/Title (Account Information)", "/Lang (ja)", "/Producer (rekey)",
		"/CreationDate (D:20260302093000)", "/ModDate (D:20260302093000)", "/Count 1"} {
		if !bytes.Contains(pdf, []byte(want)) {
			t.Errorf("the PDF does not contain %q", want)
		}
	}
	form.TeamName, form.Member.Name, form.Member.Departments = "Example Ltd.", "Ada Example", []string{"Sales"}
	if !bytes.Contains(render(t, form), []byte("/Lang (en)")) {
		t.Error("the language of a form without Japanese names is not en")
	}
}

// TestOutlinedTextIsSelectable looks for the replacement text of a character that is drawn as an outline.
func TestOutlinedTextIsSelectable(t *testing.T) {
	form := testForm()
	form.Member.Name = "𠮷野 濵"
	content := inflate(t, render(t, form))
	for _, want := range []string{"/ActualText <FEFFD842DFB7>", "/ActualText <FEFF6FF5>"} {
		if !strings.Contains(content, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

// inflate gives the page's content.
func inflate(t *testing.T, pdf []byte) string {
	t.Helper()
	return streams(t, pdf)[0]
}

// streams gives the contents of the pages and then of what else is compressed, in the order of the file.
func streams(t *testing.T, pdf []byte) []string {
	t.Helper()
	var all []string
	for _, part := range bytes.Split(pdf, []byte("\nstream\n"))[1:] {
		r, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue // a stream that is not compressed
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(content))
	}
	if len(all) == 0 {
		t.Fatal("the PDF has no stream")
	}
	return all
}

// TestWidthsAgree asserts that text takes as much room in the PDF as the layout thinks.
func TestWidthsAgree(t *testing.T) {
	const size = 12.0
	fonts := testFonts(t)
	for _, c := range []struct {
		face *face
		text string
	}{
		{fonts.mono, "W1lI0O.x&-{|}~"},
		{fonts.text, "Ada Example, Zoë · “Set” 10482937 株式会社ｱｲｳ"},
	} {
		pdf := fpdf.New(fpdf.OrientationPortrait, fpdf.UnitMillimeter, fpdf.PageSizeA4, "")
		pdf.AddUTF8FontFromBytes(c.face.family, "", bytes.Clone(c.face.data))
		pdf.SetFont(c.face.family, "", size)
		var buf sfnt.Buffer
		var want float64
		for _, r := range c.text {
			want += c.face.advance(&buf, r) * size / pointsPerMM
		}
		if got := pdf.GetStringWidth(c.text); got > want*1.002 || got < want*0.998 {
			t.Errorf("%q is %.2f mm wide in the PDF, %.2f mm in the layout", c.text, got, want)
		}
	}
}

// TestPicture has Poppler draw the page and reads the QR code from the picture, and the text from the page.
func TestPicture(t *testing.T) {
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("pdftoppm (poppler-utils) is not installed: the page is not looked at as a picture")
	}
	form := testForm()
	form.Member.Name = "𠮷野 太郎"
	path := filepath.Join(t.TempDir(), "form.pdf")
	if err := os.WriteFile(path, render(t, form), 0o600); err != nil {
		t.Fatal(err)
	}
	picture := run(t, "pdftoppm", "-r", "200", "-gray", "-png", path)
	page, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := decodeQR(t, page); got != form.URL {
		t.Error("the QR code of the picture does not hold the form's URL")
	}
	text := string(run(t, "pdftotext", path, "-"))
	for _, want := range []string{form.Member.Name, form.Member.LoginID, form.TeamName} {
		if !strings.Contains(text, want) {
			t.Errorf("%q cannot be selected", want)
		}
	}
}

// TestSyntax has qpdf check the file.
func TestSyntax(t *testing.T) {
	if _, err := exec.LookPath("qpdf"); err != nil {
		t.Skip("qpdf is not installed: the syntax of the PDF is not checked")
	}
	path := filepath.Join(t.TempDir(), "form.pdf")
	if err := os.WriteFile(path, render(t, nastyForms()["everything full"]), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "qpdf", "--check", path)
	if err := os.WriteFile(path, boundPDF(t, manyForms(12)), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "qpdf", "--check", path)
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// BenchmarkRender is the cost of a form; BenchmarkBareFpdfPage is that of the PDF library alone.
func BenchmarkRender(b *testing.B) {
	form := testForm()
	for b.Loop() {
		if _, err := Render(io.Discard, form); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBareFpdfPage(b *testing.B) {
	bare := barePage(b)
	for b.Loop() {
		bare()
	}
}

// BenchmarkForms100 is the cost of a document of a hundred forms. It tells what a page of it costs, as a multiple of
// what a document of one page costs the PDF library alone.
func BenchmarkForms100(b *testing.B) {
	const pages = 100
	forms := manyForms(pages)
	const samples = 10
	page := barePage(b)
	began := time.Now()
	for range samples {
		page()
	}
	bare := float64(time.Since(began)) / samples
	for b.Loop() {
		if err := bound(b, forms).writeTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	each := float64(b.Elapsed()) / float64(b.N) / pages
	b.ReportMetric(each/1e6, "ms/page")
	b.ReportMetric(each/bare, "bare-pages/page")
}

// barePage gives what writes the text of a form's page with the PDF library alone.
func barePage(b *testing.B) func() {
	fonts := testFonts(b)
	form := testForm()
	code, err := newQRCode(form.URL)
	if err != nil {
		b.Fatal(err)
	}
	r := &recorder{}
	drawForm(r, fonts, form, code)
	return func() {
		doc := newDocument(fonts)
		doc.addPage("")
		for _, m := range r.marks {
			doc.text(point{m.ink.x, m.baseline}, m.face, m.em*pointsPerMM, black, m.s)
		}
		if err := doc.writeTo(io.Discard, properties{title: title, language: "ja", issued: form.Issued}); err != nil {
			b.Fatal(err)
		}
	}
}
