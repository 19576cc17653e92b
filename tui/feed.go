package tui

import (
	"context"
	"math"
	"slices"

	tea "charm.land/bubbletea/v2"
)

// feed is a long list of things with ascending ids, newest first, of which only as much is read as is looked at. It
// reads in the background, one batch after the other, and keeps the cursor on its item whatever comes in.
//
// After a change everything read is out of date: it is shown until it has been read again, from the newest on down to
// what is in sight.
type feed[ID ~uint64, T any] struct {
	*shared
	list
	id func(T) ID
	// read gives up to limit items older than before (0: from the newest), newest first, and where to go on (0: there is
	// no more).
	read func(ctx context.Context, before ID, limit int) (found []T, next ID, err error)
	// fixed says that items never change once they are there, and newest what the newest of all is: what has been read
	// is read again down to there only. Nil: they change.
	newest func(ctx context.Context) (ID, error)

	items   []T
	fresh   ID // everything from here on is up to date; noID: nothing is
	end     ID // everything from here on has been read at some time; 0: all
	known   ID // of fixed items: up to here none is missing down to end
	rising  ID // known, once the reading from the newest on has come down to it
	asked   ID // what the reading under way reads before
	loading request
	again   bool // something has changed while it was read
	failed  bool // not to be tried again before something happens
}

// batch is what one reading gives.
type batch[ID ~uint64, T any] struct {
	found []T
	next  ID
	top   ID
}

// noID is above every id.
const noID = math.MaxUint64

// How many items are read at a time: at the end of the list, and where what has been read is read again.
const (
	feedPage   = 200
	feedReread = 5000
)

// restart forgets everything: something else is asked for.
func (f *feed[ID, T]) restart() tea.Cmd {
	f.items, f.list.total, f.cursor, f.offset = nil, 0, 0, 0
	f.fresh, f.end, f.known = noID, noID, 0
	f.loading, f.again, f.failed = 0, false, false
	return f.more()
}

// changed takes note that the store has changed.
func (f *feed[ID, T]) changed() tea.Cmd {
	f.failed = false
	if f.loading != 0 {
		f.again = true
		return nil
	}
	f.fresh = noID
	return f.more()
}

// more reads on if what is in sight, or about to be, has not been read or is out of date.
func (f *feed[ID, T]) more() tea.Cmd {
	if f.loading != 0 || f.failed || f.satisfied() {
		return nil
	}
	before, limit, read, newest := f.fresh, f.limit(), f.read, f.newest
	if before == noID {
		before = 0
	}
	f.asked = before
	var cmd tea.Cmd
	f.loading, cmd = ask(f.shared, func(ctx context.Context) (b batch[ID, T], err error) {
		if newest != nil && before == 0 {
			if b.top, err = newest(ctx); err != nil {
				return b, err
			}
		}
		b.found, b.next, err = read(ctx, before, limit)
		return b, err
	})
	return cmd
}

// wanted is the row down to which things have to be up to date: another screenful than the one in sight.
func (f *feed[ID, T]) wanted() int { return f.offset + 2*max(f.height, 1) }

// satisfied reports whether nothing has to be read.
func (f *feed[ID, T]) satisfied() bool {
	want := f.wanted()
	return f.fresh == 0 || want < len(f.items) && f.fresh <= f.id(f.items[want])
}

// limit is how many items to read: a page, or what is out of date above the wanted row.
func (f *feed[ID, T]) limit() int {
	old := min(f.wanted(), len(f.items)) - f.place(f.fresh)
	return max(feedPage, min(old, feedReread))
}

// place is where in the list the items below an id begin.
func (f *feed[ID, T]) place(id ID) int {
	i, _ := slices.BinarySearchFunc(f.items, id, func(item T, id ID) int {
		if f.id(item) >= id {
			return -1
		}
		return 1
	})
	return i
}

// take takes in what a reading has given, if it is the one that was asked for, and reads on if need be.
func (f *feed[ID, T]) take(msg reply[batch[ID, T]]) tea.Cmd {
	if msg.to == 0 || msg.to != f.loading {
		return nil
	}
	f.loading = 0
	if msg.err != nil {
		f.failed = true
		return f.nav.fail(msg.err)
	}
	f.merge(msg.value)
	// What changes is read down to the end first, so that it comes there at all where much changes.
	if f.again && (f.newest != nil || f.satisfied()) {
		f.again, f.fresh = false, noID
	}
	return f.more()
}

// merge replaces what stands between the two ends of what has been read.
func (f *feed[ID, T]) merge(b batch[ID, T]) {
	first := 0
	if f.asked != 0 {
		first = f.place(f.asked)
	}
	last := len(f.items)
	if b.next != 0 {
		last = f.place(b.next)
	}
	selected, some := f.selected()
	above := f.cursor - f.offset
	f.items = slices.Replace(f.items, first, last, b.found...)
	f.total = len(f.items)
	if some && f.offset > 0 { // at the top the new ones come into sight
		f.cursor = f.at(f.id(selected))
		f.offset = f.cursor - above
	} else if some {
		f.cursor = f.at(f.id(selected))
	}
	f.settle()

	f.fresh = b.next
	if f.newest != nil {
		f.settled(b)
	}
	f.end = min(f.end, f.fresh)
}

// settled takes note of how far down fixed items have been read. From the newest that was known on, the rest is as it
// was.
func (f *feed[ID, T]) settled(b batch[ID, T]) {
	if f.asked == 0 {
		f.rising = b.top
	}
	if f.known == 0 || b.next <= f.known {
		f.known, f.fresh = f.rising, min(f.fresh, f.end)
	}
}

// at is where the item with an id stands, or would stand.
func (f *feed[ID, T]) at(id ID) int { return f.place(id + 1) }

// selected is the item under the cursor.
func (f *feed[ID, T]) selected() (item T, found bool) {
	if f.cursor >= len(f.items) {
		return item, false
	}
	return f.items[f.cursor], true
}

// update moves the cursor, and reads on where the list comes to its end.
func (f *feed[ID, T]) update(msg tea.KeyPressMsg) tea.Cmd {
	f.list.update(msg)
	f.failed = false
	return f.more()
}

// replace puts a newer state of an item in its place.
func (f *feed[ID, T]) replace(item T) {
	if i := f.at(f.id(item)); i < len(f.items) && f.id(f.items[i]) == f.id(item) {
		f.items[i] = item
	}
}

// whole reports whether everything there is has been read.
func (f *feed[ID, T]) whole() bool { return f.end == 0 }

// progress says how much of a noun has been read.
func (f *feed[ID, T]) progress(noun string) string {
	switch {
	case f.whole():
		return count(len(f.items), noun)
	case len(f.items) == 0 && f.end == noID:
		return "Reading" + f.look.ellipsis
	case f.loading != 0:
		return count(len(f.items), noun) + " so far, looking further back" + f.look.ellipsis
	}
	return "the newest " + count(len(f.items), noun)
}
