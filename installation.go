package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"

	"rekey/account"
	"rekey/store"
)

// installation is what a new data directory is to hold.
type installation struct {
	config   config
	settings account.Settings
	files    map[string]string    // the text of further files by their paths
	fill     func(*program) error // puts the first members into the store
}

// install makes the data directory, all of it: if something fails, what was made is removed.
func (i installation) install(d directory, env environment) (p *program, err error) {
	if err := d.mustBeFree(); err != nil {
		return nil, err
	}
	var b builder
	defer func() {
		if err != nil {
			b.undo()
		}
	}()
	for _, path := range []string{string(d), d.forms()} {
		if err := b.directory(path); err != nil {
			return nil, err
		}
	}
	key, err := b.key(d.keyFile(i.config), env)
	if err != nil {
		return nil, err
	}
	if err := b.file(d.configFile(), i.config.text()); err != nil {
		return nil, err
	}
	for path, text := range i.files {
		if err := b.file(path, text); err != nil {
			return nil, err
		}
	}
	b.claim(d.storeFile())
	b.claim(d.storeFile() + ".gate") // by these two processes take turns
	b.claim(d.storeFile() + ".writer")
	if err := store.Create(d.storeFile(), key.Fingerprint(), i.settings); err != nil {
		return nil, err
	}
	if p, err = assemble(d, i.config, key); err != nil {
		return nil, err
	}
	return p, i.fill(p)
}

// key makes the installation's key, unless the configuration names one that is there, such as a credential.
func (b *builder) key(path string, env environment) (account.Key, error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return readKey(path, env.get("CREDENTIALS_DIRECTORY"))
	}
	key, err := account.NewKey(rand.Reader)
	if err != nil {
		return key, err
	}
	return key, b.file(path, key.Text())
}
