package account

import "time"

// FormatTime shows an instant to a person, the same in the console, in mails and on forms: with the zone's name and
// its offset, because not every name is known everywhere.
func FormatTime(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	name, offset := t.Zone()
	text := t.Format("2006-01-02 15:04 ")
	switch {
	case offset == 0 && name == "UTC":
		return text + "UTC"
	case name == "" || name[0] == '+' || name[0] == '-': // a zone without a name of its own
		return text + "UTC" + t.Format("-07:00")
	}
	return text + name + " (UTC" + t.Format("-07:00") + ")"
}
