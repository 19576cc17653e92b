package member

// Status is the state of a member's account. The numbers are those of the CSV column accountStatus.
type Status uint8

// The four account statuses. Active and Suspended change into each other; Inviting becomes Active by signing up or
// Deleted by an admin; Deleted is final.
const (
	Inviting Status = iota + 1
	Active
	Suspended
	Deleted
)

// String gives the status's name in JSON.
func (s Status) String() string {
	switch s {
	case Inviting:
		return "inviting"
	case Active:
		return "active"
	case Suspended:
		return "suspended"
	case Deleted:
		return "deleted"
	}
	return "unknown"
}

// Valid reports whether s is one of the four.
func (s Status) Valid() bool { return s >= Inviting && s <= Deleted }

// CanBecome reports whether an account may go from s to next.
func (s Status) CanBecome(next Status) bool {
	switch s {
	case Inviting:
		return next == Active || next == Deleted
	case Active:
		return next == Suspended || next == Deleted
	case Suspended:
		return next == Active || next == Deleted
	}
	return false
}
