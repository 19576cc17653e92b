package main

import (
	"bytes"
	"crypto/tls"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"rekey/account"
	"rekey/demo"
	"rekey/hostile"
	"rekey/member"
)

// umask000 runs a program with the umask 000: what it makes has the modes that it asks for.
func umask000(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	return command(t, "/bin/sh", env, append([]string{"-c", `umask 000; exec "$0" "$@"`, "rekey"}, args...)...)
}

// TestFilesArePrivateWhateverTheUmask goes through everything that makes files, with the umask 000, and then looks at each
// file and directory there is: nobody but the owner may do anything with it.
func TestFilesArePrivateWhateverTheUmask(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	t.Parallel()
	top := t.TempDir()
	at := func(name string) string { return filepath.Join(top, name) }
	run := func(env []string, args ...string) {
		t.Helper()
		if out, err := umask000(t, env, args...).CombinedOutput(); err != nil {
			t.Fatalf("rekey %q: %v\n%s", args, err, out)
		}
	}
	write(t, at("members.csv"), "mailAddress,loginID,fullName\n,k1,Kei\n,k2,Ko\nhana@example.com,,Hana\n")
	env := append(catching(t, at("caught")), "REKEY_DIR="+at("deep/er/d"), "REKEY_ADMIN=root@example.com",
		"REKEY_ADMIN_PASSWORD=correct horse battery", "REKEY_MAIL_PASSWORD=")
	run(env, "init", "--team-name", "Works", "--team-number", "42", "--base-url", "https://id.example.com",
		"--mail-host", "127.0.0.1", "--admin-name", "Root")
	run(env, "import", at("members.csv"), "--yes")
	run(env, "reset", "k1", "--reason", "forgot", "--yes")
	run(env, "reset", "hana@example.com", "--reason", "forgot", "--yes")
	if err := os.RemoveAll(at("deep/er/d/forms")); err != nil { // it is made anew for a form
		t.Fatal(err)
	}
	run(env, "form", "k1")
	run(env, "form", "k1", "--out", at("form.pdf"))
	run(env, "form", "--all", "--one-document", at("forms.pdf"))
	run(env, "outbox", "send")
	run(env, "export", "--out", at("members-out.csv"))
	run(env, "export", "--json", "--out", at("members-out.json"))
	run(env, "audit", "export", "--out", at("audit.jsonl"))
	run(env, "import", "--template", "email", "--out", at("template.csv"))
	write(t, at("bad.csv"), "loginID,fullName\n,nobody\n")
	if err := umask000(t, env, "import", at("bad.csv"), "--report", at("report.csv")).Run(); err == nil {
		t.Error("a bad file was imported")
	}
	run(env, "backup", at("backup.db"))
	run(env, "restore", at("backup.db"), "--force")
	run(env, "members") // makes the files at which processes queue
	testDemoFiles(t, at("demo"))

	made := 0
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		made++
		own := path == top || path == at("members.csv") || path == at("bad.csv") || path == at("deep") || path == at("deep/er")
		if mode := info.Mode().Perm(); mode&0o077 != 0 && !own {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil || made < 30 {
		t.Errorf("%d files were looked at, %v", made, err)
	}
	for _, name := range []string{"deep/er/d/rekey.key", "deep/er/d/rekey.db", "deep/er/d/forms", "form.pdf", "forms.pdf", "members-out.csv",
		"audit.jsonl", "template.csv", "report.csv", "backup.db", "demo/serve.log", "demo/kiosk.log", "demo/mail"} {
		if _, err := os.Stat(at(name)); err != nil {
			t.Errorf("it was not made: %v", err)
		}
	}
}

// testDemoFiles lets a demo with its page and a kiosk make their files in dir.
func testDemoFiles(t *testing.T, dir string) {
	t.Helper()
	binary := built(t)
	shell := []string{"-c", `umask 000; exec "$0" "$@"`, binary}
	s := start(t, "/bin/sh", nil, append(shell, "demo", "--dir", dir, "--members", "10")...)
	signInToDemo(s)
	s.press("/misaki" + enter)
	s.until("misaki.yosh")
	s.press("r")
	s.until("A mail with a set-password link goes to")
	s.press(enter + tab + enter)
	s.until("accepted")
	s.press("\x1b")
	s.untilGone("Done.")
	s.press(ctrlC)
	s.end(exitDone)
	k := start(t, "/bin/sh", nil, append(shell, "kiosk", "--dir", dir)...)
	testShutdown(t, k)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), fileMode); err != nil {
		t.Fatal(err)
	}
}

