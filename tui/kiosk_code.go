package tui

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"rekey/account"
)

// codePath stands between the base URL and the code, in mails and QR codes.
const codePath = "/s/"

// readCode finds the code in what a scanner sent or a person typed: a URL of our base, or a bare code. What it refuses,
// it refuses with a phrase; the text itself is not repeated.
func readCode(text, baseURL string) (code string, refused phrase) {
	if code, ours := codeOfURL(text, baseURL); ours {
		return code, nil
	}
	text = spelling(text)
	if _, _, ok := account.ParseCode(text); ok {
		return text, nil
	}
	if strings.Contains(colons.Replace(text), "://") {
		return "", otherSite
	}
	return "", notACode
}

// codeOfURL gives the code in a URL of our base.
func codeOfURL(text, baseURL string) (code string, ours bool) {
	text = spelling(text)
	for _, spelled := range []string{text, colons.Replace(text)} {
		if rest, found := afterBase(spelled, baseURL); found {
			_, _, ours = account.ParseCode(rest)
			return rest, ours
		}
	}
	return "", false
}

// spelling is the one form of what differs from keyboard to keyboard: the input method may be on, and Caps Lock too.
// Codes are the same in any case.
func spelling(text string) string {
	return strings.ToUpper(hyphens.Replace(norm.NFKC.String(strings.TrimSpace(text))))
}

// sameCode reports whether two spellings are of one code.
func sameCode(a, b string) bool {
	serialA, macA, okA := account.ParseCode(spelling(a))
	serialB, macB, okB := account.ParseCode(spelling(b))
	return okA && okB && serialA == serialB && string(macA) == string(macB)
}

// afterBase cuts the base URL off an upper-case text. A few letters that somebody left in the field before the scan do
// no harm; another URL around ours does not count.
func afterBase(text, baseURL string) (rest string, ours bool) {
	if baseURL == "" {
		return "", false
	}
	before, rest, found := strings.Cut(text, strings.ToUpper(baseURL+codePath))
	return rest, found && !strings.ContainsAny(before, "/?#")
}

// hyphens are what a Japanese input method types for one, as far as the normal form NFKC keeps it.
var hyphens = strings.NewReplacer("ー", "-", "―", "-", "−", "-", "‐", "-")

// colons undoes what becomes of a colon when scanner and host disagree on whether the keyboard is American or Japanese.
var colons = strings.NewReplacer("+", ":", "'", ":")
