package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// traps gives a PATH of programs that the console or a library of it could start, and a function that tells which of
// them were.
func traps(t *testing.T) (env []string, started func() string) {
	t.Helper()
	dir := t.TempDir()
	marker := filepath.Join(dir, "started")
	for _, name := range []string{"tmux", "screen", "lp", "sh", "bash", "trap", "vi", "vim", "nano", "less", "more", "infocmp", "tput",
		"stty", "xclip", "xsel", "wl-copy", "wl-paste", "termux-clipboard-get", "powershell.exe", "xdg-open", "git", "go"} {
		script := "#!/bin/sh\necho " + name + " >> " + marker + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	trap := filepath.Join(dir, "trap")
	env = []string{"PATH=" + dir, "TMUX=/tmp/tmux,1,0", "TERM=screen-256color", "DISPLAY=:0", "WAYLAND_DISPLAY=wayland-0"}
	for _, name := range []string{"EDITOR", "VISUAL", "PAGER", "SHELL", "BROWSER"} {
		env = append(env, name+"="+trap)
	}
	return env, func() string {
		t.Helper()
		names, err := os.ReadFile(marker)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(string(names)), " ")
	}
}

// Keys with which libraries open an editor, or look for what was copied elsewhere.
const ctrlE, ctrlV = "\x05", "\x16"

// A restricted console, whatever restricts it, and a kiosk start no other program: neither on a key nor by themselves, as
// they begin.
func TestRestrictedStartsNoProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("not in a real terminal with -short, which the race detector's run uses: Bubble Tea has a race at its end")
	}
	for name, by := range map[string]struct {
		args    []string
		env     string
		setting bool
	}{
		"the flag":     {args: []string{"--restricted"}},
		"the variable": {env: "REKEY_RESTRICTED=1"},
		"the setting":  {setting: true, env: "REKEY_RESTRICTED=0"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := prepared(t)
			env, started := traps(t)
			if by.setting {
				config := filepath.Join(dir, "rekey.toml")
				text, err := os.ReadFile(config)
				if err != nil {
					t.Fatal(err)
				}
				write(t, config, strings.Replace(string(text), "# restricted = true", "restricted = true", 1))
			}
			console := start(t, "rekey", append(env, "REKEY_DIR="+dir, by.env), by.args...)
			console.until("Email address")
			console.press(ctrlZ + ctrlBackslash)
			signInToConsole(console)
			console.press("/line1-003" + enter)
			console.until("1 of ")
			console.press("p")
			console.until("it does not print")
			console.press("i" + ctrlE + ctrlV + ctrlZ)
			console.until("takes files from there only")
			console.press(ctrlC)
			console.end(exitDone)
			if names := started(); names != "" {
				t.Errorf("the restricted console has started %s", names)
			}
		})
	}
	dir, _ := prepared(t)
	env, started := traps(t)
	testShutdown(t, start(t, "rekey", append(env, "REKEY_DIR="+dir), "kiosk"))
	if names := started(); names != "" {
		t.Errorf("the kiosk has started %s", names)
	}
}
