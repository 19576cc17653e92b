package tui

import (
	"context"
	"os"
	"slices"
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
	stack    []screen // never empty
	message  string
	settings request
	leaving  request
}

// New gives the console as Run shows it, for a loop of the caller's own.
func New(ctx context.Context, o Options) tea.Model { return newRoot(ctx, o, o.Service) }

func newRoot(ctx context.Context, o Options, s service) *root {
	r := &root{notice: o.Notice, terminal: terminalOf(o.Env)}
	r.shared = &shared{
		ctx: ctx, service: s, nav: r, look: newLook(r.terminal), now: s.Now(),
		print: o.Print, wake: o.Wake, delivers: o.Courier != nil,
		after: func(d time.Duration, fn func() tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return fn() })
		},
	}
	if r.shared.wake == nil {
		r.shared.wake = func() {}
	}
	r.watcher.shared = r.shared
	r.stack = []screen{newSignIn(r.shared, r.notice, o.Address, "")}
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
	return r.broadcast(msg)
}

func (r *root) poll(msg revisionMsg) tea.Cmd {
	var news tea.Msg = clockMsg{}
	if r.watcher.take(msg) {
		news = changedMsg{}
	}
	return tea.Batch(r.broadcast(news), r.watcher.next())
}

func (r *root) broadcast(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range slices.Clone(r.stack) {
		cmds = append(cmds, s.update(msg))
	}
	return tea.Batch(cmds...)
}

func (r *root) key(msg tea.KeyPressMsg) tea.Cmd {
	r.message = ""
	quit, help := r.globals()
	switch {
	case key.Matches(msg, quit):
		return tea.Quit
	case r.tooSmall(): // nobody works on what is not drawn
		return nil
	case key.Matches(msg, help):
		return r.push(newHelp(r.shared, append(r.top().keyMap(), help, quit)))
	}
	return r.top().update(msg)
}

// globals are the root's own keys. Where letters are text, and where something is asked, only ctrl+c quits.
func (r *root) globals() (quit, help key.Binding) {
	if r.top().frame().alone {
		return bind("ctrl+c", "quit"), when(false, bind("?", "help"))
	}
	return bind("q", "quit", "q", "ctrl+c"), bind("?", "help")
}

func (r *root) top() screen { return r.stack[len(r.stack)-1] }

// base is the highest screen that is not a box.
func (r *root) base() screen {
	for i := len(r.stack) - 1; i > 0; i-- {
		if !r.stack[i].frame().float {
			return r.stack[i]
		}
	}
	return r.stack[0]
}

func (r *root) push(s screen) tea.Cmd {
	r.stack = append(r.stack, s)
	return s.init()
}

func (r *root) close(s screen) {
	if i := slices.Index(r.stack, s); i > 0 {
		r.stack = r.stack[:i]
	}
}

func (r *root) replace(old, next screen) tea.Cmd {
	r.close(old)
	return r.push(next)
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
	r.stack = []screen{newMembers(r.shared)}
	return tea.Batch(r.loadSettings(), r.top().init())
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
	r.stack = []screen{newSignIn(r.shared, r.notice, address, why)}
	return r.top().init()
}
