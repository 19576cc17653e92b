package mailer

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"rekey/account"
)

var update = flag.Bool("update", false, "write the golden files anew")

// everyLetter gives a message of each kind in a language, by name.
func everyLetter(t *testing.T, l account.Language) map[string]Message {
	t.Helper()
	letters := map[string]Message{}
	for name, change := range map[string]func(*account.Delivery){
		"reset":      func(d *account.Delivery) {},
		"requested":  func(d *account.Delivery) { d.Mail.Kind = account.MailRequested },
		"invitation": func(d *account.Delivery) { d.Mail.Kind = account.MailInvitation },
		"locked":     func(d *account.Delivery) { lock(d, noon.Add(15*time.Minute)) },
		"unlocked":   func(d *account.Delivery) { lock(d, noon) },
		"no_team":    func(d *account.Delivery) { d.Settings.TeamName = "" },
	} {
		d := delivery()
		d.Settings.Language = l
		change(&d)
		letters[name] = compose(t, d)
	}
	letters["test"] = trial(t, l)
	return letters
}

func lock(d *account.Delivery, until time.Time) {
	d.Mail.Kind, d.Until, d.URL, d.Expires = account.MailLocked, until, "", time.Time{}
}

func trial(t *testing.T, l account.Language) Message {
	t.Helper()
	settings := delivery().Settings
	settings.Language = l
	m, err := Trial{Settings: settings, To: "it@example.com", Host: "hr-01", Zone: tokyo}.Compose(noon)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The golden files are what a member reads: look at them when they change.
func TestLettersInEveryLanguage(t *testing.T) {
	for _, l := range account.Languages() {
		for name, m := range everyLetter(t, l) {
			t.Run(string(l)+"_"+name, func(t *testing.T) {
				p := parse(t, m.Data)
				got := "Subject: " + p.subject + "\n\n" + p.text + "\n" + p.html
				path := filepath.Join("testdata", string(l)+"_"+name+".txt")
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("it differs from %s:\n%s", path, got)
				}
			})
		}
	}
}

func TestEveryLanguageSaysWhichItIs(t *testing.T) {
	for _, l := range account.Languages() {
		for name, m := range everyLetter(t, l) {
			p := parse(t, m.Data)
			if got := p.header.Get("Content-Language"); got != string(l) {
				t.Errorf("%s in %v: Content-Language is %q", name, l, got)
			}
			if !strings.Contains(p.html, `<html lang="`+string(l)+`">`) {
				t.Errorf("%s in %v: the HTML is in another language", name, l)
			}
			checkForm(t, m.Data)
		}
	}
}

// Narrow lines are not broken by the reader's program at a place where nobody would.
func TestTextIsNarrow(t *testing.T) {
	for _, l := range account.Languages() {
		for name, m := range everyLetter(t, l) {
			for line := range strings.Lines(parse(t, m.Data).text) {
				if width := ansi.StringWidth(line); width > 78 {
					t.Errorf("%s in %v: %d cells: %s", name, l, width, line)
				}
			}
		}
	}
}

// A line end in HTML is a space, which Japanese has none of within a sentence.
func TestJapaneseParagraphsFlow(t *testing.T) {
	for name, m := range everyLetter(t, account.Japanese) {
		html := parse(t, m.Data).html
		_, paragraphs, _ := strings.Cut(html, "<body")
		for line := range strings.Lines(paragraphs) {
			isText := strings.HasPrefix(line, "<p>") && !strings.HasPrefix(line, "<p><a")
			if isText && !strings.HasSuffix(line, "</p>\n") {
				t.Errorf("%s: a paragraph is broken: %s", name, line)
			}
		}
	}
}

func TestJapaneseMailIsTheSameEachTime(t *testing.T) {
	d := delivery()
	d.Settings.Language = account.Japanese
	if !bytes.Equal(compose(t, d).Data, compose(t, d).Data) {
		t.Error("the same delivery at the same time gives other bytes")
	}
}

// A language that the settings do not know any more is no reason to send nothing.
func TestUnknownLanguageIsEnglish(t *testing.T) {
	d := delivery()
	want := compose(t, d).Data
	d.Settings.Language = ""
	if got := compose(t, d).Data; !bytes.Equal(got, want) {
		t.Errorf("got:\n%s", got)
	}
}
