package account

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"rekey/member"
)

// memberPage is how many members are read in one transaction: writers wait milliseconds for it.
const memberPage = 5000

// Members gives all members but the deleted ones, in the order of their ids. They are read in pages, so memory does not
// grow with them; what changes meanwhile may or may not be seen. An error is the last that comes.
func (s *Service) Members(ctx context.Context) iter.Seq2[member.Member, error] {
	return func(yield func(member.Member, error) bool) {
		for page, err := range s.memberPages(ctx) {
			if err != nil {
				yield(member.Member{}, err)
				return
			}
			for _, m := range page {
				if m.Status != member.Deleted && !yield(m, nil) {
					return
				}
			}
		}
	}
}

// memberPages gives all members, the deleted ones too, in the order of their ids, a transaction at a time. Pages are read
// ahead of whoever takes them.
func (s *Service) memberPages(ctx context.Context) iter.Seq2[[]member.Member, error] {
	return func(yield func([]member.Member, error) bool) {
		reading, cancel := context.WithCancel(ctx)
		defer cancel()
		for page := range s.readMemberPages(reading) {
			p := <-page
			if p.err == nil && len(p.members) == 0 {
				return
			}
			within, _ := slices.BinarySearchFunc(p.members, p.last+1, func(m member.Member, id member.ID) int { return cmp.Compare(m.ID, id) })
			if !yield(p.members[:within], p.err) || p.err != nil {
				return
			}
		}
		if ctx.Err() != nil {
			yield(nil, context.Cause(ctx))
		}
	}
}

// pageOfMembers is what one transaction read: the members of a page's ids, and maybe some beyond the last of these. A
// page without any is the end.
type pageOfMembers struct {
	members []member.Member
	last    member.ID
	err     error
}

// readMemberPages reads pages without an end, until ctx ends. Each is of as many ids, nearly all of which are members':
// so it is known where the next one begins, and two are read and decoded at the same time.
func (s *Service) readMemberPages(ctx context.Context) <-chan chan pageOfMembers {
	pages := make(chan chan pageOfMembers)
	go s.store.ReadAhead(ctx)
	go func() {
		defer close(pages)
		for after := member.ID(0); ; after += memberPage {
			page := make(chan pageOfMembers, 1)
			go func() {
				p := pageOfMembers{last: after + memberPage}
				p.err = s.store.View(ctx, func(r Reader) (err error) {
					p.members, err = r.Members(after, memberPage)
					return err
				})
				page <- p
			}()
			select {
			case pages <- page:
			case <-ctx.Done():
				return
			}
		}
	}()
	return pages
}

// Lockouts gives, by member, the failures and locks that count now.
func (s *Service) Lockouts(ctx context.Context) (map[member.ID]Lockout, error) {
	all, err := s.lockouts(ctx)
	now := s.clock()
	for id, l := range all {
		all[id] = l.current(now)
	}
	return all, err
}

// lockouts reads all lockouts, as they are kept.
func (s *Service) lockouts(ctx context.Context) (map[member.ID]Lockout, error) {
	all := map[member.ID]Lockout{}
	for after, more := member.ID(0), true; more; {
		var page []Lockout
		err := s.store.View(ctx, func(r Reader) (err error) {
			page, err = r.Lockouts(after, memberPage)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			after = l.Member
			all[l.Member] = l
		}
		more = len(page) == memberPage
	}
	return all, nil
}
