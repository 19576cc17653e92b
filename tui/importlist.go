package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
	"rekey/roster"
)

// importList is which list of a preview is in sight.
type importList int

const (
	listProblems importList = iota
	listChanges
)

// problemLines are the rows that cannot be taken, the first ones, and how many there are.
func (p *importPreview) problemLines(w int) []string {
	if p.got.total == 0 {
		return nil
	}
	l := p.look
	lines := append(p.gap(), l.heading.Render(l.truncate(count(p.got.total, "problem"), w)))
	for _, e := range p.got.problems {
		lines = append(lines, l.hang(l.bullet+" ", clean(e.Error()), w)...)
	}
	if more := p.got.total - len(p.got.problems); more > 0 {
		rest := " more: w writes all of them to a file."
		if p.restricted != nil {
			rest = " more."
		}
		lines = append(lines, l.wrap("and "+grouped(more)+rest, w)...)
	}
	return lines
}

// changeLines are the members who change, field by field.
func (p *importPreview) changeLines(w int) []string {
	l := p.look
	lines := []string{l.heading.Render(l.truncate(count(p.got.count.Changed, "member")+" would change", w))}
	for _, c := range p.got.changed {
		lines = append(lines, l.wrap(c.heading(), w)...)
		for _, change := range c.changes {
			lines = append(lines, l.hang("  ", changeText(change), w)...)
		}
	}
	if more := p.got.count.Changed - len(p.got.changed); more > 0 {
		lines = append(lines, l.truncate("and "+grouped(more)+" more", w))
	}
	return lines
}

func (c changedMember) heading() string {
	return fmt.Sprintf("line %d: %s (%s)", c.line, clean(c.name), clean(c.account))
}

// changeText writes a field's old and new value.
func changeText(c member.Change) string {
	return string(c.Field) + ": " + orNothing(c.Old) + " -> " + orNothing(c.New)
}

// orNothing shows a value that may be empty.
func orNothing(value string) string {
	if value == "" {
		return "(empty)"
	}
	return clean(value)
}

// reportFile is the file that the problems were written to.
type reportFile string

// write goes through the file of members once more and writes all its problems to a file beside it.
func (p *importPreview) write() tea.Cmd {
	ctx, admin, file := p.begin(), p.admin, p.got.file
	im := p.source(file, p.progress)
	stem := strings.TrimSuffix(p.path, filepath.Ext(p.path)) + "-problems"
	var cmd tea.Cmd
	p.writing, cmd = ask(p.shared, func(context.Context) (reportFile, error) {
		path, err := writeNew(stem, ".csv", func(w io.Writer) error {
			report, err := roster.NewReport(w)
			if err != nil {
				return err
			}
			var failed error
			im.Problem = func(e account.RowError) { failed = cmp.Or(failed, report.Add(e)) }
			_, err = p.service.PreviewImport(ctx, admin, im)
			return cmp.Or(err, failed, report.Flush())
		})
		return reportFile(path), err
	})
	return cmd
}

func (p *importPreview) written(msg reply[reportFile]) tea.Cmd {
	p.writing = 0
	p.stop()
	switch {
	case errors.Is(msg.err, context.Canceled):
		p.nav.say("Cancelled: nothing has been written.")
	case msg.err != nil:
		return p.nav.fail(msg.err)
	default:
		p.nav.say("All problems are in " + clean(string(msg.value)) + ".")
	}
	return nil
}

// writeNew writes a file that was not there before: the stem with the extension, and with a number where that name is
// taken. Only its owner can read it, and nothing is left behind when fill fails.
func writeNew(stem, extension string, fill func(io.Writer) error) (path string, err error) {
	path = stem + extension
	taken, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	for n := 2; errors.Is(err, fs.ErrExist) && n < 1000; n++ {
		path = fmt.Sprintf("%s-%d%s", stem, n, extension)
		taken, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return "", &account.Error{Code: account.CodeInvalid, Hint: "Copy the file of members to a directory of your own.",
			Message: "The problems cannot be written to " + clean(path) + ": " + clean(pathless(err).Error()) + "."}
	}
	defer func() {
		if err != nil {
			os.Remove(path)
			path, err = "", fmt.Errorf("writing %s: %w", clean(path), pathless(err))
		}
	}()
	taken.Close()
	return path, fillFile(path, fill)
}

// fillFile puts a whole file in the place of the one at path.
func fillFile(path string, fill func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".rekey-*.tmp") // mode 0600
	if err != nil {
		return err
	}
	if err = fill(file); err == nil {
		err = file.Sync()
	}
	if err = cmp.Or(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
