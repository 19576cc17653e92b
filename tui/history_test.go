package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// signInWrongly leaves n refused sign-ins in the audit log.
func (tm *team) signInWrongly(t *testing.T, address string, n int) {
	t.Helper()
	for range n {
		if _, err := tm.service.SignIn(context.Background(), address, "wrong", "console"); err == nil {
			t.Fatal("a wrong password has signed somebody in")
		}
	}
}

// reset resets a member behind the console's back.
func (tm *team) reset(t *testing.T, name string) {
	t.Helper()
	_, err := tm.service.Reset(context.Background(), tm.admin, tm.find(t, name).ID, account.ReasonForgot)
	check(t, err)
}

func TestHistoryTellsWhatHappened(t *testing.T) {
	tm := newTeam(t)
	tm.reset(t, "ken.t")
	d := signedIn(t, tm, 120, 24)
	d.press("3")
	d.shows("2026-03-02 09:30 JST 青木 はるか reset the password of Tanaka Ken (ken.t): the member forgot the password",
		"The directory was made", "5 records")
	d.press("down", "enter")
	d.shows("[3 History › Details]", "reset the password of Tanaka Ken (ken.t)", "Event reset (resets)", "sessions ended: 0", "Record 4")
	d.press("g")
	d.shows("[3 History › Details › Details]", "Account ken.t", "[r] Reset Password")
	d.press("esc", "esc")
	if !strings.Contains(d.cursorRow(), "reset the password of Tanaka Ken") {
		t.Errorf("the cursor is on %q", d.cursorRow())
	}
}

func TestHistoryGrowsByItselfAndKeepsTheCursor(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 120, 24)
	d.press("3", "down")
	d.tick()
	row := d.cursorRow()
	tm.reset(t, "ken.t")
	d.tick()
	d.shows("reset the password of Tanaka Ken", "5 records")
	if d.cursorRow() != row {
		t.Errorf("the cursor is on %q, not on %q", d.cursorRow(), row)
	}
}

func TestHistoryOfAMember(t *testing.T) {
	tm := newTeam(t)
	tm.reset(t, "ken.t")
	tm.reset(t, "t.yoshino")
	d := signedIn(t, tm, 80, 24)
	d.goTo("ken.t")
	d.press("down", "h")
	d.shows("[1 Members › History]", "Tanaka Ken (ken.t)", "1 record")
	d.hides("yoshino")
	d.tick()
	tm.reset(t, "ken.t")
	d.tick()
	d.shows("2 records")
	d.press("a")
	d.shows("by: 青木 はるか")
	d.press("esc") // as on the page: first the filter goes
	d.hides("by: ")
	d.press("esc")
	d.shows("[1 Members]", "Filter all fields: ken.t")
}

func TestHistoryIsFilteredByWhatTheCursorIsOn(t *testing.T) {
	tm := newTeam(t)
	tm.reset(t, "ken.t")
	tm.reset(t, "t.yoshino")
	d := signedIn(t, tm, 120, 24)
	d.press("3", "down", "m")
	d.shows("member: 𠮷野 太郎 (t.yoshino)", "1 record")
	d.press("a")
	d.shows("by: 青木 はるか (haruka.aoki@example.com)")
	d.press("esc")
	d.shows("Filter: none", "6 records")
}

// filterHistory fills the filter's box in: the way from entry to entry is Tab.
func (d *driver) filterHistory(fill ...string) {
	d.press("/")
	for i, text := range fill {
		if i > 0 {
			d.press("tab")
		}
		if strings.HasPrefix(text, "right") {
			for range len(text) / len("right") {
				d.press("right")
			}
			continue
		}
		d.press("ctrl+u")
		d.typed(text)
	}
	d.press("ctrl+s")
}

func TestHistoryFilterBox(t *testing.T) {
	tm := newTeam(t)
	tm.reset(t, "ken.t")
	tm.now = tm.now.AddDate(0, 0, 3)
	admin, err := tm.service.SignIn(context.Background(), adminAddress, adminPassword, "test")
	check(t, err)
	tm.admin = admin
	tm.signInWrongly(t, "zoe@example.com", 1)
	tm.reset(t, "t.yoshino")
	d := signedIn(t, tm, 120, 30)
	d.press("3")

	d.filterHistory("ken.t")
	d.shows("member: Tanaka Ken (ken.t)", "1 record")
	d.filterHistory("nobody.at.all")
	d.shows("There is no member nobody.at.all.", "Type the email address or the login ID")
	d.press("esc")
	d.shows("member: Tanaka Ken (ken.t)")
	d.press("esc")

	d.filterHistory("", "haruka.aoki@example.com", "rightright")
	d.shows("by: 青木 はるか (haruka.aoki@example.com) · resets", "2 records")
	d.press("esc")

	d.filterHistory("", "", "", "right")
	d.shows("today", "4 records")
	d.press("esc")

	// Dates alone are enough; both days count whole.
	d.filterHistory("", "", "", "", "2026-03-02", "2026-03-02")
	d.shows("from 2026-03-02 to 2026-03-02", "4 records")
	d.hides("yoshino")
	d.filterHistory("", "", "", "", "2026-03-03", "")
	d.shows("from 2026-03-03", "4 records")
	d.filterHistory("", "", "", "", "3rd of March", "")
	d.shows("Type a day as 2026-01-31.")
	d.press("esc", "esc")
	d.shows("Filter: none")
}

