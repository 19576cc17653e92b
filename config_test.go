package main

import (
	"reflect"
	"strings"
	"testing"

	"rekey/hostile"
	"rekey/mailer"
)

func TestDecode(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want string // a part of the refusal; empty: none
	}{
		"empty":           {"", ""},
		"comment":         {"# nothing\n", ""},
		"all kinds":       {"[mail]\nhost = \"h\"\nport = 25\nallow_plaintext = true\n", ""},
		"dotted key":      {"mail.host = \"h\"\n", ""},
		"inline table":    {"mail = {host = \"h\"}\n", ""},
		"unknown key":     {"[mail]\nhost = \"h\"\n\nprot = 25\n", `line 4: there is no setting "mail.prot"`},
		"same name":       {"[web]\nbase_url = \"x\"\n[mail]\nbase_url = \"x\"\n", `line 4: there is no setting "mail.base_url"`},
		"unknown dotted":  {"mail.prot = 25\n", `line 1: there is no setting "mail.prot"`},
		"unknown section": {"\n[male]\nhost = \"h\"\n", `line 2: there is no setting "male"`},
		"outside":         {"host = \"h\"\n", `line 1: there is no setting "host"`},
		"no table":        {"mail = 3\n", `line 1: there is no setting "mail"`},
		"array":           {"[[mail]]\nhost = \"h\"\n", `line 1: there is no setting "mail"`},
		"deep":            {"[mail.host]\nname = \"h\"\n", "mail.host has to be a text in double quotes"},
		"escape sequence": {"[mail]\n\"\\u001b[2J\" = 1\n", `there is no setting "mail.<U+001B>[2J"`},
		"text for number": {"[mail]\nport = \"25\"\n", "line 2: mail.port has to be a whole number, without quotes"},
		"number for text": {"[mail]\nhost = 25\n", "line 2: mail.host has to be a text in double quotes"},
		"text for truth":  {"[mail]\nallow_plaintext = \"no\"\n", "line 2: mail.allow_plaintext has to be true or false"},
		"no TOML":         {"[mail]\nhost = h\n", "line 2, is not valid TOML"},
		"twice":           {"[mail]\nhost = \"a\"\nhost = \"b\"\n", "is not valid TOML"},
	} {
		t.Run(name, func(t *testing.T) {
			var c config
			err := c.decode("rekey.toml", test.text)
			switch {
			case test.want == "" && err != nil:
				t.Fatal(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Fatalf("got %v, want %q", err, test.want)
			}
		})
	}
}

// A password that is typed without quotes is a syntax error: it must not get into the message.
func TestDecodeKeepsSecrets(t *testing.T) {
	for _, text := range []string{
		"[mail]\npassword = sesame\n",
		"[mail]\npassword = \"sesame\n",
		"[mail]\npassword = 'sesame' open\n",
		"[mail]\npassword = \"ses\\ame\"\n",
		"[mail]\npassword = [\"sesame\"]\n",
	} {
		var c config
		err := c.decode("rekey.toml", text)
		if err == nil || strings.Contains(err.Error(), "ses") {
			t.Errorf("%q gives %v", text, err)
		}
	}
	var empty config
	for _, s := range empty.settings() { // a password can stand in the wrong line as well
		for _, value := range []string{"4711", "sesame", `"sesame`, `"sesame" 4711`, `["sesame"]`, "4711.5", "2026-04-01T04:07:11Z", `"sesame"`} {
			var c config
			err := c.decode("rekey.toml", "["+s.section+"]\n"+s.name+" = "+value+"\n")
			if err != nil && strings.ContainsAny(strings.ReplaceAll(err.Error(), "line 2", ""), "0123456789") || err != nil && strings.Contains(err.Error(), "sesame") {
				t.Errorf("%s = %s gives %v", s.key(), value, err)
			}
		}
	}
}

// Every field of the configuration that can be configured has a setting, and every setting a variable of its own.
func TestSettingsAreComplete(t *testing.T) {
	var c config
	variables := map[string]bool{}
	covered := map[any]bool{}
	for _, s := range c.settings() {
		variables[s.variable()] = true
		covered[s.value] = true
	}
	for _, name := range []string{"REKEY_MAIL_HOST", "REKEY_MAIL_PORT", "REKEY_MAIL_SECURITY", "REKEY_MAIL_USERNAME",
		"REKEY_MAIL_PASSWORD", "REKEY_MAIL_AUTH", "REKEY_MAIL_CA_FILE", "REKEY_MAIL_ALLOW_PLAINTEXT", "REKEY_WEB_BASE_URL", "REKEY_KEY_FILE",
		"REKEY_RESTRICTED"} {
		if !variables[name] {
			t.Errorf("there is no %s", name)
		}
		delete(variables, name)
	}
	if len(variables) > 0 {
		t.Errorf("these variables are not part of the interface: %v", variables)
	}
	if len(covered) != len(c.settings()) {
		t.Error("two settings share a value")
	}
}

