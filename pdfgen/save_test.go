//go:build unix

package pdfgen

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rekey/account"
	"rekey/hostile"
	"rekey/member"
)

func TestWriteFormToTheUsualPlace(t *testing.T) {
	for _, umask := range []int{0, 0o277} {
		dir := filepath.Join(t.TempDir(), "forms")
		if umask != 0 { // nobody could write to a directory made under it
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		previous := syscall.Umask(umask)
		saved, err := Writer{Dir: dir}.WriteForm(testForm(), "")
		syscall.Umask(previous)
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(dir, "account-information-yoshino.t.pdf"); saved.Path != want {
			t.Errorf("saved as %q, want %q", saved.Path, want)
		}
		assertMode(t, saved.Path, 0o600)
		assertMode(t, dir, 0o700)
		assertForm(t, saved.Path)
		assertOnly(t, dir, "account-information-yoshino.t.pdf")
	}
}

func TestWriteFormReplacesAnOlderForm(t *testing.T) {
	path := filepath.Join(t.TempDir(), "form.pdf")
	if err := os.WriteFile(path, []byte("older"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (Writer{}).WriteForm(testForm(), path); err != nil {
		t.Fatal(err)
	}
	assertForm(t, path)
	assertMode(t, path, 0o600)
}

func TestFormsTakeNoSparedFilesPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rekey.db")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := Writer{Spared: []string{path + "2", path}}
	_, one := w.WriteForm(testForm(), path)
	_, many := w.Place(account.FormTarget{Document: true, Path: path})
	for _, err := range []error{one, many} {
		if account.CodeOf(err) != account.CodeInvalid {
			t.Errorf("got %v", err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

func TestWriteFormReplacesASymbolicLink(t *testing.T) {
	dir := t.TempDir()
	victim, link := filepath.Join(dir, "victim"), filepath.Join(dir, "form.pdf")
	if err := os.WriteFile(victim, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, link); err != nil {
		t.Fatal(err)
	}
	if _, err := (Writer{}).WriteForm(testForm(), link); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(victim); err != nil || string(content) != "precious" {
		t.Errorf("the link's target holds %q (%v)", content, err)
	}
	if info, err := os.Lstat(link); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the link is not a file now (%v)", err)
	}
	assertForm(t, link)
}

func TestWriteFormRefusesWhatCannotBeAFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"directory":                      dir,
		"link to a directory":            link,
		"directory that is not there":    filepath.Join(dir, "none") + "/",
		"parent that is not there":       filepath.Join(dir, "none", "form.pdf"),
		"parent that is a file":          filepath.Join(file, "form.pdf"),
		"pipe":                           pipe,
		"directory with escapes in name": filepath.Join(dir, "a\x1b[2J", "form.pdf"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Writer{}.WriteForm(testForm(), path)
			refused, ok := errors.AsType[*account.Error](err)
			if !ok || refused.Code != account.CodeInvalid || refused.Hint == "" {
				t.Fatalf("got %v, want a refusal with a hint", err)
			}
			if strings.ContainsRune(err.Error(), 0x1b) {
				t.Error("the refusal holds an escape character")
			}
			assertOnly(t, dir, "file", "link", "pipe")
		})
	}
}

func TestFailedWriteLeavesNothing(t *testing.T) {
	errFull := errors.New("no space left")
	fail := func(w io.Writer) error {
		if _, err := w.Write([]byte("%PDF half")); err != nil {
			return err
		}
		return errFull
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "form.pdf")
	if err := writeFile(path, fail); !errors.Is(err, errFull) {
		t.Errorf("got %v, want the writer's error", err)
	}
	assertOnly(t, dir)

	if err := os.WriteFile(path, []byte("older"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(path, fail); err == nil {
		t.Error("the failure was not reported")
	}
	assertOnly(t, dir, "form.pdf")
	if content, err := os.ReadFile(path); err != nil || string(content) != "older" {
		t.Errorf("the older form holds %q (%v)", content, err)
	}
}

func TestFailedRenameLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(taken, func(io.Writer) error { return nil }); err == nil {
		t.Error("a file replaced a directory")
	}
	assertOnly(t, dir, "taken")
}

func TestUnrenderableFormTouchesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "forms")
	form := testForm()
	form.URL = ""
	if _, err := (Writer{Dir: dir}).WriteForm(form, ""); err == nil {
		t.Error("a form without a URL was saved")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory of forms was made for nothing (%v)", err)
	}
}

// given is what hands out forms, and then an error if there is one.
func given(forms []account.Form, err error) iter.Seq2[account.Form, error] {
	return func(yield func(account.Form, error) bool) {
		for _, form := range forms {
			if !yield(form, nil) {
				return
			}
		}
		if err != nil {
			yield(account.Form{}, err)
		}
	}
}

func TestWriteForms(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "all.pdf")
	forms := manyForms(3)
	forms[1].Member.Name, forms[2].Member.Name = "김", "a김ไ"
	saved, err := Writer{}.WriteForms(given(forms, nil), path)
	if err != nil || saved.Path != path || string(saved.Missing) != "ไ김" {
		t.Fatalf("%+v, %v", saved, err)
	}
	assertMode(t, path, 0o600)
	assertOnly(t, dir, "all.pdf")
	if content, err := os.ReadFile(path); err != nil || !bytes.Equal(content, boundPDF(t, forms)) {
		t.Errorf("the document is another one (%v)", err)
	}
}

