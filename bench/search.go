package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/junegunn/fzf/src/algo"
	"github.com/junegunn/fzf/src/util"

	"rekey/account"
	"rekey/member"
)

// typing is what somebody types into the filter, letter by letter: a common syllable in Latin letters, one in kanji, and
// what hardly anybody has.
var typing = []string{"tanaka", "佐藤 花", "たなか", "line7-0"}

// measureFilter takes the time from a key in the filter to the complete result, with every prefix of what is typed.
func measureFilter(b *bench) ([]result, error) {
	var results []result
	for _, size := range b.sizes {
		t, err := b.team(size)
		if err != nil {
			return results, err
		}
		d, err := t.directory(b)
		if err != nil {
			return results, err
		}
		f := filterBench{d, newFinder(d)}
		first, narrowing := worst{}, worst{}
		for _, text := range typing {
			letters := []rune(text)
			d.Search(account.Query{})
			for n := 1; n <= len(letters); n++ {
				typed := string(letters[:n])
				if strings.TrimSpace(typed) != typed {
					continue
				}
				ours, theirs := f.key(min(3, b.rounds), string(letters[:n-1]), typed)
				if n == 1 {
					first.take(typed, ours, theirs)
				} else {
					narrowing.take(typed, ours, theirs)
				}
			}
		}
		const anchor = "fzf's algo V2 over the same text"
		results = append(results,
			timed("filter, first key, "+count(size), first.ours, first.theirs, anchor, f.goal(size)).noted(first.note()),
			timed("filter, a key that narrows, "+count(size), narrowing.ours, narrowing.theirs, anchor, f.goal(size)).noted(narrowing.note()))
		runtime.KeepAlive(t)
	}
	return results, nil
}

// worst keeps the key with the worst ratio.
type worst struct {
	typed        string
	ours, theirs time.Duration
}

func (w *worst) take(typed string, ours, theirs time.Duration) {
	if w.typed == "" || ours.Seconds()/theirs.Seconds() > w.ours.Seconds()/w.theirs.Seconds() {
		w.typed, w.ours, w.theirs = typed, ours, theirs
	}
}

func (w *worst) note() string { return fmt.Sprintf("The worst of all keys: `%s`", w.typed) }

type filterBench struct {
	directory *account.Directory
	finder    *finder
}

// goal is set for a million: with few members there is nothing to gain.
func (filterBench) goal(size int) *goal {
	if size < 1_000_000 {
		return nil
	}
	return atMost(1.0 / 20)
}

// key takes the time of the search that a key starts, with what was typed before as the query before it.
func (f filterBench) key(rounds int, before, typed string) (ours, theirs time.Duration) {
	ours, theirs, _ = compare(rounds,
		func() (time.Duration, error) {
			f.directory.Search(account.Query{Text: before})
			start := time.Now()
			f.directory.Search(account.Query{Text: typed})
			return time.Since(start), nil
		},
		took(func() error { f.finder.find(typed); return nil }))
	return ours, theirs
}

// finder is fzf's matching, as fzf runs it: parts of the list in goroutines, each with its own slab.
type finder struct {
	lines []util.Chars
	slabs [finders]*util.Slab
}

// finders is how many goroutines search.
const finders = 2

// fzf's own sizes of a slab.
const (
	slab16 = 100 * 1024
	slab32 = 2048
)

func newFinder(d *account.Directory) *finder {
	f := &finder{}
	for row := range d.Len() {
		f.lines = append(f.lines, util.ToChars([]byte(searchable(d.Member(int32(row))))))
	}
	for i := range f.slabs {
		f.slabs[i] = util.MakeSlab(slab16, slab32)
	}
	algo.Init("default")
	return f
}

// searchable is the text of a member that a search looks at.
func searchable(m member.Member) string {
	return strings.Join([]string{m.LoginID, m.Name + " " + m.SearchName, m.EmployeeNumber, strings.Join(m.Departments, " "),
		m.EmploymentType, m.Email}, " ")
}

// find counts the lines that match every word.
func (f *finder) find(text string) int {
	var words [][]rune
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		words = append(words, algo.NormalizeRunes([]rune(word)))
	}
	var found [finders]int
	var all sync.WaitGroup
	for part := range finders {
		lines := f.lines[part*len(f.lines)/finders : (part+1)*len(f.lines)/finders]
		all.Go(func() {
			for i := range lines {
				if f.matches(&lines[i], words, f.slabs[part]) {
					found[part]++
				}
			}
		})
	}
	all.Wait()
	total := 0
	for _, n := range found {
		total += n
	}
	return total
}

func (f *finder) matches(line *util.Chars, words [][]rune, slab *util.Slab) bool {
	for _, word := range words {
		if result, _ := algo.FuzzyMatchV2(false, true, true, line, word, false, slab); result.Start < 0 {
			return false
		}
	}
	return true
}

// measureSort takes the time until the list stands in another order, and the longest that the keyboard has to wait for it.
func measureSort(b *bench) ([]result, error) {
	var results []result
	for _, size := range b.sizes {
		t, err := b.team(size)
		if err != nil {
			return results, err
		}
		d, err := t.directory(b)
		if err != nil {
			return results, err
		}
		var prepared, taken []time.Duration
		for range min(3, b.rounds) {
			for _, order := range []account.Order{account.OrderName, account.OrderAccount, account.OrderDepartment, account.OrderEmployeeNumber} {
				start := time.Now()
				sorted := d.Sorting(order)()
				prepared = append(prepared, time.Since(start))
				start = time.Now()
				d.Sort(sorted)
				d.Search(account.Query{})
				taken = append(taken, time.Since(start))
			}
		}
		results = append(results,
			counted("sorting in the background, "+count(size), quantile(prepared, 1).Seconds(), seconds, nil),
			counted("what of it the keyboard waits for, "+count(size), quantile(taken, 1).Seconds(), seconds, nil))
	}
	return results, nil
}
