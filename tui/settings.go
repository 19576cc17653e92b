package tui

import (
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// Fact is something that holds for this host, to be read in the settings. It is never a secret.
type Fact struct {
	Name  string // "Mail server"
	Value string
	Where string // where it is set
}

// settings is the page of the team's settings.
type settings struct {
	*shared
	scroller      scroller
	width, height int
}

func newSettings(s *shared) screen { return &settings{shared: s, scroller: scroller{look: s.look}} }

func (s *settings) init() tea.Cmd { return nil }

func (s *settings) setSize(width, height int) {
	s.width, s.height = width, height
	s.scroller.show(s.lines(width-2), height)
}

func (s *settings) actions() []action {
	return []action{
		{bind("c", "change", "c", "enter"), "Change the settings", "", func() tea.Cmd { return s.nav.push(newSettingsForm(s.shared)) }},
		{bind("t", "test mail and base URL"), "Test mail and base URL", s.refuseCheck(), func() tea.Cmd { return s.nav.push(newChecks(s.shared)) }},
	}
}

func (s *settings) refuseCheck() string {
	if s.check == nil {
		return "Mail and base URL cannot be checked from this console: run `rekey check` on the host."
	}
	return ""
}

func (s *settings) keyMap() []key.Binding {
	return append(actionKeys(s.actions()), s.scroller.moves()...)
}

func (s *settings) frame() frame { return frame{title: "Settings"} }

func (s *settings) update(msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	if cmd, done := s.act(s.actions(), press); done {
		return cmd
	}
	s.scroller.move(press)
	return nil
}

func (s *settings) view() string { return s.scroller.page(s.lines(s.width-2), s.height) }

// settingGroup is a heading and what stands below it.
type settingGroup struct {
	heading string
	rows    [][2]string
}

func (s *settings) groups() []settingGroup {
	set := s.settings
	signOn := "off: members sign in with passwords"
	if set.SSO {
		signOn = "on: only members with admin authority have a password"
	}
	groups := []settingGroup{
		{"Team", [][2]string{
			{"Product", clean(set.ProductName)},
			{"Team", orNothing(set.TeamName)},
			{"Team identification number", orNothing(set.TeamNumber)},
		}},
		{"Mails and forms", [][2]string{
			{"Sender", clean(set.Sender)},
			{"Mails are in", set.Language.String()},
			{"A link works for", account.FormatSpan(set.LinkLifetime)},
			{"A form works for", account.FormatSpan(set.FormLifetime)},
		}},
		{"Signing in", [][2]string{
			{"Lockout", "for " + account.FormatSpan(set.LockoutTime) + " after " + count(set.MaxFailures, "failure") + "; cannot be turned off"},
			{"Passwords", strconv.Itoa(set.MinPassword) + " to " + count(set.MaxPassword, "character")},
			{"Single sign-on", signOn},
			{"A session ends after", account.FormatSpan(set.SessionMaxAge) + ", or " + account.FormatSpan(set.SessionIdle) + " without use"},
			{"Consoles lock after", account.FormatSpan(set.IdleLock) + " without a key"},
		}},
	}
	if len(s.facts) == 0 {
		return groups
	}
	host := settingGroup{heading: "This host (not changed here)"}
	for _, f := range s.facts {
		host.rows = append(host.rows, [2]string{clean(f.Name), clean(f.Value) + " (" + clean(f.Where) + ")"})
	}
	return append(groups, host)
}

// lines draw the groups, with room between them where there is some.
func (s *settings) lines(w int) []string {
	groups := s.groups()
	lines := s.groupLines(groups, w, false)
	if airy := s.groupLines(groups, w, true); len(airy) <= s.height {
		return airy
	}
	return lines
}

// settingLabel is how wide the labels are, in cells, where they stand beside the values.
const settingLabel = 30

func (s *settings) groupLines(groups []settingGroup, w int, airy bool) []string {
	l := s.look
	var lines []string
	for _, g := range groups {
		if airy && len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, l.heading.Render(l.truncate(g.heading, w)))
		for _, row := range g.rows {
			lines = append(lines, s.rowLines(row[0], row[1], w)...)
		}
	}
	return lines
}

// rowLines draw a label and its value side by side, or one behind the other where there is little room.
func (s *settings) rowLines(label, value string, w int) []string {
	l := s.look
	if w < 2*settingLabel {
		return l.hang("  ", label+": "+value, w)
	}
	head := l.pad("  "+label, settingLabel)
	lines := l.hang(head, value, w)
	lines[0] = l.faint.Render(head) + lines[0][len(head):]
	return lines
}
