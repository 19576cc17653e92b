package store

import (
	"errors"

	"rekey/account"
	"rekey/member"
)

type sessionRecord struct {
	_       struct{} `cbor:",toarray"`
	Member  uint64
	Epoch   uint64
	Device  string
	Created int64 // nanoseconds
	Seen    int64 // nanoseconds
}

func newSessionRecord(s account.Session) sessionRecord {
	return sessionRecord{
		Member:  uint64(s.Member),
		Epoch:   s.Epoch,
		Device:  s.Device,
		Created: nanoseconds(s.Created),
		Seen:    nanoseconds(s.Seen),
	}
}

func (rec sessionRecord) session(h account.SessionHash) account.Session {
	return account.Session{
		Hash:    h,
		Member:  member.ID(rec.Member),
		Epoch:   rec.Epoch,
		Device:  rec.Device,
		Created: instant(rec.Created),
		Seen:    instant(rec.Seen),
	}
}

// memberSessionKey is a session's place among its member's.
func memberSessionKey(id member.ID, h account.SessionHash) []byte { return append(number(id), h[:]...) }

// parseMemberSessionKey reads what memberSessionKey makes.
func parseMemberSessionKey(key []byte) (member.ID, account.SessionHash, error) {
	var h account.SessionHash
	if len(key) != numberSize+len(h) {
		return 0, h, damaged("an entry of %q has a length of %d", memberSessionsBucket, len(key))
	}
	copy(h[:], key[numberSize:])
	id, err := parseNumber[member.ID](memberSessionsBucket, key[:numberSize])
	return id, h, err
}

// Session gives a session, whether it is still alive or not.
func (r *reader) Session(h account.SessionHash) (account.Session, error) {
	rec, err := load[sessionRecord](r, sessionsBucket, h[:])
	if err != nil {
		return account.Session{}, err
	}
	return rec.session(h), nil
}

// Sessions gives all sessions of a member, alive or not, in no meaningful order.
func (r *reader) Sessions(id member.ID) ([]account.Session, error) {
	const pageLimit = 1000
	var all []account.Session
	var after []byte
	for {
		sessions, err := page(r, memberSessionsBucket, number(id), after, pageLimit, r.memberSession)
		if err != nil {
			return nil, err
		}
		all = append(all, sessions...)
		if len(sessions) < pageLimit {
			return all, nil
		}
		after = memberSessionKey(id, sessions[len(sessions)-1].Hash)
	}
}

// memberSession gives the session that an index entry points to.
func (r *reader) memberSession(p pair) (account.Session, error) {
	id, h, err := parseMemberSessionKey(p.key)
	if err != nil {
		return account.Session{}, err
	}
	s, err := r.Session(h)
	if s, err = loadIndexed(r, memberSessionsBucket, s, err); err != nil {
		return account.Session{}, err
	}
	if s.Member != id {
		return account.Session{}, damaged("an entry of %q points to another member's session", memberSessionsBucket)
	}
	return s, nil
}

// PutSession writes a session.
func (w *writer) PutSession(s account.Session) error {
	old, err := w.Session(s.Hash)
	isNew := errors.Is(err, account.ErrNotFound)
	switch {
	case err != nil && !isNew:
		return err
	case !isNew && old.Member != s.Member:
		return w.fail(errors.New("a session cannot go over to another member"))
	case isNew:
		if err := w.put(memberSessionsBucket, memberSessionKey(s.Member, s.Hash), nil); err != nil {
			return err
		}
	}
	return w.save(sessionsBucket, s.Hash[:], newSessionRecord(s))
}

// DeleteSession removes a session; one that is not there is no error.
func (w *writer) DeleteSession(s account.Session) error {
	old, err := w.Session(s.Hash)
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := w.delete(memberSessionsBucket, memberSessionKey(old.Member, old.Hash)); err != nil {
		return err
	}
	return w.delete(sessionsBucket, old.Hash[:])
}
