package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"rekey/account"
	"rekey/member"
	"rekey/store"
)

// checkState is what a check came to.
type checkState string

// The states, as JSON names them.
const (
	checkOK      checkState = "ok"
	checkWarning checkState = "warning" // it works, but somebody should know
	checkFailed  checkState = "failed"
	checkSkipped checkState = "skipped" // what it needs has failed
)

// checkResult is what one check found.
type checkResult struct {
	Name  string     `json:"name"`
	State checkState `json:"state"`
	Text  string     `json:"text"`
	Hint  string     `json:"hint"` // what to do next; may be empty
}

// checkOutput is the JSON of `rekey check`.
type checkOutput struct {
	OK     bool          `json:"ok"` // nothing failed
	Checks []checkResult `json:"checks"`
}

func passed(format string, args ...any) checkResult {
	return checkResult{State: checkOK, Text: fmt.Sprintf(format, args...)}
}

func doubtful(hint, format string, args ...any) checkResult {
	return checkResult{State: checkWarning, Text: fmt.Sprintf(format, args...), Hint: hint}
}

func skipped(format string, args ...any) checkResult {
	return checkResult{State: checkSkipped, Text: fmt.Sprintf(format, args...)}
}

// failed makes a result of an error, whose sentence and hint it takes apart.
func failed(err error) checkResult {
	r := checkResult{State: checkFailed}
	if f, ok := errors.AsType[*failure](err); ok {
		r.Text, r.Hint = f.message, f.hint
	} else if refused, ok := errors.AsType[*account.Error](err); ok {
		r.Text, r.Hint = refused.Message, refused.Hint
	} else if kept, ok := errors.AsType[*store.Error](err); ok {
		r.Text, r.Hint = kept.Message, kept.Hint
	} else {
		r.Text = sentences(err)
	}
	return r
}

func (c *cli) checkCommand() *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look whether everything works, and say what to do where it does not",
		Long: `Check looks at the configuration, the key, the store, the settings, the mail server, the base URL, the clock, the outbox
and the disk, and prints a line for each: ok, warning, FAILED, or skipped where what it needs has failed. If anything
failed, it exits with 1.

The mail server is asked to let rekey sign in. With --mail, or else to REKEY_ADMIN if that is set, a test mail is sent at
once, outside of the outbox, and what the server said is shown.

` + readingHelp,
		Example: `  rekey check --mail me@example.com
  rekey check --store          also read the whole store, and follow the audit log to its first record`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.check(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.mail, "mail", "", "send a test mail to this `address` (REKEY_ADMIN)")
	cmd.Flags().BoolVar(&o.store, "store", false, "also check the whole store and the audit log; writers wait meanwhile")
	jsonFlag(cmd, &o.asJSON)
	return cmd
}

type checkOptions struct {
	mail   string
	store  bool
	asJSON bool
}

func (c *cli) check(ctx context.Context, o checkOptions) error {
	if reason := member.CheckEmail(o.mail); o.mail != "" && reason != "" {
		return misuse("Correct --mail.", "Mail cannot go to %q: %s.", member.Clean(o.mail), reason)
	}
	up := checkup{cli: c, mail: orElse(o.mail, c.env.get("REKEY_ADMIN")), now: time.Now}
	out, width := checkOutput{OK: true}, widthOf(c.out)
	for _, check := range up.checks(o.store) {
		r := up.result(ctx, check)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		out.Checks = append(out.Checks, r)
		out.OK = out.OK && r.State != checkFailed
		if o.asJSON {
			continue
		}
		// A line is shown as soon as it is known: a server that does not answer takes its time.
		if err := c.print(false, nil, func(w io.Writer) { r.write(w, width) }); err != nil {
			return err
		}
	}
	if o.asJSON {
		if err := c.print(true, out, nil); err != nil {
			return err
		}
	}
	return out.verdict()
}

// verdict is an error if anything failed.
func (o checkOutput) verdict() error {
	var names []string
	for _, r := range o.Checks {
		if r.State == checkFailed {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return refuse("Put that right, then check again.", "Not everything works: %s.", strings.Join(names, ", "))
}

// Widths of the columns of names and states.
const (
	checkNameWidth  = 15
	checkStateWidth = 9
)

// write prints the result, its hint under it, in lines of so many cells (0: as long as they are).
func (r checkResult) write(w io.Writer, width int) {
	state := string(r.State)
	if r.State == checkFailed {
		state = "FAILED"
	}
	const column = checkNameWidth + checkStateWidth
	first := fmt.Sprintf("%-*s%-*s", checkNameWidth, r.Name, checkStateWidth, state)
	for _, text := range []string{r.Text, r.Hint} {
		text = member.Clean(text)
		if width > 2*column {
			text = ansi.Wordwrap(text, width-column, "")
		}
		for line := range strings.Lines(text) {
			fmt.Fprintf(w, "%-*s%s\n", column, first, strings.TrimSuffix(line, "\n"))
			first = ""
		}
	}
}

// widthOf gives the width of a terminal in cells, or 0 for anything else.
func widthOf(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