// TestNothingIsWrittenThroughASymbolicLink puts a link to somebody's file where each command is to write: that file stays
// as it is.
func TestNothingIsWrittenThroughASymbolicLink(t *testing.T) {
	t.Parallel()
	const binary = "rekey" // by TestMain
	dir := filepath.Join(t.TempDir(), "d")
	env := []string{"REKEY_DIR=" + dir, "REKEY_ADMIN=" + demo.AdminEmail, "REKEY_ADMIN_PASSWORD=" + demoPassword}
	output(t, binary, nil, "demo", "--dir", dir, "--members", "10", "--prepare")
	output(t, binary, env, "reset", "line1-003", "--reason", "forgot", "--yes")
	bad := filepath.Join(t.TempDir(), "bad.csv")
	write(t, bad, "loginID,fullName\n,nobody\n")
	for name, args := range map[string][]string{
		"form":          {"form", "line1-003", "--out", "OUT"},
		"forms":         {"form", "--all", "--one-document", "OUT"},
		"forms of all":  {"form", "--all", "--out", "DIR"},
		"export":        {"export", "--out", "OUT"},
		"JSON export":   {"export", "--json", "--out", "OUT"},
		"audit export":  {"audit", "export", "--out", "OUT"},
		"template":      {"import", "--template", "email", "--out", "OUT"},
		"report":        {"import", bad, "--report", "OUT"},
		"backup":        {"backup", "OUT"},
		"form at home":  {"form", "line1-003"},
		"dangling link": {"export", "--out", "OUT"},
	} {
		t.Run(name, func(t *testing.T) {
			victim, out := filepath.Join(t.TempDir(), "victim"), filepath.Join(t.TempDir(), "out")
			const form = "account-information-line1-003.pdf"
			switch name {
			case "form at home":
				out = filepath.Join(dir, "forms", form)
				if err := os.Remove(out); err != nil {
					t.Fatal(err)
				}
			case "forms of all":
				out = filepath.Join(filepath.Dir(out), form)
			}
			if name != "dangling link" {
				write(t, victim, "precious")
			}
			if err := os.Symlink(victim, out); err != nil {
				t.Fatal(err)
			}
			named := make([]string, len(args))
			for i, arg := range args {
				named[i] = strings.NewReplacer("OUT", out, "DIR", filepath.Dir(out)).Replace(arg)
			}
			said, err := command(t, binary, env, named...).CombinedOutput()
			if text, readErr := os.ReadFile(victim); name != "dangling link" && string(text) != "precious" || name == "dangling link" && readErr == nil {
				t.Errorf("the file that the link names holds %d bytes now, %v", len(text), readErr)
			}
			info, statErr := os.Lstat(out)
			if statErr != nil {
				t.Fatal(statErr)
			}
			if replaced := info.Mode().IsRegular(); !replaced && err == nil {
				t.Errorf("it says that it has written, and has not: %s", said)
			}
		})
	}
}

