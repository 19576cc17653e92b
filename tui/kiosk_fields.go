package tui

import tea "charm.land/bubbletea/v2"

// twoFields is a form of two fields, one of which has the keyboard.
type twoFields struct {
	fields [2]field
	focus  int
}

// press edits the form: Enter and Esc do what they are given for, other keys move between the fields or write.
func (f *twoFields) press(msg tea.KeyPressMsg, enter, cancel func() tea.Cmd) tea.Cmd {
	switch msg.String() {
	case "enter", "ctrl+j":
		return enter()
	case "esc":
		return cancel()
	case "tab", "shift+tab", "up", "down":
		f.focus = 1 - f.focus
	default:
		f.fields[f.focus].update(msg)
	}
	return nil
}
