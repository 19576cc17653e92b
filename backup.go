package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/store"
)

// contentsOutput tells one copy of a store from another.
type contentsOutput struct {
	Size         int64   `json:"size"`           // bytes
	Members      int     `json:"members"`        // without the deleted ones
	Records      uint64  `json:"records"`        // of the audit log
	LastRecordAt *string `json:"last_record_at"` // null without one
}

type backupOutput struct {
	Path string `json:"path"`
	contentsOutput
}

func newContentsOutput(c store.Contents) contentsOutput {
	return contentsOutput{c.Size, c.Members, uint64(c.Records), timeOutput(c.LastDone)}
}

// describe says it to a person.
func describe(c store.Contents, zone *time.Location) string {
	text := fmt.Sprintf("%s, %s of the audit log", count(c.Members, "member"), count(int(c.Records), "record"))
	if !c.LastDone.IsZero() {
		text += " (the last of " + account.FormatTime(c.LastDone, zone) + ")"
	}
	return text
}

func (c *cli) backupCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the store to a new file",
		Long: `Backup writes a copy of the store, as it is at one moment, to a new file that its owner alone can read. Consoles and
rekey serve go on meanwhile; changes wait while the bytes are copied, and give up after five seconds: where a disk is slow,
make the copy beside the store first. A file that is there is never overwritten. "rekey restore" puts the copy back.

The installation's key (rekey.key) is not in it. A backup cannot be restored without the key, and who has both can make
working set-password links: keep a copy of the key, but in another place than the backups. rekey.toml is not in it
either.

It asks for no sign-in: who may read the data directory may copy it.`,
		Example: `  rekey backup /mnt/backup/rekey-$(date +%F).db`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return misuse("Name the file that the copy is to be written to.", "One file is needed.")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.backup(cmd.Context(), args[0], asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (c *cli) backup(ctx context.Context, file string, asJSON bool) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	path, err := absolute(file)
	if err != nil {
		return err
	}
	contents, err := p.store.Backup(ctx, path)
	if err != nil {
		return err
	}
	return c.print(asJSON, backupOutput{path, newContentsOutput(contents)}, func(w io.Writer) {
		fmt.Fprintf(w, "The store was copied to %s: %s.\n", path, describe(contents, p.service.Zone()))
		fmt.Fprintf(w, "The key is not in it: keep a copy of %s, but in another place than the backups.\n", c.keyToKeep(p))
	})
}

// keyToKeep names the file with the key. A credential is there for as long as the service runs: nobody can keep that one.
func (c *cli) keyToKeep(p *program) string {
	key := p.directory.keyFile(p.config)
	if isUnder(key, c.env.get("CREDENTIALS_DIRECTORY")) {
		return fmt.Sprintf("the file of which the credential %q is made", filepath.Base(key))
	}
	return key
}
