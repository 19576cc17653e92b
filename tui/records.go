package tui

import (
	"slices"
	"strings"
	"time"

	"rekey/account"
	"rekey/member"
)

// telling says in one sentence what a record of the audit log tells of. It is made for one record; its methods say parts
// of it.
type telling struct {
	*shared
	account.Entry
}

// tell says in plain words what a record tells of, without the time: who, what, whom.
func (s *shared) tell(e account.Entry) string {
	t := telling{s, e}
	if sentence, known := sentences[e.Event]; known {
		return sentence(t)
	}
	return t.unknown()
}

// sentences has one for every event.
var sentences = map[account.Event]func(telling) string{
	account.EventSignIn:        func(t telling) string { return t.who() + " signed in" + t.on() },
	account.EventUnlocked:      func(t telling) string { return t.who() + " unlocked the console" },
	account.EventSignInRefused: telling.refusedSignIn,
	account.EventLockedOut: func(t telling) string {
		return t.whom() + " was locked out until " + t.instant("until") + ", after " + t.detail("failures") + " wrong passwords"
	},
	account.EventReset: func(t telling) string {
		return t.who() + " reset the password of " + t.whom() + t.reason()
	},
	account.EventMailAccepted: func(t telling) string { return "The mail server accepted " + t.mail() },
	account.EventMailRefused: func(t telling) string {
		return "The mail server refused " + t.mail() + t.after(": ", "reply")
	},
	account.EventMailSuperseded: func(t telling) string { return capital(t.mail()) + " was dropped, because it had become untrue" },
	account.EventMailAgain:      func(t telling) string { return t.who() + " had " + t.mail() + " sent again" },
	account.EventMailCancelled:  func(t telling) string { return t.who() + " cancelled " + t.mail() },
	account.EventFormSaved: func(t telling) string {
		return t.who() + " saved the form of " + t.whom() + t.after(" as ", "path")
	},
	account.EventFormNotSaved: func(t telling) string {
		return t.who() + " tried to save the form of " + t.whom() + t.after(" as ", "path") + ", but it could not be written"
	},
	account.EventFormShown:     func(t telling) string { return t.who() + " had the QR code of " + t.whom() + " shown" },
	account.EventFormPrinted:   func(t telling) string { return t.who() + " printed the form of " + t.whom() },
	account.EventPasswordSet:   telling.passwordSet,
	account.EventLinkRequested: telling.linkRequested,
	account.EventSignedOutAll:  func(t telling) string { return t.whom() + " signed out on every device" },
	account.EventImport: func(t telling) string {
		return t.who() + " imported " + t.detail("source") + ": " + t.counts("added", "changed", "unchanged", "invited", "forms")
	},
	account.EventMemberAdded: func(t telling) string {
		return t.who() + " added " + t.whom() + t.after(" as ", "status") + t.after(", invited at ", "to")
	},
	account.EventMemberChanged: func(t telling) string {
		return t.who() + " changed " + t.whom() + ": " + t.fields() + t.after(", status from ", "from") + t.after(" to ", "to") + t.source()
	},
	account.EventStatusChanged: telling.statusChanged,
	account.EventAuthority: func(t telling) string {
		if t.Detail("granted") == "yes" {
			return t.who() + " gave admin authority to " + t.whom()
		}
		return t.who() + " took admin authority away from " + t.whom()
	},
	account.EventLoginIDEnded: func(t telling) string {
		return t.who() + " turned " + t.whom() + " into an email address member" + t.after("; the login ID was ", "login_id")
	},
	account.EventLockoutEnded: telling.lockoutEnded,
	account.EventSettings:     func(t telling) string { return t.who() + " changed the settings: " + t.list() },
	account.EventRestored: func(t telling) string {
		return t.who() + " replaced the store by a backup" + t.after(": ", "source")
	},
	account.EventInstalled: func(t telling) string { return "The directory was made, with " + t.whom() + " as the first admin" },
}

// unknown tells of an event that this version does not know, by its name and its details.
func (t telling) unknown() string {
	text := words(string(t.Event))
	if t.Actor != 0 {
		text = t.who() + ": " + text
	}
	if t.Target != 0 {
		text += " " + t.whom()
	}
	if len(t.Details) > 0 {
		text += ": " + t.list()
	}
	return text
}

// who names whoever did it.
func (t telling) who() string {
	switch {
	case t.Actor == 0:
		return "Somebody"
	case t.ActorMember.Name == "":
		return "Member " + t.Actor.String()
	}
	return clean(t.ActorMember.Name)
}

// whom names whom it was done to, so that people of one name are told apart.
func (t telling) whom() string {
	switch {
	case t.Target == 0:
		return "nobody"
	case t.TargetMember.Name == "":
		return "member " + t.Target.String()
	}
	return named(t.TargetMember)
}

// named gives a member's name with the account.
func named(m member.Member) string { return clean(m.Name) + " (" + clean(m.Account()) + ")" }

// detail gives the value of a fact, or says that it is missing.
func (t telling) detail(name string) string {
	if value := t.Detail(name); value != "" {
		return clean(value)
	}
	return "?"
}

// after gives the value of a fact behind a text; neither where there is no such fact.
func (t telling) after(text, name string) string {
	if value := t.Detail(name); value != "" {
		return text + clean(value)
	}
	return ""
}

// reason says why a password was reset.
func (t telling) reason() string {
	if sentence := account.Reason(t.Detail("reason")).Sentence(); sentence != "" {
		return ": " + lowered(sentence)
	}
	return t.after(": ", "reason")
}

