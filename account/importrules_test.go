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

// sheet is a file of members with columns for the given fields only.
func sheet(given []member.Field, members ...member.Member) account.Import {
	im := account.Import{Source: "members.csv"}
	im.Rows = func() iter.Seq2[account.Row, error] {
		return func(yield func(account.Row, error) bool) {
			for i, m := range members {
				if !yield(account.Row{Line: i + 2, Member: m, Given: given}, nil) {
					return
				}
			}
		}
	}
	return im
}

// preview gives the counts of a preview, and its problems as they are told.
func (tm *team) preview(im account.Import) (account.ImportCount, []account.RowError) {
	tm.t.Helper()
	var problems []account.RowError
	im.Problem = func(e account.RowError) { problems = append(problems, e) }
	before := tm.last().Seq
	seen, err := tm.PreviewImport(tm.ctx, tm.admin, im)
	if err != nil {
		tm.t.Fatal(err)
	}
	if tm.last().Seq != before {
		tm.t.Error("a preview has changed something")
	}
	return seen, problems
}

// imported imports and checks that the preview had said the same.
func (tm *team) imported(im account.Import) account.ImportCount {
	tm.t.Helper()
	seen, problems := tm.preview(im)
	done, err := tm.Import(tm.ctx, tm.admin, im)
	if err != nil || done != seen || len(problems) > 0 {
		tm.t.Fatalf("imported %+v, %v; the preview said %+v, %v", done, err, seen, problems)
	}
	return done
}

func (tm *team) count() (n int) {
	tm.t.Helper()
	tm.view(func(r account.Reader) error {
		all, err := r.Members(0, 1000)
		n = len(all)
		return err
	})
	return n
}

func TestNewMembersOfAFile(t *testing.T) {
	tm := newTeam(t)
	done := tm.imported(sheet(everyColumn,
		member.Member{Email: "mei@example.com", Name: "Mei"},
		member.Member{LoginID: "line4-001", Name: "Goro"},
		member.Member{Email: "act@example.com", Name: "Act", Status: member.Active},
		member.Member{LoginID: "line4-002", Name: "Sus", Status: member.Suspended},
		member.Member{Email: "gone@example.com", Name: "The address of a deleted member is free"}))
	want := account.ImportCount{Rows: 5, New: 5, Invited: 2, Forms: 1, Uninvited: 1}
	if done != want {
		t.Errorf("imported %+v, want %+v", done, want)
	}
	mei, err := tm.Find(tm.ctx, "mei@example.com")
	if err != nil || mei.Status != member.Inviting || mei.SearchName != "mei" {
		t.Errorf("a member with nothing chosen is %+v, %v", mei, err)
	}
	o, err := tm.Overview(tm.ctx, tm.admin, mei.ID)
	if err != nil || o.Mail.Kind != account.MailInvitation || o.Mail.State != account.MailQueued || o.Mail.To != "mei@example.com" {
		t.Errorf("the invitation is %+v, %v", o.Mail, err)
	}
	goro, err := tm.Find(tm.ctx, "line4-001")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tm.Form(tm.ctx, tm.admin, goro.ID); err != nil {
		t.Errorf("there is no form at once: %v", err)
	}
	rec := tm.last()
	for rec.Event != account.EventImport {
		records, err := tm.Audit(tm.ctx, rec.Seq, 1)
		if err != nil || len(records) == 0 {
			t.Fatalf("the import is not on record: %v", err)
		}
		rec = records[0]
	}
	for name, want := range map[string]string{"source": "members.csv", "added": "5", "changed": "0", "unchanged": "0", "invited": "2", "forms": "1"} {
		if rec.Detail(name) != want {
			t.Errorf("%s is on record as %q, want %q", name, rec.Detail(name), want)
		}
	}
	if rec.Actor != tm.admin.ID {
		t.Errorf("the import is on record as %v's", rec.Actor)
	}
}

func TestAnUpdateChangesOnlyTheColumnsThatAreThere(t *testing.T) {
	tm := newTeam(t)
	tm.change("mail", func(m *member.Member) {
		m.SearchName, m.EmployeeNumber, m.EmploymentType, m.Position = "hana", "7", "2", "lead"
	})
	before := tm.member("mail")
	im := sheet([]member.Field{member.FieldEmail, member.FieldName, member.FieldDepartments},
		member.Member{Email: "HANA@example.com", Name: "吉野 花子", Departments: nil, EmployeeNumber: "999", Status: member.Suspended})
	im.Update = true
	var told []string
	im.Changed = func(line int, m member.Member, changes []member.Change) {
		told = append(told, fmt.Sprint(line, m.ID == before.ID, m.Name, changes))
	}
	if done := tm.imported(im); done != (account.ImportCount{Rows: 1, Changed: 1}) {
		t.Errorf("imported %+v", done)
	}
	want := before
	want.Name, want.Departments = "吉野 花子", nil
	if after := tm.member("mail"); !after.Equal(want) {
		t.Errorf("the member is %+v, want %+v", after, want)
	}
	if want := fmt.Sprint(2, true, before.Name, member.Changes(before, want)); len(told) != 1 || told[0] != want {
		t.Errorf("told %q, want only the preview's %q", told, want)
	}
	records, err := tm.Audit(tm.ctx, 0, 2)
	if err != nil || records[0].Event != account.EventImport || records[1].Event != account.EventMemberChanged {
		t.Fatalf("on record: %+v, %v", records, err)
	}
	if rec := records[1]; rec.Target != before.ID || rec.Detail("fields") != "fullName departmentCodes" || rec.Detail("source") != "members.csv" {
		t.Errorf("the change is on record as %+v", rec)
	}
}

