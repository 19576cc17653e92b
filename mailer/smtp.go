package mailer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// quitTimeout bounds the farewell to the server, on which nothing depends.
const quitTimeout = 2 * time.Second

// Client hands messages to one mail server. It keeps its connection from one message to the next, until Close. It is
// not for concurrent use.
type Client struct {
	config func() Config // holds the password: fmt prints what fields hold, but no results of functions
	tls    *tls.Config
	kept   *connection // nil: none
}

// connection is an open one, past TLS and authentication.
type connection struct {
	*smtp.Client
	raw net.Conn // closing it ends whatever waits on the connection
}

// NewClient makes a client for a mail server, without connecting to it. It refuses what Config.Validate refuses.
func NewClient(config Config) (*Client, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	tlsConfig, err := config.tlsConfig()
	if err != nil {
		return nil, err
	}
	return &Client{config: func() Config { return config }, tls: tlsConfig}, nil
}

// Send hands a message to the server and gives its reply, such as "250 2.0.0 OK: queued". It takes at most
// Config.Timeout. Every error is a *Failure; it is permanent only if the server answered a command of this message's
// transaction with a 5xx code.
func (c *Client) Send(ctx context.Context, m Message) (reply string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.config().Timeout)
	defer cancel()
	reply, err = c.send(ctx, m)
	if err != nil {
		return "", c.failure(ctx, m, err)
	}
	return c.config().secrets(m).clean(reply), nil
}

// failure says what became of a try to send m.
func (c *Client) failure(ctx context.Context, m Message, err error) *Failure {
	interrupted := errors.Is(ctx.Err(), context.Canceled)
	return &Failure{
		Permanent: permanent(err),
		Server:    aboutServer(err) && !interrupted,
		Reply:     c.config().secrets(m).clean(c.explain(ctx, err)),
		stage:     stageOf(err),
	}
}

// send uses the kept connection first. Servers close those that are idle, so one that turns out to be broken before
// the message was handed over is replaced once.
func (c *Client) send(ctx context.Context, m Message) (string, error) {
	if kept := c.kept; kept != nil {
		reply, err := c.transact(ctx, kept, m)
		if err == nil || !stale(err) || ctx.Err() != nil {
			return reply, err
		}
	}
	fresh, err := c.connect(ctx)
	if err != nil {
		return "", &sessionError{err}
	}
	return c.transact(ctx, fresh, m)
}

// Close ends the kept connection, if there is one.
func (c *Client) Close() error {
	if c.kept == nil {
		return nil
	}
	kept := c.kept
	c.kept = nil
	kept.CommandTimeout = quitTimeout
	if err := kept.Quit(); err != nil {
		return kept.raw.Close()
	}
	return nil
}

// transact hands m over on conn, and keeps conn if it is ready for another message. A connection in any other state,
// also after a panic, is closed: a command on it could end up in a message.
func (c *Client) transact(ctx context.Context, conn *connection, m Message) (string, error) {
	c.kept = nil
	usable := false
	stop := closeWith(ctx, conn.raw)
	defer func() {
		if stop() && usable {
			c.kept = conn
		} else {
			conn.raw.Close()
		}
	}()
	reply, err := conn.deliver(m)
	answer, answered := errors.AsType[*smtp.SMTPError](err)
	usable = err == nil || answered && answer.Code != codeClosing && conn.Reset() == nil
	return reply, err
}

// codeClosing is the reply after which the server closes the connection (RFC 5321, 3.8).
const codeClosing = 421

// closeWith closes a connection when ctx ends, and with that ends whatever waits on it. stop reports whether that has
// not happened.
func closeWith(ctx context.Context, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { conn.Close() })
}

// errOutcomeUnknown says that the connection broke between the end of the message and the server's reply to it.
var errOutcomeUnknown = errors.New("the connection broke before the mail was confirmed. " +
	"It may have arrived; it is sent again under the same Message-ID")

