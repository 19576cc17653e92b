package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The account with which rekey signs in to Postfix.
const (
	postfixUser     = "rekey@mail.example.net"
	postfixPassword = "correct horse battery"
)

// The members' mailboxes. No other address is known.
const (
	misaki = "misaki.yoshino2@example.com"
	renee  = "renee.dupont5@example.com"
)

// postfix is a real Postfix on loopback, an instance of its own: nothing of the system's is read or written, and no mail
// leaves it.
type postfix struct {
	t    *testing.T
	dir  string
	port map[string]string // of each service
	log  *mailLog
}

// service is one port of Postfix: what is special about it, as parameters of smtpd.
type service map[string]string

// postfixConfig is the main.cf of the instance, but for its first lines. instance is the directory.
const postfixConfig = `
compatibility_level = 3.6
queue_directory = $instance/queue
data_directory = $instance/data
maillog_file = /dev/stdout
anvil_rate_time_unit = 1d
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.net
mynetworks =
mydestination =
default_transport = error:no mail leaves this host
alias_maps =
alias_database =
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0

# As for a host that hands its mail in: over TLS, signed in, or not at all.
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = $instance/valid.pem
smtpd_tls_received_header = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_authenticated_header = yes
cyrus_sasl_config_path = $instance/config/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject

# Mail for the members goes to a maildir each.
virtual_mailbox_domains = example.com, example.jp
virtual_mailbox_base = $instance/mail
`

// postfixServices is the master.cf of the instance, but for the ports. Nothing of it sends mail to other hosts.
const postfixServices = `
cleanup  unix       n - n -     0 cleanup
qmgr     unix       n - n 300   1 qmgr
tlsmgr   unix       - - n 1000? 1 tlsmgr
rewrite  unix       - - n -     - trivial-rewrite
bounce   unix       - - n -     0 bounce
defer    unix       - - n -     0 bounce
proxymap unix       - - n -     - proxymap
error    unix       - - n -     - error
retry    unix       - - n -     - error
virtual  unix       - n n -     - virtual
anvil    unix       - - n -     1 anvil
postlog  unix-dgram n - n -     1 postlogd
`

// The SASL library looks passwords up in a file of its own.
const saslConfig = `
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
sasldb_path: %s/sasldb
`

// startPostfix starts Postfix with a port for each service, or skips the test where that cannot be. It ends with the
// test.
func startPostfix(t *testing.T, services map[string]service) *postfix {
	t.Helper()
	if testing.Short() {
		t.Skip("starts Postfix")
	}
	program, saslpasswd := tool(t, "postfix"), tool(t, "saslpasswd2")
	if os.Geteuid() != 0 {
		t.Skip("only root can start Postfix: mails were not tried with it")
	}
	s := &postfix{t: t, log: newMailLog()}
	s.makeDirectories()
	s.makeCertificates()
	s.addAccount(saslpasswd)
	s.configure(services)
	s.run(program)
	return s
}

// postfixDirectories are what an instance consists of, and who owns what.
var postfixDirectories = map[string]string{
	".": "root", "config": "root", "config/sasl": "root", "data": "postfix", "mail": "nobody",
	"queue": "root", "queue/pid": "root", "queue/private": "postfix", "queue/public": "postfix",
	"queue/incoming": "postfix", "queue/active": "postfix", "queue/deferred": "postfix", "queue/hold": "postfix",
	"queue/corrupt": "postfix", "queue/bounce": "postfix", "queue/defer": "postfix", "queue/trace": "postfix",
}

// makeDirectories makes the instance's directory, where Postfix's own user can reach it.
func (s *postfix) makeDirectories() {
	s.t.Helper()
	dir, err := os.MkdirTemp("", "rekey-postfix-")
	if err != nil {
		s.t.Fatal(err)
	}
	s.dir = dir
	s.t.Cleanup(func() { os.RemoveAll(dir) })
	for name, owner := range postfixDirectories {
		err := os.MkdirAll(s.path(name), 0o755)
		if err := errors.Join(err, os.Chmod(s.path(name), 0o755)); err != nil { // whatever the umask is
			s.t.Fatal(err)
		}
		s.own(name, owner)
	}
	s.write("queue/quick-start", "", 0o600) // the directories are there: Postfix need not look
}

func (s *postfix) path(name string) string { return filepath.Join(s.dir, name) }

// own gives a file or a directory of the instance to a user.
func (s *postfix) own(name, owner string) {
	s.t.Helper()
	uid, gid := idsOf(s.t, owner)
	if err := os.Chown(s.path(name), uid, gid); err != nil {
		s.t.Fatal(err)
	}
}

// idsOf gives the numbers of a user and its group.
func idsOf(t *testing.T, name string) (uid, gid int) {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, wrongUser := strconv.Atoi(u.Uid)
	gid, wrongGroup := strconv.Atoi(u.Gid)
	if err := errors.Join(wrongUser, wrongGroup); err != nil {
		t.Fatal(err)
	}
	return uid, gid
}

