package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rekey/account"
	"rekey/demo"
	"rekey/mailer"
	"rekey/member"
)

// TestProcessesTogether lets commands, `rekey serve` under load and a kiosk work on one directory at the same time, and
// then looks whether the store holds what each was told. The program is the test binary, whose hashes are cheap: the
// processes are to meet in the store.
func TestProcessesTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	t.Parallel()
	const binary = "rekey" // by TestMain
	dir := filepath.Join(t.TempDir(), "d")
	mails := filepath.Join(t.TempDir(), "mail")
	output(t, binary, nil, "demo", "--dir", dir, "--members", "150", "--prepare")
	h := &host{t: t, binary: binary, dir: dir, mails: mails, resets: map[member.ID]int{}}
	h.env = append(catching(t, mails), "REKEY_WEB_BASE_URL=https://id.example.com", "REKEY_DIR="+dir,
		"REKEY_ADMIN="+demo.AdminEmail, "REKEY_ADMIN_PASSWORD="+demoPassword)
	h.p = reopened(t, dir)
	h.admin = signedIn(t, h.p)
	h.chooseMembers()
	h.issueForms()

	s := serving(t, binary, h.env, "--behind-proxy", "127.0.0.1")
	var working sync.WaitGroup
	for i := range 2 {
		working.Go(func() { h.runResets(i) })
	}
	for i := range loaders {
		working.Go(func() { h.load(s.base, i) })
	}
	working.Go(h.useForms)
	working.Wait()
	if complaints := s.complaints(); len(complaints) > 0 {
		t.Errorf("the server complains: %q", complaints)
	}
	h.check()
}

// How much is done.
const (
	loaders     = 4 // visitors of the page at one time
	rounds      = 8 // of each
	guesses     = 2 // wrong passwords of each for one account: together too few to lock it
	distinct    = 6 // members of each type who are reset once
	repetitions = 6 // resets of one member, from two sides
	forms       = 8 // members who set a password at the kiosk
)

// host is a data directory on which several processes work.
type host struct {
	t          *testing.T
	binary     string
	dir, mails string
	env        []string
	p          *program
	admin      account.Admin

	once    []member.Member   // reset once each
	often   [2]member.Member  // reset again and again, one of each type
	visits  [2]member.Member  // sign in on the page
	guessed member.Member     // for whom wrong passwords are tried
	printed []member.Member   // set a password at the kiosk
	forms   []account.Form    // theirs
	stale   account.Form      // of often[1]: a reset may void it at any time
	kept    account.Form      // a form that nobody uses
	mu      sync.Mutex        // guards what follows
	resets  map[member.ID]int // that were acknowledged
}

// catching starts a mail server that keeps mails in dir, and gives the variables that lead to it.
func catching(t *testing.T, dir string) []string {
	t.Helper()
	if err := new(builder).directory(dir); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	catcher, err := mailer.StartCatcher(listener, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { catcher.Close() })
	return mailServerAt(listener)
}

