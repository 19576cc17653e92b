package metrics

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The rules of the text exposition format, version 0.0.4.
var (
	helpLine   = regexp.MustCompile(`^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\]|\\\\|\\n)*$`)
	typeLine   = regexp.MustCompile(`^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$`)
	labelPair  = regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^\\"\n]|\\\\|\\"|\\n)*)"(?:,|$)`)
)

// parse reads a page by the rules and gives each sample's value, by its name and labels as they are written. It refuses
// what a collector would: samples without a type or apart from their family, a family twice, a series twice.
func parse(page string) (map[string]float64, error) {
	if !strings.HasSuffix(page, "\n") {
		return nil, fmt.Errorf("the last line does not end")
	}
	samples, kinds, helped, family := map[string]float64{}, map[string]string{}, "", ""
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if m := helpLine.FindStringSubmatch(line); m != nil {
			helped = m[1]
			continue
		}
		if m := typeLine.FindStringSubmatch(line); m != nil {
			if family = m[1]; family != helped || kinds[family] != "" {
				return nil, fmt.Errorf("the family %s has no help, or begins twice", family)
			}
			kinds[family] = m[2]
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("no line of the format: %q", line)
		}
		if !belongs(m[1], family, kinds[family]) {
			return nil, fmt.Errorf("%s stands among the samples of the %s %s", m[1], kinds[family], family)
		}
		for rest := m[2]; rest != ""; {
			pair := labelPair.FindString(rest)
			if pair == "" {
				return nil, fmt.Errorf("no labels: %q", m[2])
			}
			rest = rest[len(pair):]
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return nil, err
		}
		series := strings.TrimSuffix(line, " "+m[3])
		if _, twice := samples[series]; twice {
			return nil, fmt.Errorf("%s stands there twice", series)
		}
		samples[series] = value
	}
	return samples, checkHistograms(samples, kinds)
}

func belongs(name, family, kind string) bool {
	if kind == "histogram" {
		return slices.Contains([]string{family + "_bucket", family + "_sum", family + "_count"}, name)
	}
	return kind != "" && name == family
}

// checkHistograms finds classes that shrink, and an end that is not the count.
func checkHistograms(samples map[string]float64, kinds map[string]string) error {
	for family, kind := range kinds {
		if kind != "histogram" {
			continue
		}
		below := map[float64]float64{}
		for series, n := range samples {
			if le, is := strings.CutPrefix(series, family+`_bucket{le="`); is {
				bound, err := strconv.ParseFloat(strings.TrimSuffix(le, `"}`), 64)
				if err != nil {
					return err
				}
				below[bound] = n
			}
		}
		last := 0.0
		for _, bound := range slices.Sorted(maps.Keys(below)) {
			if below[bound] < last {
				return fmt.Errorf("%s shrinks at %v", family, bound)
			}
			last = below[bound]
		}
		if _, has := samples[family+`_bucket{le="+Inf"}`]; !has || last != samples[family+"_count"] {
			return fmt.Errorf("%s does not end with its count", family)
		}
	}
	return nil
}

// The parser refuses what it has to: else the tests that use it would prove nothing.
func TestTheParserRefuses(t *testing.T) {
	const head = "# HELP a_total A.\n# TYPE a_total counter\n"
	for name, page := range map[string]string{
		"no type":             "a_total 1\n",
		"no end":              head + "a_total 1",
		"another name":        head + "b_total 1\n",
		"no number":           head + "a_total one\n",
		"bare label":          head + "a_total{b=c} 1\n",
		"quote in label":      head + "a_total{b=\"c\"d\"} 1\n",
		"backslash":           head + "a_total{b=\"\\x\"} 1\n",
		"twice":               head + "a_total 1\na_total 2\n",
		"family twice":        head + head,
		"histogram, no end":   "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
		"histogram shrinks":   "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
		"histogram, no count": "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n",
	} {
		if _, err := parse(page); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

func TestEscapes(t *testing.T) {
	var page text
	page.family("a", "gauge", "one\ntwo \\ three")
	page.sample("a", 1.5, "b", "say \"x\\y\"\nnow", "c", "d")
	samples, err := parse(page.String())
	if got := samples[`a{b="say \"x\\y\"\nnow",c="d"}`]; err != nil || got != 1.5 {
		t.Errorf("%v, %v", samples, err)
	}
}
