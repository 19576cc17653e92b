package tui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
	"rekey/roster"
)

// How much of a file is listed: nobody reads more before correcting the first. The whole list can be written to a file.
const (
	maxProblems = 100
	maxChanged  = 10_000
)

// importPreview says what taking a file in would do, and does it. The file stays open from the preview to the import, and
// is refused when somebody writes to it meanwhile.
type importPreview struct {
	*shared
	form    *importForm // below, to which Esc leads back
	path    string
	changes bool // also of members who are there already

	got      *previewed // nil while there is none
	problem  error      // why there is none
	progress *progress
	again    bool               // the admin has asked for the reading
	stop     context.CancelFunc // while one of these works:

	reading, importing, writing request

	listing  importList
	scroller scroller
	drawn    point // the size for which the scroller's lines were made; zero: they are out of date
	width    int
	height   int
}

// previewed is what a preview has found.
type previewed struct {
	file     *roster.File
	count    account.ImportCount
	problems []account.RowError // the first ones
	total    int                // of the problems
	changed  []changedMember    // the first ones
}

// changedMember is a member who is there, and what the file would change.
type changedMember struct {
	line    int
	name    string
	account string
	changes []member.Change
}

func newImportPreview(s *shared, path string, changes bool, form *importForm) *importPreview {
	return &importPreview{shared: s, path: path, changes: changes, form: form, scroller: scroller{look: s.look}}
}

func (p *importPreview) init() tea.Cmd { return p.read() }

// source is what a file of members is to the service. It is called in the background too, where p.progress is not to be
// read.
func (p *importPreview) source(file *roster.File, progress *progress) account.Import {
	return account.Import{Rows: file.Rows, Source: filepath.Base(p.path), Update: p.changes, Progress: progress.reached}
}

// begin starts a piece of work that Esc ends.
func (p *importPreview) begin() context.Context {
	var ctx context.Context
	ctx, p.stop = context.WithCancel(p.ctx)
	p.progress = &progress{began: p.now}
	return ctx
}

// read opens the file and goes through it.
func (p *importPreview) read() tea.Cmd {
	p.forget()
	ctx, admin, progress := p.begin(), p.admin, p.progress
	var cmd tea.Cmd
	p.reading, cmd = ask(p.shared, func(context.Context) (*previewed, error) {
		file, err := roster.Open(p.path)
		if err != nil {
			return nil, unreadable(p.path, err)
		}
		progress.of(file)
		got := &previewed{file: file}
		im := p.source(file, progress)
		im.Problem, im.Changed = got.addProblem, got.addChanged
		if got.count, err = p.service.PreviewImport(ctx, admin, im); err != nil {
			file.Close()
			return nil, err
		}
		return got, nil
	})
	return cmd
}

// unreadable says why a file could not be opened.
func unreadable(path string, err error) error {
	if whole, is := errors.AsType[*roster.FileError](err); is {
		return &account.Error{Code: account.CodeInvalid, Message: whole.Message, Hint: whole.Hint}
	}
	return &account.Error{Code: account.CodeInvalid, Hint: "Check its name.",
		Message: "The file " + clean(path) + " cannot be read: " + clean(pathless(err).Error()) + "."}
}

func (g *previewed) addProblem(e account.RowError) {
	g.total++
	if len(g.problems) < maxProblems {
		g.problems = append(g.problems, e)
	}
}

func (g *previewed) addChanged(line int, m member.Member, changes []member.Change) {
	if len(g.changed) < maxChanged {
		g.changed = append(g.changed, changedMember{line, m.Name, m.Account(), changes})
	}
}

// forget closes the file and drops what was found in it.
func (p *importPreview) forget() {
	if p.got != nil {
		p.got.file.Close()
	}
	p.got, p.problem, p.drawn = nil, nil, point{}
}

func (p *importPreview) leave() {
	p.forget()
	p.nav.close(p)
}

