package tui

import (
	"context"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// history is the page of the audit log, newest first: of the whole team, or as a screen of its own of one member.
type history struct {
	*shared
	feed   feed[account.AuditSeq, account.Entry]
	filter historyFilter
	about  member.Member // whose history this screen is; ID 0: the page of all

	width, height int
}

func newHistory(s *shared) *history {
	h := &history{shared: s}
	h.feed = feed[account.AuditSeq, account.Entry]{shared: s}
	h.feed.id = func(e account.Entry) account.AuditSeq { return e.Seq }
	h.feed.newest = func(ctx context.Context) (account.AuditSeq, error) {
		newest, err := recordBefore(ctx, s.service, 0)
		return newest.Seq, err
	}
	return h
}

// newMemberHistory makes the screen of one member's history.
func newMemberHistory(s *shared, m member.Member) *history {
	h := newHistory(s)
	h.about = m
	return h
}

func (h *history) init() tea.Cmd { return h.search() }

// search lists what the filter asks for from the newest on.
func (h *history) search() tea.Cmd {
	q := h.filter.query(h.now, h.service.Zone())
	if h.about.ID != 0 {
		q.Member = h.about.ID
	}
	h.feed.read = func(ctx context.Context, before account.AuditSeq, limit int) ([]account.Entry, account.AuditSeq, error) {
		return findAudit(ctx, h.service, q, before, limit)
	}
	return h.feed.restart()
}

func (h *history) setSize(width, height int) {
	h.width, h.height = width, height
	h.feed.height = max(1, height-1) // the filter
	h.feed.settle()
}

func (h *history) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return h.key(msg)
	case reply[batch[account.AuditSeq, account.Entry]]:
		return h.feed.take(msg)
	case changedMsg:
		return h.feed.changed()
	}
	return nil
}

// historyKeys are the keys of the page, apart from those that move the cursor.
type historyKeys struct{ filter, clear, member, admin, open, back key.Binding }

func (h *history) keys() historyKeys {
	e, some := h.feed.selected()
	alone, filtered := h.about.ID != 0, h.filter != (historyFilter{})
	return historyKeys{
		filter: bind("/", "filter"),
		clear:  when(filtered, bind("esc", "clear filter")),
		member: when(some && !alone && e.Target != 0 && h.filter.member.id != e.Target, bind("m", "only this member")),
		admin:  when(some && e.Actor != 0 && h.filter.admin.id != e.Actor, bind("a", "only by this person")),
		open:   when(some, bind("enter", "details")),
		back:   when(alone && !filtered, bind("esc", "back")),
	}
}

func (h *history) keyMap() []key.Binding {
	k := h.keys()
	return append([]key.Binding{k.open, k.filter, k.member, k.admin, k.clear, k.back}, h.feed.moves()...)
}

func (h *history) key(msg tea.KeyPressMsg) tea.Cmd {
	e, _ := h.feed.selected()
	switch k := h.keys(); {
	case key.Matches(msg, k.filter):
		return h.nav.push(newHistoryFilter(h.shared, h.filter, h.about.ID != 0, h.filtered))
	case key.Matches(msg, k.clear):
		return h.filtered(historyFilter{})
	case key.Matches(msg, k.member):
		f := h.filter
		f.member = personOf(e.TargetMember)
		return h.filtered(f)
	case key.Matches(msg, k.admin):
		f := h.filter
		f.admin = personOf(e.ActorMember)
		return h.filtered(f)
	case key.Matches(msg, k.open):
		return h.nav.push(newCloseUp(h.shared, "Details", &recordPane{h.shared, e}))
	case key.Matches(msg, k.back):
		h.nav.close(h)
		return nil
	}
	return h.feed.update(msg)
}

// filtered lists what another filter asks for.
func (h *history) filtered(f historyFilter) tea.Cmd {
	h.filter = f
	return h.search()
}

func (h *history) frame() frame { return frame{title: "History", status: h.feed.progress("record")} }

func (h *history) view() string {
	lines := []string{h.look.heading.Render(h.look.truncate("  "+h.heading(), h.width))}
	last := min(len(h.feed.items), h.feed.offset+h.feed.height)
	for i := h.feed.offset; i < last; i++ {
		lines = append(lines, h.row(i))
	}
	if len(h.feed.items) == 0 && h.feed.whole() {
		lines = append(lines, "  "+h.look.truncate("No record fits.", h.width-2))
	}
	return strings.Join(lines, "\n")
}

// heading says whose history it is, and how it is filtered.
func (h *history) heading() string {
	var facts []string
	if h.about.ID != 0 {
		facts = append(facts, named(h.about))
	}
	facts = append(facts, h.filter.facts()...)
	if len(facts) == 0 {
		return "Filter: none"
	}
	return strings.Join(facts, " "+h.look.dot+" ")
}

