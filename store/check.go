package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"rekey/account"
	"rekey/member"
)

// Check looks whether the store is whole: the file's pages, every record, that the indexes say what the records say, that
// what one record names is there and is the same member's, and the rules that hold for all members. Whether the audit
// log is genuine is for account.Service.VerifyAudit to say. It reads everything under one lock, so writers wait, or give
// up: some ten seconds with a million members.
func (s *Store) Check(ctx context.Context) error {
	return s.engine.check(ctx, func(tx readTx) error {
		if err := s.admit(tx); err != nil {
			return err
		}
		c := &checker{ctx: ctx, r: &reader{tx: tx}}
		err := c.run()
		if end, isDamage := errors.AsType[damage](err); isDamage && len(c.found) > 0 {
			return append(c.found, string(end)).err()
		}
		return cmp.Or(err, c.found.err())
	})
}

// checker collects contradictions. A page or a record that cannot be read ends the check at once.
type checker struct {
	ctx   context.Context
	r     *reader
	sso   bool // single sign-on is on
	found problems
}

func (c *checker) run() error {
	for _, part := range []func() error{
		c.meta, c.members, c.accounts, c.credentials, c.lockouts, c.tokens, c.sessions, c.memberSessions, c.mails,
		c.queue, c.audit, c.memberAudit,
	} {
		err := part()
		if errors.Is(err, account.ErrNotFound) {
			return damaged("a key is listed, but not found")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// each visits all pairs of a bucket.
func (c *checker) each(b bucket, visit func(pair) error) error { return each(c.ctx, c.r.tx, b, visit) }

// each visits all pairs of a bucket.
func each(ctx context.Context, tx readTx, b bucket, visit func(pair) error) error {
	const pageLimit = 1000
	var after []byte
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		pairs, err := tx.page(b, nil, after, pageLimit)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			if err := visit(p); err != nil {
				return err
			}
		}
		if len(pairs) < pageLimit {
			return nil
		}
		after = pairs[len(pairs)-1].key
	}
}

// indexed notes a record without its index entry.
func (c *checker) indexed(b bucket, key []byte, what string, id uint64) error {
	value, err := c.r.get(b, key)
	if err == nil && value == nil {
		c.found.add("%s %d is missing in %q", what, id, b)
	}
	return err
}

// known notes a record of a member who does not exist; 0 is nobody.
func (c *checker) known(id member.ID, b bucket) error {
	if id == 0 {
		return nil
	}
	_, err := c.r.Member(id)
	if errors.Is(err, account.ErrNotFound) {
		c.found.add("a record of %q belongs to member %d, who does not exist", b, id)
		return nil
	}
	return err
}

// within notes a number that would be given out a second time.
func (c *checker) within(name counter, n uint64) error {
	highest, err := last(c.r, name)
	if err == nil && (n == 0 || n > highest) {
		c.found.add("number %d is beyond %s, which is %d", n, name, highest)
	}
	return err
}

func (c *checker) meta() error {
	set, err := c.r.Settings()
	if err != nil {
		return err
	}
	if err := set.Validate(); err != nil {
		c.found.add("the settings are not valid (%v)", err)
	}
	c.sso = set.SSO
	_, err = c.r.AuditSeal()
	return err
}

func (c *checker) members() error {
	return c.each(membersBucket, func(p pair) error {
		m, err := decodeMember(p)
		if err != nil {
			return err
		}
		c.rules(m)
		for _, k := range accountKeys(m) {
			owner, err := c.r.owner(k)
			if err != nil {
				return err
			}
			switch owner {
			case m.ID:
			case 0:
				c.found.add("member %d is missing in %q", m.ID, k.bucket)
			default:
				c.found.add("the %v of member %d belongs to member %d in %q", k, m.ID, owner, k.bucket)
			}
		}
		return c.within(memberCounter, uint64(m.ID))
	})
}

// rules looks at what holds for each member.
func (c *checker) rules(m member.Member) {
	if !m.Status.Valid() {
		c.found.add("member %d has the unknown status %d", m.ID, m.Status)
	}
	if (m.Email == "") == (m.LoginID == "") {
		c.found.add("member %d does not have exactly one of an email address and a login ID", m.ID)
	}
	if m.LoginID == "" || m.Status == member.Deleted {
		return
	}
	if m.Admin {
		c.found.add("member %d has admin authority and a login ID", m.ID)
	}
	if c.sso {
		c.found.add("member %d has a login ID, in spite of single sign-on", m.ID)
	}
}

func (c *checker) accounts() error {
	for _, b := range []bucket{emailsBucket, loginIDsBucket} {
		err := c.each(b, func(p pair) error {
			_, err := c.r.memberBy(accountKey{b, string(p.key)})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) credentials() error {
	return c.each(credentialsBucket, func(p pair) error {
		id, err := parseNumber[member.ID](credentialsBucket, p.key)
		if err != nil {
			return err
		}
		credential, err := c.r.Credential(id)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("the credential of member %d", id)
		return errors.Join(c.known(id, credentialsBucket), c.token(what, id, credential.Token), c.mail(what, id, credential.Mail))
	})
}

// token notes a token that something of a member's names, but that is not there or another member's; 0 is none.
func (c *checker) token(what string, id member.ID, serial account.Serial) error {
	if serial == 0 {
		return nil
	}
	t, err := c.r.Token(serial)
	return c.belongs(what, id, fmt.Sprintf("token %d", serial), t.Member, err)
}

// mail is token for mails.
func (c *checker) mail(what string, id member.ID, mail account.MailID) error {
	if mail == 0 {
		return nil
	}
	m, err := c.r.Mail(mail)
	return c.belongs(what, id, fmt.Sprintf("mail %d", mail), m.Member, err)
}

func (c *checker) belongs(what string, id member.ID, named string, owner member.ID, err error) error {
	switch {
	case errors.Is(err, account.ErrNotFound):
		c.found.add("%s names %s, which is not there", what, named)
		return nil
	case err == nil && owner != id:
		c.found.add("%s names %s, which is member %d's", what, named, owner)
	}
	return err
}

func (c *checker) lockouts() error {
	return c.each(lockoutsBucket, func(p pair) error {
		l, err := decodeLockout(p)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("the lockout of member %d", l.Member)
		return errors.Join(c.known(l.Member, lockoutsBucket), c.mail(what, l.Member, l.Notice))
	})
}

func (c *checker) tokens() error {
	return c.each(tokensBucket, func(p pair) error {
		serial, err := parseNumber[account.Serial](tokensBucket, p.key)
		if err != nil {
			return err
		}
		t, err := c.r.Token(serial)
		if err != nil {
			return err
		}
		return errors.Join(c.within(serialCounter, uint64(serial)), c.known(t.Member, tokensBucket))
	})
}

func (c *checker) sessions() error {
	return c.each(sessionsBucket, func(p pair) error {
		var h account.SessionHash
		if len(p.key) != len(h) {
			return damaged("an entry of %q has a length of %d", sessionsBucket, len(p.key))
		}
		copy(h[:], p.key)
		s, err := c.r.Session(h)
		if err != nil {
			return err
		}
		key := memberSessionKey(s.Member, h)
		if err := c.indexed(memberSessionsBucket, key, "a session of member", uint64(s.Member)); err != nil {
			return err
		}
		return c.known(s.Member, sessionsBucket)
	})
}

func (c *checker) memberSessions() error {
	return c.each(memberSessionsBucket, func(p pair) error {
		_, err := c.r.memberSession(p)
		return err
	})
}

func (c *checker) mails() error {
	return c.each(mailsBucket, func(p pair) error {
		m, err := decodeMail(p)
		if err != nil {
			return err
		}
		if place := mailDueKey(m); place != nil {
			if err := c.indexed(mailDueBucket, place, "mail", uint64(m.ID)); err != nil {
				return err
			}
		}
		return errors.Join(c.within(mailCounter, uint64(m.ID)), c.known(m.Member, mailsBucket),
			c.token(fmt.Sprintf("mail %d", m.ID), m.Member, m.Token))
	})
}

func (c *checker) queue() error {
	return c.each(mailDueBucket, func(p pair) error {
		_, err := c.r.queuedMail(p)
		return err
	})
}

func (c *checker) audit() error {
	var last account.AuditSeq
	return c.each(auditBucket, func(p pair) error {
		r, err := decodeAudit(p)
		if err != nil {
			return err
		}
		if r.Seq != last+1 {
			c.found.add("audit record %d follows record %d", r.Seq, last)
		}
		last = r.Seq
		if r.Target == 0 {
			return nil
		}
		return c.indexed(memberAuditBucket, numbers(r.Target, r.Seq), "audit record", uint64(r.Seq))
	})
}

func (c *checker) memberAudit() error {
	return c.each(memberAuditBucket, func(p pair) error {
		_, err := c.r.memberAudit(p)
		return err
	})
}