func TestFailedWriteFormsLeavesTheOlderDocument(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "all.pdf")
	if err := os.WriteFile(path, []byte("older"), 0o600); err != nil {
		t.Fatal(err)
	}
	errStopped := errors.New("stopped")
	bad := manyForms(2)
	bad[1].URL = ""
	if _, err := (Writer{}).WriteForms(given(manyForms(2), errStopped), path); !errors.Is(err, errStopped) {
		t.Errorf("got %v, want the error of the forms", err)
	}
	if _, err := (Writer{}).WriteForms(given(bad, nil), path); err == nil {
		t.Error("a form without a QR code was made")
	}
	if saved, err := (Writer{}).WriteForms(given(nil, nil), path); err != nil || saved.Path != "" {
		t.Errorf("without forms: %+v, %v", saved, err)
	}
	assertOnly(t, dir, "all.pdf")
	if content, err := os.ReadFile(path); err != nil || string(content) != "older" {
		t.Errorf("the older document holds %q (%v)", content, err)
	}
}

func TestWriteFormIn(t *testing.T) {
	dir := t.TempDir()
	saved, err := Writer{Dir: "/nowhere"}.WriteFormIn(testForm(), dir)
	if err != nil || saved.Path != filepath.Join(dir, "account-information-yoshino.t.pdf") {
		t.Fatalf("%+v, %v", saved, err)
	}
	assertForm(t, saved.Path)
}

func TestPlace(t *testing.T) {
	usual := filepath.Join(t.TempDir(), "forms")
	for document, want := range map[bool]string{false: usual, true: filepath.Join(usual, "forms.pdf")} {
		to, err := Writer{Dir: usual}.Place(account.FormTarget{Document: document})
		if err != nil || to.Path != want {
			t.Errorf("the usual place is %+v, %v", to, err)
		}
	}
	assertMode(t, usual, 0o700)
	assertOnly(t, usual)

	dir := t.TempDir()
	file, closed := filepath.Join(dir, "file"), filepath.Join(dir, "closed")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	refused := []account.FormTarget{
		{Path: file}, {Path: filepath.Join(dir, "none")}, {Path: filepath.Join(file, "deep")},
		{Document: true, Path: dir}, {Document: true, Path: filepath.Join(dir, "none", "all.pdf")},
	}
	if os.Geteuid() != 0 { // who may write everywhere
		refused = append(refused, account.FormTarget{Path: closed}, account.FormTarget{Document: true, Path: filepath.Join(closed, "all.pdf")})
	}
	for _, to := range refused {
		if _, err := (Writer{Dir: usual}).Place(to); account.CodeOf(err) != account.CodeInvalid {
			t.Errorf("%+v: got %v, want a refusal", to, err)
		}
	}
	assertOnly(t, dir, "closed", "file")
}

func TestFileName(t *testing.T) {
	for loginID, want := range map[string]string{
		"yamada.t":         "account-information-yamada.t.pdf",
		"a-b_c.1":          "account-information-a-b_c.1.pdf",
		"!#$%&'*":          "account-information-=21=23=24=25=26=27=2A.pdf",
		"+=?^`{|}~":        "account-information-=2B=3D=3F=5E=60=7B=7C=7D=7E.pdf",
		"../../etc/passwd": "account-information-..=2F..=2Fetc=2Fpasswd.pdf",
	} {
		if got := FileName(member.Member{LoginID: loginID}); got != want {
			t.Errorf("FileName(%q) = %q, want %q", loginID, got, want)
		}
	}
}

func TestFileNamesAreSafeAndDistinct(t *testing.T) {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_=~"
	seen := map[string]string{}
	for _, loginID := range []string{
		"taro", "Taro", "TARO", "tarO", "ta+ro", "ta=ro", "ta=2Bro", "ta=2bro", "ta!ro", "ta=21ro", "ta2Bro", "ta%2Bro", "ta_ro", "ta-ro", "ta.ro", "ta~ro",
		"taro.pdf", ".", "..", "...", "-rf", "~", "~root", "con", "nul.", "!", "#", "$HOME", "`id`", "{a|b}", "*", "?", "'", "&",
		"", "a/b", "a\\b", "a\x00b", "a\nb", "日本", strings.Repeat("&", 50), strings.Repeat("&", 51), strings.Repeat("x", 9000),
		strings.Repeat("x", 9000) + "y",
	} {
		name := FileName(member.Member{LoginID: loginID})
		if strings.Trim(name, safe) != "" {
			t.Errorf("FileName(%q) = %q holds an unsafe character", loginID, name)
		}
		if len(name) > 200 {
			t.Errorf("FileName of %d characters has %d", len(loginID), len(name))
		}
		folded := strings.ToLower(name)
		if other, taken := seen[folded]; taken {
			t.Errorf("%q and %q have the same file name without regard to case", loginID, other)
		}
		seen[folded] = loginID
	}
}

func assertMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("mode of %s is %o, want %o", filepath.Base(path), got, want)
	}
}

func assertForm(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, render(t, testForm())) {
		t.Errorf("%s is not the form", filepath.Base(path))
	}
}

// assertOnly asserts that a directory holds these names and nothing else.
func assertOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the directory holds %q, want %q", got, names)
	}
}

// TestHostileLoginIDsStayInTheirDirectory gives file names to the corpus.
func TestHostileLoginIDsStayInTheirDirectory(t *testing.T) {
	for _, h := range hostile.Texts() {
		name := FileName(member.Member{LoginID: h.Text})
		if filepath.Base(name) != name || len(name) > 255 || hostile.Harm(name) != "" || strings.ContainsAny(name, "/\\\n :*?\"<>|") {
			t.Errorf("%s: the file would be called %q", h.Name, name)
		}
	}
}
