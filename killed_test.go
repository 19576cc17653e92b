package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"math"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"rekey/account"
	"rekey/demo"
	"rekey/mailer"
	"rekey/member"
)

const (
	roundsVariable = "REKEY_ROUNDS" // how many rounds; default: killedRounds
	seedVariable   = "REKEY_SEED"   // of the kills; default: another one each time, which is printed
	killedRounds   = 20
	blockRounds    = 20     // that one data directory goes through
	manyRows       = 17_000 // of an import that is done on a copy
	longestRound   = 2_500  // milliseconds
	longestCopying = 30_000 // milliseconds, of a round with such an import
	copyRound      = 10     // one of so many rounds has one
)

// TestKilledAtAnyMoment lets the real program reset passwords, set new ones, import members and deliver mails, kills all
// its processes at once at a random moment, and compares what is stored with what was acknowledged. Many moments are
// those around a commit or an answer of the mail server: there is more to go wrong.
func TestKilledAtAnyMoment(t *testing.T) {
	binary := built(t)
	rounds, seed := killedRounds, mathrand.Uint64()
	if n, err := strconv.Atoi(os.Getenv(roundsVariable)); err == nil {
		rounds = n
	}
	if n, err := strconv.ParseUint(os.Getenv(seedVariable), 10, 64); err == nil {
		seed = n
	}
	t.Logf("%d rounds with %s=%d", rounds, seedVariable, seed)
	random := mathrand.New(mathrand.NewPCG(seed, 6))
	var v victim
	for round := range rounds {
		if round%blockRounds == 0 {
			if round > 0 {
				v.deliverTheRest()
			}
			v = newVictim(t, binary, random)
		}
		if t.Failed() {
			return
		}
		v.round(round)
	}
	v.deliverTheRest()
}

// victim is a data directory whose processes are killed.
type victim struct {
	t        *testing.T
	binary   string
	random   *mathrand.Rand
	dir      string
	env      []string
	p        *program
	admin    account.Admin
	before   books
	taker    *taker
	mailed   []member.Member // are reset by the command, with a mail each
	printed  []member.Member // with a form each
	choosers []member.Member // set a new password on the page
	reset    map[member.ID]tally
	files    map[string]*imported
	doubts   map[account.MailID]int // how often a kill fell between the server's answer and the commit
}

// tally counts what was tried, and what was acknowledged.
type tally struct{ tried, done int }

// imported is a file of members.
type imported struct {
	accounts     []string
	tried, acked bool
}

func newVictim(t *testing.T, binary string, random *mathrand.Rand) victim {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "d")
	output(t, binary, nil, "demo", "--dir", dir, "--members", "60", "--prepare")
	v := victim{t: t, binary: binary, random: random, dir: dir, taker: startTaker(t, random.Uint64()),
		reset: map[member.ID]tally{}, files: map[string]*imported{}, doubts: map[account.MailID]int{}}
	v.env = append(mailServerAt(v.taker.listener), "REKEY_DIR="+dir, "REKEY_ADMIN="+demo.AdminEmail,
		"REKEY_ADMIN_PASSWORD="+demoPassword)
	v.p = reopened(t, dir)
	v.admin = signedIn(t, v.p)
	v.before = readBooks(t, v.p)
	for id := member.ID(2); int(id) <= len(v.before.members); id++ {
		m := v.before.members[id]
		switch {
		case m.Status != member.Active || m.Admin:
		case m.Type() == member.Email && len(v.mailed) < 4:
			v.mailed = append(v.mailed, m)
		case m.Type() == member.LoginID && len(v.printed) < 2:
			v.printed = append(v.printed, m)
		case m.Type() == member.LoginID && len(v.choosers) < 4:
			v.choosers = append(v.choosers, m)
		}
	}
	if len(v.mailed) < 4 || len(v.printed) < 2 || len(v.choosers) < 4 {
		t.Fatal("the demo has too few members for this test")
	}
	return v
}

// doomed are the processes of one round.
type doomed struct {
	mu    sync.Mutex
	dead  bool
	alive []*exec.Cmd
}

// run lets a process work until it ends or is killed, and gives its stdout if it succeeded.
func (d *doomed) run(cmd *exec.Cmd) (stdout []byte, done bool) {
	var out bytes.Buffer
	cmd.Stdout = &out
	d.mu.Lock()
	if d.dead || cmd.Start() != nil {
		d.mu.Unlock()
		return nil, false
	}
	d.alive = append(d.alive, cmd)
	d.mu.Unlock()
	done = cmd.Wait() == nil
	return out.Bytes(), done
}

