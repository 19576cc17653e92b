package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/mailer"
	"rekey/member"
)

// deliveryTime is how long a command waits for the mail server. A mail that takes longer stays in the outbox.
const deliveryTime = time.Minute

// resetOutput is the JSON of a reset. Exactly one of Mail and Form is there.
type resetOutput struct {
	Member           string      `json:"member"` // a member id, "id:17"
	Type             string      `json:"type"`   // email or login_id
	TokenExpires     string      `json:"token_expires"`
	SessionsEnded    int         `json:"sessions_ended"`
	LockoutCancelled bool        `json:"lockout_cancelled"`
	Mail             *sentOutput `json:"mail,omitempty"`
	Form             *pathOutput `json:"form,omitempty"`
}

type sentOutput struct {
	To     string `json:"to"`
	Status string `json:"status"` // queued, accepted or refused
	Reply  string `json:"reply"`
}

type pathOutput struct {
	Path string `json:"path"` // empty: the form could not be saved
}

func (c *cli) resetCommand() *cobra.Command {
	r := resetCommand{cli: c}
	cmd := &cobra.Command{
		Use:   "reset MEMBER --reason forgot|protect|lockout",
		Short: "Reset one member's password",
		Long: `Reset voids the password of one member, ends all sessions, cancels a lockout and makes every earlier link, QR code and
form useless. An email address member gets a mail with a link; for a login ID member an Account Information PDF with a
new QR code is saved.

MEMBER is an email address, a login ID or a member id (id:17). Passwords are reset individually.

` + signInHelp + `

The exit code tells whether the password was reset. What became of the mail is in the output: queued means that it will
be tried again by a console, by "rekey serve" or by "rekey outbox send". A form that could not be saved has no path
there: do not reset again, but run "rekey form" once there is room.`,
		Example: `  rekey reset hanako@example.com --reason forgot
  REKEY_ADMIN=admin@example.com rekey reset t.yamada --reason lockout --yes --json`,
		Args:              oneMember,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args[0]) },
	}
	cmd.Flags().StringVar(&r.reason, "reason", "", "`why`: forgot, protect or lockout; it goes into the audit log")
	reasons := make([]string, 0, len(account.Reasons()))
	for _, reason := range account.Reasons() {
		reasons = append(reasons, string(reason))
	}
	complete(cmd, "reason", reasons)
	cmd.Flags().BoolVar(&r.yes, "yes", false, "do not ask")
	jsonFlag(cmd, &r.asJSON)
	return cmd
}

// oneMember refuses a command line that does not name exactly one member.
func oneMember(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 1:
		return nil
	case 0:
		return misuse("Give an email address, a login ID or a member id.", "No member is named.")
	}
	return misuse("Run the command once for each.", "Passwords are reset individually: name one member.")
}

// resetCommand is one `rekey reset`.
type resetCommand struct {
	*cli
	reason string
	yes    bool
	asJSON bool
}

func (r *resetCommand) run(ctx context.Context, name string) error {
	reason, err := r.parseReason()
	if err != nil {
		return err
	}
	if _, isTerminal := r.terminal(); !r.yes && !isTerminal {
		return misuse("Add --yes.", "There is no terminal to ask on whether to reset this password.")
	}
	p, err := r.open()
	if err != nil {
		return err
	}
	return r.asAdmin(ctx, p, "rekey reset", func(admin account.Admin) error {
		return r.reset(ctx, p, admin, name, reason)
	})
}

func (r *resetCommand) parseReason() (account.Reason, error) {
	if r.reason == "" {
		return "", misuse("Give --reason forgot, --reason protect or --reason lockout.", "The reason is missing.")
	}
	reason, err := account.ParseReason(r.reason)
	if err != nil {
		return "", misuse("", "%w", err)
	}
	return reason, nil
}

func (r *resetCommand) reset(
	ctx context.Context, p *program, admin account.Admin, name string, reason account.Reason,
) error {
	target, err := p.service.Find(ctx, name)
	if err != nil {
		return err
	}
	before, err := p.service.Overview(ctx, admin, target.ID)
	if err != nil {
		return err
	}
	if before.Refusal != nil {
		return before.Refusal
	}
	// A mail server's settings that cannot work are noticed before anything is changed. Where there are none at all the
	// reset goes ahead, as it does in the console: an account may need protecting now.
	var courier *mailer.Courier
	if target.Type() == member.Email {
		if courier, err = p.configuredCourier(nil); err != nil {
			return err
		}
	}
	if agreed, err := r.agreed(ctx, p, before); err != nil || !agreed {
		return err
	}
	done, err := p.service.Reset(ctx, admin, target.ID, reason)
	if err != nil {
		return err
	}
	return r.handOver(ctx, p, admin, done, courier)
}

