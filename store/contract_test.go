package store

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// allFields is a member with every field set, as far as an email address member can.
func allFields() member.Member {
	return member.Member{
		Email: "Hana.Sato@Example.com", Name: "佐藤 花", SearchName: "hana", EmployeeNumber: "E-17", EmploymentType: "3",
		Departments: []string{"sales", "本部"}, Position: "lead", Status: member.Suspended, Admin: true,
	}
}

// wantSame compares all fields, and refuses a value in which a field is not set: such a field would prove nothing.
func wantSame(t *testing.T, got, want any, unset ...string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	v := reflect.ValueOf(want)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && !slices.Contains(unset, name) {
			t.Errorf("the test leaves %s.%s unset", v.Type(), name)
		}
	}
}

func TestSettingsRoundTrip(t *testing.T) {
	s := newStore(t)
	want := account.Settings{
		ProductName: "P", TeamName: "T", TeamNumber: "123", Sender: "a@example.com", LinkLifetime: time.Hour + 1,
		FormLifetime: time.Hour + 2, MaxFailures: 3, LockoutTime: time.Hour + 4, MinPassword: 9, MaxPassword: 99, SSO: true,
		SessionMaxAge: time.Hour + 7, SessionIdle: time.Hour + 8, Language: account.Japanese, IdleLock: time.Hour + 9,
	}
	update(t, s, func(w account.Writer) error { return w.PutSettings(want) })
	view(t, s, func(r account.Reader) error {
		got, err := r.Settings()
		wantSame(t, got, want)
		return err
	})
}

func TestMemberRoundTrip(t *testing.T) {
	s := newStore(t)
	emailMember := allFields()
	loginMember := member.Member{LoginID: "Taro", Status: member.Inviting}
	update(t, s, func(w account.Writer) (err error) {
		if emailMember.ID, err = w.PutMember(emailMember); err != nil {
			return err
		}
		loginMember.ID, err = w.PutMember(loginMember)
		return err
	})
	if emailMember.ID != 1 || loginMember.ID != 2 {
		t.Errorf("ids %d and %d, want 1 and 2", emailMember.ID, loginMember.ID)
	}
	view(t, s, func(r account.Reader) error {
		byID, err := r.Member(emailMember.ID)
		wantSame(t, byID, emailMember, "LoginID")
		byEmail, err2 := r.MemberByEmail("hana.SATO@example.com")
		wantSame(t, byEmail, emailMember, "LoginID")
		byLoginID, err3 := r.MemberByLoginID("tARO")
		if !reflect.DeepEqual(byLoginID, loginMember) {
			t.Errorf("got %+v, want %+v", byLoginID, loginMember)
		}
		return errors.Join(err, err2, err3)
	})
}

func TestNotFound(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 1)
	view(t, s, func(r account.Reader) error {
		reads := map[string]func() error{
			"Member 0":           func() error { _, err := r.Member(0); return err },
			"Member":             func() error { _, err := r.Member(2); return err },
			"MemberByEmail":      func() error { _, err := r.MemberByEmail("m2@example.com"); return err },
			"MemberByEmail \"\"": func() error { _, err := r.MemberByEmail(""); return err },
			"MemberByLoginID":    func() error { _, err := r.MemberByLoginID("m1@example.com"); return err },
			"Token":              func() error { _, err := r.Token(1); return err },
			"Session":            func() error { _, err := r.Session(account.SessionHash{1}); return err },
			"Mail":               func() error { _, err := r.Mail(1); return err },
			"DueMail":            func() error { _, err := r.DueMail(); return err },
		}
		for name, read := range reads {
			if err := read(); !errors.Is(err, account.ErrNotFound) {
				t.Errorf("%s: got %v, want ErrNotFound", name, err)
			}
		}
		return nil
	})
}

func TestWhatEveryMemberHas(t *testing.T) {
	s := newStore(t)
	id := addMembers(t, s, 1)[0].ID
	view(t, s, func(r account.Reader) error {
		c, err := r.Credential(id)
		if c != (account.Credential{}) {
			t.Errorf("got %+v", c)
		}
		l, err2 := r.Lockout(id)
		if l != (account.Lockout{Member: id}) {
			t.Errorf("got %+v", l)
		}
		sessions, err3 := r.Sessions(id)
		records, err4 := r.MemberAudit(id, 0, 10)
		if len(sessions)+len(records) != 0 {
			t.Errorf("got %v and %v", sessions, records)
		}
		return errors.Join(err, err2, err3, err4)
	})
}

