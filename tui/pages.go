package tui

import (
	"cmp"
	"slices"

	tea "charm.land/bubbletea/v2"
)

// page is one of the places that the header names, with the screens that are open there. It keeps them as they are while
// another page is shown.
type page struct {
	key   string
	title string
	begin func(*shared) screen // makes the page's first screen
	stack []screen             // empty until the page is shown for the first time
	stale bool                 // the store has changed while the page was out of sight
}

// consolePages are the pages of an admin who has signed in.
func consolePages() []*page {
	return []*page{
		{key: "1", title: "Members", begin: func(s *shared) screen { return newMembers(s) }},
		{key: "2", title: "Mail", begin: func(s *shared) screen { return newMails(s) }},
		{key: "3", title: "History", begin: func(s *shared) screen { return newHistory(s) }},
		{key: "4", title: "Settings", begin: func(s *shared) screen { return newSettings(s) }},
	}
}

func (p *page) push(s screen) tea.Cmd {
	p.stack = append(p.stack, s)
	return s.init()
}

// close takes a screen and whatever is above it away; not the first one, which is the page itself.
func (p *page) close(s screen) {
	if i := slices.Index(p.stack, s); i > 0 {
		p.stack = p.stack[:i]
	}
}

// pages are all pages that there are now. Before the sign-in there is one without a key.
type pages struct {
	all    []*page
	shown  *page
	acting *page // whose screens are taking a message in: what they open belongs there
}

// only is the one page of a screen that stands by itself.
func only(s screen) pages {
	p := &page{stack: []screen{s}}
	return pages{all: []*page{p}, shown: p}
}

// of gives the page that a screen is on; nil: it is closed.
func (ps *pages) of(s screen) *page {
	for _, p := range ps.all {
		if slices.Contains(p.stack, s) {
			return p
		}
	}
	return nil
}

// here is the page on which something is opened.
func (ps *pages) here() *page { return cmp.Or(ps.acting, ps.shown) }

// show turns to a page.
func (ps *pages) show(s *shared, p *page) tea.Cmd {
	ps.shown = p
	if len(p.stack) == 0 {
		return p.push(p.begin(s))
	}
	if !p.stale {
		return nil
	}
	return ps.update(p, changedMsg{})
}

// update gives a message to all screens of a page.
func (ps *pages) update(p *page, msg tea.Msg) tea.Cmd {
	if _, news := msg.(changedMsg); news {
		p.stale = false
	}
	ps.acting = p
	defer func() { ps.acting = nil }()
	var cmds []tea.Cmd
	for _, s := range slices.Clone(p.stack) {
		cmds = append(cmds, s.update(msg))
	}
	return tea.Batch(cmds...)
}

// broadcast gives a message to all screens of all pages.
func (ps *pages) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, p := range slices.Clone(ps.all) {
		cmds = append(cmds, ps.update(p, msg))
	}
	return tea.Batch(cmds...)
}

// keys are those that lead to the other pages.
func (ps *pages) keys() []string {
	var keys []string
	for _, p := range ps.all {
		if p != ps.shown {
			keys = append(keys, p.key)
		}
	}
	return keys
}

// at gives the page that a key leads to.
func (ps *pages) at(key string) *page {
	i := slices.IndexFunc(ps.all, func(p *page) bool { return p.key == key })
	return ps.all[i]
}

// beside gives the page that stands so many places right of the one that is shown; behind the last comes the first.
func (ps *pages) beside(step int) *page {
	i := slices.Index(ps.all, ps.shown) + step + len(ps.all)
	return ps.all[i%len(ps.all)]
}
