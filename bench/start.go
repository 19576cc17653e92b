package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"rekey/account"
	"rekey/demo"
	"rekey/member"
)

// measureStart takes the times from the sign-in to the first page of members, and to a filter over all of them.
func measureStart(b *bench) ([]result, error) {
	const small = 1000
	few, err := b.team(small)
	if err != nil {
		return nil, err
	}
	var results []result
	for _, size := range b.sizes {
		t, err := b.team(size)
		if err != nil {
			return results, err
		}
		page, fewPage, err := compare(b.rounds, b.firstPage(t), b.firstPage(few))
		if err != nil {
			return results, err
		}
		results = append(results, timed("sign-in to the first page of members, "+count(size), page, fewPage, "at "+count(small), atMost(1.5)))
		ready, scan, err := compare(b.rounds, b.filterReady(t), took(t.scan))
		if err != nil {
			return results, err
		}
		var g *goal
		if size >= 1_000_000 {
			g = atMost(5)
		}
		results = append(results, timed("loading all members until the filter is ready, "+count(size), ready, scan,
			"a bbolt cursor over the members", g).noted("The cursor decodes nothing; here both processors decode and fold"))
	}
	return results, nil
}

// firstPage takes the time from the sign-in to a page of members.
func (b *bench) firstPage(of *team) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		t, err := b.open("--dir", of.dir)
		if err != nil {
			return 0, err
		}
		defer t.close()
		if _, _, err := t.until("Password"); err != nil {
			return 0, err
		}
		if err := t.press(demo.AdminEmail + tab + password); err != nil {
			return 0, err
		}
		t.quiet(calm)
		start := time.Now()
		if err := t.press(enter); err != nil {
			return 0, err
		}
		at, _, err := t.until("line9-009")
		return at.Sub(start), err
	}
}

// filterReady takes the time of loading the directory, as the console does it in the background.
func (b *bench) filterReady(t *team) func() (time.Duration, error) {
	return took(func() error {
		d, err := t.directory(b)
		if err == nil && d.Len() == 0 {
			return fmt.Errorf("the directory of %s is empty", t.dir)
		}
		return err
	})
}

// scan goes over the members with bbolt alone, and looks at each byte page by page.
func (t *team) scan() error {
	db, err := bbolt.Open(t.file(), 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) error {
		var sum byte
		c := tx.Bucket([]byte("members")).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			sum += k[len(k)-1] + v[len(v)-1]
		}
		runtime.KeepAlive(sum)
		return nil
	})
}

// measureMemory looks at the resident memory of a console that shows all members and has filtered them.
func measureMemory(b *bench) ([]result, error) {
	var results []result
	for _, size := range b.sizes {
		t, err := b.team(size)
		if err != nil {
			return results, err
		}
		text, err := t.searchableBytes(b)
		if err != nil {
			return results, err
		}
		resident, err := b.resident(t)
		if err != nil {
			return results, err
		}
		var g *goal
		if size >= 1_000_000 {
			g = atMost(3)
		}
		results = append(results, against("resident memory of the console, "+count(size), float64(resident), float64(text), bytes,
			"the searchable text", g))
	}
	return results, nil
}

// searchableBytes counts the text of all members that a search looks at.
func (t *team) searchableBytes(b *bench) (total int, err error) {
	for after := member.ID(0); ; {
		var page []member.Member
		err := t.store.View(b.ctx, func(r account.Reader) (err error) {
			page, err = r.Members(after, 10_000)
			return err
		})
		if err != nil || len(page) == 0 {
			return total, err
		}
		for _, m := range page {
			total += len(searchable(m)) + 1
			after = m.ID
		}
	}
}

func (b *bench) resident(of *team) (int, error) {
	t, err := b.openList(of)
	if err != nil {
		return 0, err
	}
	defer t.close()
	for _, key := range []string{"/", "t", "a", "n", enter, "\x1b", down, "o"} {
		if err := t.press(key); err != nil {
			return 0, err
		}
		t.quiet(calm)
	}
	return memoryOf(t.command.Process.Pid, "VmRSS")
}

// memoryOf gives what the kernel says of a process's memory, in bytes: VmRSS, or RssAnon without mapped files.
func memoryOf(pid int, kind string) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var kilobytes int
		if _, err := fmt.Sscanf(line, kind+": %d kB", &kilobytes); err == nil {
			return kilobytes * 1024, nil
		}
	}
	return 0, fmt.Errorf("no %s of process %d", kind, pid)
}
