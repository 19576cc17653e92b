package pdfgen

import "slices"

// block is a text broken into lines. It lies between its top edge and its top edge plus its height.
type block struct {
	style style
	lines []line
}

func (b block) height() float64 { return float64(len(b.lines)) * b.style.lineHeight() }

// firstBaseline is the distance of the first baseline from the top. A line's ink lies in the middle of its height.
func (b block) firstBaseline() float64 {
	return (b.style.leading + ascent - descent) / 2 * b.style.em()
}

// drawBlock sets the lines below each other from the block's upper left corner.
func (t *typesetter) drawBlock(at point, b block) {
	for i, l := range b.lines {
		t.draw(point{at.x, at.y + b.firstBaseline() + float64(i)*b.style.lineHeight()}, b.style, l)
	}
}

// paragraph breaks a text of ours, which is known to fit, into lines of a width in millimetres.
func (t *typesetter) paragraph(s string, st style, width float64) block {
	return block{st, breakLines(t.shape(s, st.faces), width/st.em())}
}

// room is the space that a foreign text may take, in millimetres, and how small it may become in it, in points.
type room struct {
	width, height float64
	smallest      float64
}

// sizeStep is by how much a text shrinks at a time, in points.
const sizeStep = 0.5

// fit sets a foreign text as large as the room allows, up to the size of the style. What does not even fit at the
// smallest size is cut and ends in an ellipsis.
func (t *typesetter) fit(s string, st style, r room) block {
	clusters := t.shape(printable(s), st.faces)
	for size := st.size; size > r.smallest; size -= sizeStep {
		b := block{st.in(size), breakLines(clusters, r.width/st.in(size).em())}
		if b.height() <= r.height {
			return b
		}
	}
	return t.cut(clusters, st.in(r.smallest), r)
}

// fitLine keeps a foreign text on one line if it can, because a line break would look like a space in it.
func (t *typesetter) fitLine(s string, st style, r room) block {
	whole := line(t.shape(printable(s), st.faces))
	for size := st.size; size >= r.smallest; size -= sizeStep {
		if whole.width()*st.in(size).em() <= r.width {
			return block{st.in(size), []line{whole}}
		}
	}
	return t.fit(s, st, r)
}

// cut keeps the lines that fit and ends the last one in an ellipsis if there were more.
func (t *typesetter) cut(clusters []cluster, st style, r room) block {
	width := r.width / st.em()
	lines := breakLines(clusters, width)
	most := max(1, int(r.height/st.lineHeight()))
	if len(lines) <= most {
		return block{st, lines}
	}
	ellipsis := t.shape("…", st.faces)
	last := lines[most-1]
	for len(last) > 0 && last.width()+line(ellipsis).width() > width {
		last = last[:len(last)-1]
	}
	lines[most-1] = slices.Concat(last, ellipsis)
	return block{st, lines[:most]}
}
