package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// pollInterval is how often the store's revision is looked at: reading it costs about a microsecond, and other
// processes' changes are seen well within a second. It also moves the countdowns on.
const pollInterval = 250 * time.Millisecond

// watcher notices that any process has changed the store.
type watcher struct {
	shared *shared
	seen   uint64
	failed bool
}

// revisionMsg is what one look at the store's revision found. There is only ever one look under way.
type revisionMsg struct {
	revision uint64
	err      error
}

func (w *watcher) next() tea.Cmd {
	read := w.shared.service.Revision
	return w.shared.after(pollInterval, func() tea.Msg {
		revision, err := read()
		return revisionMsg{revision, err}
	})
}

// take reports whether the revision is a new one. An error is told once, not four times a second.
func (w *watcher) take(msg revisionMsg) (changed bool) {
	if msg.err != nil {
		if !w.failed {
			w.failed = true
			w.shared.nav.say(sentence(msg.err))
		}
		return false
	}
	changed = w.failed || msg.revision != w.seen
	w.failed, w.seen = false, msg.revision
	return changed
}
