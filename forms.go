package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/member"
)

// formsOutput is the JSON of the forms of many members. Directory or Document is where they are; both are empty if there
// was nothing to save.
type formsOutput struct {
	Saved     int      `json:"saved"`
	Suspended int      `json:"suspended"` // of the saved ones: the code works only once the member is active again
	Without   int      `json:"without"`   // members who have no form that works
	Accounts  []string `json:"without_accounts"`
	Directory string   `json:"directory"`
	Document  string   `json:"document"`
}

// formsCommand is `rekey form --all`.
type formsCommand struct {
	*cli
	all        bool
	department string
	document   string
}

func (f *formsCommand) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.all, "all", false, "save the forms of all login ID members")
	cmd.Flags().StringVar(&f.department, "department", "", "with --all: only of this department's members, by its exact `code`")
	cmd.Flags().StringVar(&f.document, "one-document", "", "with --all: one PDF with a page a member, in this `file`")
}

// check refuses flags that do not go together.
func (f *formsCommand) check(cmd *cobra.Command, args []string) error {
	given := func(flag string) bool { return cmd.Flags().Changed(flag) }
	switch {
	case f.all && len(args) > 0:
		return misuse("Leave one of them out.", "--all and a login ID do not go together.")
	case !f.all && (given("department") || given("one-document")):
		return misuse("Add --all.", "--department and --one-document are for the forms of many members.")
	case given("out") && given("one-document"):
		return misuse("Leave one of them out.", "--out is the directory of single files, and --one-document makes none.")
	case given("department") && f.department == "":
		return misuse("Leave --department out to save the forms of all.", "The department's code is empty.")
	case given("one-document") && f.document == "":
		return misuse("Name the file to write.", "The name of the document is empty.")
	}
	return nil
}

func (f *formsCommand) run(ctx context.Context, dir string, asJSON bool) error {
	to := account.FormTarget{Document: f.document != "", Path: dir}
	if to.Document {
		to.Path = f.document
	}
	var err error
	if to.Path, err = absolute(to.Path); err != nil {
		return err
	}
	p, err := f.open()
	if err != nil {
		return err
	}
	return f.asAdmin(ctx, p, "rekey form --all", func(admin account.Admin) error {
		bar := f.progress()
		saved, err := p.service.SaveForms(ctx, admin, account.FormQuery{Department: f.department}, to, func(done, of int) {
			bar.tell(func(time.Duration) string { return fmt.Sprintf("%d of %s", done, count(of, "form")) })
		})
		bar.clear()
		if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return refuse("Run it again to save all of them.", "Interrupted: %s.", interruptedForms(saved))
		}
		if err != nil {
			return err
		}
		f.warnMissing(account.SavedForm{Missing: saved.Missing})
		return f.print(asJSON, newFormsOutput(saved), func(w io.Writer) { writeForms(w, saved) })
	})
}

func interruptedForms(saved account.SavedForms) string {
	if len(saved.Saved) == 0 {
		return "no form was saved"
	}
	return fmt.Sprintf("%d of %s were saved in %s", len(saved.Saved), count(saved.Forms, "form"), saved.Target.Path)
}

func newFormsOutput(saved account.SavedForms) formsOutput {
	out := formsOutput{
		Saved:     len(saved.Saved),
		Suspended: saved.Suspended,
		Without:   saved.Without,
		Accounts:  append([]string{}, saved.Accounts...),
	}
	if saved.Target.Document {
		out.Document = saved.Target.Path
	} else {
		out.Directory = saved.Target.Path
	}
	return out
}

func writeForms(w io.Writer, saved account.SavedForms) {
	n := len(saved.Saved)
	switch {
	case n == 0:
		fmt.Fprintln(w, "No form was saved.")
	case saved.Target.Document:
		fmt.Fprintf(w, "%s saved in one document: %s\n", count(n, "form"), member.Clean(saved.Target.Path))
	default:
		fmt.Fprintf(w, "%s saved in %s\n", count(n, "form"), member.Clean(saved.Target.Path))
	}
	if saved.Suspended > 0 {
		fmt.Fprintf(w, "%s suspended: the code works only once the account is active again.\n", areMembers(saved.Suspended))
	}
	if saved.Without == 0 {
		return
	}
	have := "have"
	if saved.Without == 1 {
		have = "has"
	}
	fmt.Fprintf(w, "%s %s no form that works:\n", count(saved.Without, "member"), have)
	for _, login := range saved.Accounts {
		fmt.Fprintf(w, "  %s\n", member.Clean(login))
	}
	if more := saved.Without - len(saved.Accounts); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
	fmt.Fprintln(w, "Who needs one is reset individually: `rekey reset LOGIN_ID`.")
}

func areMembers(n int) string {
	if n == 1 {
		return "1 member is"
	}
	return fmt.Sprintf("%d members are", n)
}
