package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"rekey/account"
	"rekey/demo"
	"rekey/pdfgen"
	"rekey/store"
)

// password is that of every made-up member; the program prints it, and nobody has it but they.
const password = "green-tea-at-noon"

// team is a data directory of made-up members.
type team struct {
	dir     string
	size    int
	store   *store.Store
	service *account.Service
}

func (t *team) file() string { return filepath.Join(t.dir, "rekey.db") }

// team gives the team of a size, which is made at its first use and kept. It must not be changed.
func (b *bench) team(size int) (*team, error) {
	dir := filepath.Join(b.data, strconv.Itoa(size))
	if err := b.makeTeam(dir, size); err != nil {
		return nil, err
	}
	return openTeam(dir, size)
}

func (b *bench) makeTeam(dir string, size int) error {
	if _, err := os.Stat(filepath.Join(dir, "demo.json")); err == nil {
		return nil
	}
	binary, err := b.binary()
	if err != nil {
		return err
	}
	fmt.Fprintf(b.log, "making up %s members\n", count(size))
	command := exec.CommandContext(b.ctx, binary, "demo", "--members", strconv.Itoa(size), "--seed", "1", "--prepare", "--dir", dir)
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("making up members: %w\n%s", err, said)
	}
	return nil
}

// ownTeam gives a team that may be changed.
func (b *bench) ownTeam(size int) (*team, error) {
	kept, err := b.team(size)
	if err != nil {
		return nil, err
	}
	return b.copyOf(kept)
}

// copyOf copies a team, to be changed.
func (b *bench) copyOf(kept *team) (*team, error) {
	dir, err := os.MkdirTemp(b.work, "team-")
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"demo.json", "rekey.db", "rekey.key", "rekey.toml"} {
		if err := copyFile(filepath.Join(dir, name), filepath.Join(kept.dir, name)); err != nil {
			return nil, err
		}
	}
	return openTeam(dir, kept.size)
}

func openTeam(dir string, size int) (*team, error) {
	text, err := os.ReadFile(filepath.Join(dir, "rekey.key"))
	if err != nil {
		return nil, err
	}
	key, err := account.ParseKey(string(text))
	if err != nil {
		return nil, err
	}
	t := &team{dir: dir, size: size}
	if t.store, err = store.Open(t.file(), key.Fingerprint()); err != nil {
		return nil, err
	}
	hasher, err := account.NewHasher(account.DefaultHashParams(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t.service = account.New(account.Config{
		Store: t.store, Key: key, Hasher: hasher, Clock: time.Now, Random: rand.Reader,
		BaseURL: "https://team.example.com", Forms: pdfgen.Writer{Dir: filepath.Join(dir, "forms")}, Zone: time.UTC,
	})
	return t, nil
}

// admin signs in as the team's admin.
func (t *team) admin(b *bench) (account.Admin, error) {
	return t.service.SignIn(b.ctx, demo.AdminEmail, password, "bench")
}

// directory loads the team's directory.
func (t *team) directory(b *bench) (*account.Directory, error) {
	return t.service.LoadDirectory(b.ctx, func(int) {})
}

// copyFile copies a file.
func copyFile(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}
