package tui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"rekey/account"
	"rekey/member"
)

// everyEvent reads the events from the source of package account, so that none is forgotten.
func everyEvent(t *testing.T) []account.Event {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../account/audit.go", nil, 0)
	check(t, err)
	var events []account.Event
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Event" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			check(t, err)
			events = append(events, account.Event(value))
		}
		return true
	})
	if len(events) < 20 {
		t.Fatalf("only %d events were found", len(events))
	}
	return events
}

func TestEveryEventHasASentenceAndAKind(t *testing.T) {
	for _, e := range everyEvent(t) {
		if sentences[e] == nil {
			t.Errorf("%s has no sentence", e)
		}
		if kindOf(e) == "unknown" {
			t.Errorf("%s can not be filtered for", e)
		}
	}
	seen := map[account.Event]bool{}
	for _, k := range kinds {
		for _, e := range k.events {
			if seen[e] {
				t.Errorf("%s is of two kinds", e)
			}
			seen[e] = true
		}
	}
}

func TestSentences(t *testing.T) {
	d := newDriver(t, newTeam(t), 80, 24)
	admin := member.Member{ID: 1, Name: "青木 遥", Email: "admin@example.com"}
	ken := member.Member{ID: 7, Name: "渡邊 健", LoginID: "line1-003"}
	hanako := member.Member{ID: 8, Name: "佐藤 花子", Email: "hanako@example.com"}
	mail := []account.Detail{{Name: "mail", Value: "3"}, {Name: "kind", Value: "reset"}, {Name: "to", Value: "hanako@example.com"}}
	facts := func(pairs ...string) (all []account.Detail) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, account.Detail{Name: pairs[i], Value: pairs[i+1]})
		}
		return all
	}
	for _, c := range []struct {
		event   account.Event
		actor   member.Member
		target  member.Member
		details []account.Detail
		want    string
	}{
		{account.EventSignIn, hanako, hanako, facts("device", "Firefox"), "佐藤 花子 signed in on Firefox"},
		{account.EventSignIn, admin, admin, facts("device", "console"), "青木 遥 signed in to the console"},
		{account.EventUnlocked, admin, admin, facts("device", "console"), "青木 遥 unlocked the console"},
		{account.EventSignInRefused, member.Member{}, ken, facts("device", "console", "why", "wrong password"), "渡邊 健 (line1-003) could not sign in to the console: wrong password"},
		{account.EventSignInRefused, member.Member{}, member.Member{}, facts("why", "unknown account"), "Somebody could not sign in: there is no such account"},
		{account.EventLockedOut, member.Member{}, ken, facts("failures", "10", "until", start.Add(time.Minute).UTC().Format(time.RFC3339)), "渡邊 健 (line1-003) was locked out until 09:31, after 10 wrong passwords"},
		{account.EventReset, admin, ken, facts("reason", "forgot"), "青木 遥 reset the password of 渡邊 健 (line1-003): the member forgot the password"},
		{account.EventMailAccepted, member.Member{}, hanako, mail, "The mail server accepted the reset mail to hanako@example.com"},
		{account.EventMailRefused, member.Member{}, hanako, append(facts("reply", "550 no"), mail...), "The mail server refused the reset mail to hanako@example.com: 550 no"},
		{account.EventMailSuperseded, member.Member{}, hanako, mail, "The reset mail to hanako@example.com was dropped, because it had become untrue"},
		{account.EventMailAgain, admin, hanako, mail, "青木 遥 had the reset mail to hanako@example.com sent again"},
		{account.EventMailCancelled, admin, hanako, mail, "青木 遥 cancelled the reset mail to hanako@example.com"},
		{account.EventFormSaved, admin, ken, facts("path", "/tmp/x.pdf"), "青木 遥 saved the form of 渡邊 健 (line1-003) as /tmp/x.pdf"},
		{account.EventFormNotSaved, admin, ken, nil, "青木 遥 tried to save the form of 渡邊 健 (line1-003), but it could not be written"},
		{account.EventFormShown, admin, ken, nil, "青木 遥 had the QR code of 渡邊 健 (line1-003) shown"},
		{account.EventFormPrinted, admin, ken, nil, "青木 遥 printed the form of 渡邊 健 (line1-003)"},
		{account.EventPasswordSet, ken, ken, facts("via", "kiosk", "code", "form", "activated", "yes"), "渡邊 健 (line1-003) set a new password at a kiosk with a form and became active"},
		{account.EventPasswordSet, hanako, hanako, facts("via", "web"), "佐藤 花子 (hanako@example.com) set a new password on the page"},
		{account.EventPasswordSet, hanako, hanako, facts("via", "account"), "佐藤 花子 (hanako@example.com) set a new password on the account page"},
		{account.EventLinkRequested, hanako, hanako, mail, "佐藤 花子 (hanako@example.com) asked for a link"},
		{account.EventLinkRequested, member.Member{}, hanako, facts("mail", "none: asked again too soon"), "佐藤 花子 (hanako@example.com) asked for a link, but no mail was sent: asked again too soon"},
		{account.EventLinkRequested, member.Member{}, member.Member{}, facts("mail", "none: unknown account"), "Somebody asked for a link for an address that nobody has"},
		{account.EventSignedOutAll, hanako, hanako, nil, "佐藤 花子 (hanako@example.com) signed out on every device"},
		{account.EventImport, admin, member.Member{}, facts("source", "a.csv", "added", "3", "changed", "0", "unchanged", "2"), "青木 遥 imported a.csv: 3 added, 2 unchanged"},
		{account.EventMemberAdded, admin, hanako, facts("status", "inviting", "to", "hanako@example.com"), "青木 遥 added 佐藤 花子 (hanako@example.com) as inviting, invited at hanako@example.com"},
		{account.EventMemberChanged, admin, ken, facts("fields", "fullName departmentCodes"), "青木 遥 changed 渡邊 健 (line1-003): name, departments"},
		{account.EventMemberChanged, admin, ken, facts("from", "active", "to", "suspended", "fields", "fullName", "source", "a.csv"), "青木 遥 changed 渡邊 健 (line1-003): name, status from active to suspended (from a.csv)"},
		{account.EventStatusChanged, admin, ken, facts("from", "active", "to", "suspended"), "青木 遥 suspended 渡邊 健 (line1-003)"},
		{account.EventStatusChanged, admin, ken, facts("from", "suspended", "to", "active"), "青木 遥 made 渡邊 健 (line1-003) active again"},
		{account.EventStatusChanged, admin, ken, facts("from", "active", "to", "deleted"), "青木 遥 deleted 渡邊 健 (line1-003)"},
		{account.EventAuthority, admin, hanako, facts("granted", "yes"), "青木 遥 gave admin authority to 佐藤 花子 (hanako@example.com)"},
		{account.EventAuthority, admin, hanako, facts("granted", "no"), "青木 遥 took admin authority away from 佐藤 花子 (hanako@example.com)"},
		{account.EventLoginIDEnded, admin, hanako, facts("login_id", "k1006"), "青木 遥 turned 佐藤 花子 (hanako@example.com) into an email address member; the login ID was k1006"},
		{account.EventLockoutEnded, member.Member{}, ken, facts("by", "reset"), "The lockout of 渡邊 健 (line1-003) ended by a reset"},
		{account.EventSettings, admin, member.Member{}, facts("team_name", "A -> B", "sso", "no -> yes"), "青木 遥 changed the settings: team name: A -> B; sso: no -> yes"},
		{account.EventRestored, member.Member{}, member.Member{}, nil, "Somebody replaced the store by a backup"},
		{account.EventInstalled, member.Member{}, hanako, nil, "The directory was made, with 佐藤 花子 (hanako@example.com) as the first admin"},
		{"door_opened", admin, ken, facts("by_what", "a key"), "青木 遥: door opened 渡邊 健 (line1-003): by what: a key"},
		{"door_opened", member.Member{}, member.Member{}, nil, "door opened"},
		{account.EventReset, member.Member{ID: 90}, member.Member{ID: 91}, facts("reason", "protect"), "Member id:90 reset the password of member id:91: the account needs protecting"},
		{account.EventReset, member.Member{ID: 90, Name: "a\x1b[2J"}, ken, facts("reason", "forgot"), "a<U+001B>[2J reset the password of 渡邊 健 (line1-003): the member forgot the password"},
	} {
		e := account.Entry{
			Record:      account.Record{Event: c.event, Actor: c.actor.ID, Target: c.target.ID, Details: c.details},
			ActorMember: c.actor, TargetMember: c.target,
		}
		if got := d.root.shared.tell(e); got != c.want {
			t.Errorf("%s:\n%s\nnot\n%s", c.event, got, c.want)
		}
	}
}

// TestSentencesOfBrokenRecords tells of records that lack what their event usually brings.
func TestSentencesOfBrokenRecords(t *testing.T) {
	d := newDriver(t, newTeam(t), 80, 24)
	for _, e := range everyEvent(t) {
		got := d.root.shared.tell(account.Entry{Record: account.Record{Event: e}})
		if got == "" || strings.Contains(got, "  ") {
			t.Errorf("%s: %q", e, got)
		}
	}
}
