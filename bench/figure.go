package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// figure is what can be measured by its name: one row of the table or several.
type figure struct {
	name    string
	measure func(*bench) ([]result, error)
}

// figures in the order in which they are measured and stand in the table.
var figures = []figure{
	{"filter", measureFilter},
	{"sort", measureSort},
	{"frame", measureFrame},
	{"bytes", measureBytes},
	{"start", measureStart},
	{"cold", measureCold},
	{"memory", measureMemory},
	{"transfer", measureTransfer},
	{"reset", measureReset},
	{"waiting", measureWaiting},
	{"notice", measureNotice},
	{"log", measureLog},
	{"outbox", measureOutbox},
	{"web", measureWeb},
	{"mail", measureMail},
	{"form", measureForm},
	{"qr", measureQR},
	{"binary", measureBinary},
}

// unit is what a value counts.
type unit string

const (
	seconds  unit = "s"
	bytes    unit = "bytes"
	percent  unit = "%"
	rate     unit = "per second"
	minutely unit = "per minute"
)

// result is one row of the table.
type result struct {
	Figure string   `json:"figure"`
	Unit   unit     `json:"unit"`
	Ours   float64  `json:"ours"`
	Anchor *float64 `json:"anchor"` // null: a count that needs none
	Of     string   `json:"of"`     // what the anchor is
	Ratio  *float64 `json:"ratio"`
	Goal   *goal    `json:"goal"` // null: reported, not judged
	Met    *bool    `json:"met"`
	Note   string   `json:"note,omitempty"`
}

// goal bounds the ratio, or, without an anchor, the value itself.
type goal struct {
	Least bool    `json:"least"` // the bound is a lower one
	Bound float64 `json:"bound"`
}

func atMost(bound float64) *goal  { return &goal{false, bound} }
func atLeast(bound float64) *goal { return &goal{true, bound} }

func (g goal) met(value float64) bool {
	if g.Least {
		return value >= g.Bound
	}
	return value <= g.Bound
}

// counted is a result that needs no anchor.
func counted(figure string, ours float64, u unit, g *goal) result {
	r := result{Figure: figure, Unit: u, Ours: ours, Goal: g}
	if g != nil {
		met := g.met(ours)
		r.Met = &met
	}
	return r
}

// against is a result beside its anchor.
func against(figure string, ours, anchor float64, u unit, of string, g *goal) result {
	ratio := ours / anchor
	r := result{Figure: figure, Unit: u, Ours: ours, Anchor: &anchor, Of: of, Ratio: &ratio, Goal: g}
	if g != nil {
		met := g.met(ratio)
		r.Met = &met
	}
	return r
}

// timed is a result of two spans.
func timed(figure string, ours, anchor time.Duration, of string, g *goal) result {
	return against(figure, ours.Seconds(), anchor.Seconds(), seconds, of, g)
}

func (r result) noted(note string) result {
	r.Note = note
	return r
}

// writeTable writes the results in Markdown.
func writeTable(w io.Writer, results []result) error {
	var b strings.Builder
	b.WriteString("| figure | ours | anchor | ratio | goal | met |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, r := range results {
		anchor, ratio := "", ""
		if r.Anchor != nil {
			anchor = r.Unit.say(*r.Anchor) + ", " + r.Of
			ratio = fmt.Sprintf("%.3g", *r.Ratio)
		}
		name := r.Figure
		if r.Note != "" {
			name += ". " + r.Note
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", name, r.Unit.say(r.Ours), anchor, ratio, r.goal(), r.verdict())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r result) goal() string {
	if r.Goal == nil {
		return ""
	}
	bound := r.Unit.say(r.Goal.Bound)
	if r.Anchor != nil {
		bound = fmt.Sprintf("%.3g x", r.Goal.Bound)
	}
	if r.Goal.Least {
		return "at least " + bound
	}
	return "at most " + bound
}

func (r result) verdict() string {
	switch {
	case r.Met == nil:
		return ""
	case *r.Met:
		return "yes"
	}
	return "**no**"
}

// say writes a value for a person.
func (u unit) say(value float64) string {
	switch {
	case u == seconds && value < 1e-3:
		return fmt.Sprintf("%.3g us", value*1e6)
	case u == seconds && value < 1:
		return fmt.Sprintf("%.3g ms", value*1e3)
	case u == seconds:
		return fmt.Sprintf("%.3g s", value)
	case u == bytes && value >= 1e6:
		return fmt.Sprintf("%.1f MB", value/1e6)
	case u == bytes:
		return fmt.Sprintf("%.0f bytes", value)
	case u == percent:
		return fmt.Sprintf("%.2g %%", value)
	}
	return fmt.Sprintf("%.0f %s", value, u)
}

// count names a size: "10k", "1M".
func count(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 1_000 && n%1_000 == 0:
		return fmt.Sprintf("%dk", n/1_000)
	}
	return fmt.Sprint(n)
}

// compare takes the times of two things in turns, and gives the medians.
func compare(rounds int, ours, anchor func() (time.Duration, error)) (oursTime, anchorTime time.Duration, err error) {
	var all [2][]time.Duration
	for range rounds {
		for i, take := range []func() (time.Duration, error){ours, anchor} {
			t, err := take()
			if err != nil {
				return 0, 0, err
			}
			all[i] = append(all[i], t)
		}
	}
	return median(all[0]), median(all[1]), nil
}

// took makes work into what compare takes the time of.
func took(work func() error) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		start := time.Now()
		err := work()
		return time.Since(start), err
	}
}

func median[T ~int | ~int64 | ~float64](values []T) T { return quantile(values, 0.5) }

// quantile gives the value below which the part q of the values lies.
func quantile[T ~int | ~int64 | ~float64](values []T, q float64) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
