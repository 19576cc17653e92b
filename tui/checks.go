package tui

import (
	"context"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// CheckResult is what one check of this host has found.
type CheckResult struct {
	Name string // what was checked: "Mail"
	OK   bool
	Text string // what was found, and what to do if it is not in order
}

// checks is the screen that tries out mail and base URL.
type checks struct {
	*shared
	to       string // where the test mail goes
	results  []CheckResult
	working  request
	stop     context.CancelFunc
	scroller scroller
	width    int
	height   int
}

func newChecks(s *shared) *checks {
	return &checks{shared: s, to: s.admin.Email, scroller: scroller{look: s.look}}
}

func (c *checks) init() tea.Cmd {
	var ctx context.Context
	ctx, c.stop = context.WithCancel(c.ctx)
	run, to := c.check, c.to
	var cmd tea.Cmd
	c.working, cmd = ask(c.shared, func(context.Context) ([]CheckResult, error) { return run(ctx, to), ctx.Err() })
	return cmd
}

func (c *checks) frame() frame { return frame{title: "Checks"} }

func (c *checks) keyMap() []key.Binding {
	bindings := []key.Binding{when(c.working == 0, bind("r", "check again")), bind("esc", "back")}
	return append(bindings, c.scroller.moves()...)
}

func (c *checks) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return c.key(msg)
	case reply[[]CheckResult]:
		if msg.to == c.working {
			c.stop()
			c.working = 0
			if msg.err != nil {
				return nil // the screen has been left
			}
			if c.results != nil {
				c.nav.say("It has been checked again.")
			}
			c.results = msg.value
		}
	}
	return nil
}

func (c *checks) key(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case msg.String() == "esc":
		c.stop()
		c.nav.close(c)
	case msg.String() == "r" && c.working == 0:
		return c.init()
	default:
		c.scroller.move(msg)
	}
	return nil
}

func (c *checks) setSize(width, height int) {
	c.width, c.height = width, height
	c.scroller.show(c.lines(width-2), height)
}

func (c *checks) view() string { return c.scroller.page(c.lines(c.width-2), c.height) }

func (c *checks) lines(w int) []string {
	l := c.look
	if c.working != 0 {
		return l.wrap("Sending a test mail to "+clean(c.to)+" and asking the base URL"+l.ellipsis, w)
	}
	var lines []string
	for _, r := range c.results {
		mark, style := "OK      ", l.good
		if !r.OK {
			mark, style = "FAILED  ", l.bad
		}
		lines = append(lines, style.Render(l.truncate(mark+clean(r.Name), w)))
		lines = append(lines, l.hang("  ", clean(r.Text), w)...)
	}
	return lines
}
