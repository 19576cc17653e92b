package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"iter"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"rekey/account"
	"rekey/mailer"
	"rekey/member"
)

// measureMail counts the mails that one courier delivers on one connection, beside a client that does nothing else. They
// are the invitations of an import: nothing else makes as many due at once.
func measureMail(b *bench) ([]result, error) {
	t, err := b.ownTeam(10_000)
	if err != nil {
		return nil, err
	}
	admin, err := t.admin(b)
	if err != nil {
		return nil, err
	}
	// There are enough mails for the courier to find its pace.
	quick, err := t.mailRate(b, admin, 0, 5000)
	if err != nil {
		return nil, err
	}
	results := []result{quick.noted("It takes mail in no time, beside which composing a mail and keeping what became of it count, " +
		"0.14 ms of processor time: the next line has one as on a network")}
	usual, err := t.mailRate(b, admin, 5*time.Millisecond, 500)
	if err != nil {
		return results, err
	}
	return append(results, usual), nil
}

// mailRate measures with a server that takes so long for each mail.
func (t *team) mailRate(b *bench, admin account.Admin, takes time.Duration, mails int) (result, error) {
	s, err := openSink(takes)
	if err != nil {
		return result{}, err
	}
	defer s.Close()
	courier, err := s.courier(t)
	if err != nil {
		return result{}, err
	}
	ours, anchor, err := compare(b.rounds, func() (time.Duration, error) {
		if err := t.invite(b, admin, mails); err != nil {
			return 0, err
		}
		return took(func() error { return deliver(b, courier, mails) })()
	}, took(func() error { return s.sendBare(mails) }))
	if err != nil {
		return result{}, err
	}
	name := "mails of one courier, on one connection"
	if takes > 0 {
		name += fmt.Sprintf(", to a server that takes %v for each", takes)
	}
	perMinute := func(t time.Duration) float64 { return float64(mails) / t.Minutes() }
	return against(name, perMinute(ours), perMinute(anchor), minutely,
		"a bare go-smtp client, on one connection to the same server", atLeast(0.8)), nil
}

func deliver(b *bench, courier *mailer.Courier, mails int) error {
	sum, err := courier.DeliverDue(b.ctx)
	if err == nil && sum.Accepted != mails {
		err = fmt.Errorf("%d of %d mails were delivered: %s", sum.Accepted, mails, sum.Stopped)
	}
	return err
}

// invite imports so many new members, each of whom is invited by a mail.
func (t *team) invite(b *bench, admin account.Admin, n int) error {
	var first [4]byte
	rand.Read(first[:]) // never fails
	rows := func(yield func(account.Row, error) bool) {
		for i := range n {
			m := member.Member{Email: fmt.Sprintf("invited%x.%d@example.com", first, i), Name: fmt.Sprintf("Invited %d", i)}
			if !yield(account.Row{Line: i + 1, Member: m}, nil) {
				return
			}
		}
	}
	count, err := t.service.Import(b.ctx, admin, account.Import{
		Rows: func() iter.Seq2[account.Row, error] { return rows }, Source: "bench",
	})
	if err == nil && count.Invited != n {
		err = fmt.Errorf("%d of %d members were invited", count.Invited, n)
	}
	return err
}

// queue puts notices of lockouts into the outbox, to addresses that their members have: others would be dropped.
func (t *team) queue(b *bench, n int) error {
	now := time.Now()
	return t.store.Bulk(b.ctx, func(w account.Writer) error {
		all, err := w.Members(0, few)
		if err != nil {
			return err
		}
		told := slices.DeleteFunc(all, func(m member.Member) bool { return m.Type() != member.Email })
		for i := range n {
			m := told[i%len(told)]
			_, err := w.PutMail(account.Mail{Kind: account.MailLocked, Member: m.ID, To: m.Email,
				State: account.MailQueued, Sending: 1, Created: now, Due: now.Add(-time.Second), Until: now.Add(time.Hour)})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// sink is a mail server that takes everything and keeps only the last mail.
type sink struct {
	*smtp.Server
	port  int
	takes time.Duration // how long for each mail
	last  []byte
}

func openSink(takes time.Duration) (*sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{port: listener.Addr().(*net.TCPAddr).Port, takes: takes}
	s.Server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return sinkSession{s}, nil }))
	s.Domain = "localhost"
	go s.Serve(listener)
	return s, nil
}

type sinkSession struct{ sink *sink }

func (sinkSession) Reset()                               {}
func (sinkSession) Logout() error                        { return nil }
func (sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (sinkSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s sinkSession) Data(r io.Reader) (err error) {
	s.sink.last, err = io.ReadAll(r)
	time.Sleep(s.sink.takes)
	return err
}

func (s *sink) courier(t *team) (*mailer.Courier, error) {
	client, err := mailer.NewClient(mailer.Config{Host: "127.0.0.1", Port: s.port, Security: mailer.SecurityNone})
	if err != nil {
		return nil, err
	}
	return mailer.NewCourier(t.service, client, mailer.Options{}), nil
}

// sendBare sends the last mail that came so many times.
func (s *sink) sendBare(mails int) error {
	mail := string(s.last)
	c, err := smtp.Dial(fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		return err
	}
	defer c.Close()
	for range mails {
		if err := c.SendMail("team@example.com", []string{"m@example.com"}, strings.NewReader(mail)); err != nil {
			return err
		}
	}
	return c.Quit()
}
