package account

import (
	"time"

	"rekey/member"
)

// MailID numbers the outbox's entries from 1.
type MailID uint64

// MailKind is what a mail is about.
type MailKind uint8

// The kinds.
const (
	MailReset      MailKind = iota + 1 // a password was reset: holds the set-password link
	MailInvitation                     // a new member: holds the set-password link
	MailLocked                         // the account has been locked: holds no link
	MailRequested                      // the member forgot the password and asked for a link
)

// String names the kind in JSON and in the audit log.
func (k MailKind) String() string {
	switch k {
	case MailReset:
		return "reset"
	case MailInvitation:
		return "invitation"
	case MailLocked:
		return "locked"
	case MailRequested:
		return "requested"
	}
	return "unknown"
}

// MailState is what became of a mail.
type MailState uint8

// The states.
const (
	MailQueued     MailState = iota + 1 // waits for its first or next try
	MailAccepted                        // the mail server took it; its reply is kept
	MailRefused                         // the mail server refused it for good, or all tries failed
	MailSuperseded                      // dropped: its link had stopped working before it was sent
	MailCancelled                       // taken out of the queue by an admin
)

// String names the state in JSON.
func (s MailState) String() string {
	switch s {
	case MailQueued:
		return "queued"
	case MailAccepted:
		return "accepted"
	case MailRefused:
		return "refused"
	case MailSuperseded:
		return "superseded"
	case MailCancelled:
		return "cancelled"
	}
	return "unknown"
}

// Mail is an entry of the outbox. It holds no text and no link: both are made from the token when the mail is sent.
type Mail struct {
	ID       MailID
	Kind     MailKind
	Member   member.ID
	To       string // the address when the entry was made
	Token    Serial // 0 for kinds without a link
	Created  time.Time
	State    MailState
	Sending  int       // which sending this is: 1, then one more each time an admin sends it again
	Attempts int       // tries of this sending so far
	Due      time.Time // while queued: when a courier should look at it next
	Claim    uint64    // raised by each claim; only the courier that made the last claim may report on it
	Claimed  bool      // a courier is at it, until Due at the latest
	Reply    string    // the mail server's last reply, or why there was none; foreign text
	Done     time.Time // when it reached a state other than queued
	Until    time.Time // for MailLocked: when the lock ends
}

// Queue sums up the mails that wait in the outbox, whether they are due or not. The times are zero while none does.
type Queue struct {
	Mails  int
	Oldest time.Time // when the oldest of them was made
	Due    time.Time // when a courier should look at the first of them; long ago, if no courier is at work
}

// Delivery is a claimed mail with all that is needed to compose it. It holds the secret link: it lives in memory only.
type Delivery struct {
	Mail     Mail
	Settings Settings
	Name     string    // the member's
	URL      string    // the set-password link; empty for kinds without one
	Expires  time.Time // the link's; zero for kinds without one
	Until    time.Time // for MailLocked: when the lock ends, or ended
	Zone     *time.Location
}

// String keeps the link out of logs.
func (d Delivery) String() string { return "delivery of mail " + itoa(int(d.Mail.ID)) }

// Outcome is what became of a mail that a courier claimed.
type Outcome struct {
	State   MailState // MailAccepted or MailRefused; MailQueued: failed for now, to be tried again
	Reply   string    // the server's reply, or what went wrong
	Pause   time.Duration
	Untried bool // MailQueued: given back as it was; the claim does not count as a try
}

// Report is what a courier says of a mail that it claimed, and ends the claim.
type Report struct {
	Mail  MailID
	Claim uint64 // the mail's, as it was claimed
	Outcome
}

// Report is the report that the delivery had this outcome.
func (d Delivery) Report(o Outcome) Report {
	return Report{Mail: d.Mail.ID, Claim: d.Mail.Claim, Outcome: o}
}
