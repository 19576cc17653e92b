package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"rekey/account"
	"rekey/mailer"
)

// prepared makes a demo's directory, and gives the variable that leads to it.
func prepared(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "d")
	output(t, "rekey", nil, "demo", "--dir", dir, "--members", "10", "--prepare")
	return dir, []string{"REKEY_DIR=" + dir}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// certificate writes a certificate for 127.0.0.1 and its key, and gives what trusts it.
func certificate(t *testing.T) (certFile, keyFile string, trusted *x509.CertPool) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trusted = x509.NewCertPool()
	trusted.AddCert(parsed)
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for path, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der},
		keyFile:  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile, trusted
}

// With a certificate the page is served over TLS, and its cookies and headers say so.
func TestServeOverTLS(t *testing.T) {
	t.Parallel()
	_, env := prepared(t)
	certFile, keyFile, trusted := certificate(t)
	s := serving(t, "rekey", env, "--tls-cert", certFile, "--tls-key", keyFile)
	base := "https" + strings.TrimPrefix(s.base, "http")
	v := newVisitor(t)
	v.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}
	in := v.post(base+"/login", url.Values{"way": {"email"}, "email": {"admin@example.com"}, "password": {demoPassword}})
	in.check(t, http.StatusOK, "admin@example.com")
	if in.header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to keep to TLS")
	}
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	if cookies := v.client.Jar.Cookies(at); len(cookies) == 0 || !strings.HasPrefix(cookies[0].Name, "__Host-") {
		t.Errorf("the cookies are %v", len(cookies))
	}
	newVisitor(t).get(s.base+"/healthz").check(t, http.StatusBadRequest)
	s.stop()
}

// SIGINT stops it as SIGTERM does; every other test of `rekey serve` sends that one.
func TestServeStopsOnInterrupt(t *testing.T) {
	t.Parallel()
	_, env := prepared(t)
	s := serving(t, "rekey", env)
	newVisitor(t).get(s.base+"/healthz").check(t, http.StatusOK, "ok")
	if err := s.command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	s.ending()
}

// A member asks for a link on the page, and the same process delivers it.
func TestServeDelivers(t *testing.T) {
	t.Parallel()
	_, env := prepared(t)
	mails, server := receiving(t)
	s := serving(t, "rekey", append(env, server...))
	v := newVisitor(t)
	v.post(s.base+"/forgot_password", url.Values{"email": {"renee.dupont5@example.com"}}).check(t, http.StatusOK)
	select {
	case mail := <-mails:
		link := linkPattern.Find(mail)
		if link == nil {
			t.Fatal("the mail holds no link")
		}
		code := link[bytes.LastIndexByte(link, '/')+1:]
		v.get(s.base+"/s/"+string(code)).check(t, http.StatusOK, "renee.dupont5@example.com", "Set password and login")
		if complaints := s.complaints(); len(complaints) > 0 {
			t.Errorf("the log complains of %q", complaints)
		}
		if strings.Contains(strings.Join(s.lines, "\n"), string(code)) {
			t.Error("the log holds the code")
		}
	case <-time.After(patience):
		t.Fatal("no mail is delivered")
	}
}

// receiving starts a mail server that hands on what it takes, and gives the variables that lead to it.
func receiving(t *testing.T) (mails <-chan []byte, env []string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	received := make(chan []byte, 10)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return receivingSession{refusingSession(""), received}, nil
	}))
	server.Domain = "localhost"
	server.ErrorLog = log.New(io.Discard, "", 0)
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return received, mailServerAt(listener)
}

// mailServerAt gives the variables that lead to a mail server.
func mailServerAt(listener net.Listener) []string {
	return []string{"REKEY_MAIL_HOST=127.0.0.1", "REKEY_MAIL_SECURITY=none",
		fmt.Sprintf("REKEY_MAIL_PORT=%d", listener.Addr().(*net.TCPAddr).Port)}
}

type receivingSession struct {
	refusingSession
	received chan<- []byte
}

func (receivingSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s receivingSession) Data(r io.Reader) error {
	mail, err := io.ReadAll(r)
	s.received <- mail
	return err
}

// What a page in service would not do as somebody expects is said on the log.
func TestWarnOfSettings(t *testing.T) {
	const plain, overTLS = "http://id.example.com", "https://id.example.com"
	for name, test := range map[string]struct {
		base, mail string
		secure     bool
		want       string // a part of the one warning; empty: none
	}{
		"plain, on this host":      {plain, "h", false, ""},
		"over TLS":                 {overTLS, "h", true, ""},
		"no mail server":           {overTLS, "", true, "mails wait in the outbox"},
		"links without TLS":        {plain, "h", true, "links begin with http,"},
		"a proxy that is not said": {overTLS, "h", false, "links begin with https,"},
	} {
		var out bytes.Buffer
		p := &program{config: config{BaseURL: test.base, Mail: mailer.Config{Host: test.mail}}}
		p.warnOfSettings(slog.New(slog.NewTextHandler(&out, nil)), test.secure)
		said, want := out.String(), 0
		if test.want != "" {
			want = 1
		}
		if strings.Count(said, "\n") != want || !strings.Contains(said, test.want) {
			t.Errorf("%s: the log says %q", name, said)
		}
	}
}

// A command waits for the courier of another process that was quicker, but not for ever.
func TestReportedWaitsForTheOtherCourier(t *testing.T) {
	t.Parallel()
	dir, _ := prepared(t)
	p := reopened(t, dir)
	admin := signedIn(t, p)
	ctx := t.Context()
	m, err := p.service.Find(ctx, "renee.dupont5@example.com")
	if err != nil {
		t.Fatal(err)
	}
	done, err := p.service.Reset(ctx, admin, m.ID, account.ReasonForgot)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := p.service.ClaimMailID(ctx, done.Mail.ID, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if mail, err := p.reported(over, done.Mail.ID); err != nil || mail.State != account.MailQueued {
		t.Errorf("without time to wait the mail is %v, %v", mail.State, err)
	}
	go func() {
		outcome := account.Outcome{State: account.MailAccepted, Reply: "250 taken"}
		if _, err := p.service.ServeMails(ctx, []account.Report{taken.Report(outcome)}, 0, 0); err != nil {
			t.Error(err)
		}
	}()
	if mail, err := p.reported(ctx, done.Mail.ID); err != nil || mail.State != account.MailAccepted {
		t.Errorf("the mail is %v, %v", mail.State, err)
	}
}
