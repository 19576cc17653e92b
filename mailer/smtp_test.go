package mailer

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"rekey/member"
)

func newClient(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// sendFails sends a message that must fail, and gives the failure.
func sendFails(t *testing.T, c Config) *Failure {
	t.Helper()
	return sendFailsOn(t, newClient(t, c))
}

func sendFailsOn(t *testing.T, client *Client) *Failure {
	t.Helper()
	reply, err := client.Send(t.Context(), compose(t, delivery()))
	failure, ok := errors.AsType[*Failure](err)
	if !ok {
		t.Fatalf("got %q, %v; want a *Failure", reply, err)
	}
	if member.Clean(failure.Reply) != failure.Reply || failure.Reply == "" || failure.Error() != failure.Reply {
		t.Errorf("the reply is not fit to be shown: %q", failure.Reply)
	}
	return failure
}

func TestSend(t *testing.T) {
	ca := newAuthority(t)
	tests := []struct {
		security Security
		tls      *tls.Config
	}{
		{SecurityStartTLS, ca.server(t)},
		{"", ca.server(t)}, // the default
		{SecurityTLS, ca.server(t)},
		{SecurityNone, nil},
	}
	for _, tt := range tests {
		t.Run(string("security "+tt.security), func(t *testing.T) {
			s := startServer(t, &server{}, tt.tls, tt.security == SecurityTLS)
			c := s.config(t)
			c.Security, c.CAFile, c.LocalName = tt.security, ca.file(t), "rekey.example.com"
			m := compose(t, delivery())
			reply, err := newClient(t, c).Send(t.Context(), m)
			if err != nil || reply != "250 2.0.0 OK: queued" {
				t.Fatalf("reply %q, %v", reply, err)
			}
			got := s.messages()
			if len(got) != 1 {
				t.Fatalf("%d messages arrived", len(got))
			}
			if r := got[0]; r.from != m.From || r.to != m.To || !bytes.Equal(r.data, m.Data) {
				t.Errorf("from %q to %q:\n%s", r.from, r.to, r.data)
			}
			if got[0].secure != (tt.tls != nil) {
				t.Errorf("over TLS: %v", got[0].secure)
			}
			if got[0].hello != c.LocalName {
				t.Errorf("greeted as %q", got[0].hello)
			}
		})
	}
}

func TestGreetsWithAddressByDefault(t *testing.T) {
	s := startServer(t, &server{}, nil, false)
	if _, err := newClient(t, plainConfig(s.listener)).Send(t.Context(), compose(t, delivery())); err != nil {
		t.Fatal(err)
	}
	if got := s.messages()[0].hello; got != "[127.0.0.1]" {
		t.Errorf("greeted as %q", got)
	}
	if got := addressLiteral(net.ParseIP("2001:db8::1")); got != "[IPv6:2001:db8::1]" {
		t.Errorf("IPv6 address literal %q", got)
	}
}

func smtpError(code int, enhanced smtp.EnhancedCode, message string) func() error {
	return func() error { return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: message} }
}

func TestServerRefuses(t *testing.T) {
	tests := []struct {
		name string
		fail func() error
		want Failure
	}{
		{"4xx", smtpError(451, smtp.EnhancedCode{4, 7, 1}, "Greylisted, come back"),
			Failure{Reply: "451 4.7.1 Greylisted, come back"}},
		{"5xx", smtpError(550, smtp.EnhancedCode{5, 1, 1}, "No such user"),
			Failure{Permanent: true, Reply: "550 5.1.1 No such user"}},
		{"452 full", smtpError(452, smtp.EnhancedCode{4, 2, 2}, "Mailbox full"),
			Failure{Reply: "452 4.2.2 Mailbox full"}},
		{"554 without enhanced code", smtpError(554, smtp.NoEnhancedCode, "Spam"),
			Failure{Permanent: true, Reply: "554 Spam"}},
		{"421 going down", smtpError(421, smtp.EnhancedCode{4, 3, 2}, "Shutting down"),
			Failure{Server: true, Reply: "421 4.3.2 Shutting down"}},
		{"530 sign in first", smtpError(530, smtp.EnhancedCode{5, 7, 0}, "Authentication required"),
			Failure{Server: true, Reply: "530 5.7.0 Authentication required", stage: stageSigning}},
	}
	stages := map[string]func(*server, func() error){
		"MAIL": func(s *server, fail func() error) { s.onMail = fail },
		"RCPT": func(s *server, fail func() error) { s.onRcpt = fail },
		"DATA": func(s *server, fail func() error) { s.onData = func(*smtp.Conn) error { return fail() } },
	}
	for stage, inject := range stages {
		for _, tt := range tests {
			t.Run(stage+" "+tt.name, func(t *testing.T) {
				s := &server{}
				inject(s, tt.fail)
				startServer(t, s, nil, false)
				if failure := sendFails(t, plainConfig(s.listener)); *failure != tt.want {
					t.Errorf("%+v, want %+v", *failure, tt.want)
				}
				if n := len(s.messages()); n != 0 {
					t.Errorf("%d messages arrived", n)
				}
			})
		}
	}
}

