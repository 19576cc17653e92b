package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"rekey/mailer"
	"rekey/member"
)

// config is what rekey.toml and the environment say about this host. The team's own settings stand in the store.
type config struct {
	Mail    mailer.Config
	BaseURL string // without a slash at the end
	KeyFile string // empty: rekey.key in the data directory
	// Restricted shuts the ways from the console to other programs and files.
	Restricted bool
}

// setting is one key of rekey.toml. REKEY_SECTION_NAME overrides it.
type setting struct {
	section, name string
	value         any // *string, *int or *bool
	about         string
	example       string // stands in a new file, commented out, where the setting has no value
}

// settings lists every key of rekey.toml in the order in which a new file holds them.
func (c *config) settings() []setting {
	m := &c.Mail
	return []setting{
		{"mail", "host", &m.Host,
			"The mail server, a name or an IP address.", `"smtp.example.com"`},
		{"mail", "port", &m.Port,
			"Left out: 587 for starttls, 465 for tls, 25 for none.", `587`},
		{"mail", "security", (*string)(&m.Security),
			"starttls, tls, or none (plain text, to this host only).", `"starttls"`},
		{"mail", "username", &m.Username,
			"Left out: no authentication.", `"rekey"`},
		{"mail", "password", &m.Password,
			"Left out: no authentication, unless REKEY_MAIL_PASSWORD holds it.", `""`},
		{"mail", "auth", &m.Auth,
			"plain, login, oauthbearer or none. Left out: the best one that the server offers.", `"plain"`},
		{"mail", "ca_file", &m.CAFile,
			"The authorities to trust, as PEM. Left out: the system's.", `"/etc/ssl/mail-ca.pem"`},
		{"mail", "allow_plaintext", &m.AllowPlaintext,
			"Allows security none to other hosts: links travel readable.", `false`},
		{"web", "base_url", &c.BaseURL,
			"Where members' browsers reach this host, without a path. Links lead to BASE_URL/s/CODE.", `"https://rekey.example.com"`},
		{"key", "file", &c.KeyFile,
			"The installation's key, a systemd credential for example. Left out: rekey.key beside this file.",
			`"/run/credentials/rekey.service/key"`},
		{"console", "restricted", &c.Restricted,
			"Whether consoles print nothing, save forms in forms/ and read CSV files from import/ here only. No flag undoes it.",
			`true`},
	}
}

// find gives the first setting that is meant.
func (c *config) find(meant func(setting) bool) (s setting, found bool) {
	settings := c.settings()
	i := slices.IndexFunc(settings, meant)
	if i < 0 {
		return setting{}, false
	}
	return settings[i], true
}

// setting finds a setting by its key, "mail.host" for example.
func (c *config) setting(key string) (setting, bool) {
	return c.find(func(s setting) bool { return s.key() == key })
}

// settingOf finds the setting that a variable overrides.
func (c *config) settingOf(variable string) (setting, bool) {
	return c.find(func(s setting) bool { return s.variable() == variable })
}

func (c *config) hasSection(name string) bool {
	_, found := c.find(func(s setting) bool { return s.section == name })
	return found
}

func (s setting) key() string { return s.section + "." + s.name }

// variable is the environment's variable that overrides the setting.
func (s setting) variable() string {
	if s.key() == "console.restricted" {
		return restrictedVariable
	}
	return "REKEY_" + strings.ToUpper(s.section+"_"+s.name)
}

// parse sets the value from text, as the environment and flags give it.
func (s setting) parse(text string) error {
	switch value := s.value.(type) {
	case *string:
		*value = text
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("has to be a whole number")
		}
		*value = n
	case *bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("has to be true or false")
		}
		*value = b
	}
	return nil
}

// assign sets the value to what TOML holds.
func (s setting) assign(v any) error {
	switch value := s.value.(type) {
	case *string:
		text, ok := v.(string)
		if !ok {
			return errors.New("has to be a text in double quotes")
		}
		*value = text
	case *int:
		n, ok := v.(int64)
		if !ok {
			return errors.New("has to be a whole number, without quotes")
		}
		*value = int(n)
	case *bool:
		b, ok := v.(bool)
		if !ok {
			return errors.New("has to be true or false, without quotes")
		}
		*value = b
	}
	return nil
}

// literal gives the value as TOML, or "" when there is none.
func (s setting) literal() string {
	switch value := s.value.(type) {
	case *string:
		if *value != "" {
			return quoteTOML(*value)
		}
	case *int:
		if *value != 0 {
			return strconv.Itoa(*value)
		}
	case *bool:
		if *value {
			return "true"
		}
	}
	return ""
}

// quoteTOML writes a TOML basic string.
func quoteTOML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// loadConfig reads rekey.toml, puts the environment's variables over it and checks the result.
func loadConfig(d directory, env environment) (config, error) {
	var c config
	text, err := readConfig(d.configFile())
	if err != nil {
		return c, err
	}
	if err := c.decode(d.configFile(), text); err != nil {
		return c, err
	}
	if err := guardPassword(d.configFile(), c); err != nil {
		return c, err
	}
	if err := c.override(env); err != nil {
		return c, err
	}
	return c, c.check()
}

