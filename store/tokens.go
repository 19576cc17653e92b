package store

import (
	"fmt"

	"rekey/account"
	"rekey/member"
)

type tokenRecord struct {
	_       struct{} `cbor:",toarray"`
	Member  uint64
	Purpose uint8
	Issued  int64 // nanoseconds
	Expires int64 // seconds: the code's MAC covers this number
	By      uint64
	Used    int64 // nanoseconds
}

func newTokenRecord(t account.Token) tokenRecord {
	return tokenRecord{
		Member:  uint64(t.Member),
		Purpose: uint8(t.Purpose),
		Issued:  nanoseconds(t.Issued),
		Expires: seconds(t.Expires),
		By:      uint64(t.By),
		Used:    nanoseconds(t.Used),
	}
}

func (rec tokenRecord) token(s account.Serial) account.Token {
	return account.Token{
		Serial:  s,
		Member:  member.ID(rec.Member),
		Purpose: account.Purpose(rec.Purpose),
		Issued:  instant(rec.Issued),
		Expires: wholeSecond(rec.Expires),
		By:      member.ID(rec.By),
		Used:    instant(rec.Used),
	}
}

// Token gives what is known of a set-password token.
func (r *reader) Token(s account.Serial) (account.Token, error) {
	rec, err := load[tokenRecord](r, tokensBucket, number(s))
	if err != nil {
		return account.Token{}, err
	}
	return rec.token(s), nil
}

// NextSerial gives out the next serial; no serial is given out twice, except when the transaction is not kept.
func (w *writer) NextSerial() (account.Serial, error) {
	n, err := w.next(serialCounter)
	if err != nil {
		return 0, err
	}
	if account.Serial(n) > account.MaxSerial {
		return 0, w.fail(fmt.Errorf("all %d serials of set-password tokens are used up", account.MaxSerial))
	}
	return account.Serial(n), nil
}

// PutToken writes a token, whose serial NextSerial has given out.
func (w *writer) PutToken(t account.Token) error {
	if err := w.given(serialCounter, uint64(t.Serial)); err != nil {
		return err
	}
	return w.save(tokensBucket, number(t.Serial), newTokenRecord(t))
}
