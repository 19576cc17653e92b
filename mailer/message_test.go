package mailer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"

	"rekey/account"
	"rekey/hostile"
	"rekey/member"
)

var (
	noon  = time.Date(2026, 4, 1, 3, 0, 0, 0, time.UTC)
	tokyo = time.FixedZone("JST", 9*60*60)
)

const (
	testCode = "0000-0G2H-7KQW-M3TZ-9ABC-DEFG"
	testLink = "https://rekey.example.com/s/" + testCode
)

// delivery is a plain reset mail; tests change what they are about.
func delivery() account.Delivery {
	settings := account.DefaultSettings()
	settings.TeamName = "Example Trading"
	settings.TeamNumber = "1234"
	settings.Sender = "no-reply@mail.example.com"
	return account.Delivery{
		Mail: account.Mail{
			ID: 17, Kind: account.MailReset, Member: 5, To: "hanako@example.com", Token: 9,
			Created: noon.Add(-time.Minute), State: account.MailQueued, Sending: 1, Attempts: 1, Claim: 3,
		},
		Settings: settings,
		Name:     "Hanako Yamada",
		URL:      testLink,
		Expires:  noon.Add(24 * time.Hour),
		Zone:     tokyo,
	}
}

func compose(t *testing.T, d account.Delivery) Message {
	t.Helper()
	m, err := Compose(d, noon)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parsed is a message read back with the standard library, which shares no code with what wrote it.
type parsed struct {
	header     mail.Header
	subject    string
	text, html string
}

func parse(t *testing.T, data []byte) parsed {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("the message cannot be read: %v", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatalf("the subject cannot be read: %v", err)
	}
	mediaType, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/alternative" {
		t.Fatalf("content type %q, %v", mediaType, err)
	}
	p := parsed{header: m.Header, subject: subject}
	parts := multipart.NewReader(m.Body, params["boundary"])
	p.text = nextPart(t, parts, "text/plain; charset=utf-8")
	p.html = nextPart(t, parts, "text/html; charset=utf-8")
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the second part: %v, want the end", err)
	}
	return p
}

func nextPart(t *testing.T, parts *multipart.Reader, mediaType string) string {
	t.Helper()
	part, err := parts.NextPart() // decodes quoted-printable
	if err != nil {
		t.Fatal(err)
	}
	if got := part.Header.Get("Content-Type"); got != mediaType {
		t.Fatalf("part of type %q, want %q", got, mediaType)
	}
	body, err := io.ReadAll(part)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(body), "\r\n", "\n")
}

