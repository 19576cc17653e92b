package main

import (
	"context"
	"errors"
	"os"
	"time"

	"rekey/account"
	"rekey/store"
)

// keyFile looks whether the key is there and fits the store.
func (u *checkup) keyFile(context.Context) checkResult {
	path := u.dir.keyFile(*u.config)
	key, err := readKey(path, u.env.get("CREDENTIALS_DIRECTORY"))
	if err != nil {
		return failed(err)
	}
	u.program, u.storeErr = assemble(u.dir, *u.config, key)
	if errors.Is(u.storeErr, store.ErrWrongKey) {
		return failed(u.storeErr)
	}
	u.installation = key.Installation()
	if u.storeErr != nil {
		return passed("%s", path)
	}
	return passed("%s fits the store", path)
}

// storeFile looks whether the store opens, counts its members, and sees to it that nobody else can read it.
func (u *checkup) storeFile(ctx context.Context) checkResult {
	if u.storeErr != nil {
		return failed(u.storeErr)
	}
	members, err := countMembers(ctx, u.program)
	if err != nil {
		return failed(err)
	}
	d := u.dir
	for _, err := range []error{
		mustBeClosed(string(d), dirMode), mustBeClosed(d.storeFile(), fileMode),
		mustBeClosed(d.storeFile()+".gate", fileMode), mustBeClosed(d.storeFile()+".writer", fileMode), mustBeClosed(d.forms(), dirMode),
	} {
		if err != nil {
			return failed(err)
		}
	}
	info, err := os.Stat(d.storeFile())
	if err != nil {
		return failed(err)
	}
	return passed("%s, %s", count(members, "member"), sizeText(uint64(info.Size())))
}

// countMembers counts those who have not been deleted.
func countMembers(ctx context.Context, p *program) (n int, err error) {
	for _, err := range p.service.Members(ctx) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// teamSettings looks at the team's settings.
func (u *checkup) teamSettings(ctx context.Context) checkResult {
	s, err := u.program.service.Settings(ctx)
	if err != nil {
		return failed(err)
	}
	if err := s.Validate(); err != nil {
		return failed(err)
	}
	u.settings = &s
	return passed("mails come from %s, in %v", s.Sender, s.Language)
}

// Bounds on what waits in the outbox.
const (
	overdue      = 15 * time.Minute   // a mail that is due so long is not being looked after
	longWait     = time.Hour          // a mail that is tried in vain so long deserves a look
	refusedSince = 7 * 24 * time.Hour // refusals that are told
)

// outbox looks for mails that should have gone out, and for refused ones.
func (u *checkup) outbox(ctx context.Context) checkResult {
	mails, err := u.program.findMails(ctx, account.MailQuery{}, 0)
	if err != nil {
		return failed(err)
	}
	return newBacklog(mails, u.now()).judge(u.program.hasMailServer())
}

// backlog is what is left to do in the outbox.
type backlog struct {
	waiting waitingMails
	oldest  account.Mail // of those that wait
	overdue bool         // one that waits should have been tried long ago
	old     bool         // the oldest has been tried in vain for long
	refused int          // in the last days
}

// newBacklog looks through mails, which are given newest first.
func newBacklog(mails []account.Mail, now time.Time) (b backlog) {
	for _, m := range mails {
		switch {
		case m.State == account.MailQueued:
			b.waiting++
			b.oldest = m
			b.overdue = b.overdue || m.Due.Before(now.Add(-overdue))
		case m.State == account.MailRefused && m.Done.After(now.Add(-refusedSince)):
			b.refused++
		}
	}
	b.old = b.waiting > 0 && b.oldest.Created.Before(now.Add(-longWait))
	return b
}

func (b backlog) judge(hasMailServer bool) checkResult {
	since := ""
	if b.waiting > 0 {
		since = b.waiting.say("wait") + ", the oldest since " + shownTime(b.oldest.Created)
		if b.oldest.Reply != "" {
			since += " (" + b.oldest.Reply + ")"
		}
	}
	switch {
	case b.waiting > 0 && !hasMailServer:
		return doubtful("Set mail.host (REKEY_MAIL_HOST).", "%s; no mail server is configured.", since)
	case b.overdue:
		return failed(refuse("See that `rekey serve` runs and that the mail server can be used, or run `rekey outbox send`.",
			"%s, and what is due is not being sent.", since))
	case b.old:
		return doubtful("See `rekey outbox --status queued`.", "%s.", since)
	case b.refused > 0:
		return doubtful("See `rekey outbox --status refused`.",
			"%s refused in the last 7 days.", count(b.refused, "mail"))
	case b.waiting > 0:
		return passed("%s", since)
	}
	return passed("nothing waits")
}

// wholeStore reads all of the store and compares its parts.
func (u *checkup) wholeStore(ctx context.Context) checkResult {
	if err := u.program.store.Check(ctx); err != nil {
		return failed(err)
	}
	return passed("every page, record and index is whole")
}

// auditLog follows the audit log to its first record.
func (u *checkup) auditLog(ctx context.Context) checkResult {
	n, err := u.program.service.VerifyAudit(ctx)
	if err != nil {
		return failed(err)
	}
	return passed("%s, unchanged", count(n, "record"))
}
