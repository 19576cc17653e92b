package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"rekey/account"
)

// formatVersion is raised by a change that an older program would misread.
const formatVersion = 1

// Keys of the bucket meta. The first two values are plain, so that any version of the program can read them.
var (
	formatKey      = []byte("format")      // formatMagic and formatVersion
	fingerprintKey = []byte("fingerprint") // of the installation's key
	settingsKey    = []byte("settings")
	auditSealKey   = []byte("audit_seal")
)

// formatMagic tells a store from another program's bbolt file.
const formatMagic = "rekey store\x00"

// putIdentity writes what admit looks at.
func putIdentity(tx writeTx, fingerprint []byte) error {
	format := binary.BigEndian.AppendUint32([]byte(formatMagic), formatVersion)
	if err := tx.put(metaBucket, formatKey, format); err != nil {
		return err
	}
	return tx.put(metaBucket, fingerprintKey, bytes.Clone(fingerprint))
}

// admit refuses a file that is not a store of this format and this key. Each transaction asks, because the file can be
// exchanged under a running program.
func (s *Store) admit(tx readTx) error {
	format, err := tx.get(metaBucket, formatKey)
	if err != nil && !errors.Is(err, errNoBucket) {
		return err
	}
	version, ok := bytes.CutPrefix(format, []byte(formatMagic))
	if !ok || len(version) != 4 {
		return foreign(s.path, "it is a database of another program")
	}
	switch found := binary.BigEndian.Uint32(version); {
	case found > formatVersion:
		return newer(uint64(found))
	case found == 0:
		return damaged("it claims the format 0, which no version of rekey has written")
	}
	fingerprint, err := tx.get(metaBucket, fingerprintKey)
	if err != nil {
		return err
	}
	if !bytes.Equal(fingerprint, s.fingerprint) {
		return wrongKey()
	}
	return nil
}

// settingsRecord is version 2 of the settings' layout.
type settingsRecord struct {
	_ struct{} `cbor:",toarray"`
	settingsRecord1
	Language string
	IdleLock int64
}

func (*settingsRecord) version() byte { return 2 }

// decodeOlder reads version 1 and gives what it lacks the values that it meant.
func (rec *settingsRecord) decodeOlder(_ byte, body []byte) error {
	standard := newSettingsRecord(account.DefaultSettings())
	rec.Language, rec.IdleLock = standard.Language, standard.IdleLock
	return decoding.Unmarshal(body, &rec.settingsRecord1)
}

type settingsRecord1 struct {
	_             struct{} `cbor:",toarray"`
	ProductName   string
	TeamName      string
	TeamNumber    string
	Sender        string
	LinkLifetime  int64 // nanoseconds, as all durations here
	FormLifetime  int64
	MaxFailures   int
	LockoutTime   int64
	MinPassword   int
	MaxPassword   int
	SSO           bool
	SessionMaxAge int64
	SessionIdle   int64
}

func newSettingsRecord(s account.Settings) *settingsRecord {
	return &settingsRecord{
		settingsRecord1: settingsRecord1{
			ProductName:   s.ProductName,
			TeamName:      s.TeamName,
			TeamNumber:    s.TeamNumber,
			Sender:        s.Sender,
			LinkLifetime:  int64(s.LinkLifetime),
			FormLifetime:  int64(s.FormLifetime),
			MaxFailures:   s.MaxFailures,
			LockoutTime:   int64(s.LockoutTime),
			MinPassword:   s.MinPassword,
			MaxPassword:   s.MaxPassword,
			SSO:           s.SSO,
			SessionMaxAge: int64(s.SessionMaxAge),
			SessionIdle:   int64(s.SessionIdle),
		},
		Language: string(s.Language),
		IdleLock: int64(s.IdleLock),
	}
}

func (rec settingsRecord) settings() account.Settings {
	return account.Settings{
		ProductName:   rec.ProductName,
		TeamName:      rec.TeamName,
		TeamNumber:    rec.TeamNumber,
		Sender:        rec.Sender,
		LinkLifetime:  time.Duration(rec.LinkLifetime),
		FormLifetime:  time.Duration(rec.FormLifetime),
		MaxFailures:   rec.MaxFailures,
		LockoutTime:   time.Duration(rec.LockoutTime),
		MinPassword:   rec.MinPassword,
		MaxPassword:   rec.MaxPassword,
		SSO:           rec.SSO,
		SessionMaxAge: time.Duration(rec.SessionMaxAge),
		SessionIdle:   time.Duration(rec.SessionIdle),
		Language:      account.Language(rec.Language),
		IdleLock:      time.Duration(rec.IdleLock),
	}
}

// Settings gives the team's settings, which every store has.
func (r *reader) Settings() (account.Settings, error) {
	rec, err := load[settingsRecord](r, metaBucket, settingsKey)
	if errors.Is(err, account.ErrNotFound) {
		return account.Settings{}, r.fail(damaged("the settings are missing"))
	}
	return rec.settings(), err
}

// PutSettings replaces the team's settings. It refuses those that account.Settings.Validate refuses.
func (w *writer) PutSettings(s account.Settings) error {
	if err := s.Validate(); err != nil {
		return w.fail(err)
	}
	return w.save(metaBucket, settingsKey, newSettingsRecord(s))
}

// A counter names the highest number given out so far. Numbers are never given out again, whatever is deleted.
type counter string

const (
	memberCounter counter = "last_member"
	serialCounter counter = "last_serial"
	mailCounter   counter = "last_mail"
)

type counterRecord struct {
	_    struct{} `cbor:",toarray"`
	Last uint64
}

// last is the highest number given out, 0 for none.
func last(r *reader, c counter) (uint64, error) {
	rec, err := load[counterRecord](r, metaBucket, []byte(c))
	if errors.Is(err, account.ErrNotFound) {
		return 0, nil
	}
	return rec.Last, err
}

// last is the highest number given out, with those of this transaction.
func (w *writer) last(c counter) (uint64, error) {
	if n, known := w.counters[c]; known && w.failure == nil {
		return n, nil
	}
	return last(w.reader, c)
}

// next gives out a number.
func (w *writer) next(c counter) (uint64, error) {
	n, err := w.last(c)
	if err != nil {
		return 0, err
	}
	w.counters[c] = n + 1
	return n + 1, nil
}

// putCounters writes what next has given out, once for the whole transaction.
func (w *writer) putCounters() error {
	for c, n := range w.counters {
		if err := w.save(metaBucket, []byte(c), counterRecord{Last: n}); err != nil {
			return err
		}
	}
	return nil
}

// given refuses a number that was never given out: it would be given out a second time later.
func (w *writer) given(c counter, n uint64) error {
	highest, err := w.last(c)
	if err != nil {
		return err
	}
	if n == 0 || n > highest {
		return w.fail(fmt.Errorf("%d is beyond %s, which is %d", n, c, highest))
	}
	return nil
}
