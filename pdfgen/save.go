package pdfgen

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"rekey/account"
	"rekey/member"
)

// Writer saves forms as files. It implements account.FormWriter.
type Writer struct {
	Dir    string   // the usual place; made when first needed, for the owner alone
	Spared []string // files that no form may take the place of
}

var _ account.FormWriter = Writer{}

// WriteForm saves the form as a PDF at path, or with an empty path in w.Dir under FileName. The file is readable by its
// owner alone, because it holds the secret code. What was at path is replaced at once or, on any error, left as it was;
// a symbolic link is replaced, not followed. A path that cannot be a file is refused with CodeInvalid.
func (w Writer) WriteForm(form account.Form, path string) (account.SavedForm, error) {
	b, err := newBook()
	if err != nil {
		return account.SavedForm{}, err
	}
	if err := b.add(form, ""); err != nil {
		return account.SavedForm{}, err
	}
	if path == "" {
		if err := w.makeDir(); err != nil {
			return account.SavedForm{}, err
		}
		path = filepath.Join(w.Dir, FileName(form.Member))
	}
	return w.save(b, path)
}

// WriteFormIn saves the form under FileName in a directory, as WriteForm does.
func (w Writer) WriteFormIn(form account.Form, dir string) (account.SavedForm, error) {
	return w.WriteForm(form, filepath.Join(dir, FileName(form.Member)))
}

// WriteForms saves forms as one PDF at path, a page each in their order, as WriteForm does. The outline has an entry for
// each member. The document is held in memory until it is written: some 10 KB a page. An error of forms ends it with
// nothing written.
func (w Writer) WriteForms(forms iter.Seq2[account.Form, error], path string) (account.SavedForm, error) {
	b, err := newBook()
	if err != nil {
		return account.SavedForm{}, err
	}
	for form, err := range forms {
		if err != nil {
			return account.SavedForm{}, err
		}
		if err := b.add(form, printable(form.Member.Account())); err != nil {
			return account.SavedForm{}, err
		}
	}
	if b.pages == 0 {
		return account.SavedForm{}, nil
	}
	return w.save(b, path)
}

// documentName is the usual name of a document of forms. No form of a single member has it.
const documentName = "forms.pdf"

// Place gives a target its usual path if it has none, and refuses one at which nothing can be written, with CodeInvalid.
func (w Writer) Place(to account.FormTarget) (account.FormTarget, error) {
	if to.Path == "" {
		if err := w.makeDir(); err != nil {
			return to, err
		}
		to.Path = w.Dir
		if to.Document {
			to.Path = filepath.Join(w.Dir, documentName)
		}
	}
	dir := to.Path
	if to.Document {
		if err := w.checkTarget(to.Path); err != nil {
			return to, err
		}
		dir = filepath.Dir(to.Path)
	} else if err := checkDir(dir); err != nil {
		return to, err
	}
	return to, checkWritable(dir)
}

func (w Writer) makeDir() error {
	if err := os.MkdirAll(w.Dir, 0o700); err != nil {
		return fmt.Errorf("making the directory of forms: %w", err)
	}
	return nil
}

// save writes the book to path, all of it or nothing.
func (w Writer) save(b *book, path string) (account.SavedForm, error) {
	if err := w.checkTarget(path); err != nil {
		return account.SavedForm{}, err
	}
	if err := writeFile(path, b.writeTo); err != nil {
		return account.SavedForm{}, fmt.Errorf("saving the form as %q: %w", member.Clean(path), err)
	}
	return account.SavedForm{Path: path, Missing: b.missed()}, nil
}

// checkTarget refuses a path where no file can be, where something other than a file is, and where a spared one is.
func (w Writer) checkTarget(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return refusal("%q is a directory.", path, "Give the name of a file in it.")
	case err == nil && !info.Mode().IsRegular():
		return refusal("%q is not an ordinary file.", path, "Give the name of a file.")
	case os.IsPathSeparator(path[len(path)-1]):
		return refusal("%q names a directory.", path, "Give the name of a file.")
	case err == nil && w.spares(info):
		return refusal("%q is a file that rekey itself needs.", path, "Choose another name.")
	}
	return checkDir(filepath.Dir(path))
}

func (w Writer) spares(file fs.FileInfo) bool {
	return slices.ContainsFunc(w.Spared, func(path string) bool {
		spared, err := os.Stat(path)
		return err == nil && os.SameFile(file, spared)
	})
}

// checkDir refuses what is not a directory.
func checkDir(dir string) error {
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return refusal("There is no directory %q.", dir, "Make it first, or choose another place.")
	case errors.Is(err, syscall.ENOTDIR), err == nil && !info.IsDir():
		return refusal("%q is not a directory.", dir, "Choose another place.")
	}
	return nil
}

// temporaryName is the pattern of a file that is being written.
const temporaryName = ".account-information-*.tmp"

// checkWritable refuses a directory in which no file can be made, in the only sure way: it makes one.
func checkWritable(dir string) error {
	probe, err := os.CreateTemp(dir, temporaryName)
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return refusal("You may not write to the directory %q.", dir, "Choose another place.")
	case err != nil:
		return fmt.Errorf("trying the directory %q: %w", member.Clean(dir), err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return fmt.Errorf("trying the directory %q: %w", member.Clean(dir), err)
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
	temporary, err := os.CreateTemp(filepath.Dir(path), temporaryName)
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
