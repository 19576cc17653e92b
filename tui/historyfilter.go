package tui

import (
	"context"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// newHistoryFilter makes the box that asks what a history is to show. Where the history is one member's, that member is
// not asked for.
func newHistoryFilter(s *shared, old historyFilter, ofOne bool, done func(historyFilter) tea.Cmd) *form[historyFilter] {
	who := newTextEntry(s.look, "Member", old.member.account)
	who.about = "The member it was done to: email address or login ID. Empty: any."
	by := newTextEntry(s.look, "Done by", old.admin.account)
	by.about = "Who did it: an admin's email address. Empty: anybody."
	var offered []option
	for i, k := range kinds {
		offered = append(offered, option{strconv.Itoa(i), k.name})
	}
	kind := newChoice("Kind", offered, strconv.Itoa(old.kind))
	offered = nil
	for _, span := range historySpans {
		name := string(span)
		if span == spanAll {
			name = "all"
		}
		offered = append(offered, option{string(span), name})
	}
	span := newChoice("Time", offered, string(old.span))
	from, to := newDateEntry(s.look, "From", old.from), newDateEntry(s.look, "To", old.to)
	from.about = "The first day, as 2026-01-31, with Time on \"from - to\". Empty: the beginning."
	to.about = "The last day, as 2026-01-31, with Time on \"from - to\". Empty: now."

	entries := []*entry{who, by, kind, span, from, to}
	if ofOne {
		entries = entries[1:]
	}
	work := func() func(context.Context) (historyFilter, error) {
		f := historyFilter{span: historySpan(span.value()), from: strings.TrimSpace(from.value()), to: strings.TrimSpace(to.value())}
		f.kind, _ = strconv.Atoi(kind.value())
		if f.span == spanAll && f.from+f.to != "" { // dates mean what they say
			f.span = spanTyped
		}
		if f.span != spanTyped {
			f.from, f.to = "", ""
		}
		member, admin := who.value(), by.value()
		return func(ctx context.Context) (historyFilter, error) {
			var err error
			if f.member, err = s.person(ctx, member, old.member); err == nil {
				f.admin, err = s.person(ctx, admin, old.admin)
			}
			return f, err
		}
	}
	text := formText{title: "Filter", verb: "filter", doing: "Looking them up", brief: true}
	return newForm(s, text, entries, work, done)
}

// newDateEntry makes an entry for a day.
func newDateEntry(l *look, label, value string) *entry {
	e := newTextEntry(l, label, value)
	e.rule = func(typed string) string {
		if typed = strings.TrimSpace(typed); typed == "" {
			return ""
		}
		if _, err := time.Parse(time.DateOnly, typed); err != nil {
			return "Type a day as 2026-01-31."
		}
		return ""
	}
	return e
}

// person finds the member that was typed; nothing is anybody. What was not changed is who it was, who may have been
// deleted.
func (s *shared) person(ctx context.Context, typed string, was person) (person, error) {
	typed = strings.TrimSpace(typed)
	switch typed {
	case "":
		return person{}, nil
	case was.account:
		return was, nil
	}
	m, err := s.service.Find(ctx, typed)
	if account.CodeOf(err) == account.CodeUnknownMember {
		err = &account.Error{Code: account.CodeUnknownMember, Message: "There is no member " + clean(typed) + ".",
			Hint: "Type the email address or the login ID as it stands in the members list."}
	}
	return personOf(m), err
}

func personOf(m member.Member) person { return person{m.ID, m.Account(), m.Name} }
