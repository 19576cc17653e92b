package main

import (
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"rekey/tui"
)

// restrictedVariable restricts as --restricted does. It is the variable of the setting console.restricted as well.
const restrictedVariable = "REKEY_RESTRICTED"

// isRestricted reports whether the flag or the variable restricts the program. Neither undoes the other, and none of
// them the setting.
func (c *cli) isRestricted() (bool, error) {
	text := c.env.get(restrictedVariable)
	if text == "" {
		return c.restrictedFlag, nil
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		return true, refuse("Correct or unset it.", "The variable %s has to be true or false.", restrictedVariable)
	}
	return on || c.restrictedFlag, nil
}

// refuseRestricted refuses the commands that a restricted program does not carry out: all but the console and the kiosk,
// which are for people of whom the host's owner does not want more.
func (c *cli) refuseRestricted(cmd *cobra.Command) error {
	restricted, err := c.isRestricted()
	if err != nil || !restricted || cmd == cmd.Root() || cmd.Name() == kioskName {
		return err
	}
	return refuse("Run it as a user of this host who may.", "Rekey is restricted here to the console and the kiosk.")
}

// restrict shuts the ways from the screen to other programs and files.
func (s *screen) restrict(d directory) {
	signal.Ignore(syscall.SIGTSTP) // there may be a shell to come back to
	s.env = s.env.without("TMUX")
	s.restricted = &tui.Restriction{ImportFolder: d.imports()}
}

// without leaves a variable out. The drawing runs `tmux info` where TMUX is set.
func (e environment) without(name string) environment {
	return slices.DeleteFunc(slices.Clone(e), func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
}
