package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/demo"
	"rekey/mailer"
)

// mailTeam is a team whose mails go through Postfix: in the program's own processes, or on a clock that the test sets.
type mailTeam struct {
	t       *testing.T
	env     []string // of processes: the directory and the admin
	p       *program
	clock   time.Time
	service *account.Service // on the clock, as all below
	admin   account.Admin
}

func newMailTeam(t *testing.T) *mailTeam {
	t.Helper()
	dir, env := prepared(t)
	m := &mailTeam{t: t, p: reopened(t, dir), clock: time.Now(),
		env: append(env, "REKEY_ADMIN="+demo.AdminEmail, "REKEY_ADMIN_PASSWORD="+demoPassword)}
	key, err := readKey(filepath.Join(dir, "rekey.key"), "")
	if err != nil {
		t.Fatal(err)
	}
	m.service = account.New(account.Config{Store: m.p.store, Key: key, Hasher: m.p.hasher, Clock: m.now,
		Random: rand.Reader, BaseURL: demoBaseURL, Zone: time.UTC})
	m.signIn()
	return m
}

func (m *mailTeam) now() time.Time { return m.clock }

// signIn begins the admin's session, or one that the clock has not passed.
func (m *mailTeam) signIn() {
	m.t.Helper()
	admin, err := m.service.SignIn(m.t.Context(), demo.AdminEmail, demoPassword, "test")
	if err != nil {
		m.t.Fatal(err)
	}
	m.admin = admin
}

// speak sets the language of the mails.
func (m *mailTeam) speak(l account.Language) {
	m.t.Helper()
	base, err := m.service.Settings(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	changed := base
	changed.Language = l
	if err := m.service.ChangeSettings(m.t.Context(), m.admin, base, changed); err != nil {
		m.t.Fatal(err)
	}
}

// reset resets a member's password, and leaves the mail in the outbox.
func (m *mailTeam) reset(name string) account.MailID {
	m.t.Helper()
	target, err := m.service.Find(m.t.Context(), name)
	if err != nil {
		m.t.Fatal(err)
	}
	done, err := m.service.Reset(m.t.Context(), m.admin, target.ID, account.ReasonForgot)
	if err != nil {
		m.t.Fatal(err)
	}
	return done.Mail.ID
}

func (m *mailTeam) mail(id account.MailID) account.Mail {
	m.t.Helper()
	mail, err := m.service.Mail(m.t.Context(), id)
	if err != nil {
		m.t.Fatal(err)
	}
	return mail
}

// wait sets the clock to when a mail is due.
func (m *mailTeam) wait(id account.MailID) { m.clock = m.mail(id).Due }

// run runs the program, and gives what it printed, what it said on stderr, and its exit code. None of it may hold a secret.
func (m *mailTeam) run(env []string, args ...string) (stdout, stderr string, code int) {
	m.t.Helper()
	cmd := command(m.t, "rekey", slices.Concat(m.env, env), args...)
	var out, complaints strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	if exit, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		m.t.Fatalf("rekey %q: %v", args, err)
	} else if failed {
		code = exit.ExitCode()
	}
	m.holdsNoSecret(out.String() + complaints.String())
	return out.String(), strings.TrimSpace(complaints.String()), code
}

// codeInText finds the code of a link.
var codeInText = regexp.MustCompile(`\b([0-9A-Z]{4}-){4,}[0-9A-Z]{4}\b`)

// wrongPassword is not the one for Postfix, but as secret.
const wrongPassword = "in" + postfixPassword

// holdsNoSecret looks for the password for Postfix and for the code of any link.
func (m *mailTeam) holdsNoSecret(text string) {
	m.t.Helper()
	if strings.Contains(text, postfixPassword) || codeInText.MatchString(text) {
		m.t.Error("a secret is told")
	}
}

