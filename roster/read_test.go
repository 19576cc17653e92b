package roster_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/japanese"

	"rekey/account"
	"rekey/hostile"
	"rekey/member"
	"rekey/roster"
)

// open takes a text for a file, which is closed with the test.
func open(t testing.TB, text string) *roster.File {
	t.Helper()
	file, err := roster.From(strings.NewReader(text))
	if err != nil {
		t.Fatalf("From(%.200q): %v", text, err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// gather goes through a file: the members of its good rows, and all that is wrong with the others.
func gather(t testing.TB, file *roster.File) (members []member.Member, problems []account.RowError) {
	t.Helper()
	for row, err := range file.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if problems = append(problems, row.Problems...); len(row.Problems) == 0 {
			members = append(members, row.Member)
		}
	}
	return members, problems
}

// read reads a file that has to be good.
func read(t testing.TB, text string) []member.Member {
	t.Helper()
	members, problems := gather(t, open(t, text))
	if len(problems) > 0 {
		t.Fatalf("%.200q: %v", text, problems[0])
	}
	return members
}

// refusal gives all that is said against a text.
func refusal(t testing.TB, text string) string {
	t.Helper()
	file, err := roster.From(strings.NewReader(text))
	if refused, ok := errors.AsType[*roster.FileError](err); ok {
		return refused.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, problems := gather(t, file)
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

func TestReadTakesEveryColumn(t *testing.T) {
	const file = "mailAddress,loginID,fullName,searchName,employeeCode,employmentType,departmentCodes,position,accountStatus\n" +
		"mai@example.com,,𠮷野 舞,yoshino,E01,1, HQ ;;工場1課; ,部長,2\n" +
		",line3-017,Renée Dupont,,,,,,\n"
	want := []member.Member{
		{Email: "mai@example.com", Name: "𠮷野 舞", SearchName: "yoshino", EmployeeNumber: "E01", EmploymentType: "1",
			Departments: []string{"HQ", "工場1課"}, Position: "部長", Status: member.Active},
		{LoginID: "line3-017", Name: "Renée Dupont"},
	}
	if got := read(t, file); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestReadTakesWhatSpreadsheetsWrite gives one team in the many ways in which desktops save it.
func TestReadTakesWhatSpreadsheetsWrite(t *testing.T) {
	want := []member.Member{
		{Email: "mai@example.com", Name: "髙橋 舞", Departments: []string{"A", "B"}},
		{Email: "ken@example.com", Name: "濵田 健"},
	}
	const plain = "mailAddress,fullName,departmentCodes\nmai@example.com,髙橋 舞,A;B\nken@example.com,濵田 健,\n"
	shiftJIS, err := japanese.ShiftJIS.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]struct {
		file     string
		encoding roster.Encoding
	}{
		"plain":               {plain, roster.UTF8},
		"byte order mark":     {"\uFEFF" + plain, roster.UTF8},
		"CRLF":                {strings.ReplaceAll(plain, "\n", "\r\n"), roster.UTF8},
		"CR":                  {strings.ReplaceAll(plain, "\n", "\r"), roster.UTF8},
		"no last line end":    {strings.TrimSuffix(plain, "\n"), roster.UTF8},
		"tabs":                {strings.ReplaceAll(plain, ",", "\t"), roster.UTF8},
		"semicolons":          {strings.ReplaceAll(strings.ReplaceAll(plain, "A;B", `"A;B"`), ",", ";"), roster.UTF8},
		"Shift_JIS":           {shiftJIS, roster.ShiftJIS},
		"Shift_JIS, CRLF":     {strings.ReplaceAll(shiftJIS, "\n", "\r\n"), roster.ShiftJIS},
		"everything quoted":   {`"` + strings.NewReplacer(",", `","`, "\n", "\"\n\"").Replace(strings.TrimSuffix(plain, "\n")) + "\"\n", roster.UTF8},
		"empty lines":         {"\n\n" + strings.ReplaceAll(plain, "\n", "\n\n"), roster.UTF8},
		"cleared cells":       {plain + ",,\n , ,\n,,,,\n", roster.UTF8},
		"header in any case":  {strings.Replace(plain, "mailAddress,fullName", "MAILADDRESS, fullname ", 1), roster.UTF8},
		"spaces round values": {strings.ReplaceAll(plain, "mai@example.com,", "  mai@example.com\u3000,"), roster.UTF8},
	}
	for name, test := range files {
		t.Run(name, func(t *testing.T) {
			file := open(t, test.file)
			got, problems := gather(t, file)
			if !reflect.DeepEqual(got, want) || file.Encoding() != test.encoding || problems != nil {
				t.Errorf("got %s %+v %v\nwant %s %+v", file.Encoding(), got, problems, test.encoding, want)
			}
		})
	}
}

// TestReadTakesHalfWidthKatakana: in Shift_JIS each is one byte, and many pairs of them are UTF-8 by chance.
func TestReadTakesHalfWidthKatakana(t *testing.T) {
	text, err := japanese.ShiftJIS.NewEncoder().String("loginID,fullName\nk1,ﾄｰﾏｽ ﾖｼﾀﾞ\n")
	if err != nil {
		t.Fatal(err)
	}
	file := open(t, text)
	if members, _ := gather(t, file); file.Encoding() != roster.ShiftJIS || members[0].Name != "ﾄｰﾏｽ ﾖｼﾀﾞ" {
		t.Errorf("got %+v, %s", members, file.Encoding())
	}
}

func TestReadTakesColumnsInAnyOrder(t *testing.T) {
	got := read(t, "position,fullName,accountStatus,loginID\n課長,Ann,3,k1\n")
	want := []member.Member{{LoginID: "k1", Name: "Ann", Position: "課長", Status: member.Suspended}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestReadKeepsLineBreaksInCells(t *testing.T) {
	got := read(t, "loginID,fullName,position\r\nk1,Ann,\"a\r\nb\r\r\nc\nd\re\"\r\n")
	if want := "a\nb\nc\nd\re"; got[0].Position != want {
		t.Errorf("position = %q, want %q", got[0].Position, want)
	}
}

func TestReadKeepsSpacesOfNames(t *testing.T) {
	m := read(t, "loginID,fullName,employeeCode,position\nk1, Ann\u3000, 7 , chief \n")[0]
	if m.Name != " Ann\u3000" || m.EmployeeNumber != " 7 " || m.Position != " chief " {
		t.Errorf("got %q, %q, %q", m.Name, m.EmployeeNumber, m.Position)
	}
}

const (
	knownColumns = "mailAddress, loginID, fullName, searchName, employeeCode, employmentType, departmentCodes, position, accountStatus."
	asUTF8       = " In the spreadsheet, save it as “CSV UTF-8” and import that file."
)

// TestReadRefuses pins the sentences: they are all that a person has to correct a file with.
func TestReadRefuses(t *testing.T) {
	const header = "mailAddress,loginID,fullName,searchName,employeeCode,employmentType,accountStatus\n"
	tests := map[string]struct{ file, want string }{
		// the file as a whole
		"empty":            {"", "The file is empty. The first row has to name the columns: " + knownColumns},
		"only line breaks": {"\r\n\n\n", "The file is empty. The first row has to name the columns: " + knownColumns},
		"only a mark":      {"\uFEFF", "The file is empty. The first row has to name the columns: " + knownColumns},
		"only a header": {"loginID,fullName\n",
			"The file names its columns but holds no members. Write one row for each member below the header row."},
		"zero bytes":     {"loginID,fullName\nk1,A\x00\n", "This is not a text file: it holds zero bytes." + asUTF8},
		"workbook":       {"PK\x03\x04\x14\x00", "This is a spreadsheet or an archive, not a CSV file." + asUTF8},
		"UTF-16":         {"\xff\xfel\x00o\x00", "The file is written in UTF-16, which is not read." + asUTF8},
		"UTF-16, big":    {"\xfe\xff\x00l\x00o", "The file is written in UTF-16, which is not read." + asUTF8},
		"other encoding": {"loginID,fullName\nk1,Jos\xe9\n", "The file is neither UTF-8 nor Shift_JIS: line 2 cannot be read." + asUTF8},
		"damaged after a mark": {"\uFEFFloginID,fullName\nk1,\x8e\x52\n",
			"The file is damaged: line 2 holds bytes that are not UTF-8." + asUTF8},
		// All of it also reads as Shift_JIS, with 驤ｴ譛ｨ for the first name.
		"damaged UTF-8": {"loginID,fullName\nk1,鈴木\nk2,吉田 \xe8\x88\n",
			"The file is damaged: line 3 holds bytes that are not UTF-8." + asUTF8},

		// the header
		"no header": {"k1,Ann\n", "The first row names no known column. The first row has to name the columns: " + knownColumns},
		"unknown columns": {"loginID,fullName,e-mail,\x1b[31m\n",
			`These columns are not known: "e-mail", "<U+001B>[31m". The known columns are ` + knownColumns},
		"many unknown columns": {"loginID,a,b,c,d,e,f,g,h,i,j,k,l\n",
			`These columns are not known: "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" and 2 more. The known columns are ` + knownColumns},
		"empty column": {"loginID,fullName,\n", `These columns are not known: "". The known columns are ` + knownColumns},
		"column twice": {"loginID,fullName,LOGINID\n", "These columns stand there twice: loginID. Leave one of each."},
		"no name":      {"loginID,position\nk1,chief\n", "The column fullName is missing. Each member needs a name."},
		"no account": {"fullName,position\nAnn,chief\n",
			"The columns mailAddress and loginID are both missing. One of them is needed: members sign in with it."},
		"header never ends": {"\"loginID,fullName\nk1,Ann\n", "The first row cannot be read: a field in quotation marks does not end: " +
			"its last mark is missing, or something follows it. The first row has to name the columns: " + knownColumns},

		// the rows
		"too few fields":  {"loginID,fullName\nk1\n", "line 2: the row has 1 field, the header has 2"},
		"too many fields": {"loginID,fullName\nk1,Ann,chief\n", "line 2: the row has 3 fields, the header has 2"},
		"bare mark": {"loginID,fullName\nk1,A\"nn\"\n", "line 2: a quotation mark stands in a field that does not begin with one; " +
			"enclose the field and double the mark"},
		"something after a mark": {"loginID,fullName\nk1,\"Ann\"a\n", "line 2: a field in quotation marks does not end: " +
			"its last mark is missing, or something follows it"},
		"mark never closed": {"loginID,fullName\nk1,Ann\nk2,\"Ben\nk3,Cy\n", "line 3: a field in quotation marks does not end: " +
			"its last mark is missing, or something follows it"},
		"no address":   {header + ",,Ann,,,,\n", "line 2, mailAddress: a member needs an email address or a login ID"},
		"both":         {header + "a@b,k1,Ann,,,,\n", `line 2, loginID "k1": a member has an email address or a login ID, not both`},
		"two @":        {header + "a@b@c,,Ann,,,,\n", `line 2, mailAddress "a@b@c": an email address has one @ with something on both sides of it`},
		"wide address": {header + "ａ@b,,Ann,,,,\n", `line 2, mailAddress "ａ@b": ` + badCharacter("ａ")},
		"@ in login":   {header + ",k@1,Ann,,,,\n", `line 2, loginID "k@1": ` + badCharacter("@")},
		"long login":   {header + "," + strings.Repeat("k", 51) + ",Ann,,,,\n", `line 2, loginID "` + strings.Repeat("k", 51) + `": at most 50 characters`},
		"no name here": {header + ",k1,\u3000 ,,,,\n", "line 2, fullName \"\\u3000 \": a name is needed"},
		"long name": {header + ",k1," + strings.Repeat("舞", 257) + ",,,,\n",
			`line 2, fullName "` + strings.Repeat("舞", 60) + `…": at most 256 characters`},
		"spaced search name":          {header + ",k1,Ann,a b,,,\n", `line 2, searchName "a b": a search name holds no spaces`},
		"long number":                 {header + ",k1,Ann,,12345678901,,\n", `line 2, employeeCode "12345678901": at most 10 characters`},
		"unknown type":                {header + ",k1,Ann,,,8,\n", `line 2, employmentType "8": an employment type is one digit from 0 to 7`},
		"unknown status":              {header + ",k1,Ann,,,,5\n", `line 2, accountStatus "5": an account status is a number from 1 to 4`},
		"status in words":             {header + ",k1,Ann,,,,active\n", `line 2, accountStatus "active": an account status is a number from 1 to 4`},
		"status of two digits":        {header + ",k1,Ann,,,,12\n", `line 2, accountStatus "12": an account status is a number from 1 to 4`},
		"wide status":                 {header + ",k1,Ann,,,,２\n", `line 2, accountStatus "２": an account status is a number from 1 to 4`},
		"status zero":                 {header + ",k1,Ann,,,,0\n", `line 2, accountStatus "0": an account status is a number from 1 to 4`},
		"wide type":                   {header + ",k1,Ann,,,１,\n", `line 2, employmentType "１": an employment type is one digit from 0 to 7`},
		"type of two digits":          {header + ",k1,Ann,,,10,\n", `line 2, employmentType "10": an employment type is one digit from 0 to 7`},
		"wide space in a search name": {header + ",k1,Ann,a\u3000b,,,\n", "line 2, searchName \"a\\u3000b\": a search name holds no spaces"},
		"line break in a search name": {header + ",k1,Ann,\"a\nb\",,,\n", `line 2, searchName "a<U+000A>b": a search name holds no spaces`},
		"long search name": {header + ",k1,Ann," + strings.Repeat("花", 33) + ",,,\n",
			`line 2, searchName "` + strings.Repeat("花", 33) + `": at most 32 characters`},
		"address without @":  {header + "example.com,,Ann,,,,\n", `line 2, mailAddress "example.com": an email address has one @ with something on both sides of it`},
		"nothing before @":   {header + "@example.com,,Ann,,,,\n", `line 2, mailAddress "@example.com": an email address has one @ with something on both sides of it`},
		"nothing after @":    {header + "ann@,,Ann,,,,\n", `line 2, mailAddress "ann@": an email address has one @ with something on both sides of it`},
		"space in address":   {header + "a n@b,,Ann,,,,\n", `line 2, mailAddress "a n@b": ` + badCharacter(" ")},
		"two addresses":      {header + "\"a@b,c@d\",,Ann,,,,\n", `line 2, mailAddress "a@b,c@d": an email address has one @ with something on both sides of it`},
		"address and name":   {header + "Ann <a@b>,,Ann,,,,\n", `line 2, mailAddress "Ann <a@b>": ` + badCharacter(" ")},
		"mail header broken": {header + "\"a@b\nBcc: c\",,Ann,,,,\n", `line 2, mailAddress "a@b<U+000A>Bcc: c": ` + badCharacter("<U+000A>")},
		"long address": {header + strings.Repeat("a", 255) + "@b,,Ann,,,,\n",
			`line 2, mailAddress "` + strings.Repeat("a", 60) + `…": at most 256 characters`},
		"half-width kana as login": {header + ",ｶﾅ,Ann,,,,\n", `line 2, loginID "ｶﾅ": ` + badCharacter("ｶ")},
		"path as login":            {header + ",../k,Ann,,,,\n", `line 2, loginID "../k": ` + badCharacter("/")},
		"empty name":               {header + ",k1,,,,,\n", "line 2, fullName: a name is needed"},
		"template's example filled in by half": {"loginID,fullName\n(example) line3-017,Ann\n",
			`line 2, loginID "(example) line3-017": this is the example of the template; write the member's own`},
		"template's address": {"mailAddress,fullName\n(example) name@example.com,Ann\n",
			`line 2, mailAddress "(example) name@example.com": this is the example of the template; write the member's own`},
		"only the template's example": {"loginID,fullName\n(example) line3-017,Example\n",
			"The file holds only the example row of the template. Write one row for each member in its place."},
		"old workbook": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is a spreadsheet or an archive, not a CSV file." + asUTF8},
		"zero bytes late": {"loginID,fullName\n" + strings.Repeat("k1,Ann\n", 20000) + "\x00",
			"This is not a text file: it holds zero bytes." + asUTF8},
		"damage late, in a file of CR": {"loginID,fullName\rk1,鈴木\rk2,\xe8\x88\r",
			"The file is damaged: line 3 holds bytes that are not UTF-8." + asUTF8},
		"cells between the lines that are all empty": {"loginID,fullName\n,\n  ,\u3000\n",
			"The file names its columns but holds no members. Write one row for each member below the header row."},
		"columns all twice": {"loginID,fullName,fullName,loginID\n", "These columns stand there twice: fullName, loginID. Leave one of each."},
		"header with semicolons and commas": {"loginID;fullName,position\nk1;Ann\n",
			`These columns are not known: "loginID;fullName". The known columns are ` + knownColumns},
		"a huge header": {strings.Repeat("x", 2<<20), "The first row cannot be read: the row is larger than 256 KiB, and nothing after it was read: " +
			"a quotation mark may be missing. The first row has to name the columns: " + knownColumns},
		"a huge cell": {"loginID,fullName,position\nk1,Ann," + strings.Repeat("x", 1<<18) + "\nk 2,Ben,\n",
			"line 2: the row is larger than 256 KiB\nline 3, loginID \"k 2\": " + badCharacter(" ")},
		"a cell that does not end": {"loginID,fullName\nk1,Ann\nk2,\"Ben\n" + strings.Repeat("k3,Cy\n", 1<<18),
			"line 3: the row is larger than 256 KiB, and nothing after it was read: a quotation mark may be missing"},
		"a line that does not end": {"loginID,fullName\nk1," + strings.Repeat("x", 3<<20),
			"line 2: the row is larger than 256 KiB, and nothing after it was read: a quotation mark may be missing"},
		"address in other capitals, quoted": {"fullName;mailAddress\nAnn;a@b\nBen;\"A@b\"\n", `line 3, mailAddress "A@b": it stands in line 2 already`},
		"the same account in a bad row":     {"loginID,fullName\nk1,\nk1,Ben\n", "line 2, fullName: a name is needed\nline 3, loginID \"k1\": it stands in line 2 already"},
		"three times":                       {"loginID,fullName\nk1,A\nk1,B\nk1,C\n", "line 3, loginID \"k1\": it stands in line 2 already\nline 4, loginID \"k1\": it stands in line 2 already"},
		"line in a file of CR":              {"loginID,fullName\rk1,\"A\nB\"\rk 2,C\r", `line 4, loginID "k 2": ` + badCharacter(" ")},
		"in Shift_JIS":                      {"loginID,fullName\nk1,\x93n\x95\xd3\nk2,\n", "line 3, fullName: a name is needed"},
		"login ID twice":                    {"loginID,fullName\nk1,Ann\nk2,Ben\nK1,Cy\n", `line 4, loginID "K1": it stands in line 2 already`},
		"address twice":                     {"fullName,mailAddress\nAnn,a@b\nBen,A@B\n", `line 3, mailAddress "A@B": it stands in line 2 already`},
		"column not there":                  {"loginID,fullName\n,Ann\n", "line 2, mailAddress: a member needs an email address or a login ID"},
		"hostile cell": {"loginID,fullName\nk\x1b]0;x\a\u202e,Ann\n",
			`line 2, loginID "k<U+001B>]0;x<U+0007><U+202E>": ` + badCharacter("<U+001B>")},
		"all of them": {"loginID,fullName,employmentType\nk1,Ann,\nk 2,,9\n\nk3\nK1,Cy,",
			`line 3, loginID "k 2": ` + badCharacter(" ") + "\n" +
				"line 3, fullName: a name is needed\n" +
				`line 3, employmentType "9": an employment type is one digit from 0 to 7` + "\n" +
				"line 5: the row has 1 field, the header has 3\n" +
				`line 6, loginID "K1": it stands in line 2 already`},
		"line of the cell": {"loginID,fullName,position,employmentType\r\nk1,\"An\r\nn\",\"chief\r\n\",9\r\nk2,,,\r\n",
			`line 4, employmentType "9": an employment type is one digit from 0 to 7` + "\nline 5, fullName: a name is needed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := refusal(t, test.file); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func badCharacter(c string) string {
	return fmt.Sprintf("the character %q is not allowed: use half-width letters, digits and .!#$%%&'*+=?^_`{|}~-", c)
}

func TestEveryBadRowIsNamed(t *testing.T) {
	_, rows := gather(t, open(t, "loginID,fullName\n"+strings.Repeat("k 1,Ann\n", 123)))
	// The account of each row but the first stands in line 2 already.
	if want := 123 + 122; len(rows) != want {
		t.Errorf("%d errors, want %d", len(rows), want)
	}
	if last := rows[len(rows)-1]; last.Line != 124 || last.Column != member.FieldLoginID || last.Value != "k 1" {
		t.Errorf("last error: %+v", last)
	}
}

func TestAFailingStreamIsNotTheFilesFault(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := roster.From(iotest.ErrReader(broken))
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, refused := errors.AsType[*roster.FileError](err); refused {
		t.Error("a failure of the system is not the file's fault")
	}
}

// TestHostileFilesAreRefusedInHarmlessWords puts the corpus into column names and cells.
func TestHostileFilesAreRefusedInHarmlessWords(t *testing.T) {
	for _, h := range hostile.Texts() {
		quoted := `"` + strings.ReplaceAll(h.Text, `"`, `""`) + `"`
		for _, text := range []string{
			"loginID,fullName," + quoted + "\na,b,c\n",
			quoted + "\n",
			"loginID,fullName,employeeCode,accountStatus\n" + quoted + ",x," + quoted + "," + quoted + "\n",
			"mailAddress,fullName\n" + quoted + "," + quoted + "," + quoted + "\n",
			h.Text,
		} {
			file, err := roster.From(strings.NewReader(text))
			said := ""
			if err != nil {
				said = err.Error()
			} else {
				for row, err := range file.Rows() {
					if err != nil {
						said += err.Error() + "\n"
						continue
					}
					for _, problem := range row.Problems {
						said += problem.Error() + "\n"
					}
				}
				file.Close()
			}
			if harm := hostile.Harm(said); harm != "" {
				t.Errorf("%s: %s", h.Name, harm)
			}
		}
	}
}
