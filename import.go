package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/member"
	"rekey/roster"
)

// importOutput is the JSON of an import, or of what it would do.
type importOutput struct {
	DryRun    bool `json:"dry_run,omitempty"`
	Added     int  `json:"added"`
	Changed   int  `json:"changed"`
	Unchanged int  `json:"unchanged"`
	Invited   int  `json:"invited"`   // by mail; the mails wait in the outbox
	Forms     int  `json:"forms"`     // login ID members whose form can be downloaded now
	Uninvited int  `json:"uninvited"` // active members with an email address, to whom nobody sends a link
}

// importCommand is one `rekey import`.
type importCommand struct {
	*cli
	update, dryRun, yes, changes, asJSON bool
	report                               string
	template, saveAs                     string
}

func (c *cli) importCommand() *cobra.Command {
	r := importCommand{cli: c}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add or change the members of a CSV file, all or none",
		Long: `Import adds the members of a CSV file ("-" for stdin), and with --update changes those who are there already: they are
found by their email address or login ID, and a column that the file does not have stays as it is.

The first row names the columns, in any order: mailAddress, loginID, fullName, searchName, employeeCode, employmentType,
departmentCodes (several with a semicolon between them), position, accountStatus (1 inviting, 2 active, 3 suspended).
Only fullName and one of mailAddress and loginID are needed. UTF-8 and Shift_JIS, commas, semicolons and tabs are
recognised. "rekey import --template email" or "login-id" writes a file to begin with.

Before anything is written it says what it is going to do, and asks if there is a terminal to ask on. One bad row, and
nobody is added or changed; every bad row is named.

` + signInHelp,
		Example: `  rekey import --template login-id --out members.csv
  rekey import members.csv --dry-run
  rekey import members.csv --update --dry-run --changes
  rekey import members.csv --yes --report bad-rows.csv --json`,
		Args: func(_ *cobra.Command, args []string) error { return r.checkUsage(len(args)) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.template != "" {
				return r.writeTemplate()
			}
			return r.run(cmd.Context(), args[0])
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&r.update, "update", false, "change the members who are there already")
	flags.BoolVar(&r.dryRun, "dry-run", false, "say what it would do, and do nothing")
	flags.BoolVar(&r.changes, "changes", false, "with --update: list each change, field by field")
	flags.BoolVar(&r.yes, "yes", false, "do not ask")
	flags.StringVar(&r.report, "report", "", "write every bad row to this CSV `file`")
	flags.StringVar(&r.template, "template", "", "write a file to fill in, for members of a `type`: login-id or email")
	flags.StringVar(&r.saveAs, "out", "", "with --template: the `file` to write (default: stdout)")
	complete(cmd, "template", []string{"login-id", "email"})
	jsonFlag(cmd, &r.asJSON)
	return cmd
}

// checkUsage refuses flags and arguments that do not go together.
func (r *importCommand) checkUsage(files int) error {
	importing := files > 0 || r.update || r.dryRun || r.yes || r.changes || r.asJSON || r.report != ""
	switch {
	case r.template != "" && importing:
		return misuse("Leave out the file and all other flags but --out.", "A template is written, not imported.")
	case r.template == "" && r.saveAs != "":
		return misuse("Name the file after --report if it is for the bad rows.", "Only a template is written to --out.")
	case r.template == "" && files != 1:
		return misuse(`Give "-" to read from stdin.`, "One file is needed.")
	case r.changes && !r.update:
		return misuse("Add --update.", "Without --update nobody is changed, so there are no changes to list.")
	case r.changes && r.asJSON:
		return misuse("Leave out one of them.", "The changes are listed for a person to read, not as JSON.")
	}
	return nil
}

func (r *importCommand) run(ctx context.Context, path string) error {
	p, err := r.open()
	if err != nil {
		return err
	}
	if err := p.mustNotReplace(r.report); err != nil {
		return err
	}
	file, err := r.openFile(ctx, path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := r.mustNotBe(path); err != nil {
		return err
	}
	name := filepath.Base(path)
	if path == "-" {
		name = "stdin"
	}
	return r.asAdmin(ctx, p, "rekey import", func(admin account.Admin) error {
		err := importRun{r, p, admin, file, name}.run(ctx)
		if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return refuse("", "Interrupted: nobody was added or changed.")
		}
		return err
	})
}

