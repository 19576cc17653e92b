package tui

import (
	"context"
	"os"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// Options are what the console is given. Service is required.
type Options struct {
	Service *account.Service
	// Courier delivers mail in the background until its context ends; nil: no mail server is configured, mail waits.
	Courier func(ctx context.Context)
	// Wake tells the courier that there is new mail; may be nil.
	Wake func()
	// Notice are lines for the sign-in screen.
	Notice []string
	// Address is put into the sign-in screen's first field.
	Address string
	// Print prints a file; nil where there is no printing.
	Print func(ctx context.Context, path string) error
	// Facts are what the settings show of this host.
	Facts []Fact
	// Check tries out mail, with a test mail to an address, and the base URL; nil where it cannot be done.
	Check func(ctx context.Context, to string) []CheckResult
	// Restricted shuts the ways to other programs and files; nil: they are open.
	Restricted *Restriction
	// Changed hints that some process may have changed the store, so that it is looked at at once. Hints may be missed
	// and may be wrong. Nil, or closed: the console looks more often by itself.
	Changed <-chan struct{}

	In  *os.File // nil: standard input
	Out *os.File // nil: standard output
	Env []string // nil: the process's
}

// root is the tea.Model.
type root struct {
	shared   *shared
	terminal terminal
	watcher  watcher
	notice   []string
	width    int
	height   int
	pages    pages
	lock     screen // nil unless the console is locked
	idle     idle
	message  string
	held     string // what the pages have said while the console was locked
	settings request
	leaving  request
}

// New gives the console as Run shows it, for a loop of the caller's own.
func New(ctx context.Context, o Options) tea.Model { return newRoot(ctx, o, o.Service) }

func newRoot(ctx context.Context, o Options, s service) *root {
	r := &root{notice: o.Notice, terminal: terminalOf(o.Env)}
	r.shared = &shared{
		ctx: ctx, service: s, nav: r, look: newLook(r.terminal), now: s.Now(),
		print: o.Print, wake: o.Wake, delivers: o.Courier != nil, facts: o.Facts, check: o.Check,
		restricted: o.Restricted,
		after: func(d time.Duration, fn func() tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return fn() })
		},
	}
	if r.shared.wake == nil {
		r.shared.wake = func() {}
	}
	r.watcher = watcher{shared: r.shared, await: awaitHints(ctx, o.Changed)}
	r.pages = only(newSignIn(r.shared, r.notice, o.Address, ""))
	return r
}

// Init asks for the team's name and starts watching the store.
func (r *root) Init() tea.Cmd {
	return tea.Batch(r.loadSettings(), r.watcher.begin(), r.top().init())
}

func (r *root) loadSettings() tea.Cmd {
	var cmd tea.Cmd
	r.settings, cmd = ask(r.shared, r.shared.service.Settings)
	return cmd
}

// Update takes one message in. The clock is read once.
func (r *root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	r.shared.now = r.shared.service.Now()
	var cmd tea.Cmd
	if !r.lockIfIdle() || !isInput(msg) { // what was typed late was not meant for the lock
		cmd = r.take(msg)
	}
	r.layout()
	return r, cmd
}

func (r *root) take(msg tea.Msg) tea.Cmd {
	if r.terminal.learn(msg) {
		*r.shared.look = *newLook(r.terminal) // all screens hold the same look
		return nil
	}
	if isInput(msg) {
		r.idle.pressed(r.shared.now)
	}
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		r.width, r.height = msg.Width, msg.Height
		return nil
	case tea.KeyPressMsg:
		return r.key(msg)
	case tea.PasteMsg:
		if r.tooSmall() {
			return nil
		}
		return r.top().update(msg)
	case revisionMsg:
		return tea.Batch(r.poll(msg), r.watcher.next(msg))
	case hintsEndedMsg:
		r.watcher.ended()
		return nil
	case reply[account.Settings]:
		if msg.to == r.settings && msg.err == nil {
			r.shared.settings = msg.value
		} else if msg.to == r.settings {
			r.say(sentence(msg.err))
		}
		return nil
	case reply[nothing]:
		if msg.to == r.leaving {
			return r.left(msg.err)
		}
	}
	return r.broadcast(msg)
}

// poll takes in what a look at the store has found. The page in sight is told at once, the others when they are shown.
// While the console is locked none is: what they would read keeps the admin's session alive, and nobody looks at it.
func (r *root) poll(msg revisionMsg) tea.Cmd {
	var news tea.Msg = clockMsg{}
	var settings tea.Cmd
	if r.watcher.take(msg) {
		news, settings = changedMsg{}, r.loadSettings()
		for _, p := range r.pages.all {
			p.stale = true
		}
	}
	if r.lock != nil {
		return settings
	}
	return tea.Batch(settings, r.pages.update(r.pages.shown, news))
}

// broadcast gives a message to whoever may have asked for it.
func (r *root) broadcast(msg tea.Msg) tea.Cmd {
	cmd := r.pages.broadcast(msg)
	if r.lock != nil {
		cmd = tea.Batch(cmd, r.lock.update(msg))
	}
	return cmd
}

// isInput reports whether somebody has typed.
func isInput(msg tea.Msg) bool {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		return true
	}
	return false
}