// courier makes a courier to a service of Postfix, which keeps what it sends.
func (m *mailTeam) courier(s *postfix, name string) (*mailer.Courier, *keeping) {
	m.t.Helper()
	port, err := strconv.Atoi(s.port[name])
	if err != nil {
		m.t.Fatal(err)
	}
	client, err := mailer.NewClient(mailer.Config{Host: "127.0.0.1", Port: port, Username: postfixUser, Password: postfixPassword,
		CAFile: s.path("ca.pem")})
	if err != nil {
		m.t.Fatal(err)
	}
	kept := &keeping{Transport: client}
	return mailer.NewCourier(m.service, kept, mailer.Options{Clock: m.now, OnError: func(err error) { m.t.Error(err) }}), kept
}

// keeping is a transport that keeps what it sends.
type keeping struct {
	mailer.Transport
	sent []mailer.Message
	held <-chan string // not nil: the time for a mail is up when this gets a value
	last string        // the last value from held
}

// Send passes a message on.
func (k *keeping) Send(ctx context.Context, m mailer.Message) (string, error) {
	k.sent = append(k.sent, m)
	if k.held == nil {
		return k.Transport.Send(ctx, m)
	}
	up := timeUp{ctx, make(chan struct{})}
	sent := make(chan struct{})
	go func() {
		select {
		case k.last = <-k.held:
			close(up.done)
		case <-sent:
		}
	}()
	defer close(sent)
	return k.Transport.Send(up, m)
}

// timeUp is a context whose deadline comes when the test says so, however long that takes on this machine.
type timeUp struct {
	context.Context
	done chan struct{}
}

func (u timeUp) Done() <-chan struct{} { return u.done }