func TestMembersInPages(t *testing.T) {
	s := newStore(t)
	want := addMembers(t, s, 25)
	view(t, s, func(r account.Reader) error {
		var got []member.Member
		var after member.ID
		for {
			page, err := r.Members(after, 10)
			if err != nil {
				return err
			}
			got = append(got, page...)
			if len(page) < 10 {
				break
			}
			after = page[len(page)-1].ID
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %d members, want %d in the order of their ids", len(got), len(want))
		}
		return nil
	})
}

func TestIndexesFollowTheMember(t *testing.T) {
	s := newStore(t)
	m := addMembers(t, s, 1)[0]
	put := func(change func(m *member.Member)) {
		t.Helper()
		change(&m)
		update(t, s, func(w account.Writer) error { _, err := w.PutMember(m); return err })
	}
	find := func(email, loginID string) (byEmail, byLoginID bool) {
		t.Helper()
		view(t, s, func(r account.Reader) error {
			_, err := r.MemberByEmail(email)
			_, err2 := r.MemberByLoginID(loginID)
			byEmail, byLoginID = err == nil, err2 == nil
			return nil
		})
		return byEmail, byLoginID
	}

	put(func(m *member.Member) { m.Email = "new@example.com" })
	if old, _ := find("m1@example.com", ""); old {
		t.Error("still found by the old address")
	}
	if now, _ := find("new@example.com", ""); !now {
		t.Error("not found by the new address")
	}
	put(func(m *member.Member) { m.Email = "NEW@example.com" })
	if now, _ := find("new@example.com", ""); !now {
		t.Error("not found after a change of case")
	}
	put(func(m *member.Member) { m.Email, m.LoginID = "", "hana" })
	if byEmail, byLoginID := find("new@example.com", "hana"); byEmail || !byLoginID {
		t.Errorf("as a login ID member: found by address %v, by login ID %v", byEmail, byLoginID)
	}
	put(func(m *member.Member) { m.Status = member.Deleted })
	if _, byLoginID := find("", "hana"); byLoginID {
		t.Error("a deleted member is found by login ID")
	}
	view(t, s, func(r account.Reader) error {
		got, err := r.Member(m.ID)
		if got.LoginID != "hana" {
			t.Errorf("the deleted member's record is %+v", got)
		}
		return err
	})
	update(t, s, func(w account.Writer) error {
		id, err := w.PutMember(member.Member{LoginID: "Hana", Status: member.Active})
		if id == m.ID {
			t.Error("the deleted member's id was given out again")
		}
		return err
	})
	if _, byLoginID := find("", "hana"); !byLoginID {
		t.Error("a deleted member's login ID cannot be used again")
	}
}

