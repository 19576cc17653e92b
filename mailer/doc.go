// Package mailer takes the outbox's entries to a mail server: it composes the messages, speaks SMTP, and decides when a
// mail that could not be delivered is tried again.
//
// It follows
//
//   - RFC 5321, SMTP, with RFC 1870 (SIZE), RFC 2034 and RFC 3463 (enhanced status codes)
//   - RFC 3207, STARTTLS, and RFC 8314, implicit TLS; TLS 1.2 or newer (RFC 8996), names checked as in RFC 9525
//   - RFC 4954, AUTH, with PLAIN (RFC 4616), OAUTHBEARER (RFC 7628) and LOGIN, which no RFC describes
//   - RFC 5322, the message format, and RFC 2045 to RFC 2047, MIME; RFC 3282, Content-Language
//   - RFC 3834, Auto-Submitted, so that no robot answers a robot
//
// A message is made from what the store holds each time it is sent, in the language that the settings name: the words of
// each language stand in one file, and a kind of mail that one of them lacks does not compile. Its Message-ID depends on
// the entry and on the number of the sending only. Where the outcome of a try stays unknown (the connection broke after
// the message was handed over, or the process died before it could report), the mail is sent again under the same
// Message-ID, by which mail servers and readers tell that it is the same mail.
//
// A durable commit takes longer than many a server does for a mail. So mails are delivered in batches: one commit tells
// what became of the mails of one batch and claims those of the next. A batch is a single mail at first, and grows only
// as long as it takes much less than a second; after a second the outbox is told in any case.
//
// What fails is either one mail, which is then tried again or given up by itself, or the mail server as a whole (no
// connection, no TLS, no signing in, no answer). With the server the pass ends: all mails wait together, and only the
// one that was tried has one try less.
package mailer
