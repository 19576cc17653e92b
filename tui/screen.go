package tui

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// screen is one thing that the console shows. Keys and pastes go to the topmost screen in sight only; every other message
// goes to all screens of all pages, and a screen ignores what it did not ask for. That time has passed and that the store
// has changed is told to the page in sight alone: the others are told of a change when they are shown again.
type screen interface {
	// init gives the command that fetches what the screen shows first.
	init() tea.Cmd
	update(msg tea.Msg) tea.Cmd
	// view draws at most the cells of the last setSize.
	view() string
	setSize(width, height int)
	// keyMap lists the keys in the order in which the help names them; disabled ones do nothing now.
	keyMap() []key.Binding
	frame() frame
}

// frame is what a screen wants around its view.
type frame struct {
	title  string // the screen's step of the way here; may be empty
	status string // for the status line while there is no message
	cursor *point // where the text cursor stands in the view; nil: there is none
	alone  bool   // the keyboard belongs to the screen: neither ? nor q mean anything else
	float  bool   // the view is a box to be drawn over the screen below
	bare   bool   // neither header nor status line: the screen needs the room
}

// point is a cell of a view, counted from its upper left corner.
type point struct{ x, y int }

// navigator is what a screen asks of the root.
type navigator interface {
	// push puts a screen on top.
	push(screen) tea.Cmd
	// close takes a screen and whatever is above it away.
	close(screen)
	// replace closes a screen and puts another in its place.
	replace(old, next screen) tea.Cmd
	// say shows a sentence on the status line until the next key.
	say(sentence string)
	// fail shows an error there, or the sign-in screen if the admin has been signed out.
	fail(error) tea.Cmd
	// signedIn goes from the sign-in screen to the members.
	signedIn(account.Admin) tea.Cmd
	// signOut ends the admin's session.
	signOut() tea.Cmd
	// unlocked goes back from the lock to what was open.
	unlocked() tea.Cmd
}

// service is the part of account.Service that the console uses.
type service interface {
	SignIn(ctx context.Context, address, password, device string) (account.Admin, error)
	SignOut(ctx context.Context, admin account.Admin) error
	Unlock(ctx context.Context, admin account.Admin, password string) error
	Settings(ctx context.Context) (account.Settings, error)
	Overview(ctx context.Context, admin account.Admin, id member.ID) (account.Overview, error)
	Reset(ctx context.Context, admin account.Admin, id member.ID, reason account.Reason) (account.ResetResult, error)
	Form(ctx context.Context, admin account.Admin, id member.ID) (account.Form, error)
	SaveForm(ctx context.Context, admin account.Admin, id member.ID, path string) (account.SavedForm, error)
	SaveForms(ctx context.Context, admin account.Admin, q account.FormQuery, to account.FormTarget, progress func(done, of int)) (account.SavedForms, error)
	FormPrinted(ctx context.Context, admin account.Admin, path string, of ...member.ID) error
	AddMember(ctx context.Context, admin account.Admin, m member.Member) (account.Added, error)
	ChangeMember(ctx context.Context, admin account.Admin, base, changed member.Member) (member.Member, error)
	ChangeStatus(ctx context.Context, admin account.Admin, id member.ID, status member.Status) (member.Member, error)
	SetAuthority(ctx context.Context, admin account.Admin, id member.ID, authority bool) (member.Member, error)
	ReplaceLoginID(ctx context.Context, admin account.Admin, id member.ID, address string) (member.Member, error)
	SendAgain(ctx context.Context, admin account.Admin, id account.MailID) (account.Mail, error)
	Mail(ctx context.Context, id account.MailID) (account.Mail, error)
	FindMails(ctx context.Context, q account.MailQuery, before account.MailID, limit int) ([]account.Mail, account.MailID, error)
	CancelMail(ctx context.Context, admin account.Admin, id account.MailID) (account.Mail, error)
	Audit(ctx context.Context, before account.AuditSeq, limit int) ([]account.Record, error)
	FindAudit(ctx context.Context, q account.AuditQuery, before account.AuditSeq, limit int) ([]account.Entry, account.AuditSeq, error)
	Find(ctx context.Context, name string) (member.Member, error)
	StartDirectory(ctx context.Context) (*account.Directory, error)
	LoadDirectory(ctx context.Context, progress func(read int)) (*account.Directory, error)
	DirectoryChanges(ctx context.Context, seen account.Record) (account.Changes, error)
	PreviewImport(ctx context.Context, admin account.Admin, im account.Import) (account.ImportCount, error)
	Import(ctx context.Context, admin account.Admin, im account.Import) (account.ImportCount, error)
	ChangeSettings(ctx context.Context, admin account.Admin, base, changed account.Settings) error
	Revision() (uint64, error)
	Now() time.Time
	Zone() *time.Location
}

// shared is what all screens work with.
type shared struct {
	ctx        context.Context
	service    service
	nav        navigator
	look       *look
	after      func(time.Duration, func() tea.Msg) tea.Cmd
	now        time.Time // the same during one update and the view that follows
	admin      account.Admin
	settings   account.Settings
	print      func(ctx context.Context, path string) error // nil: there is no printing here
	wake       func()                                       // tells the courier of new mail
	delivers   bool                                         // there is a courier
	facts      []Fact                                       // of this host
	check      func(ctx context.Context, to string) []CheckResult
	restricted *Restriction // nil: it is not

	requests request
}

// request numbers what was asked; 0 is nothing.
type request uint64

// reply answers a request.
type reply[T any] struct {
	to    request
	value T
	err   error
}

// ask makes the command that does one piece of work, and the number that its reply will carry.
func ask[T any](s *shared, work func(context.Context) (T, error)) (request, tea.Cmd) {
	s.requests++
	number, ctx := s.requests, s.ctx
	return number, func() (msg tea.Msg) {
		defer func() {
			if cause := recover(); cause != nil {
				msg = crashMsg{panicked(cause)}
			}
		}()
		value, err := work(ctx)
		return reply[T]{number, value, err}
	}
}

// crashMsg brings a panic of a command into the program's loop, which restores the terminal before it is told.
type crashMsg struct{ cause error }

// panicked is what is told of a panic. Its value can hold anything that was typed, so only the runtime's own are
// named, and of others the type; a stack trace holds addresses, not contents.
func panicked(cause any) error {
	what := fmt.Sprintf("%T", cause)
	if err, ok := cause.(runtime.Error); ok {
		what = err.Error()
	}
	return fmt.Errorf("panic: %s\n%s", what, debug.Stack())
}

// nothing is the value of a reply that only says whether it worked.
type nothing struct{}

// changedMsg says that some process has changed something in the store.
type changedMsg struct{}

// clockMsg says, a few times a second, that time has passed.
type clockMsg struct{}

// time shows an instant to a person.
func (s *shared) time(t time.Time) string { return account.FormatTime(t, s.service.Zone()) }
