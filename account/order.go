package account

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

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

// key is what a row is sorted by, cut out of its text. Members without the value come last.
func (o Order) key(row []byte) []byte {
	switch o {
	case OrderName:
		name, _, _ := bytes.Cut(fieldOf(row, FieldName), []byte{nameEnd})
		return name
	case OrderAccount:
		if loginID := fieldOf(row, FieldLoginID); len(loginID) > 0 {
			return loginID
		}
		return fieldOf(row, FieldEmail)
	case OrderDepartment:
		return fieldOf(row, FieldDepartment)
	case OrderEmployeeNumber:
		return fieldOf(row, FieldEmployeeNumber)
	}
	return nil
}

// headSize is how many bytes of a key its head holds.
const headSize = 8

// head is a number that sorts as the beginning of a key does: two keys have to be compared themselves only where their
// heads are the same.
func head(key []byte) uint64 {
	if len(key) == 0 {
		return math.MaxUint64 // above all text: no byte of UTF-8 is 0xff
	}
	var first [headSize]byte
	copy(first[:], key)
	return binary.BigEndian.Uint64(first[:])
}

// compare says which of two rows comes first in an order; rows with the same value stand as they were added.
func (x *index) compare(o Order, a, b int32) int {
	keyA, keyB := o.key(x.text(a)), o.key(x.text(b))
	return cmp.Or(cmp.Compare(head(keyA), head(keyB)), bytes.Compare(keyA, keyB), cmp.Compare(a, b))
}

func (x *index) text(row int32) []byte {
	at, i := x.locate(row)
	return x.blocks[at].row(i)
}

// sorted gives the row numbers in an order.
func (x *index) sorted(o Order) []int32 {
	type entry struct {
		head uint64
		key  []byte
		row  int32
	}
	entries := make([]entry, 0, x.len())
	for at, b := range x.blocks {
		for i := range b.len() {
			key := o.key(b.row(i))
			entries = append(entries, entry{head(key), key, x.firsts[at] + int32(i)})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		switch {
		case a.head != b.head:
			return cmp.Compare(a.head, b.head)
		case len(a.key) > headSize || len(b.key) > headSize:
			if c := bytes.Compare(a.key, b.key); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.row, b.row)
	})
	rows := make([]int32, len(entries))
	for i, e := range entries {
		rows[i] = e.row
	}
	return rows
}

// Sorted is a directory's rows in an order.
type Sorted struct {
	order   Order
	rows    []int32 // nil: as they are
	version int     // of the directory
}

// Sorting gives the work of sorting the members as they are now, which may be done in another goroutine: a second and
// more for a million members.
func (d *Directory) Sorting(o Order) func() Sorted {
	rows, version := d.rows, d.version
	return func() Sorted {
		s := Sorted{order: o, version: version}
		if o != OrderAdded {
			s.rows = rows.sorted(o)
		}
		return s
	}
}

// Sort chooses the order of the rows that Search gives. It reports false, and changes nothing, where the members have
// changed since Sorting was called: they are to be sorted again.
func (d *Directory) Sort(s Sorted) bool {
	if s.version != d.version {
		return false
	}
	d.order, d.byOrder = s.order, s.rows
	return true
}

// Order is the order of the rows that Search gives.
func (d *Directory) Order() Order { return d.order }

// The order is kept while members change one by one: each moves to its new place.

// leave takes a row out of the order; gone says that its number is free and those above it move down.
func (d *Directory) leave(row int32, gone bool) {
	if d.byOrder == nil {
		return
	}
	kept := d.byOrder[:0:len(d.byOrder)]
	for _, r := range d.byOrder {
		if r == row {
			continue
		}
		if gone && r > row {
			r--
		}
		kept = append(kept, r)
	}
	d.byOrder = kept
}

// enter puts a row into the order; fresh says that its number is new and those from it on moved up.
func (d *Directory) enter(row int32, fresh bool) {
	if d.byOrder == nil {
		return
	}
	if fresh {
		for i, r := range d.byOrder {
			if r >= row {
				d.byOrder[i]++
			}
		}
	}
	i, _ := slices.BinarySearchFunc(d.byOrder, row, func(r, row int32) int { return d.rows.compare(d.order, r, row) })
	d.byOrder = slices.Insert(d.byOrder, i, row)
}
