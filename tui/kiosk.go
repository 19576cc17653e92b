package tui

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"rekey/account"
)

// KioskOptions are what the kiosk is given. Service is required.
type KioskOptions struct {
	Service *account.Service
	// BaseURL is what the URLs in the QR codes begin with, before /s/CODE.
	BaseURL string
	// Log is told of failures, which the screen only says sorry for; nil: nobody is. It must not write to the terminal.
	Log *slog.Logger

	In  *os.File // nil: standard input
	Out *os.File // nil: standard output
	Env []string // nil: the process's
}

// Spans of the kiosk.
const (
	kioskIdle     = 60 * time.Second       // without a key, a page gives way to the start
	kioskWarning  = 15 * time.Second       // how long before that it says so
	kioskDone     = 10 * time.Second       // how long the last page stays
	kioskTick     = 250 * time.Millisecond // how often the countdowns are looked at
	kioskWorkTime = 20 * time.Second       // for one operation, which may wait for other processes and for a place to hash
)

// The kiosk's own function keys. F1 to F5 are left alone: the Linux console sends them as a sequence that the terminal
// reader does not know (see stray).
const (
	kioskShowKey     = "f8"
	kioskLanguageKey = "f9"
	kioskLeaveKey    = "f10"
)

// kioskService is the part of account.Service that the kiosk uses.
type kioskService interface {
	LookUp(ctx context.Context, code string) (account.Invitee, error)
	SetPassword(ctx context.Context, code, password string, via account.Via, device string) (account.SignedIn, error)
	SignIn(ctx context.Context, address, password, device string) (account.Admin, error)
	SignOut(ctx context.Context, admin account.Admin) error
	Settings(ctx context.Context) (account.Settings, error)
	Now() time.Time
}

// kioskPage is one step of what a person does at the kiosk. It holds everything that is known of the person, so that
// nothing is left when the next page takes its place.
type kioskPage interface {
	// update takes a key, a pasted line without its end, a reply or a tick.
	update(msg tea.Msg) tea.Cmd
	draw(s *sheet, t *kioskTexts)
	keys(t *kioskTexts) []key.Binding
	// stays is how long the page stays without a key.
	stays() time.Duration
	// warns is how long before its end the page shows the seconds left.
	warns() time.Duration
}

// kiosk is the tea.Model of the member's terminal. It owns the terminal's size, the page, the language and the timers.
type kiosk struct {
	ctx     context.Context
	service kioskService
	log     *slog.Logger
	baseURL string
	after   func(time.Duration, func() tea.Msg) tea.Cmd

	terminal      terminal
	look          *look
	width, height int
	now           time.Time // the same during one update and the view that follows
	strayKey      bool      // the next key is the rest of a sequence

	settings account.Settings
	home     language // what every person starts with
	language language
	codes    throttle
	admins   throttle

	page     kioskPage
	closes   time.Time // when the page gives way to the start
	requests request
	working  request // what the page waits for; 0: nothing
	loading  request // the settings
	left     bool    // an admin has ended the kiosk
}

// kioskTickMsg says that time has passed.
type kioskTickMsg struct{}

func (o KioskOptions) withDefaults() KioskOptions {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Env == nil {
		o.Env = os.Environ()
	}
	return o
}

func newKiosk(ctx context.Context, o KioskOptions, s kioskService) *kiosk {
	k := &kiosk{
		ctx: ctx, service: s, log: o.Log, baseURL: strings.TrimSuffix(o.BaseURL, "/"), now: s.Now(),
		terminal: terminalOf(o.Env),
		after: func(d time.Duration, fn func() tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return fn() })
		},
	}
	k.look = newLook(k.terminal)
	k.home = languageOf(o.Env)
	if !k.bilingual() {
		k.home = english
	}
	k.language = k.home
	k.open(newStartPage(k, nil))
	return k
}

// bilingual reports whether the terminal can draw Japanese. The Linux console cannot: its font has 512 glyphs at most.
// (Terminals for it that can, kmscon or fbterm, do not call themselves TERM=linux.)
func (k *kiosk) bilingual() bool { return !k.terminal.linux }

// Init asks for the team's settings and starts the clock.
func (k *kiosk) Init() tea.Cmd {
	return tea.Batch(k.load(), k.tick())
}

// Update takes one message in. The clock is read once. A panic costs the person's place, not the kiosk: it would end in
// a shell otherwise, with a stack trace for the next person to read.
func (k *kiosk) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	k.now = k.service.Now()
	cmd := k.guarded(msg)
	if _, ticked := msg.(kioskTickMsg); ticked {
		cmd = tea.Batch(cmd, k.tick())
	}
	return k, cmd
}

func (k *kiosk) guarded(msg tea.Msg) (cmd tea.Cmd) {
	defer func() {
		if cause := recover(); cause != nil {
			k.report("updating the kiosk", panicked(cause))
			cmd = k.restart(trouble)
		}
	}()
	return k.take(msg)
}

