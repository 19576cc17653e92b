package store

import (
	"context"
	"errors"
	"path/filepath"
	"runtime/debug"
)

// bulkSuffix is that of the copy on which a large bulk works. One that a crash has left is never opened: the next
// large bulk removes it.
const bulkSuffix = ".bulk"

// bulkFill is how full bulk leaves a page: the next key goes after it, not into it.
const bulkFill = 0.9

// A batch is how much bulk writes in one transaction of bbolt's, which keeps all of it in memory, and of each page that
// it touches a good deal more.
type batch struct {
	writes int
	bytes  int // keys and values
}

// What bulk does in place, where 10,000 members at a time are not to copy the file each time; and how much it commits
// at once on a copy. With addresses in random order nearly each of these writes touches another page.
var (
	defaultInPlace = batch{writes: 50_000, bytes: 16 << 20}
	defaultBatch   = batch{writes: 20_000, bytes: 8 << 20}
)

// errOutgrown ends a bulk that is too much in place, to be run again on a copy.
var errOutgrown = errors.New("too much to be done in place")

// bulk tries the file itself. What is too much for that is done on a copy that takes the file's place at the end: so it
// is all or nothing with bounded memory, and the others go on reading meanwhile.
func (e *boltEngine) bulk(ctx context.Context, fn func(writeTx) error) error {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	tx, err := e.begin(ctx, writing)
	if err != nil {
		return explain("opening", e.path, err)
	}
	writer := tx.writer
	tx.writer = nil
	if writer != nil {
		defer unlock(writer)
	}
	outgrown, err := e.bulkInPlace(ctx, tx, fn)
	if outgrown {
		return e.bulkOnCopy(ctx, fn)
	}
	return err
}

func (e *boltEngine) bulkInPlace(ctx context.Context, tx *boltTx, fn func(writeTx) error) (outgrown bool, err error) {
	defer tx.close()
	tx.fill = bulkFill
	left := e.inPlace
	tx.full = func(size int) error {
		if outgrown = outgrown || !left.take(size); outgrown {
			return errOutgrown
		}
		return nil
	}
	err = e.carryOut(ctx, tx, func(tx *boltTx) error {
		if err := fn(tx); err != nil || !outgrown {
			return err
		}
		return errOutgrown
	})
	return outgrown, err
}

// take notes a write. It reports whether there was room.
func (b *batch) take(size int) bool {
	b.writes--
	b.bytes -= size
	return b.writes >= 0 && b.bytes >= 0
}

// bulkOnCopy is called by the one writer. It locks the file like a reader: that keeps out who writes without having
// become the writer first, too.
func (e *boltEngine) bulkOnCopy(ctx context.Context, fn func(writeTx) error) (err error) {
	held, err := e.lock(ctx, reading)
	if err != nil {
		return explain("opening", e.path, err)
	}
	defer held.unlock()
	place, err := filepath.EvalSymlinks(e.path) // the file is replaced, not a link to it
	if err != nil {
		return explain("opening", e.path, err)
	}
	file, err := freshFile(place + bulkSuffix)
	if err != nil {
		return explain("copying", e.path, err)
	}
	c, err := newCopy(file, held.data, e.path)
	if err != nil {
		return explain("copying", e.path, err)
	}
	defer c.removeUnlessKept()
	if err := e.writeCopy(ctx, c, fn); err != nil {
		return err
	}
	return explain("replacing", e.path, c.putAt(place))
}

// writeCopy runs fn on the copy, which is brought to the disk once, at the end.
func (e *boltEngine) writeCopy(ctx context.Context, c *fileCopy, fn func(writeTx) error) error {
	file, err := c.open()
	if err != nil {
		return explain("opening", e.path, err)
	}
	tx, err := beginOn(file, e.path, unsynced)
	if err != nil {
		unlock(file)
		return explain("opening", e.path, err)
	}
	defer tx.close()
	tx.fill = bulkFill
	left := e.batch
	tx.full = func(size int) error {
		if left.take(size) {
			return nil
		}
		left = e.batch
		left.take(size)
		return e.nextBatch(ctx, tx)
	}
	return e.carryOut(ctx, tx, func(tx *boltTx) error {
		g := newGathering(tx, gatherLimit)
		if err := fn(g); err != nil {
			return err
		}
		return g.makeAll()
	})
}

// nextBatch commits what has been written and goes on in a new transaction.
func (e *boltEngine) nextBatch(ctx context.Context, tx *boltTx) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := guarded(func() (err error) {
		if err = tx.tx.Commit(); err == nil {
			tx.tx, err = tx.db.Begin(true)
		}
		return err
	})
	return explain("writing to", e.path, err)
}
