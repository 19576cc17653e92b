package tui

import (
	"context"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// mails is the page of the outbox: what became of each mail, newest first.
type mails struct {
	*shared
	feed feed[account.MailID, account.Mail]
	pane *mailPane

	state     account.MailState // 0: any
	address   field             // a part of the addresses that are listed
	searching bool              // the keyboard writes into it

	width, height int
}

func newMails(s *shared) *mails {
	m := &mails{shared: s, address: field{look: s.look}}
	m.feed = feed[account.MailID, account.Mail]{shared: s, list: list{noG: true}}
	m.feed.id = func(mail account.Mail) account.MailID { return mail.ID }
	m.pane = newMailPane(s, m.replaced)
	return m
}

func (m *mails) init() tea.Cmd { return m.search() }

// search lists what is asked for from the newest on.
func (m *mails) search() tea.Cmd {
	q := account.MailQuery{State: m.state, Text: m.address.value()}
	m.feed.read = func(ctx context.Context, before account.MailID, limit int) ([]account.Mail, account.MailID, error) {
		return m.service.FindMails(ctx, q, before, limit)
	}
	return tea.Batch(m.feed.restart(), m.follow())
}

// follow makes the pane show the mail under the cursor, and reads on where the list comes to its end.
func (m *mails) follow() tea.Cmd {
	selected, found := m.feed.selected()
	if !found {
		m.pane.clear()
		return m.feed.more()
	}
	return tea.Batch(m.pane.show(selected), m.feed.more())
}

// replaced takes in what an action has made of a mail.
func (m *mails) replaced(mail account.Mail) tea.Cmd {
	m.feed.replace(mail)
	return m.follow()
}

func (m *mails) setSize(width, height int) {
	m.width, m.height = width, height
	m.feed.height = max(1, height-2) // the filter and the table's head
	m.feed.settle()
}

func (m *mails) tableWidth() int {
	if m.width < paneFrom {
		return m.width
	}
	return m.width - m.paneWidth() - 3
}

func (m *mails) paneWidth() int { return max(leastPane, m.width*2/5) }

func (m *mails) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		if m.searching && m.address.update(msg) {
			return m.search()
		}
		return nil
	case reply[batch[account.MailID, account.Mail]]:
		return tea.Batch(m.feed.take(msg), m.follow())
	case changedMsg:
		return m.feed.changed()
	}
	return m.pane.update(msg)
}

// mailKeys are the keys of the list itself, while the filter does not have the keyboard.
type mailKeys struct{ search, clear, state, open key.Binding }

func (m *mails) keys() mailKeys {
	_, some := m.feed.selected()
	return mailKeys{
		search: bind("/", "address"),
		clear:  when(m.filtered(), bind("esc", "clear filter")),
		state:  bind("s", "state"),
		open:   when(some, bind("enter", "details")),
	}
}

func (m *mails) keyMap() []key.Binding {
	if m.searching {
		return []key.Binding{bind("enter", "to the list", "enter", "down"), bind("esc", "clear")}
	}
	k := m.keys()
	bindings := append(m.pane.keyMap(), k.search, k.clear, k.state, k.open)
	return append(bindings, m.feed.moves()...)
}

func (m *mails) key(msg tea.KeyPressMsg) tea.Cmd {
	if m.searching {
		return m.write(msg)
	}
	switch k := m.keys(); {
	case key.Matches(msg, k.search):
		m.searching = true
		return nil
	case key.Matches(msg, k.clear):
		m.state = 0
		m.address.set("")
		return m.search()
	case key.Matches(msg, k.state):
		m.state = (m.state + 1) % (account.MailCancelled + 1)
		return m.search()
	case key.Matches(msg, k.open):
		return m.nav.push(m.pane.closeUp())
	}
	if cmd, done := m.pane.key(msg); done {
		return cmd
	}
	return tea.Batch(m.feed.update(msg), m.follow())
}