func (p *importPreview) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return p.key(msg)
	case reply[*previewed]:
		if msg.to == p.reading {
			return p.wasRead(msg)
		}
	case reply[account.ImportCount]:
		if msg.to == p.importing {
			return p.imported(msg)
		}
	case reply[reportFile]:
		if msg.to == p.writing {
			return p.written(msg)
		}
	}
	return nil
}

func (p *importPreview) wasRead(msg reply[*previewed]) tea.Cmd {
	p.reading = 0
	p.stop()
	switch {
	case errors.Is(msg.err, context.Canceled):
		p.leave()
		p.nav.say("Cancelled: nothing has been changed.")
	case ended(msg.err):
		return p.nav.fail(msg.err)
	default:
		p.got, p.problem, p.drawn = msg.value, msg.err, point{}
		p.list(listProblems)
		if p.again {
			p.nav.say("The file has been read again.")
		}
		p.again = false
	}
	return nil
}

// refuse says why nothing can be imported, or "".
func (p *importPreview) refuse() string {
	switch {
	case p.busy():
		return "It is not ready yet."
	case p.got == nil:
		return "The file cannot be read."
	case p.got.count.Bad > 0 && p.got.count.Bad == p.got.count.Taken:
		return "These members are here already. Esc, then the switch below the path, changes them instead."
	case p.got.count.Bad > 0:
		return "One bad row, and no row is taken: correct the file, then press r."
	case p.got.count.New+p.got.count.Changed == 0:
		return "There is nothing to do: everybody in the file is here already, unchanged."
	}
	return ""
}

func (p *importPreview) busy() bool { return p.reading != 0 || p.importing != 0 || p.writing != 0 }

func (p *importPreview) keys() (start, again, changes, problems, write, back key.Binding) {
	ready := !p.busy() && p.got != nil
	back = bind("esc", "back")
	if p.busy() {
		back = bind("esc", "cancel")
	}
	return when(p.refuse() == "", bind("enter", "import")),
		when(!p.busy(), bind("r", "read again")),
		when(ready && p.listing == listProblems && p.got.count.Changed > 0, bind("c", "changes")),
		when(ready && p.listing == listChanges, bind("c", "summary")),
		when(ready && p.got.total > 0 && p.restricted == nil, bind("w", "write problems")),
		back
}

func (p *importPreview) keyMap() []key.Binding {
	start, again, changes, summary, write, back := p.keys()
	bindings := []key.Binding{start, changes, summary, write, again, back}
	if p.busy() {
		return bindings
	}
	return append(bindings, p.scroller.moves()...)
}

func (p *importPreview) key(msg tea.KeyPressMsg) tea.Cmd {
	start, again, changes, summary, write, back := p.keys()
	switch {
	case key.Matches(msg, back):
		return p.cancel()
	case key.Matches(msg, start):
		return p.ask()
	case pressed(msg, start):
		p.nav.say(p.refuse())
	case key.Matches(msg, again):
		p.again = true
		return p.read()
	case key.Matches(msg, changes):
		p.list(listChanges)
	case key.Matches(msg, summary):
		p.list(listProblems)
	case key.Matches(msg, write):
		return p.write()
	case pressed(msg, write) && p.restricted != nil:
		p.nav.say(restrictedWriting)
	default:
		p.scroller.move(msg)
	}
	return nil
}

// list shows another list from its beginning.
func (p *importPreview) list(which importList) {
	p.listing, p.drawn, p.scroller.offset = which, point{}, 0
}

// cancel ends what is being done, and else goes back to the form.
func (p *importPreview) cancel() tea.Cmd {
	if p.busy() {
		p.stop() // the answer says whether it still could
		return nil
	}
	p.leave()
	return nil
}

// ask asks before anything is written.
func (p *importPreview) ask() tea.Cmd {
	text := formText{title: "Import " + clean(filepath.Base(p.path)), verb: "IMPORT", about: func() []string { return p.plan(p.got.count) }}
	return p.nav.push(newQuestion(p.shared, text, "Cancel", "Import", p.start))
}