// deliver runs one mail transaction (RFC 5321, 3.3) and gives the reply to the end of the data.
func (c *connection) deliver(m Message) (string, error) {
	if err := c.Mail(m.From, &smtp.MailOptions{Size: int64(len(m.Data))}); err != nil {
		return "", err
	}
	if err := c.Rcpt(m.To, nil); err != nil {
		return "", err
	}
	data, err := c.Data()
	if err != nil {
		return "", err
	}
	if _, err := data.Write(m.Data); err != nil {
		return "", err
	}
	response, err := data.CloseWithResponse()
	if err != nil {
		if _, answered := errors.AsType[*smtp.SMTPError](err); answered {
			return "", err
		}
		return "", errOutcomeUnknown
	}
	return joinReply(250, response.StatusText), nil
}

// connect opens a connection on which mail may be sent.
func (c *Client) connect(ctx context.Context) (*connection, error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", c.config().address())
	if err != nil {
		return nil, at(stageReach, err)
	}
	stop := closeWith(ctx, raw)
	client, err := c.greet(ctx, raw)
	if err == nil && c.config().authenticates() {
		err = at(stageSigning, c.authenticate(client))
	}
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		raw.Close()
		return nil, at(stageReach, err)
	}
	return &connection{client, raw}, nil
}

// greet brings a fresh connection to where mail or, over TLS, a password may be sent.
func (c *Client) greet(ctx context.Context, raw net.Conn) (*smtp.Client, error) {
	switch c.config().Security {
	case SecurityTLS:
		secure, err := c.handshake(ctx, raw)
		if err != nil {
			return nil, err
		}
		return c.hello(smtp.NewClient(secure), raw)
	case SecurityNone:
		if !c.config().AllowPlaintext && !isLoopbackAddress(raw.RemoteAddr()) {
			return nil, at(stageTLS, errNotLoopback)
		}
		return c.hello(smtp.NewClient(raw), raw)
	}
	return c.startTLS(ctx, raw)
}

var (
	errNotLoopback = errors.New("its name leads to another host, to which mail is not sent in plain text")
	errNoStartTLS  = errors.New("the server does not offer STARTTLS, and mail is not sent in plain text")
	errNoAuth      = errors.New("the server does not offer to sign in in the way that is configured")
)

func isLoopbackAddress(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// hello introduces this host, by its name or else by its address (RFC 5321, 4.1.4).
func (c *Client) hello(client *smtp.Client, raw net.Conn) (*smtp.Client, error) {
	config := c.config()
	client.CommandTimeout, client.SubmissionTimeout = config.Timeout, config.Timeout
	name := config.LocalName
	if tcp, ok := raw.LocalAddr().(*net.TCPAddr); ok && name == "" {
		name = addressLiteral(tcp.IP)
	}
	return client, client.Hello(name)
}

func addressLiteral(ip net.IP) string {
	if ip.To4() != nil {
		return "[" + ip.String() + "]"
	}
	return "[IPv6:" + ip.String() + "]"
}

// startTLS greets in plain text, upgrades the connection and greets again (RFC 3207, 4.2).
//
// It does so without smtp.NewClientStartTLS, which greets as "localhost", which strict servers refuse, and which does
// not tell by the kind of its error that the server offers no STARTTLS.
func (c *Client) startTLS(ctx context.Context, raw net.Conn) (*smtp.Client, error) {
	plain, err := c.hello(smtp.NewClient(raw), raw)
	if err != nil {
		return nil, err
	}
	if offered, _ := plain.Extension("STARTTLS"); !offered {
		return nil, at(stageTLS, errNoStartTLS)
	}
	if err := command(raw, 220, "STARTTLS"); err != nil {
		return nil, at(stageTLS, err)
	}
	secure, err := c.handshake(ctx, raw)
	if err != nil {
		return nil, err
	}
	return c.hello(smtp.NewClient(greeted(secure)), raw)
}

// command sends one command outside of smtp.Client. What the server sent beyond its reply is lost with the buffer, as
// RFC 3207, 5 wants it: an attacker could have put it there.
func command(conn net.Conn, want int, line string) error {
	text := textproto.NewConn(conn)
	if err := text.PrintfLine("%s", line); err != nil {
		return err
	}
	_, _, err := text.ReadResponse(want)
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return &smtp.SMTPError{Code: answer.Code, Message: answer.Msg}
	}
	return err
}