// TestStoreAndLogsHoldNoSecret lets the real program reset, mail, set passwords, sign in and out, and then takes every
// byte of the store, of backups, of the logs and of all that the commands have said, and looks for the codes, the
// passwords, the cookies, the key and the mail server's password, as they are and as they could be encoded.
func TestStoreAndLogsHoldNoSecret(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	t.Parallel()
	const (
		adminPassword = "nobody's nine umbrellas"
		mailPassword  = "smtp/three+blue teapots"
		mailed        = "somebody's seven lanterns"
		changed       = "somebody's eight lanterns"
		onPaper       = "everybody's two trombones"
		wrong         = "quite the wrong words"
	)
	dir := filepath.Join(t.TempDir(), "d")
	found := &findings{t: t, secrets: map[string][]byte{"the admin's password": []byte(adminPassword), "the mail server's password": []byte(mailPassword),
		"a password set by a link": []byte(mailed), "a changed password": []byte(changed), "a password set by a form": []byte(onPaper),
		"a wrong password": []byte(wrong)}}
	mails, env := authenticatingServer(t, "robot", mailPassword)
	env = append(env, "REKEY_DIR="+dir, "REKEY_ADMIN=root@example.com", "REKEY_ADMIN_PASSWORD="+adminPassword)
	run := func(args ...string) []byte {
		t.Helper()
		var out bytes.Buffer
		cmd := command(t, "rekey", env, args...)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			t.Fatalf("rekey %q: %v\n%s", args, err, out.Bytes())
		}
		found.keep("what rekey "+args[0]+" says", out.Bytes())
		return out.Bytes()
	}
	run("init", "--team-name", "Works", "--team-number", "42", "--base-url", "https://id.example.com", "--mail-username", "robot", "--admin-name", "Root")
	env = append(env, "REKEY_MAIL_PASSWORD=") // from here on it is in rekey.toml
	people := filepath.Join(t.TempDir(), "members.csv")
	write(t, people, "mailAddress,loginID,fullName,accountStatus\nhana@example.com,,Hana,2\n,k1,Kei,2\n")
	run("import", people, "--yes")
	run("reset", "hana@example.com", "--reason", "forgot", "--yes", "--json")
	run("reset", "k1", "--reason", "lockout", "--yes")
	code := codeInMail(t, <-mails)
	found.code("the link's code", code)

	s := serving(t, "rekey", env, "--behind-proxy", "192.0.2.1")
	v := newVisitor(t)
	v.get(s.base + "/s/" + code)
	v.post(s.base+"/s/"+code, twice("short"))
	v.post(s.base+"/s/"+code, twice(mailed)).check(t, http.StatusOK, "Hana")
	found.cookies("a cookie", v, s.base)
	v.post(s.base+"/account/password", url.Values{"current": {mailed}, "password": {changed}, "again": {changed}})
	found.cookies("the cookie after a change", v, s.base)
	other := newVisitor(t)
	signIn := func(password string) page {
		return other.post(s.base+"/login", url.Values{"way": {"email"}, "email": {"hana@example.com"}, "password": {password}})
	}
	signIn(wrong)
	if in := signIn(changed); in.path != "/account" {
		t.Fatalf("the changed password does not sign in: %d", in.status)
	}
	found.cookies("the cookie of another browser", other, s.base)
	other.get(s.base + "/auth")
	other.get(s.base + "/login?next=" + url.QueryEscape("/s/"+code) + "&password=" + url.QueryEscape(wrong))
	formCode := currentFormCode(t, dir, adminPassword, "k1")
	found.code("the form's code", formCode)
	newVisitor(t).post(s.base+"/s/"+formCode, twice(onPaper)).check(t, http.StatusOK, "Kei")
	v.post(s.base+"/forgot_password", url.Values{"email": {"hana@example.com"}})
	found.code("the code that was asked for", codeInMail(t, <-mails))
	run("reset", "hana@example.com", "--reason", "protect", "--yes")
	found.code("the last code", codeInMail(t, <-mails))
	s.stop()
	found.keep("the log of serve", []byte(strings.Join(s.lines, "\n")))

	backup := filepath.Join(t.TempDir(), "backup.db")
	run("backup", backup)
	run("audit", "export")
	run("audit", "--json", "--limit", "0")
	run("outbox", "--json")
	run("members", "--json")
	run("export")
	run("audit", "verify")
	for _, path := range []string{backup, filepath.Join(dir, "rekey.db"), filepath.Join(dir, "rekey.db.gate"), filepath.Join(dir, "rekey.db.writer")} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found.keep(filepath.Base(path), text)
	}
	keyText, err := os.ReadFile(filepath.Join(dir, "rekey.key"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(keyText)))
	if err != nil {
		t.Fatal(err)
	}
	found.secrets["the key"] = key
	if text, err := os.ReadFile(filepath.Join(dir, "rekey.toml")); err != nil || !bytes.Contains(text, []byte(mailPassword)) {
		t.Errorf("the mail server's password is not in rekey.toml, so nothing is proved: %v", err)
	}
	found.check()
}

