package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// How often the store's revision is looked at, which also moves the countdowns on: reading it costs about a microsecond,
// and other processes' changes are to be seen well within a second. Where hints come, the looks between them only
// catch what a hint has missed.
const (
	pollInterval   = 250 * time.Millisecond
	hintedInterval = time.Second
)

// watcher notices that any process has changed the store: it looks at its revision from time to time, and at once when
// there is a hint.
type watcher struct {
	shared *shared
	await  func(hinted func(open bool) tea.Msg) tea.Cmd // calls hinted for each hint until it gives a message; nil: there are no hints
	seen   uint64
	failed bool
}

// revisionMsg is what one look at the store's revision found.
type revisionMsg struct {
	revision uint64
	err      error
	hinted   bool // the look was made because of a hint
}

// hintsEndedMsg says that there will be no more hints.
type hintsEndedMsg struct{}

// awaitHints waits for hints. A closed channel is told once, as not open.
func awaitHints(ctx context.Context, hints <-chan struct{}) func(func(bool) tea.Msg) tea.Cmd {
	if hints == nil {
		return nil
	}
	return func(hinted func(bool) tea.Msg) tea.Cmd {
		return func() tea.Msg {
			for {
				select {
				case <-ctx.Done():
					return nil
				case _, open := <-hints:
					if msg := hinted(open); msg != nil {
						return msg
					}
				}
			}
		}
	}
}

// begin gives the first look, and the waiting for the first hint.
func (w *watcher) begin() tea.Cmd { return tea.Batch(w.look(), w.hint()) }

// look gives the next look that time brings.
func (w *watcher) look() tea.Cmd {
	interval := pollInterval
	if w.await != nil {
		interval = hintedInterval
	}
	read := w.shared.service.Revision
	return w.shared.after(interval, func() tea.Msg {
		revision, err := read()
		return revisionMsg{revision: revision, err: err}
	})
}

// hint gives the next look that a hint brings. Hints behind which nothing has been committed, and there are many, cost
// one reading each.
func (w *watcher) hint() tea.Cmd {
	if w.await == nil {
		return nil
	}
	read, seen := w.shared.service.Revision, w.seen
	return w.await(func(open bool) tea.Msg {
		if !open {
			return hintsEndedMsg{}
		}
		revision, err := read()
		if err != nil || revision == seen {
			return nil // an error is told by the look that time brings
		}
		return revisionMsg{revision: revision, hinted: true}
	})
}

// next follows a look with the next one of its kind.
func (w *watcher) next(msg revisionMsg) tea.Cmd {
	if msg.hinted {
		return w.hint()
	}
	return w.look()
}

// ended takes note that there will be no more hints.
func (w *watcher) ended() { w.await = nil }

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
