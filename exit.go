package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/member"
	"rekey/roster"
	"rekey/store"
)

// The exit codes, a part of the interface.
const (
	exitDone        = 0
	exitFailed      = 1 // refused or failed
	exitUsage       = 2 // wrong usage, or no terminal where one is needed
	exitNotSignedIn = 3 // not signed in, or no admin authority
)

// failure is a refusal of the command line itself, in sentences for a person.
type failure struct {
	exit    int
	message string // what is wrong
	hint    string // what to do next; may be empty
	cause   error  // may be nil
}

// Error gives the sentence and the hint.
func (f *failure) Error() string {
	return strings.TrimSpace(f.message + " " + f.hint)
}

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.cause }

// refuse makes a failure with exit code 1 of what to do next and of what is wrong.
func refuse(hint, format string, args ...any) error {
	wrong := fmt.Errorf(format, args...)
	return &failure{exitFailed, wrong.Error(), hint, errors.Unwrap(wrong)}
}

// misuse is refuse for a wrong usage, with exit code 2.
func misuse(hint, format string, args ...any) error {
	wrong := fmt.Errorf(format, args...)
	return &failure{exitUsage, wrong.Error(), hint, errors.Unwrap(wrong)}
}

// wrongUsage makes a sentence of what cobra says about a command line.
func wrongUsage(err error, cmd *cobra.Command) error {
	message, _, _ := strings.Cut(err.Error(), "\n")
	if number, ok := errors.AsType[*strconv.NumError](err); ok {
		message = strings.TrimSuffix(message, number.Error()) + wrongValue(number)
	}
	return misuse(fmt.Sprintf("See %q.", cmd.CommandPath()+" --help"), "%s", sentence(message))
}

// wrongValue says what the value of a flag has to be.
func wrongValue(err *strconv.NumError) string {
	switch {
	case err.Func == "ParseBool":
		return "it has to be true or false"
	case errors.Is(err, strconv.ErrRange):
		return "the number is out of range"
	case err.Func == "ParseUint":
		return "it has to be a whole number that is not negative"
	}
	return "it has to be a whole number"
}

// sentence gives an error's text a capital and a full stop.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(s[size:], ".") + "."
}

// exitCode tells how the program ends with err.
func exitCode(err error) int {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.exit
	}
	switch account.CodeOf(err) {
	case account.CodeSignInFailed, account.CodeNoAuthority, account.CodeSignedOut:
		return exitNotSignedIn
	}
	return exitFailed
}

// explain says in sentences what went wrong and what to do next. It is safe to show.
func explain(ctx context.Context, err error) string {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return "Interrupted."
	}
	return member.Clean(sentences(err))
}

func sentences(err error) string {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.Error()
	}
	if refused, ok := errors.AsType[*account.Error](err); ok {
		return refused.Error()
	}
	if kept, ok := errors.AsType[*store.Error](err); ok {
		return kept.Error()
	}
	if file, ok := errors.AsType[*roster.FileError](err); ok {
		return file.Error()
	}
	text := sentence(err.Error())
	switch {
	case isFull(err):
		return text + " Make room, then do it again."
	case isForbidden(err):
		return text + " Check the permissions there, or run rekey as the user who owns the data directory."
	}
	return text
}

// isFull reports that there is no room for a file.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// isForbidden reports that a file may not be touched.
func isForbidden(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}
