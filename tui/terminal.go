package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"
)

// How long the end of the program waits for what is still going on.
const (
	signOutTime = 2 * time.Second // to end the admin's session in the store
	courierTime = 3 * time.Second // for the courier to report on the mail that it is sending
)

// CheckTerminal says in one sentence why neither the console nor the kiosk can run on in and out, or nil: escape sequences
// would be written into a pipe.
func CheckTerminal(in, out *os.File, env []string) error {
	why := ""
	switch name := lookup(env, "TERM"); {
	case !term.IsTerminal(int(in.Fd())):
		why = "the input is none"
	case !term.IsTerminal(int(out.Fd())):
		why = "the output is none"
	case name == "":
		why = "TERM is not set"
	case name == "dumb":
		why = "TERM is dumb"
	default:
		return nil
	}
	return errors.New("the program needs a terminal that can move its cursor, and " + why +
		": use the commands instead, see rekey --help")
}

// lookup finds a variable in an environment; the last one counts.
func lookup(env []string, name string) string {
	for _, entry := range slices.Backward(env) {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

// Run shows the console until the admin quits, ctx ends or a signal comes, with the courier beside it. However it
// ends, the terminal is restored and the admin is signed out.
func Run(ctx context.Context, o Options) error {
	o = o.withDefaults()
	if err := CheckTerminal(o.In, o.Out, o.Env); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	model := newRoot(ctx, o, o.Service)
	defer quitOnSignals(cancel)()
	courier := startCourier(ctx, o.Courier, cancel)

	err := runOn(o.In, o.Out, o.Env, model, tea.WithContext(ctx))
	cancel()
	signOut(model.shared)
	if failure := courier.wait(); failure != nil {
		return failure
	}
	if err != nil && !errors.Is(err, tea.ErrInterrupted) && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("running the console: %w", err)
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Env == nil {
		o.Env = os.Environ()
	}
	return o
}

// quitOnSignals ends the program on the signals that Bubble Tea does not listen for, SIGHUP of a dropped line and
// SIGQUIT, so that the terminal is restored. The function it gives stops listening.
func quitOnSignals(quit func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGQUIT)
	go func() {
		select {
		case <-done:
		case <-signals:
			quit()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// signOut ends the admin's session. Nobody is there any more to be told if that fails; the session then ends by its age.
func signOut(s *shared) {
	if s.admin.ID == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), signOutTime)
	defer cancel()
	_ = s.service.SignOut(ctx, s.admin)
}

// courier is the delivery of mail beside the console.
type courier struct {
	done    chan struct{}
	failure error
}

// startCourier runs deliver in the background. If it panics, quit is called, so that the terminal is restored: Bubble Tea
// does that only for panics of its own goroutines.
func startCourier(ctx context.Context, deliver func(context.Context), quit func()) *courier {
	c := &courier{done: make(chan struct{})}
	if deliver == nil {
		close(c.done)
		return c
	}
	go func() {
		defer close(c.done)
		defer func() {
			if cause := recover(); cause != nil {
				c.failure = fmt.Errorf("the delivery of mail crashed: %v\n%s", cause, debug.Stack())
				quit()
			}
		}()
		deliver(ctx)
	}()
	return c
}

// wait gives the courier time to come to an end, and says how it failed if it did.
func (c *courier) wait() error {
	select {
	case <-c.done:
		return c.failure
	case <-time.After(courierTime):
		return nil
	}
}
