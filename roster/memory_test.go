package roster_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"rekey/roster"
)

// manyRows is a file of n members, each of whom brings filler bytes.
func manyRows(n, filler int) io.Reader {
	r, w := io.Pipe()
	go func() {
		_, err := io.WriteString(w, "mailAddress,fullName,departmentCodes,position,accountStatus\n")
		for i := 0; i < n && err == nil; i++ {
			_, err = fmt.Fprintf(w, "member%d@example.com,吉田 花子,HQ;A1,%s,2\n", i, strings.Repeat("x", filler))
		}
		w.CloseWithError(err)
	}()
	return r
}

// heldAt gives how many bytes are in use when the row n of a file has been read, while the file is still open.
func heldAt(t *testing.T, file *roster.File, n int) uint64 {
	t.Helper()
	rows := 0
	for row, err := range file.Rows() {
		if err != nil || len(row.Problems) > 0 {
			t.Fatal(err, row.Problems)
		}
		if rows++; rows == n {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
	}
	t.Fatalf("the file has %d rows", rows)
	return 0
}

// TestMemoryGrowsByTheIndexOnly: 16 MiB of rows leave nothing behind but their accounts.
func TestMemoryGrowsByTheIndexOnly(t *testing.T) {
	const rows, filler = 8000, 2000
	file, err := roster.From(manyRows(rows, filler))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	atFirst, atLast := heldAt(t, file, 1), heldAt(t, file, rows)
	const perAccount = 64 // its hash and its line, in a map that may be half empty
	if grown := int64(atLast) - int64(atFirst); grown > rows*perAccount {
		t.Errorf("%d rows of %d bytes leave %d bytes behind", rows, filler, grown)
	}
}

// BenchmarkRows goes through a file, BenchmarkOpen does what comes before. BenchmarkEncodingCSV is the anchor: what the
// parser below takes by itself.
func BenchmarkRows(b *testing.B) {
	file, err := roster.From(manyRows(100_000, 10))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	_, size := file.Done()
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for row, err := range file.Rows() {
			if err != nil || len(row.Problems) > 0 {
				b.Fatal(err, row.Problems)
			}
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	text, err := io.ReadAll(manyRows(100_000, 10))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		file, err := roster.From(strings.NewReader(string(text)))
		if err != nil {
			b.Fatal(err)
		}
		file.Close()
	}
}

func BenchmarkEncodingCSV(b *testing.B) {
	text, err := io.ReadAll(manyRows(100_000, 10))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		rows := csv.NewReader(strings.NewReader(string(text)))
		rows.ReuseRecord = true
		for {
			if _, err := rows.Read(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
