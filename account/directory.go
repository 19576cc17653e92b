package account

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"rekey/member"
)

// Directory holds all members in memory, for the members list and its search; index.go says how.
//
// A Directory belongs to one goroutine. LoadDirectory and DirectoryChanges read the store in the background, Sorting
// gives work for it; Apply and Sort take the results in.
type Directory struct {
	rows     index
	lockouts map[member.ID]Lockout
	order    Order
	byOrder  []int32 // row numbers in the chosen order; nil: as they are
	last     found
	version  int    // counts the changes after which the rows stand differently
	seen     Record // the last one of the audit log that is known here; without one, zero
	partial  bool   // there are more members
}

// Whole reports whether all members are here, not just the first ones.
func (d *Directory) Whole() bool { return !d.partial }

// found is the result of the last search for words: the next letter only narrows it.
type found struct {
	words []string // none: there is no result
	field Field
	rows  rowSet
}

// Field is what a search looks at.
type Field uint8

// The fields, in the order in which they are offered and stand in a row.
const (
	FieldAll Field = iota
	FieldLoginID
	FieldName
	FieldEmployeeNumber
	FieldDepartment
	FieldEmploymentType
	FieldEmail
)

// Fields lists them in the order in which they are offered.
func Fields() []Field {
	return []Field{FieldAll, FieldLoginID, FieldName, FieldEmployeeNumber, FieldDepartment, FieldEmploymentType, FieldEmail}
}

// String names the field to a person.
func (f Field) String() string {
	return [...]string{"All fields", "Login ID", "Name", "Employee number", "Department", "Employment type", "Email address"}[f]
}

// Query is what a search asks for.
type Query struct {
	Text       string // words that all have to be found; empty: everybody
	Field      Field
	LockedOnly bool
	Now        time.Time // at which a lock counts
}

// firstPage is how many members StartDirectory reads: more than any screen shows.
const firstPage = 500

// StartDirectory reads the first members only, so that there is something to look at while LoadDirectory reads them all.
// Of a small team they are all, see Whole.
func (s *Service) StartDirectory(ctx context.Context) (*Directory, error) {
	var d *Directory
	err := s.store.View(ctx, func(r Reader) error {
		d = newDirectory()
		last, err := r.Audit(0, 1)
		if err != nil {
			return err
		}
		if len(last) > 0 {
			d.seen = last[0]
		}
		page, err := r.Members(0, firstPage)
		if err != nil {
			return err
		}
		for _, m := range page {
			d.append(m)
		}
		d.partial = len(page) == firstPage
		lockouts, err := r.Lockouts(0, firstPage) // of these members at least: hardly anybody has one
		for _, l := range lockouts {
			d.lockouts[l.Member] = l
		}
		return err
	})
	return d, err
}

// LoadDirectory reads all members but the deleted ones, in pages; progress is told how many have been read.
func (s *Service) LoadDirectory(ctx context.Context, progress func(read int)) (*Directory, error) {
	d := newDirectory()
	// The audit log is read before the members: what changes during the load is read again afterwards.
	last, err := s.Audit(ctx, 0, 1)
	if err != nil {
		return nil, err
	}
	if len(last) > 0 {
		d.seen = last[0]
	}
	for page, err := range s.memberPages(ctx) {
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			d.append(m)
		}
		progress(d.Len())
	}
	d.lockouts, err = s.lockouts(ctx)
	return d, err
}

func newDirectory() *Directory { return &Directory{lockouts: map[member.ID]Lockout{}} }

func (d *Directory) append(m member.Member) {
	if m.Status != member.Deleted {
		d.rows.append(m)
	}
}

// Len is the number of members.
func (d *Directory) Len() int { return d.rows.len() }

// Member gives the member of a row.
func (d *Directory) Member(row int32) member.Member { return d.rows.member(row) }

// Lockout gives the lockout of a row at the time now.
func (d *Directory) Lockout(row int32, now time.Time) Lockout {
	return d.lockouts[d.rows.id(row)].current(now)
}

// Row finds the row of a member.
func (d *Directory) Row(id member.ID) (int32, bool) {
	at, i, found := d.rows.find(id)
	if !found {
		return 0, false
	}
	return d.rows.firsts[at] + int32(i), true
}

// Search gives the rows that q asks for, in the chosen order.
func (d *Directory) Search(q Query) []int32 {
	words := strings.Fields(fold(q.Text))
	var locked rowSet
	if q.LockedOnly {
		locked = d.locked(q.Now)
	}
	if len(words) == 0 {
		if q.LockedOnly {
			return d.arrange(locked)
		}
		return d.everybody()
	}
	hits := d.find(words, q.Field)
	if q.LockedOnly {
		hits = hits.and(locked)
	}
	return d.arrange(hits)
}

// locked gives the rows of the members who are locked out at the time now.
func (d *Directory) locked(now time.Time) rowSet {
	rows := newRowSet(d.Len())
	for id, l := range d.lockouts {
		if row, found := d.Row(id); found && l.Locked(now) {
			rows.add(row)
		}
	}
	return rows
}

