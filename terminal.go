package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"rekey/member"
)

// terminal is the person in front of the program. Questions are written to stderr, so that stdout can go into a file,
// and answers are read from stdin.
type terminal struct {
	in, out *os.File
}

// terminal gives the person in front of the program, if there is one: stdin and stderr have to be terminals.
func (c *cli) terminal() (*terminal, bool) {
	in, inIsFile := c.in.(*os.File)
	out, outIsFile := c.err.(*os.File)
	if !inIsFile || !outIsFile || !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, false
	}
	return &terminal{in, out}, true
}

// line asks for a line of text.
func (t *terminal) line(ctx context.Context, question string) (string, error) {
	fmt.Fprint(t.out, member.Clean(question))
	return t.read(ctx, func() (string, error) {
		// The terminal hands over one line at a time, so nothing of the next one is read ahead.
		line, err := bufio.NewReader(t.in).ReadString('\n')
		return strings.TrimSpace(line), err
	})
}

// secret asks for a text that is not shown. The terminal stops to echo before the question appears, so that nothing of
// a quick answer is seen: term.ReadPassword alone does it after.
func (t *terminal) secret(ctx context.Context, question string) (string, error) {
	before, err := term.MakeRaw(int(t.in.Fd()))
	if err != nil {
		return "", fmt.Errorf("preparing the terminal: %w", err)
	}
	defer term.Restore(int(t.in.Fd()), before)
	keys := &keyReader{from: t.in}
	person := struct {
		io.Reader
		io.Writer
	}{keys, t.out}
	return t.read(ctx, func() (string, error) {
		answer, err := term.NewTerminal(person, "").ReadPassword(member.Clean(question))
		if errors.Is(err, io.EOF) && keys.interrupted {
			err = errInterrupted
		}
		return answer, err
	})
}

// errInterrupted is Ctrl+C while the terminal does not make a signal of it.
var errInterrupted = refuse("", "Interrupted.")

// keyReader reads keys and remembers whether one of them was Ctrl+C, which term.Terminal does not tell from the end of
// the input.
type keyReader struct {
	from        io.Reader
	interrupted bool
}

func (k *keyReader) Read(b []byte) (int, error) {
	const ctrlC = 0x03
	n, err := k.from.Read(b)
	k.interrupted = k.interrupted || bytes.IndexByte(b[:n], ctrlC) >= 0
	return n, err
}

// confirm asks a question that only a typed yes answers with yes.
func (t *terminal) confirm(ctx context.Context, question string) (bool, error) {
	answer, err := t.line(ctx, question+" [y/N] ")
	if err != nil {
		return false, err
	}
	switch strings.ToLower(answer) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}

// read waits for an answer or for the end of ctx.
func (t *terminal) read(ctx context.Context, answer func() (string, error)) (string, error) {
	type answered struct {
		text string
		err  error
	}
	answers := make(chan answered, 1)
	go func() {
		text, err := answer()
		answers <- answered{text, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			fmt.Fprint(t.out, "\r\n") // what went wrong stands on a line of its own
		}
		switch {
		case errors.Is(a.err, io.EOF):
			return "", refuse("Nothing has been done.", "No answer was given.")
		case a.err != nil:
			return "", fmt.Errorf("reading the answer: %w", a.err)
		}
		return a.text, nil
	case <-ctx.Done():
		fmt.Fprint(t.out, "\r\n")
		return "", ctx.Err()
	}
}
