package tui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"rekey/account"
	"rekey/member"
)

// resetWidth is how wide the box may become, in cells.
const resetWidth = 74

// reset is the box that says what a reset will do to one member, asks why, and does it.
type reset struct {
	*shared
	member   member.Member
	overview *account.Overview
	read     time.Time // when the overview was read
	loading  request

	reason  int
	focus   resetFocus
	working request
	stop    context.CancelFunc // while it works

	width, height int
	scroller      scroller
}

// resetFocus is what the keys act on.
type resetFocus int

const (
	onReason resetFocus = iota
	onCancel
	onReset
)

// newReset makes the box for a member; the overview may still be missing.
func newReset(s *shared, m member.Member, o *account.Overview) *reset {
	r := &reset{shared: s, member: m, scroller: scroller{look: s.look}}
	if o != nil {
		r.take(*o)
	}
	return r
}

// take shows an overview. A locked account suggests why the box was opened.
func (r *reset) take(o account.Overview) {
	if r.overview == nil && o.Lockout.Locked(r.now) {
		r.reason = slices.Index(account.Reasons(), account.ReasonLockout)
	}
	r.overview, r.member, r.read = &o, o.Member, r.now
}

// init reads the account again: the sessions that will end are counted now, not when the cursor came by.
func (r *reset) init() tea.Cmd {
	var cmd tea.Cmd
	r.loading, cmd = readOverview(r.shared, r.member.ID)
	return cmd
}

func (r *reset) frame() frame { return frame{title: "Reset Password", alone: true, float: true} }

func (r *reset) keyMap() []key.Binding {
	idle := r.working == 0
	buttons := r.focus != onReason
	bindings := []key.Binding{
		when(idle && !buttons, bind("up/down", "choose", "up", "down", "k", "j")),
		when(idle && !buttons, bind("enter", "accept")),
		when(idle && r.focus == onCancel, bind("enter", "cancel")),
		when(idle && r.focus == onReset, bind("enter", "RESET")),
		when(idle, bind("tab", "next", "tab", "shift+tab", "left", "right")),
		bind("esc", "cancel"),
	}
	return append(bindings, r.scroller.pages())
}

func (r *reset) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return r.key(msg)
	case reply[account.Overview]:
		if msg.to == r.loading {
			return r.loaded(msg)
		}
	case reply[account.ResetResult]:
		if msg.to == r.working {
			return r.done(msg)
		}
	case changedMsg:
		if r.working == 0 {
			return r.init()
		}
	}
	return nil
}

// loaded shows the account, or closes the box when the member cannot be reset (any more).
func (r *reset) loaded(msg reply[account.Overview]) tea.Cmd {
	r.loading = 0
	if r.working != 0 {
		return nil
	}
	err := msg.err
	if err == nil && msg.value.Refusal != nil {
		err = msg.value.Refusal
	}
	if err != nil {
		r.nav.close(r)
		return r.nav.fail(err)
	}
	r.take(msg.value)
	return nil
}

func (r *reset) key(msg tea.KeyPressMsg) tea.Cmd {
	pressed := msg.String()
	switch {
	case pressed == "esc":
		return r.cancel()
	case r.working != 0:
		return nil
	case pressed == "enter":
		return r.enter()
	case pressed == "tab":
		r.focus = (r.focus + 1) % 3
	case pressed == "shift+tab":
		r.focus = (r.focus + 2) % 3
	case r.focus == onReason && (pressed == "up" || pressed == "k"):
		r.reason = max(0, r.reason-1)
	case r.focus == onReason && (pressed == "down" || pressed == "j"):
		r.reason = min(len(account.Reasons())-1, r.reason+1)
	case r.focus == onReset && pressed == "left":
		r.focus = onCancel
	case r.focus == onCancel && pressed == "right":
		r.focus = onReset
	default:
		r.scroller.update(msg)
	}
	return nil
}

// cancel closes the box. While the reset works it asks it to stop; the answer says whether it still could.
func (r *reset) cancel() tea.Cmd {
	if r.working != 0 {
		r.stop()
		return nil
	}
	r.nav.close(r)
	return nil
}

func (r *reset) enter() tea.Cmd {
	switch {
	case r.focus == onReason:
		r.focus = onCancel
	case r.focus == onCancel:
		return r.cancel()
	case r.overview == nil:
		r.nav.say("The account is still being read: press Reset again in a moment.")
	default:
		return r.start()
	}
	return nil
}

func (r *reset) start() tea.Cmd {
	admin, id, reason := r.admin, r.member.ID, account.Reasons()[r.reason]
	var ctx context.Context
	ctx, r.stop = context.WithCancel(r.ctx)
	var cmd tea.Cmd
	r.working, cmd = ask(r.shared, func(context.Context) (account.ResetResult, error) {
		return r.service.Reset(ctx, admin, id, reason)
	})
	return cmd
}

func (r *reset) done(msg reply[account.ResetResult]) tea.Cmd {
	r.working = 0
	r.stop()
	switch {
	case errors.Is(msg.err, context.Canceled):
		r.nav.close(r)
		r.nav.say("Cancelled: nothing has been changed.")
		return nil
	case msg.err != nil:
		r.nav.close(r)
		return r.nav.fail(msg.err)
	}
	r.wake()
	return r.nav.replace(r, newResult(r.shared, msg.value))
}