func TestEmptySearchNameAndStatusLeaveWhatIsThere(t *testing.T) {
	tm := newTeam(t)
	tm.change("suspended", func(m *member.Member) { m.SearchName = "sue" })
	im := sheet(everyColumn, member.Member{Email: "sus@example.com", Name: "Sue Spender"})
	im.Update = true
	before := tm.last().Seq
	if done := tm.imported(im); done != (account.ImportCount{Rows: 1, Unchanged: 1}) {
		t.Errorf("imported %+v", done)
	}
	if m := tm.member("suspended"); m.SearchName != "sue" || m.Status != member.Suspended {
		t.Errorf("the member is %+v", m)
	}
	if tm.last().Seq != before {
		t.Error("an import that changes nothing is on record")
	}
}

func TestAnUpdateOfTheStatusDoesWhatTheStatusAsksFor(t *testing.T) {
	tm := newTeam(t)
	epoch := tm.credential("mail").Epoch
	im := sheet(everyColumn,
		member.Member{Email: "hana@example.com", Name: "𠮷野 花子", Departments: []string{"HQ"}, Status: member.Suspended},
		member.Member{Email: "sus@example.com", Name: "Sue Spender", Status: member.Active})
	im.Update = true
	if done := tm.imported(im); done != (account.ImportCount{Rows: 2, Changed: 2}) {
		t.Errorf("imported %+v", done)
	}
	if tm.member("mail").Status != member.Suspended || tm.member("suspended").Status != member.Active {
		t.Error("the statuses have not changed")
	}
	if tm.credential("mail").Epoch == epoch {
		t.Error("the sessions of a suspended member go on")
	}
}

func TestRowsThatCannotBeTaken(t *testing.T) {
	for name, c := range map[string]struct {
		row    member.Member
		update bool
		sso    bool
		want   account.RowError
	}{
		"there already": {member.Member{Email: "HANA@example.com", Name: "x"}, false, false,
			account.RowError{Line: 2, Column: member.FieldEmail, Value: "HANA@example.com", Reason: "it belongs to a member already (id:3)"}},
		"login ID there already": {member.Member{LoginID: "LINE3-017", Name: "x"}, false, false,
			account.RowError{Line: 2, Column: member.FieldLoginID, Value: "LINE3-017", Reason: "it belongs to a member already (id:4)"}},
		"login ID with single sign-on": {member.Member{LoginID: "line9", Name: "x"}, false, true,
			account.RowError{Line: 2, Column: member.FieldLoginID, Value: "line9", Reason: "the team uses single sign-on: login ID members cannot be added"}},
		"a broken rule of a member who is there": {member.Member{Email: "sus@example.com", Name: " "}, true, false,
			account.RowError{Line: 2, Column: member.FieldName, Value: " ", Reason: "a name is needed"}},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			if c.sso {
				tm.sso()
			}
			im := sheet(everyColumn, c.row, member.Member{Email: "good@example.com", Name: "Good"})
			im.Update = c.update
			seen, problems := tm.preview(im)
			want := account.ImportCount{Rows: 2, Bad: 1, New: 1, Invited: 1}
			if c.sso {
				want.Invited = 0
			} else if !c.update {
				want.Taken = 1
			}
			if seen != want {
				t.Errorf("the preview counts %+v, want %+v", seen, want)
			}
			if len(problems) != 1 || problems[0] != c.want {
				t.Errorf("the problems are %+v, want %+v", problems, c.want)
			}
			members, records := tm.count(), tm.last().Seq
			_, err := tm.Import(tm.ctx, tm.admin, im)
			wantCode(t, err, account.CodeBadRows)
			if tm.count() != members || tm.last().Seq != records {
				t.Error("a refused import has left something")
			}
		})
	}
}

