package main

import (
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

const (
	crowdVariable = "REKEY_CROWD" // how long they work, "60s"; default: crowdTime
	crowdTime     = 4 * time.Second
	longestWait   = 2 * time.Second // that a transaction may take, waiting for the others included
)

// TestManyAtOnce lets eight processes work on one store without a pause: two that reset, one that imports, one that makes
// backups, one that reads, one that delivers, the page and a kiosk. Then everything that was acknowledged has to be there,
// and nobody may have waited long. The program is the test binary: with cheap hashes they meet in the store more often.
func TestManyAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	length := crowdTime
	if d, err := time.ParseDuration(os.Getenv(crowdVariable)); err == nil {
		length = d
	}
	const binary = "rekey" // by TestMain
	v := newVictim(t, binary, mathrand.New(mathrand.NewPCG(1, 8)))
	v.env = append(v.env, "REKEY_WEB_BASE_URL=https://id.example.com")
	s := serving(t, binary, v.env, "--behind-proxy", "127.0.0.1")
	k := start(t, binary, v.env, "kiosk")
	end := time.Now().Add(length)
	var working sync.WaitGroup
	work := func(what func(n int)) {
		working.Go(func() {
			for n := 0; time.Now().Before(end) && !t.Failed(); n++ {
				what(n)
			}
		})
	}
	d := new(doomed) // nobody kills them
	must := func(args ...string) {
		if _, done := d.run(command(t, binary, v.env, args...)); !done {
			t.Errorf("rekey %q has failed", args)
		}
	}
	backups := t.TempDir()
	work(func(n int) { v.runResets(d, v.mailed, n) })
	work(func(n int) { v.runResets(d, v.printed, n) })
	work(func(n int) { v.runImports(d, copyRound*n) })
	work(func(n int) {
		path := filepath.Join(backups, fmt.Sprintf("%d.db", n))
		must("backup", path)
		os.Remove(path)
	})
	work(func(n int) { must("members", "--json"); must("audit", "--json") })
	work(func(n int) { must("outbox", "send") })
	var reading, writing stopwatch
	work(func(n int) {
		reading.time(t, func() error { return v.p.store.View(t.Context(), func(account.Reader) error { return nil }) })
		writing.time(t, func() error {
			return v.p.store.Update(t.Context(), func(w account.Writer) error {
				set, err := w.Settings()
				if err != nil {
					return err
				}
				return w.PutSettings(set)
			})
		})
	})
	for n := 0; time.Now().Before(end) && !t.Failed(); n++ {
		v.choose(s, k, n)
	}
	working.Wait()
	must("outbox", "send")
	if complaints := s.complaints(); len(complaints) > 0 {
		t.Errorf("the server complains: %q", complaints)
	}
	b := readBooks(t, v.p)
	checkStore(t, v.p, b)
	b.checkWhole(t, v.before)
	taken := v.taker.count()
	b.checkOutbox(t, taken)
	for id, n := range taken {
		if n > 1 {
			t.Errorf("mail %d was sent %d times", id, n)
		}
	}
	for id, mail := range b.mails {
		if mail.State == account.MailQueued {
			t.Errorf("mail %d still waits", id)
		}
	}
	resets, total := b.count(account.EventReset), 0
	for id, n := range v.reset {
		total += n.done
		if resets[id] != n.done || n.done != n.tried {
			t.Errorf("%s was reset %d times; %d were acknowledged, %d tried", b.members[id].Account(), resets[id], n.done, n.tried)
		}
	}
	v.checkImports(b)
	for _, file := range v.files {
		if !file.acked {
			t.Error("an import has failed")
		}
	}
	t.Logf("in %v: %d resets, %d imports, %d mails; longest read %v of %d, longest write %v of %d", length, total, len(v.files),
		len(taken), reading.longest, reading.n, writing.longest, writing.n)
	if longest := max(reading.longest, writing.longest); longest > longestWait {
		t.Errorf("the longest wait was %v", longest)
	}
}

// choose has two members set their passwords on the page, and two at the kiosk.
func (v *victim) choose(s *server, k *session, n int) {
	v.t.Helper()
	codes := v.codes()
	chosen := make([]bool, 2)
	v.setPasswords(s.base, codes[:2], chosen, n)
	for i, m := range v.choosers[2:] {
		k.until("Scan the QR code of your form")
		k.press(codes[2+i] + enter)
		k.until(m.LoginID)
		password := chosenPassword(n, 2+i)
		k.press(password + enter + password + enter)
		k.until("Your password is set.")
		k.press(enter)
		k.untilGone(m.LoginID)
	}
	for i, m := range v.choosers {
		if !v.signsIn(m, chosenPassword(n, i)) {
			v.t.Errorf("the password that %s has set does not sign in", m.LoginID)
		}
	}
}

func (v *victim) signsIn(m member.Member, password string) bool {
	login := account.Login{TeamNumber: demoNumber, LoginID: m.LoginID, Password: password}
	_, err := v.p.service.SignInMember(v.t.Context(), login)
	return err == nil
}

// stopwatch notes the longest of the transactions that it times.
type stopwatch struct {
	longest time.Duration
	n       int
}

func (w *stopwatch) time(t *testing.T, transaction func() error) {
	begun := time.Now()
	if err := transaction(); err != nil {
		t.Error(err)
	}
	w.longest = max(w.longest, time.Since(begun))
	w.n++
}
