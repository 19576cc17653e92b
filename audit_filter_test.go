package main

import (
	"encoding/json"
	"testing"
	"time"

	"rekey/account"
)

// A date is one of the zone in which times are shown, and --until takes it in whole, also a day of 23 hours.
func TestSpanOfAnAuditFilter(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("there is no time zone database")
	}
	for _, tt := range []struct{ since, until, from, to string }{
		{"", "", "", ""},
		{"2026-03-29", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"2026-03-29T09:00:00+09:00", "2026-03-29T09:00:00Z", "2026-03-29T00:00:00Z", "2026-03-29T09:00:00Z"},
	} {
		from, to, err := auditFilter{since: tt.since, until: tt.until}.span(berlin)
		if err != nil {
			t.Fatal(err)
		}
		for _, moment := range []struct {
			got  time.Time
			want string
		}{{from, tt.from}, {to, tt.to}} {
			got := ""
			if !moment.got.IsZero() {
				got = moment.got.UTC().Format(time.RFC3339)
			}
			if got != moment.want {
				t.Errorf("%s to %s: %q, want %q", tt.since, tt.until, got, moment.want)
			}
		}
	}
}

// The MAC covers the details in their order, so an export keeps it.
func TestExportedDetailsKeepTheirOrder(t *testing.T) {
	got, err := json.Marshal(orderedDetails{{Name: "to", Value: `a"b`}, {Name: "kind", Value: "reset"}})
	if want := `{"to":"a\"b","kind":"reset"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	got, err = json.Marshal(newExportedRecord(account.Record{Seq: 1}, nil))
	if want := `{"seq":1,"at":"0001-01-01T00:00:00Z","event":"","actor":null,"target":null,"details":{},"mac":"","previous":null}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}
