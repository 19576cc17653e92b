package roster

import "hash/maphash"

// accountLines remembers in which line each account stands first. Of an account it keeps a hash: a million addresses would
// be the larger part of the memory that an import takes. Two different ones have the same 128 bits as good as never, and
// then the file would be refused, and taken at the next try, with other seeds.
type accountLines struct {
	seeds [2]maphash.Seed
	lines map[[2]uint64]int
}

func newAccountLines() accountLines {
	return accountLines{[2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, map[[2]uint64]int{}}
}

// add notes that a folded account stands in a line. It gives the line in which it stood before, if it did.
func (a accountLines) add(folded string, line int) (before int, again bool) {
	hash := [2]uint64{maphash.String(a.seeds[0], folded), maphash.String(a.seeds[1], folded)}
	if before, again = a.lines[hash]; !again {
		a.lines[hash] = line
	}
	return before, again
}