// agreed asks the person at the terminal, unless --yes has answered.
func (r *resetCommand) agreed(ctx context.Context, p *program, before account.Overview) (bool, error) {
	if r.yes {
		return true, nil
	}
	t, _ := r.terminal()
	for _, line := range consequences(p.service.Now(), p.service.Zone(), before) {
		fmt.Fprintln(t.out, member.Clean(line))
	}
	question := "Reset this password?"
	if before.Member.Status == member.Inviting {
		question = "Issue a fresh invitation?"
	}
	agreed, err := t.confirm(ctx, question)
	if err == nil && !agreed {
		err = refuse("", "Nothing has been reset.")
	}
	return agreed, err
}

// consequences says whose password a reset concerns and what it will do.
func consequences(now time.Time, zone *time.Location, o account.Overview) []string {
	m := o.Member
	who := m.Name + ", " + m.Account()
	if len(m.Departments) > 0 {
		who += ", " + strings.Join(m.Departments, " ")
	}
	until := account.FormatTime(o.Expires, zone)
	lines := []string{who, "The old password, links and forms stop working at once."}
	if m.Status == member.Inviting {
		lines = []string{who, "The member has not signed up yet: this is a fresh invitation.",
			"Earlier invitations stop working at once."}
	}
	if o.Sessions > 0 {
		lines = append(lines, fmt.Sprintf("%s end.", count(o.Sessions, "session")))
	}
	if o.Lockout.Locked(now) {
		lines = append(lines, "The account lockout is cancelled.")
	}
	if m.Status == member.Suspended {
		lines = append(lines, "The member is suspended: a new password works only once the member is active again.")
	}
	if m.Type() == member.LoginID {
		return append(lines, fmt.Sprintf("An Account Information PDF with a new QR code is saved, valid until %s.", until))
	}
	return append(lines, fmt.Sprintf("A mail with a link goes to %s, valid until %s.", m.Email, until))
}

// handOver lets the committed reset out of the process: as a mail or as a form.
func (r *resetCommand) handOver(
	ctx context.Context, p *program, admin account.Admin, done account.ResetResult, courier *mailer.Courier,
) error {
	out := resetOutput{
		Member:           done.Member.ID.String(),
		Type:             done.Member.Type().String(),
		TokenExpires:     done.Expires.UTC().Format(time.RFC3339),
		SessionsEnded:    done.SessionsEnded,
		LockoutCancelled: done.LockoutCancelled,
	}
	if done.Member.Type() == member.Email {
		mail := r.deliver(ctx, p, courier, done.Mail)
		out.Mail = &sentOutput{To: mail.To, Status: mail.State.String(), Reply: mail.Reply}
	} else {
		out.Form = &pathOutput{r.saveForm(ctx, p, admin, done.Member)}
	}
	if err := r.print(r.asJSON, out, func(w io.Writer) { describeReset(w, p.service.Zone(), done, out) }); err != nil {
		// As an error it would ask for a second reset.
		r.warn("%s Only the output failed: %s", resetDone(done.Member), sentence(err.Error()))
	}
	return nil
}

// deliver tries to send the mail of the reset now, and gives what became of it. The reset stands in any case. Without a
// courier the mail waits.
func (r *resetCommand) deliver(
	ctx context.Context, p *program, courier *mailer.Courier, queued account.Mail,
) account.Mail {
	if courier == nil {
		r.warn("No mail server is configured, so the mail to %s waits in the outbox. Set mail.host (REKEY_MAIL_HOST).",
			queued.To)
		return queued
	}
	bounded, cancel := context.WithTimeout(ctx, deliveryTime)
	defer cancel()
	// ErrNotFound: the courier of another process was quicker.
	if err := courier.Deliver(bounded, queued.ID); err != nil && !errors.Is(err, account.ErrNotFound) {
		r.warn("The mail could not be sent: %s", sentences(err))
	}
	mail, err := p.reported(bounded, queued.ID)
	if err != nil {
		r.warn("The mail's state is not known: %s", sentences(err))
		return queued
	}
	switch mail.State {
	case account.MailQueued:
		r.warn("The mail to %s has not been accepted yet (%s). "+
			"It will be tried again by a console, by `rekey serve` or by `rekey outbox send`.", mail.To, orElse(mail.Reply, "no reply yet"))
	case account.MailRefused:
		r.warn("The mail server refused the mail to %s (%s). Check the address and the server's settings.",
			mail.To, mail.Reply)
	}
	return mail
}

