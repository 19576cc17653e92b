package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"

	"rekey/account"
	"rekey/web"
)

// scriptPage serves the member's page of a data directory, and points the base URL to it: page d.
func scriptPage(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: page DIR")
	}
	p, err := open(directory(ts.MkAbs(args[0])), nil)
	ts.Check(err)
	site, err := p.site(web.Config{Log: slog.New(slog.DiscardHandler)}, nil)
	ts.Check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- site.Serve(ctx, listener, nil) }()
	ts.Defer(func() {
		cancel()
		<-ended
	})
	ts.Setenv("REKEY_WEB_BASE_URL", "http://"+listener.Addr().String())
}

// scriptTamper changes a record of the audit log as somebody would who knows the store's format, but not the key: it
// replaces a text by one of the same length, and mends the checksum: tamper d 3 forgot fOrGoT. Without texts it removes
// the record.
func scriptTamper(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 && len(args) != 4 {
		ts.Fatalf("usage: tamper DIR SEQ [OLD NEW]")
	}
	seq, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	key := binary.BigEndian.AppendUint64(nil, seq)
	db, err := bbolt.Open(directory(ts.MkAbs(args[0])).storeFile(), fileMode, nil)
	ts.Check(err)
	defer db.Close()
	ts.Check(db.Update(func(tx *bbolt.Tx) error {
		log := tx.Bucket([]byte("audit"))
		if len(args) == 2 {
			return log.Delete(key)
		}
		value := bytes.Replace(log.Get(key), []byte(args[2]), []byte(args[3]), 1)
		if bytes.Equal(value, log.Get(key)) || len(value) != len(log.Get(key)) {
			return errors.New("nothing would change, or the length")
		}
		covered := slices.Concat([]byte("audit\x00"), key, value[:1], value[5:]) // as store/format.md says
		binary.BigEndian.PutUint32(value[1:], crc32.Checksum(covered, crc32.MakeTable(crc32.Castagnoli)))
		return log.Put(key, value)
	}))
}

// result gives what one of the checks found.
func (o checkOutput) result(t *testing.T, name string) checkResult {
	t.Helper()
	i := slices.IndexFunc(o.Checks, func(r checkResult) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("there is no %s", name)
	}
	return o.Checks[i]
}

// clockChecked gives what the check of the clock says at a time, with an audit log that ends now.
func clockChecked(t *testing.T, now time.Time) checkResult {
	t.Helper()
	dir, _ := prepared(t)
	p, err := open(directory(dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.service.RequestLink(t.Context(), "nobody@example.com"); err != nil {
		t.Fatal(err)
	}
	u := checkup{dir: p.directory, config: &p.config, program: p, now: func() time.Time { return now }}
	return u.clock(t.Context())
}

func TestClockThatCannotBeRightIsFound(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		at    time.Time
		state checkState
		says  string
	}{
		{now, checkOK, ""},
		{now.Add(-clockSlack / 2), checkOK, ""},
		{now.Add(-2 * clockSlack), checkFailed, "before the newest audit record"},
		{time.Unix(0, 0), checkFailed, "1970"},
		{time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), checkFailed, "2200"},
	} {
		if r := clockChecked(t, tt.at); r.State != tt.state || !strings.Contains(r.Text, tt.says) {
			t.Errorf("at %v: %+v", tt.at, r)
		}
	}
}

func TestRoomOnTheDisk(t *testing.T) {
	for _, tt := range []struct {
		room, size uint64
		state      checkState
		says       string
	}{
		{10 << 30, 1 << 20, checkOK, "10.0 GiB free"},
		{63 << 20, 1 << 20, checkFailed, "63.0 MiB"},
		{1 << 30, 1 << 30, checkWarning, "1.0 GiB left"},
	} {
		if r := judgeRoom(tt.room, tt.size); r.State != tt.state || !strings.Contains(r.Text, tt.says) {
			t.Errorf("%d bytes for a store of %d: %+v", tt.room, tt.size, r)
		}
	}
}

func TestBacklogOfTheOutbox(t *testing.T) {
	now := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	queued := func(created, due time.Duration) account.Mail {
		return account.Mail{State: account.MailQueued, Created: now.Add(created), Due: now.Add(due), Reply: "451 Later"}
	}
	refused := func(done time.Duration) account.Mail {
		return account.Mail{State: account.MailRefused, Done: now.Add(done)}
	}
	const hour, day = time.Hour, 24 * time.Hour
	for name, tt := range map[string]struct {
		mails    []account.Mail // newest first
		noServer bool
		state    checkState
		says     string
	}{
		"nothing":                     {nil, false, checkOK, "nothing waits"},
		"one on its way":              {[]account.Mail{queued(-time.Minute, 0)}, false, checkOK, "1 mail waits"},
		"nothing sends":               {[]account.Mail{queued(0, 0), queued(-hour/2, -hour/2)}, false, checkFailed, "2 mails wait, the oldest since 2026-04-01"},
		"tried in vain for a day":     {[]account.Mail{queued(-day, hour)}, false, checkWarning, "(451 Later)"},
		"no mail server, and overdue": {[]account.Mail{queued(-day, -day)}, true, checkWarning, "no mail server"},
		"refused ones":                {[]account.Mail{refused(-day), refused(-30 * day)}, false, checkWarning, "1 mail refused"},
		"refused long ago":            {[]account.Mail{refused(-30 * day)}, false, checkOK, "nothing waits"},
	} {
		if r := newBacklog(tt.mails, now).judge(!tt.noServer); r.State != tt.state || !strings.Contains(r.Text, tt.says) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// The console asks for the same as `rekey check` does.
func TestReachIsCheckedForTheConsole(t *testing.T) {
	dir, _ := prepared(t)
	p, err := open(directory(dir), environment{"REKEY_WEB_BASE_URL=http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	out := checkOutput{Checks: p.checkReach(t.Context(), "it@example.com")}
	if r := out.result(t, "mail server"); r.State != checkWarning || !strings.Contains(r.Text, "not configured") {
		t.Errorf("%+v", r)
	}
	if r := out.result(t, "base URL"); r.State != checkFailed || !strings.Contains(r.Text, "Nothing answers at http://127.0.0.1:1 (") {
		t.Errorf("%+v", r)
	}
}

// A mail server that hangs can be given up.
func TestInterruptedCheckSaysSo(t *testing.T) {
	_, env := prepared(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, complaints bytes.Buffer
	if code := run(ctx, []string{"check"}, streams{strings.NewReader(""), &out, &complaints}, env); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if got := complaints.String(); got != "rekey: Interrupted.\n" {
		t.Errorf("it says %q", got)
	}
}

// On a terminal a long text goes on under itself.
func TestResultsFitTheTerminal(t *testing.T) {
	r := checkResult{Name: "key", State: checkFailed, Text: "Other users can read the key file /srv/rekey/rekey.key.",
		Hint: "Run `chmod 600 /srv/rekey/rekey.key`."}
	var b strings.Builder
	r.write(&b, 60)
	const want = "key            FAILED   Other users can read the key file\n" +
		"                        /srv/rekey/rekey.key.\n" +
		"                        Run `chmod 600\n" +
		"                        /srv/rekey/rekey.key`.\n"
	if b.String() != want {
		t.Errorf("got:\n%s", b.String())
	}
}