func TestConnectionDropsAfterData(t *testing.T) {
	for _, before := range []int{0, 1} { // messages that went well over the same connection
		n := 0
		s := startServer(t, &server{onData: func(c *smtp.Conn) error {
			if n++; n > before {
				return c.Close()
			}
			return nil
		}}, nil, false)
		client := newClient(t, plainConfig(s.listener))
		for range before {
			if _, err := client.Send(t.Context(), compose(t, delivery())); err != nil {
				t.Fatal(err)
			}
		}
		failure := sendFailsOn(t, client)
		if failure.Permanent || !failure.Server || !strings.Contains(failure.Reply, "may have arrived") {
			t.Errorf("%+v; want a temporary failure of the server that says that the outcome is unknown", *failure)
		}
		if n := s.listener.connections(); n != 1 {
			t.Errorf("%d connections: a mail whose outcome is unknown was sent again at once", n)
		}
	}
}

// A name such as localhost, which may go without TLS, need not lead to this host.
func TestNoPlainTextToWhereTheNameLeads(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	client := newClient(t, Config{Host: "localhost", Security: SecurityNone})
	if _, err := client.greet(t.Context(), near); !errors.Is(err, errNotLoopback) {
		t.Errorf("%v, want errNotLoopback", err)
	}
}

// toSTARTTLS plays a server up to the reply to STARTTLS.
const toSTARTTLS = "220 hi\nC: EHLO\n250-hello\n250 STARTTLS\nC: STARTTLS\n"

func TestServerUnusable(t *testing.T) {
	ca := newAuthority(t)
	closed := listen(t)
	closed.Close()
	tests := []struct {
		name   string
		config func(t *testing.T) Config
		says   string
	}{
		{"not there", func(*testing.T) Config { return plainConfig(closed) }, "no connection: connect: connection refused"},
		{"hangs up at once", func(t *testing.T) Config { return plainConfig(startScript(t, "")) }, "the server hung up"},
		{"no service", func(t *testing.T) Config {
			return plainConfig(startScript(t, "554 5.3.2 No service here"))
		}, "554 5.3.2 No service here"},
		{"not a mail server", func(t *testing.T) Config {
			return plainConfig(startScript(t, "HTTP/1.1 400 Bad Request"))
		}, "HTTP/1.1"},
		{"EHLO and HELO refused", func(t *testing.T) Config {
			return plainConfig(startScript(t, "220 hi\nC: EHLO\n502 5.5.1 What?\nC: HELO\n550 5.7.1 Go away"))
		}, "550 5.7.1 Go away"},
		{"STARTTLS not offered", func(t *testing.T) Config {
			return startServer(t, &server{}, nil, false).config(t)
		}, "does not offer STARTTLS"},
		{"STARTTLS refused", func(t *testing.T) Config {
			return configFor(startScript(t, toSTARTTLS+"454 4.7.0 TLS not available"))
		}, "454 4.7.0 TLS not available"},
		{"plain text after STARTTLS", func(t *testing.T) Config {
			return configFor(startScript(t, toSTARTTLS+"220 go\nC: ?\n250 ok\nC: ?"))
		}, "no TLS"},
		{"authority unknown, starttls", func(t *testing.T) Config {
			return startServer(t, &server{}, ca.server(t), false).config(t)
		}, "mail.ca_file"},
		{"authority unknown, tls", func(t *testing.T) Config {
			c := startServer(t, &server{}, ca.server(t), true).config(t)
			c.Security = SecurityTLS
			return c
		}, "mail.ca_file"},
		{"wrong authority", func(t *testing.T) Config {
			c := startServer(t, &server{}, ca.server(t), false).config(t)
			c.CAFile = newAuthority(t).file(t)
			return c
		}, "no TLS connection"},
		{"certificate of another host", func(t *testing.T) Config {
			c := startServer(t, &server{}, ca.server(t, "other.example.com"), false).config(t)
			c.CAFile = ca.file(t)
			return c
		}, "127.0.0.1"},
		{"TLS too old", func(t *testing.T) Config {
			old := ca.server(t)
			old.MaxVersion = tls.VersionTLS11
			old.MinVersion = tls.VersionTLS10
			c := startServer(t, &server{}, old, false).config(t)
			c.CAFile = ca.file(t)
			return c
		}, "no TLS connection"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			failure := sendFails(t, tt.config(t))
			if failure.Permanent || !failure.Server {
				t.Errorf("what is wrong with the server is taken for the mail's fault: %+v", *failure)
			}
			if !strings.Contains(failure.Reply, tt.says) {
				t.Errorf("%q does not say %q", failure.Reply, tt.says)
			}
		})
	}
}

