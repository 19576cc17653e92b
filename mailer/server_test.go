package mailer

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// authority is a certificate authority of its own, as a small organisation may run one.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key}
}

// file writes the authority's certificate as Config.CAFile wants it.
func (a authority) file(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
	if err := os.WriteFile(name, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// server issues a certificate for 127.0.0.1, or for the names given instead.
func (a authority) server(t *testing.T, names ...string) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	if len(names) == 0 {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// received is a message as the server got it.
type received struct {
	from, to string
	data     []byte
	user     string // who was signed in
	secure   bool
	hello    string
}

// server is a real mail server on loopback. Its hooks inject faults; they must be set before it gets a connection.
type server struct {
	onMail, onRcpt func() error
	onData         func(*smtp.Conn) error // called when the data is read
	mechanisms     []string

	listener *countingListener
	smtp     *smtp.Server

	mu       sync.Mutex
	received []received
}

const (
	testUser     = "mailer@example.com"
	testPassword = "correct horse"
)

// startServer serves until the test ends. With tlsConfig it offers STARTTLS, or speaks TLS at once if implicit.
func startServer(t *testing.T, s *server, tlsConfig *tls.Config, implicit bool) *server {
	t.Helper()
	s.listener = &countingListener{Listener: listen(t)}
	s.smtp = smtp.NewServer(s)
	s.smtp.ErrorLog = log.New(io.Discard, "", 0)
	s.smtp.Domain = "mail.example.com"
	var l net.Listener = s.listener
	if implicit {
		l = tls.NewListener(l, tlsConfig)
	} else {
		s.smtp.TLSConfig = tlsConfig
	}
	done := make(chan error, 1)
	go func() { done <- s.smtp.Serve(l) }()
	t.Cleanup(func() {
		s.smtp.Close()
		l.Close()
		<-done
	})
	return s
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c}, nil
}

func (s *server) messages() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received
}

// config reaches the server, as starttls does unless the test says otherwise.
func (s *server) config(t *testing.T) Config { return configFor(s.listener.Listener) }

func configFor(l net.Listener) Config {
	return Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Timeout: 10 * time.Second}
}

// plainConfig reaches a server without TLS.
func plainConfig(l net.Listener) Config {
	c := configFor(l)
	c.Security = SecurityNone
	return c
}

type countingListener struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.mu.Lock()
		l.conns = append(l.conns, conn)
		l.mu.Unlock()
	}
	return conn, err
}

// connections counts those made so far.
func (l *countingListener) connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}

// hangUp breaks every connection.
func (l *countingListener) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.conns {
		conn.Close()
	}
}

type session struct {
	server   *server
	conn     *smtp.Conn
	user     string
	from, to string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	if len(s.server.mechanisms) > 0 && s.user == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	return call(s.server.onMail)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return call(s.server.onRcpt)
}

func call(hook func() error) error {
	if hook == nil {
		return nil
	}
	return hook()
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.server.onData != nil {
		if err := s.server.onData(s.conn); err != nil {
			return err
		}
	}
	_, secure := s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.received = append(s.server.received, received{s.from, s.to, data, s.user, secure, s.conn.Hostname()})
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", "" }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string { return s.server.mechanisms }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != testUser || password != testPassword {
			return smtp.ErrAuthFailed
		}
		s.user = mechanism + " " + user
		return nil
	}
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	case sasl.OAuthBearer:
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if check(o.Username, o.Token) != nil {
				return &sasl.OAuthBearerError{Status: "invalid_token"}
			}
			return nil
		}), nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// loginServer is the server's side of LOGIN for a client that sends the user name at once.
type loginServer struct {
	check func(user, password string) error
	user  string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if l.user == "" {
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// startScript serves each connection by a script, and then hangs up.
func startScript(t *testing.T, script string) net.Listener {
	t.Helper()
	l := listen(t)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if err := play(conn, script); err != nil {
				t.Error(err)
			}
			conn.Close()
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return l
}

// play speaks a script's lines. Those that start with "C: " tell how the client's next line must start, "C: ." stands
// for everything up to the end of the data, "C: ?" for one byte of anything; all others are sent.
func play(conn net.Conn, script string) error {
	in := bufio.NewReader(conn)
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		want, fromClient := strings.CutPrefix(line, "C: ")
		if !fromClient {
			if _, err := io.WriteString(conn, line+"\r\n"); err != nil {
				return err
			}
			continue
		}
		if want == "?" {
			if _, err := in.ReadByte(); err != nil {
				return err
			}
			continue
		}
		got, err := in.ReadString('\n')
		for want == "." && got != ".\r\n" && err == nil {
			got, err = in.ReadString('\n')
		}
		if errors.Is(err, io.EOF) || got == "QUIT\r\n" {
			return nil
		}
		if err != nil || !strings.HasPrefix(got, want) {
			return fmt.Errorf("the client sent %q, %v; want %q", got, err, want)
		}
	}
	return nil
}