// write makes a file, readable as mode says whatever the umask is.
func (s *postfix) write(name, text string, mode os.FileMode) {
	s.t.Helper()
	err := os.WriteFile(s.path(name), []byte(text), mode)
	if err := errors.Join(err, os.Chmod(s.path(name), mode)); err != nil {
		s.t.Fatal(err)
	}
}

// makeCertificates makes an authority, and the certificates that a service can show: valid, and wrong in some way.
func (s *postfix) makeCertificates() {
	s.t.Helper()
	ca, now := newMailAuthority(s.t), time.Now()
	issue := func(name, address string, from, until time.Duration) {
		s.write(name, ca.issue(s.t, address, now.Add(from), now.Add(until)), 0o600)
	}
	s.write("ca.pem", ca.text(), 0o644)
	issue("valid.pem", "127.0.0.1", -time.Hour, time.Hour)
	issue("other.pem", "127.0.0.2", -time.Hour, time.Hour)
	issue("expired.pem", "127.0.0.1", -48*time.Hour, -24*time.Hour)
	issue("early.pem", "127.0.0.1", 24*time.Hour, 48*time.Hour)
}

// addAccount makes the account for SASL. Its password goes over a pipe.
func (s *postfix) addAccount(saslpasswd string) {
	s.t.Helper()
	s.write("config/sasl/smtpd.conf", fmt.Sprintf(saslConfig, s.dir), 0o644)
	name, realm, _ := strings.Cut(postfixUser, "@")
	add := exec.CommandContext(s.t.Context(), saslpasswd, "-p", "-c", "-f", s.path("sasldb"), "-u", realm, name)
	add.Stdin = strings.NewReader(postfixPassword)
	if out, err := add.CombinedOutput(); err != nil {
		s.t.Fatalf("saslpasswd2: %v\n%s", err, out)
	}
	s.own("sasldb", "postfix")
}

// configure writes main.cf and master.cf, with a free port for each service.
func (s *postfix) configure(services map[string]service) {
	s.t.Helper()
	uid, gid := idsOf(s.t, "nobody")
	first := fmt.Sprintf("instance = %s\nvirtual_mailbox_maps = inline:{ {%[2]s = %[2]s/}, {%[3]s = %[3]s/} }\n"+
		"virtual_uid_maps = static:%[4]d\nvirtual_gid_maps = static:%[5]d\n", s.dir, misaki, renee, uid, gid)
	s.write("config/main.cf", first+postfixConfig, 0o644)
	s.port = freePorts(s.t, services)
	var master strings.Builder
	for name, parameters := range services {
		fmt.Fprintf(&master, "127.0.0.1:%s inet n - n - - smtpd -o { syslog_name = postfix/%s }\n", s.port[name], name)
		for parameter, value := range parameters {
			fmt.Fprintf(&master, "    -o { %s = %s }\n", parameter, value)
		}
	}
	s.write("config/master.cf", master.String()+postfixServices, 0o644)
}

// freePorts gives each service a port of loopback that was free a moment ago.
func freePorts(t *testing.T, services map[string]service) map[string]string {
	t.Helper()
	ports := map[string]string{}
	for name := range services {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close() // all at the end, so that no two are the same
		ports[name] = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// run starts Postfix and waits until it says that it has its ports.
func (s *postfix) run(program string) {
	s.t.Helper()
	config := s.path("config")
	start := exec.Command(program, "-c", config, "start-fg") // outlives the test's context: abort ends all its processes
	start.Stdout, start.Stderr = s.log, s.log
	if err := start.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- start.Wait()
		s.log.close()
	}()
	s.t.Cleanup(func() {
		if out, err := exec.Command(program, "-c", config, "abort").CombinedOutput(); err != nil {
			s.t.Errorf("Postfix does not end: %v\n%s", err, out)
			start.Process.Kill()
		}
		<-ended // all its processes have let go of the log
		if s.t.Failed() {
			s.t.Logf("Postfix:\n%s", s.log.text())
		}
	})
	s.log.until(s.t, `: daemon started `)
}

// env leads rekey to a service, with STARTTLS and a password.
func (s *postfix) env(name string) []string {
	return []string{"REKEY_MAIL_HOST=127.0.0.1", "REKEY_MAIL_PORT=" + s.port[name], "REKEY_MAIL_SECURITY=starttls",
		"REKEY_MAIL_USERNAME=" + postfixUser, "REKEY_MAIL_PASSWORD=" + postfixPassword,
		"REKEY_MAIL_CA_FILE=" + s.path("ca.pem")}
}

var queuedAs = regexp.MustCompile(`^250 2\.0\.0 Ok: queued as (\w+)$`)

// delivered waits until Postfix is done with a mail that it took with this reply.
func (s *postfix) delivered(reply string) {
	s.t.Helper()
	found := queuedAs.FindStringSubmatch(reply)
	if found == nil {
		s.t.Fatalf("this is no reply with which Postfix takes a mail: %q", reply)
	}
	s.log.until(s.t, `: `+found[1]+`: removed`)
}

// take takes the mails that have arrived out of a mailbox.
func (s *postfix) take(address string) []letter {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.path("mail"), address, "new", "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	var mails []letter
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err := errors.Join(err, os.Remove(file)); err != nil {
			s.t.Fatal(err)
		}
		mails = append(mails, readLetter(s.t, text))
	}
	return mails
}

