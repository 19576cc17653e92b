package store

import "context"

// An engine is an ordered key-value store with transactions: the seam between what is kept and where. Its contract is
// what both bbolt and etcd can give.
type engine interface {
	// view runs fn on one consistent state.
	view(ctx context.Context, fn func(readTx) error) error
	// update runs fn and keeps all that it wrote, or nothing if it fails. An engine may run fn again from the start.
	// A transaction makes at most maxWrites writes of maxWriteSize bytes together.
	update(ctx context.Context, fn func(writeTx) error) error
	// bulk is an update without these limits, fastest when keys come in ascending order. The bolt engine's is atomic;
	// that of an engine with a limit of its own need not be.
	bulk(ctx context.Context, fn func(writeTx) error) error
	// revision changes with every committed transaction.
	revision(ctx context.Context) (uint64, error)
	// check runs fn like view, between checks of the engine's own structure.
	check(ctx context.Context, fn func(readTx) error) error
	// copy writes one consistent state, if admit takes it, to a new file in the directory dir.
	copy(ctx context.Context, dir string, admit func(readTx) error) (*fileCopy, error)
}

// etcd's default limits of one transaction.
const (
	maxWrites    = 128
	maxWriteSize = 1 << 20
)

// maxRecordSize bounds a key with its value, in bytes: a longer one can only come from a damaged file.
const maxRecordSize = 1 << 20

// bucket names a key space.
type bucket string

// pair is a key and its value.
type pair struct{ key, value []byte }

// clone copies a pair, into one piece of memory.
func (p pair) clone() pair {
	both := append(append(make([]byte, 0, len(p.key)+len(p.value)), p.key...), p.value...)
	return pair{both[:len(p.key):len(p.key)], both[len(p.key):]}
}

// readTx reads. What it returns belongs to the caller.
type readTx interface {
	// get gives the value, or nil if there is no such key. A value that is there is never nil.
	get(b bucket, key []byte) ([]byte, error)
	// page gives up to limit pairs whose keys begin with prefix, ascending, from the first key greater than after
	// (nil: from the first).
	page(b bucket, prefix, after []byte, limit int) ([]pair, error)
	// each gives visit the pairs of such a page one by one, without copying them: they are to be read, and only until visit
	// comes back. It ends with visit's first error.
	each(b bucket, prefix, after []byte, limit int, visit func(pair) error) error
	// pageBack gives up to limit pairs whose keys begin with prefix, descending, from the last key less than before
	// (nil: from the last).
	pageBack(b bucket, prefix, before []byte, limit int) ([]pair, error)
}

// writeTx reads its own writes.
type writeTx interface {
	readTx
	put(b bucket, key, value []byte) error
	// delete removes a key; one that is not there is no error.
	delete(b bucket, key []byte) error
}
