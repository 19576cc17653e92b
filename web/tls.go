package web

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// TLS gives the configuration to serve with a certificate and its key from PEM files. When the files change, as they do
// when a certificate is renewed, new connections get the new ones; files that cannot be read then are logged and the last
// good ones stay.
func TLS(certificate, key string, log *slog.Logger) (*tls.Config, error) {
	k := &keyPair{certificate: certificate, key: key, log: log}
	if err := k.load(); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return k.current(), nil },
	}, nil
}

// keyPair is a certificate with its key as the files hold them.
type keyPair struct {
	certificate, key string
	log              *slog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	stamp  [2]time.Time // when the files had been changed when they were read last
}

// current gives the certificate, read again if a file has changed. The two files of a renewal do not change at one time:
// between the two they do not fit each other, and the last pair stays.
func (k *keyPair) current() *tls.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	if stamp, err := k.stamps(); err != nil || stamp == k.stamp {
		return k.loaded
	}
	if err := k.load(); err != nil {
		k.log.Error("keeping the last certificate", "error", err)
	}
	return k.loaded
}

func (k *keyPair) load() (err error) {
	if k.stamp, err = k.stamps(); err != nil {
		return fmt.Errorf("reading the TLS certificate: %w", err)
	}
	loaded, err := tls.LoadX509KeyPair(k.certificate, k.key)
	if err != nil {
		return fmt.Errorf("reading the TLS certificate: %w", err)
	}
	k.loaded = &loaded
	return nil
}

func (k *keyPair) stamps() ([2]time.Time, error) {
	var stamp [2]time.Time
	for i, name := range []string{k.certificate, k.key} {
		info, err := os.Stat(name)
		if err != nil {
			return stamp, err
		}
		stamp[i] = info.ModTime()
	}
	return stamp, nil
}