// silent is a server that accepts connections and never says a word.
func silent(t *testing.T) net.Listener {
	l := listen(t)
	t.Cleanup(func() { l.Close() })
	return l // the system accepts connections for it
}

func TestSlowServer(t *testing.T) {
	tests := map[string]func(t *testing.T, block func() error) Config{
		"never greets": func(t *testing.T, _ func() error) Config { return plainConfig(silent(t)) },
		"never shakes hands": func(t *testing.T, _ func() error) Config {
			c := configFor(silent(t))
			c.Security = SecurityTLS
			return c
		},
		"at RCPT": func(t *testing.T, block func() error) Config {
			return plainConfig(startServer(t, &server{onRcpt: block}, nil, false).listener)
		},
		"at the end of DATA": func(t *testing.T, block func() error) Config {
			onData := func(*smtp.Conn) error { return block() }
			return plainConfig(startServer(t, &server{onData: onData}, nil, false).listener)
		},
	}
	for name, start := range tests {
		t.Run(name, func(t *testing.T) {
			c := start(t, func() error {
				<-t.Context().Done() // until the test ends
				return errors.New("too late")
			})
			c.Timeout = 30 * time.Millisecond
			if failure := sendFails(t, c); failure.Permanent || !failure.Server {
				t.Errorf("%+v; want a temporary failure of the server", *failure)
			}
		})
	}
}

func TestSendInterrupted(t *testing.T) {
	tests := map[string]func(t *testing.T, interrupt func()) Config{
		"at EHLO": func(t *testing.T, interrupt func()) Config {
			l := silent(t)
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				if play(conn, "220 hi\nC: EHLO") == nil {
					interrupt()
				}
			}()
			return plainConfig(l)
		},
		"at RCPT": func(t *testing.T, interrupt func()) Config {
			return plainConfig(startServer(t, &server{onRcpt: func() error {
				interrupt()
				return errors.New("too late")
			}}, nil, false).listener)
		},
	}
	for name, start := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			c := start(t, func() {
				cancel()
				<-t.Context().Done() // until the test ends
			})
			_, err := newClient(t, c).Send(ctx, compose(t, delivery()))
			failure, ok := errors.AsType[*Failure](err)
			if !ok || failure.Permanent || failure.Server || !strings.Contains(failure.Reply, "interrupted") {
				t.Errorf("%v; want a temporary failure, not of the server, that says that it was interrupted", err)
			}
		})
	}
}