// kill kills all of them at once, and keeps others from starting.
func (d *doomed) kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true
	for _, cmd := range d.alive {
		_ = cmd.Process.Kill() // it may have ended
	}
}

// round has all of them at work, kills them, and looks at what they have left.
func (v *victim) round(round int) {
	v.t.Helper()
	codes := v.codes()
	taken := v.taker.count()
	s := serving(v.t, v.binary, v.env)
	d := &doomed{alive: []*exec.Cmd{s.command}}
	moment, name := v.moment(round)
	var working sync.WaitGroup
	if !copies(round) { // which keeps the others waiting
		working.Go(func() { v.runResets(d, v.mailed, round) })
		working.Go(func() { v.runResets(d, v.printed, round) })
	}
	chosen := make([]bool, len(codes))
	working.Go(func() { v.setPasswords(s.base, codes, chosen, round) })
	working.Go(func() { v.runImports(d, round) })
	v.await(moment, round)
	d.kill()
	working.Wait()
	<-s.ended
	v.check(codes, chosen, taken, round)
	if v.t.Failed() {
		v.t.Logf("that was round %d, killed %s", round, name)
	}
}

// copies tells the rounds in which a large import is done on a copy.
func copies(round int) bool { return round%copyRound == copyRound/2 }

// moment chooses when to kill.
func (v *victim) moment(round int) (moment func() bool, name string) {
	delay := func(least, most int) (func() bool, time.Duration) {
		d := time.Duration(least+v.random.IntN(most-least)) * time.Millisecond / 10
		var since time.Time
		return func() bool {
			if since.IsZero() {
				since = time.Now()
			}
			return time.Since(since) >= d
		}, d
	}
	if copies(round) {
		// How long the copy takes depends on the computer: short and long times are as likely.
		most := int(10 * math.Pow(10, 3.5*v.random.Float64()))
		over, d := delay(0, most)
		begun, copied := time.Now(), false
		return func() bool {
			info, err := os.Lstat(filepath.Join(v.dir, "rekey.db.bulk")) // one may be left of a round before
			copied = copied || err == nil && info.ModTime().After(begun)
			return copied && over()
		}, fmt.Sprintf("%v after an import has begun on a copy", d)
	}
	switch round % 3 {
	case 0:
		over, d := delay(0, 9_000)
		return over, fmt.Sprintf("after %v", d)
	case 1:
		over, d := delay(0, 30)
		n := uint64(1 + v.random.IntN(8))
		first, err := v.p.store.Revision()
		if err != nil {
			v.t.Fatal(err)
		}
		return func() bool {
			now, err := v.p.store.Revision()
			return err == nil && now >= first+n && over()
		}, fmt.Sprintf("%v after commit %d", d, n)
	}
	over, d := delay(0, 120)
	n := 1 + v.random.IntN(4)
	first := v.taker.total()
	return func() bool { return v.taker.total() >= first+n && over() }, fmt.Sprintf("%v after mail %d", d, n)
}

// await waits for the moment, but not longer than a round may take.
func (v *victim) await(moment func() bool, round int) {
	longest := longestRound * time.Millisecond
	if copies(round) {
		longest = longestCopying * time.Millisecond
	}
	ticker := time.NewTicker(200 * time.Microsecond)
	defer ticker.Stop()
	for end := time.Now().Add(longest); !moment() && time.Now().Before(end); {
		<-ticker.C
	}
}

// codes resets those who will choose a password on the page.
func (v *victim) codes() []string {
	v.t.Helper()
	var codes []string
	for _, m := range v.choosers {
		if _, err := v.p.service.Reset(v.t.Context(), v.admin, m.ID, account.ReasonForgot); err != nil {
			v.t.Fatal(err)
		}
		v.count(m.ID, 1, 1)
		form, err := v.p.service.Form(v.t.Context(), v.admin, m.ID)
		if err != nil {
			v.t.Fatal(err)
		}
		codes = append(codes, form.Code)
	}
	return codes
}

var talliesMu sync.Mutex // guards victim.reset

func (v *victim) count(id member.ID, tried, done int) {
	talliesMu.Lock()
	defer talliesMu.Unlock()
	n := v.reset[id]
	v.reset[id] = tally{n.tried + tried, n.done + done}
}

func (v *victim) runResets(d *doomed, targets []member.Member, round int) {
	for i := range targets {
		m := targets[(i+round)%len(targets)]
		v.count(m.ID, 1, 0)
		out, done := d.run(command(v.t, v.binary, v.env, "reset", m.Account(), "--reason", "protect", "--yes", "--json"))
		var said resetOutput
		if done && json.Unmarshal(out, &said) == nil && said.Member == m.ID.String() {
			v.count(m.ID, 0, 1)
		}
	}
}

