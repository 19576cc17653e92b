package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go/data"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"rekey/member"
)

// How many characters a word of the member's own data needs to be looked for in a password: shorter ones stand in good
// passwords by chance. A Japanese family name has two.
const (
	minOwnWord    = 4
	minOwnWordCJK = 2
)

// Weakness says which rule a password breaks, for those who say it in another language than Error does.
type Weakness string

// The weaknesses.
const (
	TooShort  Weakness = "too_short"
	TooLong   Weakness = "too_long"
	Common    Weakness = "common"
	OwnData   Weakness = "own_data" // holds the member's or the team's data
	NotAsText Weakness = "not_text"
)

// weakPassword is a refusal with the rule that is broken.
type weakPassword struct {
	refusal  *Error
	weakness Weakness
}

func (w *weakPassword) Error() string { return w.refusal.Error() }
func (w *weakPassword) Unwrap() error { return w.refusal }

// WeaknessOf gives the rule that the password broke which err refuses, or "".
func WeaknessOf(err error) Weakness {
	if w, ok := errors.AsType[*weakPassword](err); ok {
		return w.weakness
	}
	return ""
}

// CheckPassword refuses, with CodeWeakPassword, a password that the team's policy does not take. The rules are those of
// NIST SP 800-63B: a length, no rules of composition, and neither a common password nor the member's own data.
func CheckPassword(set Settings, m member.Member, password string) error {
	length := utf8.RuneCountInString(norm.NFKC.String(password))
	switch {
	case !utf8.ValidString(password):
		return weak(NotAsText, "The password is not valid text.", "Type it again.")
	case length < set.MinPassword:
		return weak(TooShort, fmt.Sprintf("The password is too short: it needs at least %d characters.", set.MinPassword),
			"Several words in a row are easy to remember.")
	case length > set.MaxPassword:
		return weak(TooLong, fmt.Sprintf("The password is too long: it can have at most %d characters.", set.MaxPassword),
			"Choose a shorter one.")
	}
	folded := foldPassword(password)
	if commonPasswords()[folded] {
		return weak(Common, "This password is one of the most common ones.", "Choose one that nobody else would think of.")
	}
	for _, own := range ownWords(set, m) {
		if strings.Contains(folded, own) {
			return weak(OwnData, "The password holds your name, your login or the name of your team.",
				"Choose one that has nothing to do with you.")
		}
	}
	return nil
}

func weak(w Weakness, message, hint string) error {
	return &weakPassword{&Error{CodeWeakPassword, message, hint}, w}
}

// ownWords are the words of the member's and the team's data that a password must not hold.
func ownWords(set Settings, m member.Member) []string {
	local, _, _ := strings.Cut(m.Account(), "@")
	candidates := []string{local, m.SearchName, m.EmployeeNumber, m.Name, set.ProductName, set.TeamName}
	candidates = append(candidates, strings.Fields(m.Name)...)
	var words []string
	for _, c := range candidates {
		w := foldPassword(strings.TrimSpace(c))
		enough := minOwnWord
		if !isPlain(w) {
			enough = minOwnWordCJK
		}
		if utf8.RuneCountInString(w) >= enough {
			words = append(words, w)
		}
	}
	return words
}

func foldPassword(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// commonPasswords is the list of the zxcvbn project, made from leaked passwords; parsed when the first one is checked.
var commonPasswords = sync.OnceValue(func() map[string]bool {
	raw, err := data.Asset("data/Passwords.json")
	if err != nil {
		panic("the list of common passwords is built into the program: " + err.Error())
	}
	var file struct{ List []string }
	if err := json.Unmarshal(raw, &file); err != nil {
		panic("the list of common passwords is built into the program: " + err.Error())
	}
	common := make(map[string]bool, len(file.List))
	for _, password := range file.List {
		common[foldPassword(password)] = true
	}
	return common
})
