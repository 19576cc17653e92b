package account

import (
	"context"
	"iter"

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

// memberPages gives all members, the deleted ones too, in the order of their ids, a transaction at a time. It reads a
// page ahead of whoever takes them.
func (s *Service) memberPages(ctx context.Context) iter.Seq2[[]member.Member, error] {
	return func(yield func([]member.Member, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for page := range s.readMemberPages(ctx) {
			if !yield(page.members, page.err) {
				return
			}
		}
	}
}

// pageOfMembers is what one transaction read.
type pageOfMembers struct {
	members []member.Member
	err     error
}

func (s *Service) readMemberPages(ctx context.Context) <-chan pageOfMembers {
	pages := make(chan pageOfMembers)
	go func() {
		defer close(pages)
		for after, more := member.ID(0), true; more; {
			var p pageOfMembers
			p.err = s.store.View(ctx, func(r Reader) (err error) {
				p.members, err = r.Members(after, memberPage)
				return err
			})
			if more = p.err == nil && len(p.members) == memberPage; more {
				after = p.members[len(p.members)-1].ID
			}
			select {
			case pages <- p:
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
