package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"rekey/store"
)

type restoreOutput struct {
	Backup   contentsOutput `json:"backup"`
	Replaced *string        `json:"replaced"` // where the store that was there is kept; null: there was none
}

func (c *cli) restoreCommand() *cobra.Command {
	var asJSON, force bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in place of the store",
		Long: `Restore puts a backup in place of the store. It looks first whether the backup is whole and belongs to the key of this
data directory; rekey.toml and the key have to be there, the store itself may be missing or damaged. A store that is
there is replaced with --force only, and is kept beside the new one as rekey.db.before-restore. Consoles and rekey serve
that are running go on with the restored store.

All is again as it was when the backup was made: members, passwords, sessions, set-password links, lockouts and the mails
that had yet to be sent. A password that was reset since then, because somebody else knew it, works again: look through
the audit log of the replaced store, and reset those members once more.

Keep backups and the key in different places: who has both can make working set-password links.

It asks for no sign-in: who may write to the data directory may do it. The audit log notes it.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse("Name the file that `rekey backup` has made.", "One file is needed.")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.restore(cmd.Context(), args[0], force, asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	cmd.Flags().BoolVar(&force, "force", false, "replace the store that is there")
	return cmd
}

func (c *cli) restore(ctx context.Context, file string, force, asJSON bool) error {
	d, err := c.directory()
	if err != nil {
		return err
	}
	beside, key, err := d.beside(c.env)
	if err != nil {
		return err
	}
	done, err := store.Restore(ctx, d.storeFile(), file, key.Fingerprint(), store.RestoreOptions{
		Force: force,
		Amend: func(s *store.Store) error {
			p, err := assembleOn(s, d, beside, key)
			if err != nil {
				return err
			}
			return p.service.Restored(ctx, file)
		},
	})
	if err != nil {
		return err
	}
	out := restoreOutput{Backup: newContentsOutput(done.Backup)}
	if done.Kept != "" {
		out.Replaced = &done.Kept
	}
	return c.print(asJSON, out, func(w io.Writer) {
		fmt.Fprintf(w, "The store was restored from %s: %s.\n", filepath.Base(file), describe(done.Backup, time.Local))
		fmt.Fprintln(w, "Passwords, sessions, links and unsent mails are those of that time.")
		if done.Kept != "" {
			fmt.Fprintf(w, "The store that was there is kept as %s.\n", done.Kept)
		}
	})
}
