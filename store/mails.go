package store

import (
	"errors"
	"fmt"

	"rekey/account"
	"rekey/member"
)

type mailRecord struct {
	_        struct{} `cbor:",toarray"`
	Kind     uint8
	Member   uint64
	To       string
	Token    uint64
	Created  int64 // nanoseconds
	State    uint8
	Sending  int
	Attempts int
	Due      int64 // nanoseconds
	Claim    uint64
	Claimed  bool
	Reply    string
	Done     int64 // nanoseconds
	Until    int64 // nanoseconds
}

func newMailRecord(m account.Mail) mailRecord {
	return mailRecord{
		Kind:     uint8(m.Kind),
		Member:   uint64(m.Member),
		To:       m.To,
		Token:    uint64(m.Token),
		Created:  nanoseconds(m.Created),
		State:    uint8(m.State),
		Sending:  m.Sending,
		Attempts: m.Attempts,
		Due:      nanoseconds(m.Due),
		Claim:    m.Claim,
		Claimed:  m.Claimed,
		Reply:    m.Reply,
		Done:     nanoseconds(m.Done),
		Until:    nanoseconds(m.Until),
	}
}

func (rec mailRecord) mail(id account.MailID) account.Mail {
	return account.Mail{
		ID:       id,
		Kind:     account.MailKind(rec.Kind),
		Member:   member.ID(rec.Member),
		To:       rec.To,
		Token:    account.Serial(rec.Token),
		Created:  instant(rec.Created),
		State:    account.MailState(rec.State),
		Sending:  rec.Sending,
		Attempts: rec.Attempts,
		Due:      instant(rec.Due),
		Claim:    rec.Claim,
		Claimed:  rec.Claimed,
		Reply:    rec.Reply,
		Done:     instant(rec.Done),
		Until:    instant(rec.Until),
	}
}

func decodeMail(p pair) (account.Mail, error) {
	id, err := parseNumber[account.MailID](mailsBucket, p.key)
	if err != nil {
		return account.Mail{}, err
	}
	var rec mailRecord
	if err := open(mailsBucket, p.key, p.value, &rec); err != nil {
		return account.Mail{}, err
	}
	return rec.mail(id), nil
}

// mailDueKey is a mail's place in the queue, or nil if it does not wait.
func mailDueKey(m account.Mail) []byte {
	if m.State != account.MailQueued {
		return nil
	}
	return numbers(dueKey(m.Due), m.ID)
}

// Mail gives an entry of the outbox.
func (r *reader) Mail(id account.MailID) (account.Mail, error) {
	rec, err := load[mailRecord](r, mailsBucket, number(id))
	if err != nil {
		return account.Mail{}, err
	}
	return rec.mail(id), nil
}

// Mails gives a page of the outbox, newest first.
func (r *reader) Mails(before account.MailID, limit int) ([]account.Mail, error) {
	return pageBack(r, mailsBucket, nil, numberOrNil(before), limit, decodeMail)
}

// DueMail gives the queued entry with the earliest Due, and of these the oldest, whether its time has come or not.
func (r *reader) DueMail() (account.Mail, error) {
	first, err := page(r, mailDueBucket, nil, nil, 1, r.queuedMail)
	if err != nil {
		return account.Mail{}, err
	}
	if len(first) == 0 {
		return account.Mail{}, account.ErrNotFound
	}
	return first[0], nil
}

// queuePage is how many places of the queue are read at once.
const queuePage = 1000

// Queue sums up the queue from its places; their keys hold all but when the oldest mail was made.
func (r *reader) Queue() (account.Queue, error) {
	var q account.Queue
	var first, oldest queuePlace
	for after := []byte(nil); ; {
		places, err := page(r, mailDueBucket, nil, after, queuePage, parseQueuePlace)
		if err != nil {
			return account.Queue{}, err
		}
		for _, p := range places {
			if q.Mails == 0 {
				first, oldest = p, p
			}
			if p.id < oldest.id {
				oldest = p
			}
			q.Mails++
		}
		if len(places) < queuePage {
			break
		}
		after = places[len(places)-1].key
	}
	if q.Mails == 0 {
		return q, nil
	}
	due, err := r.queuedMail(pair{key: first.key})
	if err != nil {
		return account.Queue{}, err
	}
	made, err := r.queuedMail(pair{key: oldest.key})
	if err != nil {
		return account.Queue{}, err
	}
	q.Due, q.Oldest = due.Due, made.Created
	return q, nil
}

// queuePlace is one mail's place in the queue.
type queuePlace struct {
	key []byte
	id  account.MailID
}

func parseQueuePlace(p pair) (queuePlace, error) {
	id, err := lastNumber[account.MailID](mailDueBucket, p.key)
	return queuePlace{p.key, id}, err
}

// queuedMail gives the mail that a place in the queue belongs to.
func (r *reader) queuedMail(p pair) (account.Mail, error) {
	id, err := lastNumber[account.MailID](mailDueBucket, p.key)
	if err != nil {
		return account.Mail{}, err
	}
	m, err := r.Mail(id)
	if m, err = loadIndexed(r, mailDueBucket, m, err); err != nil {
		return account.Mail{}, err
	}
	if string(mailDueKey(m)) != string(p.key) {
		return account.Mail{}, damaged("an entry of %q does not fit its mail", mailDueBucket)
	}
	return m, nil
}

// PutMail writes an entry and its place in the queue.
func (w *writer) PutMail(m account.Mail) (account.MailID, error) {
	old, err := w.replacedMail(&m)
	if err != nil {
		return 0, err
	}
	if err := w.requeue(mailDueKey(old), mailDueKey(m)); err != nil {
		return 0, err
	}
	return m.ID, w.save(mailsBucket, number(m.ID), newMailRecord(m))
}

// replacedMail gives the entry as it was, or, for a new one, sets its ID.
func (w *writer) replacedMail(m *account.Mail) (old account.Mail, err error) {
	if m.ID == 0 {
		id, err := w.next(mailCounter)
		m.ID = account.MailID(id)
		return old, err
	}
	old, err = w.Mail(m.ID)
	if errors.Is(err, account.ErrNotFound) {
		return old, w.fail(fmt.Errorf("changing mail %d, which does not exist", m.ID))
	}
	return old, err
}

// requeue moves a mail in the queue; nil is no place.
func (w *writer) requeue(old, now []byte) error {
	if string(old) == string(now) {
		return nil
	}
	if old != nil {
		if err := w.delete(mailDueBucket, old); err != nil {
			return err
		}
	}
	if now == nil {
		return nil
	}
	return w.put(mailDueBucket, now, nil)
}
