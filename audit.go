package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/member"
)

type recordOutput struct {
	Seq     uint64            `json:"seq"`
	At      string            `json:"at"`
	Event   string            `json:"event"`
	Actor   *string           `json:"actor"`  // a member id; null: nobody signed in, or the program itself
	Target  *string           `json:"target"` // a member id; null: no member
	Details map[string]string `json:"details"`
}

// helpWidth is how long the lines of help are.
const helpWidth = 118

func (c *cli) auditCommand() *cobra.Command {
	var asJSON bool
	var limit int
	var filter auditFilter
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "List what was done, by whom and why",
		Long: `Audit lists the audit log, the newest record first, or those of its records that every flag fits.

` + ansi.Wordwrap("The events are "+eventNames(", ")+".", helpWidth, "") + `

` + readingHelp,
		Example: `  rekey audit --member line3-017
  rekey audit --by admin@example.com --event reset --since 2026-11-01
  rekey audit verify`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.audit(cmd.Context(), filter, limit, asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	limitFlag(cmd, &limit)
	filter.flags(cmd)
	cmd.AddCommand(c.auditVerifyCommand(), c.auditExportCommand())
	return cmd
}

func (c *cli) audit(ctx context.Context, filter auditFilter, limit int, asJSON bool) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	if err := filter.check(); err != nil {
		return err
	}
	p, err := c.open()
	if err != nil {
		return err
	}
	query, err := filter.query(ctx, p)
	if err != nil {
		return err
	}
	entries, err := p.findAudit(ctx, query, limit)
	if err != nil {
		return err
	}
	list := make([]recordOutput, 0, len(entries))
	for _, e := range entries {
		list = append(list, newRecordOutput(e.Record))
	}
	return c.print(asJSON, list, func(w io.Writer) {
		rows := make([][]string, 0, len(entries))
		for _, e := range entries {
			rows = append(rows, entryRow(e, p.service.Zone()))
		}
		writeTable(w, []string{"SEQ", "AT", "EVENT", "BY", "MEMBER", "DETAILS"}, rows)
	})
}

// findAudit gathers up to limit records (0: all) that q looks for.
func (p *program) findAudit(ctx context.Context, q account.AuditQuery, limit int) ([]account.Entry, error) {
	return search(limit, func(before account.AuditSeq, n int) ([]account.Entry, account.AuditSeq, error) {
		return p.service.FindAudit(ctx, q, before, n)
	})
}

func newRecordOutput(r account.Record) recordOutput {
	out := recordOutput{
		Seq:     uint64(r.Seq),
		At:      r.At.UTC().Format(time.RFC3339),
		Event:   string(r.Event),
		Actor:   idOutput(r.Actor),
		Target:  idOutput(r.Target),
		Details: map[string]string{},
	}
	for _, d := range r.Details {
		out.Details[d.Name] = d.Value
	}
	return out
}

// idOutput gives a member's id, or null for nobody.
func idOutput(id member.ID) *string {
	if id == 0 {
		return nil
	}
	text := id.String()
	return &text
}

func entryRow(e account.Entry, zone *time.Location) []string {
	var details []string
	for _, d := range e.Details {
		details = append(details, d.Name+"="+d.Value)
	}
	return []string{strconv.FormatUint(uint64(e.Seq), 10), account.FormatTime(e.At, zone), string(e.Event),
		whoText(e.ActorMember), whoText(e.TargetMember), strings.Join(details, " ")}
}

// whoText names a member by id and name, and nobody by nothing.
func whoText(m member.Member) string {
	if m.ID == 0 {
		return ""
	}
	return strings.TrimSpace(m.ID.String() + " " + m.Name)
}

// verifyOutput is the JSON of `rekey audit verify`, which prints none for a broken log.
type verifyOutput struct {
	Records int `json:"records"`
}

func (c *cli) auditVerifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Look whether the audit log is as it was written",
		Long: `Verify follows the audit log from its end to its first record. Each record is sealed together with the one before it, so
that one that was changed, removed, added or moved is found, and named; also at the end of the log. Only that the whole
store was replaced by an earlier copy does not show.

` + readingHelp,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.auditVerify(cmd.Context(), asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (c *cli) auditVerify(ctx context.Context, asJSON bool) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	n, err := p.service.VerifyAudit(ctx)
	if err != nil {
		return err
	}
	return c.print(asJSON, verifyOutput{n}, func(w io.Writer) {
		fmt.Fprintf(w, "The audit log is whole: %s, none changed, removed, added or moved.\n", count(n, "record"))
	})
}
