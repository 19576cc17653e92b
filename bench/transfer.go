package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"rekey/demo"
	"rekey/member"
	"rekey/roster"
)

// measureTransfer takes the times of the commands that take members in and write them out: an import beside bare puts of
// the same pairs, an export beside a bare scan and bare writes, and the making of a demo beside the import.
func measureTransfer(b *bench) ([]result, error) {
	var results []result
	var large []int // sizes at which the members' memory stands out
	var peaks []float64
	for _, size := range b.sizes {
		found, peak, err := b.transfers(size)
		results = append(results, found...)
		if err != nil {
			return results, err
		}
		if size >= 100_000 {
			large, peaks = append(large, size), append(peaks, peak)
		}
	}
	if last := len(large) - 1; last > 0 {
		grown := (peaks[last] - peaks[0]) / float64(large[last]-large[0])
		results = append(results, counted(fmt.Sprintf("memory of an import for each member more, from %s to %s",
			count(large[0]), count(large[last])), grown, bytes, atMost(indexedAccount)))
	}
	return results, nil
}

// indexedAccount is what an import may keep of each account, in bytes: its hash and its line, in a map that may be half
// empty, and as much again as garbage.
const indexedAccount = 100

// transfers also gives the most memory that the import held besides mapped files, in bytes.
func (b *bench) transfers(size int) (results []result, peak float64, err error) {
	var g, demoGoal *goal
	if size >= 1_000_000 {
		g, demoGoal = atMost(2), atMost(2)
	}
	kept, err := b.team(size)
	if err != nil {
		return nil, 0, err
	}
	file := filepath.Join(b.work, "members.csv")
	if err := kept.writeRoster(b, file); err != nil {
		return nil, 0, err
	}
	var into string
	var peaks []float64
	importing, puts, err := compare(min(3, b.rounds),
		func() (time.Duration, error) {
			if into, err = b.emptyTeam(); err != nil {
				return 0, err
			}
			t, peak, err := b.command(into, "import", file, "--yes")
			peaks = append(peaks, float64(peak))
			return t, err
		},
		func() (time.Duration, error) { return b.putAll(filepath.Join(into, "rekey.db")) })
	if err != nil {
		return nil, 0, err
	}
	exported := filepath.Join(b.work, "export.csv")
	exporting, bare, err := compare(min(3, b.rounds), func() (time.Duration, error) {
		t, _, err := b.command(kept.dir, "export", "--out", exported)
		return t, err
	}, took(func() error { return errors.Join(kept.scan(), copySynced(exported+".bare", exported)) }))
	if err != nil {
		return nil, 0, err
	}
	making, _, err := b.command(filepath.Join(b.work, fmt.Sprintf("made-%d", size)), "demo", "--members", strconv.Itoa(size), "--prepare")
	if err != nil {
		return nil, 0, err
	}
	name := count(size)
	return []result{
		timed("import of "+name+", the whole command", importing, puts, "bare bbolt puts of the same pairs, in large batches", g).noted(
			"The file is read and checked twice: every bad row is named before anything is written"),
		counted("memory of that import at its most, without mapped files, "+name, median(peaks), bytes, nil),
		timed("export of "+name+", the whole command", exporting, bare,
			"a bbolt cursor over the members, then the file's bytes written and synced", g).noted("The cursor decodes nothing"),
		timed("`rekey demo --prepare` of "+name, making, importing, "the import", demoGoal),
	}, median(peaks), nil
}

