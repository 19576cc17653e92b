package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"rekey/account"
	"rekey/member"
)

// The load: so many processes, of whose transactions so many in a hundred read.
const (
	workers = 4
	reads   = 90
)

// measureWaiting lets several processes work on one store, once through rekey's locks and once through bbolt's own.
func measureWaiting(b *bench) ([]result, error) {
	span := 10 * time.Second
	if b.quick {
		span = 3 * time.Second
	}
	const size = 10_000
	t, err := b.ownTeam(size)
	if err != nil {
		return nil, err
	}
	ours, err := b.load(worker{"ours", t.dir, span})
	if err != nil {
		return nil, err
	}
	bare, err := b.load(worker{"bare", t.dir, span})
	if err != nil {
		return nil, err
	}
	p999 := func(spans []time.Duration) float64 { return quantile(spans, 0.999).Seconds() }
	perSecond := func(spans []time.Duration) float64 { return float64(len(spans)) / span.Seconds() }
	const what, anchor = "4 processes, 90 % reads: ", "bbolt's own waiting"
	return []result{
		against(what+"p99.9 of a transaction", p999(ours), p999(bare), seconds, anchor, atMost(1.0/50)),
		counted(what+"the longest transaction", slices.Max(ours).Seconds(), seconds, atMost(0.020)),
		against(what+"transactions", perSecond(ours), perSecond(bare), rate, anchor, atLeast(0.85)).noted(
			"With bbolt's own waiting, whoever runs goes on and the others sleep for 50 ms at a time. Here they take turns, each of " +
				"which changes the process"),
	}, nil
}

// load runs the workers, and gives the times of all their transactions.
func (b *bench) load(w worker) ([]time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var commands []*exec.Cmd
	var outputs []*bufio.Reader
	for range workers {
		c := exec.CommandContext(b.ctx, self, w.arguments()...)
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := c.Start(); err != nil {
			return nil, err
		}
		commands, outputs = append(commands, c), append(outputs, bufio.NewReader(out))
	}
	var all []time.Duration
	for i, c := range commands {
		for {
			var nanoseconds int64
			if err := binary.Read(outputs[i], binary.LittleEndian, &nanoseconds); err != nil {
				break
			}
			all = append(all, time.Duration(nanoseconds))
		}
		if err := c.Wait(); err != nil {
			return nil, fmt.Errorf("a worker: %w", err)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the workers did nothing")
	}
	return all, nil
}

// worker is one process of the load. It writes the time of each transaction, in nanoseconds, to stdout.
type worker struct {
	way  string // ours or bare
	dir  string
	span time.Duration
}

const workerCommand = "worker"

func (w worker) arguments() []string {
	return []string{workerCommand, w.way, w.dir, strconv.FormatInt(int64(w.span), 10)}
}

// workerOf reports whether the command line is that of a worker.
func workerOf(arguments []string) (worker, bool) {
	if len(arguments) != 5 || arguments[1] != workerCommand {
		return worker{}, false
	}
	span, err := strconv.ParseInt(arguments[4], 10, 64)
	return worker{arguments[2], arguments[3], time.Duration(span)}, err == nil
}

func (w worker) run() error {
	t, err := openTeam(w.dir, 0)
	if err != nil {
		return err
	}
	transaction := t.transaction
	if w.way == "bare" {
		transaction = t.bareTransaction
	}
	var spans []int64
	for start := time.Now(); time.Since(start) < w.span; {
		id := member.ID(1 + rand.IntN(10_000))
		began := time.Now()
		if err := transaction(id, rand.IntN(100) >= reads); err != nil {
			return err
		}
		spans = append(spans, int64(time.Since(began)))
	}
	out := bufio.NewWriter(os.Stdout)
	if err := binary.Write(out, binary.LittleEndian, spans); err != nil {
		return err
	}
	return out.Flush()
}

// transaction reads a member, and may write one record.
func (t *team) transaction(id member.ID, writes bool) error {
	ctx := context.Background()
	if writes {
		return t.store.Update(ctx, func(w account.Writer) error {
			return w.PutLockout(account.Lockout{Member: id, Failures: 1 + rand.IntN(5)})
		})
	}
	return t.store.View(ctx, func(r account.Reader) error {
		_, err := r.Member(id)
		return err
	})
}

// bareTransaction does the same with bbolt alone.
func (t *team) bareTransaction(id member.ID, writes bool) error {
	db, err := bbolt.Open(t.file(), 0o600, &bbolt.Options{
		ReadOnly: !writes, Timeout: patience, FreelistType: bbolt.FreelistArrayType, NoStatistics: true,
	})
	if err != nil {
		return err
	}
	key := binary.BigEndian.AppendUint64(nil, uint64(id))
	if writes {
		err = db.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("bench"))
			if err != nil {
				return err
			}
			return bucket.Put(key, make([]byte, 30))
		})
	} else {
		err = db.View(func(tx *bbolt.Tx) error {
			runtime.KeepAlive(tx.Bucket([]byte("members")).Get(key)[0])
			return nil
		})
	}
	return errors.Join(err, db.Close())
}
