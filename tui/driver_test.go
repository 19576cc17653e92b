package tui

import (
	"context"
	"crypto/rand"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
	"rekey/store"
)

// start is when every test begins: in summer time nowhere, in a zone with a name.
var start = time.Date(2026, 3, 2, 9, 30, 0, 0, time.FixedZone("JST", 9*60*60))

const (
	adminAddress  = "haruka.aoki@example.com"
	adminPassword = "correct horse battery"
)

// team is a real service on a real store, with the members of the tests.
type team struct {
	service *account.Service
	store   *store.Store
	admin   account.Admin // another session of the same admin, for what happens behind the console's back
	forms   *formShelf
	now     time.Time
	path    string
}

// formShelf is a FormWriter that keeps what it is given.
type formShelf struct {
	forms   []account.Form
	missing []rune
	err     error
}

func (f *formShelf) WriteForm(form account.Form, path string) (account.SavedForm, error) {
	if f.err != nil {
		return account.SavedForm{}, f.err
	}
	f.forms = append(f.forms, form)
	if path == "" {
		return account.SavedForm{Path: usualForms + "/" + form.Member.LoginID + ".pdf", Missing: f.missing}, nil
	}
	return account.SavedForm{Path: path, Missing: f.missing}, os.WriteFile(path, []byte("form"), 0o600)
}

func (f *formShelf) WriteFormIn(form account.Form, dir string) (account.SavedForm, error) {
	if dir == usualForms {
		return f.WriteForm(form, "")
	}
	return f.WriteForm(form, filepath.Join(dir, form.Member.LoginID+".pdf"))
}

func (f *formShelf) WriteForms(forms iter.Seq2[account.Form, error], path string) (account.SavedForm, error) {
	for form, err := range forms {
		if err != nil {
			return account.SavedForm{}, err
		}
		f.forms = append(f.forms, form)
	}
	if f.err != nil || filepath.Dir(path) == usualForms {
		return account.SavedForm{Path: path, Missing: f.missing}, f.err
	}
	return f.WriteForm(account.Form{}, path)
}

// usualForms is a place that looks the same in the frames of every machine.
const usualForms = "/srv/rekey/forms"

func (f *formShelf) Place(to account.FormTarget) (account.FormTarget, error) {
	switch info, err := os.Stat(to.Path); {
	case to.Path == "" && to.Document:
		to.Path = usualForms + "/forms.pdf"
	case to.Path == "":
		to.Path = usualForms
	case !to.Document && (err != nil || !info.IsDir()):
		return to, &account.Error{Code: account.CodeInvalid, Message: "There is no directory " + to.Path + ".", Hint: "Choose another place."}
	}
	return to, nil
}

var people = []member.Member{
	{Email: "hanako.sato@example.com", Name: "佐藤 花子", EmployeeNumber: "1002", EmploymentType: "2", Departments: []string{"営業部", "Sales"}, Position: "主任", Status: member.Active},
	{LoginID: "t.yoshino", Name: "𠮷野 太郎", EmployeeNumber: "1003", Departments: []string{"工場"}, Status: member.Active},
	{Email: "ken.tanaka@example.com", Name: "Tanaka Ken", EmployeeNumber: "1004", Departments: []string{"Production"}, Status: member.Active},
	{LoginID: "ken.t", Name: "Tanaka Ken", EmployeeNumber: "1005", Departments: []string{"Logistics"}, Status: member.Active},
	{Email: "zoe@example.com", Name: "Zoë D’Angelo 👩‍🚒", Departments: []string{"Safety"}, Status: member.Suspended},
	{Email: "invited@example.com", Name: "Invited Person", Status: member.Inviting},
	{LoginID: "m.ito", Name: "伊藤 美咲", EmployeeNumber: "1007", EmploymentType: "1", Departments: []string{"工場"}, Status: member.Active},
}

// newTeam gives a team of the admin and the people. More members go past the rules, as a damaged store might hold them.
func newTeam(t *testing.T, more ...member.Member) *team {
	t.Helper()
	tm := copyOf(t, "team", makeTeam)
	for _, m := range more {
		tm.write(t, func(w account.Writer) error {
			_, err := w.PutMember(m)
			return err
		})
	}
	return tm
}

// made keeps the stores that tests begin with: copying one takes far less time than making it.
var made = map[string]madeTeam{}

type madeTeam struct {
	store []byte
	admin account.Admin
}

