package tui

import (
	"context"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// savedForms is the box that says what became of the forms of many members, and prints the document.
type savedForms struct {
	*shared
	forms    account.SavedForms
	printing request
	printed  string // what became of the printing
	opened   time.Time

	width, height int
	scroller      scroller
}

func newSavedForms(s *shared, forms account.SavedForms) *savedForms {
	return &savedForms{shared: s, forms: forms, opened: s.now, scroller: scroller{look: s.look}}
}

func (b *savedForms) init() tea.Cmd { return nil }

func (b *savedForms) setSize(width, height int) {
	b.width, b.height = width, height
	b.draw()
}

func (b *savedForms) frame() frame { return frame{title: "Forms", alone: true, float: true} }

func (b *savedForms) keyMap() []key.Binding {
	bindings := append(actionKeys(b.actions()), bind("esc", "close", "esc", "enter"))
	return append(bindings, b.scroller.moves()...)
}

func (b *savedForms) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return b.key(msg)
	case reply[nothing]:
		if msg.to == b.printing {
			return b.wasPrinted(msg.err)
		}
	}
	return nil
}

func (b *savedForms) key(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case msg.String() == "enter" && b.now.Sub(b.opened) < doublePress:
		return nil
	case msg.String() == "esc" || msg.String() == "enter":
		b.nav.close(b)
		return nil
	}
	if cmd, done := b.act(b.actions(), msg); done {
		return cmd
	}
	b.scroller.move(msg)
	return nil
}

// actions are what can be done with a document; files are printed one by one.
func (b *savedForms) actions() []action {
	if !b.forms.Target.Document || len(b.forms.Saved) == 0 {
		return nil
	}
	return []action{{bind("p", "print"), "Print the document", b.refusePrint(), b.printDocument}}
}

func (b *savedForms) refusePrint() string {
	switch why := b.refusePrinting(); {
	case why != "":
		return why
	case b.printing != 0:
		return "It is being printed."
	}
	return ""
}

func (b *savedForms) printDocument() tea.Cmd {
	admin, path, of := b.admin, b.forms.Target.Path, b.forms.Saved
	b.printed = ""
	var cmd tea.Cmd
	b.printing, cmd = ask(b.shared, func(ctx context.Context) (nothing, error) {
		return nothing{}, b.shared.printed(ctx, admin, path, of...)
	})
	return cmd
}

func (b *savedForms) wasPrinted(err error) tea.Cmd {
	b.printing = 0
	if err != nil {
		return b.nav.fail(err)
	}
	b.printed = "The document is handed to the printer."
	return nil
}

func (b *savedForms) view() string { return strings.Join(b.draw(), "\n") }

func (b *savedForms) draw() []string {
	const most = 74 // cells
	w := min(b.width-2, most)
	actions := b.look.actionLines(b.actions(), w-4)
	if b.printed != "" {
		actions = append(b.look.wrap(b.printed, w-4), actions...)
	}
	actions = actions[:min(len(actions), max(0, b.height-3))]
	text := b.text(w - 4)
	b.scroller.show(text, max(1, min(len(text), b.height-2-len(actions))))
	lines := append([]string(nil), b.scroller.view()...)
	return b.look.box("Forms of many members", append(lines, actions...), w)
}

// text says how many forms are saved, where, and what else there is to know.
func (b *savedForms) text(w int) []string {
	f := b.forms
	saved := "No form was saved: nobody here has one that works."
	switch n := len(f.Saved); {
	case n == 1 && f.Target.Document:
		saved = "1 form is saved as " + clean(f.Target.Path) + "."
	case n == 1:
		saved = "1 form is saved in " + clean(f.Target.Path) + "."
	case n > 1 && f.Target.Document:
		saved = grouped(n) + " forms are saved in one document: " + clean(f.Target.Path) + "."
	case n > 1:
		saved = grouped(n) + " forms are saved in " + clean(f.Target.Path) + "."
	}
	sentences := []string{saved}
	if f.Suspended > 0 {
		sentences = append(sentences, count(f.Suspended, "suspended member")+" among them: the code works only once the account is active again.")
	}
	sentences = append(sentences, missing(account.SavedForm{Missing: f.Missing})...)
	if f.Without > 0 {
		sentences = append(sentences, b.without())
	}
	var lines []string
	for _, s := range sentences {
		lines = append(lines, b.look.wrap(s, w)...)
	}
	return lines
}

// without names who has no form.
func (b *savedForms) without() string {
	var names []string
	for _, login := range b.forms.Accounts {
		names = append(names, clean(login))
	}
	if more := b.forms.Without - len(names); more > 0 {
		names = append(names, "and "+grouped(more)+" more")
	}
	have := "have"
	if b.forms.Without == 1 {
		have = "has"
	}
	return count(b.forms.Without, "member") + " " + have + " no form that works: " + strings.Join(names, ", ") +
		". Who needs one is reset individually."
}