func (r *reset) setSize(width, height int) {
	r.width, r.height = width, height
	r.draw()
}

func (r *reset) view() string { return strings.Join(r.draw(), "\n") }

// draw lays the box out. The reasons and the buttons always have their place, and where room is short so has who it is;
// the text above the reasons is what scrolls.
func (r *reset) draw() []string {
	roomy := r.height >= 16
	w, borders := r.width, 0
	inner := w
	if roomy {
		w, borders = min(r.width-2, resetWidth), 2
		inner = w - 4
	}
	var who []string // what does not scroll
	text := r.text(inner)
	if roomy {
		text = slices.Concat(r.who(inner), []string{""}, text)
	} else {
		who = r.whoInShort(inner)
	}
	ask := r.ask(inner, roomy)
	room := r.height - borders - len(who) - len(ask)
	if room < 1 { // until a reason is accepted
		text = nil
	}
	r.scroller.show(text, max(0, min(len(text), room)))
	lines := slices.Concat(who, r.scroller.view(), ask)
	if roomy {
		return r.look.box("Reset Password", lines, w)
	}
	for i := range lines {
		lines[i] = r.look.fit(lines[i], w)
	}
	return lines
}

// who says whose password it is.
func (r *reset) who(w int) []string {
	var lines []string
	for _, line := range r.look.wrap(clean(r.member.Name), w) {
		lines = append(lines, r.look.strong.Render(line))
	}
	return append(lines, r.look.wrap(r.facts(), w)...)
}

// whoInShort is who on two lines.
func (r *reset) whoInShort(w int) []string {
	return []string{r.look.strong.Render(r.look.truncate(clean(r.member.Name), w)), r.look.truncate(r.facts(), w)}
}

// facts tell the member from others of the same name.
func (r *reset) facts() string {
	m := r.member
	facts := []string{clean(m.Account())}
	if d := departments(m); d != "" {
		facts = append(facts, d)
	}
	if m.EmployeeNumber != "" {
		facts = append(facts, "employee "+clean(m.EmployeeNumber))
	}
	return strings.Join(facts, " "+r.look.dot+" ")
}

// text says what will happen.
func (r *reset) text(w int) []string {
	if r.overview == nil {
		return []string{r.look.truncate("Reading the account"+r.look.ellipsis, w)}
	}
	var lines []string
	for _, s := range r.consequences() {
		lines = append(lines, r.look.hang(r.look.bullet+" ", s, w)...)
	}
	return lines
}

// consequences are what a reset does to this member, one sentence each.
func (r *reset) consequences() []string {
	o := r.overview
	all := []string{"The password stops working at once.", sessionsEnd(r.overview.Sessions)}
	if o.Member.Status == member.Inviting {
		all = []string{"The member has not signed up yet: this is a fresh invitation."}
	}
	all = append(all, r.delivery(), "All earlier links and forms stop working.")
	if o.Lockout.Locked(r.now) {
		all = append(all, "The lockout is cancelled.")
	}
	if o.Member.Status == member.Suspended {
		all = append(all, "The member is suspended: the new "+means(r.member)+" works only once the account is active again.")
	}
	return all
}

// sessionsEnd says how many sessions will end.
func sessionsEnd(n int) string {
	switch n {
	case 0:
		return "No session is signed in."
	case 1:
		return "1 session ends."
	default:
		return grouped(n) + " sessions end, on every device."
	}
}

// means is what brings a member the code for a password.
func means(m member.Member) string {
	if m.Type() == member.LoginID {
		return "form"
	}
	return "link"
}

// delivery says how the member gets the code, and until when it works if Reset is pressed now.
func (r *reset) delivery() string {
	until := r.time(r.overview.Expires.Add(r.now.Sub(r.read)))
	if r.member.Type() == member.LoginID {
		return "A new Account Information form (PDF) with a new QR code is made, for you to print and hand over. " +
			"It works until " + until + "."
	}
	return "A mail with a set-password link goes to " + clean(r.member.Email) + ". It works until " + until + "."
}

// ask draws the reasons and the buttons.
func (r *reset) ask(w int, roomy bool) []string {
	var lines []string
	if roomy {
		lines = append(lines, "", "Why?")
	}
	for i, reason := range account.Reasons() {
		// Where room is short, a reason once accepted leaves the others' room to what will happen.
		if roomy || r.focus == onReason || i == r.reason {
			lines = append(lines, r.reasonLine(i, reason, w))
		}
	}
	if roomy {
		lines = append(lines, "")
	}
	if r.working != 0 {
		return append(lines, r.look.truncate("Resetting"+r.look.ellipsis, w))
	}
	return append(lines, r.button("Cancel", r.focus == onCancel)+"  "+r.button("Reset", r.focus == onReset))
}

func (r *reset) reasonLine(i int, reason account.Reason, w int) string {
	mark, check := " ", " "
	if i == r.reason {
		check = r.look.chosen
		if r.focus == onReason {
			mark = r.look.glyphs.cursor
		}
	}
	line := r.look.truncate(mark+" ("+check+") "+reason.Sentence(), w)
	if mark != " " {
		return r.look.selected.Render(line)
	}
	return line
}

func (r *reset) button(label string, focused bool) string {
	if focused {
		return r.look.focused.Render("[> " + label + " <]")
	}
	return "[  " + label + "  ]"
}
