package mailer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/emersion/go-message"
	mailheader "github.com/emersion/go-message/mail"

	"rekey/account"
	"rekey/member"
)

// Message is a mail ready to be sent. It holds the secret link: it lives in memory only.
type Message struct {
	ID   string // the Message-ID, without angle brackets
	From string // the envelope's sender
	To   string // the envelope's recipient
	Data []byte // header and body, lines ended by CRLF, 7-bit

	code string // the link's secret part, which no reply may carry on
}

// String keeps the link out of logs.
func (m Message) String() string { return "message <" + m.ID + ">" }

// Compose makes the message of a delivery, in the language of the settings: plain text with an HTML alternative. The
// same delivery at the same time gives the same bytes; at another time only the Date differs, and whether a lock is said
// to be over. An address that no mail can go to or come from, and a delivery that lacks its link or time, are refused
// with *account.Error: trying again would not help.
func Compose(d account.Delivery, now time.Time) (Message, error) {
	if err := checkDelivery(d); err != nil {
		return Message{}, err
	}
	l, err := writeLetter(d, now)
	if err != nil {
		return Message{}, err
	}
	return finish(d, l, now)
}

// finish makes a message of a letter. Of the delivery it takes the settings, the addressee and what tells it from other
// deliveries.
func finish(d account.Delivery, l letter, now time.Time) (m Message, err error) {
	m = Message{
		ID:   messageID(d),
		From: envelopeAddress(d.Settings.Sender),
		To:   envelopeAddress(d.Mail.To),
		code: secretOf(d.URL),
	}
	m.Data, err = encodeMessage(messageHeader(d, l, m.ID, now), l)
	if err != nil {
		return Message{}, fmt.Errorf("composing %v: %w", m, err)
	}
	return m, nil
}

// checkDelivery refuses what no message can be made of.
func checkDelivery(d account.Delivery) error {
	if err := checkSender(d.Settings.Sender); err != nil {
		return err
	}
	if err := checkAddressee(d.Mail.To, "Correct the member's address, then reset the password again."); err != nil {
		return err
	}
	if d.Mail.Kind != account.MailLocked && !isWebLink(d.URL) {
		return refuse("Check the base URL in the configuration, then send the mail again.",
			"The set-password link is not a web address.")
	}
	if d.Mail.Kind == account.MailLocked && d.Until.IsZero() {
		return refuse("", "The mail does not know until when the account is locked.")
	}
	return nil
}

func checkSender(address string) error {
	if reason := member.CheckEmail(address); reason != "" {
		return refuse("Change the sender in the team settings, then send the mail again.",
			"Mail cannot come from %q: %s.", member.Clean(address), reason)
	}
	return nil
}

func checkAddressee(address, hint string) error {
	if reason := member.CheckEmail(address); reason != "" {
		return refuse(hint, "Mail cannot go to %q: %s.", member.Clean(address), reason)
	}
	return nil
}

// isWebLink reports whether s can stand on a line of its own and be opened by a browser.
func isWebLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		member.Clean(s) == s && !strings.ContainsAny(s, " <>\"")
}

// secretOf gives the code that ends a link, or "".
func secretOf(link string) string {
	if link == "" {
		return ""
	}
	return path.Base(link)
}

// envelopeAddress writes an address as RFC 5321 asks: a local part with dots in unusual places, as some phone companies
// gave out, is quoted.
func envelopeAddress(address string) string {
	return strings.Trim((&mail.Address{Address: address}).String(), "<>")
}

// messageID names one sending of one entry. Entries of different installations are told apart by what is hashed.
func messageID(d account.Delivery) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %d %d", d.Settings.TeamNumber, d.Mail.To, d.Mail.Created.UnixNano(), d.Mail.Token)
	_, domain, _ := strings.Cut(d.Settings.Sender, "@")
	return fmt.Sprintf("%d.%d.%s@%s", d.Mail.ID, d.Mail.Sending, hex.EncodeToString(h.Sum(nil)[:10]), domain)
}

// boundary separates the parts. Quoted-printable text never holds "=_", so no part can hold a boundary.
func boundary(messageID string) string {
	sum := sha256.Sum256([]byte(messageID))
	return "=_" + hex.EncodeToString(sum[:12])
}

func messageHeader(d account.Delivery, l letter, id string, now time.Time) message.Header {
	var h mailheader.Header
	// go-message writes the field that was set last first. The two raw fields keep the spelling of their RFCs.
	h.SetContentType("multipart/alternative", map[string]string{"boundary": boundary(id)})
	h.AddRaw([]byte("MIME-Version: 1.0\r\n"))
	h.Set("Content-Language", l.Lang)
	h.Set("X-Auto-Response-Suppress", "All") // what Exchange heeds instead of Auto-Submitted
	h.Set("Auto-Submitted", "auto-generated")
	h.AddRaw([]byte("Message-ID: <" + id + ">\r\n"))
	h.SetDate(now.UTC())
	h.SetSubject(headerText(l.Subject))
	h.SetAddressList("To", []*mail.Address{{Name: displayName(d.Name), Address: d.Mail.To}})
	h.SetAddressList("From", []*mail.Address{{Name: displayName(d.Settings.ProductName), Address: d.Settings.Sender}})
	return h.Header
}

// headerText makes foreign text fit for a header: one line, nothing invisible, and no encoded word that a reader of the
// mail would decode into something else.
func headerText(s string) string {
	return strings.ReplaceAll(member.Clean(s), "=?", "= ?")
}

// displayName is the name beside an address, or none when it holds what cannot be shown.
func displayName(name string) string {
	name = strings.TrimSpace(name)
	if member.Clean(name) != name {
		return ""
	}
	return headerText(name)
}

func encodeMessage(h message.Header, l letter) ([]byte, error) {
	html, err := l.html()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := message.CreateWriter(&b, h)
	if err != nil {
		return nil, err
	}
	// The last alternative is the one that a reader prefers (RFC 2046, 5.1.4).
	if err := addPart(w, "text/plain", l.text()); err != nil {
		return nil, err
	}
	if err := addPart(w, "text/html", html); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func addPart(w *message.Writer, mediaType, body string) error {
	var h message.Header
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	h.SetContentType(mediaType, map[string]string{"charset": "utf-8"})
	part, err := w.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := part.Write([]byte(body)); err != nil {
		return err
	}
	return part.Close()
}