// findings are secrets, and the texts in which none may be.
type findings struct {
	t       *testing.T
	secrets map[string][]byte
	texts   []heard
}

type heard struct {
	from string
	text []byte
}

func (f *findings) keep(from string, text []byte) { f.texts = append(f.texts, heard{from, text}) }

// code adds a code as it is written, and the MAC in it, which is what cannot be guessed.
func (f *findings) code(name, code string) {
	f.t.Helper()
	_, mac, ok := account.ParseCode(code)
	if !ok {
		f.t.Fatalf("%s is none", name)
	}
	plain := strings.ReplaceAll(code, "-", "")
	f.secrets[name] = []byte(code)
	f.secrets[name+" without hyphens"] = []byte(plain)
	f.secrets[name+"'s secret letters"] = []byte(plain[8:])
	f.secrets[name+"'s secret groups"] = []byte(code[10:])
	f.secrets[name+"'s MAC"] = mac
}

// cookies adds what a visitor's browser keeps.
func (f *findings) cookies(name string, v *visitor, base string) {
	f.t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		f.t.Fatal(err)
	}
	kept := v.client.Jar.Cookies(u)
	if len(kept) == 0 {
		f.t.Fatalf("%s: the browser keeps none", name)
	}
	for _, cookie := range kept {
		f.secrets[name] = []byte(cookie.Value)
		if raw, err := base64.RawURLEncoding.DecodeString(cookie.Value); err == nil {
			f.secrets[name+", decoded"] = raw
		}
	}
}

// check looks for each secret in each text.
func (f *findings) check() {
	f.t.Helper()
	if len(f.secrets) < 20 || len(f.texts) < 10 {
		f.t.Errorf("%d secrets and %d texts are too few", len(f.secrets), len(f.texts))
	}
	for _, h := range f.texts {
		lower := bytes.ToLower(h.text)
		for name, secret := range f.secrets {
			for how, written := range encodings(secret) {
				if bytes.Contains(lower, bytes.ToLower(written)) {
					f.t.Errorf("%s holds %s, %s", h.from, name, how)
				}
			}
		}
	}
}

// encodings writes a secret in the ways in which it could stand somewhere: also within a longer text, where base64 and
// base32 begin at another bit.
func encodings(secret []byte) map[string][]byte {
	written := map[string][]byte{"as it is": secret, "in hex": []byte(hex.EncodeToString(secret)), "in a URL": []byte(url.QueryEscape(string(secret))),
		"quoted": []byte(strings.Trim(fmt.Sprintf("%q", secret), `"`))}
	for shift := range 3 {
		padded := append(make([]byte, shift), secret...)
		padded = padded[:len(padded)-len(padded)%3]
		from := (shift*8 + 5) / 6
		written[fmt.Sprint("in base64 from ", shift)] = []byte(base64.StdEncoding.EncodeToString(padded))[from:]
		written[fmt.Sprint("in base64url from ", shift)] = []byte(base64.URLEncoding.EncodeToString(padded))[from:]
	}
	for shift := range 5 {
		padded := append(make([]byte, shift), secret...)
		padded = padded[:len(padded)-len(padded)%5]
		from := (shift*8 + 4) / 5
		for name, alphabet := range map[string]*base32.Encoding{"base32": base32.StdEncoding, "base32hex": base32.HexEncoding,
			"Crockford's base32": base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ")} {
			if text := alphabet.EncodeToString(padded); len(text) > from+8 {
				written[fmt.Sprint("in ", name, " from ", shift)] = []byte(text)[from:]
			}
		}
	}
	return written
}

// TestEncodedSecretsAreFound checks that the search above would find what it is for.
func TestEncodedSecretsAreFound(t *testing.T) {
	secret := []byte("smtp/three+blue teapots")
	for shift := range 6 {
		around := append(bytes.Repeat([]byte{0xa5}, shift), append(bytes.Clone(secret), 0x5a, 0xa5)...)
		for name, text := range map[string]string{"base64": base64.StdEncoding.EncodeToString(around), "base64url": base64.RawURLEncoding.EncodeToString(around),
			"base32": base32.StdEncoding.EncodeToString(around), "hex": strings.ToUpper(hex.EncodeToString(around)), "plain": string(around)} {
			hit := false
			for _, written := range encodings(secret) {
				hit = hit || strings.Contains(strings.ToLower(text), strings.ToLower(string(written)))
			}
			if !hit {
				t.Errorf("%s behind %d bytes is not found", name, shift)
			}
		}
	}
}

