package account

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"

	"rekey/member"
)

// The index is the fast path of the members list: a million members are searched at each key.
//
// All rows stand in blocks, in the order of the ids. A block holds the searchable text of its rows one behind the other:
// the fields folded, so that width, case and kana do not matter, each ended by fieldEnd and the row by rowEnd. A search
// is one run of bytes.Index over each block's text, in as many goroutines as there are processors; the place of a hit
// gives the row. A few large buffers without pointers cost the garbage collector nothing.
//
// A member is not kept beside the text: most fields are folded to what they were. What was not, and what no search looks
// at, stands in a second buffer, and Member puts the two together for the few rows that are drawn.
//
// A block that an index holds is never changed. A change makes a new block and a new list of blocks, so that a copy of
// an index is a snapshot, which a goroutine can sort while changes are taken in.
type index struct {
	blocks []*block
	firsts []int32 // the row number of each block's first row, and behind them the number of rows
}

// blockRows is how many rows a block is filled up to: enough that a search seldom begins anew, few enough that a change
// copies little.
const blockRows = 4096

// Bytes that no folded text holds: control characters are folded to spaces.
const (
	rowEnd   = '\n'
	nameEnd  = 0x1e // between the name and the search name, which are one field
	fieldEnd = 0x1f
)

// block is some rows. Each of the two offsets' slices has one more entry, which is the end of the last row.
type block struct {
	ids    []member.ID
	text   []byte
	textAt []uint32
	kept   []byte // what the text does not tell, see appendKept
	keptAt []uint32
}

func newBlock() *block { return &block{textAt: []uint32{0}, keptAt: []uint32{0}} }

// successor is an empty block with room for about as much as b holds: growing step by step would copy most rows twice.
func (b *block) successor() *block {
	const room = 33.0 / 32
	return &block{
		ids:    make([]member.ID, 0, b.len()),
		text:   make([]byte, 0, int(room*float64(len(b.text)))),
		textAt: append(make([]uint32, 0, b.len()+1), 0),
		kept:   make([]byte, 0, int(room*float64(len(b.kept)))),
		keptAt: append(make([]uint32, 0, b.len()+1), 0),
	}
}

func (b *block) len() int { return len(b.ids) }

func (b *block) row(i int) []byte { return b.text[b.textAt[i]:b.textAt[i+1]] }

// add puts a row behind the others.
func (b *block) add(m member.Member) {
	b.ids = append(b.ids, m.ID)
	start := len(b.text)
	b.text = appendRow(b.text, m)
	b.textAt = append(b.textAt, uint32(len(b.text)))
	b.kept = appendKept(b.kept, m, textFields(b.text[start:]))
	b.keptAt = append(b.keptAt, uint32(len(b.kept)))
}

// addRows puts rows of another block behind the others.
func (b *block) addRows(of *block, from, to int) {
	b.ids = append(b.ids, of.ids[from:to]...)
	b.text, b.textAt = appendRows(b.text, b.textAt, of.text, of.textAt[from:to+1])
	b.kept, b.keptAt = appendRows(b.kept, b.keptAt, of.kept, of.keptAt[from:to+1])
}

func appendRows(to []byte, toAt []uint32, from []byte, at []uint32) ([]byte, []uint32) {
	moved := uint32(len(to)) - at[0]
	for _, end := range at[1:] {
		toAt = append(toAt, end+moved)
	}
	return append(to, from[at[0]:at[len(at)-1]]...), toAt
}

// with gives the block with others in the place of the rows from i to j.
func (b *block) with(i, j int, others ...member.Member) *block {
	n := newBlock()
	n.addRows(b, 0, i)
	for _, m := range others {
		n.add(m)
	}
	n.addRows(b, j, b.len())
	return n
}

// appendRow writes the searchable row of m. The fields stand in the order of the Field constants.
func appendRow(text []byte, m member.Member) []byte {
	text = append(appendFolded(text, m.LoginID), fieldEnd)
	text = append(appendFolded(text, m.Name), nameEnd)
	text = append(appendFolded(text, m.SearchName), fieldEnd)
	text = append(appendFolded(text, m.EmployeeNumber), fieldEnd)
	for i, d := range m.Departments {
		if i > 0 {
			text = append(text, ' ')
		}
		text = appendFolded(text, d)
	}
	text = append(text, fieldEnd)
	text = append(appendFolded(text, m.EmploymentType), fieldEnd)
	text = append(appendFolded(text, m.Email), fieldEnd)
	return append(text, rowEnd)
}

// The parts of a row that are one field of a member each; the departments are one text, with a space between them.
const (
	partLoginID = iota
	partName
	partSearchName
	partEmployeeNumber
	partDepartments
	partEmploymentType
	partEmail
	parts
)

// textFields cuts a row into the parts.
func textFields[T []byte | string](row T) (fields [parts]T) {
	at := 0
	for i := range fields {
		start := at
		for row[at] != fieldEnd && row[at] != nameEnd {
			at++
		}
		fields[i] = row[start:at]
		at++
	}
	return fields
}

