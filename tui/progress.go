package tui

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"rekey/roster"
)

// progress is how far a long file has been gone through. What works in the background tells it, and the view reads it.
type progress struct {
	began time.Time
	rows  atomic.Int64
	file  atomic.Pointer[roster.File]
}

func (p *progress) reached(rows int) { p.rows.Store(int64(rows)) }

func (p *progress) of(file *roster.File) { p.file.Store(file) }

// fraction is from 0 to 1.
func (p *progress) fraction() float64 {
	file := p.file.Load()
	if file == nil {
		return 0
	}
	read, size := file.Done()
	if size <= 0 {
		return 0
	}
	return min(1, float64(read)/float64(size))
}

// settled is how long rate and time left are not said: they would jump about.
const settled = time.Second

// lines draw a bar, and below it the rate and the time left.
func (p *progress) lines(l *look, now time.Time, w int) []string {
	done, rows, took := p.fraction(), p.rows.Load(), now.Sub(p.began)
	bar := min(w-5, 60)
	full := int(done * float64(bar))
	filled, empty := "█", "░"
	if l.linux {
		filled, empty = "#", "."
	}
	text := count(int(rows), "row")
	if took >= settled && rows > 0 {
		text += fmt.Sprintf(" %s %s rows/s", l.dot, grouped(int(float64(rows)/took.Seconds())))
	}
	switch {
	case done >= 1:
		text += " " + l.dot + " almost done"
	case took >= settled && done > 0:
		left := time.Duration(float64(took) * (1 - done) / done)
		text += " " + l.dot + " " + remaining(left) + " left"
	}
	percent := fmt.Sprintf(" %3d%%", int(done*100))
	return []string{strings.Repeat(filled, full) + strings.Repeat(empty, bar-full) + percent, l.truncate(text, w)}
}
