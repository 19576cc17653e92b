package account

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"rekey/member"
)

func testDirectory() *Directory {
	d := newDirectory()
	for _, m := range []member.Member{
		{ID: 1, Email: "admin@example.com", Name: "Aoi Yamada", Departments: []string{"HQ"}, EmploymentType: "1", Status: member.Active, Admin: true},
		{ID: 2, LoginID: "line3-017", Name: "𠮷野 花子", SearchName: "yoshino", EmployeeNumber: "000123", Departments: []string{"工場1課", "HQ"}, EmploymentType: "2", Status: member.Active},
		{ID: 4, LoginID: "k1042", Name: "ﾀﾅｶ ｲﾁﾛｳ", EmployeeNumber: "17", Departments: []string{"工場2課"}, Status: member.Suspended},
		{ID: 7, Email: "Rene@example.jp", Name: "René Müller", EmployeeNumber: "000124", Status: member.Inviting},
		{ID: 9, Email: "gone@example.com", Name: "Deleted Person", Status: member.Deleted},
	} {
		d.append(m)
	}
	return d
}

func search(d *Directory, q Query) []member.ID {
	ids := []member.ID{}
	for _, row := range d.Search(q) {
		ids = append(ids, d.Member(row).ID)
	}
	return ids
}

func everybody(d *Directory) (all []member.Member) {
	for row := range int32(d.Len()) {
		all = append(all, d.Member(row))
	}
	return all
}

func TestSearchFindsWhatAPersonMeans(t *testing.T) {
	d := testDirectory()
	for name, c := range map[string]struct {
		text  string
		field Field
		want  []member.ID
	}{
		"nothing typed":            {"", FieldAll, []member.ID{1, 2, 4, 7}},
		"part of a name":           {"yama", FieldAll, []member.ID{1}},
		"in capitals":              {"YAMADA", FieldName, []member.ID{1}},
		"full width letters":       {"ｙａｍａｄａ", FieldName, []member.ID{1}},
		"hiragana for katakana":    {"たなか", FieldName, []member.ID{4}},
		"full width katakana":      {"タナカ", FieldName, []member.ID{4}},
		"rare kanji":               {"𠮷野", FieldAll, []member.ID{2}},
		"its usual form":           {"吉野", FieldAll, []member.ID{2}},
		"search name":              {"yoshino", FieldName, []member.ID{2}},
		"accents":                  {"rené", FieldName, []member.ID{7}},
		"two words, any order":     {"花子 𠮷野", FieldAll, []member.ID{2}},
		"words in two fields":      {"花子 000123", FieldAll, []member.ID{2}},
		"words in one field only":  {"花子 000123", FieldName, []member.ID{}},
		"employee number":          {"00012", FieldEmployeeNumber, []member.ID{2, 7}},
		"same digits, other field": {"017", FieldEmployeeNumber, []member.ID{}},
		"login ID":                 {"017", FieldLoginID, []member.ID{2}},
		"department":               {"hq", FieldDepartment, []member.ID{1, 2}},
		"employment type":          {"2", FieldEmploymentType, []member.ID{2}},
		"email address":            {"EXAMPLE.JP", FieldEmail, []member.ID{7}},
		"a login ID is no address": {"line3", FieldEmail, []member.ID{}},
		"deleted members":          {"gone", FieldAll, []member.ID{}},
		"separators":               {"\x1f", FieldAll, []member.ID{1, 2, 4, 7}},
		"the end of a row":         {"\n", FieldAll, []member.ID{1, 2, 4, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := search(d, Query{Text: c.text, Field: c.field}); !reflect.DeepEqual(got, c.want) {
				t.Errorf("Search(%q in %v) = %v, want %v", c.text, c.field, got, c.want)
			}
		})
	}
}

func TestSearchForLockedMembersAsksTheTime(t *testing.T) {
	d := testDirectory()
	now := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	d.lockouts[2] = Lockout{Member: 2, Failures: 10, Until: now.Add(time.Minute)}
	d.lockouts[4] = Lockout{Member: 4, Failures: 3}
	if got := search(d, Query{LockedOnly: true, Now: now}); !reflect.DeepEqual(got, []member.ID{2}) {
		t.Errorf("locked now: %v, want member 2", got)
	}
	if got := search(d, Query{LockedOnly: true, Now: now.Add(time.Minute)}); len(got) != 0 {
		t.Errorf("locked after the lock has run out: %v, want nobody", got)
	}
}

func TestOrders(t *testing.T) {
	d := testDirectory()
	for order, want := range map[Order][]member.ID{
		OrderAdded:          {1, 2, 4, 7},
		OrderName:           {1, 7, 4, 2},
		OrderAccount:        {1, 4, 2, 7},
		OrderDepartment:     {1, 2, 4, 7}, // those without one last
		OrderEmployeeNumber: {2, 7, 4, 1},
	} {
		d.Sort(d.Sorting(order)())
		if got := search(d, Query{}); !reflect.DeepEqual(got, want) {
			t.Errorf("by %v: %v, want %v", order, got, want)
		}
	}
}

// A directory that took changes in must be the same as one that was loaded afterwards.
func TestApplyEqualsLoadingAnew(t *testing.T) {
	base := everybody(testDirectory())
	for name, changed := range map[string]member.Member{
		"a longer name":      {ID: 2, LoginID: "line3-017", Name: "𠮷野 花子 Margarethe", Status: member.Active},
		"a shorter name":     {ID: 1, Email: "admin@example.com", Name: "A", Status: member.Active},
		"the last one":       {ID: 7, Email: "rene@example.jp", Name: "R", Status: member.Active},
		"a new one":          {ID: 12, LoginID: "new", Name: "New", Status: member.Inviting},
		"a new one between":  {ID: 5, LoginID: "between", Name: "Between", Status: member.Inviting},
		"a deleted one":      {ID: 4, LoginID: "k1042", Name: "x", Status: member.Deleted},
		"a deleted last one": {ID: 7, Email: "rene@example.jp", Name: "R", Status: member.Deleted},
		"deleted and absent": {ID: 8, LoginID: "never", Name: "x", Status: member.Deleted},
	} {
		t.Run(name, func(t *testing.T) {
			d := testDirectory()
			d.Apply(Changes{members: []member.Member{changed}, seen: Record{Seq: 3}})

			fresh := newDirectory()
			placed := false
			for _, m := range base {
				if !placed && changed.ID <= m.ID {
					fresh.append(changed)
					placed = true
				}
				if m.ID != changed.ID {
					fresh.append(m)
				}
			}
			if !placed {
				fresh.append(changed)
			}
			if now, want := everybody(d), everybody(fresh); !reflect.DeepEqual(now, want) {
				t.Errorf("after Apply:  %+v\nloaded anew: %+v", now, want)
			}
			for row := range int32(d.Len()) {
				if now, want := d.rows.text(row), fresh.rows.text(row); !bytes.Equal(now, want) {
					t.Errorf("after Apply row %d is searched as %q, loaded anew as %q", row, now, want)
				}
			}
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		d := newDirectory()
		for i := range n {
			d.append(member.Member{ID: member.ID(i + 1), LoginID: fmt.Sprintf("line%d-%06d", i%9, i), Name: "山田 太郎 Taro Yamada",
				EmployeeNumber: fmt.Sprint(i), Departments: []string{"工場1課"}, Status: member.Active})
		}
		for name, text := range map[string]string{"few": fmt.Sprint(n - 1), "all": "太郎"} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				for b.Loop() {
					d.Search(Query{Text: text})
				}
			})
		}
	}
}
