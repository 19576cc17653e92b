package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"rekey/account"
)

// exportedRecord is a line of `rekey audit export`: all that a record's MAC covers, and the MAC.
type exportedRecord struct {
	Seq      uint64         `json:"seq"`
	At       string         `json:"at"` // RFC 3339 with nanoseconds, UTC
	Event    string         `json:"event"`
	Actor    *string        `json:"actor"`  // a member id; null: nobody signed in, or the program itself
	Target   *string        `json:"target"` // a member id; null: no member
	Details  orderedDetails `json:"details"`
	MAC      string         `json:"mac"`      // hexadecimal
	Previous *string        `json:"previous"` // the MAC of the record before; null: it is the first
}

// orderedDetails are written as an object whose fields keep their order, which the MAC covers as well.
type orderedDetails []account.Detail

// MarshalJSON writes the object.
func (d orderedDetails) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, detail := range d {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(detail.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(detail.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func newExportedRecord(r account.Record, previous []byte) exportedRecord {
	out := exportedRecord{
		Seq:     uint64(r.Seq),
		At:      r.At.UTC().Format(time.RFC3339Nano),
		Event:   string(r.Event),
		Actor:   idOutput(r.Actor),
		Target:  idOutput(r.Target),
		Details: orderedDetails(r.Details),
		MAC:     hex.EncodeToString(r.MAC),
	}
	if previous != nil {
		text := hex.EncodeToString(previous)
		out.Previous = &text
	}
	return out
}

func (c *cli) auditExportCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write out the whole audit log as JSON lines",
		Long: `Export writes the audit log, the oldest record first, one JSON object a line: with the MAC that seals the record under the
installation's key, and the MAC of the record before it. An earlier export shows what the log held then.

` + readingHelp,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.auditExport(cmd.Context(), path) },
	}
	cmd.Flags().StringVar(&path, "out", "", "the `file` to write, for its owner only (default: stdout)")
	return cmd
}

func (c *cli) auditExport(ctx context.Context, path string) error {
	p, err := c.open()
	if err != nil {
		return err
	}
	if path == "" {
		_, err := p.exportAudit(ctx, c.out)
		return err
	}
	if err := p.mustNotReplace(path); err != nil {
		return err
	}
	n := 0
	err = writeWhole(path, func(w io.Writer) (err error) {
		n, err = p.exportAudit(ctx, w)
		return err
	})
	if err != nil {
		return err
	}
	return c.say("%s saved: %s", count(n, "record"), path)
}

// exportPage is how many records are in memory at one time.
const exportPage = 1000

// exportAudit writes the records that are there now, and counts them.
func (p *program) exportAudit(ctx context.Context, to io.Writer) (written int, err error) {
	newest, err := p.service.Audit(ctx, 0, 1)
	if err != nil || len(newest) == 0 {
		return 0, err
	}
	out := bufio.NewWriter(to)
	var last account.Record // that was written
	for end := newest[0].Seq; last.Seq < end; {
		page, err := p.auditAfter(ctx, last.Seq, end)
		if err != nil {
			return written, err
		}
		for _, r := range page {
			if err := writeRecord(out, r, last.MAC); err != nil {
				return written, fmt.Errorf("writing the audit log: %w", err)
			}
			last = r
			written++
		}
	}
	if err := out.Flush(); err != nil {
		return written, fmt.Errorf("writing the audit log: %w", err)
	}
	return written, nil
}

// auditAfter gives the next records after one, the oldest first, up to end. The store gives them newest first. Where
// records are missing, as they are in a log that was tampered with, it looks behind the gap.
func (p *program) auditAfter(ctx context.Context, after, end account.AuditSeq) ([]account.Record, error) {
	for upTo := after; upTo < end; {
		upTo = min(upTo+exportPage, end)
		page, err := p.service.Audit(ctx, upTo+1, exportPage)
		if err != nil {
			return nil, err
		}
		page = slices.DeleteFunc(page, func(r account.Record) bool { return r.Seq <= after })
		if len(page) > 0 {
			slices.Reverse(page)
			return page, nil
		}
	}
	return nil, errors.New("the end of the audit log has gone while it was being read")
}

func writeRecord(w io.Writer, r account.Record, previous []byte) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(newExportedRecord(r, previous)); err != nil {
		return err
	}
	escapeHarmful(&b)
	_, err := w.Write(b.Bytes())
	return err
}
