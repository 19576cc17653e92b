package store

import (
	"errors"

	"rekey/account"
	"rekey/member"
)

type lockoutRecord struct {
	_        struct{} `cbor:",toarray"`
	Failures int
	Until    int64 // nanoseconds
	Notice   uint64
}

func (rec lockoutRecord) lockout(id member.ID) account.Lockout {
	return account.Lockout{Member: id, Failures: rec.Failures, Until: instant(rec.Until), Notice: account.MailID(rec.Notice)}
}

func decodeLockout(p pair) (account.Lockout, error) {
	id, err := parseNumber[member.ID](lockoutsBucket, p.key)
	if err != nil {
		return account.Lockout{}, err
	}
	var rec lockoutRecord
	if err := open(lockoutsBucket, p.key, p.value, &rec); err != nil {
		return account.Lockout{}, err
	}
	return rec.lockout(id), nil
}

// Lockout gives a member's lockout; without failures and a lock only its Member is set.
func (r *reader) Lockout(id member.ID) (account.Lockout, error) {
	rec, err := load[lockoutRecord](r, lockoutsBucket, number(id))
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return account.Lockout{}, err
	}
	return rec.lockout(id), nil
}

// Lockouts gives a page of the members with failures or a lock, in the order of their ids.
func (r *reader) Lockouts(after member.ID, limit int) ([]account.Lockout, error) {
	return page(r, lockoutsBucket, nil, numberOrNil(after), limit, decodeLockout)
}

// PutLockout replaces a member's lockout, or removes it when it has neither failures nor a lock.
func (w *writer) PutLockout(l account.Lockout) error {
	if l.Failures == 0 && l.Until.IsZero() {
		return w.delete(lockoutsBucket, number(l.Member))
	}
	rec := lockoutRecord{Failures: l.Failures, Until: nanoseconds(l.Until), Notice: uint64(l.Notice)}
	return w.save(lockoutsBucket, number(l.Member), rec)
}
