package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"rekey/account"
	"rekey/hostile"
)

// nasty holds what a terminal obeys: an escape sequence, a C1 control, an override of the direction, a tag character.
const nasty = "a\x1b[2Jb\u009b31mc\u202ed\U000E0041e\u2028f\r"

func TestPrintJSONIsHarmlessAndFaithful(t *testing.T) {
	var out bytes.Buffer
	c := &cli{streams: streams{out: &out}}
	marks := "Z" + strings.Repeat("\u0301", 1000)
	want := map[string]string{"name": nasty, "plain": "<渡邊 & \U00020BB7>", "marks": marks}
	if err := c.print(true, want, nil); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u009b\u202e\U000E0041\u2028\r") {
		t.Errorf("it acts on a terminal: %q", out.String())
	}
	if harm := hostile.Harm(out.String()); harm != "" {
		t.Errorf("it acts on a terminal: %s", harm)
	}
	if !strings.Contains(out.String(), want["plain"]) {
		t.Errorf("harmless text is escaped: %s", out.String())
	}
	var got map[string]string
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || !maps.Equal(got, want) {
		t.Errorf("read back as %q, %v", got, err)
	}
}

func TestPrintTextIsHarmless(t *testing.T) {
	var out bytes.Buffer
	c := &cli{streams: streams{out: &out}}
	err := c.print(false, nil, func(w io.Writer) {
		io.WriteString(w, nasty+"\nnext\n")
		writeTable(w, []string{"NAME"}, [][]string{{nasty + "\n"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u009b\u202e\U000E0041\u2028\r") {
		t.Errorf("it acts on a terminal: %q", out.String())
	}
	if lines := strings.Count(out.String(), "\n"); lines != 4 {
		t.Errorf("%d lines: %q", lines, out.String())
	}
}

func TestTableAligns(t *testing.T) {
	var out bytes.Buffer
	writeTable(&out, []string{"A", "B"}, [][]string{{"x", "|"}, {"渡邊", "|"}, {"ﾖｼﾀﾞ", "|"}, {"e\u0301", "|"}, {"👨‍👩‍👧", "|"}, {"long one", "|"}})
	for line := range strings.Lines(out.String()) {
		before, _, found := strings.Cut(line, "|")
		if found && ansi.StringWidth(before) != len("long one  ") {
			t.Errorf("the column stands at %d in %q", ansi.StringWidth(before), line)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestPrintReportsFailure(t *testing.T) {
	c := &cli{streams: streams{out: fullDisk{}}}
	if err := c.print(true, 1, nil); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
}

func TestExplain(t *testing.T) {
	ctx := context.Background()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		err  error
		exit int
		want string
	}{
		"refusal":      {ctx, refuse("Do.", "No."), exitFailed, "No. Do."},
		"usage":        {ctx, misuse("", "No."), exitUsage, "No."},
		"sign-in":      {ctx, &account.Error{Code: account.CodeSignInFailed, Message: "No."}, exitNotSignedIn, "No."},
		"authority":    {ctx, &account.Error{Code: account.CodeNoAuthority, Message: "No."}, exitNotSignedIn, "No."},
		"signed out":   {ctx, &account.Error{Code: account.CodeSignedOut, Message: "No."}, exitNotSignedIn, "No."},
		"other":        {ctx, &account.Error{Code: account.CodeSelf, Message: "No.", Hint: "Do."}, exitFailed, "No. Do."},
		"full disk":    {ctx, errors.Join(errors.New("writing x"), syscall.ENOSPC), exitFailed, "Make room"},
		"unreadable":   {ctx, syscall.EACCES, exitFailed, "or run rekey as the user who owns the data directory."},
		"interrupted":  {cancelled, context.Canceled, exitFailed, "Interrupted."},
		"foreign text": {ctx, errors.New("x\x1b[2Jy"), exitFailed, "X<U+001B>[2Jy."},
	} {
		if got := explain(test.ctx, test.err); !strings.Contains(got, test.want) || exitCode(test.err) != test.exit {
			t.Errorf("%s: %q, exit code %d", name, got, exitCode(test.err))
		}
	}
}

// A search looks at some entries at a time, and finds only some of those.
func TestSearchGoesOnUntilTheLimitIsFull(t *testing.T) {
	const stored = 2500
	find := func(before uint64, n int) (found []uint64, next uint64, err error) {
		if before == 0 {
			before = 2*stored + 1
		}
		for looked := 0; looked < 300; looked++ {
			if before--; before == 0 {
				return found, 0, nil
			}
			if before%2 == 0 {
				continue
			}
			if found = append(found, before); len(found) == n {
				return found, before, nil
			}
		}
		return found, before, nil
	}
	for limit, want := range map[int]int{0: stored, 1: 1, 1000: 1000, 1001: 1001, stored: stored, 9999: stored} {
		got, err := search(limit, find)
		if err != nil || len(got) != want || got[0] != 2*stored-1 || !slices.IsSortedFunc(got, func(a, b uint64) int { return cmp.Compare(b, a) }) {
			t.Errorf("limit %d gives %d entries, %v", limit, len(got), err)
		}
	}
}
