package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// boltEngine keeps the pairs in a bbolt file, which it opens for each transaction.
type boltEngine struct {
	path  string
	locks *locker // nil: no other process knows the file
	// How much bulk does in place, and how much it commits at once on a copy.
	inPlace, batch batch
}

func newBoltEngine(path string) *boltEngine {
	return &boltEngine{path: path, locks: newLocker(path), inPlace: defaultInPlace, batch: defaultBatch}
}

// privateEngine works on a file that no other process knows, without leaving files for locks beside it.
func privateEngine(path string) *boltEngine {
	return &boltEngine{path: path, inPlace: defaultInPlace, batch: defaultBatch}
}

func (e *boltEngine) view(ctx context.Context, fn func(readTx) error) error {
	return e.transact(ctx, reading, func(tx *boltTx) error { return fn(tx) })
}

func (e *boltEngine) update(ctx context.Context, fn func(writeTx) error) error {
	return e.transact(ctx, writing, func(tx *boltTx) error { return fn(tx) })
}

// revision reads the transaction id from the header, without a lock. If a commit under way makes the header
// unreadable, it waits for that one.
func (e *boltEngine) revision(ctx context.Context) (uint64, error) {
	file, err := os.Open(e.path)
	if err != nil {
		return 0, explain("opening", e.path, err)
	}
	h, err := readHeader(file, e.path)
	_ = file.Close()
	if err == nil {
		return h.txid, nil
	}
	var id uint64
	err = e.transact(ctx, reading, func(tx *boltTx) error {
		id = uint64(tx.tx.ID())
		return nil
	})
	return id, err
}

// create makes a new file with the given buckets and what fn puts into them. Nothing is left behind if it fails.
func (e *boltEngine) create(buckets []bucket, fn func(writeTx) error) (err error) {
	file, err := os.OpenFile(e.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return explain("creating", e.path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(e.path)
			err = explain("creating", e.path, err)
		}
	}()
	db, err := openBolt(file, writing)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return fn(&boltTx{tx: tx})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(e.path))
}

// syncDirectory makes a new file's name outlast a power failure.
func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// access is what a transaction opens the file for.
type access int

const (
	reading access = iota
	writing
	copying  // reading for long
	checking // reading for long, with the list of free pages
	unsynced // writing what is brought to the disk later
)

// transact locks and opens the file, runs fn in a transaction, keeps what it wrote, and closes the file.
func (e *boltEngine) transact(ctx context.Context, mode access, fn func(*boltTx) error) error {
	// A page number in a damaged file can point beyond the mapped memory: without this the fault ends the process.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	tx, err := e.begin(ctx, mode)
	if err != nil {
		return explain("opening", e.path, err)
	}
	defer tx.close()
	return e.carryOut(ctx, tx, fn)
}

