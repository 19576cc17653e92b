package metrics

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rekey/account"
)

// fakeLog is an audit log and a queue in memory.
type fakeLog struct {
	records []account.Record
	queue   account.Queue
	err     error
	now     time.Time
	read    int // records that were handed out
}

func (f *fakeLog) Now() time.Time { return f.now }

func (f *fakeLog) Queue(context.Context) (account.Queue, error) { return f.queue, f.err }

func (f *fakeLog) AuditSince(_ context.Context, seen account.AuditSeq, limit int) ([]account.Record, account.AuditSeq, error) {
	newest := account.AuditSeq(len(f.records))
	if f.err != nil || newest <= seen {
		return nil, newest, f.err
	}
	records := f.records[seen:min(newest, seen+account.AuditSeq(limit))]
	f.read += len(records)
	return records, newest, nil
}

func (f *fakeLog) add(event account.Event, details ...account.Detail) {
	f.records = append(f.records, account.Record{Seq: account.AuditSeq(len(f.records) + 1), Event: event, Details: details})
}

func (f *fakeLog) start(t *testing.T, c Config) *Metrics {
	t.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	m, err := start(t.Context(), c, f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *Metrics) scrape(t *testing.T) map[string]float64 {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if got := recorder.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("the type is %q", got)
	}
	samples, err := parse(recorder.Body.String())
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

func expect(t *testing.T, got, want map[string]float64) {
	t.Helper()
	for series, value := range want {
		if v, there := got[series]; !there || v != value {
			t.Errorf("%s is %v (there: %v), want %v", series, v, there, value)
		}
	}
}

// What the log held before does not count; what comes later counts once, by its kind, and the rest is there as 0.
func TestCountsFollowTheLog(t *testing.T) {
	f := &fakeLog{}
	f.add(account.EventReset, account.Detail{Name: "reason", Value: "forgot"})
	m := f.start(t, Config{Version: "v1", Go: "go1.26"})
	expect(t, m.scrape(t), map[string]float64{
		"rekey_up": 1,
		`rekey_build_info{version="v1",goversion="go1.26"}`: 1,
		`rekey_resets_total{reason="forgot"}`:               0,
		`rekey_resets_total{reason="lockout"}`:              0,
		`rekey_mails_total{result="refused"}`:               0,
		`rekey_sign_ins_total{result="wrong password"}`:     0,
		"rekey_lockouts_total":                              0,
		`rekey_passwords_set_total{via="kiosk"}`:            0,
		"rekey_imports_total":                               0,
		`rekey_forms_total{how="printed"}`:                  0,
	})
	one := func(name, value string) account.Detail { return account.Detail{Name: name, Value: value} }
	f.add(account.EventReset, one("reason", "lockout"))
	f.add(account.EventMailAccepted, one("to", "someone@example.com"))
	f.add(account.EventMailRefused)
	f.add(account.EventMailSuperseded)
	f.add(account.EventMailCancelled)
	f.add(account.EventSignIn)
	f.add(account.EventSignInRefused, one("why", "locked"))
	f.add(account.EventSignInRefused, one("why", "a word of a later version"))
	f.add(account.EventLockedOut)
	f.add(account.EventPasswordSet, one("via", "kiosk"))
	f.add(account.EventFormSaved)
	f.add(account.EventFormPrinted)
	f.add(account.EventFormShown)
	f.add(account.EventFormNotSaved)
	f.add(account.EventImport, one("added", "40"), one("changed", "2"), one("unchanged", "0"))
	for range 2 { // the second scrape finds nothing new
		expect(t, m.scrape(t), map[string]float64{
			`rekey_resets_total{reason="forgot"}`:              0,
			`rekey_resets_total{reason="lockout"}`:             1,
			`rekey_mails_total{result="accepted"}`:             1,
			`rekey_mails_total{result="refused"}`:              1,
			`rekey_mails_total{result="superseded"}`:           1,
			`rekey_mails_total{result="cancelled"}`:            1,
			`rekey_sign_ins_total{result="accepted"}`:          1,
			`rekey_sign_ins_total{result="locked"}`:            1,
			`rekey_sign_ins_total{result="other"}`:             1,
			"rekey_lockouts_total":                             1,
			`rekey_passwords_set_total{via="kiosk"}`:           1,
			`rekey_forms_total{how="saved"}`:                   1,
			`rekey_forms_total{how="printed"}`:                 1,
			`rekey_forms_total{how="shown"}`:                   1,
			`rekey_forms_total{how="not_saved"}`:               1,
			"rekey_imports_total":                              1,
			`rekey_imported_members_total{change="added"}`:     40,
			`rekey_imported_members_total{change="changed"}`:   2,
			`rekey_imported_members_total{change="unchanged"}`: 0,
		})
	}
	if f.read != 15 {
		t.Errorf("%d records were read, not 15", f.read)
	}
}

// One scrape does a bounded amount of work; those after it do the rest.
func TestAScrapeIsBounded(t *testing.T) {
	f := &fakeLog{}
	m := f.start(t, Config{})
	const many, busy = followPage*followPages + 5, 20_000 // what happens from one scrape to the next on the busiest day
	for range busy {
		f.add(account.EventLockedOut)
	}
	expect(t, m.scrape(t), map[string]float64{"rekey_lockouts_total": busy})
	m = f.start(t, Config{})
	for range many {
		f.add(account.EventLockedOut)
	}
	expect(t, m.scrape(t), map[string]float64{"rekey_lockouts_total": followPage * followPages})
	expect(t, m.scrape(t), map[string]float64{"rekey_lockouts_total": many})
}

// After an older store was restored the log goes on from an earlier number.
func TestALogThatWentBackIsFollowed(t *testing.T) {
	f := &fakeLog{}
	for range 3 {
		f.add(account.EventLockedOut)
	}
	m := f.start(t, Config{})
	f.add(account.EventLockedOut)
	m.scrape(t)
	f.records = f.records[:2]
	m.scrape(t)
	f.add(account.EventLockedOut)
	expect(t, m.scrape(t), map[string]float64{"rekey_lockouts_total": 2})
}

func TestOutbox(t *testing.T) {
	f := &fakeLog{now: time.Unix(10_000, 0)}
	m := f.start(t, Config{})
	expect(t, m.scrape(t), map[string]float64{"rekey_outbox_waiting": 0, "rekey_outbox_oldest_age_seconds": 0,
		"rekey_outbox_overdue_seconds": 0, "rekey_start_time_seconds": 10_000})
	f.queue = account.Queue{Mails: 3, Oldest: f.now.Add(-time.Hour), Due: f.now.Add(-time.Minute)}
	expect(t, m.scrape(t), map[string]float64{"rekey_outbox_waiting": 3, "rekey_outbox_oldest_age_seconds": 3600,
		"rekey_outbox_overdue_seconds": 60})
	f.queue.Due = f.now.Add(time.Minute)
	expect(t, m.scrape(t), map[string]float64{"rekey_outbox_overdue_seconds": 0})
}

func TestLockWaits(t *testing.T) {
	f := &fakeLog{}
	m := f.start(t, Config{LockWaits: func() Histogram {
		return Histogram{Bounds: []float64{0.001, 1}, Counts: []uint64{7, 2, 1}, Sum: 3.5, Max: 2.5}
	}})
	expect(t, m.scrape(t), map[string]float64{`rekey_lock_wait_seconds_bucket{le="0.001"}`: 7,
		`rekey_lock_wait_seconds_bucket{le="1"}`: 9, `rekey_lock_wait_seconds_bucket{le="+Inf"}`: 10,
		"rekey_lock_wait_seconds_sum": 3.5, "rekey_lock_wait_seconds_count": 10, "rekey_lock_wait_max_seconds": 2.5})
}

// A store that cannot be read is said, on the log as well, and what was counted stays.
func TestAStoreThatCannotBeRead(t *testing.T) {
	var log bytes.Buffer
	f := &fakeLog{}
	m := f.start(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	f.add(account.EventLockedOut)
	m.scrape(t)
	f.err = errors.New("the disk is gone")
	got := m.scrape(t)
	expect(t, got, map[string]float64{"rekey_up": 0, "rekey_lockouts_total": 1})
	if _, there := got["rekey_outbox_waiting"]; there {
		t.Error("it says how many mails wait, and cannot know")
	}
	if !strings.Contains(log.String(), "the disk is gone") {
		t.Errorf("the log says %q", log.String())
	}
	f.err = nil
	expect(t, m.scrape(t), map[string]float64{"rekey_up": 1, "rekey_lockouts_total": 1})
}

func TestCheckListen(t *testing.T) {
	for address, good := range map[string]bool{
		"127.0.0.1:9464": true, "[::1]:9464": true, "localhost:9464": true, "127.9.9.9:0": true,
		"0.0.0.0:9464": false, ":9464": false, "[::]:9464": false, "192.0.2.1:9464": false, "localhost.example.com:9464": false,
		"9464": false, "": false,
	} {
		if err := CheckListen(address); (err == nil) != good || err != nil && account.CodeOf(err) != account.CodeInvalid {
			t.Errorf("%q: %v", address, err)
		}
	}
}
