package member

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of the fields, in characters (Unicode code points).
const (
	MaxEmail          = 256
	MaxLoginID        = 50
	MaxName           = 256
	MaxSearchName     = 32
	MaxEmployeeNumber = 10
)

// accountPunctuation is what an email address or a login ID may hold besides half-width letters and digits.
const accountPunctuation = ".!#$%&'*+=?^_`{|}~-"

// A FieldError says which field breaks which rule, in one sentence for a person.
type FieldError struct {
	Field  Field
	Value  string
	Reason string
}

// Error gives the sentence, with the value made harmless.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s %q: %s", e.Field, Clean(e.Value), e.Reason)
}

// Validate checks m against all rules that need no other member, and returns every broken one. Uniqueness is the
// store's to check.
func (m Member) Validate() []*FieldError {
	var broken []*FieldError
	check := func(field Field, value, reason string) {
		if reason != "" {
			broken = append(broken, &FieldError{field, value, reason})
		}
	}
	switch {
	case m.Email == "" && m.LoginID == "":
		check(FieldEmail, "", "a member needs an email address or a login ID")
	case m.Email != "" && m.LoginID != "":
		check(FieldLoginID, m.LoginID, "a member has an email address or a login ID, not both")
	case m.Email != "":
		check(FieldEmail, m.Email, CheckEmail(m.Email))
	default:
		check(FieldLoginID, m.LoginID, CheckLoginID(m.LoginID))
	}
	check(FieldName, m.Name, CheckName(m.Name))
	check(FieldSearchName, m.SearchName, CheckSearchName(m.SearchName))
	check(FieldEmployeeNumber, m.EmployeeNumber, CheckEmployeeNumber(m.EmployeeNumber))
	check(FieldEmploymentType, m.EmploymentType, CheckEmploymentType(m.EmploymentType))
	check(FieldDepartments, strings.Join(m.Departments, DepartmentSeparator), CheckDepartments(m.Departments))
	if !m.Status.Valid() {
		check(FieldStatus, fmt.Sprint(uint8(m.Status)), "an account status is a number from 1 to 4")
	}
	if m.Admin && m.Type() == LoginID {
		check(FieldLoginID, m.LoginID, "a login ID member cannot have admin authority")
	}
	return broken
}

// CheckEmail says what is wrong with an email address, or "".
func CheckEmail(s string) string {
	if reason := checkLength(s, MaxEmail); reason != "" {
		return reason
	}
	local, domain, _ := strings.Cut(s, "@")
	if strings.Count(s, "@") != 1 || local == "" || domain == "" {
		return "an email address has one @ with something on both sides of it"
	}
	return cmp.Or(checkAccountCharacters(local), checkAccountCharacters(domain))
}

// CheckLoginID says what is wrong with a login ID, or "".
func CheckLoginID(s string) string {
	if s == "" {
		return "a login ID is needed"
	}
	if reason := checkLength(s, MaxLoginID); reason != "" {
		return reason
	}
	return checkAccountCharacters(s)
}

// CheckName says what is wrong with a member's name, or "".
func CheckName(s string) string {
	if strings.TrimSpace(s) == "" {
		return "a name is needed"
	}
	return checkLength(s, MaxName)
}

// CheckSearchName says what is wrong with a search name, or "".
func CheckSearchName(s string) string {
	if strings.ContainsFunc(s, unicode.IsSpace) {
		return "a search name holds no spaces"
	}
	return checkLength(s, MaxSearchName)
}

// CheckEmployeeNumber says what is wrong with an employee number, or "".
func CheckEmployeeNumber(s string) string { return checkLength(s, MaxEmployeeNumber) }

// CheckEmploymentType says what is wrong with an employment type, or "".
func CheckEmploymentType(s string) string {
	if s == "" || len(s) == 1 && s[0] >= '0' && s[0] <= '7' {
		return ""
	}
	return "an employment type is one digit from 0 to 7"
}

// CheckDepartments says what is wrong with a member's departments, or "".
func CheckDepartments(codes []string) string {
	for _, code := range codes {
		switch {
		case strings.Contains(code, DepartmentSeparator):
			return "a department's code holds no semicolon"
		case code == "" || strings.TrimSpace(code) != code:
			return "a department's code is not empty and has no spaces around it"
		case !utf8.ValidString(code):
			return "it is not valid UTF-8"
		}
	}
	return ""
}

// DefaultSearchName is the search name of a member who was given none: the part of the account before @, cut to the
// limit.
func DefaultSearchName(account string) string {
	local, _, _ := strings.Cut(account, "@")
	return local[:min(len(local), MaxSearchName)]
}

func checkLength(s string, limit int) string {
	if !utf8.ValidString(s) {
		return "it is not valid UTF-8"
	}
	if utf8.RuneCountInString(s) > limit {
		return fmt.Sprintf("at most %d characters", limit)
	}
	return ""
}

func checkAccountCharacters(s string) string {
	for _, r := range s {
		letterOrDigit := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letterOrDigit && !strings.ContainsRune(accountPunctuation, r) {
			return fmt.Sprintf("the character %q is not allowed: use half-width letters, digits and %s", Clean(string(r)), accountPunctuation)
		}
	}
	return ""
}
