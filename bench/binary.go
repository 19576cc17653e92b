package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

const helloWorld = `package main

import "fmt"

func main() { fmt.Println("Hello, world!") }
`

// measureBinary looks at the size of the program and at how long it takes to say its version, beside the least program.
func measureBinary(b *bench) ([]result, error) {
	binary, err := b.binary()
	if err != nil {
		return nil, err
	}
	source, hello := filepath.Join(b.work, "hello.go"), filepath.Join(b.work, "hello")
	if err := os.WriteFile(source, []byte(helloWorld), 0o600); err != nil {
		return nil, err
	}
	if err := b.build(hello, source); err != nil {
		return nil, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return nil, err
	}
	run := func(path string, arguments ...string) func() error {
		return func() error { return exec.CommandContext(b.ctx, path, arguments...).Run() }
	}
	ours, anchor, err := compare(10*b.rounds, took(run(binary, "version")), took(run(hello)))
	if err != nil {
		return nil, err
	}
	return []result{
		counted("size of the program", float64(info.Size()), bytes, atMost(25e6)).noted(
			"6.2 MB are two fonts. Kept compressed they would take 1.3 MB less, and 5 MB of generated files in the repository"),
		timed("start of `rekey version`", ours, anchor, "hello world", atMost(3)),
	}, nil
}
