package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"rekey/member"
)

// NextMailDue tells when a courier should look at the outbox next: ErrNotFound when nothing waits.
func (s *Service) NextMailDue(ctx context.Context) (time.Time, error) {
	var due time.Time
	err := s.store.View(ctx, func(r Reader) error {
		m, err := r.DueMail()
		due = m.Due
		return err
	})
	return due, err
}

// Queue sums up what waits in the outbox.
func (s *Service) Queue(ctx context.Context) (Queue, error) {
	var q Queue
	err := s.store.View(ctx, func(r Reader) (err error) {
		q, err = r.Queue()
		return err
	})
	return q, err
}

// ClaimMail takes the mail that is due first, for the time of lease: until then no other courier gets it, and after it,
// should this courier never report, the next one does. Mails that have become obsolete are dropped on the way. It answers
// ErrNotFound when none is due.
func (s *Service) ClaimMail(ctx context.Context, lease time.Duration) (Delivery, error) {
	for {
		d, claimed, err := s.claim(ctx, lease, Reader.DueMail)
		if err != nil || claimed {
			return d, err
		}
	}
}

// ClaimMailID takes one certain mail as ClaimMail does. It answers ErrNotFound when the mail is not queued, is claimed
// by another courier, or was dropped.
func (s *Service) ClaimMailID(ctx context.Context, id MailID, lease time.Duration) (Delivery, error) {
	d, claimed, err := s.claim(ctx, lease, func(r Reader) (Mail, error) { return r.Mail(id) })
	if err == nil && !claimed {
		err = ErrNotFound
	}
	return d, err
}

// claim takes the mail that pick chooses, or drops it when it is obsolete (then claimed is false).
func (s *Service) claim(ctx context.Context, lease time.Duration, pick func(Reader) (Mail, error)) (d Delivery, claimed bool, err error) {
	now := s.clock()
	err = s.store.Update(ctx, func(w Writer) error {
		d, claimed = Delivery{}, false
		mail, err := pick(w)
		if err != nil {
			return err
		}
		if mail.State != MailQueued || mail.Due.After(now) {
			return ErrNotFound
		}
		d, err = s.delivery(w, mail, now)
		if errors.Is(err, errObsolete) {
			return s.drop(w, mail, now)
		}
		if err != nil {
			return err
		}
		claimed = true
		d.Mail.Attempts++
		d.Mail.Claim++
		d.Mail.Claimed = true
		d.Mail.Due = now.Add(lease)
		_, err = w.PutMail(d.Mail)
		return err
	})
	return d, claimed, err
}

// errObsolete says that a mail has nothing useful to say any more: its link is void, or the lock it tells of long past, or
// its address is not the member's any more.
var errObsolete = errors.New("the mail is obsolete")

// noticeLife is how long after a lockout the member is still told of it: the mail server may be down when it happens.
const noticeLife = 24 * time.Hour

// delivery gathers what the mail says, from what is committed.
func (s *Service) delivery(r Reader, mail Mail, now time.Time) (Delivery, error) {
	set, err := r.Settings()
	if err != nil {
		return Delivery{}, err
	}
	m, err := r.Member(mail.Member)
	if errors.Is(err, ErrNotFound) {
		return Delivery{}, errObsolete
	}
	if err != nil {
		return Delivery{}, err
	}
	d := Delivery{Mail: mail, Settings: set, Name: m.Name, Until: mail.Until, Zone: s.zone}
	if mail.Kind == MailLocked {
		if now.After(mail.Created.Add(noticeLife)) || m.Status == member.Deleted || mail.To != m.Email {
			return d, errObsolete
		}
		return d, nil
	}
	token, err := validToken(r, set, m, now)
	if errors.Is(err, ErrNotFound) || err == nil && token.Serial != mail.Token {
		return d, errObsolete
	}
	d.URL, d.Expires = s.link(token), token.Expires
	return d, err
}

// ReportMail records what became of a claimed mail. A report on a claim that was taken over by another courier meanwhile
// is dropped, but for an acceptance: that a mail was taken stays true.
func (s *Service) ReportMail(ctx context.Context, id MailID, claim uint64, o Outcome) error {
	now := s.clock()
	return s.store.Update(ctx, func(w Writer) error {
		mail, err := w.Mail(id)
		if err != nil {
			return err
		}
		if mail.State == MailAccepted || mail.Claim != claim && o.State != MailAccepted {
			return nil
		}
		mail.Reply, mail.Claimed = o.Reply, false
		if o.State == MailQueued {
			if mail.State != MailQueued {
				return nil // superseded while it was being tried
			}
			mail.Due = now.Add(o.Pause)
			_, err = w.PutMail(mail)
			return err
		}
		mail.State, mail.Done = o.State, now
		if _, err := w.PutMail(mail); err != nil {
			return err
		}
		return s.recordMail(w, mail, now)
	})
}

// Mail gives one entry of the outbox.
func (s *Service) Mail(ctx context.Context, id MailID) (Mail, error) {
	var mail Mail
	err := s.store.View(ctx, func(r Reader) (err error) {
		mail, err = r.Mail(id)
		return err
	})
	return mail, err
}

// Mails gives up to limit entries of the outbox that are older than before (0: from the newest), newest first.
func (s *Service) Mails(ctx context.Context, before MailID, limit int) ([]Mail, error) {
	var mails []Mail
	err := s.store.View(ctx, func(r Reader) (err error) {
		mails, err = r.Mails(before, limit)
		return err
	})
	return mails, err
}

