package main

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

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

func (c *cli) auditCommand() *cobra.Command {
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "List what was done, by whom and why",
		Long: `Audit lists the audit log, the newest record first.

` + readingHelp,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.audit(cmd.Context(), limit, asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	limitFlag(cmd, &limit)
	return cmd
}

func (c *cli) audit(ctx context.Context, limit int, asJSON bool) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	p, err := c.open()
	if err != nil {
		return err
	}
	records, err := newest(limit, func(last account.Record, n int) ([]account.Record, error) {
		return p.service.Audit(ctx, last.Seq, n)
	})
	if err != nil {
		return err
	}
	list := make([]recordOutput, 0, len(records))
	for _, r := range records {
		list = append(list, newRecordOutput(r))
	}
	return c.print(asJSON, list, func(w io.Writer) {
		rows := make([][]string, 0, len(records))
		for _, r := range records {
			rows = append(rows, recordRow(r, p.service.Zone()))
		}
		writeTable(w, []string{"SEQ", "AT", "EVENT", "BY", "MEMBER", "DETAILS"}, rows)
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

func recordRow(r account.Record, zone *time.Location) []string {
	var details []string
	for _, d := range r.Details {
		details = append(details, d.Name+"="+d.Value)
	}
	row := []string{strconv.FormatUint(uint64(r.Seq), 10), account.FormatTime(r.At, zone), string(r.Event), "", "",
		strings.Join(details, " ")}
	if r.Actor != 0 {
		row[3] = r.Actor.String()
	}
	if r.Target != 0 {
		row[4] = r.Target.String()
	}
	return row
}