// lockIfIdle locks the console if nobody has typed for too long, and reports whether it did.
func (r *root) lockIfIdle() bool {
	limit := r.shared.settings.IdleLock
	if limit == 0 { // the settings could not be read
		limit = account.DefaultSettings().IdleLock
	}
	if r.shared.admin.ID == 0 || r.lock != nil || r.idle.since(r.shared.now) < limit {
		return false
	}
	r.lockUp()
	return true
}

func (r *root) lockUp() {
	r.lock = newLock(r.shared)
	r.message, r.held = "", r.message
}

func (r *root) unlocked() tea.Cmd {
	r.lock = nil
	r.message, r.held = r.held, ""
	return r.pages.show(r.shared, r.pages.shown)
}

func (r *root) key(msg tea.KeyPressMsg) tea.Cmd {
	r.message = ""
	global := r.globals()
	switch {
	case key.Matches(msg, global.quit):
		return tea.Quit
	case r.tooSmall(): // nobody works on what is not drawn
		return nil
	case key.Matches(msg, global.lock):
		r.lockUp()
		return nil
	case key.Matches(msg, global.help):
		return r.push(newHelp(r.shared, r.bindings()))
	case key.Matches(msg, global.page):
		return r.pages.show(r.shared, r.pages.at(msg.String()))
	case key.Matches(msg, global.next) && msg.String() == "shift+tab":
		return r.pages.show(r.shared, r.pages.beside(-1))
	case key.Matches(msg, global.next):
		return r.pages.show(r.shared, r.pages.beside(1))
	}
	return r.top().update(msg)
}

// globals are the root's own keys.
type globals struct{ page, next, lock, help, quit key.Binding }

// globals gives the root's own keys. Where letters are text, and where something is asked, only ctrl+c means anything.
func (r *root) globals() globals {
	alone := r.top().frame().alone
	inside := !alone && r.shared.admin.ID != 0
	g := globals{
		page: when(inside, bind("1-4", "page", r.pages.keys()...)),
		next: when(inside, bind("tab", "next page", "tab", "shift+tab")),
		lock: when(inside, bind("L", "lock")),
		help: when(!alone, bind("?", "help")),
		quit: bind("q", "quit", "q", "ctrl+c"),
	}
	if alone {
		g.quit = bind("ctrl+c", "quit")
	}
	return g
}

// bindings are all keys that there are now, the topmost screen's first.
func (r *root) bindings() []key.Binding {
	g := r.globals()
	return append(r.top().keyMap(), g.page, g.next, g.lock, g.help, g.quit)
}

// stack are the screens in sight, and those below them.
func (r *root) stack() []screen {
	if r.lock != nil {
		return []screen{r.lock}
	}
	return r.pages.shown.stack
}

func (r *root) top() screen { return r.stack()[len(r.stack())-1] }

// base is the highest screen that is not a box.
func (r *root) base() screen {
	stack := r.stack()
	for i := len(stack) - 1; i > 0; i-- {
		if !stack[i].frame().float {
			return stack[i]
		}
	}
	return stack[0]
}

func (r *root) push(s screen) tea.Cmd { return r.pages.here().push(s) }

func (r *root) close(s screen) {
	if p := r.pages.of(s); p != nil {
		p.close(s)
	}
}

func (r *root) replace(old, next screen) tea.Cmd {
	p := r.pages.of(old)
	if p == nil {
		return nil
	}
	p.close(old)
	return p.push(next)
}

// say shows a sentence. What a page says while the console is locked is nobody's business until it is unlocked.
func (r *root) say(sentence string) {
	if r.lock != nil && r.pages.acting != nil {
		r.held = sentence
		return
	}
	r.message = sentence
}

func (r *root) fail(err error) tea.Cmd {
	if ended(err) {
		return r.askToSignIn(sentence(err))
	}
	r.say("! " + sentence(err))
	return nil
}

// ended reports whether an error means that the admin is signed in no more.
func ended(err error) bool {
	code := account.CodeOf(err)
	return code == account.CodeSignedOut || code == account.CodeNoAuthority
}

func (r *root) signedIn(admin account.Admin) tea.Cmd {
	r.shared.admin = admin
	all := consolePages()
	r.pages = pages{all: all}
	return tea.Batch(r.loadSettings(), r.pages.show(r.shared, all[0]))
}

func (r *root) signOut() tea.Cmd {
	var cmd tea.Cmd
	admin := r.shared.admin
	r.leaving, cmd = ask(r.shared, func(ctx context.Context) (nothing, error) {
		return nothing{}, r.shared.service.SignOut(ctx, admin)
	})
	return cmd
}

func (r *root) left(err error) tea.Cmd {
	if err != nil {
		return r.fail(err)
	}
	return r.askToSignIn("You have signed out.")
}

func (r *root) askToSignIn(why string) tea.Cmd {
	address := r.shared.admin.Email
	if r.lock != nil { // whose console it was is not shown to whom it may be now
		address = ""
	}
	r.shared.admin = account.Admin{}
	r.lock, r.message, r.held = nil, "", ""
	r.pages = only(newSignIn(r.shared, r.notice, address, why))
	return r.top().init()
}
