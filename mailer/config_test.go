package mailer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rekey/account"
)

func TestConfigAccepts(t *testing.T) {
	ca := newAuthority(t).file(t)
	for name, c := range map[string]Config{
		"a host only": {Host: "mail.example.com"},
		"all of it": {
			Host: "mail.example.com", Port: 2525, Security: SecurityTLS, Username: "u", Password: "p", Auth: AuthLogin,
			CAFile: ca, LocalName: "rekey.example.com", Timeout: time.Second,
		},
		"token without name":   {Host: "mail.example.com", Auth: AuthOAuthBearer, Password: "token"},
		"plain to localhost":   {Host: "localhost", Security: SecurityNone},
		"plain to ::1":         {Host: "::1", Security: SecurityNone},
		"plain to 127.0.0.2":   {Host: "127.0.0.2", Security: SecurityNone},
		"plain allowed":        {Host: "mail.example.com", Security: SecurityNone, AllowPlaintext: true},
		"credentials not used": {Host: "localhost", Security: SecurityNone, Username: "u", Password: "p", Auth: AuthNone},
		"address as name":      {Host: "192.0.2.1", LocalName: "[IPv6:2001:db8::1]"},
	} {
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*Config)
		says   string
	}{
		{"no host", func(c *Config) { c.Host = "" }, "No mail server"},
		{"host with port", func(c *Config) { c.Host = "mail.example.com:587" }, "mail.port"},
		{"host with a line break", func(c *Config) { c.Host = "mail\r\nQUIT" }, "not a host name"},
		{"port out of range", func(c *Config) { c.Port = 65536 }, "65536"},
		{"negative port", func(c *Config) { c.Port = -1 }, "-1"},
		{"unknown security", func(c *Config) { c.Security = "ssl" }, `"ssl" is unknown. Give starttls, tls or none`},
		{"plain to another host", func(c *Config) { c.Security = SecurityNone }, "mail.allow_plaintext"},
		{"plain to a host like localhost", func(c *Config) { c.Host, c.Security = "localhost.example.com", SecurityNone },
			"plain text"},
		{"unknown authentication", func(c *Config) { c.Auth = "cram-md5" }, `"cram-md5" is unknown`},
		{"password without a name", func(c *Config) { c.Password = "hunter2" }, "no user name"},
		{"name without a password", func(c *Config) { c.Username = "mailer" }, "password is missing"},
		{"token missing", func(c *Config) { c.Auth = AuthOAuthBearer }, "password is missing"},
		{"password with a line end", func(c *Config) { c.Username, c.Password = "mailer", "hunter2\n" }, "control character"},
		{"password over plain text", func(c *Config) {
			c.Username, c.Password, c.Security, c.AllowPlaintext = "mailer", "hunter2", SecurityNone, true
		}, "never sent over a plain-text connection"},
		{"password over plain loopback", func(c *Config) {
			c.Username, c.Password, c.Security, c.Host = "mailer", "hunter2", SecurityNone, "localhost"
		}, "never sent over a plain-text connection"},
		{"no such CA file", func(c *Config) { c.CAFile = empty + "x" }, "cannot be read: no such file"},
		{"CA file without certificates", func(c *Config) { c.CAFile = empty }, "holds no certificate"},
		{"local name with a space", func(c *Config) { c.LocalName = "my host" }, "local name"},
		{"timeout too long", func(c *Config) { c.Timeout = MaxTimeout + 1 }, "at most 1m30s"},
		{"negative timeout", func(c *Config) { c.Timeout = -1 }, "out of range"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Config{Host: "mail.example.com"}
			tt.change(&c)
			err := c.Validate()
			if account.CodeOf(err) != account.CodeInvalid {
				t.Fatalf("%v; want a refusal", err)
			}
			if !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q does not say %q, or tells the password", err, tt.says)
			}
			if client, err := NewClient(c); err == nil {
				t.Errorf("NewClient made %v of it", client)
			}
		})
	}
}

func TestConfigKeepsPasswordOutOfLogs(t *testing.T) {
	c := Config{Host: "mail.example.com", Username: testUser, Password: testPassword}
	if got := fmt.Sprintf("%v %+v", c, c); got != "mail.example.com:587 mail.example.com:587" {
		t.Errorf("printed as %q", got)
	}
	if got := fmt.Sprintf("%#v", c); got != `mailer.Config("mail.example.com:587")` {
		t.Errorf("printed as %q", got)
	}
}

func TestDefaultPorts(t *testing.T) {
	for security, want := range map[Security]string{
		"": "[::1]:587", SecurityStartTLS: "[::1]:587", SecurityTLS: "[::1]:465", SecurityNone: "[::1]:25",
	} {
		if got := (Config{Host: "::1", Security: security}).withDefaults().address(); got != want {
			t.Errorf("%q: %s, want %s", security, got, want)
		}
	}
}
