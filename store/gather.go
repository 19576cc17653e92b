package store

import (
	"bytes"
	"maps"
	"slices"
)

// gatheredBuckets are those whose keys come in any order where many members are taken in: addresses, login IDs, and the
// hashes of sessions.
var gatheredBuckets = []bucket{emailsBucket, loginIDsBucket, sessionsBucket}

// gatherLimit is how many writes wait in memory at most: some 15 MB.
const gatherLimit = 100_000

// gathering is a transaction of a large bulk that keeps writes in random order back, to make many of them at once in the
// order of their keys. Made one by one, nearly each of them would touch another page, and each commit nearly all pages.
type gathering struct {
	writeTx
	waiting map[bucket]map[string][]byte
	count   int
	limit   int
}

func newGathering(tx writeTx, limit int) *gathering {
	g := &gathering{writeTx: tx, waiting: map[bucket]map[string][]byte{}, limit: limit}
	for _, b := range gatheredBuckets {
		g.waiting[b] = map[string][]byte{}
	}
	return g
}

func (g *gathering) put(b bucket, key, value []byte) error {
	waiting := g.waiting[b]
	if waiting == nil {
		return g.writeTx.put(b, key, value)
	}
	if value == nil {
		value = []byte{} // get would take nil for a missing key
	}
	waiting[string(key)] = value
	if g.count++; g.count < g.limit {
		return nil
	}
	return g.makeAll()
}

func (g *gathering) get(b bucket, key []byte) ([]byte, error) {
	if value, waits := g.waiting[b][string(key)]; waits {
		return bytes.Clone(value), nil
	}
	return g.writeTx.get(b, key)
}

func (g *gathering) delete(b bucket, key []byte) error {
	if err := g.make(b); err != nil {
		return err
	}
	return g.writeTx.delete(b, key)
}

func (g *gathering) page(b bucket, prefix, after []byte, limit int) ([]pair, error) {
	if err := g.make(b); err != nil {
		return nil, err
	}
	return g.writeTx.page(b, prefix, after, limit)
}

func (g *gathering) each(b bucket, prefix, after []byte, limit int, visit func(pair) error) error {
	if err := g.make(b); err != nil {
		return err
	}
	return g.writeTx.each(b, prefix, after, limit, visit)
}

func (g *gathering) pageBack(b bucket, prefix, before []byte, limit int) ([]pair, error) {
	if err := g.make(b); err != nil {
		return nil, err
	}
	return g.writeTx.pageBack(b, prefix, before, limit)
}

// makeAll makes all writes that wait.
func (g *gathering) makeAll() error {
	for _, b := range gatheredBuckets {
		if err := g.make(b); err != nil {
			return err
		}
	}
	g.count = 0
	return nil
}

// make makes the writes that wait for one bucket.
func (g *gathering) make(b bucket) error {
	waiting := g.waiting[b]
	for _, key := range slices.Sorted(maps.Keys(waiting)) {
		if err := g.writeTx.put(b, []byte(key), waiting[key]); err != nil {
			return err
		}
	}
	clear(waiting)
	return nil
}
