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

	In  *os.File // nil: standard input
	Out *os.File // nil: standard output
	Env []string // nil: the process's
	// TeaOptions come after the console's own.
	TeaOptions []tea.ProgramOption
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
	message  string
	settings request
	leaving  request
}

func newRoot(ctx context.Context, o Options, s service) *root {
	r := &root{notice: o.Notice, terminal: terminalOf(o.Env)}
	r.shared = &shared{
		ctx: ctx, service: s, nav: r, look: newLook(r.terminal), now: s.Now(),
		print: o.Print, wake: o.Wake, delivers: o.Courier != nil, facts: o.Facts, check: o.Check,
		after: func(d time.Duration, fn func() tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return fn() })
		},
	}
	if r.shared.wake == nil {
		r.shared.wake = func() {}
	}
	r.watcher.shared = r.shared
	r.pages = only(newSignIn(r.shared, r.notice, o.Address, ""))
	return r
}

// Init asks for the team's name and starts watching the store; it does not wait for the terminal's background.
func (r *root) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, r.loadSettings(), r.watcher.next(), r.top().init())
}

func (r *root) loadSettings() tea.Cmd {
	var cmd tea.Cmd
	r.settings, cmd = ask(r.shared, r.shared.service.Settings)
	return cmd
}

// Update takes one message in. The clock is read once.
func (r *root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	r.shared.now = r.shared.service.Now()
	cmd := r.take(msg)
	r.layout()
	return r, cmd
}

func (r *root) take(msg tea.Msg) tea.Cmd {
	if r.terminal.learn(msg) {
		*r.shared.look = *newLook(r.terminal) // all screens hold the same look
		return nil
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
		return r.poll(msg)
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
	return r.pages.broadcast(msg)
}

// poll takes in what a look at the store has found. The page in sight is told at once, the others when they are shown.
func (r *root) poll(msg revisionMsg) tea.Cmd {
	if !r.watcher.take(msg) {
		return tea.Batch(r.pages.update(r.pages.shown, clockMsg{}), r.watcher.next())
	}
	for _, p := range r.pages.all {
		p.stale = true
	}
	return tea.Batch(r.loadSettings(), r.pages.update(r.pages.shown, changedMsg{}), r.watcher.next())
}

func (r *root) key(msg tea.KeyPressMsg) tea.Cmd {
	r.message = ""
	global := r.globals()
	switch {
	case key.Matches(msg, global.quit):
		return tea.Quit
	case r.tooSmall(): // nobody works on what is not drawn
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
type globals struct{ page, next, help, quit key.Binding }

// globals gives the root's own keys. Where letters are text, and where something is asked, only ctrl+c means anything.
func (r *root) globals() globals {
	alone := r.top().frame().alone
	several := !alone && len(r.pages.all) > 1
	g := globals{
		page: when(several, bind("1-4", "page", r.pages.keys()...)),
		next: when(several, bind("tab", "next page", "tab", "shift+tab")),
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
	return append(r.top().keyMap(), g.page, g.next, g.help, g.quit)
}

// stack are the screens in sight, and those below them.
func (r *root) stack() []screen { return r.pages.shown.stack }

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

func (r *root) say(sentence string) { r.message = sentence }

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
	r.shared.admin = account.Admin{}
	r.message = ""
	r.pages = only(newSignIn(r.shared, r.notice, address, why))
	return r.top().init()
}