// currentFormCode gives the code of a login ID member's form, as the form says it.
func currentFormCode(t *testing.T, dir, adminPassword, loginID string) string {
	t.Helper()
	p := reopened(t, dir)
	admin, err := p.service.SignIn(t.Context(), "root@example.com", adminPassword, "test")
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.service.Find(t.Context(), loginID)
	if err != nil {
		t.Fatal(err)
	}
	form, err := p.service.Form(t.Context(), admin, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	return form.Code
}

var codePattern = regexp.MustCompile(`/s/([0-9A-Z-]{29})`)

func codeInMail(t *testing.T, mail []byte) string {
	t.Helper()
	code := codePattern.FindSubmatch(mail)
	if code == nil {
		t.Fatal("the mail holds no link")
	}
	return string(code[1])
}

// authenticatingServer starts a mail server that takes mail only from who gives a name and a password, and gives the
// variables that lead to it.
func authenticatingServer(t *testing.T, name, password string) (mails <-chan []byte, env []string) {
	t.Helper()
	received := make(chan []byte, 20)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &authSession{receivingSession: receivingSession{received: received}, name: name, password: password}, nil
	}))
	server.Domain, server.ErrorLog = "localhost", log.New(io.Discard, "", 0)
	certFile, keyFile, _ := certificate(t)
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}}))
	t.Cleanup(func() { server.Close() })
	return received, append(mailServerAt(listener), "REKEY_MAIL_SECURITY=tls", "REKEY_MAIL_CA_FILE="+certFile, "REKEY_MAIL_PASSWORD="+password)
}

type authSession struct {
	receivingSession
	name, password string
	known          bool
}

