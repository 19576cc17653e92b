package tui

import (
	"context"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// importForm asks for the file whose members are to be taken in.
type importForm struct {
	*shared
	path    field
	changes bool // also of members who are there already
	onPath  bool // the keys act on the path, not on the switch

	completing request
	matches    []string // what the path could go on with, where that is not clear
	problem    string

	width, height int
}

func newImport(s *shared) *importForm {
	f := &importForm{shared: s, onPath: true}
	f.path.look = s.look
	return f
}

func (f *importForm) init() tea.Cmd { return nil }

func (f *importForm) setSize(width, height int) { f.width, f.height = width, height }

func (f *importForm) keyMap() []key.Binding {
	return []key.Binding{
		bind("enter", "read"),
		when(f.onPath, bind("tab", "complete")),
		when(!f.onPath, bind("space", "change")),
		when(f.onPath, bind("down", "switch")),
		when(!f.onPath, bind("up", "file", "up", "tab", "shift+tab")),
		bind("esc", "back"),
	}
}

func (f *importForm) frame() frame {
	fr := frame{title: "Import", alone: true, status: "Nothing is written before you have seen what it would do."}
	if _, cursor := f.draw(); f.onPath {
		fr.cursor = cursor
	}
	return fr
}

func (f *importForm) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return f.key(msg)
	case tea.PasteMsg:
		f.edit(msg)
	case reply[completion]:
		if msg.to == f.completing {
			f.completed(msg)
		}
	}
	return nil
}

func (f *importForm) key(msg tea.KeyPressMsg) tea.Cmd {
	pressed := msg.String()
	switch {
	case pressed == "esc":
		f.nav.close(f)
	case pressed == "enter":
		return f.read()
	case f.onPath && pressed == "tab":
		return f.complete()
	case f.onPath && pressed == "down":
		f.onPath = false
	case !f.onPath && (pressed == "up" || pressed == "tab" || pressed == "shift+tab"):
		f.onPath = true
	case !f.onPath && pressed == "space":
		f.changes = !f.changes
	default:
		f.edit(msg)
	}
	return nil
}

func (f *importForm) edit(msg tea.Msg) {
	if f.onPath && f.path.update(msg) {
		f.problem, f.matches, f.completing = "", nil, 0
	}
}

func (f *importForm) complete() tea.Cmd {
	typed := f.path.value()
	var cmd tea.Cmd
	f.completing, cmd = ask(f.shared, func(context.Context) (completion, error) { return f.completeImport(typed) })
	return cmd
}

func (f *importForm) completed(msg reply[completion]) {
	f.completing, f.matches, f.problem = 0, msg.value.matches, ""
	switch {
	case msg.err != nil:
		f.problem = sentence(msg.err)
	case msg.value.path == "":
		f.problem = "No file begins like this."
	default:
		f.path.set(msg.value.path)
	}
}

// read goes on to the preview, from which Esc leads back here.
func (f *importForm) read() tea.Cmd {
	typed := strings.TrimSpace(f.path.value())
	if typed == "" {
		f.onPath, f.problem = true, "Type where the file is."
		return nil
	}
	path, err := f.importPath(typed)
	if err != nil {
		f.problem = sentence(err)
		return nil
	}
	f.problem, f.matches = "", nil
	return f.nav.push(newImportPreview(f.shared, path, f.changes, f))
}

// fileLabel stands before the path.
const fileLabel = " File "

func (f *importForm) view() string {
	lines, _ := f.draw()
	return strings.Join(lines, "\n")
}

func (f *importForm) draw() ([]string, *point) {
	l := f.look
	var lines []string
	if f.height >= 10 {
		about := "A CSV file, in UTF-8 or Shift_JIS. Its first row names the columns: fullName, mailAddress or loginID, and others " +
			"as they are needed. `rekey import --template` writes one to fill in."
		if f.restricted != nil {
			about += " Type the name of a file in " + clean(f.restricted.ImportFolder) +
				": this console is restricted, and takes files from there only."
		}
		for _, line := range l.wrap(about, f.width-2) {
			lines = append(lines, " "+l.faint.Render(line))
		}
		lines = append(lines, "")
	}
	text, column := f.path.view(f.width - len(fileLabel) - 1)
	cursor := &point{len(fileLabel) + column, len(lines)}
	lines = append(lines, fileLabel+text, f.switchLine())
	for _, line := range l.wrap(f.problem, f.width-2) {
		lines = append(lines, " "+l.warning.Render(line))
	}
	for _, line := range l.wrap(strings.Join(f.matches, "  "), f.width-2) {
		lines = append(lines, " "+l.faint.Render(line))
	}
	return lines[:min(len(lines), f.height)], cursor
}

func (f *importForm) switchLine() string {
	check := " "
	if f.changes {
		check = f.look.chosen
	}
	line := f.look.truncate("["+check+"] also change members who are there already", f.width-2)
	if !f.onPath {
		line = f.look.selected.Render(line)
	}
	return " " + line
}
