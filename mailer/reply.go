package mailer

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/emersion/go-smtp"

	"rekey/member"
)

// maxReply bounds a reply that is kept, in characters.
const maxReply = 1000

// Failure is a try that did not bring the mail to the server. Reply is harmless to show and holds no secret.
type Failure struct {
	Permanent bool   // the server refused this mail for good; otherwise a later try may succeed
	Server    bool   // the server cannot be used now: another mail would fail in the same way
	Reply     string // the server's reply, or why there was none; never empty

	stage stage // how far it had come
}

// Error gives the reply.
func (f *Failure) Error() string { return f.Reply }

// permanent reports whether the server's answer to a command of a mail's transaction is its last word on that mail.
func permanent(err error) bool {
	answer, ok := errors.AsType[*smtp.SMTPError](err)
	return ok && answer.Code/100 == 5 && !aboutSignIn(answer)
}

// aboutServer reports whether err is not the server's word on one mail. A server that breaks the connection or stays
// silent within a transaction counts as well: were it one mail's fault, no more than a pause would be lost.
func aboutServer(err error) bool {
	answer, ok := errors.AsType[*smtp.SMTPError](err)
	return !ok || answer.Code == codeClosing || aboutSignIn(answer)
}

// aboutSignIn reports whether an answer is about how this program signed in (RFC 4954, 6). Such a refusal ends with a
// change of the configuration, so the mails wait for it.
func aboutSignIn(answer *smtp.SMTPError) bool {
	switch answer.Code {
	case 530, 534, 535, 538:
		return true
	}
	return false
}

// replyOf gives the server's answer as the server wrote it.
func replyOf(answer *smtp.SMTPError) string {
	text := answer.Message
	if e := answer.EnhancedCode; e[0] > 0 {
		text = fmt.Sprintf("%d.%d.%d %s", e[0], e[1], e[2], text)
	}
	return joinReply(answer.Code, text)
}

// joinReply makes one line of a reply of several. RFC 2034 repeats the enhanced status code on each line; it is kept
// once.
func joinReply(code int, text string) string {
	lines := strings.Split(text, "\n")
	status, _, _ := strings.Cut(lines[0], " ")
	for i, line := range lines {
		if rest, repeated := strings.CutPrefix(line, status+" "); i > 0 && repeated {
			line = rest
		}
		lines[i] = strings.TrimSpace(line)
	}
	return fmt.Sprintf("%03d %s", code, strings.Join(lines, " "))
}

// secrets are what must not come back in a reply: servers quote what they dislike.
type secrets struct {
	literals *strings.Replacer
	code     *regexp.Regexp // nil when the message holds no link
}

const redacted = "[removed]"

func (c Config) secrets(m Message) secrets {
	s := secrets{literals: strings.NewReplacer()}
	if c.Password != "" {
		s.literals = strings.NewReplacer(
			c.Password, redacted,
			base64.StdEncoding.EncodeToString([]byte(c.Password)), redacted,
			base64.StdEncoding.EncodeToString([]byte("\x00"+c.Username+"\x00"+c.Password)), redacted, // PLAIN
			base64.StdEncoding.EncodeToString([]byte(c.bearerResponse())), redacted,
		)
	}
	s.code = codePattern(m.code)
	return s
}

// codePattern finds a code in any case, with other separators between its letters, or broken over lines as
// quoted-printable does.
func codePattern(code string) *regexp.Regexp {
	var letters []string
	for _, r := range code {
		if r != '-' {
			letters = append(letters, regexp.QuoteMeta(string(r)))
		}
	}
	if len(letters) == 0 {
		return nil
	}
	return regexp.MustCompile(`(?i)` + strings.Join(letters, `[-=\s]*`))
}

// clean makes a reply fit to be kept and shown: without secrets, on one line, harmless, and not too long.
func (s secrets) clean(reply string) string {
	reply = s.literals.Replace(reply)
	if s.code != nil {
		reply = s.code.ReplaceAllString(reply, redacted)
	}
	reply = member.Clean(strings.Join(strings.Fields(reply), " "))
	if runes := []rune(reply); len(runes) > maxReply {
		reply = string(runes[:maxReply-1]) + "…"
	}
	return reply
}
