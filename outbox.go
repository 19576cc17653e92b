package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/mailer"
	"rekey/member"
)

type mailOutput struct {
	ID       uint64  `json:"id"`
	Kind     string  `json:"kind"`   // reset, requested, invitation or locked
	Member   string  `json:"member"` // a member id, "id:17"
	To       string  `json:"to"`
	Status   string  `json:"status"` // queued, accepted, refused, superseded or cancelled
	Sending  int     `json:"sending"`
	Attempts int     `json:"attempts"`
	Created  string  `json:"created"`
	Due      *string `json:"due"`  // null unless queued
	Done     *string `json:"done"` // null while queued
	Reply    string  `json:"reply"`
}

// summaryOutput is the JSON of `rekey outbox send`.
type summaryOutput struct {
	Accepted int `json:"accepted"`
	Refused  int `json:"refused"`
	Queued   int `json:"queued"` // to be tried again

	// Stopped is why the mail server could not be used; then not all that was due may have been tried.
	Stopped string `json:"stopped"`
}

// defaultLimit is how many entries the outbox and the audit log show unless told otherwise.
const defaultLimit = 100

func limitFlag(cmd *cobra.Command, limit *int) {
	cmd.Flags().IntVar(limit, "limit", defaultLimit, "how many entries to print, the newest first; 0: all")
}

func checkLimit(limit int) error {
	if limit < 0 {
		return misuse("Give --limit 0 for all.", "A limit cannot be negative.")
	}
	return nil
}

// mailStates are the states in which a mail can be asked for.
var mailStates = []account.MailState{account.MailQueued, account.MailAccepted, account.MailRefused,
	account.MailSuperseded, account.MailCancelled}

func mailStateNames() []string {
	names := make([]string, len(mailStates))
	for i, state := range mailStates {
		names[i] = state.String()
	}
	return names
}

// parseMailState reads the value of --status; nothing is any state.
func parseMailState(name string) (account.MailState, error) {
	if name == "" {
		return 0, nil
	}
	i := slices.Index(mailStateNames(), name)
	if i < 0 {
		return 0, misuse(fmt.Sprintf("Give one of %s.", strings.Join(mailStateNames(), ", ")),
			"No mail has the status %q.", member.Clean(name))
	}
	return mailStates[i], nil
}

func (c *cli) outboxCommand() *cobra.Command {
	var asJSON bool
	var limit int
	var status string
	cmd := &cobra.Command{
		Use:   "outbox",
		Short: "List the mails and what became of them",
		Long: `Outbox lists the mails, the newest first, each with its state and the mail server's last reply. A superseded mail was
dropped because its link had stopped working; a cancelled one was taken out of the queue by an admin.

` + readingHelp,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.outbox(cmd.Context(), status, limit, asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	limitFlag(cmd, &limit)
	cmd.Flags().StringVar(&status, "status", "", "only mails with this `status`: "+strings.Join(mailStateNames(), ", "))
	complete(cmd, "status", mailStateNames())
	cmd.AddCommand(c.outboxSendCommand(), c.outboxCancelCommand())
	return cmd
}

func (c *cli) outbox(ctx context.Context, status string, limit int, asJSON bool) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	state, err := parseMailState(status)
	if err != nil {
		return err
	}
	p, err := c.open()
	if err != nil {
		return err
	}
	mails, err := p.findMails(ctx, account.MailQuery{State: state}, limit)
	if err != nil {
		return err
	}
	list := make([]mailOutput, 0, len(mails))
	for _, m := range mails {
		list = append(list, newMailOutput(m))
	}
	return c.print(asJSON, list, func(w io.Writer) {
		rows := make([][]string, 0, len(mails))
		for _, m := range mails {
			rows = append(rows, []string{strconv.FormatUint(uint64(m.ID), 10), account.FormatTime(m.Created, p.service.Zone()),
				m.Kind.String(), m.To, m.State.String(), strconv.Itoa(m.Attempts), m.Reply})
		}
		writeTable(w, []string{"ID", "CREATED", "KIND", "TO", "STATUS", "TRIES", "REPLY"}, rows)
	})
}

// findMails gathers up to limit mails (0: all) that q looks for, the newest first.
func (p *program) findMails(ctx context.Context, q account.MailQuery, limit int) ([]account.Mail, error) {
	return search(limit, func(before account.MailID, n int) ([]account.Mail, account.MailID, error) {
		return p.service.FindMails(ctx, q, before, n)
	})
}

// search gathers up to limit entries (0: all) of a search that goes from page to page: find gives those before an entry,
// at first 0, and where to go on, at last 0.
func search[ID ~uint64, T any](limit int, find func(before ID, n int) (found []T, next ID, err error)) ([]T, error) {
	const size = 1000
	var all []T
	var before ID
	for {
		n := size
		if limit > 0 {
			n = min(n, limit-len(all))
		}
		found, next, err := find(before, n)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if next == 0 || len(all) == limit {
			return all, nil
		}
		before = next
	}
}

func newMailOutput(m account.Mail) mailOutput {
	out := mailOutput{
		ID:       uint64(m.ID),
		Kind:     m.Kind.String(),
		Member:   m.Member.String(),
		To:       m.To,
		Status:   m.State.String(),
		Sending:  m.Sending,
		Attempts: m.Attempts,
		Created:  m.Created.UTC().Format(time.RFC3339),
		Reply:    m.Reply,
	}
	if m.State == account.MailQueued {
		out.Due = timeOutput(m.Due)
	} else {
		out.Done = timeOutput(m.Done)
	}
	return out
}

// timeOutput gives a time in RFC 3339, or null.
func timeOutput(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339)
	return &text
}

