package main

import (
	"context"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"

	"rekey/account"
	"rekey/mailer"
	"rekey/tui"
)

// console opens the console on the data directory.
func (c *cli) console(ctx context.Context) error {
	s, err := c.screen()
	if err != nil {
		return err
	}
	p, err := c.open()
	if err != nil {
		return err
	}
	var notice []string
	if !p.hasMailServer() {
		notice = append(notice, "No mail server is configured: mails wait in the outbox.")
	}
	courier, err := p.configuredCourier(nil)
	if err != nil {
		return err
	}
	s.facts = p.facts(p.whereSet(c.env))
	if p.config.Restricted || c.restrictedFlag {
		s.restrict(p.directory)
	}
	if err := s.show(ctx, p, courier, notice, ""); err != nil {
		return err
	}
	c.noteWaiting(ctx, p)
	return nil
}

// noteWaiting tells somebody who leaves the console of mail that waits: nothing delivers it from now on, unless
// `rekey serve` runs. It is a courtesy: what cannot be read is not worth an error.
func (c *cli) noteWaiting(ctx context.Context, p *program) {
	waiting, err := p.waiting(ctx)
	if err != nil || waiting == 0 {
		return
	}
	them := "them"
	if waiting == 1 {
		them = "it"
	}
	c.warn("%s: `rekey serve` or `rekey outbox send` delivers %s.", waiting.say("still wait"), them)
}

// screen is a terminal that can be drawn on.
type screen struct {
	in, out    *os.File
	env        environment
	facts      []tui.Fact       // what the settings show of the host
	restricted *tui.Restriction // nil: it is not
}

// screen gives the terminal on stdin and stdout, before anything else is opened or made.
func (c *cli) screen() (*screen, error) {
	in, inIsFile := c.in.(*os.File)
	out, outIsFile := c.out.(*os.File)
	if !inIsFile || !outIsFile {
		return nil, misuse("Use the commands instead: see `rekey --help`.", "The program needs a terminal.")
	}
	if err := tui.CheckTerminal(in, out, c.env); err != nil {
		return nil, misuse("", "%s", sentence(err.Error()))
	}
	return &screen{in: in, out: out, env: c.env}, nil
}

// spareMemory lets less garbage than usual stand beside what the console holds of a large team: that is buffers without
// pointers, which cost the collector next to nothing to go over more often. Beside little it would be at work all the time.
func (p *program) spareMemory() {
	const (
		large   = 64 << 20 // bytes of the store, some 70,000 members
		percent = 10
	)
	if info, err := os.Stat(p.directory.storeFile()); err == nil && info.Size() >= large {
		debug.SetGCPercent(percent)
	}
}

// show runs the console until the admin leaves it, with the courier, if there is one, beside it.
func (s *screen) show(ctx context.Context, p *program, courier *mailer.Courier, notice []string, address string) error {
	o := tui.Options{
		Service:    p.service,
		Notice:     notice,
		Address:    address,
		Facts:      s.facts,
		Restricted: s.restricted,
		Check:      p.checkForConsole,
		In:         s.in,
		Out:        s.out,
		Env:        s.env,
	}
	if s.restricted == nil {
		o.Print = printer()
	}
	p.spareMemory()
	if courier != nil {
		o.Courier, o.Wake = courier.Run, courier.Wake
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if changed, err := p.store.Watch(ctx); err == nil { // else the console looks more often by itself
		o.Changed = changed
	}
	if err := tui.Run(ctx, o); err != nil {
		return err
	}
	return ctx.Err()
}

// printer gives what prints a file through lp, or nil where there is no lp.
func printer() func(context.Context, string) error {
	lp, err := exec.LookPath("lp")
	if err != nil {
		return nil
	}
	return func(ctx context.Context, path string) error {
		answer, err := exec.CommandContext(ctx, lp, "--", path).CombinedOutput()
		if err != nil {
			said := orElse(firstLine(answer), err.Error())
			return &account.Error{Code: account.CodeInvalid,
				Message: sentence("The printer's queue did not take the form: " + said), Hint: "Check the printer with lpstat."}
		}
		return nil
	}
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return line
}