// chooseMembers gives the ordinary members their parts: active ones, with a password, whom nobody has locked out.
func (h *host) chooseMembers() {
	h.t.Helper()
	all, err := h.p.service.LoadDirectory(h.t.Context(), func(int) {})
	if err != nil {
		h.t.Fatal(err)
	}
	var byType [2][]member.Member
	for row := range int32(all.Len()) {
		m := all.Member(row)
		o, err := h.p.service.Overview(h.t.Context(), h.admin, m.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		if m.Status != member.Active || m.Admin || !o.Password || o.Lockout.Failures > 0 || o.Sessions > 0 {
			continue
		}
		if m.Type() == member.LoginID {
			byType[1] = append(byType[1], m)
		} else {
			byType[0] = append(byType[0], m)
		}
	}
	take := func(kind int) member.Member {
		if len(byType[kind]) == 0 {
			h.t.Fatal("the demo has too few ordinary members for this test")
		}
		m := byType[kind][0]
		byType[kind] = byType[kind][1:]
		return m
	}
	for kind := range 2 {
		h.often[kind], h.visits[kind] = take(kind), take(kind)
		for range distinct {
			h.once = append(h.once, take(kind))
		}
	}
	h.guessed = take(0)
	for range forms + 1 {
		h.printed = append(h.printed, take(1))
	}
}

// issueForms resets those who go to the kiosk, and keeps what their forms say.
func (h *host) issueForms() {
	h.t.Helper()
	issue := func(m member.Member) account.Form {
		if _, err := h.p.service.Reset(h.t.Context(), h.admin, m.ID, account.ReasonForgot); err != nil {
			h.t.Fatal(err)
		}
		h.resets[m.ID]++
		form, err := h.p.service.Form(h.t.Context(), h.admin, m.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		return form
	}
	for _, m := range h.printed {
		h.forms = append(h.forms, issue(m))
	}
	h.kept, h.forms = h.forms[forms], h.forms[:forms]
	h.stale = issue(h.often[1])
}

// runResets resets one half of those who are reset once, and both who are reset often, each in a process of its own.
func (h *host) runResets(half int) {
	var targets []member.Member
	for i, m := range h.once {
		if i%2 == half {
			targets = append(targets, m)
		}
	}
	for range repetitions / 2 {
		targets = append(targets, h.often[0], h.often[1])
	}
	for _, m := range targets {
		cmd := command(h.t, h.binary, h.env, "reset", m.Account(), "--reason", "protect", "--yes", "--json")
		var complaints strings.Builder
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		var done resetOutput
		if err != nil || complaints.Len() > 0 || json.Unmarshal(out, &done) != nil || done.Member != m.ID.String() {
			h.t.Errorf("resetting %s: %v, stdout %q, stderr %q", m.Account(), err, out, complaints.String())
			continue
		}
		h.mu.Lock()
		h.resets[m.ID]++
		h.mu.Unlock()
	}
}

// load visits the page. Each visitor comes from an address of its own, as behind a proxy.
func (h *host) load(base string, loader int) {
	for round := range rounds {
		visit := loader*rounds + round
		come := func() *visitor {
			v := newVisitor(h.t)
			v.client.Transport = forwarded(fmt.Sprintf("192.0.2.%d", visit+1))
			return v
		}
		for kind, login := range []url.Values{
			{"way": {"email"}, "email": {h.visits[0].Email}, "password": {demoPassword}},
			{"way": {"login_id"}, "team": {demoNumber}, "login_id": {h.visits[1].LoginID}, "password": {demoPassword}},
		} {
			v := come()
			v.post(base+"/login", login).check(h.t, http.StatusOK, h.visits[kind].Account())
			v.get(base+"/auth").check(h.t, http.StatusOK)
		}
		come().get(base+"/s/"+h.kept.Code).check(h.t, http.StatusOK, h.kept.Member.LoginID)
		come().get(base+"/healthz").check(h.t, http.StatusOK)
		if round < guesses {
			guess := url.Values{"way": {"email"}, "email": {h.guessed.Email}, "password": {"a guess"}}
			come().post(base+"/login", guess).check(h.t, http.StatusUnprocessableEntity)
		}
	}
}

// forwarded sends requests as a proxy does for a browser at another address.
type forwarded string

func (f forwarded) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", string(f))
	return http.DefaultTransport.RoundTrip(r)
}

const kioskPassword = "seven wooden spoons"

// useForms does what a kiosk does, one person after the other.
func (h *host) useForms() {
	ctx := h.t.Context()
	for _, form := range h.forms {
		if _, err := h.p.service.LookUp(ctx, form.Code); err != nil {
			h.t.Errorf("looking a code up: %v", err)
		}
		if _, err := h.p.service.SetPassword(ctx, form.Code, kioskPassword, account.ViaKiosk, "kiosk"); err != nil {
			h.t.Errorf("setting a password: %v", err)
		}
	}
	_, err := h.p.service.SetPassword(ctx, h.stale.Code, kioskPassword, account.ViaKiosk, "kiosk")
	if err != nil && account.CodeOf(err) != account.CodeVoidCode {
		h.t.Errorf("using a form while it is superseded: %v", err)
	}
}

// check compares the store with what everybody was told.
func (h *host) check() {
	h.t.Helper()
	ctx := context.Background()
	if err := h.p.store.Check(ctx); err != nil {
		h.t.Error(err)
	}
	records, err := h.p.findAudit(ctx, account.AuditQuery{}, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	if verified, err := h.p.service.VerifyAudit(ctx); err != nil || verified != len(records) {
		h.t.Errorf("of %d audit records %d are verified: %v", len(records), verified, err)
	}
	recorded := map[member.ID]int{}
	for _, r := range records {
		if r.Event == account.EventReset {
			recorded[r.Target]++
		}
	}
	if len(recorded) != len(h.resets) {
		h.t.Errorf("%d members were reset, and %d have a record of it", len(h.resets), len(recorded))
	}
	for id, n := range h.resets {
		if recorded[id] != n {
			h.t.Errorf("%v was reset %d times, and has %d records of it", id, n, recorded[id])
		}
	}
	overview := func(m member.Member) account.Overview {
		o, err := h.p.service.Overview(ctx, h.admin, m.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		return o
	}
	for _, m := range h.once {
		if o := overview(m); o.Password || o.Sessions != 0 || o.Token.Serial == 0 {
			h.t.Errorf("%s is not reset", m.Account())
		} else if m.Type() == member.Email {
			h.checkMail(o)
		}
	}
	if o := overview(h.guessed); o.Lockout.Failures != loaders*guesses {
		h.t.Errorf("%d wrong passwords are counted, want %d", o.Lockout.Failures, loaders*guesses)
	}
	for _, m := range h.visits {
		if o := overview(m); o.Sessions != loaders*rounds {
			h.t.Errorf("%s has %d sessions after %d sign-ins", m.Account(), o.Sessions, loaders*rounds)
		}
	}
	for _, form := range h.forms {
		login := account.Login{TeamNumber: demoNumber, LoginID: form.Member.LoginID, Password: kioskPassword}
		if _, err := h.p.service.SignInMember(ctx, login); err != nil {
			h.t.Errorf("the password set at the kiosk does not sign %s in: %v", form.Member.LoginID, err)
		}
	}
}

// checkMail looks whether the mail of a reset went out, and only once.
func (h *host) checkMail(o account.Overview) {
	h.t.Helper()
	caught, err := filepath.Glob(filepath.Join(h.mails, "*-"+o.Member.Email+".eml"))
	if err != nil || len(caught) != 1 || o.Mail.State != account.MailAccepted {
		h.t.Errorf("the mail to %s is %v; caught: %q, %v", o.Member.Email, o.Mail.State, caught, err)
	}
}
