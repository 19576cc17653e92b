package demo_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"rekey/demo"
	"rekey/member"
)

func team(n int, seed uint64) []member.Member { return slices.Collect(demo.Members(n, seed)) }

// TestSameSeedSameMembers pins the team of one seed, so that a change of it, or of Go's generator, is noticed.
func TestSameSeedSameMembers(t *testing.T) {
	const golden = "473499da646b019c912c3964638bf3c86276024a4c8d71504ef39931c04a4628"
	h := sha256.New()
	for m := range demo.Members(1000, 1) {
		fmt.Fprintf(h, "%d %q %q %q %q %q %q %q %q %d %t\n", m.ID, m.Email, m.LoginID, m.Name, m.SearchName, m.EmployeeNumber,
			m.EmploymentType, m.Departments, m.Position, m.Status, m.Admin)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != golden {
		t.Errorf("the first 1,000 members of seed 1 have the hash %s, want %s", got, golden)
	}
}

func TestAnotherSeedAnotherTeam(t *testing.T) {
	one, other := team(500, 1), team(500, 2)
	same := 0
	for i := range one {
		if one[i].Name == other[i].Name && one[i].Account() == other[i].Account() {
			same++
		}
	}
	if same > 20 {
		t.Errorf("%d of 500 members are the same with another seed", same)
	}
}

func TestALargerTeamBeginsWithTheSmaller(t *testing.T) {
	small, large := team(100, 7), team(200, 7)
	for i := range small {
		if fmt.Sprint(small[i]) != fmt.Sprint(large[i]) {
			t.Fatalf("member %d differs: %+v and %+v", i+1, small[i], large[i])
		}
	}
	if len(team(3, 7)) != 3 || len(team(0, 7)) != 0 {
		t.Error("a team has as many members as were asked for")
	}
}

func TestMembersDoNotShareTheirDepartments(t *testing.T) {
	team(1, 1)[0].Departments[0] = "changed"
	if got := team(1, 1)[0].Departments[0]; got == "changed" {
		t.Error("changing a member changes the next team")
	}
}

func TestMembersAreValidAndUnique(t *testing.T) {
	accounts, employees := map[string]bool{}, map[string]bool{}
	number := 0
	for m := range demo.Members(20_000, 42) {
		number++
		for _, broken := range m.Validate() {
			t.Errorf("member %d: %v", number, broken)
		}
		for _, text := range append([]string{m.Name, m.Position, m.SearchName}, m.Departments...) {
			if member.Clean(text) != text || strings.TrimSpace(text) != text || strings.Contains(text, ";") {
				t.Errorf("member %d has the text %q", number, text)
			}
		}
		if account := member.FoldAccount(m.Account()); accounts[account] {
			t.Errorf("the account %s is there twice", account)
		} else {
			accounts[account] = true
		}
		if m.EmployeeNumber != "" && employees[m.EmployeeNumber] {
			t.Errorf("the employee number %s is there twice", m.EmployeeNumber)
		}
		employees[m.EmployeeNumber] = true
		if _, domain, isEmail := strings.Cut(m.Email, "@"); isEmail && !reserved[domain] {
			t.Errorf("the address %s is not on a domain reserved for examples", m.Email)
		}
		if m.ID != 0 || m.SearchName == "" || m.Admin && (m.Type() != member.Email || m.Status != member.Active) {
			t.Errorf("member %d is %+v", number, m)
		}
	}
	if number != 20_000 {
		t.Errorf("%d members", number)
	}
}

var reserved = map[string]bool{"example.com": true, "example.net": true, "example.jp": true, "example.co.jp": true}

func TestTheFirstMemberIsTheAdmin(t *testing.T) {
	for seed := range uint64(5) {
		m := team(1, seed)[0]
		if m.Email != demo.AdminEmail || !m.Admin || m.Status != member.Active || m.Name == "" {
			t.Errorf("seed %d: %+v", seed, m)
		}
	}
}

func TestProportions(t *testing.T) {
	const n = 20_000
	counts := map[string]int{}
	for m := range demo.Members(n, 42) {
		counts[m.Type().String()]++
		counts[m.Status.String()]++
		counts["type "+m.EmploymentType]++
		if m.Admin {
			counts["admin"]++
		}
		if m.EmployeeNumber == "" {
			counts["no number"]++
		}
		switch len(m.Departments) {
		case 0:
			counts["no department"]++
		case 2:
			counts["two departments"]++
		}
	}
	// In percent, with room for chance.
	for what, span := range map[string][2]float64{
		"email": {58, 62}, "login_id": {38, 42}, "active": {88, 92}, "inviting": {5, 7}, "suspended": {3, 5}, "deleted": {0, 0},
		"admin": {0.5, 2}, "no number": {6, 10}, "no department": {2, 4}, "two departments": {9, 14},
		"type 0": {1, 20}, "type 1": {1, 20}, "type 2": {20, 45}, "type 3": {1, 30}, "type 4": {1, 20}, "type 5": {1, 20},
		"type 6": {1, 20}, "type 7": {1, 20}, "type ": {1, 20},
	} {
		if share := 100 * float64(counts[what]) / n; share < span[0] || share > span[1] {
			t.Errorf("%s: %.1f %%, want %g to %g", what, share, span[0], span[1])
		}
	}
}

// TestHardNamesOccur: what rosters hold and screens get wrong is in a team of the usual size.
func TestHardNamesOccur(t *testing.T) {
	members := team(500, 1)
	for _, part := range []string{"𠮷野", "濵田", "渡邊", "髙橋", "瀨戸", "齋藤", "﨑", "さくら", "・", "ﾀﾞ", "\u3000", "é", "e\u0301", "'"} {
		if !slices.ContainsFunc(members, func(m member.Member) bool { return strings.Contains(m.Name, part) }) {
			t.Errorf("no name holds %q", part)
		}
	}
	western := 0
	for _, m := range members {
		if r, _ := utf8.DecodeRuneInString(m.Name); r < 0x250 {
			western++
		}
	}
	if western < 80 || western > 160 {
		t.Errorf("%d of 500 names are Western", western)
	}
}

func TestNamesakesOccur(t *testing.T) {
	for _, n := range []int{4, 500} {
		first := map[string]string{}
		namesakes := 0
		for m := range demo.Members(n, 1) {
			departments := strings.Join(m.Departments, ";")
			if other, met := first[m.Name]; met && other != departments {
				namesakes++
			}
			first[m.Name] = departments
		}
		if namesakes < n/50 || namesakes == 0 {
			t.Errorf("%d namesakes in other departments among %d", namesakes, n)
		}
	}
}

func BenchmarkMembers(b *testing.B) {
	b.ReportAllocs()
	for range demo.Members(b.N, 1) {
	}
}