// keptAdmin is the bit for admin authority, above those of the parts.
const keptAdmin = 1 << parts

// appendKept writes what the row's text does not tell of m: a byte of bits (the parts that folding has changed, and
// admin authority), another (the parts that are what the text is in capitals, as codes and numbers often are), the
// status, the changed parts, the position, and the departments if they are changed. Each text has its length before it.
func appendKept(kept []byte, m member.Member, folded [parts][]byte) []byte {
	start := len(kept)
	kept = append(kept, 0, 0, uint8(m.Status))
	for i, part := range [parts]string{m.LoginID, m.Name, m.SearchName, m.EmployeeNumber,
		strings.Join(m.Departments, " "), m.EmploymentType, m.Email} {
		switch told := i != partDepartments || separable(m.Departments); {
		case told && string(folded[i]) == part:
		case told && isInCapitals(part, folded[i]):
			kept[start+1] |= 1 << i
		default:
			kept[start] |= 1 << i
			if i != partDepartments { // these stand at the end
				kept = appendText(kept, part)
			}
		}
	}
	if m.Admin {
		kept[start] |= keptAdmin
	}
	kept = appendText(kept, m.Position)
	if kept[start]&(1<<partDepartments) != 0 {
		for _, d := range m.Departments {
			kept = appendText(kept, d)
		}
	}
	return kept
}

// separable reports whether spaces between departments tell them apart.
func separable(departments []string) bool {
	return !slices.ContainsFunc(departments, func(d string) bool { return d == "" || strings.Contains(d, " ") })
}

// isInCapitals reports whether s is what inCapitals makes of the text.
func isInCapitals(s string, text []byte) bool {
	if len(s) != len(text) {
		return false
	}
	for i, c := range text {
		if s[i] != capital(c) {
			return false
		}
	}
	return true
}

// inCapitals makes the letters from a to z of a text capitals.
func inCapitals(text string) string {
	b := []byte(text)
	for i, c := range b {
		b[i] = capital(c)
	}
	return string(b)
}

