// Package alone keeps the program from starting another one before main begins.
//
// Lipgloss looks at the terminal while it is initialised, and where TMUX is set it asks `tmux info` about it: whatever
// program PATH leads to, whichever command of ours was called, also for a console that is restricted. So TMUX is put aside
// until main begins, who can tell for whom it may come back.
//
// That this comes first is a rule of the language: of the packages whose imports are initialised, the first by its path is
// next. This one needs nothing but syscall, and Lipgloss needs os, which needs time, which comes behind "rekey". So nothing
// else may be imported here.
package alone

import "syscall"

const variable = "TMUX"

var aside = putAside()

func putAside() (value string) {
	value, _ = syscall.Getenv(variable)
	_ = syscall.Unsetenv(variable)
	return value
}

// End puts back what was put aside.
func End() {
	if aside != "" {
		_ = syscall.Setenv(variable, aside)
	}
}
