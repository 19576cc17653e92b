package mailer

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"rekey/account"
)

func TestTrialHoldsNoLink(t *testing.T) {
	for _, l := range account.Languages() {
		p := parse(t, trial(t, l).Data)
		if strings.Contains(p.text+p.html, "http") {
			t.Errorf("in %v there is a link:\n%s", l, p.text)
		}
	}
}

func TestEachTrialIsAnotherMail(t *testing.T) {
	settings := delivery().Settings
	first, err := Trial{Settings: settings, To: "it@example.com"}.Compose(noon)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Trial{Settings: settings, To: "it@example.com"}.Compose(noon.Add(1))
	if err != nil || first.ID == second.ID {
		t.Errorf("%v: both have the Message-ID %s", err, second.ID)
	}
}

func TestTrialRefuses(t *testing.T) {
	settings := delivery().Settings
	if _, err := (Trial{Settings: settings, To: "nobody"}).Compose(noon); account.CodeOf(err) != account.CodeInvalid ||
		!strings.Contains(err.Error(), "Name another address for the test mail.") {
		t.Errorf("no address: %v", err)
	}
	settings.Sender = "nobody"
	if _, err := (Trial{Settings: settings, To: "it@example.com"}).Compose(noon); account.CodeOf(err) != account.CodeInvalid {
		t.Errorf("no sender: %v", err)
	}
}

func TestTryGivesTheReplyAndHangsUp(t *testing.T) {
	s := startServer(t, &server{}, nil, false)
	client := newClient(t, plainConfig(s.listener.Listener))
	reply, err := client.Try(t.Context(), trial(t, account.Japanese))
	if err != nil || !strings.HasPrefix(reply, "250 ") {
		t.Fatalf("%q, %v", reply, err)
	}
	if n := len(s.messages()); n != 1 {
		t.Errorf("%d messages arrived", n)
	}
	if client.kept != nil {
		t.Error("the connection is still open")
	}
}

func TestCheckSendsNothing(t *testing.T) {
	s := startServer(t, &server{}, nil, false)
	client := newClient(t, plainConfig(s.listener.Listener))
	if err := client.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(s.messages()); n != 0 || client.kept != nil {
		t.Errorf("%d messages arrived, connection %v", n, client.kept)
	}
}

// What is wrong between here and the mailbox is told apart, with what to look at for each.
func TestFailuresNameTheStage(t *testing.T) {
	ca := newAuthority(t)
	closed := listen(t)
	closed.Close()
	refusing := func(fail func() error) Config {
		return plainConfig(startServer(t, &server{onRcpt: fail}, nil, false).listener)
	}
	signedIn := func(change func(*Config)) Config {
		s := startServer(t, &server{mechanisms: []string{sasl.Plain}}, ca.server(t), false)
		c := s.config(t)
		c.CAFile, c.Username, c.Password = ca.file(t), testUser, testPassword
		change(&c)
		return c
	}
	const (
		connection = "There is no connection to the mail server ("
		secure     = "The connection to the mail server cannot be secured ("
		signing    = "The mail server does not let rekey sign in ("
		mail       = "The mail server did not take the mail ("
	)
	tests := []struct {
		name   string
		config Config
		says   string
		detail string
		hint   string
	}{
		{"nobody listens", plainConfig(closed), connection, "connection refused", "mail.port"},
		{"no mail server", plainConfig(startScript(t, "554 5.3.2 No service here")), connection, "554 5.3.2", "mail.host"},
		{"hangs up", plainConfig(startScript(t, "")), connection, "hung up", "firewall"},
		{"no STARTTLS", startServer(t, &server{}, nil, false).config(t), secure, "does not offer STARTTLS", "mail.security"},
		{"STARTTLS refused", configFor(startScript(t, toSTARTTLS+"454 4.7.0 TLS not available")), secure, "454 4.7.0", "mail.security"},
		{"unknown authority", startServer(t, &server{}, ca.server(t), false).config(t), secure, "unknown authority", "mail.ca_file"},
		{"another host's certificate", func() Config {
			c := startServer(t, &server{}, ca.server(t, "other.example.com"), false).config(t)
			c.CAFile = ca.file(t)
			return c
		}(), secure, "127.0.0.1", "name in the server's certificate"},
		{"wrong password", signedIn(func(c *Config) { c.Password = "wrong" }), signing, "535", "mail.password"},
		{"no such way to sign in", signedIn(func(c *Config) { c.Auth = AuthLogin }), signing, "does not offer", "mail.auth"},
		{"signed in nowhere", signedIn(func(c *Config) { c.Auth = AuthNone }), signing, "530 5.7.0", "mail.username"},
		{"no such mailbox", refusing(smtpError(550, smtp.EnhancedCode{5, 1, 1}, "No such user")), mail, "550 5.1.1 No such user", "address"},
		{"come back", refusing(smtpError(451, smtp.EnhancedCode{4, 7, 1}, "Greylisted")), mail, "451 4.7.1 Greylisted", "sender"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newClient(t, tt.config).Try(t.Context(), trial(t, account.English))
			said, ok := errors.AsType[*account.Error](err)
			if !ok || !strings.HasPrefix(said.Message, tt.says) || !strings.Contains(said.Message, tt.detail) ||
				!strings.Contains(said.Hint, tt.hint) {
				t.Errorf("%v\nwant %q, %q and %q", err, tt.says, tt.detail, tt.hint)
			}
			if strings.Contains(err.Error(), testPassword) {
				t.Errorf("the password is told: %v", err)
			}
			// Without a mail the same is found, but for what the server says to the mail.
			checked := newClient(t, tt.config).Check(t.Context())
			aboutMail := tt.says == mail || tt.name == "signed in nowhere"
			if (checked == nil) != aboutMail || checked != nil && checked.Error() != err.Error() {
				t.Errorf("the check says %v, the mail %v", checked, err)
			}
		})
	}
}

func TestInterruptedCheckEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newClient(t, plainConfig(silent(t))).Check(ctx); err == nil {
		t.Error("it says that all is well")
	}
}