// write takes a key while the filter has the keyboard.
func (m *mails) write(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "enter", "down":
		m.searching = false
		return nil
	case "esc":
		m.searching = false
		m.address.set("")
		return m.search()
	}
	if m.address.update(msg) {
		return m.search()
	}
	return nil
}

// filtered reports whether not all mails are asked for.
func (m *mails) filtered() bool { return m.state != 0 || m.address.value() != "" }

func (m *mails) frame() frame {
	f := frame{title: "Mail", status: m.status(), alone: m.searching}
	if m.searching {
		_, column := m.line(m.width)
		f.cursor = &point{column, 0}
	}
	return f
}

func (m *mails) status() string {
	facts := []string{m.feed.progress("mail")}
	if m.state != 0 {
		facts = append(facts, "only "+m.state.String())
	}
	if !m.delivers {
		facts = append(facts, "no mail server is configured here")
	}
	return strings.Join(facts, " "+m.look.dot+" ")
}

// line draws the filter in w cells, and says in which column its text cursor stands.
func (m *mails) line(w int) (line string, column int) {
	mark := " "
	if m.searching {
		mark = m.look.glyphs.cursor
	}
	state := "any"
	if m.state != 0 {
		state = m.state.String()
	}
	prefix, suffix := mark+" Filter address: ", " State: "+state
	used := m.look.width(prefix)
	text, at := m.address.view(w - used - m.look.width(suffix))
	return m.look.heading.Render(prefix) + text + m.look.heading.Render(suffix), used + at
}

// mailRow is a mail with what its cells are made from.
type mailRow struct {
	page *mails
	account.Mail
}

var mailColumns = []column[mailRow]{
	{"TIME", 11, 0, 4, func(r mailRow) string { return r.page.shortTime(r.Created) }},
	{"ABOUT", 10, 0, 2, func(r mailRow) string { return mailAbout(r.Kind) }},
	{"TO", 14, 1, 5, func(r mailRow) string { return clean(r.To) }},
	{"STATE", 10, 0, 3, func(r mailRow) string { return r.State.String() }},
	{"TRIES", 5, 0, 1, func(r mailRow) string { return strconv.Itoa(r.Attempts) }},
}

// mailAbout says in ten cells what a mail is about.
func mailAbout(k account.MailKind) string {
	switch k {
	case account.MailReset:
		return "reset"
	case account.MailInvitation:
		return "invitation"
	case account.MailLocked:
		return "lockout"
	case account.MailRequested:
		return "forgotten"
	}
	return "unknown"
}

// shortTime shows an instant in eleven cells: without the year, if it is this one, else without the time.
func (s *shared) shortTime(t time.Time) string {
	zone := s.service.Zone()
	if t = t.In(zone); t.Year() == s.now.In(zone).Year() {
		return t.Format("01-02 15:04")
	}
	return t.Format(time.DateOnly)
}

func (m *mails) view() string {
	line, _ := m.line(m.width)
	w := m.tableWidth()
	columns := fitColumns(mailColumns, w)
	lines := []string{line, headLine(m.look, columns, w)}
	last := min(len(m.feed.items), m.feed.offset+m.feed.height)
	for i := m.feed.offset; i < last; i++ {
		lines = append(lines, rowLine(m.look, columns, mailRow{m, m.feed.items[i]}, i == m.feed.cursor, w))
	}
	if len(m.feed.items) == 0 {
		for _, text := range m.look.wrap(m.none(), w-2) {
			lines = append(lines, "  "+text)
		}
	}
	if m.width >= paneFrom {
		lines = beside(m.look, lines, m.pane.lines(m.paneWidth()), w, m.height)
	}
	return strings.Join(lines, "\n")
}

// none says why the list is empty.
func (m *mails) none() string {
	switch {
	case !m.feed.whole():
		return ""
	case m.filtered():
		return "No mail fits. Esc clears the filter."
	}
	return "No mail has been sent yet. A reset or an invitation of a member with an email address sends one."
}