func TestAuthentication(t *testing.T) {
	ca := newAuthority(t)
	all := []string{sasl.OAuthBearer, sasl.Login, sasl.Plain}
	tests := []struct {
		offered []string
		auth    string
		want    string
	}{
		{all, AuthPlain, sasl.Plain},
		{all, AuthLogin, sasl.Login},
		{all, AuthOAuthBearer, sasl.OAuthBearer},
		{all, "", sasl.Plain},
		{[]string{sasl.Login}, "", sasl.Login},
		{[]string{sasl.OAuthBearer}, "", sasl.OAuthBearer},
	}
	for _, tt := range tests {
		t.Run(tt.want+" by "+tt.auth, func(t *testing.T) {
			s := startServer(t, &server{mechanisms: tt.offered}, ca.server(t), false)
			c := s.config(t)
			c.CAFile, c.Auth, c.Username, c.Password = ca.file(t), tt.auth, testUser, testPassword
			if _, err := newClient(t, c).Send(t.Context(), compose(t, delivery())); err != nil {
				t.Fatal(err)
			}
			if got := s.messages()[0].user; got != tt.want+" "+testUser {
				t.Errorf("signed in by %q, want %s", got, tt.want)
			}

			c.Password = "wrong-" + testPassword
			failure := sendFails(t, c)
			if failure.Permanent || !failure.Server || strings.Contains(failure.Reply, testPassword) {
				t.Errorf("with a wrong password: %+v", *failure)
			}
		})
	}
}

func TestAuthenticationImpossible(t *testing.T) {
	ca := newAuthority(t)
	tests := []struct {
		name    string
		offered []string
		change  func(*Config)
		says    string
	}{
		{"none offered", nil, func(*Config) {}, "does not offer to sign in"},
		{"another one offered", []string{sasl.Login}, func(c *Config) { c.Auth = AuthPlain }, "does not offer to sign in"},
		{"wanted by the server only", []string{sasl.Plain}, func(c *Config) { c.Username, c.Password = "", "" },
			"530 5.7.0 Authentication required"},
		{"switched off", []string{sasl.Plain}, func(c *Config) { c.Auth = AuthNone }, "530 5.7.0 Authentication required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startServer(t, &server{mechanisms: tt.offered}, ca.server(t), false)
			c := s.config(t)
			c.CAFile, c.Username, c.Password = ca.file(t), testUser, testPassword
			tt.change(&c)
			failure := sendFails(t, c)
			if failure.Permanent || !failure.Server || !strings.Contains(failure.Reply, tt.says) {
				t.Errorf("%+v; want a temporary failure of the server that says %q", *failure, tt.says)
			}
		})
	}
}

