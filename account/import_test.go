package account_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"rekey/account"
	"rekey/member"
)

// updating is a file that changes the members who are there, with these columns.
func updating(given []member.Field, members ...member.Member) account.Import {
	return account.Import{Source: "members.csv", Update: true, Rows: func() iter.Seq2[account.Row, error] {
		return func(yield func(account.Row, error) bool) {
			for i, m := range members {
				if !yield(account.Row{Line: i + 2, Member: m, Given: given}, nil) {
					return
				}
			}
		}
	}}
}

func TestAnUpdateChangesWhatTheFileGives(t *testing.T) {
	tm := newTeam(t)
	im := updating([]member.Field{member.FieldEmail, member.FieldLoginID, member.FieldName, member.FieldSearchName, member.FieldStatus},
		member.Member{Email: "HANA@example.com", Name: "吉野 花子"},                             // in other capitals; no status, no search name
		member.Member{LoginID: "line3-017", Name: "髙橋 一郎", Status: member.Active},           // as it is
		member.Member{Email: "sus@example.com", Name: "Sue Spender", Status: member.Active}, // back at work
		member.Member{Email: "fresh@example.com", Name: "Fresh"})
	var told []member.Field
	im.Changed = func(_ int, _ member.Member, changes []member.Change) { told = append(told, member.Fields(changes)...) }
	want := account.ImportCount{Rows: 4, New: 1, Changed: 2, Unchanged: 1, Invited: 1}
	if said, err := tm.PreviewImport(tm.ctx, tm.admin, im); err != nil || said != want {
		t.Fatalf("the preview says %+v, %v", said, err)
	}
	if !slices.Equal(told, []member.Field{member.FieldName, member.FieldStatus}) {
		t.Errorf("the preview names the changes %q", told)
	}
	if done, err := tm.Import(tm.ctx, tm.admin, im); err != nil || done != want {
		t.Fatalf("Import = %+v, %v", done, err)
	}
	hana, err := tm.Find(tm.ctx, "hana@example.com")
	if err != nil || hana.Email != "Hana@example.com" || hana.Name != "吉野 花子" || hana.Status != member.Active ||
		!slices.Equal(hana.Departments, []string{"HQ"}) {
		t.Errorf("after the update: %+v, %v", hana, err)
	}
	fresh, err := tm.Find(tm.ctx, "fresh@example.com")
	if err != nil || fresh.SearchName != "fresh" || fresh.Status != member.Inviting {
		t.Errorf("a new member among them: %+v, %v", fresh, err)
	}
}

func TestAnUpdateKeepsTheRules(t *testing.T) {
	tm := newTeam(t)
	all := []member.Field{member.FieldEmail, member.FieldName, member.FieldStatus, member.FieldSearchName}
	for name, test := range map[string]struct {
		row  member.Member
		want account.RowError
	}{
		"no name": {member.Member{Email: "hana@example.com"},
			account.RowError{Line: 2, Column: member.FieldName, Reason: "a name is needed"}},
		"spaces in the search name": {member.Member{Email: "hana@example.com", Name: "H", SearchName: "a b"},
			account.RowError{Line: 2, Column: member.FieldSearchName, Value: "a b", Reason: "a search name holds no spaces"}},
		"no status": {member.Member{Email: "hana@example.com", Name: "H", Status: 9},
			account.RowError{Line: 2, Column: member.FieldStatus, Value: "9", Reason: "an account status is a number from 1 to 4"}},
		"an invited member made active": {member.Member{Email: "new@example.com", Name: "Newton", Status: member.Active},
			account.RowError{Line: 2, Column: member.FieldStatus, Value: "2", Reason: "an invited member becomes active by signing up"}},
		"back to the invitation": {member.Member{Email: "hana@example.com", Name: "H", Status: member.Inviting},
			account.RowError{Line: 2, Column: member.FieldStatus, Value: "1", Reason: "a member who is active cannot become inviting"}},
		"the admin's own status": {member.Member{Email: "admin@example.com", Name: "A", Status: member.Suspended},
			account.RowError{Line: 2, Column: member.FieldStatus, Value: "3", Reason: "this is your own account"}},
		"deletion": {member.Member{Email: "hana@example.com", Name: "H", Status: member.Deleted},
			account.RowError{Line: 2, Column: member.FieldStatus, Value: "4", Reason: "members are deleted one at a time, in the console"}},
		"a new member without a name": {member.Member{Email: "x@example.com"},
			account.RowError{Line: 2, Column: member.FieldName, Reason: "a name is needed"}},
		"a new member who is deleted": {member.Member{Email: "x@example.com", Name: "X", Status: member.Deleted},
			account.RowError{Line: 2, Column: member.FieldStatus, Value: "4", Reason: "a new member cannot be deleted already"}},
	} {
		t.Run(name, func(t *testing.T) {
			im := updating(all, test.row)
			var named []account.RowError
			im.Problem = func(e account.RowError) { named = append(named, e) }
			count, err := tm.PreviewImport(tm.ctx, tm.admin, im)
			if err != nil || count != (account.ImportCount{Rows: 1, Bad: 1}) || !slices.Equal(named, []account.RowError{test.want}) {
				t.Errorf("the preview says %+v, %v, and names %v", count, err, named)
			}
			before := tm.last()
			_, err = tm.Import(tm.ctx, tm.admin, im)
			wantCode(t, err, account.CodeBadRows)
			if tm.last().Seq != before.Seq {
				t.Error("something was recorded")
			}
		})
	}
}