func TestOverride(t *testing.T) {
	c := config{Mail: mailer.Config{Host: "file", Port: 25, Username: "kept"}}
	env := environment{"REKEY_MAIL_HOST=first", "REKEY_MAIL_HOST=last", "REKEY_MAIL_PORT=", "REKEY_MAIL_SECURITY=tls",
		"REKEY_MAIL_ALLOW_PLAINTEXT=true", "REKEY_MAIL_HOSTS=x"}
	if err := c.override(env); err != nil {
		t.Fatal(err)
	}
	want := config{Mail: mailer.Config{Host: "last", Port: 25, Username: "kept", Security: "tls", AllowPlaintext: true}}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
	for _, bad := range []string{"REKEY_MAIL_PORT=smtp", "REKEY_MAIL_ALLOW_PLAINTEXT=perhaps"} {
		name, value, _ := strings.Cut(bad, "=")
		if err := c.override(environment{bad}); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), value) {
			t.Errorf("%s gives %v", bad, err)
		}
	}
}

// The environment restricts a console, and cannot free one that rekey.toml restricts.
func TestARestrictionIsNotUndone(t *testing.T) {
	for _, test := range []struct {
		file     bool
		variable string
		want     bool
	}{{false, "", false}, {false, "0", false}, {false, "1", true}, {true, "", true}, {true, "0", true}, {true, "false", true}, {true, "1", true}} {
		c := config{Restricted: test.file}
		if err := c.override(environment{"REKEY_RESTRICTED=" + test.variable}); err != nil || c.Restricted != test.want {
			t.Errorf("%+v: it is %v, %v", test, c.Restricted, err)
		}
	}
}

func TestBaseURL(t *testing.T) {
	for s, want := range map[string]string{
		"https://rekey.example.com":          "https://rekey.example.com",
		"https://rekey.example.com/":         "https://rekey.example.com",
		"https://rekey.example.com//":        "https://rekey.example.com",
		"https://example.com/rekey":          "",
		"https://example.com/a%2F":           "",
		"http://127.0.0.1:8080":              "http://127.0.0.1:8080",
		"http://[::1]:8080/":                 "http://[::1]:8080",
		"HTTPS://example.com":                "https://example.com",
		"rekey.example.com":                  "",
		"//rekey.example.com":                "",
		"ftp://rekey.example.com":            "",
		"https:rekey.example.com":            "",
		"https://":                           "",
		"https://:8080":                      "",
		"https://a:b@rekey.example.com":      "",
		"https://rekey.example.com/?":        "",
		"https://rekey.example.com/?a=b":     "",
		"https://rekey.example.com/#":        "",
		"https://rekey.example.com/#a":       "",
		"https://rekey.example.com:port":     "",
		"https://rekey.example.com/\x1b[2J":  "",
		"javascript:alert(1)//example.com":   "",
		" https://rekey.example.com":         "",
		"https://rekey example.com":          "",
		"https://rekey.example.com\r\nX: y/": "",
	} {
		got, problem := checkBaseURL(s)
		if got != want || (problem == "") != (want != "") {
			t.Errorf("%q gives %q, %q", s, got, problem)
		}
	}
}

// What init writes is what every command reads, whatever the values hold.
func TestConfigRoundTrip(t *testing.T) {
	for name, want := range map[string]config{
		"nothing": {},
		"all": {BaseURL: "https://rekey.example.com", KeyFile: "/run/key", Mail: mailer.Config{Host: "h", Port: 2525, Security: "tls",
			Username: "u", Password: "p", Auth: "login", CAFile: "/ca.pem", AllowPlaintext: true}},
		"quotes": {Mail: mailer.Config{Password: "\"'\\ \t\x7f\x00#=[]\u2028鍵 \U0001F511"}},
	} {
		var got config
		if err := got.decode(name, want.text()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

// The examples that a new file shows commented out are right as they stand.
func TestExamplesAreValid(t *testing.T) {
	var empty config
	text := empty.text()
	for _, s := range empty.settings() {
		text = strings.Replace(text, "# "+s.name+" = ", s.name+" = ", 1)
	}
	var c config
	if err := c.decode("rekey.toml", text); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := c.check(); err != nil {
		t.Error(err)
	}
}

// FuzzConfiguration reads any text as rekey.toml: it is refused in harmless words, or taken and written again as the same
// configuration.
func FuzzConfiguration(f *testing.F) {
	full := config{BaseURL: "https://id.example.com", KeyFile: "k", Mail: mailer.Config{Host: "h", Port: 25, Username: "u", Password: "p\"\\\x7f\n"}}
	for _, seed := range []string{full.text(), new(config).text(), "", "[mail]\nhost = \"h\"\nport = 1\n", "[mail]\nport = \"x\"\n", "mail = 1\n",
		"mail.host = \"h\"\n", "[mail.host]\n", "[[mail]]\n", "[mail]\npassword = sesame\n", "[web]\nbase_url = \"https://x/\u202e\"\n",
		"\"\\u001b\" = 1\n", "[\"\\u009b\"]\n", "\xff", "[mail]\nport = 99999999999999999999\n", "a = {b = {c = 1}}\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c config
		if err := c.decode("rekey.toml", text); err != nil {
			if harm := hostile.Harm(explain(t.Context(), err)); harm != "" || exitCode(err) != exitFailed {
				t.Errorf("it is refused with exit code %d: %s", exitCode(err), harm)
			}
			return
		}
		var again config
		if err := again.decode("rekey.toml", c.text()); err != nil || again != c {
			t.Errorf("written and read again it is %+v, %v, not %+v", again, err, c)
		}
		if c.check() == nil && strings.ContainsAny(strings.TrimPrefix(strings.TrimPrefix(c.BaseURL, "https://"), "http://"), "/?#@ ") {
			t.Errorf("a base URL is %q", c.BaseURL)
		}
	})
}
