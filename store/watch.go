package store

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// Watch tells, within milliseconds, that some process may have changed the store: a hint upon which to compare Revision.
// Hints that are not taken at once become one. The channel is closed when ctx ends, and if watching breaks off. Where
// files cannot be watched, on some network file systems or when the host's watches are used up, it gives an error, or
// no hints: ask for Revision from time to time all the same.
func (s *Store) Watch(ctx context.Context) (<-chan struct{}, error) {
	place, err := filepath.EvalSymlinks(s.path)
	if err != nil {
		return nil, explain("watching", s.path, err)
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching the store %s: %w", s.path, err)
	}
	// The directory, because the file can be replaced.
	if err := watcher.Add(filepath.Dir(place)); err != nil {
		_ = watcher.Close()
		return nil, fmt.Errorf("watching the store %s: %w", s.path, err)
	}
	hints := make(chan struct{}, 1)
	go func() {
		defer close(hints)
		defer watcher.Close()
		forward(ctx, watcher, filepath.Base(place), hints)
	}()
	return hints, nil
}

// forward makes a hint of every event that is about the named file, and of lost events.
func forward(ctx context.Context, watcher *fsnotify.Watcher, name string, hints chan<- struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case event, open := <-watcher.Events:
			if !open {
				return
			}
			if !concerns(event, name) {
				continue
			}
		case _, open := <-watcher.Errors:
			if !open {
				return
			}
		}
		select {
		case hints <- struct{}{}:
		default: // one waits already
		}
	}
}

// concerns reports whether an event is about the content of the named file: written to, or another file in its place.
func concerns(event fsnotify.Event, name string) bool {
	return filepath.Base(event.Name) == name && (event.Has(fsnotify.Write) || event.Has(fsnotify.Create))
}