func TestAnImportThatFailsHalfwayLeavesNothing(t *testing.T) {
	tm := newTeam(t)
	broken := errors.New("the disk is gone")
	im := account.Import{Source: "members.csv", Rows: func() iter.Seq2[account.Row, error] {
		return func(yield func(account.Row, error) bool) {
			if yield(account.Row{Line: 2, Member: member.Member{LoginID: "k1", Name: "K"}}, nil) {
				yield(account.Row{}, broken)
			}
		}
	}}
	if _, err := tm.PreviewImport(tm.ctx, tm.admin, im); !errors.Is(err, broken) {
		t.Errorf("the preview: %v", err)
	}
	if _, err := tm.Import(tm.ctx, tm.admin, im); !errors.Is(err, broken) {
		t.Errorf("the import: %v", err)
	}
	_, err := tm.Find(tm.ctx, "k1")
	wantCode(t, err, account.CodeUnknownMember)
}

func TestMembersAreReadWithoutTheDeletedOnes(t *testing.T) {
	tm := newTeam(t)
	var got []string
	for m, err := range tm.Members(tm.ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, m.Name); len(got) == 5 {
			break
		}
	}
	if want := []string{"Aoi Yamada", "Ren Mori", "𠮷野 花子", "髙橋 一郎", "Sue Spender"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	n := 0
	for m := range tm.Members(tm.ctx) {
		if n++; m.Status == member.Deleted {
			t.Error("a deleted member is among them")
		}
	}
	if n != 6 {
		t.Errorf("%d members", n)
	}
}

func TestLockoutsAreThoseThatCountNow(t *testing.T) {
	tm := newTeam(t)
	for range 10 {
		if _, err := tm.SignIn(tm.ctx, "deputy@example.com", "wrong", "test"); err == nil {
			t.Fatal("signed in with a wrong password")
		}
	}
	locked, err := tm.Lockouts(tm.ctx)
	if err != nil || len(locked) != 1 || !locked[tm.members["deputy"]].Locked(tm.now) {
		t.Errorf("got %+v, %v", locked, err)
	}
	tm.now = tm.now.AddDate(0, 0, 1)
	if locked, err = tm.Lockouts(tm.ctx); err != nil || locked[tm.members["deputy"]].Failures != 0 {
		t.Errorf("a day later: %+v, %v", locked, err)
	}
}

func TestAnImportCanBeInterrupted(t *testing.T) {
	tm := newTeam(t)
	var members []member.Member
	for i := range 1500 {
		members = append(members, member.Member{LoginID: fmt.Sprintf("many-%d", i), Name: "Many"})
	}
	ctx, cancel := context.WithCancel(tm.ctx)
	im := file(members...)
	im.Progress = func(int) { cancel() }
	if _, err := tm.PreviewImport(ctx, tm.admin, im); !errors.Is(err, context.Canceled) {
		t.Errorf("the preview: %v", err)
	}
	ctx, cancel = context.WithCancel(tm.ctx)
	defer cancel()
	if _, err := tm.Import(ctx, tm.admin, im); !errors.Is(err, context.Canceled) {
		t.Errorf("the import: %v", err)
	}
	_, err := tm.Find(tm.ctx, "many-0")
	wantCode(t, err, account.CodeUnknownMember)
}