func (h *history) row(i int) string {
	e := h.feed.items[i]
	line := h.shortTime(e.At)
	if h.width >= 80 {
		line = zoned(e.At, h.service.Zone())
	}
	line += "  " + h.tell(e)
	if i == h.feed.cursor {
		return h.look.selected.Render(h.look.fit(h.look.glyphs.cursor+" "+line, h.width))
	}
	return h.look.truncate("  "+line, h.width)
}

// zoned shows an instant with the short name of its zone alone.
func zoned(t time.Time, zone *time.Location) string {
	text, _, _ := strings.Cut(account.FormatTime(t, zone), " (")
	return text
}

// recordPane shows all that one record holds.
type recordPane struct {
	*shared
	entry account.Entry
}

func (p *recordPane) lines(w int) []string {
	e := p.entry
	var lines []string
	for _, line := range p.look.wrap(p.tell(e), w) {
		lines = append(lines, p.look.strong.Render(line))
	}
	for _, f := range [][2]string{
		{"Time", e.At.In(p.service.Zone()).Format("2006-01-02 15:04:05 ") + "UTC" + e.At.In(p.service.Zone()).Format("-07:00")},
		{"Record", grouped(int(e.Seq))},
		{"Event", clean(string(e.Event)) + " (" + kindOf(e.Event) + ")"},
		{"By", p.person(e.Actor, e.ActorMember)},
		{"Member", p.person(e.Target, e.TargetMember)},
	} {
		lines = append(lines, p.look.fact(f[0], f[1], w)...)
	}
	if len(e.Details) > 0 {
		lines = append(lines, "")
	}
	for _, d := range e.Details {
		lines = append(lines, p.look.hang("  "+words(d.Name)+": ", clean(d.Value), w)...)
	}
	lines = append(lines, "")
	return append(lines, p.look.actionLines(p.actions(), w)...)
}

func (p *recordPane) person(id member.ID, m member.Member) string {
	switch {
	case id == 0:
		return "nobody"
	case m.Name == "":
		return id.String()
	}
	return named(m) + ", " + id.String()
}

// actions lists where a record leads to.
func (p *recordPane) actions() []action {
	why := ""
	if p.entry.Target == 0 {
		why = "The record is about no member."
	}
	return []action{{bind("g", "go to member"), "Go to the member", why, func() tea.Cmd {
		return p.nav.push(newMemberScreen(p.shared, member.Member{ID: p.entry.Target}, nil))
	}}}
}

func (p *recordPane) keyMap() []key.Binding { return actionKeys(p.actions()) }

func (p *recordPane) key(msg tea.KeyPressMsg) (tea.Cmd, bool) { return p.act(p.actions(), msg) }

// historyFilter is what a history is asked for.
type historyFilter struct {
	member person
	admin  person
	kind   int // in kinds
	span   historySpan
	from   string // dates as typed, for spanTyped
	to     string
}

// person is a member as the filter names one; ID 0: anybody.
type person struct {
	id      member.ID
	account string
	name    string
}

// historySpan is how far back a history goes.
type historySpan string

// The spans, as the filter's form names them.
const (
	spanAll   historySpan = ""
	spanToday historySpan = "today"
	spanWeek  historySpan = "7 days"
	spanMonth historySpan = "30 days"
	spanTyped historySpan = "from - to"
)

var historySpans = []historySpan{spanAll, spanToday, spanWeek, spanMonth, spanTyped}

// query makes the question to the audit log. Days begin and end at midnight in the team's zone.
func (f historyFilter) query(now time.Time, zone *time.Location) account.AuditQuery {
	q := account.AuditQuery{Member: f.member.id, Actor: f.admin.id, Events: kinds[f.kind].events}
	now = now.In(zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	switch f.span {
	case spanToday:
		q.From = today
	case spanWeek:
		q.From = today.AddDate(0, 0, -6)
	case spanMonth:
		q.From = today.AddDate(0, 0, -29)
	case spanTyped:
		if from, err := time.ParseInLocation(time.DateOnly, f.from, zone); err == nil {
			q.From = from
		}
		if to, err := time.ParseInLocation(time.DateOnly, f.to, zone); err == nil {
			q.To = to.AddDate(0, 0, 1)
		}
	}
	return q
}

// facts say how it is filtered.
func (f historyFilter) facts() []string {
	var facts []string
	if f.member.id != 0 {
		facts = append(facts, "member: "+clean(f.member.name)+" ("+clean(f.member.account)+")")
	}
	if f.admin.id != 0 {
		facts = append(facts, "by: "+clean(f.admin.name)+" ("+clean(f.admin.account)+")")
	}
	if f.kind != 0 {
		facts = append(facts, kinds[f.kind].name)
	}
	switch {
	case f.span == spanTyped:
		facts = append(facts, f.days())
	case f.span != spanAll:
		facts = append(facts, string(f.span))
	}
	return facts
}

// days says from which day to which.
func (f historyFilter) days() string {
	switch {
	case f.from == "" && f.to == "":
		return "all days"
	case f.from == "":
		return "up to " + f.to
	case f.to == "":
		return "from " + f.from
	}
	return "from " + f.from + " to " + f.to
}
