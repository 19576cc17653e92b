package main

import (
	"crypto/rand"
	"fmt"
	"time"

	"rekey/account"
	"rekey/mailer"
	"rekey/pdfgen"
	"rekey/store"
)

// hashParams are the costs of a password's hash. Tests lower them.
var hashParams = account.DefaultHashParams()

// program is the assembled program on one data directory: what every command and every front door works with.
type program struct {
	directory directory
	config    config
	hasher    *account.Hasher
	store     *store.Store
	service   *account.Service
}

// open assembles the program on a data directory that has been set up.
func open(d directory, env environment) (*program, error) {
	c, key, err := d.beside(env)
	if err != nil {
		return nil, err
	}
	return assemble(d, c, key)
}

// beside reads what stands beside the store: the configuration and the key.
func (d directory) beside(env environment) (config, account.Key, error) {
	if err := d.mustExist(); err != nil {
		return config{}, account.Key{}, err
	}
	c, err := loadConfig(d, env)
	if err != nil {
		return config{}, account.Key{}, err
	}
	key, err := readKey(d.keyFile(c), env.get("CREDENTIALS_DIRECTORY"))
	return c, key, err
}

// assemble puts the parts together on the directory's store.
func assemble(d directory, c config, key account.Key) (*program, error) {
	kept, err := store.Open(d.storeFile(), key.Fingerprint())
	if err != nil {
		return nil, err
	}
	return assembleOn(kept, d, c, key)
}

// assembleOn puts the parts together. It is the only place that does.
func assembleOn(kept *store.Store, d directory, c config, key account.Key) (*program, error) {
	hasher, err := account.NewHasher(hashParams, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("preparing to hash passwords: %w", err)
	}
	service := account.New(account.Config{
		Store:   kept,
		Key:     key,
		Hasher:  hasher,
		Clock:   time.Now,
		Random:  rand.Reader,
		BaseURL: c.BaseURL,
		Forms:   pdfgen.Writer{Dir: d.forms(), Spared: d.needed(c)},
		Zone:    time.Local,
	})
	return &program{directory: d, config: c, hasher: hasher, store: kept, service: service}, nil
}

// hasMailServer reports whether the configuration names a mail server.
func (p *program) hasMailServer() bool { return p.config.Mail.Host != "" }

// courier makes what takes the outbox's mails to the configured mail server. It refuses a configuration with which no
// mail can be sent.
func (p *program) courier(o mailer.Options) (*mailer.Courier, error) {
	client, err := mailer.NewClient(p.config.Mail)
	if err != nil {
		return nil, err
	}
	return mailer.NewCourier(p.service, client, o), nil
}

// configuredCourier is courier, but nil where no mail server is configured. What the courier survives goes to onError,
// which may be nil.
func (p *program) configuredCourier(onError func(error)) (*mailer.Courier, error) {
	if !p.hasMailServer() {
		return nil, nil
	}
	return p.courier(mailer.Options{OnError: onError})
}
