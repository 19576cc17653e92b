package metrics

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// text is a page of the exposition format.
type text struct{ bytes.Buffer }

// family begins a metric: kind is counter, gauge or histogram. Its samples follow.
func (t *text) family(name, kind, help string) {
	fmt.Fprintf(t, "# HELP %s %s\n# TYPE %s %s\n", name, helpEscapes.Replace(help), name, kind)
}

// sample writes one value; labels are names and values by turns.
func (t *text) sample(name string, value float64, labels ...string) {
	t.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		fmt.Fprintf(t, `%c%s="%s"`, "{,"[min(i, 1)], labels[i], labelEscapes.Replace(labels[i+1]))
	}
	if len(labels) > 0 {
		t.WriteByte('}')
	}
	t.WriteString(" " + number(value) + "\n")
}

// single writes a metric of one value.
func (t *text) single(name, kind, help string, value float64) {
	t.family(name, kind, help)
	t.sample(name, value)
}

// histogram writes how many values fall below each bound, and their sum.
func (t *text) histogram(name, help string, h Histogram) {
	t.family(name, "histogram", help)
	var below uint64
	for i, bound := range h.Bounds {
		below += h.Counts[i]
		t.sample(name+"_bucket", float64(below), "le", number(bound))
	}
	if len(h.Counts) > len(h.Bounds) {
		below += h.Counts[len(h.Bounds)]
	}
	t.sample(name+"_bucket", float64(below), "le", "+Inf")
	t.sample(name+"_sum", h.Sum)
	t.sample(name+"_count", float64(below))
}

var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
