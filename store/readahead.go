package store

import (
	"context"
	"os"
)

// readAheadPiece is how much is read at a time.
const readAheadPiece = 1 << 20

// ReadAhead reads the file through once, for nothing but that the system has it in memory then. bbolt has the system bring
// each page of the mapped file by itself, which takes several times as long for all of them.
func (s *Store) ReadAhead(ctx context.Context) {
	file, err := os.Open(s.path)
	if err != nil {
		return // whoever reads next will say so
	}
	defer file.Close()
	piece := make([]byte, readAheadPiece)
	for ctx.Err() == nil {
		if _, err := file.Read(piece); err != nil {
			return
		}
	}
}
