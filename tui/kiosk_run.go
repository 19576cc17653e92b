package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
)

// clearAll empties the screen (ED 2) and, where the terminal knows how, its scroll-back (ED 3, of xterm and Linux).
const clearAll = "\x1b[H\x1b[2J\x1b[3J"

// RunKiosk shows the kiosk until an admin signs in to end it.
//
// SIGINT, SIGQUIT and SIGTSTP are ignored for as long as it runs, whoever listened for them before, and the keys that send
// them are keys like others. SIGTERM and SIGHUP do end it, and so does the end of ctx: the machine shuts down, or the
// line has dropped, and nobody can type any more. However it ends, the terminal is restored and cleared together with
// its scroll-back, because not every terminal has an alternate screen.
//
// What the kernel does with a key is out of reach: a Linux console that the public can touch needs the switching of
// virtual terminals, Ctrl+Alt+Del and SysRq turned off as well.
func RunKiosk(ctx context.Context, o KioskOptions) error {
	o = o.withDefaults()
	if err := CheckTerminal(o.In, o.Out, o.Env); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP)
	defer signal.Reset(syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()

	err := runOn(o.In, o.Out, o.Env, newKiosk(ctx, o, o.Service), tea.WithContext(ctx), tea.WithoutSignalHandler())
	// A terminal that is gone cannot be cleared, and needs not be.
	_, _ = io.WriteString(o.Out, clearAll)
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("running the kiosk: %w", err)
	}
	return nil
}