func TestTaken(t *testing.T) {
	tests := map[string]struct {
		first, second member.Member
		sentence      string
	}{
		"email": {
			member.Member{Email: "hana@example.com", Status: member.Active}, member.Member{Email: "HANA@example.com", Status: member.Active},
			"The email address hana@example.com belongs to another member.",
		},
		"login ID": {
			member.Member{LoginID: "hana", Status: member.Active}, member.Member{LoginID: "hana", Status: member.Active},
			"The login ID hana belongs to another member.",
		},
		"made harmless": {
			member.Member{LoginID: "h\x1b[31m", Status: member.Active}, member.Member{LoginID: "h\x1b[31m", Status: member.Active},
			"The login ID h<U+001B>[31m belongs to another member.",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			update(t, s, func(w account.Writer) error { _, err := w.PutMember(test.first); return err })
			err := s.Update(t.Context(), func(w account.Writer) error { _, err := w.PutMember(test.second); return err })
			refusal, ok := errors.AsType[*account.Error](err)
			if !ok || refusal.Code != account.CodeTaken || refusal.Message != test.sentence || refusal.Hint == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCredentialRoundTrip(t *testing.T) {
	s := newStore(t)
	id := addMembers(t, s, 1)[0].ID
	addMail(t, s, account.Mail{Member: id, State: account.MailAccepted})
	addToken(t, s, account.Token{Member: id})
	want := account.Credential{
		Hash: "$argon2id$x", Epoch: 7, Token: 1, Mail: 1,
		Reset: account.Reset{By: 2, At: noon, Reason: account.ReasonProtect}, SetAt: noon.Add(1), SetVia: account.ViaWeb,
	}
	update(t, s, func(w account.Writer) error { return w.PutCredential(id, want) })
	view(t, s, func(r account.Reader) error {
		got, err := r.Credential(id)
		wantSame(t, got, want)
		wantSame(t, got.Reset, want.Reset)
		return err
	})
}

// addMail adds an entry to the outbox.
func addMail(t testing.TB, s *Store, m account.Mail) {
	t.Helper()
	update(t, s, func(w account.Writer) error { _, err := w.PutMail(m); return err })
}

// addToken adds a token with the next serial.
func addToken(t testing.TB, s *Store, token account.Token) {
	t.Helper()
	update(t, s, func(w account.Writer) (err error) {
		if token.Serial, err = w.NextSerial(); err != nil {
			return err
		}
		return w.PutToken(token)
	})
}

func TestLockouts(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 4)
	locked := account.Lockout{Member: 3, Failures: 10, Until: noon, Notice: 7}
	update(t, s, func(w account.Writer) error {
		return errors.Join(
			w.PutLockout(account.Lockout{Member: 4, Failures: 1}), w.PutLockout(locked),
			w.PutLockout(account.Lockout{Member: 1, Failures: 2}), w.PutLockout(account.Lockout{Member: 2}))
	})
	list := func(after member.ID, limit int) (ids []member.ID) {
		t.Helper()
		view(t, s, func(r account.Reader) error {
			page, err := r.Lockouts(after, limit)
			for _, l := range page {
				ids = append(ids, l.Member)
			}
			return err
		})
		return ids
	}
	if got := list(0, 2); !slices.Equal(got, []member.ID{1, 3}) {
		t.Errorf("first page: %v", got)
	}
	if got := list(3, 2); !slices.Equal(got, []member.ID{4}) {
		t.Errorf("second page: %v", got)
	}
	update(t, s, func(w account.Writer) error {
		got, err := w.Lockout(3)
		wantSame(t, got, locked)
		return errors.Join(err, w.PutLockout(account.Lockout{Member: 3}))
	})
	if got := list(0, 9); !slices.Equal(got, []member.ID{1, 4}) {
		t.Errorf("after clearing one: %v", got)
	}
}

func TestTokens(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 2)
	want := account.Token{
		Member: 1, Purpose: account.PurposeInvitation, Issued: noon, Expires: noon.Add(time.Hour).Truncate(time.Second), By: 2,
		Used: noon.Add(1),
	}
	update(t, s, func(w account.Writer) (err error) {
		if want.Serial, err = w.NextSerial(); err != nil {
			return err
		}
		return w.PutToken(want)
	})
	view(t, s, func(r account.Reader) error {
		got, err := r.Token(want.Serial)
		wantSame(t, got, want)
		return err
	})
}

func TestSerialsAreNeverGivenOutTwice(t *testing.T) {
	s := newStore(t)
	var got []account.Serial
	for range 2 {
		update(t, s, func(w account.Writer) error {
			for range 2 { // without a token for it
				serial, err := w.NextSerial()
				if err != nil {
					return err
				}
				got = append(got, serial)
			}
			return nil
		})
	}
	if want := []account.Serial{1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSerialsEnd(t *testing.T) {
	s := newStore(t)
	update(t, s, func(w account.Writer) error {
		return w.(*writer).save(metaBucket, []byte(serialCounter), counterRecord{Last: uint64(account.MaxSerial) - 1})
	})
	update(t, s, func(w account.Writer) error { _, err := w.NextSerial(); return err })
	err := s.Update(t.Context(), func(w account.Writer) error { _, err := w.NextSerial(); return err })
	if err == nil {
		t.Error("a serial beyond the highest was given out")
	}
}

func TestSessions(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 3)
	session := func(hash byte, id member.ID) account.Session {
		return account.Session{
			Hash: account.SessionHash{hash}, Member: id, Epoch: 5, Device: "caf\xe9 \xff", Created: noon, Seen: noon.Add(1),
		}
	}
	first, second, other := session(1, 2), session(2, 2), session(3, 3)
	update(t, s, func(w account.Writer) error {
		return errors.Join(w.PutSession(second), w.PutSession(first), w.PutSession(other))
	})
	first.Seen = noon.Add(time.Minute)
	update(t, s, func(w account.Writer) error { return w.PutSession(first) })
	view(t, s, func(r account.Reader) error {
		got, err := r.Session(first.Hash)
		wantSame(t, got, first)
		of2, err2 := r.Sessions(2)
		if !reflect.DeepEqual(of2, []account.Session{first, second}) {
			t.Errorf("got %+v", of2)
		}
		of1, err3 := r.Sessions(1)
		if len(of1) != 0 {
			t.Errorf("got %+v", of1)
		}
		return errors.Join(err, err2, err3)
	})
	for range 2 { // deleting again is no error
		update(t, s, func(w account.Writer) error { return w.DeleteSession(account.Session{Hash: first.Hash}) })
	}
	view(t, s, func(r account.Reader) error {
		if _, err := r.Session(first.Hash); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("the deleted session: %v", err)
		}
		left, err := r.Sessions(2)
		if !reflect.DeepEqual(left, []account.Session{second}) {
			t.Errorf("got %+v", left)
		}
		return err
	})
}

func TestManySessions(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 1)
	const n = 2000 // more than one page, and exactly two
	err := s.Bulk(t.Context(), func(w account.Writer) error {
		for i := range n {
			h := account.SessionHash{byte(i), byte(i >> 8), 1}
			if err := w.PutSession(account.Session{Hash: h, Member: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	view(t, s, func(r account.Reader) error {
		got, err := r.Sessions(1)
		if len(got) != n {
			t.Errorf("got %d sessions, want %d", len(got), n)
		}
		return err
	})
}

func TestASessionStaysWithItsMember(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 2)
	update(t, s, func(w account.Writer) error { return w.PutSession(account.Session{Member: 1}) })
	err := s.Update(t.Context(), func(w account.Writer) error { return w.PutSession(account.Session{Member: 2}) })
	if err == nil {
		t.Error("a session went over to another member")
	}
}

func TestMailRoundTrip(t *testing.T) {
	s := newStore(t)
	addMembers(t, s, 1)
	addToken(t, s, account.Token{Member: 1})
	want := account.Mail{
		Kind: account.MailInvitation, Member: 1, To: "m1@example.com", Token: 1, Created: noon, State: account.MailRefused,
		Sending: 4, Attempts: 5, Due: noon.Add(1), Claim: 6, Claimed: true, Reply: "550 \xff no\x1b", Done: noon.Add(2),
		Until: noon.Add(3),
	}
	update(t, s, func(w account.Writer) (err error) {
		want.ID, err = w.PutMail(want)
		return err
	})
	view(t, s, func(r account.Reader) error {
		got, err := r.Mail(want.ID)
		wantSame(t, got, want)
		return err
	})
}

func TestMailsNewestFirst(t *testing.T) {
	s := newStore(t)
	update(t, s, func(w account.Writer) error {
		for range 5 {
			if _, err := w.PutMail(account.Mail{State: account.MailAccepted}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, test := range []struct {
		before account.MailID
		want   []account.MailID
	}{{0, []account.MailID{5, 4}}, {4, []account.MailID{3, 2}}, {2, []account.MailID{1}}, {1, nil}, {99, []account.MailID{5, 4}}} {
		view(t, s, func(r account.Reader) error {
			page, err := r.Mails(test.before, 2)
			var got []account.MailID
			for _, m := range page {
				got = append(got, m.ID)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("before %d: got %v, want %v", test.before, got, test.want)
			}
			return err
		})
	}
}

func TestTheQueueIsInOrderOfDue(t *testing.T) {
	s := newStore(t)
	var mails []account.Mail
	update(t, s, func(w account.Writer) error {
		for _, due := range []time.Time{noon.Add(2), noon, noon, time.Unix(-5, 0).UTC(), noon.Add(-1)} {
			m := account.Mail{State: account.MailQueued, Due: due}
			id, err := w.PutMail(m)
			if err != nil {
				return err
			}
			m.ID = id
			mails = append(mails, m)
		}
		return nil
	})
	var got []account.MailID
	for range mails {
		update(t, s, func(w account.Writer) error {
			m, err := w.DueMail()
			if err != nil {
				return err
			}
			got = append(got, m.ID)
			m.State = account.MailAccepted
			_, err = w.PutMail(m)
			return err
		})
	}
	if want := []account.MailID{4, 5, 2, 3, 1}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	view(t, s, func(r account.Reader) error {
		if _, err := r.DueMail(); !errors.Is(err, account.ErrNotFound) {
			t.Errorf("the queue is not empty: %v", err)
		}
		return nil
	})
}

// What waits is summed up, in any number and order; what waits no more does not count.
func TestTheQueueIsSummedUp(t *testing.T) {
	s := newStore(t)
	check := func(want account.Queue) {
		t.Helper()
		view(t, s, func(r account.Reader) error {
			got, err := r.Queue()
			if got.Mails != want.Mails || !got.Oldest.Equal(want.Oldest) || !got.Due.Equal(want.Due) {
				t.Errorf("the queue is %v, want %v", got, want)
			}
			return err
		})
	}
	check(account.Queue{})
	const mails = 2*1000 + 1
	for made := 0; made < mails; {
		update(t, s, func(w account.Writer) error {
			for range min(50, mails-made) {
				m := account.Mail{State: account.MailQueued, Created: noon.Add(time.Duration(made) * time.Second),
					Due: noon.Add(time.Duration(mails-made) * time.Minute)}
				if _, err := w.PutMail(m); err != nil {
					return err
				}
				made++
			}
			return nil
		})
	}
	check(account.Queue{Mails: mails, Oldest: noon, Due: noon.Add(time.Minute)})
	for _, id := range []account.MailID{1, mails} {
		update(t, s, func(w account.Writer) error {
			m, err := w.Mail(id)
			if err != nil {
				return err
			}
			m.State = account.MailAccepted
			_, err = w.PutMail(m)
			return err
		})
	}
	check(account.Queue{Mails: mails - 2, Oldest: noon.Add(time.Second), Due: noon.Add(2 * time.Minute)})
}

func TestAMailMovesInTheQueue(t *testing.T) {
	s := newStore(t)
	update(t, s, func(w account.Writer) error {
		_, err := w.PutMail(account.Mail{State: account.MailQueued, Due: noon})
		_, err2 := w.PutMail(account.Mail{State: account.MailQueued, Due: noon.Add(1)})
		return errors.Join(err, err2)
	})
	update(t, s, func(w account.Writer) error {
		m, err := w.DueMail()
		if err != nil {
			return err
		}
		m.Due, m.Claim = noon.Add(time.Hour), 1 // as a courier claims it
		_, err = w.PutMail(m)
		return err
	})
	view(t, s, func(r account.Reader) error {
		m, err := r.DueMail()
		if m.ID != 2 {
			t.Errorf("the next one is %d, want 2", m.ID)
		}
		return err
	})
}

func TestAudit(t *testing.T) {
	s := newStore(t)
	full := account.Record{
		Seq: 1, At: noon, Event: account.EventReset, Actor: 2, Target: 3,
		Details: []account.Detail{{Name: "reason", Value: "forgot"}, {Name: "reply", Value: "\xff"}}, MAC: []byte{1, 2},
	}
	update(t, s, func(w account.Writer) error {
		err := w.AppendAudit(full)
		for seq := account.AuditSeq(2); seq <= 6; seq++ { // targets 2 3 0 1 2
			err = errors.Join(err, w.AppendAudit(account.Record{Seq: seq, Target: member.ID(seq % 4)}))
		}
		return err
	})
	seqs := func(list []account.Record) string {
		var text []string
		for _, r := range list {
			text = append(text, fmt.Sprint(r.Seq))
		}
		return strings.Join(text, " ")
	}
	view(t, s, func(r account.Reader) error {
		for _, test := range []struct {
			of     member.ID // 0: all
			before account.AuditSeq
			limit  int
			want   string
		}{
			{0, 0, 3, "6 5 4"}, {0, 4, 9, "3 2 1"}, {0, 1, 9, ""}, {0, 0, 0, ""},
			{2, 0, 9, "6 2"}, {2, 6, 9, "2"}, {2, 2, 9, ""}, {3, 0, 1, "3"}, {3, 3, 9, "1"}, {9, 0, 9, ""},
		} {
			list, err := r.Audit(test.before, test.limit)
			if test.of != 0 {
				list, err = r.MemberAudit(test.of, test.before, test.limit)
			}
			if got := seqs(list); err != nil || got != test.want {
				t.Errorf("%+v: got %q, %v", test, got, err)
			}
		}
		first, err := r.Audit(2, 1)
		if err != nil {
			return err
		}
		wantSame(t, first[0], full)
		return nil
	})
}

func TestAuditHasNoGap(t *testing.T) {
	s := newStore(t)
	update(t, s, func(w account.Writer) error { return w.AppendAudit(account.Record{Seq: 1}) })
	for _, seq := range []account.AuditSeq{0, 1, 3} {
		err := s.Update(t.Context(), func(w account.Writer) error { return w.AppendAudit(account.Record{Seq: seq}) })
		if err == nil {
			t.Errorf("record %d was taken after record 1", seq)
		}
	}
}

func TestAWriterSeesItsOwnWrites(t *testing.T) {
	s := newStore(t)
	update(t, s, func(w account.Writer) error {
		id, err := w.PutMember(allFields())
		if err != nil {
			return err
		}
		got, err := w.MemberByEmail(allFields().Email)
		if got.ID != id {
			t.Errorf("got %+v", got)
		}
		return err
	})
}
