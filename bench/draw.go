package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rekey/account"
	"rekey/member"
)

// named is a team whose members all have names of one script.
type named struct {
	script           string
	goal             float64 // bytes per cursor move
	family, given    []string
	department, post []string
}

var scripts = []named{
	{"Latin", 200,
		[]string{"Tanaka", "Dupont", "Mueller", "Sato", "Okafor", "Lindqvist"}, []string{"Ken", "Renee", "Hanako", "Uwe", "Ada"},
		[]string{"HQ-SALES", "PLANT-B", "R&D"}, []string{"Line leader", ""}},
	{"Japanese", 600,
		[]string{"田中", "佐藤", "勅使河原", "渡辺", "髙橋"}, []string{"太郎", "花子", "さくら", "健"},
		[]string{"工場1課", "営業部", "経理部"}, []string{"主任", ""}},
}

// team gives a team of one screen and more whose members have these names.
func (n named) team(b *bench) (*team, error) {
	const size = 200
	dir := filepath.Join(b.data, "names-"+n.script)
	if _, err := os.Stat(filepath.Join(dir, "demo.json")); err == nil {
		return openTeam(dir, size)
	}
	if err := b.makeTeam(dir, size); err != nil {
		return nil, err
	}
	t, err := openTeam(dir, size)
	if err != nil {
		return nil, err
	}
	return t, t.store.Bulk(b.ctx, func(w account.Writer) error {
		all, err := w.Members(0, size)
		if err != nil {
			return err
		}
		for i, m := range all {
			if err := n.rename(w, i, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// rename gives a member the names of the script, and no lock whose time runs down on the screen.
func (n named) rename(w account.Writer, i int, m member.Member) error {
	pick := func(from []string) string { return from[i%len(from)] }
	m.Name = pick(n.family) + " " + pick(n.given)
	m.Departments = []string{pick(n.department)}
	m.Position = pick(n.post)
	if _, err := w.PutMember(m); err != nil {
		return err
	}
	return w.PutLockout(account.Lockout{Member: m.ID})
}

// calm is how long nothing has to come until an output is taken for complete.
const calm = 150 * time.Millisecond

// measureBytes counts what goes to the terminal: for the first paint, and for each move of the cursor.
func measureBytes(b *bench) ([]result, error) {
	var results []result
	for _, n := range scripts {
		t, err := n.team(b)
		if err != nil {
			return results, err
		}
		d, err := b.drawn(t)
		if err != nil {
			return results, err
		}
		what := fmt.Sprintf("names in %s, %dx%d", n.script, columns, rows)
		results = append(results,
			counted("first paint of the list, "+what, float64(d.first), bytes, atMost(6000)),
			counted("a cursor move while the arrow key is held, median, "+what, float64(median(d.held)), bytes, atMost(n.goal)),
			counted("a cursor move by itself, with the account in the pane that follows it, median, "+what, float64(median(d.rested)), bytes, nil))
	}
	return results, nil
}

// drawn counts bytes: of the first paint, of the moves while a key is held, and of those after which the cursor rests.
type drawn struct {
	first        int
	held, rested []int
}

// How soon one move follows another: while a key is held down, and where the pane beside the list has turned to the member.
const (
	repeated = 80 * time.Millisecond // so that each move is a frame of its own; keyboards are faster
	rested   = 400 * time.Millisecond
)

func (b *bench) drawn(of *team) (d drawn, err error) {
	t, err := b.open("--dir", of.dir)
	if err != nil {
		return d, err
	}
	defer t.close()
	if err := t.signIn(); err != nil {
		return d, err
	}
	if _, d.first, err = t.until(fmt.Sprintf("%d of %d members", of.size, of.size)); err != nil {
		return d, err
	}
	d.first += t.quiet(2 * calm)
	if d.held, err = t.moves(10*b.rounds, repeated); err != nil {
		return d, err
	}
	t.quiet(rested)
	d.rested, err = t.moves(3*b.rounds, rested)
	return d, err
}

// moves moves the cursor n times, one row after each span, and counts what comes within it.
func (t *terminal) moves(n int, span time.Duration) (counts []int, err error) {
	for range n {
		if err := t.press(down); err != nil {
			return nil, err
		}
		counts = append(counts, t.within(span))
	}
	return counts, nil
}
