package account_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rekey/account"
	"rekey/member"
)

// newFloor is a team in which many members have a login ID.
func newFloor(t *testing.T) *team {
	t.Helper()
	tm := newTeam(t)
	for _, m := range []member.Member{
		{LoginID: "b2", Name: "Bo", Departments: []string{"B"}},
		{LoginID: "b1", Name: "Bo", Departments: []string{"B"}},
		{LoginID: "b3", Name: "Ann", Departments: []string{"B", "A"}},
		{LoginID: "none", Name: "Without department"},
		{LoginID: "a1", Name: "Zed", Departments: []string{"A"}, Status: member.Suspended},
		{LoginID: "a2", Name: "Yam", Departments: []string{"A"}, Status: member.Deleted},
	} {
		if m.Status == 0 {
			m.Status = member.Active
		}
		tm.add(m.LoginID, m)
	}
	for _, who := range []string{"b1", "b2", "b3", "none", "a1"} {
		tm.reset(who, account.ReasonForgot)
	}
	return tm
}

// told counts the newest records of an event by the login ID or address of their target.
func (tm *team) told(event account.Event) map[string]int {
	tm.t.Helper()
	entries, _, err := tm.FindAudit(tm.ctx, account.AuditQuery{Events: []account.Event{event}}, 0, 1000)
	if err != nil {
		tm.t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range entries {
		count[e.TargetMember.Account()]++
	}
	return count
}

func TestSaveFormsInOrder(t *testing.T) {
	for _, document := range []bool{false, true} {
		tm := newFloor(t)
		var steps []int
		before := tm.credential("b1")
		got, err := tm.SaveForms(tm.ctx, tm.admin, account.FormQuery{}, account.FormTarget{Document: document, Path: "/there"}, func(done, of int) {
			steps = append(steps, done, of)
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"Zed", "Bo", "Bo", "Ann", "Without department"}; !slices.Equal(tm.forms.names, want) {
			t.Errorf("the order is %q", tm.forms.names)
		}
		if got.Members != 6 || got.Forms != 5 || len(got.Saved) != 5 || got.Saved[1] != tm.members["b1"] || got.Suspended != 1 {
			t.Errorf("the result is %+v", got)
		}
		if got.Without != 1 || !slices.Equal(got.Accounts, []string{"line3-017"}) {
			t.Errorf("without a form: %d, %q", got.Without, got.Accounts)
		}
		if len(steps) == 0 || !slices.Equal(steps[len(steps)-2:], []int{5, 5}) {
			t.Errorf("progress was told as %v", steps)
		}
		if after := tm.credential("b1"); after != before {
			t.Error("saving a form has changed the account")
		}
		for _, login := range []string{"a1", "b1", "b2", "b3", "none"} {
			if tm.told(account.EventFormSaved)[login] != 1 {
				t.Errorf("the audit log tells of %v", tm.told(account.EventFormSaved))
			}
		}
		name := map[bool]string{false: "directory", true: "document"}[document]
		if rec := tm.last(); rec.Detail(name) != "/there" {
			t.Errorf("the record does not tell where: %+v", rec)
		}
	}
}

func TestSaveFormsOfADepartment(t *testing.T) {
	tm := newFloor(t)
	got, err := tm.SaveForms(tm.ctx, tm.admin, account.FormQuery{Department: "A"}, account.FormTarget{}, nil)
	if err != nil || len(got.Saved) != 2 || got.Target.Path != "/usual" {
		t.Fatalf("%+v, %v", got, err)
	}
	if !slices.Equal(tm.forms.names, []string{"Ann", "Zed"}) {
		t.Errorf("saved %q", tm.forms.names)
	}

	_, err = tm.SaveForms(tm.ctx, tm.admin, account.FormQuery{Department: "a"}, account.FormTarget{}, nil)
	wantCode(t, err, account.CodeInvalid)
	if err == nil || !strings.Contains(err.Error(), "The departments are: A, B, 工場1課.") {
		t.Errorf("the refusal does not name the departments: %v", err)
	}
}

func TestSaveFormsWhereNobodyHasOne(t *testing.T) {
	tm := newTeam(t)
	tm.forms.err = errors.New("must not be asked")
	got, err := tm.SaveForms(tm.ctx, tm.admin, account.FormQuery{}, account.FormTarget{}, nil)
	if err != nil || got.Without != 1 || got.Target.Path != "" || len(tm.forms.paths) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	tm.change("form", func(m *member.Member) { m.Status = member.Deleted })
	_, err = tm.SaveForms(tm.ctx, tm.admin, account.FormQuery{}, account.FormTarget{}, nil)
	wantCode(t, err, account.CodeNoForm)
}

func TestSaveFormsRefusesThePlace(t *testing.T) {
	tm := newFloor(t)
	tm.forms.err = &account.Error{Code: account.CodeInvalid, Message: "No."}
	_, err := tm.SaveForms(tm.ctx, tm.admin, account.FormQuery{}, account.FormTarget{}, nil)
	wantCode(t, err, account.CodeInvalid)
	if told := tm.told(account.EventFormSaved); len(told) != 0 {
		t.Errorf("handed out: %v", told)
	}
}

func TestSaveFormsNeedsAuthority(t *testing.T) {
	tm := newFloor(t)
	if err := tm.SignOut(tm.ctx, tm.admin); err != nil {
		t.Fatal(err)
	}
	_, err := tm.SaveForms(tm.ctx, tm.admin, account.FormQuery{}, account.FormTarget{}, nil)
	wantCode(t, err, account.CodeSignedOut)
	if len(tm.forms.paths) != 0 {
		t.Error("a form was saved")
	}
}

func TestSaveFormsThatFailMidwayTellTheTruth(t *testing.T) {
	for _, document := range []bool{false, true} {
		tm := newFloor(t)
		tm.forms.full = 2
		got, err := tm.SaveForms(tm.ctx, tm.admin, account.FormQuery{}, account.FormTarget{Document: document}, nil)
		saved := map[bool]int{false: 2, true: 0}[document]
		if !errors.Is(err, errFull) || !strings.Contains(err.Error(), fmt.Sprintf("%d of 5 forms were saved", saved)) {
			t.Errorf("the error is %v", err)
		}
		if len(got.Saved) != saved {
			t.Errorf("the result is %+v", got)
		}
		handedOut, not := tm.told(account.EventFormSaved), tm.told(account.EventFormNotSaved)
		if len(handedOut) != 5 || len(not) != 5-saved || not["none"] != 1 {
			t.Errorf("the audit log tells of %v, and not of %v", handedOut, not)
		}
	}
}

func TestSaveFormsCancelled(t *testing.T) {
	tm := newFloor(t)
	ctx, cancel := context.WithCancel(tm.ctx)
	got, err := tm.SaveForms(ctx, tm.admin, account.FormQuery{}, account.FormTarget{}, func(done, _ int) {
		if done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || len(got.Saved) != 3 || len(tm.forms.paths) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if not := tm.told(account.EventFormNotSaved); len(not) != 2 || not["b3"] != 1 || not["none"] != 1 {
		t.Errorf("not saved: %v", not)
	}
}

// TestSaveManyForms is more than one transaction holds.
func TestSaveManyForms(t *testing.T) {
	tm := newTeam(t)
	var many []member.Member
	for i := range 150 {
		many = append(many, member.Member{LoginID: fmt.Sprintf("m%03d", i), Name: "N", Departments: []string{"M"}, Status: member.Active})
	}
	if _, err := tm.Import(tm.ctx, tm.admin, file(many...)); err != nil {
		t.Fatal(err)
	}
	got, err := tm.SaveForms(tm.ctx, tm.admin, account.FormQuery{Department: "M"}, account.FormTarget{Document: true}, nil)
	if err != nil || len(got.Saved) != len(many) {
		t.Fatalf("%d saved, %v", len(got.Saved), err)
	}
	if err := tm.FormPrinted(tm.ctx, tm.admin, got.Target.Path, got.Saved...); err != nil {
		t.Fatal(err)
	}
	if told := tm.told(account.EventFormPrinted); len(told) != len(many) || told["m149"] != 1 {
		t.Errorf("printed: %d", len(told))
	}
	if n, err := tm.VerifyAudit(tm.ctx); err != nil || n < 2*len(many) {
		t.Errorf("%d records, %v", n, err)
	}
}

func TestFormDepartments(t *testing.T) {
	tm := newFloor(t)
	d, err := tm.LoadDirectory(tm.ctx, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	want := []account.Department{{"", 6}, {"A", 2}, {"B", 3}, {"工場1課", 1}}
	if got := d.FormDepartments()(); !slices.Equal(got, want) {
		t.Errorf("the departments are %v", got)
	}
}