// TestSingleSignOnInvitesNobody: a link to set a password with would not work.
func TestSingleSignOnInvitesNobody(t *testing.T) {
	tm := newTeam(t)
	tm.sso()
	done := tm.imported(sheet(everyColumn, member.Member{Email: "mei@example.com", Name: "Mei"},
		member.Member{Email: "act@example.com", Name: "Act", Status: member.Active}))
	if want := (account.ImportCount{Rows: 2, New: 2}); done != want {
		t.Errorf("imported %+v, want %+v", done, want)
	}
	added, err := tm.AddMember(tm.ctx, tm.admin, member.Member{Email: "one@example.com", Name: "One"})
	if err != nil || added.Mail.ID != 0 || added.Token != 0 {
		t.Errorf("added %+v, %v", added, err)
	}
}

func TestProblemsComeInTheOrderOfTheLines(t *testing.T) {
	tm := newTeam(t)
	im := account.Import{Source: "x", Rows: func() iter.Seq2[account.Row, error] {
		return func(yield func(account.Row, error) bool) {
			for line := 2; line < 2500; line++ {
				row := account.Row{Line: line, Member: member.Member{Email: fmt.Sprintf("n%d@example.com", line), Name: "n"}, Given: everyColumn}
				switch {
				case line%1000 == 7: // found by the reader
					row.Problems = []account.RowError{{Line: line, Reason: "one"}, {Line: line, Reason: "two"}}
				case line%1000 == 500: // found against the store
					row.Member.Email = "hana@example.com"
				}
				if !yield(row, nil) {
					return
				}
			}
		}
	}}
	var reached []int
	im.Progress = func(rows int) { reached = append(reached, rows) }
	seen, problems := tm.preview(im)
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if want := []int{7, 7, 500, 1007, 1007, 1500, 2007, 2007}; !slices.Equal(lines, want) {
		t.Errorf("the problems are on the lines %v, want %v", lines, want)
	}
	if want := (account.ImportCount{Rows: 2498, Bad: 5, Taken: 2, New: 2493, Invited: 2493}); seen != want {
		t.Errorf("the preview counts %+v, want %+v", seen, want)
	}
	if want := []int{1000, 2000, 2498}; !slices.Equal(reached, want) {
		t.Errorf("progress was told at %v, want %v", reached, want)
	}
}

func TestACancelledImportLeavesNothing(t *testing.T) {
	tm := newTeam(t)
	why := errors.New("enough")
	for _, n := range []int{2, 3000} {
		ctx, cancel := context.WithCancelCause(tm.ctx)
		im := account.Import{Source: "x", Rows: func() iter.Seq2[account.Row, error] {
			return func(yield func(account.Row, error) bool) {
				for i := range n {
					if i == n/2 {
						cancel(why)
					}
					if !yield(account.Row{Line: i + 2, Member: member.Member{Email: fmt.Sprintf("n%d@example.com", i), Name: "n"}}, nil) {
						return
					}
				}
			}
		}}
		members, records := tm.count(), tm.last().Seq
		if _, err := tm.Import(ctx, tm.admin, im); !errors.Is(err, why) {
			t.Errorf("%d rows: the error is %v", n, err)
		}
		if tm.count() != members || tm.last().Seq != records {
			t.Errorf("%d rows: a cancelled import has left something", n)
		}
		if _, err := tm.PreviewImport(ctx, tm.admin, im); !errors.Is(err, why) {
			t.Errorf("%d rows: the preview's error is %v", n, err)
		}
	}
}

// TestAFileThatChangesAfterThePreviewIsJudgedAgain: so is one whose members come by another way meanwhile.
func TestAFileThatChangesAfterThePreviewIsJudgedAgain(t *testing.T) {
	tm := newTeam(t)
	im := sheet(everyColumn, member.Member{Email: "mei@example.com", Name: "Mei"}, member.Member{Email: "rei@example.com", Name: "Rei"})
	if seen, _ := tm.preview(im); seen.Bad != 0 {
		t.Fatalf("the preview counts %+v", seen)
	}
	if _, err := tm.AddMember(tm.ctx, tm.admin, member.Member{Email: "Rei@example.com", Name: "Rei"}); err != nil {
		t.Fatal(err)
	}
	members := tm.count()
	_, err := tm.Import(tm.ctx, tm.admin, im)
	wantCode(t, err, account.CodeBadRows)
	if tm.count() != members {
		t.Error("a refused import has left something")
	}
}

func TestOnlyAdminsImport(t *testing.T) {
	tm := newTeam(t)
	tm.change("admin", func(m *member.Member) { m.Admin = false })
	im := sheet(everyColumn, member.Member{Email: "mei@example.com", Name: "Mei"})
	_, err := tm.PreviewImport(tm.ctx, tm.admin, im)
	wantCode(t, err, account.CodeNoAuthority)
	_, err = tm.Import(tm.ctx, tm.admin, im)
	wantCode(t, err, account.CodeNoAuthority)
}
