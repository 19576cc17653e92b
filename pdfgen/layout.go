package pdfgen

import (
	"strings"

	"rekey/account"
)

// Shades.
const (
	black ink = 0
	grey  ink = 0x55 // the second language and everything of second rank
	pale  ink = 0xB0 // hairlines
)

// The page's grid, in millimetres. A4 is 210 by 297.
const (
	left   = 20.0
	right  = 190.0
	top    = 18.0
	bottom = 279.0

	labelWidth = 48.0
	valueLeft  = 72.0 // of the table
	valueWidth = right - valueLeft
	stepLeft   = 30.0

	headRule = 46.0
	codeRule = 221.0

	// qrSize is the width of the QR code's modules; the quiet zone comes on top and reaches into the margins.
	qrSize = 40.0

	hairline = 0.1
	rule     = 0.35
)

// page is the form being drawn.
type page struct {
	*typesetter
	form account.Form
}

// drawForm draws the whole page and returns the characters that no font has.
func drawForm(c canvas, fonts fontSet, form account.Form, code qrCode) []rune {
	p := page{newTypesetter(c, fonts), form}
	p.drawHead()
	end := p.drawTable(headRule + 1)
	p.drawSteps(end + 8)
	p.drawCode(code)
	return p.missed()
}

// prose is a style of running text.
func (p page) prose(size float64, shade ink) style { return style{p.fonts.prose(), size, 1.4, shade} }

// typed is a style for what is typed from the paper.
func (p page) typed(size float64, shade ink) style { return style{p.fonts.typed(), size, 1.4, shade} }

func (p page) drawHead() {
	product := p.fit(p.form.ProductName, p.prose(10, grey), room{right - left, 6, 6})
	p.drawBlock(point{left, top - 2}, product)
	p.drawBlock(point{left, 22}, p.paragraph(title, p.prose(25, black), right-left))
	p.drawBlock(point{left, 36}, p.paragraph("アカウント情報", p.prose(11, grey), right-left))
	p.canvas.line(point{left, headRule}, point{right, headRule}, rule, black)
}

// label is a name in both languages.
type label struct{ english, japanese string }

// row is one line of the table: a label and a value that is already fitted into its room.
type row struct {
	label label
	value block
}

// drawTable draws who the form is for, from the given height on, and returns where it ends.
func (p page) drawTable(y float64) float64 {
	const padding = 1.6
	for _, r := range p.rows() {
		labelBlock, second := p.label(r.label)
		p.drawBlock(point{left, y + padding}, labelBlock)
		p.drawBlock(point{left, y + padding + labelBlock.height()}, second)
		// The first baselines of label and value are on one height.
		valueTop := y + padding + labelBlock.firstBaseline() - r.value.firstBaseline()
		valueTop = max(valueTop, y+padding/2)
		p.drawBlock(point{valueLeft, valueTop}, r.value)
		y = max(y+padding+labelBlock.height()+second.height(), valueTop+r.value.height()) + padding
		p.canvas.line(point{left, y}, point{right, y}, hairline, pale)
	}
	return y
}

func (p page) label(l label) (english, japanese block) {
	return p.paragraph(l.english, p.prose(9.5, black), labelWidth), p.paragraph(l.japanese, p.prose(7.5, grey), labelWidth)
}

// rows are the table's rows that have something to say. The rooms are such that the page holds them all when each is
// full.
func (p page) rows() []row {
	form := p.form
	issued := account.FormatTime(form.Issued, form.Zone)
	if form.IssuedBy != "" {
		issued += " · " + form.IssuedBy
	}
	all := []row{
		{label{"Team", "チーム"}, p.fit(form.TeamName, p.prose(11, black), room{valueWidth, 10, 6})},
		{label{"Team identification number", "チーム識別番号"},
			p.fitLine(form.TeamNumber, p.typed(12, black), room{valueWidth, 8, 6})},
		{label{"Name", "氏名"}, p.fit(form.Member.Name, p.prose(15, black), room{valueWidth, 24, 6})},
		{label{"Login ID", "ログインID"}, p.fitLine(form.Member.LoginID, p.typed(12, black), room{valueWidth, 8, 6})},
		{label{"Department", "部署"},
			p.fit(strings.Join(form.Member.Departments, " / "), p.prose(11, black), room{valueWidth, 22, 6})},
		{label{"Issued", "発行"}, p.fit(issued, p.prose(9.5, black), room{valueWidth, 9, 6})},
	}
	var rows []row
	for _, r := range all {
		if len(r.value.lines) > 0 && len(r.value.lines[0]) > 0 {
			rows = append(rows, r)
		}
	}
	return rows
}

