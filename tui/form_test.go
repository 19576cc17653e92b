package tui

import (
	"context"
	"errors"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"rekey/account"
	"rekey/member"
)

// formBed is a form that any screen might push, and what became of it.
type formBed struct {
	*driver
	form  *form[string]
	saved []string
	err   error
}

// newFormBed opens a form with one entry of each kind over the members list.
func newFormBed(t *testing.T, w, h int, change ...func(*Options)) *formBed {
	t.Helper()
	b := &formBed{driver: signedIn(t, newTeam(t), w, h, change...)}
	s := b.root.shared
	name := newTextEntry(s.look, "Name", "")
	name.rule = member.CheckName
	name.about = "In any script."
	number := newTextEntry(s.look, "Employee number", "")
	number.rule = member.CheckEmployeeNumber
	color := newChoice("Colour", []option{{"r", "red"}, {"g", "green"}, {"b", "blue"}}, "g")
	fact := newFact(s.look, "Login ID", "k\x1b[2J\u202e17")
	on := newSwitch("Lights", "on", "off", false)
	entries := []*entry{fact, name, number, color, on}
	text := formText{title: "A form", verb: "save", doing: "Saving", about: func() []string { return []string{"What this form is about."} }}
	b.form = newForm(s, text, entries, func() func(context.Context) (string, error) {
		got := strings.Join([]string{name.value(), number.value(), color.value(), on.value()}, "|")
		return func(ctx context.Context) (string, error) { return got, errors.Join(b.err, ctx.Err()) }
	}, func(got string) tea.Cmd {
		b.saved = append(b.saved, got)
		return nil
	})
	b.do(b.root.push(b.form))
	b.send(tea.WindowSizeMsg{Width: w, Height: h})
	return b
}

func (b *formBed) wantSaved(want ...string) {
	b.t.Helper()
	if strings.Join(b.saved, "\n") != strings.Join(want, "\n") {
		b.t.Errorf("saved %q, want %q", b.saved, want)
	}
}

func TestAFormIsFilledInAndSaved(t *testing.T) {
	b := newFormBed(t, 80, 24)
	b.shows("What this form is about.", "Login ID k<U+001B>[2J<U+202E>17", "Colour < green >", "In any script.")
	b.typed("佐藤")
	b.press("enter")
	b.hides("In any script.")
	b.typed("17")
	b.press("tab", "right", "tab", "left")
	b.press("enter")
	b.wantSaved("佐藤|17|b|yes")
	b.hides("What this form is about.")
}

func TestAFormCanBeSavedFromAnyEntry(t *testing.T) {
	b := newFormBed(t, 80, 24)
	b.typed("x")
	b.press("down", "down", "right", "right", "up", "ctrl+s")
	b.wantSaved("x||r|no")
}

func TestTabGoesRound(t *testing.T) {
	b := newFormBed(t, 80, 24)
	b.press("tab", "tab", "tab", "tab")
	b.typed("a")
	b.press("shift+tab", "right", "tab")
	b.typed("b")
	b.press("ctrl+s")
	b.wantSaved("ab||g|yes")
}

func TestARuleIsSaidWhileItIsTyped(t *testing.T) {
	b := newFormBed(t, 80, 24)
	b.hides("name is needed") // not before anything was typed
	b.press("tab")
	b.shows("A name is needed.")
	b.typed("0123456789")
	b.hides("At most")
	b.typed("0")
	lines := strings.Split(b.frame(), "\n")
	for i, line := range lines {
		if strings.Contains(line, "Employee number") && !strings.Contains(lines[i+1], "At most 10 characters.") {
			t.Errorf("the reason does not stand under the field:\n%s", b.frame())
		}
	}
	b.press("ctrl+s") // goes to the first entry that breaks a rule
	b.wantSaved()
	b.typed("n")
	b.hides("A name is needed.")
	b.press("ctrl+s", "backspace")
	b.hides("At most")
	b.press("ctrl+s")
	b.wantSaved("n|0123456789|g|no")
}

func TestARefusalLosesNothing(t *testing.T) {
	b := newFormBed(t, 80, 24)
	b.err = &account.Error{Code: account.CodeTaken, Message: "It belongs to \x1b[2Jsomebody.", Hint: "Take another."}
	b.typed("x")
	b.press("ctrl+s")
	b.shows("It belongs to <U+001B>[2Jsomebody. Take another.", "Name x")
	b.typed("y")
	b.hides("belongs to")
	b.err = nil
	b.press("ctrl+s")
	b.wantSaved("xy||g|no")
}

