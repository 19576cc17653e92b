package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/member"
)

// auditFilter is which records a person asks for.
type auditFilter struct {
	member, by   string // members, as account.Service.Find takes them
	events       []string
	since, until string
}

func (f *auditFilter) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.member, "member", "", "what was done to this `member`: an email address, a login ID or an id (id:17)")
	flags.StringVar(&f.by, "by", "", "what this `admin`, or other member, did")
	flags.StringSliceVar(&f.events, "event", nil, "records of this `event`; can be repeated")
	flags.StringVar(&f.since, "since", "", "records from this `time` on: a date of this host's time zone, or RFC 3339")
	flags.StringVar(&f.until, "until", "", "records before this `time`, or up to the end of this date")
	complete(cmd, "event", strings.Split(eventNames(" "), " "))
	for _, name := range []string{"member", "by", "since", "until"} {
		complete(cmd, name, nil)
	}
}

func eventNames(separator string) string {
	var names []string
	for _, e := range account.Events() {
		names = append(names, string(e))
	}
	return strings.Join(names, separator)
}

// check refuses what cannot be meant, before anything is opened.
func (f auditFilter) check() error {
	for _, name := range f.events {
		if !slices.Contains(account.Events(), account.Event(name)) {
			return misuse("`rekey audit --help` lists them.", "There is no event %q.", member.Clean(name))
		}
	}
	from, to, err := f.span(time.Local)
	if err == nil && !from.IsZero() && !to.IsZero() && !from.Before(to) {
		err = misuse("Exchange them.", "--since is not before --until.")
	}
	return err
}

// span gives the time from and the time before which records are asked for; zero: no bound.
func (f auditFilter) span(zone *time.Location) (from, to time.Time, err error) {
	if from, _, err = parseMoment("--since", f.since, zone); err != nil {
		return from, to, err
	}
	to, isDate, err := parseMoment("--until", f.until, zone)
	if isDate {
		to = to.AddDate(0, 0, 1)
	}
	return from, to, err
}

// parseMoment reads the value of a flag: a time in RFC 3339, or a date, which is its beginning in the zone. Nothing is the
// zero time.
func parseMoment(flag, text string, zone *time.Location) (t time.Time, isDate bool, err error) {
	if text == "" {
		return time.Time{}, false, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return t, true, nil
	}
	t, err = time.Parse(time.RFC3339, text)
	if err != nil {
		return t, false, misuse("Give a date like 2026-11-24, or a time like 2026-11-24T09:30:00+09:00.",
			"%s %q is not a time.", flag, member.Clean(text))
	}
	return t, false, nil
}

// query looks the members up.
func (f auditFilter) query(ctx context.Context, p *program) (q account.AuditQuery, err error) {
	if q.From, q.To, err = f.span(p.service.Zone()); err != nil {
		return q, err
	}
	for _, name := range f.events {
		q.Events = append(q.Events, account.Event(name))
	}
	for _, who := range []struct {
		name string
		id   *member.ID
	}{{f.member, &q.Member}, {f.by, &q.Actor}} {
		if who.name == "" {
			continue
		}
		m, err := p.service.Find(ctx, who.name)
		if err != nil {
			return q, err
		}
		*who.id = m.ID
	}
	return q, nil
}
