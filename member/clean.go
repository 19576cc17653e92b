package member

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxMarks is how many combining marks in a row are kept: real scripts stack fewer, and thousands of them ruin a screen.
const MaxMarks = 8

// Clean makes foreign text harmless and visible on one line of a terminal, a mail header or a log: control characters
// (C0, C1, DEL), escape sequences' introducers, line breaks, bidirectional overrides and other invisible format
// characters become their code points in angle brackets; invalid UTF-8 becomes U+FFFD. Clean text comes back unchanged.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	marks := 0
	for _, r := range s {
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case marks > MaxMarks:
		case harmful(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r) // writes U+FFFD for an invalid byte
		}
	}
	return b.String()
}

func isClean(s string) bool {
	marks := 0
	for i, r := range s {
		if r < utf8.RuneSelf {
			if r < ' ' || r == 0x7f {
				return false
			}
			marks = 0
			continue
		}
		if unicode.Is(unicode.M, r) {
			if marks++; marks > MaxMarks {
				return false
			}
		} else {
			marks = 0
		}
		if harmful(r) {
			return false
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		}
	}
	return true
}

// harmful reports whether r acts on a terminal instead of being drawn, or hides what is there.
func harmful(r rune) bool {
	switch {
	case r == 0x200D: // joins emoji; draws nothing by itself and moves nothing
		return false
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r):
		return true
	case r == 0x2028, r == 0x2029: // line and paragraph separator
		return true
	}
	return false
}
