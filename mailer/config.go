package mailer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"rekey/account"
	"rekey/member"
)

// Security is how the connection to the mail server is protected.
type Security string

// The kinds of protection.
const (
	SecurityStartTLS Security = "starttls" // the connection must be upgraded before anything is sent; the default
	SecurityTLS      Security = "tls"      // TLS from the first byte
	SecurityNone     Security = "none"     // plain text, without authentication
)

// The ways to sign in to the mail server; an empty Config.Auth takes the first of them that the server offers.
const (
	AuthPlain       = "plain"
	AuthLogin       = "login"
	AuthOAuthBearer = "oauthbearer" // the password is the access token
	AuthNone        = "none"        // sign in nowhere, whatever the user name
)

// Bounds on Config.Timeout.
const (
	DefaultTimeout = time.Minute
	MaxTimeout     = 90 * time.Second
)

// Config says how to reach the mail server. Its zero values are defaults, but for Host.
type Config struct {
	Host           string // a name or an IP address; what the server's certificate must be for
	Port           int    // 0: 587 for starttls, 465 for tls, 25 for none
	Security       Security
	Username       string // empty: no authentication
	Password       string
	Auth           string        // plain, login, oauthbearer, none; empty: the best one offered
	CAFile         string        // PEM file of the only authorities to trust; empty: the system's
	AllowPlaintext bool          // allows SecurityNone to other hosts than this one
	LocalName      string        // what to call this host in EHLO; empty: its IP address
	Timeout        time.Duration // for one delivery from dialling to the last reply; 0: DefaultTimeout
}

// String names the server, and keeps the password out of logs.
func (c Config) String() string { return c.withDefaults().address() }

// GoString does for %#v what String does for the other verbs.
func (c Config) GoString() string { return fmt.Sprintf("mailer.Config(%q)", c.String()) }

// Validate refuses, with *account.Error, what could not work or would not be safe.
func (c Config) Validate() error {
	for _, rule := range []func(Config) error{
		checkHost, checkPort, checkSecurity, checkAuth, checkCredentials, checkLocalName, checkTimeout,
	} {
		if err := rule(c); err != nil {
			return err
		}
	}
	_, err := c.roots()
	return err
}

func refuse(hint, format string, args ...any) error {
	return &account.Error{Code: account.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func checkHost(c Config) error {
	if c.Host == "" {
		return refuse("Set mail.host (REKEY_MAIL_HOST) to its name.", "No mail server is configured.")
	}
	if _, err := netip.ParseAddr(c.Host); err == nil || isHostName(c.Host) {
		return nil
	}
	return refuse("Give a name like mail.example.com or an IP address; the port has a setting of its own, mail.port.",
		"The mail server's name %q is not a host name.", member.Clean(c.Host))
}

// isHostName keeps out what could not be a name or could end a command's line; the resolver knows the rest.
func isHostName(s string) bool {
	for _, r := range s {
		letterOrDigit := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letterOrDigit && r != '.' && r != '-' && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 253
}

func checkPort(c Config) error {
	if c.Port < 0 || c.Port > 65535 {
		return refuse("Give a number from 1 to 65535; usual ones are 587 for starttls and 465 for tls.",
			"The mail server's port %d does not exist.", c.Port)
	}
	return nil
}

func checkSecurity(c Config) error {
	switch c.Security {
	case "", SecurityStartTLS, SecurityTLS:
		return nil
	case SecurityNone:
		if c.AllowPlaintext || isLoopback(c.Host) {
			return nil
		}
		return refuse("Use starttls or tls, or allow it by name with mail.allow_plaintext = true.",
			"Mails with set-password links would go to %s in plain text.", c.Host)
	}
	return refuse("Give starttls, tls or none.", "The mail security %q is unknown.", member.Clean(string(c.Security)))
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func checkAuth(c Config) error {
	switch c.Auth {
	case "", AuthPlain, AuthLogin, AuthOAuthBearer, AuthNone:
		return nil
	}
	return refuse("Give plain, login, oauthbearer or none, or leave it out to take the best one offered.",
		"The mail authentication %q is unknown.", member.Clean(c.Auth))
}

func checkCredentials(c Config) error {
	const hint = "Set both mail.username and mail.password, or neither."
	switch {
	case c.Auth == AuthNone:
		return nil
	case c.Password == "" && (c.Username != "" || c.Auth != ""):
		return refuse(hint, "The mail server's password is missing.")
	case c.Username == "" && c.Password != "" && c.Auth != AuthOAuthBearer:
		return refuse(hint, "There is a password for the mail server, but no user name.")
	case strings.ContainsFunc(c.Username+c.Password, unicode.IsControl):
		return refuse("Check mail.username and mail.password for a line end at their end.",
			"The user name or the password for the mail server holds a control character.")
	case c.authenticates() && c.Security == SecurityNone:
		return refuse("Use starttls or tls, or leave the user name and the password out.",
			"A password is never sent over a plain-text connection.")
	}
	return nil
}

func checkLocalName(c Config) error {
	literal := strings.Trim(c.LocalName, "[]")
	if c.LocalName == "" || isHostName(strings.ReplaceAll(literal, ":", "")) {
		return nil
	}
	return refuse("Give this host's full name, or leave it out.",
		"The local name %q is not a host name.", member.Clean(c.LocalName))
}

func checkTimeout(c Config) error {
	if c.Timeout < 0 || c.Timeout > MaxTimeout {
		return refuse(fmt.Sprintf("Give at most %v.", MaxTimeout), "The mail timeout %v is out of range.", c.Timeout)
	}
	return nil
}

func (c Config) authenticates() bool { return c.Auth != AuthNone && c.Password != "" }

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	if c.Security == "" {
		c.Security = SecurityStartTLS
	}
	if c.Port == 0 {
		c.Port = map[Security]int{SecurityStartTLS: 587, SecurityTLS: 465, SecurityNone: 25}[c.Security]
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	return c
}

func (c Config) address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// roots reads the trusted authorities; nil stands for the system's.
func (c Config) roots() (*x509.CertPool, error) {
	if c.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		if path, ok := errors.AsType[*os.PathError](err); ok {
			err = path.Err
		}
		return nil, refuse("Check mail.ca_file.", "The certificate authority's file %q cannot be read: %v.",
			member.Clean(c.CAFile), err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, refuse("It has to hold certificates in PEM form; check mail.ca_file.",
			"The certificate authority's file %q holds no certificate.", member.Clean(c.CAFile))
	}
	return pool, nil
}

func (c Config) tlsConfig() (*tls.Config, error) {
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	return &tls.Config{ServerName: c.Host, RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}
