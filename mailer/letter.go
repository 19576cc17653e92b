package mailer

import (
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"

	"rekey/account"
	"rekey/member"
)

// letter is what a mail says, before it is rendered as plain text and as HTML. Line ends within a paragraph only keep
// the plain text narrow.
type letter struct {
	Lang  string // the language's tag (RFC 5646)
	Hello string
	body
	Link  string // stands on a line of its own; may be empty
	Small string // the last lines

	unbroken func(string) string
}

// body is the part of a letter that depends on what it is about.
type body struct {
	Subject string
	Before  []string // paragraphs before the link
	After   []string // paragraphs after the link
}

// newLetter begins a letter to somebody.
func newLetter(w wording, f facts) letter {
	return letter{Lang: w.tag(), Hello: w.hello(f), Small: w.small(f), unbroken: w.unbroken}
}

// writeLetter puts a delivery into words, as they are true at the time now.
func writeLetter(d account.Delivery, now time.Time) (letter, error) {
	f := newFacts(d.Settings, d.Mail.To)
	f.name = member.Clean(d.Name)
	zone := zoneOf(d.Zone)
	f.expires = account.FormatTime(d.Expires, zone)
	f.until, f.over = account.FormatTime(d.Until, zone), !now.Before(d.Until)
	w := wordingIn(d.Settings.Language)
	l := newLetter(w, f)
	l.Link = d.URL
	switch d.Mail.Kind {
	case account.MailReset:
		l.body = w.reset(f)
	case account.MailRequested:
		l.body = w.requested(f)
	case account.MailInvitation:
		l.body = w.invitation(f)
	case account.MailLocked:
		l.body, l.Link = w.locked(f), ""
	default:
		return letter{}, fmt.Errorf("mail %d is of an unknown kind (%d)", d.Mail.ID, d.Mail.Kind)
	}
	return l, nil
}

func zoneOf(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// text renders the letter as plain text.
func (l letter) text() string {
	blocks := append([]string{l.Hello}, l.Before...)
	if l.Link != "" {
		blocks = append(blocks, l.Link)
	}
	blocks = append(blocks, l.After...)
	blocks = append(blocks, l.Small)
	return strings.Join(blocks, "\n\n") + "\n"
}

// html renders the letter as HTML. It sets no colours, so that it is readable in dark and in light.
func (l letter) html() (string, error) {
	l.Before, l.After, l.Small = l.flowing(l.Before), l.flowing(l.After), l.unbroken(l.Small)
	var b strings.Builder
	if err := page().Execute(&b, l); err != nil {
		return "", fmt.Errorf("rendering the HTML part: %w", err)
	}
	return b.String(), nil
}

// flowing gives paragraphs as HTML breaks them into lines: by itself.
func (l letter) flowing(paragraphs []string) []string {
	flowing := make([]string, len(paragraphs))
	for i, p := range paragraphs {
		flowing[i] = l.unbroken(p)
	}
	return flowing
}

// page is parsed for the first mail, not at the start of every command.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("mail").Parse(pageText))
})

// The link starts a line, so that it also stays whole in most encoded messages.
const pageText = `<!DOCTYPE html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Subject}}</title>
</head>
<body style="margin: 0 auto; padding: 1em; max-width: 38em; font-family: sans-serif; line-height: 1.5">
<p>{{.Hello}}</p>
{{range .Before}}<p>{{.}}</p>
{{end}}{{with .Link}}<p><a
href="{{.}}">
{{.}}</a></p>
{{end}}{{range .After}}<p>{{.}}</p>
{{end}}<hr>
<p><small>{{.Small}}</small></p>
</body>
</html>
`
