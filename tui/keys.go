package tui

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// bind makes a key binding: its name and its meaning in the help, and the keys. The name is the key unless keys follow.
func bind(name, meaning string, keys ...string) key.Binding {
	if len(keys) == 0 {
		keys = []string{name}
	}
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(name, meaning))
}

// when gives b, enabled or not.
func when(enabled bool, b key.Binding) key.Binding {
	b.SetEnabled(enabled)
	return b
}

// pressed reports whether msg is a key of b, also of a disabled one: that is answered with the reason.
func pressed(msg tea.KeyPressMsg, b key.Binding) bool { return slices.Contains(b.Keys(), msg.String()) }

// enabled leaves out the bindings that do nothing now.
func enabled(bindings []key.Binding) []key.Binding {
	return slices.DeleteFunc(slices.Clone(bindings), func(b key.Binding) bool { return !b.Enabled() })
}

// helpLines writes bindings into lines of at most w cells, as many as fit into height lines. The last `keep` bindings
// always have their place, and so has that of a key that leads out of here, if one is named; of the others the first ones.
func (l *look) helpLines(bindings []key.Binding, out string, keep, w, height int) []string {
	shown := enabled(bindings)
	for {
		lines := l.flow(shown, w)
		dropped := len(shown) - keep - 1
		for dropped >= 0 && slices.Contains(shown[dropped].Keys(), out) {
			dropped--
		}
		if len(lines) <= height || dropped < 0 {
			return lines[:min(len(lines), height)]
		}
		shown = slices.Delete(shown, dropped, dropped+1)
	}
}

// flow writes bindings one behind the other, on as many lines as they need.
func (l *look) flow(bindings []key.Binding, w int) []string {
	lines, used := []string{""}, 0
	for _, b := range bindings {
		size := l.width(b.Help().Key) + 1 + l.width(b.Help().Desc)
		if used > 0 && used+2+size > w {
			lines, used = append(lines, ""), 0
		}
		if used > 0 {
			lines[len(lines)-1] += "  "
			used += 2
		}
		lines[len(lines)-1] += l.helpEntry(b)
		used += size
	}
	for i := range lines {
		lines[i] = l.truncate(lines[i], w)
	}
	return lines
}

// helpEntry writes one binding. What was written is kept: the help is most of what a frame has to write, and always the same.
func (l *look) helpEntry(b key.Binding) string {
	entry, kept := l.entries[b.Help()]
	if !kept {
		entry = l.key.Render(b.Help().Key) + " " + l.faint.Render(b.Help().Desc)
		l.entries[b.Help()] = entry
	}
	return entry
}
