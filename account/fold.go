package account

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold makes a text comparable for the search: compatibility forms (full and half width) become one, case goes, hiragana
// becomes katakana, rare forms of a kanji become the usual one, control characters become spaces.
func fold(s string) string { return string(appendFolded(nil, s)) }

// appendFolded writes the folded text. What nearly all names are made of (printable ASCII, Western letters, kana, the
// common kanji) is in its one form already: it is folded byte by byte or rune by rune. One other rune, a combining mark say, and the whole
// text goes through the tables of Unicode.
func appendFolded(b []byte, s string) []byte {
	start := len(b)
	b = append(b, s...)
	plain := lowerPlain(b[start:])
	b = b[:start+plain]
	for _, r := range s[plain:] {
		switch {
		case r >= 'A' && r <= 'Z':
			b = append(b, byte(r)+'a'-'A')
		case r >= ' ' && r <= '~':
			b = append(b, byte(r))
		case r >= 'ぁ' && r <= 'ゖ':
			b = utf8.AppendRune(b, r+'ァ'-'ぁ')
		case r >= 'ァ' && r <= 'ヺ' || r == 'ー':
			b = utf8.AppendRune(b, r)
		case r == '\u3000': // the ideographic space
			b = append(b, ' ')
		case r >= 'À' && r <= 'Þ' && r != '×':
			b = utf8.AppendRune(b, r+'à'-'À')
		case r >= 'à' && r <= 'ÿ' && r != '÷':
			b = utf8.AppendRune(b, r)
		case r >= firstKanji && r <= lastKanji:
			b = utf8.AppendRune(b, commonKanji()[r-firstKanji])
		default:
			return append(b[:start], strings.Map(foldRune, cases.Fold().String(norm.NFKC.String(s)))...)
		}
	}
	return b
}

// lowerPlain makes the printable ASCII at the beginning lower case, and gives its length.
func lowerPlain(text []byte) int {
	for i, c := range text {
		switch {
		case c < ' ' || c > '~':
			return i
		case c >= 'A' && c <= 'Z':
			text[i] = c + 'a' - 'A'
		}
	}
	return len(text)
}

// isPlain reports whether s is printable ASCII.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func foldRune(r rune) rune {
	switch {
	case r >= 'ぁ' && r <= 'ゖ':
		return r + 'ァ' - 'ぁ'
	case unicode.IsControl(r):
		return ' '
	}
	if usual, rare := usualKanji()[r]; rare {
		return usual
	}
	return r
}

// The kanji of Unicode's first block, which have one form each as far as Unicode is concerned.
const (
	firstKanji = '一'
	lastKanji  = '鿿'
)

// commonKanji gives what each of them is folded to. It is made when somebody searches: most commands do not.
var commonKanji = sync.OnceValue(func() *[lastKanji - firstKanji + 1]rune {
	var folded [lastKanji - firstKanji + 1]rune
	for i := range folded {
		folded[i] = firstKanji + rune(i)
	}
	for rare, usual := range usualKanji() {
		if rare >= firstKanji && rare <= lastKanji {
			folded[rare-firstKanji] = usual
		}
	}
	return &folded
})

// usualKanji gives the form that people type for kanji that stand in family names in several forms, and that Unicode
// keeps apart.
var usualKanji = sync.OnceValue(func() map[rune]rune {
	usual := map[rune]rune{}
	for form, rare := range map[rune]string{
		'高': "髙", '吉': "𠮷", '崎': "﨑嵜", '浜': "濱濵", '瀬': "瀨", '辺': "邊邉", '斎': "齋齊斉", '島': "嶋嶌", '沢': "澤", '桜': "櫻",
		'広': "廣", '国': "國", '徳': "德", '恵': "惠", '真': "眞", '槙': "槇", '竜': "龍", '条': "條", '栄': "榮", '円': "圓", '関': "關",
		'静': "靜", '桑': "桒", '柳': "栁", '館': "舘", '渕': "淵", '曽': "曾", '壮': "壯", '晃': "晄",
	} {
		for _, r := range rare {
			usual[r] = form
		}
	}
	return usual
})
