package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// expandHome puts the home directory in the place of a leading ~.
func expandHome(typed string) (string, error) {
	rest, home := strings.CutPrefix(typed, "~")
	if !home || rest != "" && rest[0] != '/' {
		return typed, nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("looking for the home directory: %w", err)
	}
	return dir + rest, nil
}

// absolute turns what was typed into an absolute path: ~ is the home directory.
func absolute(typed string) (string, error) {
	path, err := expandHome(typed)
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", fmt.Errorf("looking for the working directory: %w", err)
	}
	return path, nil
}

// completion is how a path that was begun can go on.
type completion struct {
	path    string   // as far as it is clear; empty: nothing begins like this
	matches []string // the names that it can go on with, cleaned; nil where only one does
}

// complete looks for what begins like the path that was typed. Hidden files count only when a dot was typed.
func complete(typed string) (completion, error) {
	if typed == "~" {
		return completion{path: "~/"}, nil
	}
	folder, begun := filepath.Split(typed)
	real, err := expandHome(folder)
	if err != nil {
		return completion{}, err
	}
	if real == "" {
		real = "."
	}
	entries, err := os.ReadDir(real)
	if errors.Is(err, fs.ErrNotExist) {
		return completion{}, nil
	}
	if err != nil {
		return completion{}, fmt.Errorf("looking into %s: %w", clean(real), pathless(err))
	}
	var names []string
	for _, e := range entries {
		hidden := strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(begun, ".")
		if !hidden && strings.HasPrefix(e.Name(), begun) {
			names = append(names, e.Name()+slash(filepath.Join(real, e.Name())))
		}
	}
	if len(names) == 0 {
		return completion{}, nil
	}
	return completion{path: folder + commonPrefix(names), matches: several(names)}, nil
}

// slash ends a folder's name, also that of a link to one.
func slash(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return "/"
	}
	return ""
}

// commonPrefix is what all names begin with, to the last whole character.
func commonPrefix(names []string) string {
	prefix := names[0]
	for _, name := range names[1:] {
		for !strings.HasPrefix(name, prefix) {
			all := []rune(prefix)
			prefix = string(all[:len(all)-1])
		}
	}
	return prefix
}

// several gives names to choose from.
func several(names []string) []string {
	if len(names) < 2 {
		return nil
	}
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = clean(name)
	}
	return shown
}
