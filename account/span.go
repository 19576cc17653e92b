package account

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const day = 24 * time.Hour

// FormatSpan shows a span of whole seconds as a person would type it: "15m", "24h", "21d", "1h 30m". ParseSpan reads it.
func FormatSpan(d time.Duration) string {
	if d >= 2*day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	var parts []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / u.size; n > 0 {
			parts = append(parts, strconv.FormatInt(int64(n), 10)+u.name)
			d -= n * u.size
		}
	}
	if len(parts) == 0 {
		return "0s"
	}
	return strings.Join(parts, " ")
}

// spanUnits are the units of a span and the ways to write them.
var spanUnits = map[string]time.Duration{
	"s": time.Second, "sec": time.Second, "second": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute,
	"h": time.Hour, "hour": time.Hour,
	"d": day, "day": day,
	"w": 7 * day, "week": 7 * day,
}

var errSpan = errors.New("write a number and a unit: 15m, 24h or 21d")

// ParseSpan reads a span that a person typed, in any case: numbers, each with its unit (s, m, h, d, w, or the word), as
// "90m", "1h 30m", "2 days".
func ParseSpan(s string) (time.Duration, error) {
	rest := strings.ToLower(strings.TrimSpace(s))
	if rest == "" {
		return 0, errSpan
	}
	var sum time.Duration
	for rest != "" {
		var number, unit string
		number, rest = leading(rest, func(r rune) bool { return r >= '0' && r <= '9' })
		rest = strings.TrimLeft(rest, " ")
		unit, rest = leading(rest, unicode.IsLetter)
		rest = strings.TrimLeft(rest, " ")
		n, err := strconv.ParseInt(number, 10, 64)
		size, known := spanUnits[unit]
		if !known {
			size, known = spanUnits[strings.TrimSuffix(unit, "s")]
		}
		if err != nil || !known || n > (math.MaxInt64-int64(sum))/int64(size) {
			return 0, errSpan
		}
		sum += time.Duration(n) * size
	}
	return sum, nil
}

// leading splits s behind its first characters that are of a kind.
func leading(s string, kind func(rune) bool) (first, rest string) {
	i := strings.IndexFunc(s, func(r rune) bool { return !kind(r) })
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i:]
}
