package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"rekey/account"
	"rekey/mailer"
	"rekey/member"
)

// measureMail counts the mails that one courier delivers on one connection, beside a client that does nothing else.
func measureMail(b *bench) ([]result, error) {
	t, err := b.ownTeam(10_000)
	if err != nil {
		return nil, err
	}
	s, err := openSink()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	courier, err := s.courier(t)
	if err != nil {
		return nil, err
	}
	const mails = 100
	ours, anchor, err := compare(b.rounds, func() (time.Duration, error) {
		if err := t.queue(b, mails); err != nil {
			return 0, err
		}
		return took(func() error { return deliver(b, courier, mails) })()
	}, took(func() error { return s.sendBare(mails) }))
	if err != nil {
		return nil, err
	}
	perMinute := func(t time.Duration) float64 { return mails / t.Minutes() }
	return []result{against("mails of one courier, on one connection", perMinute(ours), perMinute(anchor), minutely,
		"a bare go-smtp client, on one connection to the same server", atLeast(0.8)).noted(
		"Each mail is two durable commits, the claim and the report, and the server here takes mail in no time: one on a network takes longer")}, nil
}

func deliver(b *bench, courier *mailer.Courier, mails int) error {
	sum, err := courier.DeliverDue(b.ctx)
	if err == nil && sum.Accepted != mails {
		err = fmt.Errorf("%d of %d mails were delivered: %s", sum.Accepted, mails, sum.Stopped)
	}
	return err
}

// queue puts notices of lockouts into the outbox.
func (t *team) queue(b *bench, n int) error {
	now := time.Now()
	return t.store.Bulk(b.ctx, func(w account.Writer) error {
		for i := range n {
			_, err := w.PutMail(account.Mail{Kind: account.MailLocked, Member: member.ID(i%1000 + 1), To: fmt.Sprintf("m%d@example.com", i),
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
	port int
	last []byte
}

func openSink() (*sink, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{port: listener.Addr().(*net.TCPAddr).Port}
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
func (s sinkSession) Data(r io.Reader) (err error)       { s.sink.last, err = io.ReadAll(r); return err }

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
