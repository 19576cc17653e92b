package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// action is something that can be done here, or the reason why not now.
type action struct {
	binding key.Binding
	name    string
	refusal string // empty: it can be done
	run     func() tea.Cmd
}

// actionKeys gives the actions' key bindings; those that cannot be done now are disabled.
func actionKeys(actions []action) []key.Binding {
	var bindings []key.Binding
	for _, a := range actions {
		bindings = append(bindings, when(a.refusal == "", a.binding))
	}
	return bindings
}

// act runs the action of a key, or says why it cannot be done now.
func (s *shared) act(actions []action, msg tea.KeyPressMsg) (cmd tea.Cmd, done bool) {
	for _, a := range actions {
		switch {
		case !pressed(msg, a.binding):
		case a.refusal != "":
			s.nav.say(a.refusal)
			return nil, true
		default:
			return a.run(), true
		}
	}
	return nil, false
}

// actionLines draws each action with its key, or with the reason why it cannot be done now.
func (l *look) actionLines(actions []action, w int) []string {
	var lines []string
	for _, a := range actions {
		if a.refusal == "" {
			lines = append(lines, l.truncate(l.key.Render("["+a.binding.Help().Key+"]")+" "+a.name, w))
			continue
		}
		for _, line := range l.hang(" -  ", a.name+" (not now). "+a.refusal, w) {
			lines = append(lines, l.faint.Render(line))
		}
	}
	return lines
}

// actionFlow draws actions one behind the other, and those that cannot be done now below, together with others that have
// the same reason.
func (l *look) actionFlow(actions []action, w int) []string {
	var lines, reasons []string
	names := map[string][]string{}
	used := 0
	for _, a := range actions {
		if a.refusal != "" {
			if names[a.refusal] == nil {
				reasons = append(reasons, a.refusal)
			}
			names[a.refusal] = append(names[a.refusal], a.name)
			continue
		}
		text := "[" + a.binding.Help().Key + "] " + a.name
		if used > 0 && used+2+l.width(text) <= w {
			lines[len(lines)-1] += "  "
			used += 2
		} else {
			lines, used = append(lines, ""), 0
		}
		key, name, _ := strings.Cut(text, " ")
		lines[len(lines)-1] += l.key.Render(key) + " " + name
		used += l.width(text)
	}
	for i := range lines {
		lines[i] = l.truncate(lines[i], w)
	}
	for _, reason := range reasons {
		lines = append(lines, styled(l.hang(" -  ", strings.Join(names[reason], ", ")+" (not now). "+reason, w), l.faint)...)
	}
	return lines
}

// fact draws a labelled value, if there is one.
func (l *look) fact(label, value string, w int) []string {
	if value == "" {
		return nil
	}
	const labelWidth = 11
	label = l.pad(label, labelWidth)
	lines := l.hang(label, value, w)
	lines[0] = l.faint.Render(label) + lines[0][len(label):]
	return lines
}
