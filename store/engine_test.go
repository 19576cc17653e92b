package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestEnginePages compares pages with a sorted slice, on a file of many pages of which many keys were deleted again:
// once on what was committed, once within the transaction that writes it.
func TestEnginePages(t *testing.T) {
	e := newStore(t).engine
	random := rand.New(rand.NewPCG(3, 4))
	const b = mailDueBucket
	var keys []string
	err := e.bulk(t.Context(), func(tx writeTx) error {
		for i := range 3000 {
			key := fmt.Sprintf("%c%04d", 'a'+i%3, i)
			if err := tx.put(b, []byte(key), bytes.Repeat([]byte(key), 5)); err != nil {
				return err
			}
			keys = append(keys, key)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	err = e.bulk(t.Context(), func(tx writeTx) error {
		for _, key := range keys[900:1900] { // leaves whole pages empty
			if err := tx.delete(b, []byte(key)); err != nil {
				return err
			}
		}
		keys = slices.Delete(keys, 900, 1900)
		for range 300 {
			comparePages(t, tx, b, keys, random)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = e.view(t.Context(), func(tx readTx) error {
		for range 300 {
			comparePages(t, tx, b, keys, random)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	emptyBucket(t, e, b)
}

// comparePages asks for one page in each direction, from a random place.
func comparePages(t *testing.T, tx readTx, b bucket, keys []string, random *rand.Rand) {
	t.Helper()
	prefix := []string{"", "a", "b", "c", "b1", "zz"}[random.IntN(6)]
	limit := random.IntN(200)
	var from []byte
	if random.IntN(4) > 0 {
		from = fmt.Appendf(nil, "%s%04d", cmp.Or(prefix, "b"), random.IntN(3000))
	}
	var up, down []string
	for _, key := range keys {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if from == nil || key > string(from) {
			up = append(up, key)
		}
		if from == nil || key < string(from) {
			down = append(down, key)
		}
	}
	slices.Reverse(down)
	ascending, err := tx.page(b, []byte(prefix), from, limit)
	descending, err2 := tx.pageBack(b, []byte(prefix), from, limit)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, ascending, up[:min(limit, len(up))])
	wantKeys(t, descending, down[:min(limit, len(down))])
}

func wantKeys(t *testing.T, got []pair, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d keys, want %d", len(got), len(want))
	}
	for i, p := range got {
		if string(p.key) != want[i] || string(p.value) != strings.Repeat(want[i], 5) {
			t.Fatalf("got %q = %q, want %q", p.key, p.value, want[i])
		}
	}
}

// emptyBucket takes out what no domain record is, before the store is checked.
func emptyBucket(t *testing.T, e engine, b bucket) {
	t.Helper()
	err := e.bulk(t.Context(), func(tx writeTx) error {
		all, err := tx.page(b, nil, nil, 10_000)
		if err != nil {
			return err
		}
		for _, p := range all {
			if err := tx.delete(b, p.key); err != nil {
				return err
			}
		}
		left, err := tx.pageBack(b, nil, nil, 1)
		if len(left) != 0 {
			t.Errorf("left over: %q", left[0].key)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEngineValues(t *testing.T) {
	e := newStore(t).engine
	key := []byte("key")
	get := func(tx readTx, want []byte) {
		t.Helper()
		got, err := tx.get(mailDueBucket, key)
		if err != nil || !bytes.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("got %#v, %v, want %#v", got, err, want)
		}
	}
	err := e.update(t.Context(), func(tx writeTx) error {
		get(tx, nil)
		if err := tx.put(mailDueBucket, key, nil); err != nil {
			return err
		}
		get(tx, []byte{}) // there, and empty
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.view(t.Context(), func(tx readTx) error { get(tx, []byte{}); return nil }); err != nil {
		t.Fatal(err)
	}
	err = e.update(t.Context(), func(tx writeTx) error {
		if err := tx.delete(mailDueBucket, key); err != nil {
			return err
		}
		get(tx, nil)
		return tx.delete(mailDueBucket, key)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSuccessor(t *testing.T) {
	for prefix, want := range map[string]string{"": "", "a": "b", "a\xff": "b", "\xff\xff": "", "a\x00": "a\x01"} {
		if got := successor([]byte(prefix)); string(got) != want {
			t.Errorf("%q: got %q, want %q", prefix, got, want)
		}
	}
}
