package store

import (
	"bytes"
	"context"

	"rekey/account"
)

// Store keeps an installation's data. Its methods may be called from several goroutines at once.
type Store struct {
	path        string
	fingerprint []byte
	engine      engine
}

var _ account.Store = (*Store)(nil)

// Create makes a new store at path, with mode 0600, for the key with the given fingerprint. It never overwrites: a file
// that is there is refused with fs.ErrExist. If it fails, it leaves no store behind.
func Create(path string, fingerprint []byte, settings account.Settings) error {
	return newBoltEngine(path).create(allBuckets(), func(tx writeTx) error {
		if err := putIdentity(tx, fingerprint); err != nil {
			return err
		}
		return newWriter(tx, 0).PutSettings(settings)
	})
}

// Open looks whether the file at path is a whole store of a known format that belongs to the key with the given
// fingerprint. It never makes a store. Its failures are *Error.
func Open(path string, fingerprint []byte) (*Store, error) {
	s := &Store{path: path, fingerprint: bytes.Clone(fingerprint), engine: newBoltEngine(path)}
	if err := s.View(context.Background(), func(account.Reader) error { return nil }); err != nil {
		return nil, err
	}
	return s, nil
}

// View runs fn on one consistent state of the store.
func (s *Store) View(ctx context.Context, fn func(account.Reader) error) error {
	return s.engine.view(ctx, func(tx readTx) error {
		if err := s.admit(tx); err != nil {
			return err
		}
		return fn(&reader{tx: tx})
	})
}

// Update runs fn and keeps all that it wrote, or nothing: if it fails, or one of the Writer's methods did. It writes at
// most 128 keys and 1 MiB (a member is up to four keys); Bulk has no such limit.
func (s *Store) Update(ctx context.Context, fn func(account.Writer) error) error {
	return s.engine.update(ctx, func(tx writeTx) error { return s.write(newWriter(tx, maxWrites), fn) })
}

// Bulk is an Update without limits of size, for taking in many members. All of it is kept or nothing, and memory does
// not grow with it. Beyond some thousand members it is done on a copy of the file, for which there has to be room; fn is
// run again from the start then. Other processes go on reading meanwhile, but cannot write. It is fastest in ascending
// order of the members' addresses.
func (s *Store) Bulk(ctx context.Context, fn func(account.Writer) error) error {
	return s.engine.bulk(ctx, func(tx writeTx) error { return s.write(newWriter(tx, 0), fn) })
}

func (s *Store) write(w *writer, fn func(account.Writer) error) error {
	if err := s.admit(w.tx); err != nil {
		return err
	}
	if err := fn(w); err != nil {
		return err
	}
	if w.failure != nil {
		return w.failure
	}
	return w.putCounters()
}

// Revision is the number of the last committed transaction of any process. It reads a few bytes of the file and takes
// no lock.
func (s *Store) Revision() (uint64, error) { return s.engine.revision(context.Background()) }