// instant gives a fact that is a time.
func (t telling) instant(name string) string {
	at, err := time.Parse(time.RFC3339, t.Detail(name))
	if err != nil {
		return t.detail(name)
	}
	return t.soon(at)
}

// on says on which device something happened.
func (t telling) on() string {
	switch d := t.Detail("device"); d {
	case "":
		return ""
	case device:
		return " to the console"
	default:
		return " on " + clean(d)
	}
}

func (t telling) mail() string {
	return "the " + words(t.detail("kind")) + " mail to " + t.detail("to")
}

func (t telling) refusedSignIn() string {
	why := map[string]string{
		"unknown account": "there is no such account",
		"no password":     "the account has no password",
		"locked":          "the account was locked",
		"wrong password":  "wrong password",
		"not admitted":    "no authority",
	}[t.Detail("why")]
	if why == "" {
		why = t.detail("why")
	}
	if t.Target == 0 {
		return "Somebody could not sign in" + t.on() + ": " + why
	}
	return t.whom() + " could not sign in" + t.on() + ": " + why
}

func (t telling) passwordSet() string {
	text := t.whom() + " set a new password"
	switch account.Via(t.Detail("via")) {
	case account.ViaWeb:
		text += " on the page" + t.after(" behind a ", "code")
	case account.ViaKiosk:
		text += " at a kiosk" + t.after(" with a ", "code")
	case account.ViaAccount:
		text += " on the account page"
	case account.ViaInstallation:
		text += " when the directory was made"
	}
	if t.Detail("activated") == "yes" {
		text += " and became active"
	}
	return text
}

func (t telling) linkRequested() string {
	none, unsent := strings.CutPrefix(t.Detail("mail"), "none: ")
	switch {
	case t.Target == 0:
		return "Somebody asked for a link for an address that nobody has"
	case unsent:
		return t.whom() + " asked for a link, but no mail was sent: " + clean(none)
	}
	return t.whom() + " asked for a link"
}

func (t telling) statusChanged() string {
	switch t.Detail("to") {
	case member.Suspended.String():
		return t.who() + " suspended " + t.whom()
	case member.Active.String():
		return t.who() + " made " + t.whom() + " active again"
	case member.Deleted.String():
		return t.who() + " deleted " + t.whom()
	}
	return t.who() + " changed the status of " + t.whom() + t.after(" to ", "to")
}

func (t telling) lockoutEnded() string {
	by := map[string]string{"reset": "by a reset", "password_set": "by a new password", "deleted": "because the member was deleted",
		"time": "by itself"}[t.Detail("by")]
	if by == "" {
		by = "by " + t.detail("by")
	}
	if at := t.Detail("at"); at != "" {
		by += ", at " + t.instant("at")
	}
	return "The lockout of " + t.whom() + " ended " + by
}

// fields names the fields of a member that were changed.
func (t telling) fields() string {
	var names []string
	for _, f := range strings.Fields(t.Detail("fields")) {
		names = append(names, fieldName(member.Field(f)))
	}
	return strings.Join(names, ", ")
}

// source says which file brought it, if one did.
func (t telling) source() string {
	if t.Detail("source") == "" {
		return ""
	}
	return t.after(" (from ", "source") + ")"
}

// fieldName names a field in the middle of a sentence.
func fieldName(f member.Field) string {
	if name, known := fieldNames[f]; known {
		return lowered(name)
	}
	return clean(string(f))
}

// counts lists facts that are numbers; those that are 0 are left out.
func (t telling) counts(names ...string) string {
	var counted []string
	for _, name := range names {
		if n := t.Detail(name); n != "" && n != "0" {
			counted = append(counted, clean(n)+" "+name)
		}
	}
	if len(counted) == 0 {
		return "nothing"
	}
	return strings.Join(counted, ", ")
}

// list gives every fact.
func (t telling) list() string {
	var facts []string
	for _, d := range t.Details {
		facts = append(facts, words(d.Name)+": "+clean(d.Value))
	}
	return strings.Join(facts, "; ")
}

// words makes a name of the program's own readable.
func words(name string) string { return strings.ReplaceAll(clean(name), "_", " ") }

// kinds are the groups of events that a history is filtered by, in the order in which they are offered.
var kinds = []struct {
	name   string
	events []account.Event
}{
	{"everything", nil},
	{"sign-ins", []account.Event{account.EventSignIn, account.EventSignInRefused, account.EventUnlocked, account.EventSignedOutAll}},
	{"resets", []account.Event{account.EventReset}},
	{"mails", []account.Event{account.EventMailAccepted, account.EventMailRefused, account.EventMailSuperseded,
		account.EventMailAgain, account.EventMailCancelled, account.EventLinkRequested}},
	{"forms", []account.Event{account.EventFormSaved, account.EventFormNotSaved, account.EventFormShown, account.EventFormPrinted}},
	{"passwords", []account.Event{account.EventPasswordSet}},
	{"lockouts", []account.Event{account.EventLockedOut, account.EventLockoutEnded}},
	{"members", []account.Event{account.EventMemberAdded, account.EventMemberChanged, account.EventStatusChanged,
		account.EventAuthority, account.EventLoginIDEnded}},
	{"imports", []account.Event{account.EventImport}},
	{"settings", []account.Event{account.EventSettings}},
	{"installation", []account.Event{account.EventInstalled, account.EventRestored}},
}

// kindOf names the group of an event.
func kindOf(e account.Event) string {
	for _, k := range kinds {
		if slices.Contains(k.events, e) {
			return k.name
		}
	}
	return "unknown"
}
