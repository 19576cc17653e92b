package account

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"rekey/member"
)

// Directory holds all members in memory, for the members list and its search.
//
// The searchable text of all members stands in one contiguous buffer: a row a member, in the order of the ids, its
// fields ended by fieldEnd and the row by rowEnd. A search is one scan of bytes.Index over the buffer; the place of a
// hit gives the row (by binary search in starts) and the field (by counting fieldEnd). Text and query are folded alike,
// so that width, case and kana do not matter.
//
// A Directory belongs to one goroutine. LoadDirectory and DirectoryChanges read the store in the background; Apply takes
// the changes in.
type Directory struct {
	members  []member.Member // ascending ids
	lockouts map[member.ID]Lockout
	text     []byte
	starts   []int // where each row begins in text
	order    Order
	byOrder  []int32 // row numbers in the chosen order; nil: as they are
	seen     AuditSeq
}

// Bytes that no folded text holds.
const (
	fieldEnd = 0x1f
	rowEnd   = '\n'
)

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

// Order is how the members list is sorted.
type Order uint8

// The orders, in the turn in which they are offered.
const (
	OrderAdded Order = iota
	OrderName
	OrderAccount
	OrderDepartment
	OrderEmployeeNumber
	orders
)

// Next is the order that follows o.
func (o Order) Next() Order { return (o + 1) % orders }

// String names the order to a person.
func (o Order) String() string {
	return [...]string{"as added", "name", "account", "department", "employee number"}[o]
}

// Query is what a search asks for.
type Query struct {
	Text       string // words that all have to be found; empty: everybody
	Field      Field
	LockedOnly bool
	Now        time.Time // at which a lock counts
}

// LoadDirectory reads all members but the deleted ones, in pages; progress is told how many have been read.
func (s *Service) LoadDirectory(ctx context.Context, progress func(read int)) (*Directory, error) {
	d := &Directory{}
	// The audit log is read before the members: what changes during the load is read again afterwards.
	last, err := s.Audit(ctx, 0, 1)
	if err != nil {
		return nil, err
	}
	if len(last) > 0 {
		d.seen = last[0].Seq
	}
	for page, err := range s.memberPages(ctx) {
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			d.append(m)
		}
		progress(len(d.members))
	}
	d.lockouts, err = s.lockouts(ctx)
	return d, err
}

func (d *Directory) append(m member.Member) {
	if m.Status == member.Deleted {
		return
	}
	d.members = append(d.members, m)
	d.starts = append(d.starts, len(d.text))
	d.text = appendRow(d.text, m)
}

// appendRow writes the searchable row of m. The fields stand in the order of the Field constants.
func appendRow(text []byte, m member.Member) []byte {
	for _, field := range []string{m.LoginID, m.Name + " " + m.SearchName, m.EmployeeNumber, strings.Join(m.Departments, " "), m.EmploymentType, m.Email} {
		text = append(text, fold(field)...)
		text = append(text, fieldEnd)
	}
	return append(text, rowEnd)
}

// Len is the number of members.
func (d *Directory) Len() int { return len(d.members) }

// Member gives the member of a row.
func (d *Directory) Member(row int32) member.Member { return d.members[row] }

// Lockout gives the lockout of a row at the time now.
func (d *Directory) Lockout(row int32, now time.Time) Lockout {
	return d.lockouts[d.members[row].ID].current(now)
}

// Row finds the row of a member.
func (d *Directory) Row(id member.ID) (int32, bool) {
	i, found := slices.BinarySearchFunc(d.members, id, func(m member.Member, id member.ID) int { return cmp.Compare(m.ID, id) })
	return int32(i), found
}

// Search gives the rows that q asks for, in the chosen order.
func (d *Directory) Search(q Query) []int32 {
	words := strings.Fields(fold(q.Text))
	var hits []int32
	if len(words) == 0 {
		hits = make([]int32, len(d.members))
		for i := range hits {
			hits[i] = int32(i)
		}
	} else {
		hits = d.scan(words, q.Field)
	}
	if q.LockedOnly {
		hits = slices.DeleteFunc(hits, func(row int32) bool { return !d.Lockout(row, q.Now).Locked(q.Now) })
	}
	return d.arrange(hits)
}

// scan looks for the first word in the whole buffer and for the others in the rows that hold it.
func (d *Directory) scan(words []string, field Field) []int32 {
	var hits []int32
	first := []byte(words[0])
	for at := 0; ; {
		i := bytes.Index(d.text[at:], first)
		if i < 0 {
			return hits
		}
		row := sort.SearchInts(d.starts, at+i+1) - 1
		if matches(d.row(row), words, field) {
			hits = append(hits, int32(row))
		}
		at = d.end(row)
	}
}

func (d *Directory) row(row int) []byte { return d.text[d.starts[row]:d.end(row)] }

func (d *Directory) end(row int) int {
	if row+1 < len(d.starts) {
		return d.starts[row+1]
	}
	return len(d.text)
}

