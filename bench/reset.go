package main

import (
	"errors"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"rekey/account"
	"rekey/member"
)

// measureReset takes the time of a reset, all of it in the store but for the codes' arithmetic, beside the least durable
// change of the same file: open, put one key, commit, close.
func measureReset(b *bench) ([]result, error) {
	var results []result
	for _, size := range withSmall(b.sizes) {
		t, err := b.ownTeam(size)
		if err != nil {
			return results, err
		}
		admin, err := t.admin(b)
		if err != nil {
			return results, err
		}
		next := member.ID(1)
		reset := func() (time.Duration, error) {
			for {
				next++
				start := time.Now()
				_, err := t.service.Reset(b.ctx, admin, next, account.ReasonForgot)
				if err == nil {
					return time.Since(start), nil
				}
				if code := account.CodeOf(err); code == "" || next > 10_000 { // some cannot be reset: suspended, deputies
					return 0, err
				}
			}
		}
		bare := filepath.Join(t.dir, "bare.db")
		if err := copyFile(bare, t.file()); err != nil {
			return results, err
		}
		ours, anchor, err := compare(20*b.rounds, reset, took(func() error { return putOne(bare) }))
		if err != nil {
			return results, err
		}
		results = append(results, timed("reset at "+count(size), ours, anchor, "bbolt: open, put a key, commit, close, on the same file", atMost(1.5)).noted(
			"It writes into some ten trees, the anchor into one: in a large file these lie apart, also on the disk"))
	}
	return results, nil
}

// withSmall puts 1k before the sizes.
func withSmall(sizes []int) []int {
	if sizes[0] <= 1000 {
		return sizes
	}
	return append([]int{1000}, sizes...)
}

// putOne changes one key of a file durably.
func putOne(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistArrayType, NoStatistics: true})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists([]byte("bench"))
		if err != nil {
			return err
		}
		return bucket.Put([]byte("key"), make([]byte, 200))
	})
	return errors.Join(err, db.Close())
}