func (s *authSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *authSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, password string) error {
		if s.known = name == s.name && password == s.password; !s.known {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *authSession) Mail(string, *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *authSession) Data(r io.Reader) error { return s.receivingSession.Data(r) }

// TestNothingHostileReachesTheTerminal lists, writes out and refuses what a store, a command line, files and the mail
// server say when all of it is hostile. Neither stdout nor stderr may hold what acts on a terminal.
func TestNothingHostileReachesTheTerminal(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	output(t, "rekey", nil, "demo", "--dir", dir, "--members", "10", "--prepare")
	p := reopened(t, dir)
	var texts []string
	for _, h := range hostile.Texts() {
		if len(h.Text) < 2000 && hostile.Harm(h.Text) != "" {
			texts = append(texts, h.Text)
		}
	}
	for i, text := range texts {
		m := member.Member{Name: text, SearchName: text, EmployeeNumber: text, EmploymentType: text, Departments: []string{text, text},
			Position: text, Status: member.Active, LoginID: fmt.Sprint("h", i, text)}
		if i%2 == 0 {
			m.LoginID, m.Email = "", fmt.Sprint("h", i, "@example.com", text)
		}
		err := p.store.Update(t.Context(), func(w account.Writer) error { // past the rules, as a damaged store might hold it
			id, err := w.PutMember(m)
			if err != nil {
				return err
			}
			return w.PutCredential(id, account.Credential{})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"REKEY_DIR=" + dir, "REKEY_ADMIN=" + demo.AdminEmail, "REKEY_ADMIN_PASSWORD=" + demoPassword}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := refusingServer("550 \u009b2J\u202e no such user")
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	env = append(env, mailServerAt(listener)...)
	work := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		var out, complaints bytes.Buffer
		cmd := command(t, "rekey", env, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = work, &out, &complaints
		_ = cmd.Run() // refused or not: what matters is what it says
		if out.Len()+complaints.Len() == 0 {
			t.Errorf("rekey %q says nothing", args)
		}
		for _, said := range []string{out.String(), complaints.String()} {
			if harm := hostile.Harm(said); harm != "" {
				t.Errorf("rekey %+q: %s", args, harm)
			}
		}
	}
	next := 0
	text := func() string { // no argument can hold NUL
		for {
			next += 7
			if text := strings.ReplaceAll(texts[next%len(texts)], "\x00", ""); text != "" {
				return text
			}
		}
	}
	for range 2 {
		bad := filepath.Join(work, "bad.csv")
		write(t, bad, "loginID,fullName,"+text()+"\n"+text()+","+text()+","+text()+"\n")
		run("import", bad, "--dry-run")
		write(t, bad, "loginID,fullName,position,accountStatus\n"+text()+","+text()+","+text()+","+text()+"\n")
		run("import", bad, "--dry-run", "--json")
		for _, args := range [][]string{{"reset", text(), "--reason", "forgot", "--yes"}, {"reset", "id:3", "--reason", text()}, {"form", text()},
			{"form", "--all", "--department", text()}, {"form", "line1-003", "--out", text() + "/x/y"}, {"members", text()}, {text()}, {"--" + text()},
			{"audit", "--member", text()}, {"audit", "--event", text()}, {"audit", "--since", text()}, {"outbox", "send", text()},
			{"outbox", "--status", text()}, {"import", text() + ".csv"}, {"export", "--out", text() + "/x/y"}, {"backup", text() + "/x/y"},
			{"restore", text() + "/x"}, {"members", "--limit", text()}, {"--dir", text() + "/x", "members"}, {"serve", "--listen", text()},
			{"check", "--mail", text()}, {"completion", text()}, {"init", "--team-name", text()}} {
			run(args...)
		}
	}
	for i := range 6 { // members of both types
		run("reset", fmt.Sprint("id:", 11+17*i), "--reason", "forgot", "--yes")
		run("reset", fmt.Sprint("id:", 12+17*i), "--reason", "forgot", "--yes", "--json")
	}
	for _, args := range [][]string{{"members", "--limit", "0"}, {"members", "--limit", "0", "--json"}, {"audit", "--limit", "0"},
		{"audit", "--limit", "0", "--json"}, {"audit", "export"}, {"audit", "verify"}, {"outbox", "--limit", "0"}, {"outbox", "--limit", "0", "--json"},
		{"export", "--json"}, {"check"}, {"check", "--store"}, {"form", "--all", "--out", work}} {
		run(args...)
	}
}

// TestLogsAreHarmless logs the corpus, as a program and as a person reads it.
func TestLogsAreHarmless(t *testing.T) {
	for _, h := range hostile.Texts() {
		var lines, text bytes.Buffer
		newLog(&lines).Info(h.Text, h.Text, h.Text, "error", errors.New(h.Text))
		slog.New(slog.NewTextHandler(cleanLines{&text}, nil)).Info(h.Text, h.Text, h.Text, "error", errors.New(h.Text))
		for how, logged := range map[string]string{"JSON": lines.String(), "text": text.String()} {
			if harm := hostile.Harm(logged); harm != "" || strings.Count(logged, "\n") != 1 {
				t.Errorf("%s as %s: %s, %d lines", h.Name, how, harm, strings.Count(logged, "\n"))
			}
		}
		var record map[string]any
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil || record["msg"] != strings.ToValidUTF8(h.Text, "\ufffd") && utf8.ValidString(h.Text) {
			t.Errorf("%s is logged as %+q, %v", h.Name, record["msg"], err)
		}
	}
}

// TestTheProgramHashesAtFullCost looks at a hash of the program as its users get it: these tests hash at lower costs.
func TestTheProgramHashesAtFullCost(t *testing.T) {
	binary := built(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	output(t, binary, nil, "demo", "--dir", dir, "--members", "2", "--prepare")
	err := reopened(t, dir).store.View(t.Context(), func(r account.Reader) error {
		m, err := r.MemberByEmail(demo.AdminEmail)
		if err != nil {
			return err
		}
		c, err := r.Credential(m.ID)
		if p := account.DefaultHashParams(); !strings.Contains(c.Hash, fmt.Sprintf("$m=%d,t=%d,p=%d$", p.Memory, p.Time, p.Threads)) {
			t.Error("the admin's password is hashed at other costs than those of RFC 9106")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
