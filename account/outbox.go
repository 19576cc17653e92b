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

// ServeMails is a courier's whole business with the outbox, in one transaction: it takes the reports on mails that the
// courier claimed before, and gives it up to n others, those that are due first. Until lease has passed, or the courier
// reports, no other one gets these; after it, should the courier never report, the next one does. Mails that have become
// obsolete are dropped on the way. Only when none is due does it give none.
func (s *Service) ServeMails(ctx context.Context, reports []Report, n int, lease time.Duration) ([]Delivery, error) {
	for {
		claimed, dropped, err := s.serveMails(ctx, reports, n, lease)
		if err != nil || len(claimed) > 0 || dropped == 0 {
			return claimed, err
		}
		reports = nil // they are recorded
	}
}

// serveMails looks at up to n mails. It is a Bulk for the number of its writes: not for all of them to be kept or none,
// as each is true by itself.
func (s *Service) serveMails(ctx context.Context, reports []Report, n int, lease time.Duration) (claimed []Delivery, dropped int, err error) {
	now := s.clock()
	err = s.store.Bulk(ctx, func(w Writer) error {
		claimed, dropped = nil, 0
		for _, r := range reports {
			if err := s.report(w, r, now); err != nil {
				return err
			}
		}
		for range n {
			mail, err := w.DueMail()
			if errors.Is(err, ErrNotFound) || err == nil && mail.Due.After(now) {
				return nil
			}
			if err != nil {
				return err
			}
			d, err := s.claim(w, mail, now, lease)
			switch {
			case errors.Is(err, errObsolete):
				dropped++
			case err != nil:
				return err
			default:
				claimed = append(claimed, d)
			}
		}
		return nil
	})
	return claimed, dropped, err
}

// ClaimMailID gives one certain mail as ServeMails does. It answers ErrNotFound when the mail is not queued, is claimed by
// another courier, or was dropped.
func (s *Service) ClaimMailID(ctx context.Context, id MailID, lease time.Duration) (d Delivery, err error) {
	now := s.clock()
	var obsolete bool
	err = s.store.Update(ctx, func(w Writer) error {
		mail, err := w.Mail(id)
		if err != nil {
			return err
		}
		if mail.State != MailQueued || mail.Due.After(now) {
			return ErrNotFound
		}
		d, err = s.claim(w, mail, now, lease)
		if obsolete = errors.Is(err, errObsolete); obsolete {
			return nil // the drop is kept
		}
		return err
	})
	if err == nil && obsolete {
		err = ErrNotFound
	}
	return d, err
}

// claim gives a mail that is due to a courier. One that is obsolete it drops, and says errObsolete.
func (s *Service) claim(w Writer, mail Mail, now time.Time, lease time.Duration) (Delivery, error) {
	d, err := s.delivery(w, mail, now)
	if errors.Is(err, errObsolete) {
		if err := s.drop(w, mail, now); err != nil {
			return Delivery{}, err
		}
	}
	if err != nil {
		return Delivery{}, err
	}
	d.Mail.Attempts++
	d.Mail.Claim++
	d.Mail.Claimed = true
	d.Mail.Due = now.Add(lease)
	_, err = w.PutMail(d.Mail)
	return d, err
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

// report records what became of a claimed mail. A report on a claim that was taken over by another courier meanwhile is
// dropped, but for an acceptance: that a mail was taken stays true.
func (s *Service) report(w Writer, r Report, now time.Time) error {
	mail, err := w.Mail(r.Mail)
	if errors.Is(err, ErrNotFound) {
		return nil // the store was replaced by an earlier one meanwhile
	}
	if err != nil {
		return err
	}
	if mail.State == MailAccepted || (mail.Claim != r.Claim || !mail.Claimed) && r.State != MailAccepted {
		return nil
	}
	if r.State == MailQueued {
		return giveBack(w, mail, r.Outcome, now)
	}
	mail.Reply, mail.Claimed = r.Reply, false
	mail.State, mail.Done = r.State, now
	if _, err := w.PutMail(mail); err != nil {
		return err
	}
	return s.recordMail(w, mail, now)
}

// giveBack ends the claim of a mail that was not delivered.
func giveBack(w Writer, mail Mail, o Outcome, now time.Time) error {
	if mail.State != MailQueued {
		return nil // superseded while it was claimed
	}
	mail.Claimed, mail.Due = false, now.Add(o.Pause)
	if o.Untried {
		mail.Attempts--
	} else {
		mail.Reply = o.Reply
	}
	_, err := w.PutMail(mail)
	return err
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
