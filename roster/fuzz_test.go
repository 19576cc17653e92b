package roster_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"rekey/account"
	"rekey/member"
	"rekey/roster"
)

// seed gives a fuzzer files to begin with: good ones of each kind, and broken ones.
func seed(f *testing.F) {
	saved, err := filepath.Glob("testdata/*.csv")
	if err != nil || len(saved) == 0 {
		f.Fatal(saved, err)
	}
	for _, path := range saved {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{
		"loginID,fullName\nk1,Ann\n",
		"\uFEFFmailAddress;fullName;departmentCodes\r\na@b;\"A\r\r\nnn\";\"'=1;x\"\r\n",
		"loginID\tfullName\tposition\rk1\t=1\t'\t\r",
		"loginID,fullName\rk1,\"A\nB\"\rk2,\"\"\"\"\r",
		"loginID,fullName\nk1,\x8e\x52\x93\x63\n",
		"loginID,fullName,accountStatus\nk1,,9\n\"k2,\x1b[31m\n",
		"loginID,fullName,accountStatus\nK1,A,4\nk1,B,1\n",
		"loginID,fullName,\u009b2J\nk1,Ann,x\n",
		"loginID,fullName,accountStatus\n\x1b]0;x\a,\u202eAnn,\x1b[2J\n",
		"loginID,fullName,Z" + strings.Repeat("\u0301", 40) + "\nk1,Ann,x\n",
		"loginID,fullName\nZ" + strings.Repeat("\u0301", 40) + ",Ann\n",
		"mailAddress,loginID,fullName\n(example) name@example.com,,Example\na@b,k1,Ann\n",
	} {
		f.Add([]byte(text))
	}
}

// FuzzRead: no file makes the reader panic; a row that it takes is valid and survives an export; what it refuses is
// refused in words that are harmless.
func FuzzRead(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := roster.From(bytes.NewReader(text))
		if err != nil {
			if _, refused := errors.AsType[*roster.FileError](err); !refused || member.Clean(err.Error()) != err.Error() {
				t.Errorf("the refusal is none, or not harmless: %q", err)
			}
			return
		}
		defer file.Close()
		good := goodMembers(t, file)
		if len(good) == 0 {
			return
		}
		again, problems := gather(t, open(t, write(t, good)))
		if problems != nil || !reflect.DeepEqual(again, good) {
			t.Errorf("got  %#v, %v\nwant %#v", again, problems, good)
		}
	})
}

// goodMembers gives the members of a file's good rows, each completed as an import does.
func goodMembers(t *testing.T, file *roster.File) []member.Member {
	t.Helper()
	var good []member.Member
	for row, err := range file.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range row.Problems {
			if member.Clean(p.Error()) != p.Error() || p.Line < 1 || p.Reason == "" {
				t.Errorf("the problem is not harmless, or says too little: %+v", p)
			}
		}
		if len(row.Problems) > 0 {
			continue
		}
		m := row.Member
		if m.Status == 0 {
			m.Status = member.Active
		}
		if broken := m.Validate(); broken != nil {
			t.Errorf("an invalid member was taken: %v", broken[0])
		}
		good = append(good, m)
	}
	return good
}

// FuzzImport: what the preview says is what the import does, or neither does anything.
func FuzzImport(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := roster.From(bytes.NewReader(text))
		if err != nil {
			return
		}
		defer file.Close()
		for _, update := range []bool{false, true} {
			tm := newFakeTeam(t)
			tm.put(member.Member{LoginID: "k1", Name: "Ann", Status: member.Active})
			tm.put(member.Member{Email: "a@b", Name: "Ben", Status: member.Inviting})
			before := len(tm.members)
			named := 0
			im := account.Import{Rows: file.Rows, Source: "fuzz.csv", Update: update, Problem: func(account.RowError) { named++ }}
			said, err := tm.PreviewImport(t.Context(), tm.admin, im)
			if err != nil {
				t.Fatal(err)
			}
			done, err := tm.Import(t.Context(), tm.admin, im)
			switch {
			case said.Bad > 0:
				if account.CodeOf(err) != account.CodeBadRows || len(tm.members) != before || named < said.Bad {
					t.Errorf("%+v was previewed, then %v; %d members, before %d; %d problems named", said, err, len(tm.members), before, named)
				}
			case err != nil || done != said || len(tm.members) != before+done.New || !update && done.Changed+done.Unchanged > 0:
				t.Errorf("%+v was previewed, %+v done, %v; %d members, before %d", said, done, err, len(tm.members), before)
			}
		}
	})
}
