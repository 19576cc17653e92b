package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"rekey/account"
	"rekey/member"
)

// clockTicks is how many ticks the kernel counts a process's time in, per second (USER_HZ).
const clockTicks = 100

// measureNotice takes the time from a change in one process to its row in another's console, and what waiting costs.
func measureNotice(b *bench) ([]result, error) {
	kept, err := scripts[0].team(b)
	if err != nil {
		return nil, err
	}
	t, err := b.copyOf(kept)
	if err != nil {
		return nil, err
	}
	console, err := b.openList(t)
	if err != nil {
		return nil, err
	}
	defer console.close()
	admin, err := t.admin(b)
	if err != nil {
		return nil, err
	}
	var spans []time.Duration
	for i := range 10 * b.rounds {
		console.quiet(calm + time.Duration(i%7)*10*time.Millisecond) // at no fixed time of the console's clock
		name := fmt.Sprintf("Change %d", i)
		start := time.Now()
		if err := t.rename(b, admin, 4, name); err != nil {
			return nil, err
		}
		at, _, err := console.until(name)
		if err != nil {
			return nil, err
		}
		spans = append(spans, at.Sub(start))
	}
	console.quiet(calm)
	const idle = 5 * time.Second
	before, err := processorTime(console.command.Process.Pid)
	if err != nil {
		return nil, err
	}
	time.Sleep(idle)
	after, err := processorTime(console.command.Process.Pid)
	if err != nil {
		return nil, err
	}
	return []result{
		counted("a change in one process to its row in another's console, p99", quantile(spans, 0.99).Seconds(), seconds, atMost(0.050)),
		counted("processor time of a console that waits", 100*float64(after-before)/float64(idle), percent, atMost(0.5)),
	}, nil
}

// rename changes a member's name as another console would.
func (t *team) rename(b *bench, admin account.Admin, id member.ID, name string) error {
	base, err := t.service.Find(b.ctx, id.String())
	if err != nil {
		return err
	}
	changed := base
	changed.Name = name
	_, err = t.service.ChangeMember(b.ctx, admin, base, changed)
	return err
}

// processorTime gives how long a process has been on a processor.
func processorTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, fields, _ := strings.Cut(string(stat), ") ") // the name before it may hold spaces
	var user, system int64
	words := strings.Fields(fields)
	if len(words) < 13 {
		return 0, fmt.Errorf("%q is no /proc/PID/stat", stat)
	}
	if _, err := fmt.Sscan(words[11]+" "+words[12], &user, &system); err != nil {
		return 0, err
	}
	return time.Duration(user+system) * time.Second / clockTicks, nil
}
