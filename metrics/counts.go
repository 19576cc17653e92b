package metrics

import (
	"slices"
	"strconv"

	"rekey/account"
)

// other stands for a word that a later version of rekey may write to the log.
const other = "other"

// A counter counts by the values of one label. Those that are known are shown from the start, as 0: a first event is a
// change then, and not a new series.
type counter struct {
	name, help, label string
	values            []string
	counts            map[string]float64
}

func newCounter(name, help, label string, values ...string) *counter {
	return &counter{name, help, label, values, map[string]float64{}}
}

// add counts under a value. One that is not known is counted as other: no foreign text becomes a label.
func (c *counter) add(value string, n float64) {
	if !slices.Contains(c.values, value) {
		value = other
	}
	c.counts[value] += n
}

func (c *counter) write(t *text) {
	t.family(c.name, "counter", c.help)
	if c.label == "" {
		t.sample(c.name, c.counts[""])
		return
	}
	for _, value := range c.values {
		t.sample(c.name, c.counts[value], c.label, value)
	}
	if n := c.counts[other]; n > 0 {
		t.sample(c.name, n, c.label, other)
	}
}

// counts are the counters that are kept from the audit log.
type counts struct {
	resets, mails, signIns, lockouts, passwords, forms, imports, imported *counter
}

func newCounts() counts {
	return counts{
		resets: newCounter("rekey_resets_total", "Passwords reset by an admin.", "reason",
			string(account.ReasonForgot), string(account.ReasonProtect), string(account.ReasonLockout)),
		mails: newCounter("rekey_mails_total", "Mails that left the outbox, by what became of them.", "result",
			"accepted", "refused", "superseded", "cancelled"),
		signIns: newCounter("rekey_sign_ins_total", "Tries to sign in, of members and admins, on every device.", "result",
			append([]string{"accepted"}, refusals...)...),
		lockouts: newCounter("rekey_lockouts_total", "Accounts locked after too many wrong passwords.", "", ""),
		passwords: newCounter("rekey_passwords_set_total", "Passwords that members have set.", "via",
			string(account.ViaWeb), string(account.ViaKiosk), string(account.ViaAccount)),
		forms: newCounter("rekey_forms_total", "Account Information forms handed out, by how; not_saved: the file could not be written.",
			"how", "saved", "printed", "shown", "not_saved"),
		imports:  newCounter("rekey_imports_total", "Files of members taken in.", "", ""),
		imported: newCounter("rekey_imported_members_total", "Members in these files.", "change", "added", "changed", "unchanged"),
	}
}

// refusals are the reasons that the log gives for refusing a sign-in.
var refusals = []string{"unknown account", "no password", "locked", "not admitted", "wrong password"}

func (c counts) all() []*counter {
	return []*counter{c.resets, c.mails, c.signIns, c.lockouts, c.passwords, c.forms, c.imports, c.imported}
}

// take counts one record of the audit log.
func (c counts) take(r account.Record) {
	switch r.Event {
	case account.EventReset:
		c.resets.add(r.Detail("reason"), 1)
	case account.EventMailAccepted:
		c.mails.add("accepted", 1)
	case account.EventMailRefused:
		c.mails.add("refused", 1)
	case account.EventMailSuperseded:
		c.mails.add("superseded", 1)
	case account.EventMailCancelled:
		c.mails.add("cancelled", 1)
	case account.EventSignIn:
		c.signIns.add("accepted", 1)
	case account.EventSignInRefused:
		c.signIns.add(r.Detail("why"), 1)
	case account.EventLockedOut:
		c.lockouts.add("", 1)
	case account.EventPasswordSet:
		c.passwords.add(r.Detail("via"), 1)
	case account.EventFormSaved:
		c.forms.add("saved", 1)
	case account.EventFormPrinted:
		c.forms.add("printed", 1)
	case account.EventFormShown:
		c.forms.add("shown", 1)
	case account.EventFormNotSaved:
		c.forms.add("not_saved", 1)
	case account.EventImport:
		c.takeImport(r)
	}
}

func (c counts) takeImport(r account.Record) {
	c.imports.add("", 1)
	for _, change := range c.imported.values {
		if n, err := strconv.ParseUint(r.Detail(change), 10, 32); err == nil {
			c.imported.add(change, float64(n))
		}
	}
}