// copyOf gives a team that is as the one that build makes.
func copyOf(t *testing.T, name string, build func(*testing.T) *team) *team {
	t.Helper()
	from, done := made[name]
	if !done {
		tm := build(t)
		content, err := os.ReadFile(tm.path)
		check(t, err)
		from = madeTeam{content, tm.admin}
		made[name] = from
	}
	path := filepath.Join(t.TempDir(), "rekey.db")
	check(t, os.WriteFile(path, from.store, 0o600))
	tm := openTeam(t, path)
	tm.admin = from.admin
	return tm
}

// openTeam opens a store as a team.
func openTeam(t *testing.T, path string) *team {
	t.Helper()
	tm := &team{now: start, forms: &formShelf{}, path: path}
	key, err := account.NewKey(zeros{})
	check(t, err)
	tm.store, err = store.Open(path, key.Fingerprint())
	check(t, err)
	hasher, err := account.NewHasher(account.HashParams{Time: 1, Memory: 8, Threads: 1}, rand.Reader)
	check(t, err)
	tm.service = account.New(account.Config{
		Store: tm.store, Key: key, Hasher: hasher, Clock: func() time.Time { return tm.now }, Random: rand.Reader,
		BaseURL: "https://team.example.com", Forms: tm.forms, Zone: start.Location(),
	})
	return tm
}

func makeTeam(t *testing.T) *team {
	t.Helper()
	key, err := account.NewKey(zeros{})
	check(t, err)
	settings := account.DefaultSettings()
	settings.TeamName = "Kita Works"
	settings.TeamNumber = "81-4402"
	path := filepath.Join(t.TempDir(), "rekey.db")
	check(t, store.Create(path, key.Fingerprint(), settings))
	tm := openTeam(t, path)
	ctx := context.Background()
	check(t, tm.service.Install(ctx, member.Member{Email: adminAddress, Name: "青木 はるか", EmployeeNumber: "1001", Departments: []string{"総務部"}}, adminPassword))
	tm.admin, err = tm.service.SignIn(ctx, adminAddress, adminPassword, "test")
	check(t, err)
	tm.takeIn(t, people...)
	return tm
}

// takeIn imports members.
func (tm *team) takeIn(t *testing.T, members ...member.Member) {
	t.Helper()
	_, err := tm.service.Import(context.Background(), tm.admin, account.Import{Source: "test", Rows: func() iter.Seq2[account.Row, error] {
		return func(yield func(account.Row, error) bool) {
			for _, m := range members {
				if !yield(account.Row{Member: m}, nil) {
					return
				}
			}
		}
	}})
	check(t, err)
}

