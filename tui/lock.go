package tui

import (
	"context"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// lock is shown instead of everything else while the console is locked. It asks for the password of the admin who is
// signed in, and shows nothing of what is open, nor whose it is.
type lock struct {
	*shared
	width, height int
	password      field
	checking      request
	problem       string
}

func newLock(s *shared) *lock {
	return &lock{shared: s, password: field{look: s.look, masked: true}}
}

func (l *lock) init() tea.Cmd { return nil }

func (l *lock) setSize(width, height int) { l.width, l.height = width, height }

func (l *lock) keyMap() []key.Binding {
	return []key.Binding{
		when(l.checking == 0, bind("enter", "unlock")),
		when(l.checking == 0, bind("ctrl+x", "sign out")),
	}
}

func (l *lock) frame() frame {
	_, cursor := l.draw()
	return frame{alone: true, bare: true, cursor: cursor}
}

func (l *lock) update(msg tea.Msg) tea.Cmd {
	if answer, ok := msg.(reply[nothing]); ok && answer.to == l.checking {
		return l.checked(answer.err)
	}
	if l.checking != 0 {
		return nil
	}
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch press.String() {
		case "enter":
			return l.check()
		case "ctrl+x":
			return l.nav.signOut()
		}
	}
	l.password.update(msg)
	return nil
}

func (l *lock) check() tea.Cmd {
	password, admin := l.password.value(), l.admin
	if password == "" {
		return nil
	}
	l.password.set("")
	l.problem = ""
	var cmd tea.Cmd
	l.checking, cmd = ask(l.shared, func(ctx context.Context) (nothing, error) {
		return nothing{}, l.service.Unlock(ctx, admin, password)
	})
	return cmd
}

func (l *lock) checked(err error) tea.Cmd {
	l.checking = 0
	switch account.CodeOf(err) {
	case account.CodeSignInFailed:
		l.problem = "That is not the password, or too many wrong ones have locked the account for a while."
	case account.CodeSignedOut, account.CodeNoAuthority:
		return l.nav.fail(err)
	default:
		if err == nil {
			return l.nav.unlocked()
		}
		l.problem = sentence(err)
	}
	return nil
}

func (l *lock) view() string {
	lines, _ := l.draw()
	return strings.Join(lines, "\n")
}

// draw puts the question in the middle, and says where the text cursor stands.
func (l *lock) draw() ([]string, *point) {
	w := min(l.width-4, signInWidth)
	lines := []string{l.look.header.Render(l.look.truncate(clean(l.settings.ProductName+" Team Admin"), w))}
	lines = append(lines, l.look.wrap("This console is locked. What was open is kept.", w)...)
	lines = append(lines, "")
	prefix := l.look.glyphs.cursor + " " + l.look.strong.Render("Password") + "  "
	text, column := l.password.view(w - l.look.width(prefix))
	cursor := point{l.look.width(prefix) + column, len(lines)}
	lines = append(lines, prefix+text, "")
	if l.checking != 0 {
		lines = append(lines, "Unlocking"+l.look.ellipsis)
	}
	for _, line := range l.look.wrap(l.problem, w) {
		lines = append(lines, l.look.bad.Render(line))
	}
	lines = lines[:min(len(lines), l.height)]
	x, y := (l.width-w)/2, (l.height-len(lines))/2
	for i := range lines {
		lines[i] = strings.Repeat(" ", x) + lines[i]
	}
	lines = append(make([]string, y), lines...)
	if l.checking != 0 {
		return lines, nil
	}
	return lines, &point{cursor.x + x, cursor.y + y}
}

// idle tells how long no key has been pressed. It takes the longer of what the two clocks say: one stands still while
// the computer sleeps, the other can be set back.
type idle struct{ last time.Time }

func (i *idle) pressed(now time.Time) { i.last = now }

func (i *idle) since(now time.Time) time.Duration {
	return max(now.Sub(i.last), now.Round(0).Sub(i.last.Round(0)))
}
