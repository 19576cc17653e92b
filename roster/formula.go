package roster

import (
	"strings"
	"unicode/utf8"
)

// formulaStarts are the characters with which a spreadsheet begins to calculate: those of the OWASP notes on CSV
// injection, with the full-width forms that Japanese desktops take as well.
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// isFormula reports whether s, after any apostrophes, begins like a formula.
func isFormula(s string) bool {
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(s, "'"))
	return size > 0 && strings.ContainsRune(formulaStarts, first)
}

// quoteFormula makes a spreadsheet show s instead of running it. unquoteFormula gives s back.
func quoteFormula(s string) string {
	if isFormula(s) {
		return "'" + s
	}
	return s
}

// unquoteFormula takes away the apostrophe that quoteFormula, or a careful person, put before a formula.
func unquoteFormula(s string) string {
	if bare, quoted := strings.CutPrefix(s, "'"); quoted && isFormula(bare) {
		return bare
	}
	return s
}