func (p *importPreview) start() tea.Cmd {
	if p.refuse() != "" {
		return nil
	}
	ctx, admin, file := p.begin(), p.admin, p.got.file
	p.progress.of(file)
	im := p.source(file, p.progress)
	var cmd tea.Cmd
	p.importing, cmd = ask(p.shared, func(context.Context) (account.ImportCount, error) {
		return p.service.Import(ctx, admin, im)
	})
	return cmd
}

// imported goes on to what was done. A file or a team that is not as it was in the preview any more is gone through
// again, so that the admin sees why nothing was taken.
func (p *importPreview) imported(msg reply[account.ImportCount]) tea.Cmd {
	p.importing = 0
	p.stop()
	_, changed := errors.AsType[*roster.FileError](msg.err)
	switch {
	case msg.err == nil:
		p.wake()
		p.forget()
		return p.nav.replace(p.form, newImportDone(p.shared, p.path, msg.value))
	case errors.Is(msg.err, context.Canceled):
		p.nav.say("Cancelled: nothing has been changed.")
		return nil
	case changed || account.CodeOf(msg.err) == account.CodeBadRows:
		p.nav.say("! " + sentence(msg.err))
		return p.read()
	}
	return p.nav.fail(msg.err)
}

func (p *importPreview) frame() frame {
	f := frame{title: "Preview", alone: p.importing != 0, status: "Nothing is written yet."}
	switch {
	case p.importing != 0:
		f.status = "Nothing is kept until all of it is written."
	case p.writing != 0:
		f.status = "Writing the problems" + p.look.ellipsis
	}
	return f
}

func (p *importPreview) setSize(width, height int) {
	p.width, p.height = width, height
	p.draw()
}

// draw makes the lines anew only where they are out of date: there may be many thousands.
func (p *importPreview) draw() {
	if size := (point{p.width, p.height}); p.drawn != size {
		p.scroller.lines, p.drawn = p.lines(p.width-2), size
	}
	p.scroller.show(p.scroller.lines, p.height)
}

func (p *importPreview) view() string {
	p.draw()
	lines := p.scroller.view()
	if p.reading != 0 || p.importing != 0 {
		doing := "Reading " + clean(p.path)
		if p.importing != 0 {
			doing = "Importing " + clean(p.path)
		}
		lines = append(p.look.wrap(doing, p.width-2), p.progress.lines(p.look, p.now, p.width-2)...)
		lines = lines[max(0, len(lines)-p.height):]
	}
	drawn := make([]string, len(lines))
	for i, line := range lines {
		drawn[i] = " " + line
	}
	return strings.Join(drawn, "\n")
}

func (p *importPreview) lines(w int) []string {
	switch {
	case p.problem != nil:
		return styled(p.look.wrap(sentence(p.problem), w), p.look.warning)
	case p.got == nil:
		return nil
	case p.listing == listChanges:
		return p.changeLines(w)
	}
	return append(p.summary(w), p.problemLines(w)...)
}

// gap is a line between paragraphs, where there is room for it.
func (p *importPreview) gap() []string {
	if p.height < 12 {
		return nil
	}
	return []string{""}
}

// summary counts what the import would do.
func (p *importPreview) summary(w int) []string {
	l, c := p.look, p.got.count
	about := clean(p.path)
	if p.got.file.Encoding() == roster.ShiftJIS {
		about += ", read as " + string(roster.ShiftJIS)
	}
	lines := append(l.wrap(about, w), p.gap()...)
	for _, f := range []struct {
		n    int
		what string
	}{{c.New, "new"}, {c.Changed, "changed"}, {c.Unchanged, "unchanged"}, {c.Bad, "cannot be taken"}} {
		line := fmt.Sprintf("%9s  %s", grouped(f.n), f.what)
		if f.n > 0 && f.what == "changed" {
			line += "  " + l.helpEntry(bind("c", "shows what"))
		}
		lines = append(lines, l.truncate(line, w))
	}
	lines = append(lines, p.gap()...)
	if why := p.refuse(); why != "" && !p.busy() {
		return append(lines, styled(l.wrap(why, w), l.warning)...)
	}
	for _, s := range p.plan(c)[1:] {
		lines = append(lines, l.hang(l.bullet+" ", s, w)...)
	}
	return lines
}