// zeros is a source of a key that is the same in every test.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// exhaustive leaves a test of very many screens out of a short run, which is the one that looks for races: there is one
// goroutine in it.
func exhaustive(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("very many screens, in one goroutine")
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// find gives a member by address or login ID.
func (tm *team) find(t *testing.T, name string) member.Member {
	t.Helper()
	m, err := tm.service.Find(context.Background(), name)
	check(t, err)
	return m
}

// write changes the store as another process would.
func (tm *team) write(t *testing.T, fn func(account.Writer) error) {
	t.Helper()
	check(t, tm.store.Update(context.Background(), fn))
}

// lock locks a member out for eleven minutes and some seconds.
func (tm *team) lock(t *testing.T, name string) {
	t.Helper()
	m := tm.find(t, name)
	tm.write(t, func(w account.Writer) error {
		return w.PutLockout(account.Lockout{Member: m.ID, Failures: 10, Until: tm.now.Add(11*time.Minute + 30*time.Second)})
	})
}

// signInOn gives a member n sessions.
func (tm *team) signInOn(t *testing.T, name string, n int) {
	t.Helper()
	m := tm.find(t, name)
	tm.write(t, func(w account.Writer) error {
		c, err := w.Credential(m.ID)
		for i := range n {
			s := account.Session{Hash: account.SessionHash{byte(m.ID), byte(i)}, Member: m.ID, Epoch: c.Epoch, Device: "phone", Created: start, Seen: start}
			if err == nil {
				err = w.PutSession(s)
			}
		}
		return err
	})
}

// mails puts one mail of each fate into the outbox, the newest accepted.
func (tm *team) mails(t *testing.T) {
	t.Helper()
	queued := account.Mail{Kind: account.MailReset, State: account.MailQueued, Attempts: 2, Due: start.Add(4 * time.Minute),
		Reply: "451 4.7.1 Greylisted, please try again later", Created: start.Add(-20 * time.Minute)}
	refused := account.Mail{Kind: account.MailInvitation, State: account.MailRefused, Attempts: 1, Created: start.Add(-26 * time.Hour),
		Done: start.Add(-26 * time.Hour), Reply: "550 5.1.1 <invited@example.com>: Recipient address rejected: User unknown in virtual mailbox table"}
	accepted := account.Mail{Kind: account.MailLocked, State: account.MailAccepted, Attempts: 1, Created: start.Add(-9 * time.Minute),
		Done: start.Add(-9 * time.Minute), Reply: "250 2.0.0 Ok: queued as 4F2A81C09E", Until: start.Add(6 * time.Minute)}
	dropped := account.Mail{Kind: account.MailRequested, State: account.MailSuperseded, Created: start.AddDate(0, -4, 0), Done: start.AddDate(0, -4, 0)}
	cancelled := account.Mail{Kind: account.MailInvitation, State: account.MailCancelled, Created: start.Add(-30 * time.Hour), Done: start.Add(-29 * time.Hour)}
	all := []account.Mail{dropped, cancelled, refused, queued, accepted}
	for i, address := range []string{"ken.tanaka@example.com", "invited@example.com", "invited@example.com", "hanako.sato@example.com", "zoe@example.com"} {
		all[i].Member, all[i].To, all[i].Sending = tm.find(t, address).ID, address, 1
		if all[i].Kind != account.MailLocked {
			all[i].Token = account.Serial(1000 + i)
		}
	}
	tm.write(t, func(w account.Writer) error {
		for _, m := range all {
			if _, err := w.PutMail(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// resets gives the reset records of the audit log.
func (tm *team) resets(t *testing.T) []account.Record {
	t.Helper()
	records, err := tm.service.Audit(context.Background(), 0, 1000)
	check(t, err)
	var resets []account.Record
	for _, r := range records {
		if r.Event == account.EventReset {
			resets = append(resets, r)
		}
	}
	return resets
}

// driver runs the console.
type driver struct {
	loop
	team   *team
	root   *root
	moving bool // the cursor rests only when the timers go off
}

// newDriver starts a console of w by h cells on tm; change adjusts the options.
func newDriver(t *testing.T, tm *team, w, h int, change ...func(*Options)) *driver {
	t.Helper()
	o := Options{Service: tm.service, Env: []string{"TERM=xterm-256color"}, Courier: func(context.Context) {}}
	for _, c := range change {
		c(&o)
	}
	r := newRoot(context.Background(), o, o.Service)
	d := &driver{loop: loop{t: t, model: r}, team: tm, root: r}
	r.shared.after = d.after
	d.begin(w, h, r.terminal.profile)
	return d
}

// after is the loop's, but that the cursor of the list rests at once where no test says otherwise.
func (d *driver) after(span time.Duration, fn func() tea.Msg) tea.Cmd {
	if span == restTime && !d.moving {
		return fn
	}
	return d.loop.after(span, fn)
}

// signedIn starts a console that shows the members.
func signedIn(t *testing.T, tm *team, w, h int, change ...func(*Options)) *driver {
	t.Helper()
	d := newDriver(t, tm, w, h, append([]func(*Options){func(o *Options) { o.Address = adminAddress }}, change...)...)
	d.typed(adminPassword)
	d.press("enter")
	return d
}

// pass lets time pass at a console at which somebody is: now and then a key is pressed that means nothing.
func (d *driver) pass(span time.Duration) {
	for ; span > 0; span -= 5 * time.Minute {
		d.team.now = d.team.now.Add(min(span, 5*time.Minute))
		d.press("f8")
	}
}

// cursorRow is the line that is marked as the cursor's.
func (d *driver) cursorRow() string {
	d.t.Helper()
	for _, line := range strings.Split(d.frame(), "\n") {
		if strings.HasPrefix(line, d.root.shared.look.glyphs.cursor+" ") && !strings.Contains(line, "Filter") {
			return line
		}
	}
	d.t.Fatalf("no row is marked:\n%s", d.frame())
	return ""
}

// goTo filters for a member and puts the cursor there.
func (d *driver) goTo(text string) {
	d.press("/")
	d.typed(text)
	d.press("enter")
}

func plainTerminal(o *Options) { o.Env = []string{"TERM=xterm-256color", "NO_COLOR=1"} }

func linuxTerminal(o *Options) { o.Env = []string{"TERM=linux"} }
