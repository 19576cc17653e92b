package hostile

import (
	"fmt"
	"regexp"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks in a row do no harm.
const maxMarks = 16

// style is a sequence with which the program sets colours and the like: never concealed (8) or blinking (5, 6), so that
// those of the corpus are told apart.
var style = regexp.MustCompile(`\x1b\[(?:(?:0|1|2|3|4|7|9|2[2-9]|[34][0-79]|9[0-7]|10[0-7]|[34]8;5;\d+|[34]8;2;\d+;\d+;\d+);?)*m`)

// Harm says what in a program's output would act on a terminal or hide in it, and "" when nothing does: the output has to
// be printable text in lines. It knows nothing of how the program makes text harmless.
func Harm(output string) string {
	marks := 0
	for i, r := range output {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(output[i:]); size == 1 {
				return found("invalid UTF-8", output, i)
			}
		}
		switch {
		case r == '\n', r == 0x200d: // a joiner of emoji moves nothing
		case unicode.Is(unicode.Cc, r):
			return found(fmt.Sprintf("the control %U", r), output, i)
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return found(fmt.Sprintf("the invisible %U", r), output, i)
		}
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if marks > maxMarks {
			return found("a heap of combining marks", output, i)
		}
	}
	return ""
}

// StyledHarm is Harm for the output of a program that also sets styles.
func StyledHarm(output string) string { return Harm(style.ReplaceAllString(output, "")) }

// found shows harm with what stands around it.
func found(what, output string, at int) string {
	return fmt.Sprintf("%s in %+q", what, output[max(0, at-40):min(len(output), at+40)])
}