// takeOne takes the only mail that has arrived out of a mailbox.
func (s *postfix) takeOne(address string) letter {
	s.t.Helper()
	mails := s.take(address)
	if len(mails) != 1 {
		s.t.Fatalf("%d mails have arrived for %s, want 1", len(mails), address)
	}
	return mails[0]
}

// mailLog is what Postfix logs, line by line.
type mailLog struct {
	mu    sync.Mutex
	said  bytes.Buffer
	more  chan struct{} // closed when something is added
	ended bool
}

func newMailLog() *mailLog { return &mailLog{more: make(chan struct{})} }

func (l *mailLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.said.Write(p)
}

func (l *mailLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	close(l.more)
	l.more = make(chan struct{})
}

func (l *mailLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String()
}

// until waits until a line of the log matches a pattern.
func (l *mailLog) until(t *testing.T, pattern string) {
	t.Helper()
	wanted := regexp.MustCompile(pattern)
	timeout := time.After(patience)
	for {
		l.mu.Lock()
		found, ended, more := wanted.Match(l.said.Bytes()), l.ended, l.more
		l.mu.Unlock()
		if found {
			return
		}
		if ended {
			t.Fatalf("Postfix has ended without a line %q:\n%s", pattern, l.text())
		}
		select {
		case <-more:
		case <-timeout:
			t.Fatalf("Postfix logs no line %q:\n%s", pattern, l.text())
		}
	}
}

// mailAuthority is a certificate authority of a small organisation's own.
type mailAuthority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newMailAuthority(t *testing.T) mailAuthority {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example CA"},
		NotBefore: time.Now().Add(-72 * time.Hour), NotAfter: time.Now().Add(72 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return mailAuthority{certificate, key}
}

// text is the authority's certificate.
func (a mailAuthority) text() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
}

// issue gives a key, and a certificate for an address and a time.
func (a mailAuthority) issue(t *testing.T, address string, from, until time.Time) string {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.ParseIP(address)},
		NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// policy is a service that Postfix asks about each recipient, in the way of greylisting services (SMTPD_POLICY_README).
type policy struct {
	listener net.Listener
	decide   func(asked map[string]string) (action string)

	mu    sync.Mutex
	asked []map[string]string
}

// startPolicy answers Postfix until the test ends.
func startPolicy(t *testing.T, decide func(map[string]string) string) *policy {
	t.Helper()
	p := &policy{decide: decide}
	p.listener = serveConnections(t, p.answer)
	return p
}

// parameter is how Postfix is told of the service.
func (p *policy) parameter() string { return "check_policy_service inet:" + p.listener.Addr().String() }

func (p *policy) answer(conn net.Conn) {
	asked := map[string]string{}
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok {
			asked[name] = value
			continue
		}
		p.mu.Lock()
		p.asked = append(p.asked, asked)
		action := p.decide(asked)
		p.mu.Unlock()
		fmt.Fprintf(conn, "action=%s\n\n", action)
		asked = map[string]string{}
	}
}

// questions gives what Postfix has asked so far.
func (p *policy) questions() []map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// contentFilter stands between two services of Postfix, as a virus scanner does (SMTPD_PROXY_README), and can hang when it
// has the whole mail.
type contentFilter struct {
	listener net.Listener
	behind   func() string // the address of the service to which mails are handed on

	mode atomic.Int32
	held chan string // gets, for each mail at which it hangs, the reply that it does not pass on; empty: there is none
}

// What a filter does with the next mails.
const (
	passing    = iota
	swallowing // hangs with the mail in its hands
	muffling   // hands the mail on, and hangs instead of passing the reply
)

// startFilter filters until the test ends.
func startFilter(t *testing.T, behind func() string) *contentFilter {
	t.Helper()
	f := &contentFilter{behind: behind, held: make(chan string, 10)}
	f.listener = serveConnections(t, f.filter)
	return f
}

func (f *contentFilter) address() string { return f.listener.Addr().String() }

func (f *contentFilter) filter(front net.Conn) {
	mode := f.mode.Load()
	back, err := net.Dial("tcp", f.behind())
	if err != nil {
		return
	}
	defer back.Close()
	var hangs atomic.Bool
	go func() {
		defer front.Close()
		eachLine(back, func(reply string) error {
			if hangs.Load() {
				f.held <- strings.TrimSpace(reply)
				return nil
			}
			_, err := io.WriteString(front, reply)
			return err
		})
	}()
	eachLine(front, func(line string) error {
		if line == ".\r\n" && mode != passing {
			hangs.Store(true)
			if mode == swallowing {
				f.held <- ""
				return nil
			}
		}
		_, err := io.WriteString(back, line)
		return err
	})
}

// eachLine hands on each line of a connection, until its end or an error.
func eachLine(conn net.Conn, hand func(line string) error) {
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil || hand(line) != nil {
			return
		}
	}
}

// serveConnections listens on loopback, and serves each connection until the test ends.
func serveConnections(t *testing.T, serve func(net.Conn)) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	t.Cleanup(func() { listener.Close() })
	return listener
}
