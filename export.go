package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"rekey/account"
	"rekey/member"
	"rekey/roster"
)

// exportCommand is one `rekey export`.
type exportCommand struct {
	*cli
	asJSON, asCSV bool
	saveAs        string
}

func (c *cli) exportCommand() *cobra.Command {
	r := exportCommand{cli: c}
	cmd := &cobra.Command{
		Use:   "export [QUERY]",
		Short: "Write the members as CSV or JSON",
		Long: `Export writes the members, or those whom "rekey members QUERY" lists, as a CSV file that a spreadsheet opens and that
"rekey import --update" takes back, or as the JSON of "rekey members --json". Deleted members are left out.

The CSV is UTF-8 with a byte order mark. Before a value that a spreadsheet would run as a formula stands an apostrophe,
which an import takes away again. On a terminal, characters that act on it are shown by their code points.

` + readingHelp,
		Example: `  rekey export --out members.csv
  rekey export sales --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if r.asCSV && r.asJSON {
				return misuse("Give --csv or --json.", "One export is in one format.")
			}
			return oneQuery(cmd, args)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.run(cmd.Context(), strings.Join(args, ""))
		},
	}
	cmd.Flags().BoolVar(&r.asCSV, "csv", false, "write CSV (the default)")
	cmd.Flags().StringVar(&r.saveAs, "out", "", "the `file` to write (default: stdout)")
	jsonFlag(cmd, &r.asJSON)
	return cmd
}

func (r *exportCommand) run(ctx context.Context, query string) error {
	p, err := r.open()
	if err != nil {
		return err
	}
	if err := p.mustNotReplace(r.saveAs); err != nil {
		return err
	}
	members, err := found(ctx, p, query)
	if err != nil {
		return err
	}
	written := 0
	write := func(w io.Writer) error { return r.write(ctx, p, w, counted(members, &written)) }
	switch {
	case r.saveAs != "":
		if err := writeWhole(r.saveAs, write); err != nil {
			return err
		}
		return r.say("%s exported: %s", count(written, "member"), r.saveAs)
	case r.asJSON:
		return r.stream(r.out, write)
	}
	return r.writeCSV(write)
}

// found gives the members that a query asks for. All of them are read in pages; a query needs the directory.
func found(ctx context.Context, p *program, query string) (iter.Seq2[member.Member, error], error) {
	if query == "" {
		return p.service.Members(ctx), nil
	}
	all, err := p.service.LoadDirectory(ctx, func(int) {})
	if err != nil {
		return nil, err
	}
	rows := all.Search(account.Query{Text: query, Now: p.service.Now()})
	return func(yield func(member.Member, error) bool) {
		for _, row := range rows {
			if !yield(all.Member(row), nil) {
				return
			}
		}
	}, nil
}

// counted counts the members that pass.
func counted(members iter.Seq2[member.Member, error], n *int) iter.Seq2[member.Member, error] {
	return func(yield func(member.Member, error) bool) {
		for m, err := range members {
			if !yield(m, err) {
				return
			}
			*n++
		}
	}
}

func (r *exportCommand) write(ctx context.Context, p *program, w io.Writer, members iter.Seq2[member.Member, error]) error {
	if !r.asJSON {
		return roster.Write(w, members)
	}
	lockouts, err := p.service.Lockouts(ctx)
	if err != nil {
		return err
	}
	return writeJSON(w, members, lockouts)
}

// writeJSON writes what `rekey members --json` prints, one member at a time.
func writeJSON(w io.Writer, members iter.Seq2[member.Member, error], lockouts map[member.ID]account.Lockout) error {
	const indent = "  "
	before := "[\n" + indent
	for m, err := range members {
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := encode(&b, newMemberOutput(m, lockouts[m.ID]), indent); err != nil {
			return err
		}
		if _, err := io.WriteString(w, before+strings.TrimSuffix(b.String(), "\n")); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
		before = ",\n" + indent
	}
	end := "\n]\n"
	if before[0] == '[' {
		end = "[]\n"
	}
	if _, err := io.WriteString(w, end); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// writeCSV writes a file to stdout. On a terminal it is there to be looked at, so what acts on one is shown instead.
func (c *cli) writeCSV(write func(io.Writer) error) error {
	if !isTerminal(c.out) {
		return c.stream(c.out, write)
	}
	return c.stream(&lineWriter{to: cleanLines{c.out}}, write)
}

// stream writes to w, in larger pieces.
func (c *cli) stream(w io.Writer, write func(io.Writer) error) error {
	buffered := bufio.NewWriter(w)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// say prints one sentence about what was done.
func (c *cli) say(format string, args ...any) error {
	return c.print(false, nil, func(w io.Writer) { fmt.Fprintf(w, format+"\n", args...) })
}

// lineWriter hands on whole lines of a CSV file, without its byte order mark. What follows the last line end is not a
// line of such a file.
type lineWriter struct {
	to      io.Writer
	pending []byte
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.pending = append(l.pending, p...)
	end := bytes.LastIndexByte(l.pending, '\n') + 1
	if end == 0 {
		return len(p), nil
	}
	if _, err := l.to.Write(bytes.TrimPrefix(l.pending[:end], []byte("\uFEFF"))); err != nil {
		return 0, err
	}
	l.pending = append(l.pending[:0], l.pending[end:]...)
	return len(p), nil
}
