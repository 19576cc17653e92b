package tui

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"rekey/account"
	"rekey/member"
)

// width counts the cells of s.
func (l *look) width(s string) int { return l.cells.StringWidth(s) }

// cut gives the cells of s from column `from` up to column `to`. A cluster that a column would split is left out; escape
// sequences are kept, so that styles begin and end as they did. (The ansi package's own Truncate counts by cluster at
// its start, whatever the method is.)
func (l *look) cut(s string, from, to int) string {
	var b strings.Builder
	column := 0
	for len(s) > 0 {
		if s[0] == ansi.ESC {
			sequence, _, n, _ := ansi.DecodeSequence(s, ansi.NormalState, nil)
			b.WriteString(sequence)
			s = s[n:]
			continue
		}
		cluster, w := ansi.FirstGraphemeCluster(s, l.cells)
		if column >= from && column+w <= to {
			b.WriteString(cluster)
		}
		column += w
		s = s[len(cluster):]
	}
	return b.String()
}

// truncate cuts s to at most w cells, between clusters, and shows that it did.
func (l *look) truncate(s string, w int) string {
	if l.width(s) <= w {
		return s
	}
	room := w - l.width(l.ellipsis)
	if room < 0 {
		return ""
	}
	return l.cut(s, 0, room) + l.ellipsis
}

// pad fills s with spaces up to w cells.
func (l *look) pad(s string, w int) string {
	if missing := w - l.width(s); missing > 0 {
		return s + strings.Repeat(" ", missing)
	}
	return s
}

// fit makes s exactly w cells wide.
func (l *look) fit(s string, w int) string { return l.pad(l.truncate(s, w), w) }

// wrap breaks unstyled text into lines of at most w cells, between words where it can.
func (l *look) wrap(s string, w int) []string {
	if s == "" || w <= 0 {
		return nil
	}
	lines := []string{""}
	for i, word := range strings.Split(s, " ") {
		last := &lines[len(lines)-1]
		if i > 0 && l.width(*last)+1+l.width(word) <= w {
			*last += " " + word
			continue
		}
		parts := l.chop(word, w)
		if i == 0 {
			lines = parts
		} else {
			lines = append(lines, parts...)
		}
	}
	return lines
}

// chop breaks a word into pieces of at most w cells.
func (l *look) chop(word string, w int) []string {
	pieces, used := []string{""}, 0
	for len(word) > 0 {
		cluster, cells := ansi.FirstGraphemeCluster(word, l.cells)
		word = word[len(cluster):]
		if used+cells > w && used > 0 {
			pieces, used = append(pieces, ""), 0
		}
		if cells <= w {
			pieces[len(pieces)-1] += cluster
			used += cells
		}
	}
	return pieces
}

// hang wraps s behind a prefix, and indents the lines that follow by the prefix's width.
func (l *look) hang(prefix, s string, w int) []string {
	indent := l.width(prefix)
	lines := l.wrap(s, w-indent)
	for i := range lines {
		if i == 0 {
			lines[i] = prefix + lines[i]
		} else {
			lines[i] = strings.Repeat(" ", indent) + lines[i]
		}
	}
	return lines
}

// spread puts left and right at the two ends of a line of w cells; right gives way first.
func (l *look) spread(left, right string, w int) string {
	if l.width(left)+l.width(right)+2 > w {
		return l.truncate(left, w)
	}
	return l.pad(left, w-l.width(right)) + right
}

// overlay draws a box of lines over base, its upper left corner at column x and row y. What it cuts in half, a wide
// character for one, becomes a space.
func (l *look) overlay(base, box []string, x, y int) []string {
	drawn := append([]string(nil), base...)
	for i, line := range box {
		if y+i >= len(drawn) {
			break
		}
		under := drawn[y+i]
		whole, end := l.width(under), x+l.width(line)
		line = l.pad(l.cut(under, 0, x), x) + line
		if whole > end {
			right := l.cut(under, end, whole)
			line += strings.Repeat(" ", whole-end-l.width(right)) + right
		}
		drawn[y+i] = line
	}
	return drawn
}

// box draws a border with a title around lines, w cells wide in all.
func (l *look) box(title string, lines []string, w int) []string {
	b := l.border
	inner := w - 4
	if inner < 1 {
		return lines
	}
	top := b.TopLeft + b.Top + " " + l.strong.Render(l.truncate(title, inner-2)) + " "
	top += strings.Repeat(b.Top, max(0, w-1-l.width(top))) + b.TopRight
	drawn := []string{top}
	for _, line := range lines {
		drawn = append(drawn, b.Left+" "+l.fit(line, inner)+" "+b.Right)
	}
	return append(drawn, b.BottomLeft+strings.Repeat(b.Bottom, w-2)+b.BottomRight)
}

// clean makes foreign text safe to draw.
func clean(s string) string { return member.Clean(s) }

// sentence shows an error to a person. A refusal is made of sentences already, one of which may begin with a file's name.
func sentence(err error) string {
	if refusal, is := err.(*account.Error); is {
		return clean(refusal.Error())
	}
	s := clean(err.Error())
	s = capital(s)
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// capital begins a text with a capital letter.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// lowered makes a phrase go on in the middle of a sentence: "Login ID" becomes "login ID". Only ASCII: the phrase is
// the program's own.
func lowered(phrase string) string { return strings.ToLower(phrase[:1]) + phrase[1:] }

// grouped writes a count with a comma between thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// count writes "1 session" or "3 sessions", "1 try" or "3 tries".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, found := strings.CutSuffix(noun, "y"); found && !strings.HasSuffix(stem, "a") { // "days"
		return grouped(n) + " " + stem + "ies"
	}
	return grouped(n) + " " + noun + "s"
}

// remaining writes a span to the second, for a countdown: "14m 05s".
func remaining(d time.Duration) string {
	d = d.Round(time.Second)
	if d >= time.Hour {
		return strconv.Itoa(int(d/time.Hour)) + "h " + twoDigits(int(d/time.Minute%60)) + "m"
	}
	return strconv.Itoa(int(d/time.Minute)) + "m " + twoDigits(int(d/time.Second%60)) + "s"
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// coarse writes a span in at most four cells, rounded up: "15m", "3h", "20d".
func coarse(d time.Duration) string {
	up := func(unit time.Duration) string { return strconv.Itoa(int((d + unit - 1) / unit)) }
	switch {
	case d <= 99*time.Minute:
		return up(time.Minute) + "m"
	case d <= 99*time.Hour:
		return up(time.Hour) + "h"
	}
	return up(24*time.Hour) + "d"
}

func typeName(t member.Type) string {
	if t == member.LoginID {
		return "Login ID"
	}
	return "Email"
}

func statusName(s member.Status) string {
	switch s {
	case member.Inviting:
		return "Inviting"
	case member.Active:
		return "Active"
	case member.Suspended:
		return "Suspended"
	case member.Deleted:
		return "Deleted"
	}
	return "Unknown"
}

// employmentName shows an employment type: the team names all but the first.
func employmentName(t string) string {
	if t == "1" {
		return "1 (Executive)"
	}
	return clean(t)
}

// lockName says in ten cells whether a member is locked out, or has typed wrong passwords.
func lockName(lockout account.Lockout, now time.Time) string {
	switch {
	case lockout.Locked(now):
		return "locked " + coarse(lockout.Until.Sub(now))
	case lockout.Failures > 0:
		return strconv.Itoa(lockout.Failures) + " wrong"
	}
	return ""
}

func departments(m member.Member) string { return clean(strings.Join(m.Departments, "; ")) }
