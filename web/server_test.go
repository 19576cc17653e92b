package web

import (
	"errors"
	"net"
	"net/http"
	"testing"
)

// pipes is a listener that always has a connection to give.
type pipes struct{}

func (pipes) Accept() (net.Conn, error) {
	conn, _ := net.Pipe()
	return conn, nil
}

func (pipes) Close() error   { return nil }
func (pipes) Addr() net.Addr { return nil }

func TestConnectionsAreLimited(t *testing.T) {
	l := newLimitListener(pipes{}, 2)
	for range 2 {
		if _, err := l.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	accepted := make(chan error)
	go func() {
		for range 2 {
			_, err := l.Accept()
			accepted <- err
		}
	}()
	for _, state := range []http.ConnState{http.StateNew, http.StateActive, http.StateIdle} {
		l.changed(nil, state)
	}
	if len(l.gate) != 2 {
		t.Fatalf("%d places are taken by two open connections", len(l.gate))
	}
	l.changed(nil, http.StateClosed)
	if err := <-accepted; err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Error(err)
	}
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("who waits for a place on a closed listener gets %v", err)
	}
}
