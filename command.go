package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/spf13/cobra"

	"rekey/member"
)

// streams are what the program reads and writes. A stream that is an *os.File may be a terminal.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// environment holds the environment's variables.
type environment []string

// get gives a variable's value. An empty variable counts as one that is not set.
func (e environment) get(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(e[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// cli is one run of the command line.
type cli struct {
	streams
	env     environment
	dirFlag string
	// restrictedFlag is --restricted; see isRestricted.
	restrictedFlag bool
	// understood is set once cobra has taken the command and its flags. An error before that is a wrong usage.
	understood bool
}

// run carries out one command line and gives the exit code.
func run(ctx context.Context, args []string, s streams, env []string) int {
	c := &cli{streams: s, env: env}
	root := c.rootCommand()
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if _, explained := errors.AsType[*failure](err); !c.understood && !explained {
		err = wrongUsage(err, command)
	}
	fmt.Fprintln(s.err, "rekey: "+explain(ctx, err))
	return exitCode(err)
}

func (c *cli) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "rekey",
		Short: "Reset the password of a team's member",
		Long: `rekey is the admin's console for resetting members' passwords. Without a command it opens the console.

With --restricted the console can be the forced command of a login: it prints nothing, saves forms in the data directory
only, and takes CSV files from the folder import there. restricted = true in [console] of rekey.toml restricts every
console on the directory so, and no flag undoes it.

Exit codes: 0 done; 1 refused or failed; 2 wrong usage, or no terminal where one is needed; 3 not signed in, or no
admin authority.`,
		Example: `  rekey demo                 try it with made-up members
  rekey init                 set up a data directory
  rekey                      open the console
  rekey serve                serve the member's page
  rekey reset hanako@example.com --reason forgot`,
		Args:          noArguments,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			c.understood = true
			return c.refuseRestricted(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return c.console(cmd.Context()) },
	}
	root.PersistentFlags().StringVar(&c.dirFlag, "dir", "",
		"data `directory` (REKEY_DIR; default: rekey in the XDG data home)")
	root.PersistentFlags().BoolVar(&c.restrictedFlag, "restricted", false,
		"only the console or kiosk, and no way from it to other programs and files ("+restrictedVariable+")")
	root.AddCommand(
		c.initCommand(),
		c.demoCommand(),
		c.serveCommand(),
		c.kioskCommand(),
		c.resetCommand(),
		c.formCommand(),
		c.membersCommand(),
		c.importCommand(),
		c.exportCommand(),
		c.outboxCommand(),
		c.auditCommand(),
		c.backupCommand(),
		c.restoreCommand(),
		c.checkCommand(),
		c.versionCommand(),
	)
	tightenBuiltIns(root)
	return root
}

// tightenBuiltIns makes cobra's own commands refuse what they do not know: they would print help and succeed.
func tightenBuiltIns(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				_, rest, err := root.Find(args)
				if err == nil {
					err = noArguments(root, rest)
				}
				return err
			}
		case "completion":
			cmd.Args = noArguments
			cmd.RunE = func(*cobra.Command, []string) error {
				return misuse("Name bash, zsh, fish or powershell.", "No shell is named.")
			}
		}
	}
}

// noArguments refuses arguments; for the root command they are unknown commands.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasAvailableSubCommands() {
		return fmt.Errorf("there is no command %q", args[0])
	}
	return fmt.Errorf("%q is one argument too many", args[0])
}

// directory gives the data directory that the flag or the environment names.
func (c *cli) directory() (directory, error) {
	if named := c.namedDirectory(); named != "" {
		return directoryAt(named)
	}
	data := c.env.get("XDG_DATA_HOME")
	if data == "" {
		home := c.env.get("HOME")
		if home == "" {
			return "", misuse("Name one with --dir or REKEY_DIR.",
				"No data directory is named, and there is no home directory.")
		}
		data = home + "/.local/share"
	}
	return directoryAt(data + "/rekey")
}

func (c *cli) namedDirectory() string {
	if c.dirFlag != "" {
		return c.dirFlag
	}
	return c.env.get("REKEY_DIR")
}

// open assembles the program on the data directory.
func (c *cli) open() (*program, error) {
	d, err := c.directory()
	if err != nil {
		return nil, err
	}
	return open(d, c.env)
}

// complete has the shell complete a flag with the values that it can have.
func complete(cmd *cobra.Command, flag string, values []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic("completing a flag that is not there: " + err.Error())
	}
}

// jsonFlag adds --json to a command.
func jsonFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

// print writes a command's result, made by text, or v as JSON. What text writes is foreign in part: each line is
// cleaned.
func (c *cli) print(asJSON bool, v any, text func(io.Writer)) error {
	var b bytes.Buffer
	if asJSON {
		if err := encode(&b, v, ""); err != nil {
			return err
		}
	} else {
		text(cleanLines{&b})
	}
	if _, err := c.out.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// encode writes v as JSON that is harmless in a terminal, a line end after it; prefix begins each line but the first.
func encode(b *bytes.Buffer, v any, prefix string) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(prefix, "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	escapeHarmful(b)
	return nil
}

// escapeHarmful writes the characters that act on a terminal, or heap up on one, as JSON escapes. They stand in strings
// only; json itself escapes those below U+0020.
func escapeHarmful(b *bytes.Buffer) {
	text := b.String()
	b.Reset()
	marks := 0
	for _, r := range text {
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case marks <= member.MaxMarks && (r == '\n' || member.Clean(string(r)) == string(r)):
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
	}
}

// warn tells on stderr what went less well than hoped.
func (c *cli) warn(format string, args ...any) {
	fmt.Fprintln(c.err, "rekey: "+member.Clean(fmt.Sprintf(format, args...)))
}

// cleanLines makes every line that is written to it harmless. Each write has to be whole lines.
type cleanLines struct{ to io.Writer }

func (c cleanLines) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		text, ended := strings.CutSuffix(line, "\n")
		if ended {
			text = member.Clean(text) + "\n"
		} else {
			text = member.Clean(text)
		}
		if _, err := io.WriteString(c.to, text); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}
