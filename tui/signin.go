package tui

import (
	"context"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// device is what the console calls itself in a member's list of sessions.
const device = "console"

// signInWidth is how wide the form may become, in cells.
const signInWidth = 60

// signIn is the screen that asks for an admin's email address and password.
type signIn struct {
	*shared
	width, height int
	notice        []string
	fields        [2]field // email address, password
	labels        [2]string
	focus         int
	verifying     request
	problem       string
}

// The fields.
const (
	emailField = iota
	passwordField
)

// newSignIn makes the screen. The problem is why the admin is asked again, if so.
func newSignIn(s *shared, notice []string, address, problem string) *signIn {
	screen := &signIn{shared: s, notice: notice, problem: problem, labels: [2]string{"Email address", "Password"}}
	for i := range screen.fields {
		screen.fields[i].look = s.look
	}
	screen.fields[passwordField].masked = true
	if address != "" {
		screen.fields[emailField].set(address)
		screen.focus = passwordField
	}
	return screen
}

func (s *signIn) init() tea.Cmd { return nil }

func (s *signIn) setSize(width, height int) { s.width, s.height = width, height }

func (s *signIn) keyMap() []key.Binding {
	return []key.Binding{
		when(s.verifying == 0, bind("enter", "next or sign in")),
		when(s.verifying == 0, bind("tab", "other field", "tab", "shift+tab", "up", "down")),
	}
}

func (s *signIn) frame() frame {
	_, cursor := s.draw()
	return frame{alone: true, bare: true, cursor: cursor}
}

func (s *signIn) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case reply[account.Admin]:
		if msg.to == s.verifying {
			return s.answered(msg)
		}
	case tea.KeyPressMsg:
		if s.verifying == 0 {
			return s.key(msg)
		}
	case tea.PasteMsg:
		if s.verifying == 0 {
			s.fields[s.focus].update(msg)
		}
	}
	return nil
}

func (s *signIn) key(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "enter":
		return s.enter()
	case "tab", "shift+tab", "up", "down":
		s.focus = 1 - s.focus
	default:
		s.fields[s.focus].update(msg)
	}
	return nil
}

func (s *signIn) enter() tea.Cmd {
	address, password := s.fields[emailField].value(), s.fields[passwordField].value()
	switch {
	case strings.TrimSpace(address) == "":
		s.focus = emailField
		return nil
	case password == "" || s.focus == emailField:
		s.focus = passwordField
		return nil
	}
	s.fields[passwordField].set("")
	s.problem = ""
	var cmd tea.Cmd
	s.verifying, cmd = ask(s.shared, func(ctx context.Context) (account.Admin, error) {
		return s.service.SignIn(ctx, address, password, device)
	})
	return cmd
}

func (s *signIn) answered(msg reply[account.Admin]) tea.Cmd {
	s.verifying = 0
	if msg.err != nil {
		s.problem, s.focus = sentence(msg.err), passwordField
		return nil
	}
	return s.nav.signedIn(msg.value)
}

func (s *signIn) view() string {
	lines, _ := s.draw()
	return strings.Join(lines, "\n")
}

// draw lays the form out in the middle, and says where the text cursor stands.
func (s *signIn) draw() ([]string, *point) {
	l := s.look
	w := min(s.width-4, signInWidth)
	lines := []string{l.header.Render(l.truncate(clean(s.settings.ProductName+" Team Admin"), w))}
	if team := clean(s.settings.TeamName); team != "" {
		lines = append(lines, l.truncate(team, w))
	}
	gap := s.height >= 12
	if gap {
		lines = append(lines, "")
	}
	cursor := &point{}
	for i := range s.fields {
		mark := strings.Repeat(" ", l.width(l.glyphs.cursor))
		label := s.labels[i]
		if i == s.focus {
			mark = l.glyphs.cursor
			label = l.strong.Render(label)
		}
		prefix := mark + " " + l.pad(label, 15)
		text, column := s.fields[i].view(w - l.width(prefix))
		if i != s.focus {
			text = s.fields[i].idle(w - l.width(prefix))
		} else {
			*cursor = point{l.width(prefix) + column, len(lines)}
		}
		lines = append(lines, prefix+text)
	}
	if gap {
		lines = append(lines, "")
	}
	lines = append(lines, s.answer(w)...)
	if gap {
		lines = append(lines, "")
	}
	lines = append(lines, s.noticeLines(w)...)
	lines = lines[:min(len(lines), s.height)]
	x, y := (s.width-w)/2, (s.height-len(lines))/2
	for i := range lines {
		lines[i] = strings.Repeat(" ", x) + lines[i]
	}
	if s.verifying != 0 {
		return append(make([]string, y), lines...), nil
	}
	return append(make([]string, y), lines...), &point{cursor.x + x, cursor.y + y}
}

func (s *signIn) answer(w int) []string {
	if s.verifying != 0 {
		return []string{"Signing in" + s.look.ellipsis}
	}
	lines := s.look.wrap(s.problem, w)
	for i := range lines {
		lines[i] = s.look.bad.Render(lines[i])
	}
	return lines
}

func (s *signIn) noticeLines(w int) []string {
	var lines []string
	for _, line := range s.notice {
		for _, wrapped := range s.look.wrap(clean(line), w) {
			lines = append(lines, s.look.faint.Render(wrapped))
		}
	}
	return lines
}
