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
	many := formsCommand{cli: c}
	cmd := &cobra.Command{
		Use:   "form LOGIN_ID | form --all",
		Short: "Download login ID members' Account Information PDFs again",
		Long: `Form saves the current Account Information PDF of a login ID member: with the same QR code until the next reset. It is
refused when the member has no code that still works. A member id (id:17) is taken as well.

With --all it saves those of all login ID members, or of one department, ordered by department and name: as files, one a
member, or as one document for the printer, with a page a member. Members who have no form that works are named: their
passwords are reset individually. Files of the same names are replaced.

` + signInHelp,
		Example: `  rekey form t.yamada
  rekey form --all --department FACTORY-1 --out /media/usb
  rekey form --all --one-document forms.pdf`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := many.check(cmd, args); err != nil || many.all {
				return err
			}
			if len(args) != 1 {
				return misuse("With --all the forms of many members are saved.", "One login ID is needed.")
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if many.all {
				return many.run(cmd.Context(), out, asJSON)
			}
			return c.form(cmd.Context(), args[0], out, asJSON)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the `file` to write, or with --all the directory (default: the data directory's forms)")
	many.flags(cmd)
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (c *cli) form(ctx context.Context, name, path string, asJSON bool) error {
	path, err := absolute(path)
	if err != nil {
		return err
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

// absolute makes a path independent of the working directory; an empty one stays.
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("finding %s: %w", path, err)
	}
	return full, nil
}