func chosenPassword(round, i int) string { return fmt.Sprintf("seven wooden spoons %d-%d", round, i) }

// setPasswords notes whose password the page has acknowledged.
func (v *victim) setPasswords(base string, codes []string, chosen []bool, round int) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for i, code := range codes {
		form := strings.NewReader(twice(chosenPassword(round, i)).Encode())
		r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, base+"/s/"+code, form)
		if err != nil {
			v.t.Error(err)
			return
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", base)
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", round%250)) // one address may not send as many forms
		answer, err := client.Do(r)
		if err != nil {
			return // killed
		}
		answer.Body.Close()
		chosen[i] = answer.StatusCode == http.StatusSeeOther
		if !chosen[i] {
			v.t.Errorf("setting a password is answered with %d", answer.StatusCode)
		}
	}
}

// runImports imports small files that queue mails, or one that is done on a copy.
func (v *victim) runImports(d *doomed, round int) {
	for i := range 3 {
		file := &imported{tried: true}
		var text strings.Builder
		if copies(round) {
			text.WriteString("loginID,fullName,accountStatus\n")
			for row := range manyRows {
				file.accounts = append(file.accounts, fmt.Sprintf("kill%d-%d-%05d", round, i, row))
				fmt.Fprintf(&text, "%s,Many %d,2\n", file.accounts[row], row)
			}
		} else {
			text.WriteString("mailAddress,fullName,accountStatus\n")
			for row := range 5 {
				file.accounts = append(file.accounts, fmt.Sprintf("kill%d-%d-%d@example.com", round, i, row))
				fmt.Fprintf(&text, "%s,Few %d,1\n", file.accounts[row], row)
			}
		}
		path := filepath.Join(v.t.TempDir(), fmt.Sprintf("kill%d-%d.csv", round, i))
		if err := os.WriteFile(path, []byte(text.String()), fileMode); err != nil {
			v.t.Error(err)
			return
		}
		v.files[path] = file
		out, done := d.run(command(v.t, v.binary, v.env, "import", path, "--yes", "--json"))
		var said importOutput
		file.acked = done && json.Unmarshal(out, &said) == nil && said.Added == len(file.accounts)
	}
}

// check compares the store with what was acknowledged.
func (v *victim) check(codes []string, chosen []bool, takenBefore map[account.MailID]int, round int) {
	t := v.t
	t.Helper()
	p := reopened(t, v.dir)
	b := readBooks(t, p)
	checkStore(t, p, b)
	b.checkWhole(t, v.before)
	taken := v.taker.count()
	b.checkOutbox(t, taken)
	v.checkSendings(b, taken, takenBefore)
	resets, old := b.count(account.EventReset), v.before.count(account.EventReset)
	for id, n := range v.reset {
		if got := resets[id] - old[id]; got < n.done || got > n.tried {
			t.Errorf("%s was reset %d times; %d were acknowledged, %d tried", b.members[id].Account(), got, n.done, n.tried)
		}
	}
	for i, m := range v.choosers {
		c := b.secrets[m.ID]
		if chosen[i] && c.Hash == "" {
			t.Errorf("the password of %s was acknowledged and is lost", m.LoginID)
		}
		if c.Hash == "" {
			if _, err := p.service.LookUp(t.Context(), codes[i]); err != nil {
				t.Errorf("%s has no password, and the code does not work: %v", m.LoginID, err)
			}
		} else if fits, err := p.hasher.Verify(t.Context(), c.Hash, chosenPassword(round, i)); err != nil || !fits {
			t.Errorf("the password of %s is another than the chosen one: %v", m.LoginID, err)
		}
	}
	v.checkImports(b)
	v.checkForms()
}

// checkSendings counts how often the mail server has taken each mail.
func (v *victim) checkSendings(b books, taken, before map[account.MailID]int) {
	v.t.Helper()
	for id, n := range taken {
		if most := 1 + v.doubts[id]; n > most {
			v.t.Errorf("mail %d was sent %d times, at most %d can be excused", id, n, most)
		}
		if n > before[id] && b.mails[id].State != account.MailAccepted {
			v.doubts[id]++
		}
	}
}

