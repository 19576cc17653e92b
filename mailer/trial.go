package mailer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-smtp"

	"rekey/account"
	"rekey/member"
)

// Trial is a test mail: it says what it is, and holds no link.
type Trial struct {
	Settings account.Settings
	To       string
	Host     string // from where it comes; may be empty
	Zone     *time.Location
}

// Compose makes the message, in the language of the settings. Addresses that no mail can go to or come from are refused
// with *account.Error.
func (t Trial) Compose(now time.Time) (Message, error) {
	if err := checkSender(t.Settings.Sender); err != nil {
		return Message{}, err
	}
	if err := checkAddressee(t.To, "Name another address for the test mail."); err != nil {
		return Message{}, err
	}
	f := newFacts(t.Settings, t.To)
	f.now, f.host = account.FormatTime(now, zoneOf(t.Zone)), member.Clean(t.Host)
	w := wordingIn(t.Settings.Language)
	l := newLetter(w, f)
	l.body = w.test(f)
	return finish(account.Delivery{Settings: t.Settings, Mail: account.Mail{To: t.To, Created: now, Sending: 1}}, l, now)
}

// Try hands a message to the server at once, outside of the outbox, gives the server's reply, and hangs up. Every error
// is an *account.Error that says how far it came.
func (c *Client) Try(ctx context.Context, m Message) (reply string, err error) {
	defer c.Close()
	reply, err = c.Send(ctx, m)
	return reply, explained(err)
}

// Check connects to the server, brings up TLS and signs in, as the configuration says, and hangs up: all that comes
// before a mail. It takes at most Config.Timeout. Every error is an *account.Error that says how far it came.
func (c *Client) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.config().Timeout)
	defer cancel()
	conn, err := c.connect(ctx)
	if err != nil {
		return explained(c.failure(ctx, Message{}, &sessionError{err}))
	}
	c.kept = conn
	return c.Close()
}

// stage is how far a try had come when it failed.
type stage uint8

const (
	stageMail    stage = iota // the transaction of the mail
	stageReach                // before any of the others: the connection and the server's greeting
	stageTLS                  // TLS
	stageSigning              // authentication
)

// stageError is a failure at another stage than the mail.
type stageError struct {
	stage stage
	err   error
}

func (e *stageError) Error() string { return e.err.Error() }
func (e *stageError) Unwrap() error { return e.err }

// at says at which stage err happened; a stage that was said before stands.
func at(s stage, err error) error {
	if _, said := errors.AsType[*stageError](err); err == nil || said {
		return err
	}
	return &stageError{s, err}
}

func stageOf(err error) stage {
	if session, ok := errors.AsType[*sessionError](err); ok {
		err = session.err
	}
	if staged, ok := errors.AsType[*stageError](err); ok {
		return staged.stage
	}
	if answer, ok := errors.AsType[*smtp.SMTPError](err); ok && aboutSignIn(answer) {
		return stageSigning // asked for only now
	}
	return stageMail
}

// explained says in sentences what a *Failure means for the configuration.
func explained(err error) error {
	failed, ok := errors.AsType[*Failure](err)
	if !ok {
		return err
	}
	what, hint := failed.stage.explain()
	return &account.Error{Code: account.CodeInvalid, Message: fmt.Sprintf("%s (%s).", what, failed.Reply), Hint: hint}
}

// explain says what a failure at this stage means, and what to do next.
func (s stage) explain() (what, hint string) {
	switch s {
	case stageReach:
		return "There is no connection to the mail server",
			"Check mail.host, mail.port and mail.security in rekey.toml, and whether a firewall is in between."
	case stageTLS:
		return "The connection to the mail server cannot be secured",
			"Check mail.security and mail.port, and that mail.host is the name in the server's certificate; " +
				"mail.ca_file names an authority of your own."
	case stageSigning:
		return "The mail server does not let rekey sign in",
			"Check mail.username, mail.password and mail.auth in rekey.toml, and REKEY_MAIL_PASSWORD."
	}
	return "The mail server did not take the mail",
		"Check the address, the sender in the settings, and from whom the server takes mail."
}
