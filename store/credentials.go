package store

import (
	"errors"

	"rekey/account"
	"rekey/member"
)

type credentialRecord struct {
	_           struct{} `cbor:",toarray"`
	Hash        string
	Epoch       uint64
	Token       uint64
	Mail        uint64
	ResetBy     uint64
	ResetAt     int64 // nanoseconds
	ResetReason string
	SetAt       int64 // nanoseconds
	SetVia      string
}

func newCredentialRecord(c account.Credential) credentialRecord {
	return credentialRecord{
		Hash:        c.Hash,
		Epoch:       c.Epoch,
		Token:       uint64(c.Token),
		Mail:        uint64(c.Mail),
		ResetBy:     uint64(c.Reset.By),
		ResetAt:     nanoseconds(c.Reset.At),
		ResetReason: string(c.Reset.Reason),
		SetAt:       nanoseconds(c.SetAt),
		SetVia:      string(c.SetVia),
	}
}

func (rec credentialRecord) credential() account.Credential {
	return account.Credential{
		Hash:  rec.Hash,
		Epoch: rec.Epoch,
		Token: account.Serial(rec.Token),
		Mail:  account.MailID(rec.Mail),
		Reset: account.Reset{
			By:     member.ID(rec.ResetBy),
			At:     instant(rec.ResetAt),
			Reason: account.Reason(rec.ResetReason),
		},
		SetAt:  instant(rec.SetAt),
		SetVia: account.Via(rec.SetVia),
	}
}

// Credential gives a member's credential; it is zero until one was put.
func (r *reader) Credential(id member.ID) (account.Credential, error) {
	rec, err := load[credentialRecord](r, credentialsBucket, number(id))
	if errors.Is(err, account.ErrNotFound) {
		return account.Credential{}, nil
	}
	return rec.credential(), err
}

// PutCredential replaces a member's credential.
func (w *writer) PutCredential(id member.ID, c account.Credential) error {
	return w.save(credentialsBucket, number(id), newCredentialRecord(c))
}