func TestKeepsConnection(t *testing.T) {
	refuse := smtpError(550, smtp.EnhancedCode{5, 1, 1}, "No such user")
	calls := 0
	s := startServer(t, &server{onRcpt: func() error {
		if calls++; calls == 2 {
			return refuse()
		}
		return nil
	}}, nil, false)
	client := newClient(t, plainConfig(s.listener))
	m := compose(t, delivery())
	for i, wantErr := range []bool{false, true, false} { // a refusal leaves the connection usable
		if _, err := client.Send(t.Context(), m); (err != nil) != wantErr {
			t.Errorf("message %d: %v", i+1, err)
		}
	}
	if n, got := s.listener.connections(), len(s.messages()); n != 1 || got != 2 {
		t.Errorf("%d connections for %d messages, want 1 for 2", n, got)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if _, err := client.Send(t.Context(), m); err != nil {
		t.Errorf("after Close: %v", err)
	}
	if n := s.listener.connections(); n != 2 {
		t.Errorf("%d connections, want a second one after Close", n)
	}
}

// A refused transaction is ended before the next one begins on the same connection (RFC 5321, 4.1.1.5).
func TestResetsAfterRefusal(t *testing.T) {
	l := startScript(t, "220 hi\nC: EHLO\n250 hello\n"+
		"C: MAIL\n250 ok\nC: RCPT\n550 5.1.1 No such user\nC: RSET\n250 ok\nC: EHLO\n250 hello\n"+
		"C: MAIL\n250 ok\nC: RCPT\n250 ok\nC: DATA\n354 go\nC: .\n250 taken\n")
	client := newClient(t, plainConfig(l))
	sendFailsOn(t, client)
	if reply, err := client.Send(t.Context(), compose(t, delivery())); err != nil || reply != "250 taken" {
		t.Errorf("%q, %v", reply, err)
	}
}

func TestReopensBrokenConnection(t *testing.T) {
	s := startServer(t, &server{}, nil, false)
	client := newClient(t, plainConfig(s.listener))
	m := compose(t, delivery())
	for range 2 {
		if _, err := client.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		s.listener.hangUp()
	}
	if n, got := s.listener.connections(), len(s.messages()); n != 2 || got != 2 {
		t.Errorf("%d connections for %d messages", n, got)
	}
}

// A server that says goodbye while the connection is idle is one more way to find it broken.
func TestReopensClosingConnection(t *testing.T) {
	l := startScript(t, "220 hi\nC: EHLO\n250 hello\n"+
		"C: MAIL\n250 ok\nC: RCPT\n250 ok\nC: DATA\n354 go\nC: .\n250 taken\n"+
		"C: MAIL\n421 4.4.2 Idle for too long")
	client := newClient(t, plainConfig(l))
	for range 2 {
		if reply, err := client.Send(t.Context(), compose(t, delivery())); err != nil || reply != "250 taken" {
			t.Errorf("%q, %v", reply, err)
		}
	}
}

// toDATA plays a server up to the reply to the message.
const toDATA = "220 hi\nC: EHLO\n250 hello\nC: MAIL\n250 ok\nC: RCPT\n250 ok\nC: DATA\n354 go\nC: .\n"

func TestReplies(t *testing.T) {
	tests := []struct{ name, server, want string }{
		{"one line", "250 2.0.0 Ok: queued as 4F2C1", "250 2.0.0 Ok: queued as 4F2C1"},
		{"several lines", "250-2.0.0 taken\n250-2.0.0  as\n250 2.0.0 4F2C1", "250 2.0.0 taken as 4F2C1"},
		{"control characters", "250 2.0.0 \x1b[31mred\x07", "250 2.0.0 <U+001B>[31mred<U+0007>"},
		{"the link", "250 saw " + testLink, "250 saw https://rekey.example.com/s/[removed]"},
		{"the code in lower case", "250 saw " + strings.ToLower(testCode), "250 saw [removed]"},
		{"the code without hyphens", "250 saw " + strings.ReplaceAll(testCode, "-", "") + ".", "250 saw [removed]."},
		{"the code over lines", "250-saw 0000-0G2H-7KQW=\n250 -M3TZ-9ABC-DEFG here", "250 saw [removed] here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(t, plainConfig(startScript(t, toDATA+tt.server)))
			got, err := client.Send(t.Context(), compose(t, delivery()))
			if err != nil || got != tt.want {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestRefusalHoldsNoSecret(t *testing.T) {
	failure := sendFails(t, plainConfig(startScript(t, toDATA+"550-5.7.1 Bad link:\n550 5.7.1 "+testLink)))
	if want := "550 5.7.1 Bad link: https://rekey.example.com/s/[removed]"; failure.Reply != want || !failure.Permanent {
		t.Errorf("permanent %v, %q; want %q", failure.Permanent, failure.Reply, want)
	}
}

func TestRepliesHoldNoPassword(t *testing.T) {
	c := Config{Host: "mail.example.com", Username: testUser, Password: testPassword}
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, echo := range []string{
		testPassword,
		encode(testPassword),
		"AUTH PLAIN " + encode("\x00"+testUser+"\x00"+testPassword),
		"AUTH OAUTHBEARER " + encode(c.bearerResponse()),
	} {
		got := c.secrets(Message{}).clean("500 5.5.2 Cannot read " + echo)
		if !strings.HasSuffix(got, redacted) || strings.Contains(got, testPassword) {
			t.Errorf("%q", got)
		}
	}
}

func TestClientKeepsPasswordOutOfLogs(t *testing.T) {
	client := newClient(t, Config{Host: "mail.example.com", Username: testUser, Password: testPassword})
	holder := struct{ client Client }{*client}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{client, *client, holder, NewCourier(nil, client, Options{})} {
			got := fmt.Sprintf(verb, value)
			if strings.Contains(got, testPassword) || strings.Contains(got, fmt.Sprintf("%x", testPassword)) {
				t.Errorf("%s prints %T as %s", verb, value, got)
			}
		}
	}
}

func TestReplyIsBounded(t *testing.T) {
	got := []rune(Config{}.secrets(Message{}).clean("250 " + strings.Repeat("長", 3000)))
	if len(got) != maxReply || got[maxReply-1] != '…' {
		t.Errorf("%d characters, the last of them %q", len(got), got[len(got)-1])
	}
}
