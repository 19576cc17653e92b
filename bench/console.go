package main

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"rekey/demo"
	"rekey/tui"
)

// console is the console without a terminal: what Bubble Tea does between a key and the frame that it draws.
type console struct {
	model    tea.Model
	messages chan tea.Msg
}

// patience is how long anything is waited for.
const patience = 2 * time.Minute

// newConsole starts a console of 120 by 40 cells, and signs in.
func newConsole(b *bench, t *team) (*console, error) {
	c := &console{tui.New(b.ctx, tui.Options{Service: t.service, Env: []string{"TERM=xterm-256color"}, Address: demo.AdminEmail}),
		make(chan tea.Msg, 64)}
	c.start(c.model.Init())
	c.take(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	c.take(tea.WindowSizeMsg{Width: columns, Height: rows})
	for _, r := range password {
		c.take(tea.KeyPressMsg(tea.Key{Code: r, Text: string(r)}))
	}
	c.take(tea.KeyPressMsg(tea.Key{Code: tea.KeyEnter}))
	return c, c.until(fmt.Sprintf("%s of %s members", grouped(t.size), grouped(t.size)))
}

// start runs a command as Bubble Tea does: in a goroutine, whose message comes back.
func (c *console) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() { c.messages <- cmd() }()
}

func (c *console) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
	case tea.BatchMsg:
		for _, cmd := range msg {
			c.start(cmd)
		}
	default:
		_, cmd := c.model.Update(msg)
		c.start(cmd)
	}
}

// until takes in what comes until the frame shows a text.
func (c *console) until(text string) error {
	for deadline := time.After(patience); !contains(c.model.View().Content, text); {
		select {
		case msg := <-c.messages:
			c.take(msg)
		case <-deadline:
			return fmt.Errorf("the console never showed %q, but\n%s", text, c.model.View().Content)
		}
	}
	return nil
}

// settle takes in what comes until nothing has come for a while. The console's clock keeps ticking, slower than that.
func (c *console) settle() {
	for {
		select {
		case msg := <-c.messages:
			c.take(msg)
		case <-time.After(20 * time.Millisecond):
			return
		}
	}
}

// key takes the time from a key to the frame.
func (c *console) key(code rune) (time.Duration, error) {
	c.settle()
	start := time.Now()
	_, cmd := c.model.Update(tea.KeyPressMsg(tea.Key{Code: code}))
	_ = c.model.View()
	took := time.Since(start)
	c.start(cmd)
	return took, nil
}

// measureFrame takes the time from a key that moves the cursor to the frame, beside that of a small team.
func measureFrame(b *bench) ([]result, error) {
	const small = 500
	few, err := b.team(small)
	if err != nil {
		return nil, err
	}
	anchor, err := newConsole(b, few)
	if err != nil {
		return nil, err
	}
	var results []result
	for _, size := range b.sizes {
		t, err := b.team(size)
		if err != nil {
			return results, err
		}
		c, err := newConsole(b, t)
		if err != nil {
			return results, err
		}
		down := func(c *console) func() (time.Duration, error) {
			return func() (time.Duration, error) { return c.key(tea.KeyDown) }
		}
		ours, theirs, err := compare(20*b.rounds, down(c), down(anchor))
		if err != nil {
			return results, err
		}
		results = append(results, timed("key to frame, a cursor move at "+count(size), ours, theirs, "at "+count(small), atMost(1.2)))
	}
	return results, nil
}
