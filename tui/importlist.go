package tui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// importList is which list of a preview is in sight.
type importList int

const (
	listProblems importList = iota
	listChanges
)

// name is what the list is called, also in a file's name.
func (which importList) name() string {
	if which == listChanges {
		return "changes"
	}
	return "problems"
}

// problemLines are the rows that cannot be taken, the first ones, and how many there are.
func (p *importPreview) problemLines(w int) []string {
	if p.got.total == 0 {
		return nil
	}
	l := p.look
	lines := []string{"", l.heading.Render(l.truncate(count(p.got.total, "problem"), w))}
	for _, e := range p.got.problems {
		lines = append(lines, l.hang(l.bullet+" ", clean(e.Error()), w)...)
	}
	return append(lines, p.furtherLines(p.got.total-len(p.got.problems), w)...)
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
	return append(lines, p.furtherLines(p.got.count.Changed-len(p.got.changed), w)...)
}

func (p *importPreview) furtherLines(n, w int) []string {
	if n <= 0 {
		return nil
	}
	return p.look.wrap("and "+grouped(n)+" more: w writes the whole list to a file.", w)
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

// listFile is the file that a list was written to.
type listFile string

// write goes through the file of members once more and writes the list in sight, the whole of it, beside that file.
func (p *importPreview) write() tea.Cmd {
	ctx, admin, which := p.begin(), p.admin, p.listing
	im := p.source(p.got.file)
	stem := strings.TrimSuffix(p.path, filepath.Ext(p.path)) + "-" + which.name()
	var cmd tea.Cmd
	p.writing, cmd = ask(p.shared, func(context.Context) (listFile, error) {
		path, err := writeNew(stem, ".txt", func(out *bufio.Writer) error {
			if which == listChanges {
				im.Changed = func(line int, m member.Member, changes []member.Change) {
					fmt.Fprintln(out, changedMember{line, m.Name, m.Account(), changes}.heading())
					for _, c := range changes {
						fmt.Fprintln(out, "  "+changeText(c))
					}
				}
			} else {
				im.Problem = func(e account.RowError) { fmt.Fprintln(out, clean(e.Error())) }
			}
			_, err := p.service.PreviewImport(ctx, admin, im)
			return err
		})
		return listFile(path), err
	})
	return cmd
}

func (p *importPreview) written(msg reply[listFile]) tea.Cmd {
	p.writing = 0
	p.stop()
	switch {
	case errors.Is(msg.err, context.Canceled):
		p.nav.say("Cancelled: no list was written.")
	case msg.err != nil:
		return p.nav.fail(msg.err)
	default:
		p.nav.say("The list is in " + clean(string(msg.value)) + ".")
	}
	return nil
}

// writeNew writes a file that was not there before: the stem with the extension, and with a number where that name is
// taken. Only its owner can read it, and nothing is left behind when fill fails.
func writeNew(stem, extension string, fill func(*bufio.Writer) error) (path string, err error) {
	path = stem + extension
	taken, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	for n := 2; errors.Is(err, fs.ErrExist) && n < 1000; n++ {
		path = fmt.Sprintf("%s-%d%s", stem, n, extension)
		taken, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return "", &account.Error{Code: account.CodeInvalid, Hint: "Copy the file of members to a directory of your own.",
			Message: "The list cannot be written to " + clean(path) + ": " + clean(pathless(err).Error()) + "."}
	}
	defer func() {
		if err != nil {
			os.Remove(path)
			path, err = "", fmt.Errorf("writing %s: %w", clean(path), pathless(err))
		}
	}()
	if err := taken.Close(); err != nil {
		return path, err
	}
	return path, fillFile(path, fill)
}

// fillFile puts a whole file in the place of the one at path.
func fillFile(path string, fill func(*bufio.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".rekey-*.tmp") // mode 0600
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	err = fill(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}
