// Command rekey is the admin's console for one job: it resets the password of a team's member.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"rekey/alone"
)

func main() {
	alone.End()
	// The terminal is restored on each of these before the program ends, also when a dropped line hangs it up.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, os.Environ()))
}
