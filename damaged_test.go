package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"rekey/account"
)

const (
	flipsVariable = "REKEY_FLIPS" // how many bits are flipped, one at a time; default: damagedFlips
	damagedFlips  = 100
	pageOfStore   = 4096
)

// TestDamagedStore gives the real program one damaged store after the other. It either shows what was stored, or says in
// a sentence that the store is damaged; where it shows something else, `rekey check --store` has to find it. `rekey
// restore` leads back to the backup each time. Never does it end as programs end that crash.
func TestDamagedStore(t *testing.T) {
	binary := built(t)
	t.Parallel()
	flips, seed := damagedFlips, mathrand.Uint64()
	if n, err := strconv.Atoi(os.Getenv(flipsVariable)); err == nil {
		flips = n
	}
	if n, err := strconv.ParseUint(os.Getenv(seedVariable), 10, 64); err == nil {
		seed = n
	}
	t.Logf("%d flips with %s=%d", flips, seedVariable, seed)
	random := mathrand.New(mathrand.NewPCG(seed, 7))
	c := newCasualty(t, binary)
	for i := range flips {
		at, bit := random.IntN(len(c.whole)), random.IntN(8)
		b := bytes.Clone(c.whole)
		b[at] ^= 1 << bit
		c.try(fmt.Sprintf("bit %d of byte %d", bit, at), b, i%10 == 0)
	}
	for _, size := range cuts(len(c.whole)) {
		c.try(fmt.Sprintf("cut to %d bytes", size), c.whole[:size], size%(4*pageOfStore) == 0)
		if c.said == "" && size < len(c.whole)-2*pageOfStore {
			t.Errorf("cut to %d of %d bytes, and nothing is said", size, len(c.whole))
		}
	}
	for name, file := range map[string]struct {
		bytes []byte
		says  string
	}{
		"nothing":            {nil, "is empty: it has been cut off"},
		"a text":             {bytes.Repeat([]byte("Dear diary, "), 5000), "is not a rekey store"},
		"another database":   {otherDatabase(t), "is not a rekey store: it is a database of another program"},
		"an older version":   {versioned(t, c.whole, 0), "the format 0, which no version of rekey has written"},
		"a newer version":    {versioned(t, c.whole, 2), "Install the newer version of rekey"},
		"only the header":    {c.whole[:2*pageOfStore], "it has been cut off"},
		"zeros in its place": {make([]byte, len(c.whole)), "is not a rekey store"},
	} {
		c.try(name, file.bytes, true)
		if !strings.Contains(c.said, file.says) {
			t.Errorf("%s: it says %q, not %q", name, c.said, file.says)
		}
	}
	t.Logf("of %d damaged files %d were refused, %d more were found by the check", c.tried, c.refused, c.found)
}

// casualty is a data directory whose store gets damaged.
type casualty struct {
	t       *testing.T
	binary  string
	env     []string
	path    string // of the store
	backup  string
	whole   []byte // the store
	members []byte // what `rekey members` prints of it

	said                  string // by the last try, on stderr
	tried, refused, found int
}

func newCasualty(t *testing.T, binary string) *casualty {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "d")
	output(t, binary, nil, "demo", "--dir", dir, "--members", "40", "--prepare")
	p := reopened(t, dir)
	admin := signedIn(t, p)
	for id, m := range readBooks(t, p).members {
		if id > 10 && !m.Admin {
			if _, err := p.service.Reset(t.Context(), admin, id, account.ReasonForgot); err != nil {
				t.Fatal(err)
			}
		}
	}
	lockForDays(t, p)
	c := &casualty{t: t, binary: binary, env: []string{"REKEY_DIR=" + dir}, path: filepath.Join(dir, "rekey.db"),
		backup: filepath.Join(t.TempDir(), "backup.db")}
	output(t, binary, c.env, "backup", c.backup)
	c.members = output(t, binary, c.env, "members", "--json")
	var err error
	if c.whole, err = os.ReadFile(c.path); err != nil {
		t.Fatal(err)
	}
	return c
}

// lockForDays lets no lockout run out while the test looks for differences between what is shown: a long run takes longer
// than those of the demo.
func lockForDays(t *testing.T, p *program) {
	t.Helper()
	now, locked := time.Now(), 0
	err := p.store.Update(t.Context(), func(w account.Writer) error {
		members, err := w.Members(0, 100)
		for _, m := range members {
			l, lockErr := w.Lockout(m.ID)
			if err = cmp.Or(err, lockErr); err == nil && l.Locked(now) {
				locked++
				l.Until = now.AddDate(0, 0, 2)
				err = w.PutLockout(l)
			}
		}
		return err
	})
	if err != nil || locked == 0 {
		t.Fatalf("%d members are locked, %v", locked, err)
	}
}

