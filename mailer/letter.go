package mailer

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"rekey/account"
	"rekey/member"
)

// letter is what a mail says, before it is rendered as plain text and as HTML. Line ends within a paragraph only keep
// the plain text narrow.
type letter struct {
	Subject string
	Hello   string
	Before  []string // paragraphs before the link
	Link    string   // stands on a line of its own; may be empty
	After   []string // paragraphs after the link
	Small   string   // the last lines
}

// writeLetter puts a delivery into words, as they are true at the time now.
func writeLetter(d account.Delivery, now time.Time) (letter, error) {
	zone := d.Zone
	if zone == nil {
		zone = time.UTC
	}
	product, team := member.Clean(d.Settings.ProductName), member.Clean(d.Settings.TeamName)
	l := letter{
		Hello: fmt.Sprintf("Hello %s,", member.Clean(d.Name)),
		Small: fmt.Sprintf("This mail was sent by %s to %s.\nPlease do not answer it: nobody reads the answers.",
			product, d.Mail.To),
	}
	switch d.Mail.Kind {
	case account.MailReset:
		l.Subject = fmt.Sprintf("[%s] Password reset e-mail", product)
		l.Before = []string{
			fmt.Sprintf("an admin of your team%s has reset\nyour %s password.", called(team), product),
			"To set a new password, please open this link:",
		}
		l.Link = d.URL
		l.After = []string{
			linkTerms(d.Expires, zone),
			"Your old password has stopped working, and you have been signed out\non all your devices.",
			unexpected,
		}
	case account.MailRequested:
		l.Subject = fmt.Sprintf("[%s] Password reset e-mail", product)
		l.Before = []string{
			fmt.Sprintf("somebody, probably you, asked for a new password for your %s account\non the page for forgotten passwords.", product),
			"To set a new password, please open this link:",
		}
		l.Link = d.URL
		l.After = []string{
			linkTerms(d.Expires, zone),
			"If it was not you, please leave the link alone: your password has not changed.",
		}
	case account.MailInvitation:
		l.Subject = fmt.Sprintf("Welcome to %s!", product)
		l.Before = []string{
			fmt.Sprintf("welcome! An admin of your team%s has added you\nto %s.", called(team), product),
			"To set your password and sign in for the first time, please open this link:",
		}
		l.Link = d.URL
		l.After = []string{
			linkTerms(d.Expires, zone),
			unexpected,
		}
	case account.MailLocked:
		l.Subject = "Your account has been locked for security reasons"
		l.Before = aboutLock(product, d.Until, now, zone)
	default:
		return letter{}, fmt.Errorf("mail %d is of an unknown kind (%d)", d.Mail.ID, d.Mail.Kind)
	}
	return l, nil
}

// aboutLock tells of a lock, which may be over by the time the mail goes out.
func aboutLock(product string, until, now time.Time, zone *time.Location) []string {
	what := "To protect it, the account has been locked until %s."
	advice := "If that was you, please wait until then and sign in again.\n" +
		"If you have forgotten your password, an admin of your team can reset it at once."
	if !now.Before(until) {
		what = "To protect it, the account was locked until %s,\nand is open again."
		advice = "If that was you, you can sign in again now.\n" +
			"If you have forgotten your password, an admin of your team can reset it."
	}
	return []string{
		fmt.Sprintf("a wrong password was entered too many times for your %s account.\n"+what,
			product, account.FormatTime(until, zone)),
		advice,
		"If it was not you, please tell an admin of your team.",
	}
}

const unexpected = "If you did not expect this, please leave the link alone\nand ask an admin of your team about it."

// called gives the team's name between commas, or nothing for a team without one.
func called(team string) string {
	if team == "" {
		return ""
	}
	return ", " + team + ","
}

func linkTerms(expires time.Time, zone *time.Location) string {
	return fmt.Sprintf("The link works once, until %s.\nIt is for you alone: please do not pass it on.",
		account.FormatTime(expires, zone))
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
	var b strings.Builder
	if err := page.Execute(&b, l); err != nil {
		return "", fmt.Errorf("rendering the HTML part: %w", err)
	}
	return b.String(), nil
}

// The link starts a line, so that it also stays whole in most encoded messages.
var page = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html lang="en">
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
`))