func (k *kiosk) take(msg tea.Msg) tea.Cmd {
	if k.terminal.learn(msg) {
		*k.look = *newLook(k.terminal)
		return nil
	}
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		k.width, k.height = msg.Width, msg.Height
	case uv.UnknownCsiEvent:
		k.strayKey = string(msg) == "\x1b[["
	case tea.KeyPressMsg:
		if k.stray() {
			return nil
		}
		return k.key(msg)
	case tea.PasteMsg:
		return k.paste(msg.Content)
	case kioskTickMsg:
		return k.timePassed(msg)
	case reply[account.Settings]:
		k.loaded(msg)
	default:
		return k.page.update(msg)
	}
	return nil
}

// stray reports whether a key press is the end of a sequence that the terminal reader took apart: the Linux console
// sends F1 as ESC [ [ A, and the A must not become part of a password.
func (k *kiosk) stray() bool {
	stray := k.strayKey
	k.strayKey = false
	return stray
}

func (k *kiosk) key(msg tea.KeyPressMsg) tea.Cmd {
	k.touch()
	switch msg.String() {
	case kioskLanguageKey:
		k.switchLanguage()
		return nil
	case kioskLeaveKey:
		if _, there := k.page.(*leavePage); !there && k.working == 0 {
			k.open(newLeavePage(k))
		}
		return nil
	}
	return k.page.update(msg)
}

// paste takes in what was pasted at once, which is how some scanners' text arrives. Its line end counts as Enter; what
// follows that is dropped.
func (k *kiosk) paste(content string) tea.Cmd {
	k.touch()
	content = strings.TrimLeft(strings.ReplaceAll(content, "\r", "\n"), "\n")
	line, _, ended := strings.Cut(content, "\n")
	cmd := k.page.update(tea.PasteMsg{Content: line})
	if ended {
		cmd = tea.Batch(cmd, k.page.update(tea.KeyPressMsg{Code: tea.KeyEnter}))
	}
	return cmd
}

func (k *kiosk) switchLanguage() {
	if !k.bilingual() {
		return
	}
	if k.language == english {
		k.language = japanese
	} else {
		k.language = english
	}
}

func (k *kiosk) tick() tea.Cmd {
	return k.after(kioskTick, func() tea.Msg { return kioskTickMsg{} })
}

// timePassed closes a page that nobody uses, but never while its work goes on: the person is to learn how that ends.
func (k *kiosk) timePassed(msg kioskTickMsg) tea.Cmd {
	if k.working == 0 && !k.now.Before(k.closes) {
		return k.restart(nil)
	}
	return k.page.update(msg)
}

// touch begins the page's time anew.
func (k *kiosk) touch() { k.closes = k.now.Add(k.page.stays()) }

// open puts a page in the place of the one before it, which is forgotten with all that it held.
func (k *kiosk) open(p kioskPage) {
	k.page, k.working = p, 0
	k.touch()
}

// restart goes back to the start, in the kiosk's own language, and says why if there is a reason. The team's settings
// are read again there, because an admin may have changed them.
func (k *kiosk) restart(why phrase) tea.Cmd {
	k.language = k.home
	return k.returnToStart(why)
}

// returnToStart is restart for the same person, who keeps the language.
func (k *kiosk) returnToStart(why phrase) tea.Cmd {
	k.open(newStartPage(k, why))
	return k.load()
}

func (k *kiosk) load() tea.Cmd {
	var cmd tea.Cmd
	k.loading, cmd = work(k, k.service.Settings)
	return cmd
}

func (k *kiosk) loaded(msg reply[account.Settings]) {
	switch {
	case msg.to != k.loading:
	case msg.err != nil:
		k.report("reading the settings", msg.err)
		if start, ok := k.page.(*startPage); ok {
			start.problem = trouble
		}
	default:
		k.settings = msg.value
	}
}

// work makes the command that does one piece of work, and the number that its reply will carry. A panic in it is an
// error like any other.
func work[T any](k *kiosk, do func(context.Context) (T, error)) (request, tea.Cmd) {
	k.requests++
	number, parent := k.requests, k.ctx
	return number, func() (msg tea.Msg) {
		ctx, cancel := context.WithTimeout(parent, kioskWorkTime)
		defer cancel()
		defer func() {
			if cause := recover(); cause != nil {
				msg = reply[T]{to: number, err: panicked(cause)}
			}
		}()
		value, err := do(ctx)
		return reply[T]{number, value, err}
	}
}

// answered reports whether a reply is the one that the page waits for, and ends the waiting.
func (k *kiosk) answered(to request) bool {
	if to != k.working || to == 0 {
		return false
	}
	k.working = 0
	k.touch()
	return true
}

// report logs a failure of the system.
func (k *kiosk) report(doing string, err error) {
	k.log.Error("kiosk: "+doing, "error", err.Error())
}

// refusal is what the person is told of an error. Failures of the system are logged and shown as one sentence.
func (k *kiosk) refusal(doing string, err error, set account.Settings) phrase {
	if say := refusalOf(err, set); say != nil {
		return say
	}
	k.report(doing, err)
	return trouble
}
