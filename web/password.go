package web

import (
	"fmt"

	"rekey/account"
)

// newPassword is a form's new password, typed twice.
type newPassword struct{ password, again string }

// rulesID is the id of the list of rules, which describes the fields for a new password.
const rulesID = "rules"

// passwordErrors say what is wrong with each of the two fields.
type passwordErrors struct{ password, again string }

func (e passwordErrors) any() bool { return e != passwordErrors{} }

// typed says what is wrong before anybody has to look at the rules.
func (n newPassword) typed(t *texts) passwordErrors {
	switch {
	case n.password == "":
		return passwordErrors{password: t.Password.Missing}
	case n.again == "":
		return passwordErrors{again: t.Password.AgainMissing}
	case n.password != n.again:
		return passwordErrors{again: t.Password.Differ}
	}
	return passwordErrors{}
}

// fields are the two inputs. They are never filled in again: a browser or a proxy may keep pages.
func (e passwordErrors) fields(t *texts, focus bool) (password, again field) {
	password = field{ID: "password", Name: "password", Label: t.Password.New, Type: "password", Autocomplete: "new-password",
		About: rulesID, Error: e.password, Focus: e.password != "" || focus && e.again == ""}
	again = field{ID: "again", Name: "again", Label: t.Password.Again, Type: "password", Autocomplete: "new-password",
		Error: e.again, Focus: e.again != ""}
	return password, again
}

// weakness says in the reader's language why account refuses a password.
func weakness(t *texts, set account.Settings, err error) string {
	switch account.WeaknessOf(err) {
	case account.TooShort:
		return fmt.Sprintf(t.Password.TooShort, set.MinPassword)
	case account.TooLong:
		return fmt.Sprintf(t.Password.TooLong, set.MaxPassword)
	case account.Common:
		return t.Password.Common
	case account.OwnData:
		return t.Password.Own
	}
	return t.Password.Invalid
}

// passwordRules are the rules as the form shows them before anybody types.
func passwordRules(t *texts, set account.Settings) []string {
	return []string{
		fmt.Sprintf(t.Password.RuleLength, set.MinPassword, set.MaxPassword),
		t.Password.RuleAny,
		t.Password.RuleCommon,
		t.Password.RuleOwn,
	}
}