func (u timeUp) Err() error {
	select {
	case <-u.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// deliver makes one pass over what is due, and compares what became of it.
func (m *mailTeam) deliver(c *mailer.Courier, want mailer.Summary) {
	m.t.Helper()
	got, err := c.DeliverDue(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	m.holdsNoSecret(got.Stopped)
	if got.Stopped = shorten(got.Stopped, want.Stopped); got != want {
		m.t.Errorf("the pass ends with %+v, want %+v", got, want)
	}
}

// shorten gives part if text holds it.
func shorten(text, part string) string {
	if part != "" && strings.Contains(text, part) {
		return part
	}
	return text
}

// A reset's mail goes over TLS, signed in, and arrives once, whole.
func TestAResetThroughPostfix(t *testing.T) {
	t.Parallel()
	s := startPostfix(t, map[string]service{
		"submission":  {},
		"submissions": {"smtpd_tls_wrappermode": "yes"},
		"relay": {"smtpd_tls_security_level": "none", "smtpd_sasl_auth_enable": "no", "mynetworks": "127.0.0.0/8",
			"smtpd_relay_restrictions": "permit_mynetworks, reject"},
	})
	for _, way := range []struct {
		service string
		env     []string
		trace   []string // what Postfix says of how the mail came
	}{
		{"submission", nil, []string{"(using TLSv1.3 ", "(Authenticated sender: " + postfixUser + ")", " with ESMTPSA id "}},
		{"submissions", []string{"REKEY_MAIL_SECURITY=tls", "REKEY_MAIL_AUTH=login"},
			[]string{"(using TLSv1.3 ", "(Authenticated sender: " + postfixUser + ")", " with ESMTPSA id "}},
		{"relay", []string{"REKEY_MAIL_SECURITY=none", "REKEY_MAIL_USERNAME=", "REKEY_MAIL_PASSWORD="}, []string{" with ESMTP id "}},
	} {
		m := newMailTeam(t)
		m.speak(account.Japanese)
		out, said, code := m.run(append(s.env(way.service), way.env...), "reset", misaki, "--reason", "forgot", "--yes", "--json")
		var done resetOutput
		if err := json.Unmarshal([]byte(out), &done); err != nil || code != exitDone || said != "" || done.Mail.Status != "accepted" {
			t.Fatalf("over %s the reset ends with %d: %s\n%s", way.service, code, out, said)
		}
		s.delivered(done.Mail.Reply)
		l := s.takeOne(misaki)
		for _, part := range way.trace {
			if !strings.Contains(l.trace, part) {
				t.Errorf("over %s the mail came without %q:\n%s", way.service, part, l.trace)
			}
		}
		m.looksRight(l, misaki)

		// Once more, as an admin orders it: what arrives is what was sent.
		courier, kept := m.courier(s, "submission")
		mail := resetOverview(t, m.p, signedIn(t, m.p), misaki).Mail
		m.clock = m.clock.Add(time.Minute)
		if _, err := m.service.SendAgain(t.Context(), m.admin, mail.ID); err != nil {
			t.Fatal(err)
		}
		m.deliver(courier, mailer.Summary{Accepted: 1})
		s.delivered(m.mail(mail.ID).Reply)
		unchanged(t, kept.sent[0], s.takeOne(misaki))
	}
	s.log.until(t, `sasl_method=PLAIN`)
	s.log.until(t, `sasl_method=LOGIN`)
}

// looksRight compares a mail with what its reader needs.
func (m *mailTeam) looksRight(l letter, to string) {
	t := m.t
	t.Helper()
	target, err := m.service.Find(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted", "X-Auto-Response-Suppress",
		"Content-Language", "Mime-Version", "Content-Type"}
	if got := l.fields(); !slices.Equal(got, want) {
		t.Errorf("the header has the fields %q", got)
	}
	subject, err := l.header.Subject()
	if err != nil || !strings.Contains(subject, "パスワード") {
		t.Errorf("the subject is %q, %v", subject, err)
	}
	if addressees, err := l.header.AddressList("To"); err != nil || len(addressees) != 1 || addressees[0].Name != target.Name ||
		addressees[0].Address != to {
		t.Errorf("it is addressed to %v, %v", addressees, err)
	}
	for kind, body := range map[string]string{"text": l.text, "HTML": l.html} {
		if !strings.Contains(body, target.Name) || !strings.Contains(body, "パスワード") {
			t.Errorf("the %s names no member, or is not in Japanese", kind)
		}
		link := linkPattern.FindStringSubmatch(body)
		if link == nil || !strings.HasPrefix(link[0], demoBaseURL+"/s/") {
			t.Errorf("the %s holds no link", kind)
			continue
		}
		if !codeInText.MatchString(link[0]) {
			t.Error("codes are looked for that are none")
		}
		if found, err := m.service.LookUp(t.Context(), link[1]); err != nil || found.Member.ID != target.ID {
			t.Errorf("the link in the %s does not lead to the member: %v", kind, err)
		}
	}
}

// unchanged compares what was sent with what arrived. A signature over it (DKIM) would still be good, however strict: not
// a byte of header and body is another one.
func unchanged(t *testing.T, sent mailer.Message, l letter) {
	t.Helper()
	if !bytes.Equal(bytes.ReplaceAll(sent.Data, []byte("\r\n"), []byte("\n")), l.original) {
		t.Error("on its way the mail was changed")
	}
	if got := l.id(t); got != sent.ID {
		t.Errorf("<%s> has arrived as <%s>", sent.ID, got)
	}
}

// What is wrong with the server, or with how rekey is set up for it, is told in words. The mail waits for that to be put
// right, and then arrives once.
func TestPostfixThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	s := startPostfix(t, map[string]service{
		"submission": {},
		"other":      {"smtpd_tls_chain_files": "$instance/other.pem"},
		"expired":    {"smtpd_tls_chain_files": "$instance/expired.pem"},
		"early":      {"smtpd_tls_chain_files": "$instance/early.pem"},
		"plain":      {"smtpd_tls_security_level": "none", "smtpd_tls_auth_only": "no"}, // it would take a password so
		"silent":     {"smtpd_sasl_auth_enable": "no"},
	})
	m := newMailTeam(t)
	id := fmt.Sprint(m.reset(misaki))
	for _, wrong := range []struct {
		name, service string
		env           []string
		says          string
	}{
		{"wrong password", "submission", []string{"REKEY_MAIL_PASSWORD=" + wrongPassword}, "535 5.7.8 Error: authentication failed"},
		{"unknown user", "submission", []string{"REKEY_MAIL_USERNAME=nobody@mail.example.net"}, "535 5.7.8 Error: authentication failed"},
		{"a way to sign in that is not offered", "submission", []string{"REKEY_MAIL_AUTH=oauthbearer"}, "does not offer to sign in"},
		{"no way to sign in is offered", "silent", nil, "does not offer to sign in"},
		{"untrusted authority", "submission", []string{"REKEY_MAIL_CA_FILE="}, "mail.ca_file"},
		{"certificate of another host", "other", nil, "127.0.0.2, not 127.0.0.1"},
		{"certificate of the past", "expired", nil, "has expired or is not yet valid"},
		{"certificate of the future", "early", nil, "has expired or is not yet valid"},
		{"a password only without TLS", "plain", nil, "does not offer STARTTLS"},
		{"TLS from the first byte where none is", "submission", []string{"REKEY_MAIL_SECURITY=tls"}, "no TLS connection"},
	} {
		_, said, code := m.run(append(s.env(wrong.service), wrong.env...), "outbox", "send", id)
		if code != exitFailed || !strings.HasPrefix(said, "rekey: The mail has not been accepted yet (") ||
			!strings.Contains(said, wrong.says) {
			t.Errorf("%s: exit %d, %s", wrong.name, code, said)
		}
	}
	if _, said, code := m.run(s.env("submission"), "outbox", "send", id); code != exitDone {
		t.Fatalf("put right, it ends with %d: %s", code, said)
	}
	s.delivered(resetOverview(t, m.p, signedIn(t, m.p), misaki).Mail.Reply)
	s.takeOne(misaki)
	s.log.until(t, `postfix/plain/smtpd\[\d+\]: disconnect from \S+ ehlo=1 commands=1\n`)
}

// Greylisting: refused for now, taken on the second try, which comes by itself, under the same Message-ID.
func TestPostfixThatGreylists(t *testing.T) {
	t.Parallel()
	tries := map[string]int{} // by the state at which it asks
	greylist := startPolicy(t, func(asked map[string]string) string {
		if tries[asked["protocol_state"]]++; tries[asked["protocol_state"]] == 1 {
			return "defer_if_permit 4.2.0 Greylisted, come back"
		}
		return "dunno"
	})
	s := startPostfix(t, map[string]service{
		"recipient": {"smtpd_recipient_restrictions": greylist.parameter()},
		"data":      {"smtpd_end_of_data_restrictions": greylist.parameter()},
	})
	for _, name := range []string{"recipient", "data"} {
		m := newMailTeam(t)
		courier, kept := m.courier(s, name)
		id := m.reset(misaki)
		m.deliver(courier, mailer.Summary{Deferred: 1})
		if mail := m.mail(id); mail.State != account.MailQueued || !strings.HasPrefix(mail.Reply, "450 4.2.0 <") ||
			!strings.Contains(mail.Reply, "Greylisted, come back") || !mail.Due.After(m.clock) {
			t.Errorf("at %s: after the first try the mail is %v, due %v: %s", name, mail.State, mail.Due, mail.Reply)
		}
		m.deliver(courier, mailer.Summary{}) // it is not due yet
		m.wait(id)
		m.deliver(courier, mailer.Summary{Accepted: 1})
		s.delivered(m.mail(id).Reply)
		if len(kept.sent) != 2 || kept.sent[0].ID != kept.sent[1].ID {
			t.Errorf("at %s: sent under %v", name, kept.sent)
		}
		l := s.takeOne(misaki)
		unchanged(t, kept.sent[1], l)
		if name == "data" { // Postfix has seen both
			id := "message-id=<" + regexp.QuoteMeta(l.id(t)) + ">"
			s.log.until(t, "(?s)"+id+".*"+id)
		}
	}
	for _, asked := range greylist.questions() {
		if asked["sasl_username"] != postfixUser || asked["encryption_protocol"] == "" || asked["helo_name"] != "[127.0.0.1]" {
			t.Errorf("Postfix was met by %v", asked)
		}
	}
}

// 421: the server cannot take anything now, so all mails pause together, and none is tried in vain.
func TestPostfixThatIsBusy(t *testing.T) {
	t.Parallel()
	busy := startPolicy(t, func(map[string]string) string { return "421 4.3.2 Too busy" })
	s := startPostfix(t, map[string]service{
		"recipient":  {"smtpd_recipient_restrictions": busy.parameter()},
		"connection": {"smtpd_client_connection_rate_limit": "1"},
	})
	m := newMailTeam(t)
	ids := []account.MailID{m.reset(misaki), m.reset(renee)}
	out, said, code := m.run(s.env("recipient"), "outbox", "send")
	if code != exitFailed || !strings.Contains(said, "The mail server cannot be used (421 4.3.2 ") ||
		!strings.Contains(said, "2 mails wait") {
		t.Errorf("it ends with %d: %s%s", code, out, said)
	}
	first, second := m.mail(ids[0]), m.mail(ids[1])
	if asked := len(busy.questions()); first.Attempts != 1 || second.Attempts != 0 || asked != 1 {
		t.Errorf("%d and %d tries, %d at the server", first.Attempts, second.Attempts, asked)
	}
	// The second mail goes over the one connection that is allowed. The next one is one too many.
	if out, said, code := m.run(s.env("connection"), "outbox", "send"); code != exitDone {
		t.Errorf("it ends with %d: %s%s", code, out, said)
	}
	s.delivered(m.mail(ids[1]).Reply)
	_, said, code = m.run(s.env("connection"), "outbox", "send", fmt.Sprint(ids[0]))
	if code != exitFailed || !strings.Contains(said, "421 4.7.0 ") || !strings.Contains(said, "too many connections") {
		t.Errorf("it ends with %d: %s", code, said)
	}
	s.takeOne(renee)
	if n := len(s.take(misaki)); n != 0 {
		t.Errorf("%d mails have arrived that were not taken", n)
	}
}

// A refusal for good is shown with the server's reply, and the mail does not wait.
func TestPostfixThatRefuses(t *testing.T) {
	t.Parallel()
	s := startPostfix(t, map[string]service{
		"submission": {},
		"small":      {"message_size_limit": "500"},
	})
	m := newMailTeam(t)
	const unknown = "daisuke.takahashi7@example.jp" // to Postfix
	for _, refusal := range []struct{ service, auth, to, says string }{
		{"submission", "plain", unknown, "550 5.1.1 <" + unknown + ">: Recipient address rejected: User unknown in virtual mailbox table"},
		{"submission", "none", misaki, "554 5.7.1 <" + misaki + ">: Recipient address rejected: Access denied"},
		{"small", "plain", misaki, "552 5.3.4 Message size exceeds fixed limit"},
	} {
		env := append(s.env(refusal.service), "REKEY_MAIL_AUTH="+refusal.auth)
		out, said, code := m.run(env, "reset", refusal.to, "--reason", "protect", "--yes", "--json")
		var done resetOutput
		if err := json.Unmarshal([]byte(out), &done); err != nil || code != exitDone || done.Mail.Status != "refused" ||
			done.Mail.Reply != refusal.says {
			t.Errorf("%s: exit %d, %s", refusal.service, code, out)
		}
		if !strings.HasPrefix(said, "rekey: The mail server refused the mail to "+refusal.to+" ("+refusal.says+").") {
			t.Errorf("%s: %s", refusal.service, said)
		}
		if n := len(s.take(refusal.to)); n != 0 {
			t.Errorf("%d mails have arrived that were refused", n)
		}
	}
	m.clock = m.clock.Add(24 * time.Hour)
	if _, err := m.service.NextMailDue(t.Context()); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a refused mail waits: %v", err)
	}
}

// A server that hangs when it has the whole mail: the mail is tried again, under the same Message-ID. It is lost in no
// case, and where the server had taken it without saying so, it arrives once more.
func TestPostfixThatHangsAfterData(t *testing.T) {
	t.Parallel()
	var s *postfix
	filter := startFilter(t, func() string { return "127.0.0.1:" + s.port["behind"] })
	s = startPostfix(t, map[string]service{
		"submission": {"smtpd_proxy_filter": filter.address()},
		"impatient":  {"smtpd_proxy_filter": filter.address(), "smtpd_proxy_timeout": "1"},
		"behind": {"smtpd_tls_security_level": "none", "smtpd_sasl_auth_enable": "no", "mynetworks": "127.0.0.0/8",
			"smtpd_relay_restrictions": "permit_mynetworks, reject"},
	})
	for _, hanging := range []struct {
		mode   int32
		arrive int
	}{
		{swallowing, 1},
		{muffling, 2},
	} {
		m := newMailTeam(t)
		courier, kept := m.courier(s, "submission")
		id := m.reset(misaki)
		filter.mode.Store(hanging.mode)
		kept.held = filter.held
		m.deliver(courier, mailer.Summary{Deferred: 1, Stopped: "It may have arrived; it is sent again under the same Message-ID"})
		if mail := m.mail(id); mail.State != account.MailQueued || !mail.Due.After(m.clock) {
			t.Errorf("the mail is %v, due %v: %s", mail.State, mail.Due, mail.Reply)
		}
		if hanging.mode == muffling {
			s.delivered(kept.last)
		}
		filter.mode.Store(passing)
		kept.held = nil
		m.wait(id)
		m.deliver(courier, mailer.Summary{Accepted: 1})
		s.delivered(m.mail(id).Reply)
		mails := s.take(misaki)
		if len(mails) != hanging.arrive || len(kept.sent) != 2 {
			t.Errorf("%d mails were sent, and %d have arrived, want %d", len(kept.sent), len(mails), hanging.arrive)
		}
		for _, l := range mails {
			if got := l.id(t); got != kept.sent[0].ID {
				t.Errorf("<%s> was sent, and <%s> has arrived", kept.sent[0].ID, got)
			}
		}
	}

	// Postfix itself may give up before rekey does. That is its word on one mail: another one may fare better.
	m := newMailTeam(t)
	courier, _ := m.courier(s, "impatient")
	id := m.reset(misaki)
	filter.mode.Store(swallowing)
	m.deliver(courier, mailer.Summary{Deferred: 1})
	if mail := m.mail(id); mail.State != account.MailQueued || !strings.HasPrefix(mail.Reply, "451 4.3.0 ") {
		t.Errorf("the mail is %v: %s", mail.State, mail.Reply)
	}
}

// A host whose clock is wrong by a day delivers all the same: the mail bears its date, the server's stamp the right one.
// Lifetimes count on the host's clock.
func TestAClockThatIsWrongThroughPostfix(t *testing.T) {
	t.Parallel()
	s := startPostfix(t, map[string]service{"submission": {}})
	for _, off := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		m := newMailTeam(t)
		right := time.Now()
		m.clock = right.Add(off)
		m.signIn()
		courier, _ := m.courier(s, "submission")
		id := m.reset(misaki)
		m.deliver(courier, mailer.Summary{Accepted: 1})
		s.delivered(m.mail(id).Reply)
		l := s.takeOne(misaki)
		if date, err := l.header.Date(); err != nil || !date.Equal(m.clock.Truncate(time.Second)) {
			t.Errorf("the mail of a clock that is off by %v is dated %v, %v", off, date, err)
		}
		if stamp := receivedAt(t, l); stamp.Before(right.Add(-time.Minute)) || stamp.After(time.Now().Add(time.Minute)) {
			t.Errorf("Postfix has received it at %v", stamp)
		}
		link := linkPattern.FindStringSubmatch(l.text)
		if link == nil {
			t.Fatal("the mail holds no link")
		}
		works := func(at time.Duration, want bool) {
			t.Helper()
			m.clock = right.Add(at)
			_, err := m.service.LookUp(t.Context(), link[1])
			if (err == nil) != want || err != nil && account.CodeOf(err) != account.CodeVoidCode {
				t.Errorf("%v from now, the link of a clock that was off by %v: %v", at, off, err)
			}
		}
		// Put right, the clock lets the link live for a day from the wrong time on.
		works(off, true)
		works(off+24*time.Hour-time.Minute, true)
		works(off+24*time.Hour, false)
		works(0, off > 0)
	}
}

// receivedAt gives the time at which Postfix received a mail.
func receivedAt(t *testing.T, l letter) time.Time {
	t.Helper()
	for _, line := range strings.Split(l.trace, "\n") {
		if _, stamp, ok := strings.Cut(line, "; "); ok {
			at, err := time.Parse("Mon, _2 Jan 2006 15:04:05 -0700 (MST)", stamp)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatal("Postfix has put no stamp on the mail")
	return time.Time{}
}
