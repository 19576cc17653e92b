// Package member says who the members of a team are: their two types, their statuses and the rules on their data.
// It knows nothing of passwords, storage or screens.
package member

import (
	"fmt"
	"strconv"
	"strings"
)

// ID identifies a member for ever, also after an address or a login ID has changed. IDs count up from 1; 0 is nobody.
type ID uint64

// idPrefix holds a character that neither an email address nor a login ID can hold, so that one command-line argument
// can name a member in any of the three ways without ambiguity.
const idPrefix = "id:"

// String gives the form that commands print and accept, "id:17".
func (id ID) String() string { return idPrefix + strconv.FormatUint(uint64(id), 10) }

// ParseID reads what String writes.
func ParseID(s string) (ID, error) {
	digits, ok := strings.CutPrefix(s, idPrefix)
	n, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a member id: it looks like id:17", Clean(s))
	}
	return ID(n), nil
}

// Type is how a member signs in.
type Type uint8

// The two types of members.
const (
	// Email members sign in with an email address and a password.
	Email Type = iota + 1
	// LoginID members have no email address; they sign in with the team identification number, a login ID and a password.
	LoginID
)

// String gives the type's name in JSON and in the store's documentation: "email" or "login_id".
func (t Type) String() string {
	switch t {
	case Email:
		return "email"
	case LoginID:
		return "login_id"
	}
	return "unknown"
}

// Member is one member of the team. Exactly one of Email and LoginID is set.
type Member struct {
	ID             ID
	Email          string
	LoginID        string
	Name           string
	SearchName     string
	EmployeeNumber string
	EmploymentType string // a digit from 0 to 7, or empty
	Departments    []string
	Position       string
	Status         Status
	Admin          bool // only an email address member can have admin authority
}

// Type tells the member's type from what identifies it.
func (m Member) Type() Type {
	if m.LoginID != "" {
		return LoginID
	}
	return Email
}

// Account is what the member signs in with: the email address or the login ID.
func (m Member) Account() string {
	if m.LoginID != "" {
		return m.LoginID
	}
	return m.Email
}

// FoldAccount is the form in which email addresses and login IDs are compared: people write both in any case.
func FoldAccount(s string) string { return strings.ToLower(s) }
