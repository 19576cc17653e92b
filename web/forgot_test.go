package web

import (
	"context"
	"slices"
	"testing"
)

func TestTheQueueOfLinksIsBounded(t *testing.T) {
	hold, begun, done := make(chan struct{}), make(chan struct{}), []string{}
	q := linkQueue{gate: make(gate, 2)}
	add := func(address string, before func()) bool {
		if !q.enter() {
			return false
		}
		q.add(func() {
			before()
			done = append(done, address)
		})
		return true
	}
	nothing := func() {}
	if !add("a", func() { close(begun); <-hold }) {
		t.Fatal("an empty queue takes nothing")
	}
	<-begun
	if !add("b", nothing) || add("c", nothing) {
		t.Error("while one is worked on, a queue of two does not take just one more")
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if left := q.drain(stopped); left != 2 {
		t.Errorf("when the time is up %d requests are left, want 2", left)
	}
	close(hold)
	if left := q.drain(t.Context()); left != 0 {
		t.Errorf("after all the time in the world %d requests are left", left)
	}
	if !add("d", nothing) {
		t.Error("the queue takes nothing after it was empty")
	}
	q.drain(t.Context())
	if want := []string{"a", "b", "d"}; !slices.Equal(done, want) {
		t.Errorf("worked off: %v, want %v", done, want)
	}
}
