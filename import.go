package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/member"
	"rekey/roster"
)

type importOutput struct {
	Added   int `json:"added"`
	Invited int `json:"invited"` // by mail; the mails wait in the outbox
	Forms   int `json:"forms"`   // login ID members whose form can be downloaded now
}

func (c *cli) importCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add the members of a CSV file, all or none",
		Long: `Import adds the members of a CSV file ("-" for stdin). The first row names the columns: mailAddress, loginID, fullName,
searchName, employeeCode, employmentType, departmentCodes, position, accountStatus. One bad row, and nobody is added;
every bad row is named.

` + signInHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse(`Give "-" to read from stdin.`, "One file is needed.")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.importFile(cmd.Context(), args[0], asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (c *cli) importFile(ctx context.Context, path string, asJSON bool) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	return c.asAdmin(ctx, p, "rekey import", func(admin account.Admin) error {
		members, encoding, err := c.readRoster(path)
		if err != nil {
			return err
		}
		im := account.Import{Source: filepath.Base(path), Rows: func() iter.Seq2[account.Row, error] {
			return func(yield func(account.Row, error) bool) {
				for _, m := range members {
					if !yield(account.Row{Member: m}, nil) {
						return
					}
				}
			}
		}}
		added, err := p.service.Import(ctx, admin, im)
		if err != nil {
			return err
		}
		return c.print(asJSON, importOutput{added.New, added.Invited, added.Forms}, func(w io.Writer) {
			if encoding == roster.ShiftJIS {
				fmt.Fprintf(w, "The file was read as %s.\n", encoding)
			}
			fmt.Fprintf(w, "%s added.\n", count(added.New, "member"))
			if uninvited := countUninvited(members); uninvited > 0 {
				fmt.Fprintln(w, uninvitedNote(uninvited))
			}
			if added.Invited > 0 {
				fmt.Fprintf(w, "%s in the outbox: a console, `rekey serve` or `rekey outbox send` delivers.\n", count(added.Invited, "invitation"))
			}
			if added.Forms > 0 {
				fmt.Fprintf(w, "%s can be downloaded with `rekey form`.\n", count(added.Forms, "form"))
			}
		})
	})
}

// countUninvited counts the members who are active from the start and have an email address: nobody sends them a link.
func countUninvited(members []member.Member) int {
	n := 0
	for _, m := range members {
		if m.Status == member.Active && m.Type() == member.Email {
			n++
		}
	}
	return n
}

func uninvitedNote(n int) string {
	were := "members with an email address were"
	if n == 1 {
		were = "member with an email address was"
	}
	return fmt.Sprintf("%d active %s added without an invitation: reset the password to send a link.", n, were)
}

func (c *cli) readRoster(path string) ([]member.Member, roster.Encoding, error) {
	source := c.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, "", refuse("Check its name.", "The file %s cannot be read: %w.", path, bare(err))
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, "", refuse("Name a CSV file in it.", "%s is a directory.", path)
		}
		source = f
	}
	members, encoding, err := roster.Read(source)
	if rows, ok := errors.AsType[roster.Errors](err); ok {
		c.nameRows(rows)
		return nil, encoding, refuse("Correct the file and import it again.",
			"Nobody was added: %s of %s cannot be taken.", count(wrongLines(rows), "row"), path)
	}
	if file, ok := errors.AsType[*roster.FileError](err); ok {
		return nil, encoding, refuse(file.Hint, "%s", file.Message)
	}
	return members, encoding, err
}

// nameRows lists every bad row on stderr.
func (c *cli) nameRows(rows roster.Errors) {
	for line := range strings.Lines(rows.Error()) {
		fmt.Fprintln(c.err, member.Clean(strings.TrimSpace(line)))
	}
}

func wrongLines(rows roster.Errors) int {
	lines := map[int]bool{}
	for _, r := range rows {
		lines[r.Line] = true
	}
	return len(lines)
}
