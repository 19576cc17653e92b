package main

import (
	"context"
	"log/slog"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"rekey/tui"
)

const kioskName = "kiosk"

func (c *cli) kioskCommand() *cobra.Command {
	return &cobra.Command{
		Use:   kioskName,
		Short: "Let members set their passwords at this terminal",
		Long: `Kiosk fills the terminal with one question, the code of a form, and lets its owner set a new password. A USB scanner that
types the QR code's URL does as well as a person who types the code.

No key leaves it but F10 with an admin's sign-in; SIGTERM and SIGHUP end it too. So it can be the login shell of an
account on a Linux console (TERM=linux). Switching virtual terminals, Ctrl+Alt+Del and SysRq are the system's: turn them
off there.

Failures are logged to stderr, or to kiosk.log in the data directory where stderr is the terminal.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.kiosk(cmd.Context()) },
	}
}

// kiosk shows the kiosk until an admin ends it.
func (c *cli) kiosk(ctx context.Context) error {
	// Anybody can press the keys that interrupt other commands. They mean nothing from the start on, not only once
	// tui.RunKiosk has the terminal.
	signal.Ignore(syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP)
	s, err := c.screen()
	if err != nil {
		return err
	}
	p, err := c.open()
	if err != nil {
		return err
	}
	log, done, err := c.besideScreen(p.directory.kioskLog())
	if err != nil {
		return err
	}
	defer done()
	return tui.RunKiosk(ctx, tui.KioskOptions{Service: p.service, BaseURL: p.config.BaseURL, Log: log,
		In: s.in, Out: s.out, Env: s.env.without("TMUX")})
}

// besideScreen gives a log that does not draw on the screen: stderr if it leads elsewhere, or else the file.
func (c *cli) besideScreen(path string) (log *slog.Logger, done func(), err error) {
	if !isTerminal(c.err) {
		return newLog(c.err), func() {}, nil
	}
	log, file, err := logFile(path)
	if err != nil {
		return nil, nil, err
	}
	return log, func() { file.Close() }, nil
}