// greeted is a connection that smtp.Client can start on although the server has greeted already.
func greeted(conn net.Conn) net.Conn {
	return &greetedConn{conn, io.MultiReader(strings.NewReader("220 \r\n"), conn)}
}

type greetedConn struct {
	net.Conn
	reader io.Reader
}

func (c *greetedConn) Read(b []byte) (int, error) { return c.reader.Read(b) }

func (c *Client) handshake(ctx context.Context, raw net.Conn) (net.Conn, error) {
	secure := tls.Client(raw, c.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, at(stageTLS, fmt.Errorf("no TLS connection: %w", err))
	}
	return secure, nil
}

// authenticate signs in. Config.Validate has made sure that the connection is not plain text.
func (c *Client) authenticate(client *smtp.Client) error {
	for _, way := range c.authWays() {
		if client.SupportsAuth(way.mechanism) {
			if err := client.Auth(way.sasl); err != nil {
				return fmt.Errorf("signing in: %w", err)
			}
			return nil
		}
	}
	return errNoAuth
}

type authWay struct {
	name, mechanism string
	sasl            sasl.Client
}

// authWays lists the ways to sign in that the configuration allows, the best first.
func (c *Client) authWays() []authWay {
	config := c.config()
	all := []authWay{
		{AuthPlain, sasl.Plain, sasl.NewPlainClient("", config.Username, config.Password)},
		{AuthLogin, sasl.Login, sasl.NewLoginClient(config.Username, config.Password)},
		{AuthOAuthBearer, sasl.OAuthBearer, config.bearer()},
	}
	for _, way := range all {
		if way.name == config.Auth {
			return []authWay{way}
		}
	}
	return all
}

func (c Config) bearer() sasl.Client {
	return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{
		Username: c.Username, Token: c.Password, Host: c.Host, Port: c.Port,
	})
}

// bearerResponse is what the client sends first to sign in with OAUTHBEARER.
func (c Config) bearerResponse() string {
	_, response, _ := c.bearer().Start() // it has no way to fail
	return string(response)
}

// sessionError is a failure before the transaction began: about the server, not about the mail. It does not unwrap, so
// that no 5xx code in it is taken for the server's word on the mail.
type sessionError struct{ err error }

func (e *sessionError) Error() string { return e.err.Error() }

// stale reports whether err shows a connection that was dead before the message was handed over.
func stale(err error) bool {
	answer, answered := errors.AsType[*smtp.SMTPError](err)
	if answered {
		return answer.Code == codeClosing
	}
	return !errors.Is(err, errOutcomeUnknown)
}

// explain says to an admin why the mail was not taken: in the server's words where there are any.
func (c *Client) explain(ctx context.Context, err error) string {
	if session, ok := errors.AsType[*sessionError](err); ok {
		err = session.err
	}
	if answer, ok := errors.AsType[*smtp.SMTPError](err); ok {
		return replyOf(answer)
	}
	return c.config().address() + ": " + because(ctx, err)
}

func because(ctx context.Context, err error) string {
	_, untrusted := errors.AsType[x509.UnknownAuthorityError](err)
	network, isNetwork := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, errOutcomeUnknown):
		return errOutcomeUnknown.Error()
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "no answer in time"
	case ctx.Err() != nil:
		return "interrupted before the mail was handed over"
	case untrusted:
		return err.Error() + " (if that authority is your own, name its file in mail.ca_file)"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server hung up"
	case isNetwork && network.Op == "dial":
		return "no connection: " + network.Err.Error() // without the address, which is said already
	}
	return err.Error()
}
