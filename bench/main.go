package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

func main() {
	if worker, isWorker := workerOf(os.Args); isWorker {
		end(worker.run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	end(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// bench is one run.
type bench struct {
	ctx    context.Context
	sizes  []int // of the teams, ascending
	quick  bool
	data   string // where the teams are kept
	rounds int    // how often a time is taken
	log    io.Writer

	binary func() (string, error) // builds the program once
	work   string                 // a directory that is removed at the end
}

func run(ctx context.Context, arguments []string, out, log io.Writer) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(log)
	sizes := flags.String("size", "10k,100k,1M", "the sizes of the teams")
	only := flags.String("only", "", "measure only the figures whose names match the `pattern`")
	jsonFile := flags.String("json", "", "write the results to `file` too")
	data := flags.String("data", "", "keep the teams in `dir`")
	quick := flags.Bool("quick", false, "at 10k members unless --size says otherwise, and fewer rounds")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	b := &bench{ctx: ctx, quick: *quick, data: *data, rounds: 7, log: log}
	if b.quick {
		b.rounds = 3
		if !isSet(flags, "size") {
			*sizes = "10k"
		}
	}
	if b.sizes, err = parseSizes(*sizes); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	if err := b.prepare(); err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	results := b.measure(wanted)
	if err := writeTable(out, results); err != nil || *jsonFile == "" {
		return err
	}
	text, err := json.MarshalIndent(results, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(*jsonFile, append(text, '\n'), 0o644)
}

func isSet(flags *flag.FlagSet, name string) (set bool) {
	flags.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// parseSizes reads sizes like "10k,1M".
func parseSizes(list string) ([]int, error) {
	var sizes []int
	for size := range strings.SplitSeq(list, ",") {
		digits, unit := strings.TrimSpace(size), 1
		for suffix, times := range map[string]int{"k": 1_000, "M": 1_000_000} {
			if short, found := strings.CutSuffix(digits, suffix); found {
				digits, unit = short, times
			}
		}
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no size: it looks like 10k or 1M", size)
		}
		sizes = append(sizes, n*unit)
	}
	return sizes, nil
}

func (b *bench) prepare() (err error) {
	if b.data == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		b.data = filepath.Join(cache, "rekey-bench")
	}
	if err := os.MkdirAll(b.data, 0o700); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp(b.data, "run-"); err != nil {
		return err
	}
	b.binary = sync.OnceValues(func() (string, error) {
		path := filepath.Join(b.work, "rekey")
		return path, b.build(path, "rekey")
	})
	return nil
}

// build makes a binary as the README says it is made.
func (b *bench) build(path, of string) error {
	command := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, of)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", of, err, said)
	}
	return nil
}

// measure takes every wanted figure. One that cannot be measured is named and left out: there are no made-up rows.
func (b *bench) measure(wanted *regexp.Regexp) []result {
	var all []result
	for _, f := range figures {
		if !wanted.MatchString(f.name) || b.ctx.Err() != nil {
			continue
		}
		fmt.Fprintf(b.log, "measuring %s\n", f.name)
		results, err := f.measure(b)
		if err != nil {
			fmt.Fprintf(b.log, "%s could not be measured: %v\n", f.name, err)
		}
		all = append(all, results...)
	}
	return all
}