// carryOut runs fn in a transaction and commits it.
func (e *boltEngine) carryOut(ctx context.Context, tx *boltTx, fn func(*boltTx) error) error {
	if err := fn(tx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := tx.commit(); err != nil {
		return explain("writing to", e.path, err)
	}
	return nil
}

func (e *boltEngine) begin(ctx context.Context, mode access) (*boltTx, error) {
	held, err := e.lock(ctx, mode)
	if err != nil {
		return nil, err
	}
	tx, err := beginOn(held.data, e.path, mode)
	if err != nil {
		held.unlock()
		return nil, err
	}
	tx.writer = held.writer
	return tx, nil
}

// held is what a transaction has locked.
type held struct {
	data   *os.File
	writer *os.File // nil for most readers
}

func (h held) unlock() {
	if h.data != nil {
		unlock(h.data)
	}
	if h.writer != nil {
		unlock(h.writer)
	}
}

func (e *boltEngine) lock(ctx context.Context, mode access) (h held, err error) {
	if e.locks == nil {
		h.data, err = os.OpenFile(e.path, os.O_RDWR, 0)
		return h, err
	}
	defer e.locks.waits.measure()()
	if mode == copying || mode == checking {
		if h.writer, err = e.keepWritersOut(ctx); err != nil {
			return h, err
		}
	}
	ctx, cancel := e.locks.timed(ctx)
	defer cancel()
	if mode == writing {
		if h.writer, err = e.locks.becomeWriter(ctx); err != nil {
			return h, err
		}
	}
	if h.data, err = e.locks.lock(ctx, mode == writing); err != nil {
		h.unlock()
	}
	return h, err
}

// keepWritersOut is for who reads for long: a writer that waited at the gate meanwhile would be in the way of all other
// readers. One that is at work for long itself, on a copy, keeps the others out already: then it gives nil, as it does
// on a disk that is read-only, where nobody writes.
func (e *boltEngine) keepWritersOut(ctx context.Context) (*os.File, error) {
	writer, err := becomeWriter(ctx, e.locks)
	if errors.Is(err, ErrBusy) || errors.Is(err, syscall.EROFS) {
		return nil, nil
	}
	return writer, err
}

// beginOn starts a transaction on a file that is open and locked, and stays so if that fails.
func beginOn(file *os.File, path string, mode access) (*boltTx, error) {
	head, err := checkHeader(file, path)
	if err != nil {
		return nil, err
	}
	t := &boltTx{file: file, header: head, fill: bbolt.DefaultFillPercent}
	err = guarded(func() (err error) {
		if t.db, err = openBolt(file, mode); err != nil {
			return err
		}
		t.tx, err = t.db.Begin(mode == writing || mode == unsynced)
		return err
	})
	if err != nil {
		// After a panic bbolt still holds its own mutexes, so its Close would wait for ever; its mapping is lost.
		return nil, err
	}
	return t, nil
}

// openBolt gives bbolt a file that is open and, unless it is new, locked: its own flock finds the same lock in place.
func openBolt(file *os.File, mode access) (*bbolt.DB, error) {
	return bbolt.Open(file.Name(), 0o600, &bbolt.Options{
		OpenFile:        func(string, int, os.FileMode) (*os.File, error) { return file, nil },
		ReadOnly:        mode == reading || mode == copying || mode == checking,
		NoSync:          mode == unsynced,
		NoGrowSync:      mode == unsynced,
		PreLoadFreelist: mode == checking,
		FreelistType:    bbolt.FreelistArrayType, // a map takes five times as long to open a large file for writing
		PageSize:        pageSize,
		Timeout:         1, // do not poll
		NoStatistics:    true,
	})
}

// boltTx is a transaction on a file of its own.
type boltTx struct {
	file   *os.File
	writer *os.File // whose lock is held until the end, by one that writes or reads for long
	header header
	db     *bbolt.DB
	tx     *bbolt.Tx
	fill   float64
	dirty  bool
	// full is asked before each write of so many bytes, if it is set.
	full func(size int) error
}

func (t *boltTx) get(name bucket, key []byte) (value []byte, err error) {
	err = guarded(func() error {
		b, err := t.bucket(name)
		if err != nil {
			return err
		}
		found := b.Get(key)
		if found == nil {
			return nil
		}
		p, err := copied(name, key, found)
		value = p.value
		return err
	})
	return value, err
}

func (t *boltTx) page(name bucket, prefix, after []byte, limit int) (pairs []pair, err error) {
	err = t.each(name, prefix, after, limit, func(p pair) error {
		pairs = append(pairs, p.clone())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return pairs, nil
}

// each runs visit under guard: a value reaches into the mapped memory, where reading it may fault.
func (t *boltTx) each(name bucket, prefix, after []byte, limit int, visit func(pair) error) error {
	return guarded(func() error {
		b, err := t.bucket(name)
		if err != nil {
			return err
		}
		c := b.Cursor()
		k, v := c.Seek(prefix)
		if after != nil {
			if k, v = c.Seek(after); bytes.Equal(k, after) {
				k, v = c.Next()
			}
		}
		for n := 0; k != nil && bytes.HasPrefix(k, prefix) && n < limit; n++ {
			if err := checkSize(name, k, v); err != nil {
				return err
			}
			if err := visit(pair{k, v}); err != nil {
				return err
			}
			k, v = c.Next()
		}
		return nil
	})
}

func (t *boltTx) pageBack(name bucket, prefix, before []byte, limit int) (pairs []pair, err error) {
	err = guarded(func() error {
		b, err := t.bucket(name)
		if err != nil {
			return err
		}
		if before == nil {
			before = successor(prefix)
		}
		c := newBackCursor(b)
		k, v := c.seekBefore(before)
		pairs, err = collect(name, prefix, limit, k, v, c.previous)
		return err
	})
	return pairs, err
}

// collect takes up to limit pairs whose keys begin with prefix, from the given one on; step gives the next pair.
func collect(name bucket, prefix []byte, limit int, k, v []byte, step func(at []byte) (k, v []byte)) ([]pair, error) {
	var pairs []pair
	for ; k != nil && bytes.HasPrefix(k, prefix) && len(pairs) < limit; k, v = step(k) {
		p, err := copied(name, k, v)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// backCursor walks backwards also over the pages that this transaction has emptied: at these bbolt's Prev stops, and
// if there are no others, its Last never comes back.
type backCursor struct {
	*bbolt.Cursor
	first []byte // the bucket's first key; nil if it is empty
}

func newBackCursor(b *bbolt.Bucket) backCursor {
	c := b.Cursor()
	first, _ := c.First()
	return backCursor{c, first}
}

// seekBefore moves to the last key less than the one given, or to the very last (nil).
func (c backCursor) seekBefore(key []byte) (k, v []byte) {
	if c.first == nil {
		return nil, nil
	}
	if key == nil {
		return c.Last()
	}
	at, _ := c.Seek(key)
	if at == nil {
		return c.Last()
	}
	return c.previous(at)
}

// previous moves to the key before the one that the cursor is at.
func (c backCursor) previous(at []byte) (k, v []byte) {
	for k == nil && !bytes.Equal(at, c.first) {
		k, v = c.Prev()
	}
	return k, v
}

// successor is the first key after all keys that begin with prefix, or nil if there is none.
func successor(prefix []byte) []byte {
	next := bytes.Clone(prefix)
	for i := len(next) - 1; i >= 0; i-- {
		if next[i] < 0xff {
			next[i]++
			return next[:i+1]
		}
	}
	return nil
}

func (t *boltTx) put(name bucket, key, value []byte) error {
	if err := t.beforeWrite(len(key) + len(value)); err != nil {
		return err
	}
	return guarded(func() error {
		b, err := t.bucket(name)
		if err != nil {
			return err
		}
		if value == nil {
			value = []byte{} // get would take nil for a missing key
		}
		return b.Put(key, value)
	})
}

func (t *boltTx) beforeWrite(size int) error {
	if t.full != nil {
		if err := t.full(size); err != nil {
			return err
		}
	}
	t.dirty = true
	return nil
}

func (t *boltTx) delete(name bucket, key []byte) error {
	if err := t.beforeWrite(len(key)); err != nil {
		return err
	}
	return guarded(func() error {
		b, err := t.bucket(name)
		if err != nil {
			return err
		}
		return b.Delete(key)
	})
}

func (t *boltTx) bucket(name bucket) (*bbolt.Bucket, error) {
	b := t.tx.Bucket([]byte(name))
	if b == nil {
		return nil, noBucket(name)
	}
	b.FillPercent = t.fill
	return b, nil
}

// commit keeps what was written. A transaction that wrote nothing costs nothing and raises no revision.
func (t *boltTx) commit() error {
	if !t.dirty {
		return nil
	}
	return guarded(t.tx.Commit)
}

// close ends the transaction, which is rolled back unless it was committed, and closes the file. Its errors change
// nothing any more: what was committed is on the disk.
func (t *boltTx) close() {
	err := guarded(func() error {
		if err := t.tx.Rollback(); err != nil && !errors.Is(err, bolterrors.ErrTxClosed) {
			return err
		}
		return t.db.Close()
	})
	if err != nil {
		unlock(t.file)
	}
	if t.writer != nil {
		unlock(t.writer)
	}
}

// copied takes a pair out of the mapped memory, which is gone when the transaction ends.
func copied(name bucket, key, value []byte) (pair, error) {
	if err := checkSize(name, key, value); err != nil {
		return pair{}, err
	}
	return pair{key, value}.clone(), nil
}

func checkSize(name bucket, key, value []byte) error {
	if len(key)+len(value) > maxRecordSize {
		return damaged("a record of %d bytes in %q", len(key)+len(value), name)
	}
	return nil
}

// guarded runs a step of bbolt's and turns its panic, which is how it meets a damaged page, into an error. Of the caller's
// own functions only those that each gives pairs to run inside: the panics of all others pass.
func guarded(step func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = damaged("a page is not what was written")
		}
	}()
	return step()
}

// check runs fn between a sweep over the pages and bbolt's own check. The order matters: bbolt's check runs in a
// goroutine of its own, where a memory fault would end the process. The sweep and fn find such pages first.
func (e *boltEngine) check(ctx context.Context, fn func(readTx) error) error {
	return e.transact(ctx, checking, func(tx *boltTx) error {
		if tx.header.damaged {
			return damaged("one of the two copies of the header is broken; the last transaction may be lost")
		}
		if err := guarded(tx.sweep); err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		var found problems
		for problem := range tx.tx.Check() {
			found.add("%v", problem)
		}
		return found.err()
	})
}

// sweep looks at the head of every page in use: a run of pages must end within the file.
func (t *boltTx) sweep() error {
	total := int(t.header.pages)
	for id := 0; id < total; {
		page, err := t.tx.Page(id)
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		id++
		if page.Type != "free" {
			id += page.OverflowCount
		}
		if id > total {
			return damaged("page %d goes beyond the end", page.ID)
		}
	}
	return nil
}
