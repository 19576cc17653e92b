package tui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// saveAs is the box that asks where a form is to be saved.
type saveAs struct {
	*shared
	member  member.Member
	usual   string // where the form is saved already; may be empty
	saved   func(account.SavedForm)
	path    field
	replace string // the existing file that the next Enter replaces
	problem string
	saving  request

	width, height int
}

// newSaveAs makes the box; saved is told when the form is saved.
func newSaveAs(s *shared, m member.Member, usual string, saved func(account.SavedForm)) *saveAs {
	b := &saveAs{shared: s, member: m, usual: usual, saved: saved}
	b.path.look = s.look
	b.path.set(usual)
	return b
}

// formCopy is what came of saving: the form, or a file that stands in the way.
type formCopy struct {
	form    account.SavedForm
	replace string
}

func (b *saveAs) init() tea.Cmd { return nil }

func (b *saveAs) setSize(width, height int) { b.width, b.height = width, height }

func (b *saveAs) keyMap() []key.Binding {
	return []key.Binding{when(b.saving == 0, bind("enter", "save")), bind("esc", "back")}
}

func (b *saveAs) frame() frame {
	f := frame{alone: true, float: true}
	if b.saving == 0 {
		_, f.cursor = b.draw()
	}
	return f
}

func (b *saveAs) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return b.key(msg)
	case tea.PasteMsg:
		b.edit(msg)
	case reply[formCopy]:
		if msg.to == b.saving {
			return b.done(msg)
		}
	}
	return nil
}

func (b *saveAs) key(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case msg.String() == "esc":
		b.nav.close(b)
		return nil
	case msg.String() == "enter" && b.saving == 0:
		return b.save()
	}
	b.edit(msg)
	return nil
}

func (b *saveAs) edit(msg tea.Msg) {
	if b.saving == 0 && b.path.update(msg) {
		b.replace, b.problem = "", ""
	}
}

func (b *saveAs) save() tea.Cmd {
	path := strings.TrimSpace(b.path.value())
	if path == "" {
		b.problem = "Type where to save it: a folder or a file name."
		return nil
	}
	id, admin, usual, replace := b.member.ID, b.admin, b.usual, b.replace
	var cmd tea.Cmd
	b.saving, cmd = ask(b.shared, func(ctx context.Context) (formCopy, error) {
		path, taken, err := destination(path, filepath.Base(usual))
		if err != nil || taken && path != replace && path != usual {
			return formCopy{replace: path}, err
		}
		form, err := b.service.SaveForm(ctx, admin, id, path)
		return formCopy{form: form}, pathless(err)
	})
	return cmd
}

// destination turns what was typed into an absolute path, and a folder gets the file's usual name. It says whether a
// file is there already.
func destination(typed, name string) (path string, taken bool, err error) {
	if path, err = absolute(typed); err != nil {
		return "", false, err
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		path = filepath.Join(path, name)
		info, err = os.Stat(path)
	}
	switch {
	case errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrNotExist):
		return path, false, refuseFolder(filepath.Dir(path))
	case err != nil:
		return path, false, fmt.Errorf("looking at %s: %w", clean(path), pathless(err))
	case info.IsDir():
		return path, false, misplaced("%s is a directory.", path)
	case !info.Mode().IsRegular():
		return path, false, misplaced("%s is not an ordinary file.", path)
	}
	return path, true, nil
}

// refuseFolder says why nothing can be saved in a folder: it is missing, or it or what it should be in is a file.
func refuseFolder(folder string) error {
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return refuseFolder(filepath.Dir(folder))
	case errors.Is(err, fs.ErrNotExist):
		return misplaced("There is no directory %s.", folder)
	case err == nil && !info.IsDir():
		return misplaced("%s is not a directory.", folder)
	}
	return nil // what else is wrong shows in the attempt
}

func misplaced(format, path string) error {
	return &account.Error{Code: account.CodeInvalid, Message: fmt.Sprintf(format, clean(path)), Hint: "Choose another place."}
}

// pathless leaves out of an error what the operating system was asked to do, and to which path: that may be a temporary
// one. What wraps it says what was being done.
func pathless(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if path, found := errors.AsType[*fs.PathError](err); found {
		text = strings.ReplaceAll(text, path.Error(), path.Err.Error())
	} else if link, found := errors.AsType[*os.LinkError](err); found {
		text = strings.ReplaceAll(text, link.Error(), link.Err.Error())
	} else {
		return err
	}
	return errors.New(text)
}

func (b *saveAs) done(msg reply[formCopy]) tea.Cmd {
	b.saving = 0
	switch {
	case ended(msg.err):
		return b.nav.fail(msg.err)
	case msg.err != nil:
		b.problem = sentence(msg.err)
	case msg.value.replace != "":
		b.replace = msg.value.replace
		b.problem = "There is a file " + clean(b.replace) + " already. Enter again replaces it."
	default:
		b.nav.close(b)
		b.saved(msg.value.form)
		b.nav.say(formSaved(msg.value.form))
	}
	return nil
}

func (b *saveAs) view() string {
	lines, _ := b.draw()
	return strings.Join(lines, "\n")
}

func (b *saveAs) draw() ([]string, *point) {
	w := min(b.width-2, 78)
	text, column := b.path.view(w - 4)
	lines := []string{text}
	if b.saving != 0 {
		lines = append(lines, "Saving"+b.look.ellipsis)
	}
	for _, line := range b.look.wrap(b.problem, w-4) {
		if line != "" && len(lines) < b.height-2 {
			lines = append(lines, b.look.warning.Render(line))
		}
	}
	return b.look.box("Save the form as", lines, w), &point{column + 2, 1}
}