func (c *cli) outboxSendCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "send [ID]",
		Short: "Deliver every mail that is due, or send one again",
		Long: `Send delivers every mail that is due now, and returns. Any number of these and of consoles may run side by side: no mail
is sent by two of them. Mails that could not be delivered stay in the outbox; when each is due again is listed there. A
mail server that cannot be used ends it with exit code 1. It asks for no sign-in: what it sends, an admin has ordered.

With the ID of a mail it sends that one now, whatever became of it: the same message with the same link. An admin has to
order that; if the mail server does not take it, the exit code is 1. ` + signInHelp,
		Args:              optionalMail,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.outboxSend(cmd.Context(), asJSON)
			}
			return c.outboxSendOne(cmd.Context(), args[0], asJSON)
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func optionalMail(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return misuse("Name one, or none for all that are due.", "Mails are sent again one by one.")
	}
	return nil
}

func (c *cli) outboxSend(ctx context.Context, asJSON bool) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	courier, err := p.courier(mailer.Options{})
	if err != nil {
		return err
	}
	sum, err := courier.DeliverDue(ctx)
	if err != nil {
		return err
	}
	out := summaryOutput{sum.Accepted, sum.Refused, sum.Deferred, sum.Stopped}
	err = c.print(asJSON, out, func(w io.Writer) {
		fmt.Fprintf(w, "%s accepted, %d refused, %d to be tried again.\n",
			count(out.Accepted, "mail"), out.Refused, out.Queued)
	})
	if err != nil || out.Stopped == "" {
		return err
	}
	waiting, err := p.waiting(ctx)
	if err != nil {
		return err
	}
	return refuse(fmt.Sprintf("%s: check [mail] in rekey.toml, then run `rekey outbox send` again.", waiting.say("wait")),
		"The mail server cannot be used (%s).", out.Stopped)
}

// waitingMails is how many mails of the outbox are queued, whether they are due or not.
type waitingMails int

func (p *program) waiting(ctx context.Context) (waitingMails, error) {
	q, err := p.service.Queue(ctx)
	return waitingMails(q.Mails), err
}

// say makes the beginning of a sentence with a verb: "1 mail waits", "2 mails still wait".
func (n waitingMails) say(verb string) string {
	if n == 1 {
		verb += "s"
	}
	return count(int(n), "mail") + " " + verb
}
