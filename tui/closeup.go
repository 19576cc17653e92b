package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// closeUp shows one thing by itself, where the terminal is too narrow for a pane beside the list, or the thing too long
// for it. Unless it hears messages itself, the list below keeps what it shows up to date.
type closeUp struct {
	*shared
	content  content
	title    string
	start    func() tea.Cmd        // what is read first; may be nil
	heard    func(tea.Msg) tea.Cmd // gets every message but keys; may be nil
	scroller scroller
	width    int
	height   int
}

// content is what a close-up or a pane shows.
type content interface {
	lines(width int) []string
	keyMap() []key.Binding
	// key does what a key stands for, and reports whether it stands for anything.
	key(tea.KeyPressMsg) (cmd tea.Cmd, done bool)
}

func newCloseUp(s *shared, title string, c content) *closeUp {
	return &closeUp{shared: s, content: c, title: title, scroller: scroller{look: s.look}}
}

func (c *closeUp) init() tea.Cmd {
	if c.start == nil {
		return nil
	}
	return c.start()
}

func (c *closeUp) setSize(width, height int) {
	c.width, c.height = width, height
	c.scroller.show(c.content.lines(width-2), height)
}

func (c *closeUp) keyMap() []key.Binding {
	bindings := append(c.content.keyMap(), bind("esc", "back", "esc", "enter"))
	return append(bindings, c.scroller.moves()...)
}

func (c *closeUp) frame() frame { return frame{title: c.title} }

func (c *closeUp) update(msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	switch {
	case !ok && c.heard == nil:
		return nil
	case !ok:
		return c.heard(msg)
	case press.String() == "esc" || press.String() == "enter":
		c.nav.close(c)
		return nil
	}
	if cmd, done := c.content.key(press); done {
		return cmd
	}
	c.scroller.move(press)
	return nil
}

func (c *closeUp) view() string { return c.scroller.page(c.content.lines(c.width-2), c.height) }
