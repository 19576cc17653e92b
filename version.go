package main

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

type versionOutput struct {
	Version string `json:"version"`
	Commit  string `json:"commit"` // empty when it is not known; ends in "+changes" for a tree that was not committed
	Go      string `json:"go"`
}

func (c *cli) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			v := buildVersion()
			return c.print(asJSON, v, func(w io.Writer) {
				fmt.Fprintf(w, "rekey %s\n", v.Version)
				if v.Commit != "" {
					fmt.Fprintf(w, "commit %s\n", v.Commit)
				}
				fmt.Fprintf(w, "built with %s\n", v.Go)
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// buildVersion tells what the Go tool wrote into the binary.
func buildVersion() versionOutput {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return versionOutput{Version: "unknown"}
	}
	v := versionOutput{Version: info.Main.Version, Go: info.GoVersion}
	if v.Version == "" {
		v.Version = "(devel)"
	}
	changed := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			v.Commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	if v.Commit != "" {
		v.Commit += changed
	}
	return v
}
