package mailer

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Limits on what a Catcher takes.
const (
	maxCaughtSize       = 10 << 20 // bytes of one message
	maxCaughtRecipients = 100
	catcherTimeout      = time.Minute // for one read or write
)

// Catcher is a mail server that delivers nothing: it keeps each message as a file, for a demo or a test of a
// configuration. It speaks plain SMTP without authentication, on loopback only.
type Catcher struct {
	dir      string
	server   *smtp.Server
	listener net.Listener
	done     chan error // gets Serve's answer

	mu   sync.Mutex
	last int // the number of the last message
}

// StartCatcher serves on l, which it closes if it refuses, and writes each message to dir as NNNN-RECIPIENT.eml, mode
// 0600. The numbers go on after those of the files that are there. A listener that other hosts can reach is refused.
func StartCatcher(l net.Listener, dir string) (*Catcher, error) {
	c, err := newCatcher(l, dir)
	if err != nil {
		l.Close()
		return nil, err
	}
	go func() { c.done <- c.server.Serve(l) }()
	return c, nil
}

func newCatcher(l net.Listener, dir string) (*Catcher, error) {
	if !isLoopbackAddress(l.Addr()) {
		return nil, fmt.Errorf("mail is caught on loopback only, not on %v", l.Addr())
	}
	last, err := lastNumber(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for earlier mail: %w", err)
	}
	c := &Catcher{dir: dir, last: last, listener: l, done: make(chan error, 1)}
	c.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &catcherSession{catcher: c}, nil
	}))
	c.server.Domain = "localhost"
	c.server.MaxMessageBytes = maxCaughtSize
	c.server.MaxRecipients = maxCaughtRecipients
	c.server.ReadTimeout, c.server.WriteTimeout = catcherTimeout, catcherTimeout
	c.server.ErrorLog = log.New(io.Discard, "", 0) // its default writes over the console's screen
	return c, nil
}

// Close stops the server and its connections, and gives the error that ended it before, if one did.
func (c *Catcher) Close() error {
	if err := c.server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	c.listener.Close() // the server does not know it yet if it has just been started
	return <-c.done
}

// lastNumber finds the highest number that a file name in dir starts with.
func lastNumber(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	last := 0
	for _, e := range entries {
		digits, _, _ := strings.Cut(e.Name(), "-")
		if n, err := strconv.Atoi(digits); err == nil && n > last {
			last = n
		}
	}
	return last, err
}

// keep writes a message to its file, which is there whole or not at all.
func (c *Catcher) keep(recipient string, message io.Reader) error {
	temp, err := os.CreateTemp(c.dir, ".incoming-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // does nothing once it is renamed
	_, err = io.Copy(temp, message)
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name := fmt.Sprintf("%04d-%s.eml", c.last+1, fileName(recipient))
	if err := os.Rename(temp.Name(), filepath.Join(c.dir, name)); err != nil {
		return err
	}
	c.last++
	return nil
}

// fileName makes an address safe in a file name: it came over the network.
func fileName(address string) string {
	const longest = 100
	safe := strings.Map(func(r rune) rune {
		letterOrDigit := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if letterOrDigit || r == '.' || r == '@' || r == '-' {
			return r
		}
		return '_'
	}, address)
	return safe[:min(len(safe), longest)]
}

type catcherSession struct {
	catcher    *Catcher
	recipients []string
}

func (s *catcherSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *catcherSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.recipients = append(s.recipients, to)
	return nil
}

func (s *catcherSession) Data(r io.Reader) error {
	err := s.catcher.keep(s.recipients[0], r)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, smtp.ErrDataTooLarge):
		return smtp.ErrDataTooLarge // bare, as the server looks for it
	}
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "The message could not be kept"}
}

func (s *catcherSession) Reset()        { s.recipients = nil }
func (s *catcherSession) Logout() error { return nil }
