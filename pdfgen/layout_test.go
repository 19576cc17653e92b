package pdfgen

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"rekey/account"
	"rekey/member"
)

// nastyForms are forms whose contents try to leave their places.
func nastyForms() map[string]account.Form {
	forms := map[string]account.Form{"ordinary": testForm()}
	add := func(name string, change func(*account.Form)) {
		f := testForm()
		change(&f)
		forms[name] = f
	}
	named := func(name, s string) {
		add(name, func(f *account.Form) { f.Member.Name = s })
	}
	named("rare kanji", "𠮷野 濵瀨 渡邊 \uFA19")
	named("emoji and Hangul", "김철수 😀👨‍👩‍👧‍👦🇯🇵")
	named("stacked marks", strings.Repeat("a\u0301\u0302\u0304\u0307\u0323\u0331\u0308\u030a ", 28))
	named("only marks", strings.Repeat("\u0301", 256))
	named("escape sequences", "\x1b]0;owned\x07\x1b[2J\u202Egnp.exe\r\n\u009b31m\u2028")
	named("one cluster of Hangul", strings.Repeat("\u1100", member.MaxName))
	named("one cluster of Devanagari", strings.Repeat("क\u094D", member.MaxName/2))
	named("wide name", strings.Repeat("長", member.MaxName))
	named("unbroken Latin name", strings.Repeat("W", member.MaxName))
	named("name without a glyph", strings.Repeat("😀", member.MaxName))
	named("name of spaces", strings.Repeat(" ", member.MaxName))
	add("empty optional fields", func(f *account.Form) {
		f.ProductName, f.TeamName, f.TeamNumber, f.IssuedBy, f.Member.Departments = "", "", "", "", nil
	})
	add("everything full", func(f *account.Form) {
		const long = "国際サンプル International Sample Group 😀 "
		f.ProductName = strings.Repeat(long, 50)
		f.TeamName = strings.Repeat(long, 50)
		f.TeamNumber = strings.Repeat("1234567890", 50)
		f.IssuedBy = strings.Repeat(long, 50)
		f.Member.Name = strings.Repeat(long, 50)
		f.Member.LoginID = strings.Repeat("W1lI0O.x&-", member.MaxLoginID/10)
		f.Code = strings.Repeat("WWWW-", 20)
		f.Member.Departments = slices.Repeat([]string{strings.Repeat("製造部 ", 20)}, 20)
	})
	add("twenty departments", func(f *account.Form) {
		f.Member.Departments = slices.Repeat([]string{"Département d'été 第二製造部"}, 20)
	})
	add("long base URL", func(f *account.Form) {
		f.URL = "https://" + strings.Repeat("a-rather-long-label.", 12) + "example.com/s/0000-9Z4K-7M2Q-X8VB-3NTD-HC5R"
	})
	add("short base URL", func(f *account.Form) { f.URL = "http://a/s/0" })
	add("zero form", func(f *account.Form) { *f = account.Form{URL: f.URL, Zone: f.Zone} })
	return forms
}

func TestNothingOverlaps(t *testing.T) {
	const tolerance = 0.12 // mm: glyphs overhang their advance a little
	for name, form := range nastyForms() {
		t.Run(name, func(t *testing.T) {
			r, _, _ := record(t, form)
			for i, a := range r.marks {
				for _, b := range r.marks[:i] {
					onOneLine := math.Abs(a.baseline-b.baseline) < max(a.em, b.em)
					if onOneLine && (a.combining() || b.combining()) {
						continue // marks belong on their letters
					}
					if overlap(a.ink, b.ink) > tolerance {
						t.Errorf("%v and %v overlap by %.2f mm", a, b, overlap(a.ink, b.ink))
					}
				}
				for _, rule := range r.rules {
					if overlap(a.ink, rule) > 0 {
						t.Errorf("%v touches the rule at %.1f", a, rule.y)
					}
				}
			}
		})
	}
}

func TestMarginsAndQuietZoneStayWhite(t *testing.T) {
	printed := rect{left, 15, right - left, bottom - 15}
	for name, form := range nastyForms() {
		t.Run(name, func(t *testing.T) {
			r, _, code := record(t, form)
			quiet := code.quiet(qrSize)
			corner := rect{right - qrSize - quiet, bottom - qrSize - quiet, qrSize + 2*quiet, qrSize + 2*quiet}
			if corner.x+corner.w > 210 || corner.y+corner.h > 297 {
				t.Error("the quiet zone leaves the sheet")
			}
			check := func(what any, box rect) {
				if box == (rect{}) {
					return
				}
				const overhang = 0.3 // mm: side bearings can be negative
				if box.x < printed.x-overhang || box.x+box.w > printed.x+printed.w+overhang ||
					box.y < printed.y || box.y+box.h > printed.y+printed.h {
					t.Errorf("%v reaches into the margin: %+v", what, box)
				}
				if overlap(box, corner) > 0 {
					t.Errorf("%v reaches into the quiet zone", what)
				}
			}
			for _, m := range r.marks {
				check(m, m.ink)
			}
			for _, rule := range r.rules {
				check("a rule", rule)
			}
		})
	}
}

