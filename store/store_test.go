package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

var testFingerprint = []byte("8 bytes.")

// noon is a time with a part of every size.
var noon = time.Date(2031, 2, 3, 12, 4, 5, 678901234, time.UTC)

// newStore makes a store that is checked when the test ends.
func newStore(t testing.TB) *Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rekey.db")
	if err := Create(path, testFingerprint, account.DefaultSettings()); err != nil {
		t.Fatal(err)
	}
	s := reopened(t, path)
	t.Cleanup(func() {
		if err := s.Check(context.Background()); err != nil {
			t.Errorf("after the test: %v", err)
		}
	})
	return s
}

func reopened(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, testFingerprint)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func view(t testing.TB, s *Store, fn func(r account.Reader) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func update(t testing.TB, s *Store, fn func(w account.Writer) error) {
	t.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// addMembers adds email address members m1@example.com and so on.
func addMembers(t testing.TB, s *Store, n int) []member.Member {
	t.Helper()
	var added []member.Member
	err := s.Bulk(context.Background(), func(w account.Writer) error {
		for i := range n {
			m := member.Member{
				Email: fmt.Sprintf("m%d@example.com", i+1), Name: fmt.Sprintf("Member %d", i+1), Status: member.Active,
			}
			id, err := w.PutMember(m)
			if err != nil {
				return err
			}
			m.ID = id
			added = append(added, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rekey.db")
	settings := account.DefaultSettings()
	settings.TeamName = "Team"
	if err := Create(path, testFingerprint, settings); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode %v, want 0600", got)
	}
	s := reopened(t, path)
	view(t, s, func(r account.Reader) error {
		got, err := r.Settings()
		if got != settings {
			t.Errorf("got %+v, want %+v", got, settings)
		}
		return err
	})
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestCreateNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rekey.db")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Create(path, testFingerprint, account.DefaultSettings())
	if !errors.Is(err, fs.ErrExist) {
		t.Fatalf("got %v, want fs.ErrExist", err)
	}
	if left, _ := os.ReadFile(path); string(left) != "precious" {
		t.Errorf("the file now holds %q", left)
	}
}

func TestReopen(t *testing.T) {
	s := newStore(t)
	m := addMembers(t, s, 1)[0]
	view(t, reopened(t, s.path), func(r account.Reader) error {
		got, err := r.MemberByEmail("M1@EXAMPLE.com")
		if got.ID != m.ID || got.Name != m.Name {
			t.Errorf("got %+v", got)
		}
		return err
	})
}

func TestNoFileIsHeldBetweenOperations(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	s := newStore(t)
	addMembers(t, s, 10)
	_ = s.Update(context.Background(), func(account.Writer) error { return errors.New("refused") })
	for _, list := range []string{"/proc/self/maps", "/proc/self/fd"} {
		if held := heldFiles(t, list); strings.Contains(held, s.path) {
			t.Errorf("%s names the store: %s", list, held)
		}
	}
}

func heldFiles(t *testing.T, list string) string {
	t.Helper()
	if info, err := os.Stat(list); err == nil && !info.IsDir() {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	entries, err := os.ReadDir(list)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join(list, e.Name())); err == nil {
			all = append(all, target)
		}
	}
	return strings.Join(all, "\n")
}

func TestAFailedUpdateKeepsNothing(t *testing.T) {
	s := newStore(t)
	refused := errors.New("refused")
	err := s.Update(context.Background(), func(w account.Writer) error {
		if _, err := w.PutMember(member.Member{LoginID: "hana", Status: member.Active}); err != nil {
			return err
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatalf("got %v", err)
	}
	wantNoMembers(t, s)
}

func wantNoMembers(t *testing.T, s *Store) {
	t.Helper()
	view(t, s, func(r account.Reader) error {
		all, err := r.Members(0, 10)
		if len(all) != 0 {
			t.Errorf("kept %+v", all)
		}
		return err
	})
}

func TestAnIgnoredErrorSpoilsTheTransaction(t *testing.T) {
	m := member.Member{Email: "hana@example.com", Status: member.Active}
	writes := map[string]func(w account.Writer) error{
		"taken address": func(w account.Writer) error { _, err := w.PutMember(m); return err },
		"unknown member": func(w account.Writer) error {
			_, err := w.PutMember(member.Member{ID: 99, LoginID: "x"})
			return err
		},
		"unknown mail": func(w account.Writer) error { _, err := w.PutMail(account.Mail{ID: 99}); return err },
		"serial never given out": func(w account.Writer) error {
			return w.PutToken(account.Token{Serial: 99})
		},
		"gap in the audit log": func(w account.Writer) error { return w.AppendAudit(account.Record{Seq: 2}) },
		"too much at once": func(w account.Writer) error {
			for id := range member.ID(200) {
				if err := w.PutCredential(id, account.Credential{}); err != nil {
					return err
				}
			}
			return nil
		},
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			var spoiled error
			err := s.Update(context.Background(), func(w account.Writer) error {
				if _, err := w.PutMember(m); err != nil {
					t.Fatal(err)
				}
				spoiled = write(w)
				if _, err := w.Settings(); !errors.Is(err, spoiled) {
					t.Errorf("the next method gives %v", err)
				}
				return nil
			})
			if spoiled == nil || !errors.Is(err, spoiled) {
				t.Errorf("Update gives %v, want %v", err, spoiled)
			}
			wantNoMembers(t, s)
		})
	}
}

func TestAMissingRecordSpoilsNothing(t *testing.T) {
	s := newStore(t)
	update(t, s, func(w account.Writer) error {
		if _, err := w.MemberByEmail("nobody@example.com"); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		_, err := w.PutMember(member.Member{LoginID: "hana", Status: member.Active})
		return err
	})
	view(t, s, func(r account.Reader) error {
		_, err := r.MemberByLoginID("hana")
		return err
	})
}

func TestAPanicOfTheCallerPasses(t *testing.T) {
	s := newStore(t)
	calls := map[string]func(){
		"View":   func() { _ = s.View(context.Background(), func(account.Reader) error { panic("mine") }) },
		"Update": func() { _ = s.Update(context.Background(), func(account.Writer) error { panic("mine") }) },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			func() {
				defer func() {
					if got := recover(); got != "mine" {
						t.Errorf("recovered %v", got)
					}
				}()
				call()
			}()
			writeSomething(t, s)
		})
	}
}

// writeSomething shows that no lock was left behind.
func writeSomething(t *testing.T, s *Store) {
	t.Helper()
	update(t, s, func(w account.Writer) error { return w.PutSettings(account.DefaultSettings()) })
}

func TestRevision(t *testing.T) {
	s := newStore(t)
	other := reopened(t, s.path)
	revision := func() uint64 {
		t.Helper()
		n, err := other.Revision()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := revision()
	view(t, s, func(r account.Reader) error { return nil })
	update(t, s, func(w account.Writer) error { return nil })
	if got := revision(); got != before {
		t.Errorf("nothing was written, but the revision went from %d to %d", before, got)
	}
	for range 3 {
		writeSomething(t, s)
		after := revision()
		if after <= before {
			t.Errorf("the revision went from %d to %d", before, after)
		}
		before = after
	}
}

func TestBulkIsAtomic(t *testing.T) {
	s := newStore(t)
	err := s.Bulk(context.Background(), func(w account.Writer) error {
		for i := range 2000 {
			if _, err := w.PutMember(member.Member{LoginID: fmt.Sprint(i), Status: member.Active}); err != nil {
				return err
			}
		}
		_, err := w.PutMember(member.Member{LoginID: "7", Status: member.Active})
		return err
	})
	if account.CodeOf(err) != account.CodeTaken {
		t.Fatalf("got %v, want CodeTaken", err)
	}
	wantNoMembers(t, s)
}

// TestAnAccountThatWasFreeIsTakenOnce, although it was looked up before.
func TestAnAccountThatWasFreeIsTakenOnce(t *testing.T) {
	s := newStore(t)
	err := s.Update(t.Context(), func(w account.Writer) error {
		m := member.Member{Email: "hana@example.com", Name: "Hana", Status: member.Active}
		if _, err := w.MemberByEmail(m.Email); !errors.Is(err, account.ErrNotFound) {
			return err
		}
		if _, err := w.PutMember(m); err != nil {
			return err
		}
		if found, err := w.MemberByEmail(m.Email); err != nil || found.Name != m.Name {
			t.Errorf("it gives %+v, %v", found, err)
		}
		_, err := w.PutMember(m)
		return err
	})
	if account.CodeOf(err) != account.CodeTaken {
		t.Errorf("got %v, want CodeTaken", err)
	}
}