// claimPoll is how often a command looks whether the courier of another process has come back.
const claimPoll = 50 * time.Millisecond

// reported gives a mail once no courier is on its way with it, or as it is when ctx ends.
func (p *program) reported(ctx context.Context, id account.MailID) (account.Mail, error) {
	for {
		mail, err := p.service.Mail(context.WithoutCancel(ctx), id)
		if err != nil || !mail.Claimed {
			return mail, err
		}
		select {
		case <-ctx.Done():
			return mail, nil
		case <-time.After(claimPoll):
		}
	}
}

// saveForm saves the form of the reset and gives where it is, or "" if it could not be saved. The reset stands in any
// case: the person is sent to `rekey form`, for a second reset would void what the first one has issued.
func (r *resetCommand) saveForm(ctx context.Context, p *program, admin account.Admin, m member.Member) string {
	saved, err := p.service.SaveForm(ctx, admin, m.ID, "")
	if err != nil {
		wrong, remedy := whyNotSaved(err)
		r.warn("The form could not be saved. %s %s %s, then run `rekey form %s`.",
			wrong, resetDone(m), remedy, m.LoginID)
		return ""
	}
	r.warnMissing(saved)
	return saved.Path
}

// whyNotSaved says in a sentence why a form could not be saved, and begins another one with what to do about it.
func whyNotSaved(err error) (wrong, remedy string) {
	wrong, remedy = sentence(err.Error()), "Put that right"
	if refused, ok := errors.AsType[*account.Error](err); ok {
		wrong = refused.Message
	}
	switch {
	case isFull(err):
		remedy = "Make room"
	case isForbidden(err):
		remedy = "Check the permissions there"
	}
	return wrong, remedy
}

// resetDone says what a reset has done. For a member who has no password yet that is another invitation.
func resetDone(m member.Member) string {
	if m.Status == member.Inviting {
		return "A fresh invitation has been issued."
	}
	return "The password has been reset."
}

// warnMissing names the characters that the form shows as code points.
func (c *cli) warnMissing(saved account.SavedForm) {
	if len(saved.Missing) == 0 {
		return
	}
	var points []string
	for _, r := range saved.Missing {
		points = append(points, fmt.Sprintf("U+%04X", r))
	}
	c.warn("No font has these characters; the form shows their code points: %s", strings.Join(points, " "))
}

func describeReset(w io.Writer, zone *time.Location, done account.ResetResult, out resetOutput) {
	m := done.Member
	who := fmt.Sprintf("%s (%s)", member.Clean(m.Name), member.Clean(m.Account()))
	if m.Status == member.Inviting {
		fmt.Fprintf(w, "A fresh invitation has been issued for %s.\n", who)
	} else {
		fmt.Fprintf(w, "The password of %s has been reset.\n", who)
	}
	fmt.Fprintf(w, "%s ended.\n", count(done.SessionsEnded, "session"))
	if done.LockoutCancelled {
		fmt.Fprintln(w, "The account lockout has been cancelled.")
	}
	expires := account.FormatTime(done.Expires, zone)
	switch {
	case out.Mail != nil:
		sent := fmt.Sprintf("The mail to %s is %s. ", member.Clean(out.Mail.To), out.Mail.Status)
		fmt.Fprintln(w, strings.TrimSpace(sent+member.Clean(out.Mail.Reply)))
		fmt.Fprintf(w, "Its link works until %s.\n", expires)
	case out.Form.Path != "":
		fmt.Fprintf(w, "The form is saved: %s\n", member.Clean(out.Form.Path))
		fmt.Fprintf(w, "Its QR code works until %s.\n", expires)
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
