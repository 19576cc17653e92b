package pdfgen

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rekey/account"
	"rekey/member"
)

// Writer saves forms as files. It implements account.FormWriter.
type Writer struct {
	Dir string // the usual place; made when first needed, for the owner alone
}

var _ account.FormWriter = Writer{}

// WriteForm saves the form as a PDF at path, or with an empty path in w.Dir under FileName. The file is readable by its
// owner alone, because it holds the secret code. What was at path is replaced at once or, on any error, left as it was;
// a symbolic link is replaced, not followed. A path that cannot be a file is refused with CodeInvalid.
func (w Writer) WriteForm(form account.Form, path string) (account.SavedForm, error) {
	var pdf bytes.Buffer
	missing, err := Render(&pdf, form)
	if err != nil {
		return account.SavedForm{}, err
	}
	if path == "" {
		if err := os.MkdirAll(w.Dir, 0o700); err != nil {
			return account.SavedForm{}, fmt.Errorf("making the directory of forms: %w", err)
		}
		path = filepath.Join(w.Dir, FileName(form.Member))
	}
	if err := checkTarget(path); err != nil {
		return account.SavedForm{}, err
	}
	err = writeFile(path, func(f io.Writer) error {
		_, err := pdf.WriteTo(f)
		return err
	})
	if err != nil {
		return account.SavedForm{}, fmt.Errorf("saving the form as %q: %w", member.Clean(path), err)
	}
	return account.SavedForm{Path: path, Missing: missing}, nil
}

// checkTarget refuses a path where no file can be or where something other than a file is.
func checkTarget(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return refusal("%q is a directory.", path, "Give the name of a file in it.")
	case err == nil && !info.Mode().IsRegular():
		return refusal("%q is not an ordinary file.", path, "Give the name of a file.")
	case os.IsPathSeparator(path[len(path)-1]):
		return refusal("%q names a directory.", path, "Give the name of a file.")
	}
	dir := filepath.Dir(path)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return refusal("There is no directory %q.", dir, "Make it first, or choose another place.")
	case err == nil && !info.IsDir():
		return refusal("%q is not a directory.", dir, "Choose another place for the form.")
	}
	return nil
}

func refusal(format, path, hint string) error {
	return &account.Error{Code: account.CodeInvalid, Message: fmt.Sprintf(format, member.Clean(path)), Hint: hint}
}

// writeFile makes the file at path hold what write writes, all of it or nothing: it goes to a temporary file beside
// it, to the disk, and only then to its name.
func writeFile(path string, write func(io.Writer) error) (err error) {
	// CreateTemp opens with O_EXCL and mode 0600: nobody else can have put the file there or read it.
	temporary, err := os.CreateTemp(filepath.Dir(path), ".account-information-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temporary.Close() // closed already when the renaming failed
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	if err := temporary.Chmod(0o600); err != nil { // whatever the umask took away
		return err
	}
	if err := write(temporary); err != nil {
		return err
	}
	if err := temporary.Sync(); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// maxEscaped keeps file names far below the 255 bytes of common file systems. Every valid login ID fits.
const maxEscaped = 3 * member.MaxLoginID

// FileName is the name of a member's form in the usual place, "account-information-yamada.t.pdf". Letters, digits,
// ".", "-" and "_" of the login ID stand for themselves, every other byte becomes "=" and two hexadecimal digits. A
// login ID with capital letters gets "~" and a digest on top, because some file systems take "Taro" for "taro". So
// different login IDs have different names everywhere.
func FileName(m member.Member) string {
	id := m.Account()
	var b strings.Builder
	distinct := true // also without regard to case
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
			b.WriteByte(c)
		case c >= 'A' && c <= 'Z':
			b.WriteByte(c)
			distinct = false
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	name := b.String()
	if len(name) > maxEscaped {
		name, distinct = name[:maxEscaped], false
	}
	if !distinct {
		digest := sha256.Sum256([]byte(id))
		name += fmt.Sprintf("~%x", digest[:4])
	}
	return "account-information-" + name + ".pdf"
}
