package roster_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"rekey/member"
	"rekey/roster"
)

// each gives members as a store does that never fails.
func each(members []member.Member) iter.Seq2[member.Member, error] {
	return func(yield func(member.Member, error) bool) {
		for _, m := range members {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func write(t testing.TB, members []member.Member) string {
	t.Helper()
	var file bytes.Buffer
	if err := roster.Write(&file, each(members)); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func TestWrite(t *testing.T) {
	got := write(t, []member.Member{
		{ID: 1, Email: "+mai@example.com", Name: "髙橋 舞", SearchName: "mai", EmployeeNumber: "-1", EmploymentType: "1",
			Departments: []string{"HQ", "=1+1"}, Position: "\t'x\", y", Status: member.Active, Admin: true},
		{ID: 2, LoginID: "k1", Name: "'=A", Status: member.Deleted},
	})
	want := "\uFEFFmailAddress,loginID,fullName,searchName,employeeCode,employmentType,departmentCodes,position,accountStatus\n" +
		"'+mai@example.com,,髙橋 舞,mai,'-1,1,HQ;'=1+1,\"'\t'x\"\", y\",2\n" +
		",k1,''=A,,,,,,4\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// hostileValues are values that a spreadsheet, a CSV parser or this package's own quoting might change.
var hostileValues = []string{
	"", "Ann", "=1+1", "+81", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x",
	"'", "''", "'=1", "''=1", "'Ann", "'\t", "it's", `"`, `""`, `a"b`, ",", "a,b", " a ", "\u3000a", "a\nb", "a\rb", "\r\r",
	`\.`, "\uFEFFa", "𠮷", "\u202e", "\x1b[31m", "#N/A", "1e5", "007",
}

func TestWhatIsWrittenReadsBackUnchanged(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func() string {
		value := hostileValues[rng.IntN(len(hostileValues))] + hostileValues[rng.IntN(len(hostileValues))]
		if strings.Contains(value, "\r\n") {
			return "" // the one thing that does change, as documented
		}
		return value
	}
	var members []member.Member
	for i := range 2000 {
		m := member.Member{Name: pick(), SearchName: pick(), EmployeeNumber: pick(), Position: pick(), Status: member.Status(1 + i%3)}
		if i%2 == 0 {
			m.Email = fmt.Sprintf("%sx%d@example.com", hostileValues[2+rng.IntN(3)], i)
		} else {
			m.LoginID = fmt.Sprintf("%s%d", strings.Repeat("'", rng.IntN(3))+string("=+-x"[rng.IntN(4)]), i)
		}
		if code := strings.TrimSpace(pick()); code != "" {
			m.Departments = []string{code, "HQ"}
		}
		if len(m.Validate()) == 0 {
			members = append(members, m)
		}
	}
	if len(members) < 500 {
		t.Fatalf("only %d valid members were made", len(members))
	}
	file := write(t, members)
	got := read(t, file)
	for i := range members {
		if !reflect.DeepEqual(got[i], members[i]) {
			t.Fatalf("got  %#v\nwant %#v", got[i], members[i])
		}
	}
	if again := write(t, got); again != file {
		t.Error("the second export differs from the first")
	}
}

func TestWriteLeavesNoFormula(t *testing.T) {
	for _, value := range hostileValues {
		file := write(t, []member.Member{{Email: value, LoginID: value, Name: value, SearchName: value, EmployeeNumber: value, EmploymentType: value,
			Departments: []string{value, value}, Position: value}})
		_, row, _ := strings.Cut(file, "\n")
		for cell := range strings.FieldsFuncSeq(row, func(r rune) bool { return r == ',' || r == ';' }) {
			if cell = strings.TrimPrefix(cell, `"`); cell != "" && strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 {
				t.Errorf("%q is written as %q", value, row)
			}
		}
	}
}

func TestWriteRefusesADepartmentWithASemicolon(t *testing.T) {
	err := roster.Write(io.Discard, each([]member.Member{{ID: 17, LoginID: "k1", Name: "Ann", Departments: []string{"A;B"}}}))
	if want := `the department "A;B" of id:17 cannot be written: its code holds a semicolon`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWriteStopsAtTheFirstError(t *testing.T) {
	gone := errors.New("the store is gone")
	reads := 0
	failing := func(yield func(member.Member, error) bool) {
		for reads = 1; yield(member.Member{}, gone); reads++ {
		}
	}
	if err := roster.Write(io.Discard, failing); !errors.Is(err, gone) || reads != 1 {
		t.Errorf("got %v after %d reads", err, reads)
	}
	full := errors.New("no space left")
	if err := roster.Write(failingWriter{full}, each([]member.Member{{LoginID: "k1", Name: "Ann"}})); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
