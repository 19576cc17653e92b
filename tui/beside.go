package tui

// beside puts a pane right of a list of so many cells; the first line of the list is left alone. The whole is height
// lines.
func beside(l *look, left, pane []string, width, height int) []string {
	if room := height - 1; len(pane) > room {
		pane = append(pane[:room-1], l.faint.Render(l.ellipsis+" more"))
	}
	lines := []string{left[0]}
	for i := 1; i < height; i++ {
		line, right := "", ""
		if i < len(left) {
			line = left[i]
		}
		if i-1 < len(pane) {
			right = pane[i-1]
		}
		lines = append(lines, l.pad(line, width)+" "+l.border.Left+" "+right)
	}
	return lines
}