// copySynced copies a file and brings the copy to the disk.
func copySynced(to, from string) error {
	if err := copyFile(to, from); err != nil {
		return err
	}
	file, err := os.Open(to)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// writeRoster writes the team's members, but those whom every team has, as a file to import.
func (t *team) writeRoster(b *bench, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	others := func(yield func(member.Member, error) bool) {
		for m, err := range t.service.Members(b.ctx) {
			if m.Email != demo.AdminEmail && !yield(m, err) {
				return
			}
		}
	}
	return errors.Join(roster.Write(file, others), file.Close())
}

// emptyTeam makes a team that has nobody but its admin.
func (b *bench) emptyTeam() (string, error) {
	dir, err := os.MkdirTemp(b.work, "empty-")
	if err != nil {
		return "", err
	}
	_, _, err = b.command(dir, "demo", "--members", "1", "--prepare")
	return dir, err
}

// command runs a command of the program as the team's admin, and gives how long it took, and the most memory that it
// held besides mapped files, in bytes.
func (b *bench) command(dir string, arguments ...string) (took time.Duration, peak int64, err error) {
	binary, err := b.binary()
	if err != nil {
		return 0, 0, err
	}
	c := exec.CommandContext(b.ctx, binary, append(arguments, "--dir", dir)...)
	c.Env = append(os.Environ(), "REKEY_ADMIN="+demo.AdminEmail, "REKEY_ADMIN_PASSWORD="+password)
	var said tail
	c.Stdout, c.Stderr = &said, &said
	start := time.Now()
	if err := c.Start(); err != nil {
		return 0, 0, err
	}
	var highest atomic.Int64
	ended := make(chan struct{})
	go func() {
		for tick := time.Tick(20 * time.Millisecond); ; {
			select {
			case <-ended:
				return
			case <-tick:
				if now, err := memoryOf(c.Process.Pid, "RssAnon"); err == nil {
					highest.Store(max(highest.Load(), int64(now)))
				}
			}
		}
	}()
	err = c.Wait()
	took = time.Since(start)
	close(ended)
	if err != nil {
		err = fmt.Errorf("rekey %s: %w\n%s", arguments[0], err, said.text)
	}
	return took, highest.Load(), err
}

// tail keeps the end of what is written to it.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-2000):]
	return len(p), nil
}

// putAll puts all pairs of a store into a new file: those that an index points to by the order of what it points to, as
// an import comes upon them, and the others ascending.
func (b *bench) putAll(of string) (time.Duration, error) {
	const batch = 50_000
	source, err := bbolt.Open(of, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer source.Close()
	type pair struct{ key, value []byte }
	buckets := map[string][]pair{}
	tx, err := source.Begin(false)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	err = tx.ForEach(func(name []byte, bucket *bbolt.Bucket) error {
		var all []pair
		err := bucket.ForEach(func(k, v []byte) error {
			all = append(all, pair{k, v})
			return nil
		})
		if string(name) == "emails" || string(name) == "login_ids" {
			slices.SortFunc(all, func(a, b pair) int { return slices.Compare(a.value, b.value) })
		}
		buckets[string(name)] = all
		return err
	})
	if err != nil {
		return 0, err
	}
	path := filepath.Join(b.work, "bare.db")
	defer os.Remove(path)
	start := time.Now()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistArrayType, NoSync: true, NoStatistics: true})
	if err != nil {
		return 0, err
	}
	for name, all := range buckets {
		for some := range slices.Chunk(all, batch) {
			err := db.Update(func(tx *bbolt.Tx) error {
				bucket, err := tx.CreateBucketIfNotExists([]byte(name))
				if err != nil {
					return err
				}
				for _, p := range some {
					if err := bucket.Put(p.key, p.value); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return 0, errors.Join(err, db.Close())
			}
		}
	}
	err = errors.Join(db.Sync(), db.Close())
	return time.Since(start), err
}

// measureCold takes the time of loading all members from a file of which nothing is in memory, beside reading it through.
func measureCold(b *bench) ([]result, error) {
	var results []result
	for _, size := range b.sizes {
		t, err := b.ownTeam(size)
		if err != nil {
			return results, err
		}
		var g *goal
		if size >= 1_000_000 {
			g = atMost(2)
		}
		ready, reading, err := compare(b.rounds, t.cold(b.filterReady(t)), t.cold(took(t.readThrough)))
		if err != nil {
			return results, err
		}
		results = append(results, timed("loading all members from a cold file, "+count(size), ready, reading, "reading the file through", g))
	}
	return results, nil
}

// cold has the system forget the store's file before something is measured.
func (t *team) cold(measure func() (time.Duration, error)) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		file, err := os.Open(t.file())
		if err != nil {
			return 0, err
		}
		err = errors.Join(unix.Fsync(int(file.Fd())), unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED), file.Close())
		if err != nil {
			return 0, err
		}
		return measure()
	}
}

func (t *team) readThrough() error {
	file, err := os.Open(t.file())
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(struct{ io.Writer }{io.Discard}, file)
	return err
}