// few is the share of all rows below which it is quicker to look at each row of the last result than at everything.
const few = 1.0 / 16

// find looks for words, and keeps the result.
func (d *Directory) find(words []string, field Field) rowSet {
	var rows rowSet
	if d.last.words != nil && d.last.field == field && narrows(words, d.last.words) && float64(d.last.rows.len()) < few*float64(d.Len()) {
		rows = d.rows.among(d.last.rows, words, field)
	} else {
		rows = d.rows.scan(words, field)
	}
	d.last = found{words, field, rows}
	return rows
}

// everybody gives all rows in the chosen order.
func (d *Directory) everybody() []int32 {
	if d.byOrder != nil {
		return slices.Clone(d.byOrder)
	}
	rows := make([]int32, d.Len())
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// arrange gives the hits in the chosen order.
func (d *Directory) arrange(hits rowSet) []int32 {
	arranged := make([]int32, 0, hits.len())
	if d.byOrder == nil {
		for row := range hits.rows {
			arranged = append(arranged, row)
		}
		return arranged
	}
	for _, row := range d.byOrder {
		if hits.has(row) {
			arranged = append(arranged, row)
		}
	}
	return arranged
}

// Changes are the members that changed since a directory was loaded or changed last.
type Changes struct {
	members  []member.Member
	lockouts []Lockout
	seen     Record
	reload   bool
}

// Reload reports that so much changed that the directory is best loaded anew.
func (c Changes) Reload() bool { return c.reload }

// How many audit records are read at a time, and how many are followed one by one.
const (
	changesPage = 50
	maxChanges  = 1000
)

// Seen is the last audit record that the directory knows; zero: none.
func (d *Directory) Seen() Record { return d.seen }

// DirectoryChanges reads what has changed since the record seen, as the audit log tells it.
func (s *Service) DirectoryChanges(ctx context.Context, seen Record) (Changes, error) {
	var c Changes
	err := s.store.View(ctx, func(r Reader) error {
		c = Changes{seen: seen}
		touched, err := c.follow(r, seen)
		if err != nil || c.reload {
			return err
		}
		return c.read(r, touched)
	})
	return c, err
}

// follow goes back through the audit log to the record seen and gives the members that it tells of. Where an import
// changed many members, or the log does not lead back to that record (an older store was restored), all is to be
// loaded anew.
func (c *Changes) follow(r Reader, seen Record) (touched map[member.ID]bool, err error) {
	touched = map[member.ID]bool{}
	for before, followed := AuditSeq(0), 0; ; followed += changesPage {
		page, err := r.Audit(before, changesPage)
		if err != nil {
			return nil, err
		}
		if before == 0 && len(page) > 0 {
			c.seen = page[0]
		}
		for _, rec := range page {
			if rec.Seq <= seen.Seq {
				// A restored log goes on with the numbers that the lost records had.
				c.reload = rec.Seq < seen.Seq || !bytes.Equal(rec.MAC, seen.MAC)
				return touched, nil
			}
			c.reload = c.reload || rec.Event == EventImport || followed >= maxChanges
			if c.reload {
				return nil, nil
			}
			if rec.Target != 0 {
				touched[rec.Target] = true
			}
			before = rec.Seq
		}
		if len(page) < changesPage {
			return touched, nil
		}
	}
}

func (c *Changes) read(r Reader, touched map[member.ID]bool) error {
	for id := range touched {
		m, err := r.Member(id)
		if err != nil {
			return err
		}
		l, err := r.Lockout(id)
		if err != nil {
			return err
		}
		l.Member = id
		c.members, c.lockouts = append(c.members, m), append(c.lockouts, l)
	}
	slices.SortFunc(c.members, func(a, b member.Member) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

// maxMoves is how many members are moved one by one in an order. After more the list is as added again, and to be
// sorted anew.
const maxMoves = 50

// Apply takes changes in. Row numbers of earlier searches are void afterwards, and Order may be OrderAdded again.
func (d *Directory) Apply(c Changes) {
	for _, l := range c.lockouts {
		d.lockouts[l.Member] = l
	}
	if len(c.members) > maxMoves {
		d.order, d.byOrder = OrderAdded, nil
	}
	for _, m := range c.members {
		d.put(m)
	}
	d.last = found{}
	d.seen = c.seen
}

// put replaces, adds or removes one member's row.
func (d *Directory) put(m member.Member) {
	at, i, found := d.rows.find(m.ID)
	if !found {
		if m.Status != member.Deleted {
			d.version++
			d.rows.insert(at, i, m)
			row, _ := d.Row(m.ID)
			d.enter(row, true)
		}
		return
	}
	row := d.rows.firsts[at] + int32(i)
	if m.Status == member.Deleted {
		d.version++
		d.rows.replace(at, i, i+1)
		d.leave(row, true)
		return
	}
	before := d.rows.text(row)
	d.rows.replace(at, i, i+1, m)
	if !bytes.Equal(before, d.rows.text(row)) {
		d.version++
		d.leave(row, false)
		d.enter(row, false)
	}
}