// checkImports looks whether each file is there wholly or not at all.
func (v *victim) checkImports(b books) {
	v.t.Helper()
	there := make(map[string]bool, len(b.members))
	for _, m := range b.members {
		there[m.Account()] = true
	}
	sources := map[string]int{}
	for _, r := range b.records {
		if r.Event == account.EventImport {
			sources[r.Detail("source")]++
		}
	}
	for path, file := range v.files {
		n := 0
		for _, a := range file.accounts {
			if there[a] {
				n++
			}
		}
		name := filepath.Base(path)
		switch {
		case n != 0 && n != len(file.accounts):
			v.t.Errorf("of the %d members of %s %d are there", len(file.accounts), name, n)
		case file.acked && n == 0:
			v.t.Errorf("the import of %s was acknowledged and is lost", name)
		case (n > 0) != (sources[name] == 1):
			v.t.Errorf("%d members of %s are there, with %d audit records", n, name, sources[name])
		}
	}
}

// checkForms looks whether every form is a whole file.
func (v *victim) checkForms() {
	v.t.Helper()
	forms, err := filepath.Glob(filepath.Join(v.dir, "forms", "*.pdf"))
	if err != nil {
		v.t.Fatal(err)
	}
	for _, form := range forms {
		text, err := os.ReadFile(form)
		if err != nil || !bytes.HasSuffix(bytes.TrimSpace(text), []byte("%%EOF")) {
			v.t.Errorf("%s is not a whole PDF: %v", filepath.Base(form), err)
		}
	}
}

// deliverTheRest delivers what the killed couriers have left, once their claims have ended, and looks whether every mail
// has gone out that still has something to say.
func (v *victim) deliverTheRest() {
	t := v.t
	t.Helper()
	if t.Failed() {
		return
	}
	later := func() time.Time { return time.Now().Add(time.Hour) }
	key, err := readKey(filepath.Join(v.dir, "rekey.key"), "")
	if err != nil {
		t.Fatal(err)
	}
	service := account.New(account.Config{Store: v.p.store, Key: key, Hasher: v.p.hasher, Clock: later,
		Random: rand.Reader, BaseURL: demoBaseURL, Zone: time.UTC})
	port := v.taker.listener.Addr().(*net.TCPAddr).Port
	client, err := mailer.NewClient(mailer.Config{Host: "127.0.0.1", Port: port, Security: mailer.SecurityNone})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mailer.NewCourier(service, client, mailer.Options{Clock: later}).DeliverDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, taken := readBooks(t, v.p), v.taker.count()
	checkStore(t, v.p, b)
	b.checkOutbox(t, taken)
	for id, n := range taken {
		if n > 1+v.doubts[id] {
			t.Errorf("mail %d was sent %d times", id, n)
		}
	}
	for id, mail := range b.mails {
		superseded := mail.State == account.MailSuperseded && b.secrets[mail.Member].Token != mail.Token
		if mail.State != account.MailAccepted && !superseded {
			t.Errorf("mail %d is lost: it is %v", id, mail.State)
		}
	}
	v.taker.check(t)
	t.Logf("%d mails, %d taken, %d in doubt, %d audit records", len(b.mails), v.taker.total(), len(v.doubts), len(b.records))
}

// taker is a mail server that counts what it takes. It answers late, so that a sender can be killed before it hears.
type taker struct {
	listener net.Listener

	mu     sync.Mutex
	random *mathrand.Rand
	taken  map[account.MailID][]string // the Message-IDs
}

func startTaker(t *testing.T, seed uint64) *taker {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &taker{listener: listener, random: mathrand.New(mathrand.NewPCG(seed, 1)), taken: map[account.MailID][]string{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return takingSession{refusingSession(""), k}, nil
	}))
	server.Domain = "localhost"
	server.ErrorLog = log.New(io.Discard, "", 0)
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return k
}

type takingSession struct {
	refusingSession
	taker *taker
}

func (takingSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s takingSession) Data(r io.Reader) error {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, message.Body); err != nil {
		return err
	}
	id := strings.Trim(message.Header.Get("Message-ID"), "<>")
	number, _, _ := strings.Cut(id, ".")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return err
	}
	time.Sleep(s.taker.take(account.MailID(n), id))
	return nil
}

// take notes a mail, and says how long to wait before the answer.
func (k *taker) take(id account.MailID, messageID string) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.taken[id] = append(k.taken[id], messageID)
	return time.Duration(k.random.IntN(15)) * time.Millisecond
}

// count tells how often each mail was taken.
func (k *taker) count() map[account.MailID]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := map[account.MailID]int{}
	for id, taken := range k.taken {
		n[id] = len(taken)
	}
	return n
}

func (k *taker) total() (n int) {
	for _, taken := range k.count() {
		n += taken
	}
	return n
}

// check looks whether a mail that was taken twice had the same Message-ID, by which readers know it.
func (k *taker) check(t *testing.T) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, taken := range maps.All(k.taken) {
		for _, messageID := range taken {
			if messageID != taken[0] {
				t.Errorf("mail %d was sent under two names: %q", id, taken)
			}
		}
	}
}
