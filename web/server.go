package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"rekey/account"
	"rekey/member"
)

// Limits of a connection. A hash waits for its turn within writeTimeout.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 16 << 10 // bytes
	stopTimeout       = 15 * time.Second
	maxConnections    = 1024
)

// CheckListen refuses, with CodeInvalid, to listen where passwords could be read on the way: elsewhere than on this
// machine it takes TLS, here (withTLS) or at a proxy in front (behindProxy). The address is host:port; a host that is
// left out means every address of the machine.
func CheckListen(address string, withTLS, behindProxy bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return &account.Error{Code: account.CodeInvalid,
			Message: fmt.Sprintf("%q is not an address to listen on.", member.Clean(address)),
			Hint:    "It looks like 127.0.0.1:8080 or [::1]:8080."}
	}
	if withTLS || behindProxy || isLoopback(host) {
		return nil
	}
	return &account.Error{Code: account.CodeInvalid,
		Message: fmt.Sprintf("Without TLS the page is not served on %s: passwords could be read on the way.",
			member.Clean(address)),
		Hint: "Give --tls-cert and --tls-key, or listen on 127.0.0.1, or say with --behind-proxy that a proxy in front of it " +
			"terminates TLS."}
}

// isLoopback reports whether only this machine reaches the host. Of names only localhost is known (RFC 6761, section 6.3).
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// Serve answers on the listener, over TLS if a configuration for it is given, until ctx ends. Then it takes no more
// connections, lets requests that are being answered finish, works off what waits in the background, all within
// stopTimeout, and returns nil.
func (s *Site) Serve(ctx context.Context, listener net.Listener, withTLS *tls.Config) error {
	server := s.server()
	limited := newLimitListener(listener, maxConnections)
	server.ConnState = limited.changed
	serve := server.Serve
	if withTLS != nil {
		server.TLSConfig = withTLS
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	failed := make(chan error, 1)
	go func() { failed <- serve(limited) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving the member's page: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := server.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests were still being answered when the server stopped")
		err = server.Close()
	}
	if left := s.links.drain(stop); left > 0 {
		s.log.Warn("requests for a link were dropped when the server stopped", "requests", left)
	}
	return err
}

// server is an http.Server with limits: the one of net/http has none.
func (s *Site) server() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// limitListener has no more connections open at one time than its gate has places. Further ones wait in the system's
// queue.
type limitListener struct {
	net.Listener
	gate
	closed chan struct{}
	close  func() error
}

func newLimitListener(l net.Listener, limit int) *limitListener {
	closed := make(chan struct{})
	return &limitListener{Listener: l, gate: make(gate, limit), closed: closed, close: sync.OnceValue(func() error {
		close(closed)
		return l.Close()
	})}
}

func (l *limitListener) Accept() (net.Conn, error) {
	select {
	case l.gate <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		l.leave()
	}
	return conn, err
}

// Close also ends an Accept that waits for a place.
func (l *limitListener) Close() error { return l.close() }

// changed gives the place of a connection back that the server has closed; it is an http.Server's ConnState.
func (l *limitListener) changed(_ net.Conn, state http.ConnState) {
	if state == http.StateClosed {
		l.leave()
	}
}