func capital(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// member puts a member together again.
func (b *block) member(i int) member.Member {
	fields := textFields(string(b.row(i)))
	kept := b.kept[b.keptAt[i]:b.keptAt[i+1]]
	changed, capitals, status := kept[0], kept[1], kept[2]
	kept = kept[3:]
	next := func() string {
		n, size := binary.Uvarint(kept)
		end := size + int(n)
		s := string(kept[size:end])
		kept = kept[end:]
		return s
	}
	for i := range fields {
		switch {
		case capitals&(1<<i) != 0:
			fields[i] = inCapitals(fields[i])
		case changed&(1<<i) != 0 && i != partDepartments:
			fields[i] = next()
		}
	}
	m := member.Member{
		ID:             b.ids[i],
		LoginID:        fields[partLoginID],
		Name:           fields[partName],
		SearchName:     fields[partSearchName],
		EmployeeNumber: fields[partEmployeeNumber],
		EmploymentType: fields[partEmploymentType],
		Email:          fields[partEmail],
		Status:         member.Status(status),
		Admin:          changed&keptAdmin != 0,
		Position:       next(),
	}
	if text := fields[partDepartments]; text != "" && changed&(1<<partDepartments) == 0 {
		m.Departments = strings.Split(text, " ")
	}
	for len(kept) > 0 {
		m.Departments = append(m.Departments, next())
	}
	return m
}

// append puts a member behind the others, while nobody else holds the index.
func (x *index) append(m member.Member) {
	if n := len(x.blocks); n == 0 {
		x.blocks = append(x.blocks, newBlock())
	} else if full := x.blocks[n-1]; full.len() >= blockRows {
		x.blocks = append(x.blocks, full.successor())
	}
	x.blocks[len(x.blocks)-1].add(m)
	x.count()
}

// count numbers the rows anew from the last block on, or all of them.
func (x *index) count() {
	if len(x.firsts) != len(x.blocks)+1 {
		x.recount()
		return
	}
	last := len(x.blocks) - 1
	x.firsts[last+1] = x.firsts[last] + int32(x.blocks[last].len())
}

func (x *index) recount() {
	x.firsts = make([]int32, 1, len(x.blocks)+1)
	for _, b := range x.blocks {
		x.firsts = append(x.firsts, x.firsts[len(x.firsts)-1]+int32(b.len()))
	}
}

// replace puts others in the place of the rows from i to j of a block, in a new list of blocks.
func (x *index) replace(at, i, j int, others ...member.Member) {
	x.blocks = slices.Clone(x.blocks)
	if x.blocks[at] = x.blocks[at].with(i, j, others...); x.blocks[at].len() == 0 {
		x.blocks = slices.Delete(x.blocks, at, at+1)
	}
	x.recount()
}

// insert puts a member before row i of a block; behind the last row of a full last block it begins a new one.
func (x *index) insert(at, i int, m member.Member) {
	if at == len(x.blocks) || at == len(x.blocks)-1 && i >= blockRows {
		x.blocks = append(slices.Clone(x.blocks), newBlock().with(0, 0, m))
		x.recount()
		return
	}
	x.replace(at, i, i, m)
}

func (x *index) len() int {
	if len(x.firsts) == 0 {
		return 0
	}
	return int(x.firsts[len(x.firsts)-1])
}

// locate finds the block of a row, and the row in it.
func (x *index) locate(row int32) (at, i int) {
	at = min(int(row)/blockRows, len(x.blocks)-1) // deleted rows move it on by little
	for x.firsts[at] > row {
		at--
	}
	for x.firsts[at+1] <= row {
		at++
	}
	return at, int(row - x.firsts[at])
}

// find gives the place of a member, or where it would be: the block and the row in it.
func (x *index) find(id member.ID) (at, i int, found bool) {
	at = max(0, sort.Search(len(x.blocks), func(at int) bool { return x.blocks[at].ids[0] > id })-1)
	if at == len(x.blocks) {
		return at, 0, false
	}
	i, found = slices.BinarySearch(x.blocks[at].ids, id)
	return at, i, found
}

func (x *index) member(row int32) member.Member {
	at, i := x.locate(row)
	return x.blocks[at].member(i)
}

func (x *index) id(row int32) member.ID {
	at, i := x.locate(row)
	return x.blocks[at].ids[i]
}

// scan looks for words in all rows.
func (x *index) scan(words []string, field Field) rowSet {
	m := newMatcher(words, field)
	workers := min(runtime.GOMAXPROCS(0), len(x.blocks))
	found := make([]rowSet, max(1, workers))
	var all sync.WaitGroup
	for w := range found {
		found[w] = newRowSet(x.len())
		all.Go(func() {
			for at := w * len(x.blocks) / len(found); at < (w+1)*len(x.blocks)/len(found); at++ {
				m.block(x.blocks[at], x.firsts[at], found[w])
			}
		})
	}
	all.Wait()
	for _, more := range found[1:] {
		for i := range more {
			found[0][i] |= more[i]
		}
	}
	return found[0]
}

// among looks for words in some rows.
func (x *index) among(some rowSet, words []string, field Field) rowSet {
	m := newMatcher(words, field)
	found := newRowSet(x.len())
	for row := range some.rows {
		at, i := x.locate(row)
		if b := x.blocks[at]; bytes.Contains(b.row(i), m.first) && m.matches(b.row(i)) {
			found.add(row)
		}
	}
	return found
}

// matcher looks for words in one field or in all.
type matcher struct {
	first []byte // the longest of the words, which the fewest rows hold
	words [][]byte
	field Field
	plain bool // a row that holds first matches
}

func newMatcher(words []string, field Field) matcher {
	m := matcher{field: field, plain: field == FieldAll && len(words) == 1}
	for _, w := range words {
		m.words = append(m.words, []byte(w))
		if len(w) > len(m.first) {
			m.first = []byte(w)
		}
	}
	return m
}

// block adds to found the rows of a block that match, which are numbered from base on.
func (m matcher) block(b *block, base int32, found rowSet) {
	row := 0
	for at := 0; ; {
		i := bytes.Index(b.text[at:], m.first)
		if i < 0 {
			return
		}
		for at += i; int(b.textAt[row+1]) <= at; {
			row++
		}
		if m.plain || m.matches(b.row(row)) {
			found.add(base + int32(row))
		}
		at = int(b.textAt[row+1])
	}
}

// matches reports whether the field of the row holds every word. Over all fields, each word may stand in another one:
// "tanaka sales" finds the Tanaka of the sales department.
func (m matcher) matches(row []byte) bool {
	text := fieldOf(row, m.field)
	for _, w := range m.words {
		if !bytes.Contains(text, w) {
			return false
		}
	}
	return true
}

// fieldOf cuts the text of a field out of a row.
func fieldOf(row []byte, field Field) []byte {
	if field == FieldAll {
		return row
	}
	for range field - FieldLoginID {
		_, row, _ = bytes.Cut(row, []byte{fieldEnd})
	}
	text, _, _ := bytes.Cut(row, []byte{fieldEnd})
	return text
}

// narrows reports whether whoever holds all of the words also holds all of the others.
func narrows(words, others []string) bool {
	for _, other := range others {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, other) }) {
			return false
		}
	}
	return true
}

// rowSet is a set of row numbers, a bit each.
type rowSet []uint64

func newRowSet(rows int) rowSet { return make(rowSet, (rows+63)/64) }

func (s rowSet) add(row int32) { s[row/64] |= 1 << (row % 64) }

func (s rowSet) has(row int32) bool { return s[row/64]&(1<<(row%64)) != 0 }

// and gives the rows that are in both sets.
func (s rowSet) and(t rowSet) rowSet {
	both := slices.Clone(s)
	for i := range both {
		both[i] &= t[i]
	}
	return both
}

func (s rowSet) len() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// rows gives the row numbers, ascending.
func (s rowSet) rows(yield func(int32) bool) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			if !yield(int32(i*64 + bits.TrailingZeros64(word))) {
				return
			}
		}
	}
}
