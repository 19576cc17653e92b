package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/member"
)

type formOutput struct {
	Member  string `json:"member"` // a member id, "id:17"
	Path    string `json:"path"`
	Expires string `json:"expires"`
}

func (c *cli) formCommand() *cobra.Command {
	var out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "form LOGIN_ID",
		Short: "Download a login ID member's Account Information PDF again",
		Long: `Form saves the current Account Information PDF of a login ID member: with the same QR code until the next reset. It is
refused when the member has no code that still works. A member id (id:17) is taken as well.

` + signInHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse("Forms are printed and handed over one by one.", "One login ID is needed.")
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.form(cmd.Context(), args[0], out, asJSON)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the `file` to write (default: its usual place in the data directory's forms)")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (c *cli) form(ctx context.Context, name, path string, asJSON bool) error {
	if path != "" {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return fmt.Errorf("finding %s: %w", path, err)
		}
		path = absolute
	}
	p, err := c.open()
	if err != nil {
		return err
	}
	return c.asAdmin(ctx, p, "rekey form", func(admin account.Admin) error {
		m, err := p.service.Find(ctx, name)
		if err != nil {
			return err
		}
		o, err := p.service.Overview(ctx, admin, m.ID)
		if err != nil {
			return err
		}
		saved, err := p.service.SaveForm(ctx, admin, m.ID, path)
		if err != nil {
			return err
		}
		c.warnMissing(saved)
		out := formOutput{m.ID.String(), saved.Path, o.Token.Expires.UTC().Format(time.RFC3339)}
		return c.print(asJSON, out, func(w io.Writer) {
			fmt.Fprintf(w, "The form is saved: %s\n", member.Clean(saved.Path))
			fmt.Fprintf(w, "Its QR code works until %s.\n", account.FormatTime(o.Token.Expires, p.service.Zone()))
		})
	})
}
