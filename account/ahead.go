package account

import (
	"iter"
	"sync"
)

// ahead gives what rows gives, which a goroutine of its own goes through meanwhile, up to two items ahead: so one
// processor reads a file while another works on what was read. A panic of rows is one of whoever takes from ahead.
func ahead[T any](rows iter.Seq2[T, error]) iter.Seq2[T, error] {
	type item struct {
		row      T
		err      error
		panicked any
	}
	return func(yield func(T, error) bool) {
		items, enough := make(chan item, 1), make(chan struct{})
		var reading sync.WaitGroup
		defer reading.Wait()
		defer close(enough)
		reading.Go(func() {
			defer close(items)
			give := func(i item) bool {
				select {
				case items <- i:
					return true
				case <-enough:
					return false
				}
			}
			defer func() {
				if p := recover(); p != nil {
					give(item{panicked: p})
				}
			}()
			for row, err := range rows {
				if !give(item{row: row, err: err}) {
					return
				}
			}
		})
		for i := range items {
			if i.panicked != nil {
				panic(i.panicked)
			}
			if !yield(i.row, i.err) {
				return
			}
		}
	}
}