func TestResetText(t *testing.T) {
	const want = `Hello Hanako Yamada,

an admin of your team, Example Trading, has reset
your Unipos password.

To set a new password, please open this link:

https://rekey.example.com/s/0000-0G2H-7KQW-M3TZ-9ABC-DEFG

The link works once, until 2026-04-02 12:00 JST (UTC+09:00).
It is for you alone: please do not pass it on.

Your old password has stopped working, and you have been signed out
on all your devices.

If you did not expect this, please leave the link alone
and ask an admin of your team about it.

This mail was sent by Unipos to hanako@example.com.
Please do not answer it: nobody reads the answers.
`
	if got := parse(t, compose(t, delivery()).Data).text; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestKinds(t *testing.T) {
	tests := []struct {
		kind     account.MailKind
		subject  string
		says     []string
		doesNot  string
		withLink bool
	}{
		{account.MailReset, "[Unipos] Password reset e-mail",
			[]string{testLink, "works once, until 2026-04-02 12:00 JST (UTC+09:00)"}, "locked", true},
		{account.MailInvitation, "Welcome to Unipos!",
			[]string{testLink, "works once, until 2026-04-02 12:00 JST (UTC+09:00)"}, "old password", true},
		{account.MailRequested, "[Unipos] Password reset e-mail",
			[]string{testLink, "your password has not changed"}, "admin", true},
		{account.MailLocked, "Your account has been locked for security reasons",
			[]string{"locked until 2026-04-01 12:15 JST (UTC+09:00)"}, "http", false},
	}
	for _, tt := range tests {
		t.Run(tt.kind.String(), func(t *testing.T) {
			d := delivery()
			d.Mail.Kind = tt.kind
			if !tt.withLink {
				d.URL, d.Expires, d.Until = "", time.Time{}, noon.Add(15*time.Minute)
			}
			p := parse(t, compose(t, d).Data)
			if p.subject != tt.subject {
				t.Errorf("subject %q, want %q", p.subject, tt.subject)
			}
			for name, body := range map[string]string{"text": p.text, "html": unescape(p.html)} {
				for _, s := range append(tt.says, d.Name) {
					if !strings.Contains(body, s) {
						t.Errorf("the %s part does not say %q:\n%s", name, s, body)
					}
				}
				if strings.Contains(body, tt.doesNot) {
					t.Errorf("the %s part says %q:\n%s", name, tt.doesNot, body)
				}
			}
			if tt.withLink && !slices.Contains(strings.Split(p.text, "\n"), testLink) {
				t.Error("the link does not stand on a line of its own")
			}
		})
	}
}

// A notice that had to wait for the mail server says what is true when it goes out.
func TestLockedText(t *testing.T) {
	tests := []struct {
		name string
		late time.Duration // after the end of the lock
		want string
	}{
		{"locked", -time.Second, `Hello Hanako Yamada,

a wrong password was entered too many times for your Unipos account.
To protect it, the account has been
locked until 2026-04-01 12:15 JST (UTC+09:00).

If that was you, please wait until then and sign in again.
If you have forgotten your password, an admin of your team
can reset it at once.

If it was not you, please tell an admin of your team.
`},
		{"open again", 0, lockOver},
		{"open for a day", 24 * time.Hour, lockOver},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := delivery()
			d.Mail.Kind, d.URL, d.Expires, d.Until = account.MailLocked, "", time.Time{}, noon.Add(15*time.Minute)
			m, err := Compose(d, d.Until.Add(tt.late))
			if err != nil {
				t.Fatal(err)
			}
			if got := parse(t, m.Data).text; !strings.HasPrefix(got, tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

const lockOver = `Hello Hanako Yamada,

a wrong password was entered too many times for your Unipos account.
To protect it, the account was
locked until 2026-04-01 12:15 JST (UTC+09:00), and is open again.

If that was you, you can sign in again now.
If you have forgotten your password, an admin of your team can reset it.

If it was not you, please tell an admin of your team.
`

func unescape(html string) string { return strings.ReplaceAll(html, "&#43;", "+") }

func TestHeader(t *testing.T) {
	m := compose(t, delivery())
	h := parse(t, m.Data).header
	want := map[string]string{
		"From":           `"Unipos" <no-reply@mail.example.com>`,
		"To":             `"Hanako Yamada" <hanako@example.com>`,
		"Date":           "Wed, 01 Apr 2026 03:00:00 +0000",
		"Message-Id":     "<" + m.ID + ">",
		"Auto-Submitted": "auto-generated",
		"Mime-Version":   "1.0",

		"Content-Language":         "en",
		"X-Auto-Response-Suppress": "All",
	}
	for field, value := range want {
		if got := h[field]; len(got) != 1 || got[0] != value {
			t.Errorf("%s: %q, want once %q", field, got, value)
		}
	}
	if len(h) != len(want)+2 { // and Subject and Content-Type
		t.Errorf("fields beyond those expected: %v", h)
	}
	if m.From != "no-reply@mail.example.com" || m.To != "hanako@example.com" {
		t.Errorf("envelope from %q to %q", m.From, m.To)
	}
	if !strings.HasSuffix(m.ID, "@mail.example.com") {
		t.Errorf("Message-ID %q is not of the sender's domain", m.ID)
	}
}

// The other library that reads mail agrees on what was written.
func TestReadableByGoMessage(t *testing.T) {
	d := delivery()
	d.Name = "山田 花子"
	e, err := message.Read(bytes.NewReader(compose(t, d).Data))
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	err = e.Walk(func(_ []int, part *message.Entity, err error) error {
		mediaType, _, _ := part.Header.ContentType()
		types = append(types, mediaType)
		return err
	})
	if want := []string{"multipart/alternative", "text/plain", "text/html"}; err != nil || !slices.Equal(types, want) {
		t.Errorf("parts %v, %v; want %v", types, err, want)
	}
}

func TestNamesInHeader(t *testing.T) {
	long := strings.Repeat("齋藤", member.MaxName/2)
	tests := []struct{ name, want string }{
		{"Hanako Yamada", "Hanako Yamada"},
		{"山田 花子", "山田 花子"},
		{"𠮷野 濵子", "𠮷野 濵子"},
		{`O'Neil, "Bob" (x) <y>`, `O'Neil, "Bob" (x) <y>`},
		{long, long},
		{strings.Repeat("x", member.MaxName), strings.Repeat("x", member.MaxName)},
		{"  padded  ", "padded"},
		{"", ""},
		{"a\r\nBcc: x@example.net", ""},
		{"a\rb", ""},
		{"a\nb", ""},
		{"a\x00b", ""},
		{"\u202Eevil", ""},
		{"\x1b[31mred", ""},
		{"bad \xff utf-8", ""},
		{"=?utf-8?q?=0D=0ABcc:_x?=", "= ?utf-8?q?=0D=0ABcc:_x?="},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%.20q", tt.name), func(t *testing.T) {
			d := delivery()
			d.Name = tt.name
			p := parse(t, compose(t, d).Data)
			to, err := p.header.AddressList("To")
			if err != nil || len(to) != 1 {
				t.Fatalf("To: %v, %v", to, err)
			}
			if to[0].Name != tt.want || to[0].Address != d.Mail.To {
				t.Errorf("To: %q %q, want %q %q", to[0].Name, to[0].Address, tt.want, d.Mail.To)
			}
			checkForm(t, compose(t, d).Data)
		})
	}
}

func TestHeaderCannotBeAddedTo(t *testing.T) {
	const evil = "x\r\nBcc: spy@example.net\r\n\r\nbody"
	d := delivery()
	d.Name, d.Settings.TeamName, d.Settings.ProductName, d.Until = evil, evil, evil, noon
	for kind := account.MailReset; kind <= account.MailRequested; kind++ {
		d.Mail.Kind = kind
		m := compose(t, d)
		p := parse(t, m.Data)
		if _, there := p.header["Bcc"]; there {
			t.Errorf("%v: a header was added", kind)
		}
		if strings.Contains(p.text, "\nBcc") {
			t.Errorf("%v: a line was added to the text:\n%s", kind, p.text)
		}
		checkForm(t, m.Data)
	}
}

// TestHostileTextIsOnlyTextInMails writes mails of every kind and language whose names and addresses are the corpus's.
func TestHostileTextIsOnlyTextInMails(t *testing.T) {
	for i, h := range hostile.Texts() {
		for kind := account.MailReset; kind <= account.MailRequested; kind++ {
			d := delivery()
			d.Mail.Kind, d.Until = kind, noon
			d.Name, d.Settings.TeamName, d.Settings.ProductName, d.Settings.TeamNumber = h.Text, h.Text, h.Text, h.Text
			if (i+int(kind))%2 == 0 {
				d.Settings.Language = account.Japanese
			}
			m := compose(t, d)
			checkForm(t, m.Data)
			p := parse(t, m.Data)
			if len(p.header) != 10 {
				t.Errorf("%s: a header was added or lost: %v", h.Name, p.header)
			}
			said := map[string]string{"subject": p.subject, "text": p.text, "HTML": p.html}
			for _, field := range []string{"From", "To"} {
				addresses, err := p.header.AddressList(field)
				if err != nil || len(addresses) != 1 {
					t.Errorf("%s: %s holds %v, %v", h.Name, field, addresses, err)
					continue
				}
				said[field] = addresses[0].Name + addresses[0].Address
			}
			if tags := strings.Count(p.html, "<"); tags != wantTags(t, d) {
				t.Errorf("%s: the HTML has %d tags", h.Name, tags)
			}
			for where, text := range said {
				if harm := hostile.Harm(text); harm != "" {
					t.Errorf("%s, %s: %s", where, h.Name, harm)
				}
			}
		}
		for name, change := range map[string]func(*account.Delivery){
			"recipient": func(d *account.Delivery) { d.Mail.To = "hana@example.com" + h.Text },
			"sender":    func(d *account.Delivery) { d.Settings.Sender = h.Text + "@example.com" },
		} {
			d := delivery()
			change(&d)
			m, err := Compose(d, noon)
			if err == nil {
				checkForm(t, m.Data)
				if p := parse(t, m.Data); len(p.header) != 10 {
					t.Errorf("%s, %s: a header was added or lost: %v", name, h.Name, p.header)
				}
				continue
			}
			if harm := hostile.Harm(err.Error()); harm != "" {
				t.Errorf("%s, %s: %s", name, h.Name, harm)
			}
		}
		if harm := hostile.Harm(Config{}.secrets(Message{}).clean("550 " + h.Text)); harm != "" {
			t.Errorf("a reply, %s: %s", h.Name, harm)
		}
	}
}

// wantTags counts the tags of the same mail with a harmless name.
func wantTags(t *testing.T, d account.Delivery) int {
	t.Helper()
	d.Name, d.Settings.TeamName, d.Settings.ProductName, d.Settings.TeamNumber = "a", "a", "a", "a"
	return strings.Count(parse(t, compose(t, d).Data).html, "<")
}

func TestComposeRefuses(t *testing.T) {
	tests := map[string]func(*account.Delivery){
		"recipient with a line break": func(d *account.Delivery) { d.Mail.To = "a@example.com\r\nBcc: x@example.net" },
		"recipient with an end mark":  func(d *account.Delivery) { d.Mail.To = "a@example.com> SIZE=1" },
		"two recipients":              func(d *account.Delivery) { d.Mail.To = "a@example.com,b@example.com" },
		"no recipient":                func(d *account.Delivery) { d.Mail.To = "" },
		"sender with a line break":    func(d *account.Delivery) { d.Settings.Sender = "a@example.com\nX: y" },
		"sender with a name":          func(d *account.Delivery) { d.Settings.Sender = "Unipos <a@example.com>" },
		"no link":                     func(d *account.Delivery) { d.URL = "" },
		"link with a line break":      func(d *account.Delivery) { d.URL = testLink + "\nhttps://evil.example" },
		"end of the lock unknown":     func(d *account.Delivery) { d.Mail.Kind = account.MailLocked },
		"link that is a script":       func(d *account.Delivery) { d.URL = "javascript:alert(1)" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			d := delivery()
			change(&d)
			m, err := Compose(d, noon)
			if account.CodeOf(err) != account.CodeInvalid {
				t.Fatalf("%v, %v; want a refusal", m, err)
			}
			if s := err.Error(); member.Clean(s) != s || strings.Contains(s, testCode) {
				t.Errorf("the refusal is not fit to be shown: %q", s)
			}
		})
	}
}

func TestTeamWithoutName(t *testing.T) {
	d := delivery()
	d.Settings.TeamName = ""
	if text := parse(t, compose(t, d).Data).text; !strings.Contains(text, "an admin of your team has reset\nyour Unipos") {
		t.Errorf("says:\n%s", text)
	}
}

// Some members' addresses, once given out by phone companies, are only valid with quotes.
func TestUnusualAddress(t *testing.T) {
	d := delivery()
	d.Mail.To = "a..b.@example.com"
	m := compose(t, d)
	if want := `"a..b."@example.com`; m.To != want {
		t.Errorf("envelope to %s, want %s", m.To, want)
	}
	to, err := parse(t, m.Data).header.AddressList("To")
	if err != nil || to[0].Address != d.Mail.To {
		t.Errorf("To: %v, %v", to, err)
	}
}

func TestHTMLIsEscaped(t *testing.T) {
	d := delivery()
	d.Name = `<img src=x onerror="alert(1)"> & co`
	d.Settings.TeamName = "<script>alert(2)</script>"
	html := parse(t, compose(t, d).Data).html
	for _, bad := range []string{"<img", "<script"} {
		if strings.Contains(html, bad) {
			t.Errorf("the HTML part holds %s:\n%s", bad, html)
		}
	}
	if !strings.Contains(html, `href="`+testLink+`"`) {
		t.Errorf("the HTML part does not link to the page:\n%s", html)
	}
}

func TestSameSendingSameMessage(t *testing.T) {
	first := compose(t, delivery())
	if again := compose(t, delivery()); !bytes.Equal(first.Data, again.Data) {
		t.Error("the same sending gives different bytes")
	}
	later, err := Compose(delivery(), noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	date := regexp.MustCompile(`(?m)^Date: .*\r\n`)
	if !bytes.Equal(date.ReplaceAll(first.Data, nil), date.ReplaceAll(later.Data, nil)) {
		t.Error("a later try of the same sending differs in more than its date")
	}
}

func TestMessageID(t *testing.T) {
	same := map[string]func(*account.Delivery){
		"another attempt": func(d *account.Delivery) { d.Mail.Attempts++; d.Mail.Claim++; d.Mail.Due = noon },
		"another name":    func(d *account.Delivery) { d.Name = "Hanako Sato" },
	}
	other := map[string]func(*account.Delivery){
		"another sending":      func(d *account.Delivery) { d.Mail.Sending++ },
		"another entry":        func(d *account.Delivery) { d.Mail.ID++ },
		"another recipient":    func(d *account.Delivery) { d.Mail.To = "taro@example.com" },
		"another installation": func(d *account.Delivery) { d.Mail.Created = d.Mail.Created.Add(1) },
		"another team":         func(d *account.Delivery) { d.Settings.TeamNumber = "1235" },
	}
	first := compose(t, delivery()).ID
	check := func(name string, change func(*account.Delivery), wantSame bool) {
		d := delivery()
		change(&d)
		if got := compose(t, d).ID; (got == first) != wantSame {
			t.Errorf("%s: Message-ID %s after %s", name, got, first)
		}
	}
	for name, change := range same {
		check(name, change, true)
	}
	for name, change := range other {
		check(name, change, false)
	}
}

func TestMessageKeepsLinkOutOfLogs(t *testing.T) {
	m := compose(t, delivery())
	for _, s := range []string{fmt.Sprint(m), fmt.Sprintf("%+v", m), m.String()} {
		if strings.Contains(s, testCode) {
			t.Errorf("printed as %q", s)
		}
	}
}

// checkForm asserts what RFC 5322, 2.1.1 asks of every message: CRLF only, lines of at most 998 characters; and that
// it is 7-bit, so that every server takes it.
func checkForm(t *testing.T, data []byte) {
	t.Helper()
	rest := bytes.ReplaceAll(data, []byte("\r\n"), nil)
	if i := bytes.IndexAny(rest, "\r\n\x00"); i >= 0 {
		t.Errorf("a bare CR, LF or NUL: %.60q", rest[max(0, i-30):])
	}
	if i := bytes.IndexFunc(rest, func(r rune) bool { return r > 0x7e }); i >= 0 {
		t.Errorf("not 7-bit: %.60q", rest[max(0, i-30):])
	}
	for line := range bytes.SplitSeq(data, []byte("\r\n")) {
		if len(line) > 998 {
			t.Errorf("a line of %d characters: %.60q", len(line), line)
		}
	}
	if !bytes.HasSuffix(data, []byte("\r\n")) {
		t.Error("the last line has no end")
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("Hanako Yamada", "Unipos", "Example Trading", "hanako@example.com", false)
	f.Add("x\r\nBcc: y", "=?utf-8?b?DQpCY2M6IHg=?=", "\u202e\x00", "a..b@example.com", true)
	f.Add(strings.Repeat("\x00", 256), strings.Repeat("長", 300), "\xff", "a@b\r\n", false)
	f.Add("山田 花子", strings.Repeat("長", 300), "例\n商事", "hanako@example.com", true)
	f.Fuzz(func(t *testing.T, name, product, team, to string, japanese bool) {
		d := delivery()
		if japanese {
			d.Settings.Language = account.Japanese
		}
		d.Name, d.Settings.ProductName, d.Settings.TeamName, d.Mail.To = name, product, team, to
		m, err := Compose(d, noon)
		if err != nil {
			if account.CodeOf(err) != account.CodeInvalid {
				t.Fatal(err)
			}
			return
		}
		checkForm(t, m.Data)
		p := parse(t, m.Data)
		if len(p.header) != 10 {
			t.Errorf("a header was added or lost: %v", p.header)
		}
		for field, values := range p.header {
			if len(values) != 1 {
				t.Errorf("%s: %d times", field, len(values))
			}
		}
		if member.Clean(p.subject) != p.subject {
			t.Errorf("subject %q", p.subject)
		}
		if !slices.Contains(strings.Split(p.text, "\n"), testLink) {
			t.Errorf("the link has no line of its own:\n%s", p.text)
		}
	})
}
