package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/demo"
	"rekey/mailer"
)

// What a demo is made with unless told otherwise.
const (
	demoMembers  = 500
	demoSeed     = 1
	demoTeam     = "Example Works"
	demoNumber   = "100200"
	demoAddress  = "127.0.0.1:8080"
	demoBaseURL  = "http://" + demoAddress
	demoPassword = "green-tea-at-noon" // of every member; no secret: nobody but made-up people has it
)

// demoOutput is the JSON of `rekey demo --prepare`.
type demoOutput struct {
	Admin    string `json:"admin"`
	Password string `json:"password"`
	Dir      string `json:"dir"`
}

// demoMark is the file that tells a demo's directory from a real one. Only a marked directory is opened as a demo.
type demoMark struct {
	Admin   string `json:"admin"`
	Members int    `json:"members"`
	Seed    uint64 `json:"seed"`
}

func (c *cli) demoCommand() *cobra.Command {
	d := demoCommand{cli: c}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try the console and the member's page with made-up members",
		Long: `Demo makes a directory of made-up members, starts a mail server on this host that only catches mail and the member's
page, and opens the console. The demo admin's address and password stand on the sign-in screen; all members have that
password. Each mail is written to mail/*.eml in the directory, and nothing leaves this host.

The page is on port 8080, or on any other free one, for as long as the console is open, and this host alone reaches it.
Links and QR codes made meanwhile lead to it.

Without --dir (or REKEY_DIR) a new temporary directory is used. A directory that is not empty is refused, unless an
earlier demo made it: then that demo is opened again. The same seed makes the same members.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.chosen = cmd.Flags().Changed("members") || cmd.Flags().Changed("seed")
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().IntVar(&d.members, "members", demoMembers, "how many members to make up")
	cmd.Flags().Uint64Var(&d.seed, "seed", demoSeed, "which members to make up")
	cmd.Flags().BoolVar(&d.prepare, "prepare", false, "only make the directory and print how to sign in")
	jsonFlag(cmd, &d.asJSON)
	return cmd
}

// demoCommand is one `rekey demo`.
type demoCommand struct {
	*cli
	members int
	seed    uint64
	chosen  bool // members or seed stand on the command line
	prepare bool
	asJSON  bool
}

func (c *demoCommand) run(ctx context.Context) error {
	if c.members < 1 || c.members > demo.MaxMembers {
		return misuse("Correct --members.", "A demo has 1 to %d members.", demo.MaxMembers)
	}
	if c.asJSON && !c.prepare {
		return misuse("Add --prepare.", "Only a prepared demo prints JSON.")
	}
	if c.prepare {
		p, mark, err := c.ready(ctx)
		if err != nil {
			return err
		}
		d := p.directory
		return c.print(c.asJSON, demoOutput{mark.Admin, demoPassword, string(d)}, func(w io.Writer) {
			fmt.Fprintf(w, "The demo is ready: %s\n", d)
			fmt.Fprintf(w, "Admin:    %s\n", mark.Admin)
			fmt.Fprintf(w, "Password: %s (all members have it)\n", demoPassword)
			fmt.Fprintf(w, "Open it with: rekey demo --dir %s\n", d)
		})
	}
	s, err := c.screen()
	if err != nil {
		return err
	}
	p, mark, err := c.ready(ctx)
	if err != nil {
		return err
	}
	return c.show(ctx, s, p.directory, mark)
}

// show opens the console on a demo, with all mail going to a server that only catches it, and all links to a page that
// is there.
func (c *demoCommand) show(ctx context.Context, s *screen, d directory, mark demoMark) error {
	catcher, mailPort, err := catchMail(d)
	if err != nil {
		return err
	}
	defer catcher.Close()
	listener, err := listenForDemo()
	if err != nil {
		return err
	}
	defer listener.Close()
	p, err := open(d, append(slices.Clone(c.env), "REKEY_WEB_BASE_URL=http://"+listener.Addr().String()))
	if err != nil {
		return err
	}
	p.config.Mail = mailer.Config{Host: "127.0.0.1", Port: mailPort, Security: mailer.SecurityNone}
	courier, err := p.courier(mailer.Options{})
	if err != nil {
		return err
	}
	page, err := p.startPage(ctx, listener, courier)
	if err != nil {
		return err
	}
	defer page.stop()
	s.facts = p.facts(func(string) string { return "by the demo" })
	shown := s.show(ctx, p, courier, []string{
		fmt.Sprintf("A demo with %d made-up members.", mark.Members),
		"Email address: " + mark.Admin,
		"Password:      " + demoPassword,
		"Members' page: " + p.config.BaseURL,
		"Mails are caught in " + d.mail(),
	}, mark.Admin)
	kept := c.print(false, nil, func(w io.Writer) {
		fmt.Fprintf(w, "The demo is kept in %s\nOpen it again with: rekey demo --dir %s\n", d, d)
	})
	return cmp.Or(shown, kept)
}

// catchMail starts the mail server that writes what it gets into the directory.
func catchMail(d directory) (*mailer.Catcher, int, error) {
	if err := new(builder).directory(d.mail()); err != nil {
		return nil, 0, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, fmt.Errorf("starting a mail server on this host: %w", err)
	}
	catcher, err := mailer.StartCatcher(listener, d.mail())
	if err != nil {
		return nil, 0, fmt.Errorf("starting a mail server on this host: %w", err)
	}
	return catcher, listener.Addr().(*net.TCPAddr).Port, nil
}

// ready opens the demo that is in the directory, or makes a new one.
func (c *demoCommand) ready(ctx context.Context) (*program, demoMark, error) {
	if c.namedDirectory() == "" {
		return c.makeTemporary(ctx)
	}
	d, err := directoryAt(c.namedDirectory())
	if err != nil {
		return nil, demoMark{}, err
	}
	mark, found, err := readMark(d)
	switch {
	case err != nil:
		return nil, mark, err
	case !found:
		return c.make(ctx, d)
	case c.chosen && (mark.Members != c.members || mark.Seed != c.seed):
		return nil, mark, misuse("Leave --members and --seed out to open it, or choose another directory.",
			"%s holds another demo: %d members of seed %d.", d, mark.Members, mark.Seed)
	}
	p, err := open(d, c.env)
	return p, mark, err
}

// makeTemporary makes a new demo in a directory of its own.
func (c *demoCommand) makeTemporary(ctx context.Context) (*program, demoMark, error) {
	path, err := os.MkdirTemp("", "rekey-demo-")
	if err != nil {
		return nil, demoMark{}, fmt.Errorf("making a directory for the demo: %w", err)
	}
	d, err := directoryAt(path) // TMPDIR may be relative
	if err != nil {
		return nil, demoMark{}, err
	}
	p, mark, err := c.make(ctx, d)
	if err != nil {
		os.Remove(path) // empty again
	}
	return p, mark, err
}

// readMark reads the mark of a demo's directory. A directory without it has to be empty, or not there.
func readMark(d directory) (mark demoMark, found bool, err error) {
	text, err := os.ReadFile(d.demoFile())
	if err == nil {
		if err := json.Unmarshal(text, &mark); err != nil {
			return mark, false, refuse("Choose another directory for the demo.", "%s is damaged.", d.demoFile())
		}
		return mark, true, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return mark, false, d.unreadable(err)
	}
	entries, err := os.ReadDir(string(d))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return mark, false, d.unreadable(err)
	}
	if len(entries) > 0 {
		return mark, false, refuse("Choose another directory for the demo with --dir.",
			"%s is not empty, and no demo made it.", d)
	}
	return mark, false, nil
}

// make makes the directory of a new demo.
func (c *demoCommand) make(ctx context.Context, d directory) (*program, demoMark, error) {
	mark := demoMark{Admin: demo.AdminEmail, Members: c.members, Seed: c.seed}
	text, err := json.Marshal(mark)
	if err != nil {
		return nil, mark, fmt.Errorf("marking the demo: %w", err)
	}
	cfg := config{BaseURL: demoBaseURL}
	if err := cfg.override(c.env); err != nil {
		return nil, mark, err
	}
	cfg.Mail = mailer.Config{} // mail of a demo goes nowhere, until somebody says so by name
	if err := cfg.check(); err != nil {
		return nil, mark, err
	}
	set := account.DefaultSettings()
	set.TeamName, set.TeamNumber = demoTeam, demoNumber
	plan := installation{
		config:   cfg,
		settings: set,
		files:    map[string]string{d.demoFile(): string(text) + "\n"},
		fill: func(p *program) error {
			hash, err := p.hasher.Hash(ctx, demoPassword)
			if err != nil {
				return err
			}
			_, err = demo.Fill(ctx, p.store, demo.Options{Count: c.members, Seed: c.seed, Now: p.service.Now(),
				Hash: hash, Settings: set, Progress: c.progress()})
			return err
		},
	}
	p, err := plan.install(d, c.env)
	return p, mark, err
}

// manyMembers is from how many on somebody at a terminal is told how far it is: fewer take no time.
const manyMembers = 20_000

// progress gives what tells a person how many members have been made up; nil where nobody waits.
func (c *demoCommand) progress() func(done int) {
	t, isTerminal := c.terminal()
	if !isTerminal || c.members < manyMembers {
		return nil
	}
	return func(done int) {
		fmt.Fprintf(t.out, "\rMaking up members: %d of %d", done, c.members)
		if done == c.members {
			fmt.Fprintln(t.out)
		}
	}
}
