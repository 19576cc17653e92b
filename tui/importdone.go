package tui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// importDone is the screen that follows an import.
type importDone struct {
	*shared
	path     string
	count    account.ImportCount
	opened   time.Time
	scroller scroller
	width    int
	height   int
}

func newImportDone(s *shared, path string, c account.ImportCount) *importDone {
	return &importDone{shared: s, path: path, count: c, opened: s.now, scroller: scroller{look: s.look}}
}

func (d *importDone) init() tea.Cmd { return nil }

func (d *importDone) frame() frame { return frame{title: "Import"} }

func (d *importDone) keyMap() []key.Binding {
	return append([]key.Binding{bind("esc", "back", "esc", "enter")}, d.scroller.moves()...)
}

func (d *importDone) update(msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	switch {
	case !ok:
	case press.String() == "enter" && d.now.Sub(d.opened) < doublePress:
	case press.String() == "esc" || press.String() == "enter":
		d.nav.close(d)
	default:
		d.scroller.move(press)
	}
	return nil
}

func (d *importDone) setSize(width, height int) {
	d.width, d.height = width, height
	d.scroller.show(d.lines(width-2), height)
}

func (d *importDone) view() string { return d.scroller.page(d.lines(d.width-2), d.height) }

func (d *importDone) lines(w int) []string {
	l := d.look
	lines := append(l.wrap("Done. "+clean(d.path)+" is taken in.", w), "")
	lines[0] = l.good.Render(lines[0])
	for _, s := range d.outcome(d.count) {
		lines = append(lines, l.hang(l.bullet+" ", s, w)...)
	}
	return lines
}

// plan says what an import will do, one sentence each; the first counts.
func (s *shared) plan(c account.ImportCount) []string {
	all := []string{sum(c, "will be")}
	if c.Invited > 0 {
		all = append(all, receivers(c.Invited)+" an invitation by mail"+s.whenMailed())
	}
	if c.Forms > 0 {
		all = append(all, count(c.Forms, "Account Information form")+" can be saved and printed at once.")
	}
	return append(all, s.without(c)...)
}

// outcome says what an import has done, one sentence each.
func (s *shared) outcome(c account.ImportCount) []string {
	all := []string{sum(c, "were")}
	if c.Invited > 0 {
		sent := count(c.Invited, "invitation") + " " + agree(c.Invited, "go") + " out by mail now: the page Mail shows how they fare."
		if !s.delivers {
			sent = count(c.Invited, "invitation") + " " + agree(c.Invited, "wait") +
				": no mail server is configured here. `rekey serve`, or rekey with mail.host set, delivers."
		}
		all = append(all, sent)
	}
	if c.Forms > 0 {
		all = append(all, count(c.Forms, "Account Information form")+" can be saved and printed now, from the members' details.")
	}
	return append(all, s.without(c)...)
}

// sum counts who is added, who is changed, and who stays.
func sum(c account.ImportCount, verb string) string {
	var parts []string
	if c.New > 0 {
		parts = append(parts, count(c.New, "member")+" "+agree(c.New, verb)+" added")
	}
	if c.Changed > 0 {
		parts = append(parts, count(c.Changed, "member")+" "+agree(c.Changed, verb)+" changed")
	}
	text := strings.Join(parts, ", ") + "."
	if c.Unchanged > 0 {
		text += " " + count(c.Unchanged, "member") + " in the file " + agree(c.Unchanged, "are") + " unchanged."
	}
	return text
}

// agree puts a verb in the number.
func agree(n int, verb string) string {
	if n != 1 {
		return verb
	}
	return map[string]string{"were": "was", "are": "is", "will be": "will be", "go": "goes", "wait": "waits"}[verb]
}

// receivers says that so many get something.
func receivers(n int) string {
	if n == 1 {
		return "1 person gets"
	}
	return grouped(n) + " people get"
}

// whenMailed ends the sentence about invitations.
func (s *shared) whenMailed() string {
	if s.delivers {
		return ", at once."
	}
	return ", once there is a mail server: none is configured here."
}

// without says who gets no link and no form.
func (s *shared) without(c account.ImportCount) []string {
	var all []string
	if c.Uninvited > 0 {
		all = append(all, count(c.Uninvited, "active member")+" with an email address "+agree(c.Uninvited, "are")+
			" added without an invitation: reset the password to send a link.")
	}
	if s.settings.SSO && c.New > 0 {
		all = append(all, "The team uses single sign-on: nobody is invited, and nobody gets a password here.")
	}
	return all
}
