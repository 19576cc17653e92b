package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"rekey/account"
)

// Modes of what the data directory holds, whatever the umask.
const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// directory is the path of a data directory.
type directory string

func directoryAt(path string) (directory, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("finding the data directory: %w", err)
	}
	return directory(absolute), nil
}

func (d directory) file(name string) string { return filepath.Join(string(d), name) }

func (d directory) configFile() string { return d.file("rekey.toml") }
func (d directory) storeFile() string  { return d.file("rekey.db") }
func (d directory) demoFile() string   { return d.file("demo.json") }
func (d directory) forms() string      { return d.file("forms") }
func (d directory) imports() string    { return d.file("import") } // of restricted consoles
func (d directory) mail() string       { return d.file("mail") }
func (d directory) serveLog() string   { return d.file("serve.log") }
func (d directory) kioskLog() string   { return d.file("kiosk.log") }

// keyFile is where the key stands. A relative path in the configuration starts at the data directory.
func (d directory) keyFile(c config) string {
	switch {
	case c.KeyFile == "":
		return d.file("rekey.key")
	case filepath.IsAbs(c.KeyFile):
		return c.KeyFile
	}
	return d.file(c.KeyFile)
}

// needed are the files that no other may take the place of.
func (d directory) needed(c config) []string {
	return []string{d.storeFile(), d.storeFile() + ".gate", d.storeFile() + ".writer", d.configFile(), d.keyFile(c)}
}

// mustExist refuses a directory in which nothing has been set up.
func (d directory) mustExist() error {
	for _, path := range []string{d.configFile(), d.storeFile()} {
		_, err := os.Stat(path)
		if err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return d.unreadable(err)
		}
	}
	return refuse("Run `rekey init` to set one up (or `rekey demo` to try it).",
		"There is no rekey directory at %s.", d)
}

// unreadable refuses a data directory that could not be looked at.
func (d directory) unreadable(err error) error {
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return refuse("Name another one with --dir.", "%s is not a directory.", d)
	case errors.Is(err, fs.ErrPermission):
		return refuse("Run rekey as the user who owns it.", "The data directory %s cannot be read: %w.", d, bare(err))
	}
	return refuse("Check its disk, or name another one with --dir.",
		"The data directory %s cannot be read: %w.", d, bare(err))
}

const putBackKey = "Put back the key file that was made together with the store."

// readKey reads the installation's key and refuses a file that other users can read. What the service manager passes
// as a credential it guards itself, by means that the mode does not show.
func readKey(path, credentials string) (account.Key, error) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o077 != 0 && !isUnder(path, credentials) {
		return account.Key{}, refuse(fmt.Sprintf("Run `chmod 600 %s`.", path),
			"Other users can read the key file %s.", path)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return account.Key{}, refuse(putBackKey+" Or say where it is with key.file (REKEY_KEY_FILE).",
			"The key file %s is missing.", path)
	}
	if err != nil {
		return account.Key{}, refuse("Run rekey as the user who owns it.",
			"The key file %s cannot be read: %w.", path, bare(err))
	}
	key, err := account.ParseKey(string(text))
	if err != nil {
		return account.Key{}, refuse(putBackKey, "The key file %s is damaged: %w.", path, err)
	}
	return key, nil
}

func isUnder(path, dir string) bool {
	if dir == "" {
		return false
	}
	relative, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(relative)
}

// builder makes a data directory and can take back all that it made.
type builder struct {
	made []string
}

// directory makes a directory with its parents, or takes one that is there: an empty one is closed to other users, one
// with other files in it has to be closed already.
func (b *builder) directory(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return b.newDirectory(path)
	case err != nil:
		return fmt.Errorf("looking at the directory: %w", err)
	case !info.IsDir():
		return refuse("Choose another place with --dir.", "%s is not a directory.", path)
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("looking at the directory: %w", err)
	}
	if len(entries) > 0 {
		return refuse(fmt.Sprintf("Choose another directory with --dir, or run `chmod 700 %s`.", path),
			"Other users have access to %s, which holds other files.", path)
	}
	return closeDirectory(path)
}

func (b *builder) newDirectory(path string) error {
	if parent := filepath.Dir(path); parent != path {
		if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) {
			if err := b.newDirectory(parent); err != nil {
				return err
			}
		}
	}
	if err := os.Mkdir(path, dirMode); err != nil {
		return fmt.Errorf("making the directory: %w", err)
	}
	b.made = append(b.made, path)
	return closeDirectory(path)
}

func closeDirectory(path string) error {
	if err := os.Chmod(path, dirMode); err != nil {
		return fmt.Errorf("closing the directory to other users: %w", err)
	}
	return nil
}

// file makes a file that was not there, for its owner only.
func (b *builder) file(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return fmt.Errorf("making a file: %w", err)
	}
	b.made = append(b.made, path)
	_, err = f.WriteString(text)
	if err := cmp.Or(err, f.Chmod(fileMode), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing a new file: %w", err)
	}
	return nil
}

// claim names a file that somebody else is about to make.
func (b *builder) claim(path string) { b.made = append(b.made, path) }

// undo removes what was made, the last first. What others have put there meanwhile stays.
func (b *builder) undo() {
	for len(b.made) > 0 {
		last := b.made[len(b.made)-1]
		b.made = b.made[:len(b.made)-1]
		os.Remove(last)
	}
}

// mustBeFree refuses a directory that holds an installation, or a part of one.
func (d directory) mustBeFree() error {
	for _, path := range []string{d.storeFile(), d.configFile(), d.keyFile(config{})} {
		_, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return d.unreadable(err)
		}
		return refuse("It is never overwritten: choose another directory with --dir, or move that one away.",
			"%s already holds %s.", d, filepath.Base(path))
	}
	return nil
}
