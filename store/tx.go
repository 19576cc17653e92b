package store

import (
	"errors"
	"fmt"

	"rekey/account"
)

// reader implements account.Reader on a transaction.
type reader struct {
	tx readTx
	// failure is the first error. After it every method fails: what comes next would be decided on a damaged state, or
	// be half of what was to be written. It never is ErrNotFound, which callers take for an answer.
	failure error
	// unowned was looked up last and is nobody's: who adds a member looks first, and then index does. Only index gives an
	// account to somebody.
	unowned accountKey
}

var _ account.Reader = (*reader)(nil)

// fail remembers err and gives it back. A missing record is an answer, not a failure.
func (r *reader) fail(err error) error {
	if r.failure == nil {
		r.failure = err
	}
	return err
}

// get gives a value, or nil if there is no such key.
func (r *reader) get(b bucket, key []byte) ([]byte, error) {
	if r.failure != nil {
		return nil, r.failure
	}
	value, err := r.tx.get(b, key)
	if err != nil {
		return nil, r.fail(err)
	}
	return value, nil
}

// load gives the record at key, or ErrNotFound.
func load[R any](r *reader, b bucket, key []byte) (R, error) {
	var rec R
	value, err := r.get(b, key)
	if err != nil {
		return rec, err
	}
	if value == nil {
		return rec, account.ErrNotFound
	}
	if err := open(b, key, value, &rec); err != nil {
		return rec, r.fail(err)
	}
	return rec, nil
}

// loadIndexed gives the record that an index entry points to.
func loadIndexed[T any](r *reader, index bucket, record T, err error) (T, error) {
	if errors.Is(err, account.ErrNotFound) {
		return record, r.fail(damaged("an entry of %q points to nothing", index))
	}
	return record, err
}

// page gives a page of a bucket, ascending, each pair made into a T.
func page[T any](r *reader, b bucket, prefix, after []byte, limit int, item func(pair) (T, error)) ([]T, error) {
	if r.failure != nil {
		return nil, r.failure
	}
	pairs, err := r.tx.page(b, prefix, after, limit)
	return convert(r, pairs, err, item)
}

// pageBack gives a page of a bucket, descending, each pair made into a T.
func pageBack[T any](r *reader, b bucket, prefix, before []byte, limit int, item func(pair) (T, error)) ([]T, error) {
	if r.failure != nil {
		return nil, r.failure
	}
	pairs, err := r.tx.pageBack(b, prefix, before, limit)
	return convert(r, pairs, err, item)
}

func convert[T any](r *reader, pairs []pair, err error, item func(pair) (T, error)) ([]T, error) {
	if err != nil {
		return nil, r.fail(err)
	}
	list := make([]T, 0, len(pairs))
	for _, p := range pairs {
		t, err := item(p)
		if err != nil {
			return nil, r.fail(err)
		}
		list = append(list, t)
	}
	return list, nil
}

// writer implements account.Writer on a transaction.
type writer struct {
	*reader
	tx        writeTx
	maxWrites int // 0: no limit
	writes    int
	written   int                // bytes
	counters  map[counter]uint64 // those that were raised; putCounters writes them
}

var _ account.Writer = (*writer)(nil)

func newWriter(tx writeTx, maxWrites int) *writer {
	return &writer{reader: &reader{tx: tx}, tx: tx, maxWrites: maxWrites, counters: map[counter]uint64{}}
}

// save writes a record.
func (w *writer) save(b bucket, key []byte, rec any) error {
	value, err := seal(b, key, rec)
	if err != nil {
		return w.fail(err)
	}
	return w.put(b, key, value)
}

// errTooLarge is a mistake of the program, not of a person.
var errTooLarge = fmt.Errorf("a transaction writes at most %d keys and %d bytes: use Bulk", maxWrites, maxWriteSize)

func (w *writer) put(b bucket, key, value []byte) error {
	if w.failure != nil {
		return w.failure
	}
	w.writes++
	w.written += len(key) + len(value)
	if w.maxWrites > 0 && (w.writes > w.maxWrites || w.written > maxWriteSize) || len(key)+len(value) > maxRecordSize {
		return w.fail(errTooLarge)
	}
	if err := w.tx.put(b, key, value); err != nil {
		return w.fail(fmt.Errorf("writing to %q: %w", b, err))
	}
	return nil
}

func (w *writer) delete(b bucket, key []byte) error {
	if w.failure != nil {
		return w.failure
	}
	w.writes++
	if w.maxWrites > 0 && w.writes > w.maxWrites {
		return w.fail(errTooLarge)
	}
	if err := w.tx.delete(b, key); err != nil {
		return w.fail(fmt.Errorf("deleting from %q: %w", b, err))
	}
	return nil
}
