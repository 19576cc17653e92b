package tui

import (
	"time"

	"rekey/account"
)

// mailState says what became of a mail, with the mail server's own words.
func (s *shared) mailState(m account.Mail) string {
	if m.ID == 0 {
		return "none"
	}
	state := mailStateName(m)
	if m.State == account.MailQueued && m.Attempts > 0 {
		state += ", " + count(m.Attempts, "try") + " so far"
		if !m.Claimed && m.Due.After(s.now) { // the Due of a claimed mail is the end of its claim
			state += ", next try " + s.soon(m.Due)
		}
	}
	if m.Reply != "" {
		state += ": " + clean(m.Reply)
	}
	return state
}

// mailStateName says in a few words what became of a mail.
func mailStateName(m account.Mail) string {
	switch m.State {
	case account.MailQueued:
		return "queued"
	case account.MailAccepted:
		return "accepted by the mail server"
	case account.MailRefused:
		return "refused by the mail server"
	case account.MailSuperseded:
		if m.Token == 0 {
			return "dropped, because the lockout was over"
		}
		return "dropped, because its link had stopped working"
	case account.MailCancelled:
		return "cancelled by an admin"
	}
	return "unknown"
}

// soon shows an instant that is near: on the same day, its time alone.
func (s *shared) soon(t time.Time) string {
	zone := s.service.Zone()
	if now := s.now.In(zone); t.In(zone).Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.In(zone).Format("15:04")
	}
	return s.time(t)
}

// mailHint says what to do about the mail's state.
func (s *shared) mailHint(m account.Mail) string {
	switch {
	case m.State == account.MailRefused:
		return "Check the address with the member and the mail server's settings, then send it again."
	case m.State == account.MailSuperseded && m.Token != 0:
		return "A later reset has made this link void: its own mail brings the link that works."
	case m.State == account.MailCancelled:
		return "Its link still works: send it again if it is to go out after all."
	case m.State == account.MailQueued && !s.delivers:
		return "No mail server is configured here: the mail waits. `rekey serve`, or rekey with mail.host set, delivers it."
	case m.State == account.MailQueued && m.Reply != "":
		return "If it stays like this, check [mail] in rekey.toml (REKEY_MAIL_HOST)."
	case m.State == account.MailAccepted:
		return "If it does not arrive: look into the spam folder, check the address, send it again."
	}
	return ""
}

// shortMailHint is mailHint where there is little room: only for a mail that does not get away.
func (s *shared) shortMailHint(m account.Mail) string {
	switch {
	case m.ID == 0 || m.State != account.MailQueued:
		return ""
	case !s.delivers:
		return "No mail server is configured here: it waits."
	case m.Reply != "":
		return "If it stays: check [mail] in rekey.toml."
	}
	return ""
}
