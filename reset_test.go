package main

import (
	"bytes"
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// A member's data and a mail server's reply cannot add lines to the output.
func TestDescribeResetForgesNothing(t *testing.T) {
	const forged = "\nThe form is saved: /forged"
	for name, out := range map[string]resetOutput{
		"mail": {Mail: &sentOutput{To: "a@example.com" + forged, Status: "queued", Reply: "451 Later" + forged}},
		"form": {Form: &pathOutput{"/forms/a.pdf" + forged}},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			m := member.Member{Name: "Hanako" + forged, LoginID: "line1" + forged}
			describeReset(&b, time.UTC, account.ResetResult{Member: m}, out)
			if strings.Contains(b.String(), forged) || strings.Count(b.String(), "\n") != 4 {
				t.Errorf("it says %q", b.String())
			}
		})
	}
}

func TestDescribeResetWithoutReply(t *testing.T) {
	var b bytes.Buffer
	queued := resetOutput{Mail: &sentOutput{To: "a@example.com", Status: "queued"}}
	describeReset(&b, time.UTC, account.ResetResult{}, queued)
	if !strings.Contains(b.String(), "The mail to a@example.com is queued.\n") {
		t.Errorf("it says %q", b.String())
	}
}

func TestConsequencesOfAnInvitation(t *testing.T) {
	m := member.Member{Name: "Hanako", Email: "hanako@example.com", Status: member.Inviting}
	said := strings.Join(consequences(time.Time{}, time.UTC, account.Overview{Member: m}), "\n")
	if !strings.Contains(said, "this is a fresh invitation") || strings.Contains(said, "password") {
		t.Errorf("it says %q", said)
	}
}

// Whoever cannot save a form is told what to do about it, and never to reset again.
func TestWhyNotSaved(t *testing.T) {
	for _, test := range []struct {
		err           error
		wrong, remedy string
	}{
		{syscall.ENOSPC, "No space left on device.", "Make room"},
		{syscall.EROFS, "Read-only file system.", "Check the permissions there"},
		{&account.Error{Message: "It is a directory.", Hint: "Name a file."}, "It is a directory.", "Put that right"},
	} {
		if wrong, remedy := whyNotSaved(test.err); wrong != test.wrong || remedy != test.remedy {
			t.Errorf("%v: %q, %q", test.err, wrong, remedy)
		}
	}
}

// Who leaves the console is told of the mails that wait, and of nothing else.
func TestNoteWaiting(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	env := environment{"REKEY_DIR=" + dir}
	var said bytes.Buffer
	c := &cli{streams: streams{out: &bytes.Buffer{}, err: &said}, env: env}
	if code := run(ctx, []string{"demo", "--prepare", "--members", "10"}, c.streams, env); code != exitDone {
		t.Fatalf("exit %d: %s", code, said.String())
	}
	p := reopened(t, dir)
	admin := signedIn(t, p)
	resetByMail := func(name string) {
		t.Helper()
		m, err := p.service.Find(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.service.Reset(ctx, admin, m.ID, account.ReasonForgot); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct{ reset, want string }{
		{"", ""},
		{"id:2", "rekey: 1 mail still waits: `rekey serve` or `rekey outbox send` delivers it.\n"},
		{"renee.dupont5@example.com", "rekey: 2 mails still wait: `rekey serve` or `rekey outbox send` delivers them.\n"},
	} {
		if step.reset != "" {
			resetByMail(step.reset)
		}
		said.Reset()
		if c.noteWaiting(ctx, p); said.String() != step.want {
			t.Errorf("it says %q, not %q", said.String(), step.want)
		}
	}
}
