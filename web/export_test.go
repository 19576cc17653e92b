package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
)

// Drain waits until the requests for links have been worked off.
func (s *Site) Drain() { s.links.drain(context.Background()) }

// Crowd takes all the places for passwords, until the function that it gives is called.
func (s *Site) Crowd() (leave func()) {
	for s.passwords.enter() {
	}
	return func() {
		for range cap(s.passwords) {
			s.passwords.leave()
		}
	}
}

// ProbeTrusting is Probe with other authorities than the system's.
func ProbeTrusting(ctx context.Context, baseURL, installation string, trusted *x509.CertPool) error {
	return prober{base: baseURL, installation: installation, tls: &tls.Config{RootCAs: trusted}}.run(ctx)
}
