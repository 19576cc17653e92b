package roster_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"rekey/account"
	"rekey/member"
	"rekey/roster"
)

// The team of both files in testdata: what Excel saves on a Japanese desktop as "CSV" (CP932 and CRLF) and as "CSV
// UTF-8" (with a byte order mark, and one member more). It holds characters that NEC and IBM added to Shift_JIS, and
// some whose second byte is a backslash.
var saved = []member.Member{
	{Email: "mai@example.com", Name: "髙橋 舞", SearchName: "takahashi", EmployeeNumber: "E001", EmploymentType: "1",
		Departments: []string{"工場①課", "HQ"}, Position: "部長", Status: member.Inviting},
	{Email: "ken@example.com", Name: "山﨑 健", EmployeeNumber: "0012", Position: "ﾘｰﾀﾞｰ～第Ⅱ係", Status: member.Active},
	{Email: "sho@example.com", Name: "表 十", Departments: []string{"ソ能", `\予`}, Position: "係長\n(兼任)", Status: member.Suspended},
	{Email: "aoi@example.com", Name: "濵田 葵", Position: "㈱朝日 №5"},
	{Email: "ryo@example.com", Name: "𠮷野 遼", Position: `"主任", 営業`, Status: member.Inviting},
}

func TestFilesThatASpreadsheetSaved(t *testing.T) {
	for name, want := range map[string]struct {
		encoding roster.Encoding
		members  []member.Member
		start    string
	}{
		"shift_jis.csv":      {roster.ShiftJIS, saved[:4], "mailAddress"},
		"excel_utf8_bom.csv": {roster.UTF8, saved, "\xef\xbb\xbfmailAddress"},
	} {
		path := filepath.Join("testdata", name)
		raw, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(raw, []byte(want.start)) || !bytes.Contains(raw, []byte("\r\n")) {
			t.Fatalf("%s is not as it was made: %v", name, err)
		}
		file, err := roster.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		got, problems := gather(t, file)
		if file.Encoding() != want.encoding || !reflect.DeepEqual(got, want.members) || problems != nil {
			t.Errorf("%s: %s %v\ngot  %+v\nwant %+v", name, file.Encoding(), problems, got, want.members)
		}
	}
}

// TestAMacsFileKeepsLineBreaksInCells: its lines end in CR, those in cells in LF.
func TestAMacsFileKeepsLineBreaksInCells(t *testing.T) {
	got := read(t, "loginID,fullName,position\rk1,Ann,\"chief\nof \"\"all\"\"\rhere\"\rk2,\"B\",\"\"\r\nk3,C,\r")
	want := []member.Member{
		{LoginID: "k1", Name: "Ann", Position: "chief\nof \"all\"\rhere"},
		{LoginID: "k2", Name: "B"},
		{LoginID: "k3", Name: "C"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestRowsTwiceAreTheSame(t *testing.T) {
	file := open(t, "loginID,fullName\nk1,Ann\nk 2,\n\nk1,Cy\n\"x\n")
	all := func() (rows []account.Row) {
		for row, err := range file.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		if read, size := file.Done(); read != size || size == 0 {
			t.Errorf("at the end %d of %d bytes are read", read, size)
		}
		return rows
	}
	first := all()
	if len(first) != 4 {
		t.Errorf("%d rows", len(first))
	}
	for range file.Rows() {
		break // whoever stops early hinders nobody
	}
	if second := all(); !reflect.DeepEqual(first, second) {
		t.Errorf("first  %+v\nsecond %+v", first, second)
	}
}

func TestRowsSayWhatTheFileHasColumnsFor(t *testing.T) {
	file := open(t, "position,LOGINID,fullName\nx,k1,Ann\nonly two,k2\n")
	for row, err := range file.Rows() {
		if want := []member.Field{member.FieldPosition, member.FieldLoginID, member.FieldName}; err != nil || !reflect.DeepEqual(row.Given, want) {
			t.Errorf("line %d: %v, %v", row.Line, row.Given, err)
		}
	}
}

func TestAFileThatChangesMeanwhileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.csv")
	if err := os.WriteFile(path, []byte("loginID,fullName\nk1,Ann\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := roster.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := os.WriteFile(path, []byte("loginID,fullName\nk1,Ann\nk2,Ben\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err := range file.Rows() {
		refused, ok := errors.AsType[*roster.FileError](err)
		if want := "The file was changed while it was being read. Import it again once nobody writes to it."; !ok || refused.Error() != want {
			t.Errorf("got %v", err)
		}
	}
}

func TestAPipeIsTakenLikeAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no pipes here: ", err)
	}
	go func() {
		if w, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			io.WriteString(w, "loginID,fullName\nk1,Ann\n")
			w.Close()
		}
	}()
	file, err := roster.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for range 2 {
		if members, _ := gather(t, file); len(members) != 1 {
			t.Errorf("got %v", members)
		}
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	_, err := roster.Open(dir)
	if refused, ok := errors.AsType[*roster.FileError](err); !ok || refused.Hint != "Name a CSV file in it." {
		t.Errorf("a directory: %v", err)
	}
	if _, err := roster.Open(filepath.Join(dir, "missing.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestNoTemplateAddsAnybody: as it was written it says that it is only the example; below other rows its row is passed
// over.
func TestNoTemplateAddsAnybody(t *testing.T) {
	for kind, test := range map[member.Type]struct{ header, added string }{
		member.Email:   {"mailAddress,fullName,searchName", "ann@example.com,Ann,,,,,,\n"},
		member.LoginID: {"loginID,fullName,searchName", "k1,Ann,,,,,,\n"},
	} {
		var b strings.Builder
		if err := roster.WriteTemplate(&b, kind); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.String(), "\uFEFF"+test.header+",employeeCode,employmentType,departmentCodes,position,accountStatus\n") {
			t.Errorf("the template of %v is %q", kind, b.String())
		}
		want := "The file holds only the example row of the template. Write one row for each member in its place."
		if got := refusal(t, b.String()); got != want {
			t.Errorf("%v untouched: %s", kind, got)
		}
		if got := read(t, b.String()+test.added); len(got) != 1 || got[0].Name != "Ann" || got[0].Type() != kind {
			t.Errorf("%v with a member more: %+v", kind, got)
		}
	}
}

func TestReport(t *testing.T) {
	var b strings.Builder
	report, err := roster.NewReport(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []account.RowError{
		{Line: 3, Column: member.FieldLoginID, Value: `=HYPERLINK("x")`, Reason: "no, not this"},
		{Line: 4, Reason: "the row has 1 field, the header has 2"},
	} {
		if err := report.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := report.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "\uFEFFline,column,value,reason\n3,loginID,\"'=HYPERLINK(\"\"x\"\")\",\"no, not this\"\n4,,,\"the row has 1 field, the header has 2\"\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
	if _, err := roster.NewReport(failingWriter{io.ErrClosedPipe}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a full disk: %v", err)
	}
}