func readConfig(path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", refuse("Restore it, or write a new one as the manual shows.", "The configuration %s is missing.", path)
	}
	if err != nil {
		return "", refuse("Run rekey as the user who owns it.", "The configuration %s cannot be read: %w.", path, bare(err))
	}
	return string(text), nil
}

// decode takes in the text of rekey.toml. It refuses keys that it does not know: a misspelt one would be without
// effect. No value is ever shown: one may be a password.
func (c *config) decode(path, text string) error {
	var sections map[string]any
	parsed, err := toml.Decode(text, &sections)
	if err != nil {
		line := ""
		if syntax, ok := errors.AsType[toml.ParseError](err); ok {
			line = fmt.Sprintf(", line %d,", syntax.Position.Line)
		}
		return refuse("Each line is a [section], a # comment, or key = value with texts in double quotes.",
			"%s%s is not valid TOML.", path, line)
	}
	for _, key := range parsed.Keys() {
		section, isTable := sections[key[0]].(map[string]any)
		if !isTable || !c.hasSection(key[0]) {
			return unknownKey(path, text, key[0])
		}
		if len(key) == 1 {
			continue
		}
		s, found := c.setting(strings.Join(key, "."))
		if !found {
			return unknownKey(path, text, strings.Join(key, "."))
		}
		if err := s.assign(section[s.name]); err != nil {
			return refuse("Correct it there.", "%s, line %d: %s %v.", path, lineOf(text, s.key()), s.key(), err)
		}
	}
	return nil
}

func unknownKey(path, text, key string) error {
	return refuse("Correct its name, or remove it.",
		"%s, line %d: there is no setting %q.", path, lineOf(text, key), member.Clean(key))
}

// lineOf finds the line on which the key ("section" or "section.name") is set. The parser does not tell it.
func lineOf(text, key string) int {
	section, number := "", 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if header, ok := strings.CutPrefix(line, "["); ok {
			section, _, _ = strings.Cut(strings.TrimLeft(header, "["), "]")
			section = strings.TrimSpace(section)
			if section == key {
				return number
			}
			continue
		}
		name, _, isPair := strings.Cut(line, "=")
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		if section != "" {
			name = section + "." + name
		}
		if isPair && (name == key || strings.HasPrefix(name, key+".")) {
			return number
		}
	}
	return 1
}

// guardPassword refuses a file that holds a password and is open to other users.
func guardPassword(path string, c config) error {
	info, err := os.Stat(path)
	if err != nil || c.Mail.Password == "" || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return refuse(fmt.Sprintf("Run `chmod 600 %s`.", path), "Other users can read %s, which holds a password.", path)
}

// override puts the environment's variables over the settings. A restriction they can add, but not take away.
func (c *config) override(env environment) error {
	defer func(restricted bool) { c.Restricted = c.Restricted || restricted }(c.Restricted)
	for _, s := range c.settings() {
		text := env.get(s.variable())
		if text == "" {
			continue
		}
		if err := s.parse(text); err != nil {
			return refuse("Correct or unset it.", "The variable %s %v.", s.variable(), err)
		}
	}
	return nil
}

// check refuses a configuration with which no command works. What is needed for mail only, the mailer checks.
func (c *config) check() error {
	if c.BaseURL == "" {
		return refuse("Set base_url in the section [web] of rekey.toml, or REKEY_WEB_BASE_URL.", "No base URL is configured.")
	}
	base, problem := checkBaseURL(c.BaseURL)
	if problem != "" {
		return refuse("Correct web.base_url.", "The base URL %q cannot be used: %s.", member.Clean(c.BaseURL), problem)
	}
	c.BaseURL = base
	return nil
}

// checkBaseURL gives the base URL without a slash at the end, or says what is wrong with it.
func checkBaseURL(s string) (base, problem string) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Opaque != "":
		return "", "it is not a URL like https://rekey.example.com"
	case u.Scheme != "http" && u.Scheme != "https":
		return "", "it has to begin with https:// (or http://)"
	case u.Hostname() == "":
		return "", "it names no host"
	case u.User != nil:
		return "", "it must not hold a user name"
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#"):
		return "", "it must not hold ? or #"
	case strings.Trim(u.Path, "/") != "":
		return "", "it must not have a path: the page needs a host name to itself"
	}
	u.Path, u.RawPath = "", ""
	return u.String(), ""
}

// text writes rekey.toml: every setting with its meaning, those without a value commented out.
func (c *config) text() string {
	var b strings.Builder
	b.WriteString("# The settings of this host. Each can be overridden by an environment variable:\n" +
		"# REKEY_MAIL_HOST for host in the section [mail], and so on.\n")
	section := ""
	for _, s := range c.settings() {
		if s.section != section {
			section = s.section
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		fmt.Fprintf(&b, "# %s\n", s.about)
		if literal := s.literal(); literal != "" {
			fmt.Fprintf(&b, "%s = %s\n", s.name, literal)
		} else {
			fmt.Fprintf(&b, "# %s = %s\n", s.name, s.example)
		}
	}
	return b.String()
}

// bare takes the operation and the path out of a system error, where the sentence names them already.
func bare(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