func TestEscAsksBeforeItThrowsAway(t *testing.T) {
	b := newFormBed(t, 80, 24)
	b.press("esc")
	b.hides("What this form is about.")

	b = newFormBed(t, 80, 24)
	b.typed("x")
	b.press("esc")
	b.shows("Throw away what was typed?", "[> Go on typing <]")
	b.press("esc")
	b.shows("Name x")
	b.press("esc", "enter")
	b.shows("Name x")
	b.press("esc", "tab", "tab", "enter")
	b.shows("Name x")
	b.press("esc", "right", "left", "tab")
	b.shows("[> Throw away <]")
	b.press("enter")
	b.hides("What this form is about.")
	b.shows("8 of 8 members")

	b = newFormBed(t, 80, 24)
	b.typed("x")
	b.press("backspace", "esc") // nothing is typed any more
	b.hides("What this form is about.")
}

func TestWhileAFormSavesOnlyEscWorks(t *testing.T) {
	b := newFormBed(t, 80, 24)
	b.typed("x")
	b.hold = true
	b.press("ctrl+s")
	b.shows("Saving…")
	b.typed("y")
	b.send(tea.PasteMsg{Content: "z"})
	b.press("tab", "ctrl+s", "enter", "esc")
	b.shows("Saving…", "Name x")
	b.release()
	b.wantSaved()
	b.shows("Cancelled: nothing has been changed.", "Name x")
	b.press("ctrl+s")
	b.wantSaved("x||g|no")
}

func TestSignedOutWhileAFormIsOpen(t *testing.T) {
	b := newFormBed(t, 80, 24)
	b.err = &account.Error{Code: account.CodeSignedOut, Message: "You have been signed out."}
	b.typed("x")
	b.press("ctrl+s")
	b.shows("You have been signed out.", "Password")
}

func TestTheCursorStandsBehindWhatIsTyped(t *testing.T) {
	b := newFormBed(t, 80, 24)
	b.send(tea.PasteMsg{Content: "山\r\n田\x1b[2J\u202e"})
	b.send(tea.KeyPressMsg(tea.Key{Code: tea.KeyExtended, Text: "花子"})) // an input method sends several at once
	b.press("left")
	c := b.root.View().Cursor
	if c == nil {
		t.Fatal("there is no cursor")
	}
	line := strings.Split(b.frame(), "\n")[c.Y]
	if left := b.root.shared.look.cut(line, 0, c.X); !strings.HasSuffix(left, "山田[2J花") {
		t.Errorf("left of the cursor stands %q", left)
	}
	b.press("tab", "tab")
	if b.root.View().Cursor != nil {
		t.Error("a choice has a text cursor")
	}
}

func TestAnUntouchedTextKeepsItsCharacters(t *testing.T) {
	l := newLook(terminalOf(nil))
	e := newTextEntry(l, "Name", "a\u202eb")
	if e.changed() || e.value() != "a\u202eb" {
		t.Errorf("an untouched text is %q", e.value())
	}
	e.field.Update(keyPress("c"))
	if !e.changed() || e.value() != "abc" {
		t.Errorf("the text is %q", e.value())
	}
}

func TestAFormFitsEveryTerminal(t *testing.T) {
	for _, how := range []func(*formBed){
		func(b *formBed) {},
		func(b *formBed) { b.typed(strings.Repeat("幅", 60)); b.press("tab"); b.typed("0123456789012") },
		func(b *formBed) { b.press("tab", "tab", "tab") },
		func(b *formBed) { b.typed("x"); b.press("esc") },
		func(b *formBed) { b.press("pgdown", "pgdown") },
		func(b *formBed) {
			b.err = errors.New(strings.Repeat("a long refusal ", 40))
			b.typed("x")
			b.press("ctrl+s")
		},
	} {
		b := newFormBed(t, 80, 24, linuxTerminal)
		how(b)
		for _, method := range []ansi.Method{ansi.WcWidth, ansi.GraphemeWidth} {
			b.root.shared.look.cells = method
			for _, w := range []int{40, 49, 80, 120} {
				for _, h := range []int{10, 11, 15, 24, 40} {
					b.send(tea.WindowSizeMsg{Width: w, Height: h})
					b.fits(w, h)
				}
			}
		}
	}
}

// TestTheEntryWithTheKeyboardIsInSight walks through a form on the smallest terminal.
func TestTheEntryWithTheKeyboardIsInSight(t *testing.T) {
	b := newFormBed(t, minWidth, minHeight, plainTerminal)
	for _, label := range []string{"Name", "Employee number", "Colour", "Lights", "Name"} {
		found := false
		for _, line := range strings.Split(b.frame(), "\n") {
			found = found || strings.HasPrefix(line, "› "+label)
		}
		if !found {
			t.Errorf("%s is not in sight:\n%s", label, b.frame())
		}
		b.press("tab")
	}
}

func TestAFormOnALinuxConsole(t *testing.T) {
	b := newFormBed(t, 80, 24, linuxTerminal)
	b.typed("x")
	b.press("tab", "tab", "tab")
	b.shows("+- A form -", "> Lights", "[  on  ] [> off <]", "Colour < green >")
	for _, r := range b.frame() {
		if r > '~' && r < 0x3000 {
			t.Fatalf("%q is not on a Linux console:\n%s", r, b.frame())
		}
	}
}
