package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/mailer"
	"rekey/member"
)

// parseMailID reads the number by which the outbox lists a mail.
func parseMailID(text string) (account.MailID, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, misuse("`rekey outbox` lists them.", "%q is not the ID of a mail.", member.Clean(text))
	}
	return account.MailID(n), nil
}

// outboxSendOne queues one mail once more and tries to deliver it. A configuration with which no mail can be sent is
// refused before anything is changed.
func (c *cli) outboxSendOne(ctx context.Context, name string, asJSON bool) error {
	id, err := parseMailID(name)
	if err != nil {
		return err
	}
	p, err := c.open()
	if err != nil {
		return err
	}
	courier, err := p.courier(mailer.Options{})
	if err != nil {
		return err
	}
	return c.asAdmin(ctx, p, "rekey outbox send", func(admin account.Admin) error {
		if _, err := p.service.SendAgain(ctx, admin, id); err != nil {
			return err
		}
		bounded, cancel := context.WithTimeout(ctx, deliveryTime)
		defer cancel()
		// ErrNotFound: the courier of another process was quicker.
		if err := courier.Deliver(bounded, id); err != nil && !errors.Is(err, account.ErrNotFound) {
			return err
		}
		mail, err := p.reported(bounded, id)
		if err != nil {
			return err
		}
		if err := c.printMail(mail, asJSON); err != nil {
			return err
		}
		return undelivered(mail)
	})
}

// printMail tells what became of a mail.
func (c *cli) printMail(m account.Mail, asJSON bool) error {
	return c.print(asJSON, newMailOutput(m), func(w io.Writer) {
		fmt.Fprintln(w, strings.TrimSpace(fmt.Sprintf("The mail to %s is %v. %s", m.To, m.State, m.Reply)))
	})
}

// undelivered refuses what became of a mail that was to be sent, unless it was accepted.
func undelivered(m account.Mail) error {
	switch m.State {
	case account.MailAccepted:
		return nil
	case account.MailQueued:
		return refuse("It will be tried again by a console, by `rekey serve` or by `rekey outbox send`.",
			"The mail has not been accepted yet (%s).", orElse(m.Reply, "no reply yet"))
	case account.MailRefused:
		return refuse("Check the address and the server's settings.", "The mail server refused the mail (%s).", m.Reply)
	}
	return refuse("See `rekey outbox`.", "The mail was not sent: it is %v.", m.State)
}

func (c *cli) outboxCancelCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cancel ID",
		Short: "Take a mail that waits out of the queue",
		Long: `Cancel takes a mail that waits out of the queue. Its link stays valid: a reset makes it void, and rekey outbox send ID
sends the mail after all.

` + signInHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse("`rekey outbox --status queued` lists those that wait.", "The ID of one mail is needed.")
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return c.outboxCancel(cmd.Context(), args[0], asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (c *cli) outboxCancel(ctx context.Context, name string, asJSON bool) error {
	id, err := parseMailID(name)
	if err != nil {
		return err
	}
	p, err := c.open()
	if err != nil {
		return err
	}
	return c.asAdmin(ctx, p, "rekey outbox cancel", func(admin account.Admin) error {
		mail, err := p.service.CancelMail(ctx, admin, id)
		if err != nil {
			return err
		}
		return c.printMail(mail, asJSON)
	})
}