func TestQRCodeDecodes(t *testing.T) {
	for name, form := range nastyForms() {
		t.Run(name, func(t *testing.T) {
			r, _, code := record(t, form)
			got, level := decodeQR(t, sheet(r.rects, 8))
			if got != form.URL {
				t.Error("the QR code does not hold the form's URL")
			}
			if level != "Q" {
				t.Errorf("the level is %s, want Q", level)
			}
			var modules rect
			var area float64
			for i, a := range r.rects {
				modules = union(modules, a)
				area += a.w * a.h
				for _, b := range r.rects[:i] {
					if overlap(a, b) > 1e-9 {
						t.Fatal("two rectangles of the QR code overlap")
					}
				}
			}
			want := rect{right - qrSize, bottom - qrSize, qrSize, qrSize}
			if overlap(modules, want) < qrSize-1e-6 || modules.w > qrSize+1e-6 || modules.h > qrSize+1e-6 {
				t.Errorf("the modules cover %+v, want %+v", modules, want)
			}
			if dark := darkModules(code); len(r.rects) > dark*3/4 {
				t.Errorf("%d rectangles for %d dark modules: they are not merged", len(r.rects), dark)
			}
		})
	}
}

func darkModules(c qrCode) int {
	n := 0
	for _, row := range c {
		for _, dark := range row {
			if dark {
				n++
			}
		}
	}
	return n
}

// sheet paints rectangles on an A4 page of so many pixels to the millimetre.
func sheet(rects []rect, scale float64) image.Image {
	pixels := func(mm float64) int { return int(math.Round(mm * scale)) }
	page := image.NewGray(image.Rect(0, 0, pixels(210), pixels(297)))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	for _, r := range rects {
		area := image.Rect(pixels(r.x), pixels(r.y), pixels(r.x+r.w), pixels(r.y+r.h))
		draw.Draw(page, area, image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	return page
}

// decodeQR reads the QR code in the lower right corner of a picture of the page, as ZXing does.
func decodeQR(t *testing.T, page image.Image) (content, level string) {
	t.Helper()
	b := page.Bounds()
	corner := image.Rect(b.Max.X*2/3, b.Max.Y*3/4, b.Max.X, b.Max.Y)
	cut := image.NewGray(image.Rect(0, 0, corner.Dx(), corner.Dy()))
	draw.Draw(cut, cut.Bounds(), page, corner.Min, draw.Src)
	bitmap, err := gozxing.NewBinaryBitmapFromImage(cut)
	if err != nil {
		t.Fatal(err)
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		t.Fatalf("the QR code cannot be read: %v", err)
	}
	level, _ = result.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL].(string)
	return result.GetText(), level
}

func TestFormSaysEverything(t *testing.T) {
	form := testForm()
	r, missing, _ := record(t, form)
	if len(missing) != 0 {
		t.Errorf("missing %U, want none", missing)
	}
	for _, want := range []string{
		title, form.ProductName, form.TeamName, form.TeamNumber, form.Member.Name, form.Member.LoginID, "製造部 / 第二工場",
		form.IssuedBy, account.FormatTime(form.Issued, form.Zone), account.FormatTime(form.Expires, form.Zone), form.Code,
		"Scan the QR code", "on-site kiosk", "new password twice", "Set password and login", "works once", "Keep it secret",
	} {
		if !strings.Contains(r.drawn, want) {
			t.Errorf("the form does not say %q", want)
		}
	}
}

func TestTypedTextIsMonospaced(t *testing.T) {
	fonts := testFonts(t)
	form := testForm()
	r, _, _ := record(t, form)
	for _, typed := range []string{form.Member.LoginID, form.TeamNumber, form.Code[:15], form.Code[15:]} {
		at := slices.IndexFunc(r.marks, func(m mark) bool { return m.s == typed })
		if at < 0 || r.marks[at].face != fonts.mono {
			t.Errorf("a text to be typed is not set in the font that tells 0 from O")
		}
	}
}

func TestLoginIDIsNeverBroken(t *testing.T) {
	form := testForm()
	form.Member.LoginID = strings.Repeat("W", member.MaxLoginID)
	r, _, _ := record(t, form)
	if !slices.ContainsFunc(r.marks, func(m mark) bool { return m.s == form.Member.LoginID }) {
		t.Error("the longest login ID does not stand on one line")
	}
}

func TestTooLongTextEndsInEllipsis(t *testing.T) {
	form := testForm()
	form.Member.Departments = slices.Repeat([]string{"第二製造部"}, 500)
	r, _, _ := record(t, form)
	if !slices.ContainsFunc(r.marks, func(m mark) bool { return strings.HasSuffix(m.s, "…") }) {
		t.Error("cut departments do not end in an ellipsis")
	}
}

func TestEmptyFieldsLeaveNoLabel(t *testing.T) {
	form := testForm()
	form.Member.Departments = nil
	r, _, _ := record(t, form)
	if strings.Contains(r.drawn, "Department") {
		t.Error("a member of no department has the label Department")
	}
}
