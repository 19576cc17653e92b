package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"rekey/account"
)

// wantHint waits until hints have led to a revision other than the one given.
func wantHint(t *testing.T, s *Store, hints <-chan struct{}, before uint64) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case _, open := <-hints:
			if !open {
				t.Fatal("watching has broken off")
			}
			now, err := s.Revision()
			if err != nil {
				t.Fatal(err)
			}
			if now != before {
				return
			}
		case <-late:
			t.Fatal("a change was not told")
		}
	}
}

func TestWatchTellsOfEveryChange(t *testing.T) {
	s := newStore(t)
	other := reopened(t, s.path)
	path, _ := backup(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	hints, err := s.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	changes := []func() error{
		func() error {
			return other.Update(t.Context(), func(w account.Writer) error { return w.PutSettings(account.DefaultSettings()) })
		},
		func() error { return smallBatches(other).Bulk(t.Context(), manyMembers(nothing)) },
		func() error { _, err := restore(other, path, true); return err },
		func() error {
			return other.Update(t.Context(), func(w account.Writer) error { return w.PutSettings(account.DefaultSettings()) })
		},
	}
	for _, change := range changes {
		before, err := s.Revision()
		if err := errors.Join(err, change()); err != nil {
			t.Fatal(err)
		}
		wantHint(t, s, hints, before)
	}
	cancel()
	for range hints { // it is closed
	}
}

func TestWatchWithoutAStore(t *testing.T) {
	s := &Store{path: t.TempDir() + "/rekey.db"}
	if _, err := s.Watch(t.Context()); err == nil {
		t.Error("a file that is not there is watched")
	}
}

func TestHintsConcernTheStoreOnly(t *testing.T) {
	tests := []struct {
		event fsnotify.Event
		want  bool
	}{
		{fsnotify.Event{Name: "/d/rekey.db", Op: fsnotify.Write}, true},
		{fsnotify.Event{Name: "/d/rekey.db", Op: fsnotify.Create}, true},
		{fsnotify.Event{Name: "/d/rekey.db", Op: fsnotify.Chmod}, false},
		{fsnotify.Event{Name: "/d/rekey.db.bulk", Op: fsnotify.Write}, false},
		{fsnotify.Event{Name: "/d/rekey.db.gate", Op: fsnotify.Create}, false},
	}
	for _, test := range tests {
		if got := concerns(test.event, "rekey.db"); got != test.want {
			t.Errorf("%v: got %v", test.event, got)
		}
	}
}
