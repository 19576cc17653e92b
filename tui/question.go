package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// newQuestion makes a box that asks before something is done; the answer that does nothing is the one that is chosen at
// first.
func newQuestion(s *shared, text formText, decline, accept string, accepted func() tea.Cmd) *form[nothing] {
	work := func() func(context.Context) (nothing, error) {
		return func(context.Context) (nothing, error) { return nothing{}, nil }
	}
	return newConfirmation(s, text, decline, accept, work, func(nothing) tea.Cmd { return accepted() })
}

// newConfirmation makes a box that says what will be done, asks whether to, and does it.
func newConfirmation[T any](s *shared, text formText, decline, accept string, work func() func(context.Context) (T, error), done func(T) tea.Cmd) *form[T] {
	text.brief = true
	return newForm(s, text, []*entry{newSwitch("", decline, accept, true)}, work, done)
}
