package store

import (
	"reflect"
	"strings"
	"testing"
)

// The quick way reads what the library writes, and reads nothing that the library would read otherwise.
func TestTheQuickWayReadsWhatTheLibraryReads(t *testing.T) {
	for _, rec := range []memberRecord{
		{},
		{Email: "a@example.com", Name: "佐藤 花", SearchName: "hana", EmployeeNumber: "17", EmploymentType: "7",
			Departments: []string{"A", strings.Repeat("部", 30), ""}, Position: "主任", Status: 4, Admin: true},
		{LoginID: strings.Repeat("k", 50), Name: strings.Repeat("𠮷", 256), Status: 255},
		{Name: "\xff\x00", Departments: make([]string, 300)},
	} {
		body, err := encoding.Marshal(rec)
		if err != nil {
			t.Fatal(err)
		}
		fast, ok := decodeFast(body)
		if !ok {
			t.Errorf("%+v is not read", rec)
		}
		sameAsLibrary(t, body, fast)
		for i := range body {
			if _, ok := decodeFast(body[:i]); ok {
				t.Errorf("the first %d bytes of %x are read", i, body)
			}
		}
	}
}

func sameAsLibrary(t *testing.T, body []byte, fast memberRecord) {
	t.Helper()
	var rec memberRecord
	if err := decoding.Unmarshal(body, &rec); err != nil {
		t.Errorf("%x is read, but not by the library: %v", body, err)
		return
	}
	if got, want := fast.member(1), rec.member(1); !reflect.DeepEqual(got, want) {
		t.Errorf("%x is read as %+v, by the library as %+v", body, got, want)
	}
}

// TestTheQuickWayTakesLittleMemory: one piece for all texts, one for the list of departments.
func TestTheQuickWayTakesLittleMemory(t *testing.T) {
	body, err := encoding.Marshal(memberRecord{Email: "a@example.com", Name: "佐藤 花", Departments: []string{"A", "B", "C"}, Status: 2})
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() { decodeFast(body) }); n > 2 {
		t.Errorf("it allocates %v times", n)
	}
}

func FuzzDecodeFast(f *testing.F) {
	for _, rec := range []memberRecord{{}, {Email: "a@example.com", Departments: []string{"A"}, Status: 2, Admin: true}} {
		body, err := encoding.Marshal(rec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if rec, ok := decodeFast(body); ok {
			sameAsLibrary(t, body, rec)
		}
	})
}

func BenchmarkDecodeMember(b *testing.B) {
	body, err := encoding.Marshal(memberRecord{Email: "misaki.yoshino2@example.com", Name: "𠮷野 美咲", SearchName: "yoshino.misaki",
		EmployeeNumber: "E000002", EmploymentType: "2", Departments: []string{"HQ-SALES"}, Position: "主任", Status: 2})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("quick", func(b *testing.B) {
		for b.Loop() {
			decodeFast(body)
		}
	})
	b.Run("library", func(b *testing.B) {
		for b.Loop() {
			var rec memberRecord
			if err := decoding.Unmarshal(body, &rec); err != nil {
				b.Fatal(err)
			}
		}
	})
}
