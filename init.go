package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (c *cli) initCommand() *cobra.Command {
	qs := newQuestionnaire()
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Set up a data directory",
		Long: `Init makes a new data directory: the settings of this host (rekey.toml), the store (rekey.db) and the installation's
key (rekey.key). A wizard asks on the terminal for what no flag and no variable answers. Each flag has a variable;
passwords have only that: REKEY_MAIL_PASSWORD and REKEY_ADMIN_PASSWORD.

Nothing is ever overwritten. Keep a copy of rekey.key, but not together with the backups of rekey.db: who has both can
make links that set a member's password.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.setUp(cmd.Context(), qs) },
	}
	for _, q := range qs {
		if !q.secret() {
			cmd.Flags().StringVar(&q.answer, q.flag, "", q.usage())
			if q.choices != nil {
				complete(cmd, q.flag, q.choices)
			}
		}
	}
	return cmd
}

func (c *cli) setUp(ctx context.Context, qs questionnaire) error {
	d, err := c.directory()
	if err != nil {
		return err
	}
	if err := d.mustBeFree(); err != nil {
		return err
	}
	if err := qs.take(c.env); err != nil {
		return err
	}
	if len(qs.missing()) > 0 {
		if err := c.ask(ctx, qs); err != nil {
			return err
		}
	}
	qs.preset()
	cfg, err := qs.config(c.env)
	if err != nil {
		return err
	}
	if err := cfg.check(); err != nil {
		return err
	}
	if err := cfg.Mail.Validate(); err != nil {
		return err
	}
	admin := qs.admin()
	plan := installation{
		config:   cfg,
		settings: qs.settings(),
		fill:     func(p *program) error { return p.service.Install(ctx, admin, qs.get(varAdminPassword)) },
	}
	if _, err := plan.install(d, c.env); err != nil {
		return err
	}
	return c.print(false, nil, func(w io.Writer) {
		fmt.Fprintf(w, "The data directory is ready: %s\n", d)
		fmt.Fprintf(w, "Keep a copy of %s in a safe place.\n", d.keyFile(cfg))
		command := "rekey"
		if c.dirFlag != "" {
			command += " --dir " + string(d)
		}
		fmt.Fprintf(w, "Run `%s` and sign in as %s.\n", command, admin.Email)
	})
}
