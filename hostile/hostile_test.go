package hostile_test

import (
	"strings"
	"testing"

	"rekey/hostile"
	"rekey/member"
)

func TestTheCorpusIsLargeAndNamed(t *testing.T) {
	names, texts := map[string]bool{}, map[string]bool{}
	for _, h := range hostile.Texts() {
		if h.Name == "" || h.Text == "" || names[h.Name] || texts[h.Text] {
			t.Errorf("%q is there twice, or says nothing", h.Name)
		}
		names[h.Name], texts[h.Text] = true, true
	}
	if len(texts) < 100 {
		t.Errorf("the corpus holds %d texts, want 100", len(texts))
	}
}

func TestCleanTextOfTheCorpusIsHarmless(t *testing.T) {
	harmful := 0
	for _, h := range hostile.Texts() {
		if hostile.Harm(h.Text) != "" {
			harmful++
		}
		if harm := hostile.Harm(member.Clean(h.Text)); harm != "" {
			t.Errorf("%s: %s", h.Name, harm)
		}
		if clean := member.Clean(h.Text); strings.Contains(clean, "\n") {
			t.Errorf("%s breaks the line: %q", h.Name, clean)
		}
	}
	if harmful < 100 {
		t.Errorf("only %d texts are seen to do harm", harmful)
	}
}

func TestHarmIsSeen(t *testing.T) {
	const own = "\x1b[1m渡邊\x1b[m \x1b[38;5;12mActive\x1b[0m\n\x1b[1;7;38;2;1;2;3mx\x1b[22;27;39m\n"
	if harm := hostile.StyledHarm(own); harm != "" {
		t.Errorf("the program's own styles: %s", harm)
	}
	if hostile.Harm(own) == "" {
		t.Error("styles pass where none may be")
	}
	for _, h := range []string{"\x1b[2J", "\x1b[8mx", "\x1b]0;t\x07", "\u009b31m", "\r", "\x00", "\u202e", "\u200b", "\xff", "Z" + strings.Repeat("\u0301", 99)} {
		if hostile.StyledHarm("text "+h+"\n") == "" {
			t.Errorf("%q passes", h)
		}
	}
}
