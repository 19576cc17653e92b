package demo

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"time"
)

// What is drawn from one seed comes in separate streams, so that drawing more of one changes nothing of another.
const (
	streamMembers = iota + 1
	streamAccounts
)

// random draws from a seed. It does not use the methods of rand.Rand, which may change with the version of Go.
type random struct{ source *rand.PCG }

func newRandom(seed, stream uint64) random { return random{rand.NewPCG(seed, stream)} }

// below draws a number from 0 to n-1; n is small, so the bias of the multiplication is far below what anyone could see.
func (r random) below(n int) int {
	high, _ := bits.Mul64(r.source.Uint64(), uint64(n))
	return int(high)
}

// percent is true in p of 100 cases.
func (r random) percent(p int) bool { return r.below(100) < p }

// between draws a time span of whole seconds from low up to but without high; low if there is nothing between.
func (r random) between(low, high time.Duration) time.Duration {
	span := int((high - low) / time.Second)
	if span <= 0 {
		return low
	}
	return low + time.Duration(r.below(span))*time.Second
}

// fill fills b with random bytes.
func (r random) fill(b []byte) {
	var word [8]byte
	for len(b) > 0 {
		binary.LittleEndian.PutUint64(word[:], r.source.Uint64())
		b = b[copy(b, word[:]):]
	}
}

// pick draws one of list.
func pick[T any](r random, list []T) T { return list[r.below(len(list))] }
