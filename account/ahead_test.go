package account

import (
	"errors"
	"iter"
	"slices"
	"testing"
)

func counting(n int, end error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if end != nil {
			yield(0, end)
		}
	}
}

func TestAheadGivesWhatItWasGiven(t *testing.T) {
	broken := errors.New("the disk is gone")
	var got []int
	var end error
	for i, err := range ahead(counting(100, broken)) {
		if end = err; err == nil {
			got = append(got, i)
		}
	}
	if want := 100; len(got) != want || !slices.IsSorted(got) || end != broken {
		t.Errorf("got %d items and %v, want %d and the error", len(got), end, want)
	}
}

// TestAheadEndsWithWhoeverTakes: nothing of it goes on reading a file that may be closed next.
func TestAheadEndsWithWhoeverTakes(t *testing.T) {
	ended := false
	for range ahead(func(yield func(int, error) bool) {
		defer func() { ended = true }()
		counting(100, nil)(yield)
	}) {
		break
	}
	if !ended {
		t.Error("it is still reading")
	}
}

func TestAPanicAheadIsOneOfWhoeverTakes(t *testing.T) {
	defer func() {
		if recover() != "a bug" {
			t.Error("it does not come through")
		}
	}()
	for range ahead(func(func(int, error) bool) { panic("a bug") }) {
	}
}
