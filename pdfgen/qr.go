package pdfgen

import "github.com/skip2/go-qrcode"

// quietModules is the white border that ISO/IEC 18004 asks for, in modules.
const quietModules = 4

// qrCode is a symbol's modules by row and column, true for dark, without the quiet zone.
type qrCode [][]bool

// newQRCode encodes content at level Q, which withstands the loss of a quarter of its codewords: a folded or stained
// sheet still scans.
func newQRCode(content string) (qrCode, error) {
	const levelQ = qrcode.High
	symbol, err := qrcode.New(content, levelQ)
	if err != nil {
		return nil, err
	}
	symbol.DisableBorder = true // only has an effect before the first Bitmap
	return symbol.Bitmap(), nil
}

// rects covers the dark modules with few rectangles of whole modules, no two of which overlap, in a square of the
// given place and size.
func (c qrCode) rects(at point, size float64) []rect {
	module := size / float64(len(c))
	covered := make([][]bool, len(c))
	for y := range covered {
		covered[y] = make([]bool, len(c))
	}
	free := func(x, y int) bool { return c[y][x] && !covered[y][x] }
	var rects []rect
	for y := range c {
		for x := range c {
			if !free(x, y) {
				continue
			}
			right := x
			for right < len(c) && free(right, y) {
				right++
			}
			bottom := y + 1
			for bottom < len(c) && allFree(free, x, right, bottom) {
				bottom++
			}
			for cy := y; cy < bottom; cy++ {
				for cx := x; cx < right; cx++ {
					covered[cy][cx] = true
				}
			}
			rects = append(rects, rect{at.x + float64(x)*module, at.y + float64(y)*module,
				float64(right-x) * module, float64(bottom-y) * module})
		}
	}
	return rects
}

func allFree(free func(x, y int) bool, from, to, y int) bool {
	for x := from; x < to; x++ {
		if !free(x, y) {
			return false
		}
	}
	return true
}

// quiet is the width of the quiet zone around a symbol of the given size.
func (c qrCode) quiet(size float64) float64 { return quietModules * size / float64(len(c)) }
