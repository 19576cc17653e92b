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
	why              string  // what most of them are for
	family, given    []string
	department, post []string
}

var scripts = []named{
	{"Latin", 200, "Two rows are about 180; the rest is the account of another member in the pane beside them",
		[]string{"Tanaka", "Dupont", "Mueller", "Sato", "Okafor", "Lindqvist"}, []string{"Ken", "Renee", "Hanako", "Uwe", "Ada"},
		[]string{"HQ-SALES", "PLANT-B", "R&D"}, []string{"Line leader", ""}},
	{"Japanese", 600, "Bubble Tea 2.1.1 clears its buffer before each frame, which touches every row, and ultraviolet repaints every touched row that holds a wide cell, changed or not; neither can be told otherwise from outside",
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

// calm is how long nothing has to come until a key's output is taken for complete. The member beside the list is read
// within it.
const calm = 150 * time.Millisecond

// measureBytes counts what goes to the terminal: for the first paint, and for each move of the cursor.
func measureBytes(b *bench) ([]result, error) {
	var results []result
	for _, n := range scripts {
		t, err := n.team(b)
		if err != nil {
			return results, err
		}
		first, moves, err := b.drawn(t)
		if err != nil {
			return results, err
		}
		results = append(results,
			counted("first paint of the list, names in "+n.script, float64(first), bytes, atMost(6000)),
			counted(fmt.Sprintf("a cursor move, median, names in %s, %dx%d", n.script, columns, rows), float64(median(moves)), bytes, atMost(n.goal)).noted(n.why))
	}
	return results, nil
}

func (b *bench) drawn(of *team) (first int, moves []int, err error) {
	t, err := b.open("--dir", of.dir)
	if err != nil {
		return 0, nil, err
	}
	defer t.close()
	if err := t.signIn(); err != nil {
		return 0, nil, err
	}
	t.quiet(calm) // of the sign-in screen; the password is hashed meanwhile
	if _, first, err = t.until(fmt.Sprintf("%d of %d members", of.size, of.size)); err != nil {
		return 0, nil, err
	}
	first += t.quiet(2 * calm)
	for range 10 * b.rounds {
		if err := t.press(down); err != nil {
			return 0, nil, err
		}
		moves = append(moves, t.quiet(calm))
	}
	return first, moves, nil
}