// steps say what the member does.
var steps = []label{
	{"Scan the QR code below with a phone. Without a phone, go to an on-site kiosk and scan the QR code there, " +
		"or type the code printed beside it.",
		"下のQRコードをスマートフォンで読み取ります。お持ちでない場合は、設置端末でQRコードを読み取るか、" +
			"その左のコードを入力します。"},
	{"Enter the new password twice.", "新しいパスワードを2回入力します。"},
	{"Press “Set password and login”.", "「Set password and login」を押します。"},
}

func (p page) drawSteps(y float64) {
	p.drawHeading(point{left, y}, label{"How to set your password", "パスワードの設定方法"}, 13)
	y += 9
	for i, s := range steps {
		number := p.paragraph(string(rune('1'+i)), p.prose(17, black), stepLeft-left)
		english := p.paragraph(s.english, p.prose(10, black), right-stepLeft)
		japanese := p.paragraph(s.japanese, p.prose(8.5, grey), right-stepLeft)
		p.drawBlock(point{left, y + english.firstBaseline() - number.firstBaseline() + 0.6}, number)
		p.drawBlock(point{stepLeft, y}, english)
		p.drawBlock(point{stepLeft, y + english.height()}, japanese)
		y += english.height() + japanese.height() + 2.6
	}
}

// drawHeading sets a label on one line, the second language after the first.
func (p page) drawHeading(at point, l label, size float64) {
	english := p.paragraph(l.english, p.prose(size, black), right-left)
	japanese := p.paragraph(l.japanese, p.prose(size*0.75, grey), right-left)
	p.drawBlock(at, english)
	at.x += english.lines[0].width()*english.style.em() + 3
	at.y += english.firstBaseline() - japanese.firstBaseline()
	p.drawBlock(at, japanese)
}

// drawCode draws the lower part of the page: the QR code in the corner, and to its left the same code to be typed, how
// long it works, and how to treat the sheet.
func (p page) drawCode(code qrCode) {
	p.canvas.line(point{left, codeRule}, point{right, codeRule}, rule, black)
	p.canvas.fill(code.rects(point{right - qrSize, bottom - qrSize}, qrSize))

	width := right - qrSize - code.quiet(qrSize) - 3 - left
	p.drawHeading(point{left, 224}, label{"Code", "コード"}, 9.5)
	p.drawTypedCode(point{left, 229.5}, width)
	p.drawBlock(point{left, 252}, p.paragraph("The letters I, L, O and U never occur: 0 and 1 are digits.  "+
		"英字のI・L・O・Uは使われません。", p.prose(7.5, grey), width))
	p.drawExpiry(point{left, 259.5}, width)
	p.drawBlock(point{left, 270.6}, p.paragraph("This form works once. Keep it secret, and destroy it after use.",
		p.prose(8.5, black), width))
	p.drawBlock(point{left, 275}, p.paragraph("この用紙は1回だけ使えます。他人に見せず、使用後は破棄してください。",
		p.prose(7.5, grey), width))
}

func (p page) drawExpiry(at point, width float64) {
	const valueAt = 26
	english, japanese := p.label(label{"Valid until", "有効期限"})
	p.drawBlock(at, english)
	p.drawBlock(point{at.x, at.y + english.height()}, japanese)
	expires := p.fit(account.FormatTime(p.form.Expires, p.form.Zone), p.prose(12, black), room{width - valueAt, 6.5, 6})
	p.drawBlock(point{at.x + valueAt, at.y + english.firstBaseline() - expires.firstBaseline()}, expires)
}

// drawTypedCode sets the code in two lines of whole groups, large enough to be copied letter by letter.
func (p page) drawTypedCode(at point, width float64) {
	st := p.typed(24, black)
	st.leading = 1.3
	groups := strings.SplitAfter(p.form.Code, "-")
	half := (len(groups) + 1) / 2
	for _, l := range [][]string{groups[:half], groups[half:]} {
		p.drawBlock(at, p.fitLine(strings.Join(l, ""), st, room{width, st.lineHeight(), 6}))
		at.y += st.lineHeight()
	}
}
