package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
)

// puts is a transaction that notes which keys are put.
type puts struct {
	writeTx
	keys []string
}

func (p *puts) put(_ bucket, key, _ []byte) error {
	p.keys = append(p.keys, string(key))
	return nil
}

func TestGatheredWritesAreMadeInTheOrderOfTheirKeys(t *testing.T) {
	var made puts
	g := newGathering(&made, 3)
	for _, key := range []string{"c", "a", "b", "f", "e"} {
		if err := g.put(emailsBucket, []byte(key), nil); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(made.keys, want) {
		t.Errorf("with room for three the writes are %q, want %q", made.keys, want)
	}
	if err := g.makeAll(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "b", "c", "e", "f"}; !slices.Equal(made.keys, want) {
		t.Errorf("at the end the writes are %q, want %q", made.keys, want)
	}
}

// TestAGatheringReadsItsOwnWrites compares it with a map, whatever waits.
func TestAGatheringReadsItsOwnWrites(t *testing.T) {
	e := newBoltEngine(filepath.Join(t.TempDir(), "any.db"))
	if err := e.create([]bucket{emailsBucket}, func(writeTx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	model := map[string]string{}
	some := func() string { return fmt.Sprintf("%c%c", 'a'+random.IntN(5), 'a'+random.IntN(5)) }
	err := e.bulk(t.Context(), func(tx writeTx) error {
		g := newGathering(tx, 20)
		for step := range 3000 {
			key := some()
			switch random.IntN(8) {
			case 0:
				if err := g.delete(emailsBucket, []byte(key)); err != nil {
					return err
				}
				delete(model, key)
			case 1:
				checkReads(t, g, model, key)
			default:
				model[key] = fmt.Sprint(step)
				if err := g.put(emailsBucket, []byte(key), []byte(model[key])); err != nil {
					return err
				}
			}
			value, err := g.get(emailsBucket, []byte(key))
			if want, there := model[key]; err != nil || (value != nil) != there || string(value) != want {
				t.Fatalf("step %d: %q is %q, %v, want %q", step, key, value, err, want)
			}
		}
		return g.makeAll()
	})
	if err != nil {
		t.Fatal(err)
	}
	err = e.view(context.Background(), func(tx readTx) error {
		checkReads(t, tx, model, "")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkReads compares the pages of a transaction, from a prefix on in one way or another, with the model.
func checkReads(t *testing.T, tx readTx, model map[string]string, key string) {
	t.Helper()
	prefix := []byte(key[:min(1, len(key))])
	var want []string
	for _, k := range slices.Sorted(maps.Keys(model)) {
		if bytes.HasPrefix([]byte(k), prefix) {
			want = append(want, k+"="+model[k])
		}
	}
	var up, down, each []string
	note := func(to *[]string, p pair) { *to = append(*to, string(p.key)+"="+string(p.value)) }
	pairs, err := tx.page(emailsBucket, prefix, nil, 1000)
	for _, p := range pairs {
		note(&up, p)
	}
	if err != nil || !slices.Equal(up, want) {
		t.Fatalf("a page from %q is %q, %v, want %q", prefix, up, err, want)
	}
	err = tx.each(emailsBucket, prefix, nil, 1000, func(p pair) error { note(&each, p); return nil })
	if err != nil || !slices.Equal(each, want) {
		t.Fatalf("each from %q gives %q, %v, want %q", prefix, each, err, want)
	}
	pairs, err = tx.pageBack(emailsBucket, prefix, nil, 1000)
	for _, p := range pairs {
		note(&down, p)
	}
	slices.Reverse(want)
	if err != nil || !slices.Equal(down, want) {
		t.Fatalf("a page back from %q is %q, %v, want %q", prefix, down, err, want)
	}
}
