package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rekey/account"
)

// Restriction shuts the ways from the console to other programs and to files elsewhere: nothing is printed, forms are
// saved in their usual place only, no lists of problems are written, and files of members come from one folder.
type Restriction struct {
	// ImportFolder is the folder from which files of members are taken, an absolute path.
	ImportFolder string
}

// Why a restricted console does not do something.
const (
	restrictedSaving   = "This console is restricted: it saves forms in their usual place only."
	restrictedPrinting = "This console is restricted: it does not print."
	restrictedWriting  = "This console is restricted: it writes no files but forms."
)

// noPrinting is why nothing can be printed where there is no printing.
const noPrinting = "This computer has no lp to print with."

// refusePrinting says why nothing can be printed here, or "".
func (s *shared) refusePrinting() string {
	switch {
	case s.restricted != nil:
		return restrictedPrinting
	case s.print == nil:
		return noPrinting
	}
	return ""
}

// importPath turns what was typed into the path of a file of members.
func (s *shared) importPath(typed string) (string, error) {
	if s.restricted == nil {
		return expandHome(typed)
	}
	return s.restricted.importPath(typed)
}

// importPath takes a bare name. A link could lead out of the folder, and is none of the files that are taken.
func (r *Restriction) importPath(name string) (string, error) {
	if !isBareName(name) {
		return "", r.refuse("This console is restricted: files are taken from %s only.", "Type the file's name alone.")
	}
	path := filepath.Join(r.ImportFolder, name)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", r.refuse("There is no such file in %s.", "Have it put there: this console takes files from nowhere else.")
	case err != nil:
		return "", r.refuse("The files in %s cannot be looked at.", "Check the permissions there.")
	case !info.Mode().IsRegular():
		return "", r.refuse("This is no ordinary file in %s.", "Have the file itself put there, not a link to it.")
	}
	return path, nil
}

func (r *Restriction) refuse(format, hint string) error {
	return &account.Error{Code: account.CodeInvalid, Message: fmt.Sprintf(format, clean(r.ImportFolder)), Hint: hint}
}

func isBareName(name string) bool {
	return name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// completeImport looks for what begins like the path of a file of members that was typed.
func (s *shared) completeImport(typed string) (completion, error) {
	if s.restricted == nil {
		return complete(typed)
	}
	if !isBareName(typed) {
		return completion{}, nil
	}
	folder := s.restricted.ImportFolder + "/"
	c, err := complete(folder + typed)
	c.path = strings.TrimPrefix(c.path, folder)
	return c, err
}