// matches reports whether the field of the row holds every word. Over all fields, each word may stand in another one:
// "tanaka sales" finds the Tanaka of the sales department.
func matches(row []byte, words []string, field Field) bool {
	if field == FieldAll {
		return holdsAll(row, words)
	}
	for range field - FieldLoginID {
		_, row, _ = bytes.Cut(row, []byte{fieldEnd})
	}
	text, _, _ := bytes.Cut(row, []byte{fieldEnd})
	return holdsAll(text, words)
}

func holdsAll(text []byte, words []string) bool {
	for _, w := range words {
		if !bytes.Contains(text, []byte(w)) {
			return false
		}
	}
	return true
}

// Sort chooses the order of the rows that Search gives.
func (d *Directory) Sort(o Order) {
	d.order, d.byOrder = o, nil
	if o == OrderAdded {
		return
	}
	keys := make([]string, len(d.members))
	rows := make([]int32, len(d.members))
	for i, m := range d.members {
		rows[i] = int32(i)
		keys[i] = sortKey(m, o)
	}
	slices.SortStableFunc(rows, func(a, b int32) int {
		// Members without the value come last.
		if byEmpty := cmp.Compare(boolInt(keys[a] == ""), boolInt(keys[b] == "")); byEmpty != 0 {
			return byEmpty
		}
		return strings.Compare(keys[a], keys[b])
	})
	d.byOrder = rows
}

func sortKey(m member.Member, o Order) string {
	switch o {
	case OrderName:
		return fold(m.Name)
	case OrderAccount:
		return fold(m.Account())
	case OrderDepartment:
		return fold(strings.Join(m.Departments, " "))
	case OrderEmployeeNumber:
		return fold(m.EmployeeNumber)
	}
	return ""
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// arrange puts the hits, which ascend, into the chosen order.
func (d *Directory) arrange(hits []int32) []int32 {
	if d.byOrder == nil {
		return hits
	}
	hit := make([]bool, len(d.members))
	for _, row := range hits {
		hit[row] = true
	}
	arranged := hits[:0]
	for _, row := range d.byOrder {
		if hit[row] {
			arranged = append(arranged, row)
		}
	}
	return arranged
}

// Changes are the members that changed since a directory was loaded or changed last.
type Changes struct {
	members  []member.Member
	lockouts []Lockout
	seen     AuditSeq
	reload   bool
}

// Reload reports that so much changed that the directory is best loaded anew.
func (c Changes) Reload() bool { return c.reload }

// How many audit records are read at a time, and how many are followed one by one.
const (
	changesPage = 50
	maxChanges  = 1000
)

// Seen is the last audit record that the directory knows.
func (d *Directory) Seen() AuditSeq { return d.seen }

// DirectoryChanges reads what has changed since the record seen, as the audit log tells it.
func (s *Service) DirectoryChanges(ctx context.Context, seen AuditSeq) (Changes, error) {
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
func (c *Changes) follow(r Reader, seen AuditSeq) (touched map[member.ID]bool, err error) {
	touched = map[member.ID]bool{}
	for before, followed := AuditSeq(0), 0; ; followed += changesPage {
		page, err := r.Audit(before, changesPage)
		if err != nil {
			return nil, err
		}
		if before == 0 && len(page) > 0 {
			c.seen = page[0].Seq
		}
		for _, rec := range page {
			if rec.Seq <= seen {
				c.reload = c.reload || c.seen < seen
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

// Apply takes changes in. Row numbers of earlier searches are void afterwards.
func (d *Directory) Apply(c Changes) {
	for _, l := range c.lockouts {
		d.lockouts[l.Member] = l
	}
	moved := false
	for _, m := range c.members {
		moved = d.put(m) || moved
	}
	d.seen = c.seen
	if moved {
		d.Sort(d.order)
	}
}

// put replaces, adds or removes one member's row, and reports whether the order may be another one now.
func (d *Directory) put(m member.Member) (moved bool) {
	row, found := d.Row(m.ID)
	i := int(row)
	switch {
	case !found && m.Status == member.Deleted:
		return false
	case !found:
		start := len(d.text)
		if i < len(d.starts) {
			start = d.starts[i]
		}
		d.members = slices.Insert(d.members, i, m)
		d.starts = slices.Insert(d.starts, i, start)
		d.splice(i, start, start, appendRow(nil, m))
		return true
	case m.Status == member.Deleted:
		d.splice(i, d.starts[i], d.end(i), nil)
		d.members = slices.Delete(d.members, i, i+1)
		d.starts = slices.Delete(d.starts, i, i+1)
		return true
	}
	moved = sortKey(d.members[i], d.order) != sortKey(m, d.order)
	d.members[i] = m
	d.splice(i, d.starts[i], d.end(i), appendRow(nil, m))
	return moved
}

// splice replaces text[start:end], which belongs to row i, and moves the rows behind it.
func (d *Directory) splice(i, start, end int, text []byte) {
	d.text = slices.Replace(d.text, start, end, text...)
	moved := len(text) - (end - start)
	for j := i + 1; j < len(d.starts); j++ {
		d.starts[j] += moved
	}
}
