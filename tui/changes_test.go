package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// hints stands for the channel of hints.
type hints struct {
	d       *driver
	waiting []func(open bool) tea.Msg
}

// hinted is a console that is given hints.
func hinted(t *testing.T, tm *team) (*driver, *hints) {
	t.Helper()
	h := &hints{}
	changed := make(chan struct{})
	r := newRoot(context.Background(), Options{Service: tm.service, Changed: changed, Address: adminAddress, Env: []string{"TERM=xterm-256color"}}, tm.service)
	h.d = &driver{loop: loop{t: t, model: r}, team: tm, root: r}
	r.shared.after = h.d.after
	if r.watcher.await == nil {
		t.Fatal("the console does not wait for hints")
	}
	r.watcher.await = func(hinted func(bool) tea.Msg) tea.Cmd {
		h.waiting = append(h.waiting, hinted)
		return nil
	}
	h.d.begin(80, 24, r.terminal.profile)
	h.d.typed(adminPassword)
	h.d.press("enter")
	return h.d, h
}

// send gives a hint, or says that there will be no more.
func (h *hints) send(open bool) {
	h.d.t.Helper()
	if len(h.waiting) != 1 {
		h.d.t.Fatalf("%d wait for hints", len(h.waiting))
	}
	if msg := h.waiting[0](open); msg != nil {
		h.waiting = nil
		h.d.send(msg)
	}
}

func TestAHintShowsAChangeAtOnce(t *testing.T) {
	tm := newTeam(t)
	d, h := hinted(t, tm)
	for i := range 3 {
		tm.takeIn(t, member.Member{Email: string(rune('a'+i)) + "@example.com", Name: "Another"})
		h.send(true)
		total := len(people) + 2 + i
		d.shows(fmt.Sprintf("%d of %d members", total, total))
	}
}

func TestHintsKeepTheCursorTheFilterAndTheOpenForm(t *testing.T) {
	tm := newTeam(t)
	d, h := hinted(t, tm)
	d.press("/")
	d.typed("tanaka")
	d.press("enter", "down", "r", "down")
	before := strings.ReplaceAll(d.frame(), "of 8 members", "of 9 members")
	tm.takeIn(t, member.Member{Email: "a@example.com", Name: "Another"})
	h.send(true)
	if d.frame() != before {
		t.Errorf("the open form has changed:\n%s\nwas:\n%s", d.frame(), before)
	}
	d.press("esc")
	d.shows("2 of 9 members", "Filter all fields: tanaka")
}

func TestWithHintsTheClockGoesOnMoreSlowly(t *testing.T) {
	tm := newTeam(t)
	d, h := hinted(t, tm)
	intervals := make(map[time.Duration]bool)
	d.root.shared.after = func(interval time.Duration, fn func() tea.Msg) tea.Cmd {
		intervals[interval] = true
		return d.after(interval, fn)
	}
	d.tick()
	if !intervals[hintedInterval] || intervals[pollInterval] {
		t.Errorf("with hints it looks after %v", intervals)
	}
	// A change whose hint was missed is seen all the same.
	tm.takeIn(t, member.Member{Email: "a@example.com", Name: "Another"})
	d.tick()
	d.shows("9 of 9 members")

	h.send(false)
	if len(h.waiting) != 0 {
		t.Error("it still waits for hints")
	}
	clear(intervals)
	d.tick()
	d.tick()
	if !intervals[pollInterval] || intervals[hintedInterval] {
		t.Errorf("without hints it looks after %v", intervals)
	}
	tm.takeIn(t, member.Member{Email: "b@example.com", Name: "One more"})
	d.tick()
	d.shows("10 of 10 members")
}

func TestAHintWithoutAChangeDoesNothing(t *testing.T) {
	d, h := hinted(t, newTeam(t))
	d.tick() // the first look
	h.send(true)
	first := h.waiting[0]
	if msg := first(true); msg != nil {
		t.Errorf("a hint without a change gives %v", msg)
	}
}

// noRevision is a service whose store's revision cannot be read.
type noRevision struct{ *account.Service }

func (noRevision) Revision() (uint64, error) { return 0, errors.New("the disk is gone") }

func TestAHintToAStoreThatCannotBeReadDoesNoHarm(t *testing.T) {
	tm := newTeam(t)
	d, h := hinted(t, tm)
	d.tick()
	d.root.shared.service = noRevision{tm.service}
	d.tick()
	d.tick()
	d.shows("The disk is gone.")
	d.root.shared.service = tm.service
	h.send(true)
}

func TestHintsAreAwaited(t *testing.T) {
	hints := make(chan struct{}, 2)
	hints <- struct{}{}
	hints <- struct{}{}
	calls := 0
	msg := awaitHints(context.Background(), hints)(func(open bool) tea.Msg {
		if calls++; calls == 2 {
			close(hints)
		}
		if open {
			return nil
		}
		return hintsEndedMsg{}
	})()
	if _, ended := msg.(hintsEndedMsg); !ended || calls != 3 {
		t.Errorf("%v after %d calls", msg, calls)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if msg := awaitHints(ctx, make(chan struct{}))(nil)(); msg != nil {
		t.Errorf("at the end of the program: %v", msg)
	}
	if awaitHints(ctx, nil) != nil {
		t.Error("it waits for hints without a channel")
	}
}
