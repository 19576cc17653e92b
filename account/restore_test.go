package account_test

import (
	"testing"

	"rekey/account"
)

func TestARestoreIsNoted(t *testing.T) {
	tm := newTeam(t)
	tm.reset("mail", account.ReasonForgot)
	before, err := tm.Audit(tm.ctx, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := tm.Restored(tm.ctx, "/mnt/backup/monday.db"); err != nil {
		t.Fatal(err)
	}
	after, err := tm.Audit(tm.ctx, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	r := after[0]
	if r.Event != account.EventRestored || r.Seq != before[0].Seq+1 || r.Actor != 0 || r.Target != 0 {
		t.Errorf("got %+v", r)
	}
	if got := r.Detail("source"); got != "monday.db" {
		t.Errorf("the source is %q", got)
	}
	if got := r.Detail("last_record"); got != "2" {
		t.Errorf("the last record is %q", got)
	}
	if _, err := tm.VerifyAudit(tm.ctx); err != nil {
		t.Error(err)
	}
}
