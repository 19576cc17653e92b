package account

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"rekey/member"
)

// someMembers gives n members, some of whom have names in Latin letters, and none of whom are alike.
func someMembers(n int) (all []member.Member) {
	names := []string{"佐藤 花子", "Tanaka Ken", "𠮷野 太郎", "René Müller"}
	for i := range n {
		m := member.Member{ID: member.ID(2*i + 2), LoginID: fmt.Sprintf("line%d-%06d", i%9, i), Name: names[i%len(names)],
			SearchName: "search" + fmt.Sprint(i), EmployeeNumber: fmt.Sprintf("E%06d", n-i), Departments: []string{"工場1課", "HQ"}[:1+i%2],
			EmploymentType: "2", Position: "主任", Status: member.Active}
		all = append(all, m)
	}
	return all
}

func directoryOf(members []member.Member) *Directory {
	d := newDirectory()
	for _, m := range members {
		d.append(m)
	}
	return d
}

func TestTheOrderIsKeptWhileMembersChange(t *testing.T) {
	members := someMembers(2*blockRows + 100)
	for order := range orders {
		d := directoryOf(members)
		d.Sort(d.Sorting(order)())
		stale := d.Sorting(order)()
		renamed, gone, fresh, late := members[4000], members[blockRows], members[1], members[2]
		renamed.Name, renamed.Departments, renamed.EmployeeNumber = "あ", nil, "0"
		gone.Status = member.Deleted
		fresh.ID, fresh.LoginID = member.ID(4*len(members)), "fresh"
		late.ID, late.LoginID = 9001, "late"
		d.Apply(Changes{members: []member.Member{renamed, late, gone, fresh}})
		want := newDirectory()
		for _, m := range everybody(d) {
			want.append(m)
		}
		want.Sort(want.Sorting(order)())
		if got := d.Search(Query{}); !slices.Equal(got, want.Search(Query{})) {
			t.Errorf("by %v: the order after changes is not that of sorting anew", order)
		}
		if d.Sort(stale) {
			t.Errorf("by %v: an order of the members as they were is taken in", order)
		}
	}
}

// Most of a member is told by the searchable text; nothing may be lost by that.
func TestAMemberComesBackFromTheIndexAsItWas(t *testing.T) {
	d := newDirectory()
	var want []member.Member
	for i, departments := range [][]string{
		nil, {"HQ"}, {"hq"}, {"Hq"}, {"HQ", "SALES"}, {"HQ", "sales"}, {"工場1課", "HQ"}, {"A B"}, {"A", "B"}, {"a\u3000b"},
		{"a\u2028b"}, {"a\u00a0b", "c"}, {"ＨＱ"}, {"\x1f"}, {"R&D", "Ä"}, {"ǅ"}, {"ﬁ"}, {"\xff"}, {"a", "b", "c", "d"},
	} {
		for _, code := range []string{"", "E001", "e001", "Ee1", "É1", "１"} {
			m := member.Member{ID: member.ID(len(want) + 1), Email: "A@EXAMPLE.COM", Name: "ADMIN " + code, SearchName: code, EmployeeNumber: code,
				Departments: departments, Position: "Chief", Status: member.Status(1 + i%3), Admin: i%2 == 0}
			d.append(m)
			want = append(want, m)
		}
	}
	for i, got := range everybody(d) {
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("%+v came back as %+v", want[i], got)
		}
	}
}

// A narrower search must not depend on the search before it.
func TestNarrowingFindsWhatSearchingAnewFinds(t *testing.T) {
	members := someMembers(3 * blockRows)
	d := directoryOf(members)
	for _, text := range []string{"9", "99", "999", "999 line", "999 line1", "line1", "", "e0000", "e00001", "花子", "花子 e00001"} {
		for _, field := range []Field{FieldAll, FieldName, FieldEmployeeNumber} {
			q := Query{Text: text, Field: field}
			if got, want := d.Search(q), directoryOf(members).Search(q); !slices.Equal(got, want) {
				t.Errorf("%q in %v: %d rows, in a fresh directory %d", text, field, len(got), len(want))
			}
		}
	}
}

// What a million members cost is counted here with a few, so that a slip shows.
func TestTheIndexStaysSmall(t *testing.T) {
	d := directoryOf(someMembers(2 * blockRows))
	text, all := 0, 0
	for _, b := range d.rows.blocks {
		text += len(b.text)
		all += cap(b.text) + cap(b.kept) + 8*cap(b.ids) + 4*cap(b.textAt) + 4*cap(b.keptAt)
	}
	if float64(all) > 1.9*float64(text) {
		t.Errorf("%d bytes are kept for a searchable text of %d", all, text)
	}
}

func TestASearchAllocatesLittle(t *testing.T) {
	d := directoryOf(someMembers(2 * blockRows))
	for _, text := range []string{"", "l", "line1-00012", "nobody"} {
		if n := testing.AllocsPerRun(10, func() { d.Search(Query{Text: text}) }); n > 40 {
			t.Errorf("a search for %q makes %v allocations", text, n)
		}
	}
	if n := testing.AllocsPerRun(10, func() { d.Member(17) }); n > 8 {
		t.Errorf("a member that is drawn makes %v allocations", n)
	}
}