// thousands writes n records a minute apart, the last one now.
func (tm *team) thousands(t *testing.T, n int) {
	t.Helper()
	check(t, tm.store.Bulk(context.Background(), func(w account.Writer) error {
		last, err := w.Audit(0, 1)
		for i := range n {
			if err != nil {
				return err
			}
			at := tm.now.Add(-time.Duration(n-1-i) * time.Minute)
			err = w.AppendAudit(account.Record{Seq: last[0].Seq + account.AuditSeq(i) + 1, At: at, Event: account.EventSignIn, Actor: 2, Target: 2})
		}
		return err
	}))
}

// TestALongHistoryIsReadAsFarAsItIsLookedAt counts the batches on a long log.
func TestALongHistoryIsReadAsFarAsItIsLookedAt(t *testing.T) {
	tm := newTeam(t)
	tm.reset(t, "ken.t")
	tm.thousands(t, 12_000)
	d := signedIn(t, tm, 120, 24)
	d.press("3")
	d.shows("the newest 200 records")
	d.press("end")
	d.shows("the newest 400 records")
	page := d.root.top().(*history)
	row := d.cursorRow()
	if page.feed.cursor != 199 {
		t.Errorf("the cursor is on row %d", page.feed.cursor)
	}

	// New ones do not move what is in sight, and nothing old is read again.
	d.tick()
	tm.reset(t, "t.yoshino")
	d.tick()
	if d.cursorRow() != row || page.feed.cursor != 200 {
		t.Errorf("the cursor is on row %d: %q", page.feed.cursor, d.cursorRow())
	}
	if page.feed.fresh != page.feed.end {
		t.Errorf("read again down to %d only, not to %d", page.feed.fresh, page.feed.end)
	}

	// What is rare is looked for further back, batch after batch.
	d.hold = true
	d.do(page.filtered(historyFilter{kind: 2}))
	d.shows("Reading…")
	first := d.held[0]
	d.held = nil
	d.send(first())
	d.shows("1 record so far, looking further back…")
	d.release()
	d.shows("2 records")
}

// countingAudit counts the searches.
type countingAudit struct {
	*account.Service
	searches int
}

func (c *countingAudit) FindAudit(ctx context.Context, q account.AuditQuery, before account.AuditSeq, limit int) ([]account.Entry, account.AuditSeq, error) {
	c.searches++
	return c.Service.FindAudit(ctx, q, before, limit)
}

// TestASpanOfALongHistoryIsFoundAtOnce asks for a time in the middle of a long log.
func TestASpanOfALongHistoryIsFoundAtOnce(t *testing.T) {
	tm := newTeam(t)
	tm.thousands(t, 30_000)
	s := &countingAudit{Service: tm.service}
	day := tm.now.AddDate(0, 0, -15)
	q := account.AuditQuery{From: day, To: day.Add(time.Hour)}
	found, next, err := findAudit(context.Background(), s, q, 0, 200)
	check(t, err)
	if len(found) != 60 || next != 0 || s.searches != 1 {
		t.Errorf("%d records, next %d, after %d searches", len(found), next, s.searches)
	}
	q = account.AuditQuery{From: tm.now.AddDate(1, 0, 0), To: tm.now.AddDate(2, 0, 0)}
	if found, next, err = findAudit(context.Background(), s, q, 0, 200); err != nil || len(found) != 0 || next != 0 {
		t.Errorf("in the future: %d records, next %d, %v", len(found), next, err)
	}
}

// TestMoreThanAPageComesIn puts more new records above the cursor than are read at a time.
func TestMoreThanAPageComesIn(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 120, 24)
	d.press("3", "down")
	d.tick()
	row := d.cursorRow()
	tm.thousands(t, 500)
	d.tick()
	d.shows("504 records")
	if d.cursorRow() != row {
		t.Errorf("the cursor is on %q, not on %q", d.cursorRow(), row)
	}
}

func TestARecordOfNobodyLeadsNowhere(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.press("3", "down", "enter") // the import
	d.shows("Go to the member (not now). The record is about no member.")
	d.press("g")
	d.shows("[3 History › Details]")
}

func TestAHistoryThatCannotBeReadSaysSo(t *testing.T) {
	tm := newTeam(t)
	d := signedIn(t, tm, 80, 24)
	d.root.shared.service = noAudit{tm.service}
	d.press("3")
	d.shows("! The disk is gone.")
	d.root.shared.service = tm.service
	d.press("down")
	d.shows("4 records")
}

// noAudit is a service whose audit log cannot be read.
type noAudit struct{ *account.Service }

func (noAudit) FindAudit(context.Context, account.AuditQuery, account.AuditSeq, int) ([]account.Entry, account.AuditSeq, error) {
	return nil, 0, fmt.Errorf("the disk is gone")
}

func TestDaysOfAFilter(t *testing.T) {
	zone := start.Location()
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, zone)
	for span, from := range map[historySpan]time.Time{
		spanToday: midnight, spanWeek: midnight.AddDate(0, 0, -6), spanMonth: midnight.AddDate(0, 0, -29), spanAll: {},
	} {
		if q := (historyFilter{span: span}).query(start, zone); !q.From.Equal(from) || !q.To.IsZero() {
			t.Errorf("%s: from %v to %v", span, q.From, q.To)
		}
	}
	f := historyFilter{span: spanTyped, to: "2026-03-01", member: personOf(member.Member{ID: 4})}
	if q := f.query(start, zone); !q.To.Equal(midnight) || !q.From.IsZero() || q.Member != 4 {
		t.Errorf("%+v", q)
	}
}
