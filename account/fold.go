package account

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold makes a text comparable for the search: compatibility forms (full and half width) become one, case goes, hiragana
// becomes katakana, rare forms of a kanji become the usual one, control characters become spaces.
func fold(s string) string {
	if isPlain(s) {
		return strings.ToLower(s)
	}
	return strings.Map(foldRune, cases.Fold().String(norm.NFKC.String(s)))
}

// isPlain reports whether s is printable ASCII, which needs no tables to fold.
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
	if usual, rare := usualKanji[r]; rare {
		return usual
	}
	return r
}

// usualKanji gives the form that people type for kanji that stand in family names in several forms, and that Unicode
// keeps apart.
var usualKanji = func() map[rune]rune {
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
}()