// MailQuery is which mails are looked for.
type MailQuery struct {
	State  MailState // 0: any
	Text   string    // a part of the address, in any case and width; empty: any
	Member member.ID // 0: any
}

// fits reports whether m is looked for. The text has been folded.
func (q MailQuery) fits(m Mail) bool {
	return (q.State == 0 || m.State == q.State) && (q.Member == 0 || m.Member == q.Member) &&
		strings.Contains(fold(m.To), q.Text)
}

// FindMails gives entries of the outbox that are older than before (0: from the newest), newest first: up to limit of
// those that q looks for. It looks at some thousands of entries at a time: next is where to go on, 0 at the end.
func (s *Service) FindMails(ctx context.Context, q MailQuery, before MailID, limit int) (found []Mail, next MailID, err error) {
	q.Text = fold(q.Text) // once, not for each entry
	err = s.store.View(ctx, func(r Reader) (err error) {
		found, next, err = searchBack(before, limit, Mail.id, r.Mails, q.fits)
		return err
	})
	return found, next, err
}

func (m Mail) id() MailID { return m.ID }

// SendAgain queues a mail once more, whatever became of it: the same message with the same link, which stays valid as
// long as it was. One that waits for its next try is tried at once. It refuses with CodeNoMail when there is no such
// mail or its link is void.
func (s *Service) SendAgain(ctx context.Context, admin Admin, id MailID) (Mail, error) {
	return s.handleMail(ctx, admin, id, EventMailAgain, func(w Writer, mail Mail, now time.Time) (Mail, error) {
		_, err := s.delivery(w, mail, now)
		if errors.Is(err, errObsolete) {
			return mail, &Error{CodeNoMail, "This mail has nothing valid to say any more.", "Reset the password to send a new link."}
		}
		if err != nil {
			return mail, err
		}
		return requeue(w, mail, now)
	})
}

// CancelMail takes a mail that waits out of the queue. Its link stays valid, so that the mail can be sent again. It
// refuses with CodeNoMail when the mail does not wait, or is on its way right now.
func (s *Service) CancelMail(ctx context.Context, admin Admin, id MailID) (Mail, error) {
	return s.handleMail(ctx, admin, id, EventMailCancelled, func(w Writer, mail Mail, now time.Time) (Mail, error) {
		switch {
		case mail.State != MailQueued:
			return mail, &Error{CodeNoMail, "This mail does not wait any more.", "It says what became of it."}
		case mail.Claimed && now.Before(mail.Due):
			return mail, &Error{CodeNoMail, "This mail is on its way right now.", "See in a moment what became of it."}
		}
		mail.State, mail.Done = MailCancelled, now
		_, err := w.PutMail(mail)
		return mail, err
	})
}

// handleMail does something with one mail for an admin, and records it.
func (s *Service) handleMail(ctx context.Context, admin Admin, id MailID, event Event, handle func(Writer, Mail, time.Time) (Mail, error)) (Mail, error) {
	now := s.clock()
	var mail Mail
	err := s.store.Update(ctx, func(w Writer) error {
		if err := s.authorize(w, admin, now); err != nil {
			return err
		}
		found, err := w.Mail(id)
		if errors.Is(err, ErrNotFound) {
			return &Error{CodeNoMail, "There is no such mail.", "Reset the password to send one."}
		}
		if err != nil {
			return err
		}
		if mail, err = handle(w, found, now); err != nil {
			return err
		}
		return s.record(w, Record{At: now, Event: event, Actor: admin.ID, Target: mail.Member, Details: mailDetails(mail)})
	})
	return mail, err
}

// requeue puts a mail at the head of the queue once more, as a new sending if the last one has ended. One that is being
// sent right now is left alone.
func requeue(w Writer, mail Mail, now time.Time) (Mail, error) {
	if mail.Claimed && now.Before(mail.Due) {
		return mail, nil
	}
	if mail.State != MailQueued {
		mail.Sending++
		mail.Attempts = 0
	}
	mail.State, mail.Due, mail.Done, mail.Reply = MailQueued, now, time.Time{}, ""
	_, err := w.PutMail(mail)
	return mail, err
}

// supersede takes a waiting mail out of the queue, because what it says is about to become untrue.
func (s *Service) supersede(w Writer, id MailID, now time.Time) error {
	if id == 0 {
		return nil
	}
	mail, err := w.Mail(id)
	if err != nil || mail.State != MailQueued {
		return err
	}
	return s.drop(w, mail, now)
}

// drop ends a mail that has become obsolete.
func (s *Service) drop(w Writer, mail Mail, now time.Time) error {
	mail.State, mail.Done = MailSuperseded, now
	if _, err := w.PutMail(mail); err != nil {
		return err
	}
	return s.recordMail(w, mail, now)
}

func (s *Service) recordMail(w Writer, mail Mail, now time.Time) error {
	event := EventMailAccepted
	switch mail.State {
	case MailRefused:
		event = EventMailRefused
	case MailSuperseded:
		event = EventMailSuperseded
	}
	return s.record(w, Record{At: now, Event: event, Target: mail.Member, Details: mailDetails(mail)})
}

func mailDetails(mail Mail) []Detail {
	details := []Detail{{"mail", itoa(int(mail.ID))}, {"kind", mail.Kind.String()}, {"to", mail.To}, {"sending", itoa(mail.Sending)}}
	if mail.Reply != "" {
		details = append(details, Detail{"reply", mail.Reply})
	}
	return details
}