// cuts are the sizes that a file is cut to: before, at and after each page's boundary.
func cuts(size int) (sizes []int) {
	for page := 1; page*pageOfStore < size; page++ {
		sizes = append(sizes, page*pageOfStore)
	}
	return append(sizes, 1, 15, 16, 80, 511, 4095, 4097, 8191, 8193, 3*pageOfStore-1, size/2+1, size-1)
}

// try puts a damaged file in place of the store.
func (c *casualty) try(what string, b []byte, restore bool) {
	t := c.t
	t.Helper()
	if err := os.WriteFile(c.path, b, fileMode); err != nil {
		t.Fatal(err)
	}
	c.tried++
	out, failed := c.run(what, "members", "--json")
	if failed && !restore { // what is refused needs no check to be found
		c.refused++
		return
	}
	checked, _ := c.run(what, "check", "--store", "--json")
	var report checkOutput
	if err := json.Unmarshal(checked, &report); err != nil {
		t.Errorf("%s: `rekey check` does not report: %v", what, err)
	}
	intact := true
	for _, name := range []string{"key", "store", "settings", "outbox", "store's data", "audit log"} {
		if r := report.result(t, name); r.State == checkFailed {
			intact = false
			if !strings.HasSuffix(r.Text, ".") || r.Hint == "" {
				t.Errorf("%s: the check says %q, %q", what, r.Text, r.Hint)
			}
		}
	}
	switch {
	case failed:
		c.refused++
		if intact {
			t.Errorf("%s: the check finds nothing where the program finds a damage: %s", what, c.said)
		}
	case !intact:
		c.found++
	case !bytes.Equal(out, c.members):
		t.Errorf("%s: other members are shown, and the check finds nothing", what)
	}
	if !restore {
		return
	}
	said := c.said
	if _, failed := c.run(what, "restore", c.backup, "--force"); failed {
		t.Errorf("%s: the backup cannot be restored: %s", what, c.said)
	} else if restored := output(t, c.binary, c.env, "members", "--json"); !bytes.Equal(restored, c.members) {
		t.Errorf("%s: after the restore other members are shown", what)
	}
	c.said = said
	kept, err := filepath.Glob(c.path + ".before-restore*")
	if err != nil || len(kept) != 1 {
		t.Errorf("%s: what was replaced is not kept: %q, %v", what, kept, err)
	}
	for _, file := range kept {
		_ = os.Remove(file)
	}
}

// run lets the program work. That it fails is no error, but it has to end in order, with a sentence.
func (c *casualty) run(what string, args ...string) (stdout []byte, failed bool) {
	c.t.Helper()
	var out, complaints bytes.Buffer
	cmd := command(c.t, c.binary, c.env, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	said := strings.TrimSpace(complaints.String())
	if args[0] != "check" {
		c.said = said
	}
	if err == nil {
		return out.Bytes(), false
	}
	isSentence := strings.HasPrefix(said, "rekey: ") && strings.HasSuffix(said, ".") && !strings.Contains(said, "\n")
	if cmd.ProcessState.ExitCode() != exitFailed || !isSentence || strings.Contains(said, "runtime error") {
		c.t.Errorf("%s: rekey %s ends with %v and says %q", what, args[0], err, said)
	}
	return out.Bytes(), true
}

// otherDatabase is a database of another program.
func otherDatabase(t *testing.T) []byte {
	t.Helper()
	return edited(t, nil, func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("widgets"))
		return err
	})
}

// versioned is a store whose format has another number.
func versioned(t *testing.T, store []byte, format uint32) []byte {
	t.Helper()
	return edited(t, store, func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte("meta"))
		mark := bytes.Clone(meta.Get([]byte("format")))
		binary.BigEndian.PutUint32(mark[len(mark)-4:], format)
		return meta.Put([]byte("format"), mark)
	})
}

func edited(t *testing.T, database []byte, fn func(*bbolt.Tx) error) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "edited.db")
	if database != nil {
		if err := os.WriteFile(path, database, fileMode); err != nil {
			t.Fatal(err)
		}
	}
	db, err := bbolt.Open(path, fileMode, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(fn); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