// openFile opens the file, or stdin. Whoever is tired of waiting for it can interrupt.
func (r *importCommand) openFile(ctx context.Context, path string) (*roster.File, error) {
	type opened struct {
		file *roster.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		if path == "-" {
			file, err := roster.From(r.in)
			done <- opened{file, err}
			return
		}
		file, err := roster.Open(path)
		done <- opened{file, err}
	}()
	select {
	case o := <-done:
		_, refused := errors.AsType[*roster.FileError](o.err)
		if o.err == nil || refused || path == "-" || isFull(o.err) {
			return o.file, o.err
		}
		return nil, refuse("Check its name.", "The file %s cannot be read: %w.", path, bare(o.err))
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// mustNotBe refuses a report that would take the place of the file.
func (r *importCommand) mustNotBe(path string) error {
	file, err := os.Stat(path)
	if err != nil || r.report == "" {
		return nil
	}
	if report, err := os.Stat(r.report); err == nil && os.SameFile(file, report) {
		return misuse("Give the report another name.", "The report would take the place of the file itself.")
	}
	return nil
}

// importRun is the way of one file into the team.
type importRun struct {
	*importCommand
	program *program
	admin   account.Admin
	file    *roster.File
	name    string // of the file, for the audit log and the person
}

func (r importRun) run(ctx context.Context) error {
	planned, err := r.preview(ctx)
	if err != nil {
		return err
	}
	if r.dryRun {
		return r.print(r.asJSON, r.output(planned), func(w io.Writer) {
			r.describePlan(w, planned)
			fmt.Fprintln(w, "Nothing has been changed: this was a dry run.")
		})
	}
	if err := r.agree(ctx, planned); err != nil {
		return err
	}
	done, err := r.carryOut(ctx, planned)
	if err != nil {
		return err
	}
	if err := r.print(r.asJSON, r.output(done), func(w io.Writer) { r.describe(w, done) }); err != nil {
		// As an error it would ask for a second import.
		r.warn("The file has been imported. Only the output failed: %s", sentence(err.Error()))
	}
	return nil
}

// preview goes through the file, names every bad row and refuses the file if there is one.
func (r importRun) preview(ctx context.Context) (account.ImportCount, error) {
	bar := r.progress()
	bad, err := r.newBadRows(r.report, bar)
	if err != nil {
		return account.ImportCount{}, err
	}
	im := r.source()
	im.Progress, im.Problem = r.teller(bar, "Checking"), bad.add
	if r.changes {
		im.Changed = func(line int, m member.Member, changes []member.Change) {
			bar.clear()
			describeChange(cleanLines{r.planOutput()}, line, m, changes)
		}
	}
	count, err := r.program.service.PreviewImport(ctx, r.admin, im)
	bar.clear()
	if err := bad.end(err); err != nil {
		return count, err
	}
	return count, r.refuseBad(count)
}

// teller gives what tells how far the file has come.
func (r importRun) teller(bar *progress, verb string) func(rows int) {
	return func(rows int) {
		bar.tell(func(passed time.Duration) string {
			read, size := r.file.Done()
			return progressText(verb, rows, passed, read, size)
		})
	}
}

// progressText says how far a file has come: the rows, how many of them in a second, and the time that the rest of its
// bytes will take.
func progressText(verb string, rows int, passed time.Duration, read, size int64) string {
	perSecond := int(float64(rows) / passed.Seconds())
	left := "nearly done"
	if read > 0 && read < size {
		rest := time.Duration(float64(passed) * float64(size-read) / float64(read))
		left = rest.Round(time.Second).String() + " left"
	}
	return fmt.Sprintf("%s: %d rows, %d a second, %s", verb, rows, perSecond, left)
}

func (r importRun) source() account.Import {
	return account.Import{Rows: r.file.Rows, Source: r.name, Update: r.update}
}

func (r importRun) refuseBad(planned account.ImportCount) error {
	if planned.Bad == 0 {
		return nil
	}
	hint := "Correct the file and import it again."
	if planned.Taken > 0 {
		hint = "Correct the file and import it again, or add --update to change the members who are there already."
	}
	return refuse(hint, "Nobody was added or changed: %s of %s cannot be taken.", count(planned.Bad, "row"), r.name)
}

// planOutput is where the plan goes: where it is all that is asked for, to stdout.
func (r importRun) planOutput() io.Writer {
	if r.dryRun {
		return r.out
	}
	return r.err
}

// agree says what the import is going to do, and asks the person at the terminal, if there is one and something to do.
func (r importRun) agree(ctx context.Context, planned account.ImportCount) error {
	t, asks := r.terminal()
	asks = asks && !r.yes && planned.New+planned.Changed > 0
	if asks || !r.asJSON {
		r.describePlan(cleanLines{r.err}, planned)
	}
	if !asks {
		return nil
	}
	agreed, err := t.confirm(ctx, "Import this file?")
	if err == nil && !agreed {
		return refuse("", "Nothing has been imported.")
	}
	return err
}

func (r importRun) carryOut(ctx context.Context, planned account.ImportCount) (account.ImportCount, error) {
	if planned.New+planned.Changed == 0 {
		return planned, nil
	}
	bar := r.progress()
	defer bar.clear()
	im := r.source()
	im.Progress = r.teller(bar, "Importing")
	return r.program.service.Import(ctx, r.admin, im)
}

func (r importRun) output(n account.ImportCount) importOutput {
	return importOutput{r.dryRun, n.New, n.Changed, n.Unchanged, n.Invited, n.Forms, n.Uninvited}
}

func (r importRun) describePlan(w io.Writer, n account.ImportCount) {
	if r.file.Encoding() == roster.ShiftJIS {
		fmt.Fprintf(w, "The file was read as %s.\n", roster.ShiftJIS)
	}
	fmt.Fprintf(w, "%s holds %s: %d new, %d changed, %d unchanged.\n", r.name, count(n.Rows, "member"), n.New, n.Changed, n.Unchanged)
	if n.Invited > 0 {
		fmt.Fprintf(w, "%s will go out by mail.\n", count(n.Invited, "invitation"))
	}
	if n.Forms > 0 {
		fmt.Fprintf(w, "%s with a QR code will be made.\n", count(n.Forms, "form"))
	}
	if n.Uninvited > 0 {
		fmt.Fprintf(w, "%s with an email address will get no invitation.\n", count(n.Uninvited, "active member"))
	}
}

func (r importRun) describe(w io.Writer, n account.ImportCount) {
	fmt.Fprintf(w, "%s added.\n", count(n.New, "member"))
	if r.update {
		fmt.Fprintf(w, "%s changed, %d unchanged.\n", count(n.Changed, "member"), n.Unchanged)
	}
	if n.Uninvited > 0 {
		fmt.Fprintln(w, uninvitedNote(n.Uninvited))
	}
	if n.Invited > 0 {
		fmt.Fprintf(w, "%s in the outbox: a console, `rekey serve` or `rekey outbox send` delivers.\n", count(n.Invited, "invitation"))
	}
	if n.Forms > 0 {
		fmt.Fprintf(w, "%s can be downloaded with `rekey form`.\n", count(n.Forms, "form"))
	}
}

func uninvitedNote(n int) string {
	were := "members with an email address were"
	if n == 1 {
		were = "member with an email address was"
	}
	return fmt.Sprintf("%d active %s added without an invitation: reset the password to send a link.", n, were)
}

// describeChange tells of one member whom the file changes. Each line is one write.
func describeChange(w io.Writer, line int, m member.Member, changes []member.Change) {
	fmt.Fprintf(w, "line %d, %s (%s):\n", line, member.Clean(m.Name), member.Clean(m.Account()))
	for _, c := range changes {
		fmt.Fprintf(w, "  %s: %s -> %s\n", c.Field, cellText(c.Old), cellText(c.New))
	}
}

func cellText(value string) string {
	return orElse(member.Clean(value), "(empty)")
}

// writeTemplate writes a file to fill in. It never takes the place of one, which may be filled in already.
func (r *importCommand) writeTemplate() error {
	types := map[string]member.Type{"email": member.Email, "login-id": member.LoginID}
	kind, known := types[r.template]
	if !known {
		return misuse("Give --template login-id or --template email.", "There is no template %q.", r.template)
	}
	write := func(w io.Writer) error { return roster.WriteTemplate(w, kind) }
	if r.saveAs == "" {
		return r.writeCSV(write)
	}
	if _, err := os.Lstat(r.saveAs); err == nil {
		return refuse("Choose another name, or remove the file first.", "There is a file %s already.", r.saveAs)
	}
	if err := writeWhole(r.saveAs, write); err != nil {
		return err
	}
	return r.say("The template is saved: %s", r.saveAs)
}
