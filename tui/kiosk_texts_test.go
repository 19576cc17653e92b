package tui

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"rekey/account"
)

var verb = regexp.MustCompile(`%[a-z]`)

// TestTheCatalogueIsComplete checks that both languages say everything, with the same things to fill in.
func TestTheCatalogueIsComplete(t *testing.T) {
	en, ja := reflect.ValueOf(kioskCatalogue[english]), reflect.ValueOf(kioskCatalogue[japanese])
	for i := range en.NumField() {
		name := en.Type().Field(i).Name
		a, b := en.Field(i).String(), ja.Field(i).String()
		if a == "" || b == "" || a == b {
			t.Errorf("%s is %q and %q", name, a, b)
		}
		if va, vb := verb.FindAllString(a, -1), verb.FindAllString(b, -1); !slices.Equal(va, vb) {
			t.Errorf("%s has the verbs %v in English and %v in Japanese", name, va, vb)
		}
		for _, r := range a {
			if name != "otherLanguage" && (r < ' ' || r > '~') {
				t.Errorf("the English %s holds %q, which the Linux console may not draw", name, r)
			}
		}
	}
}

func TestEveryRefusalHasItsOwnWords(t *testing.T) {
	said := map[string]account.Code{}
	for _, code := range []account.Code{account.CodeVoidCode, account.CodeSuspended, account.CodeSignInFailed,
		account.CodeNoAuthority, account.CodeWeakPassword} {
		say := refusalOf(&account.Error{Code: code, Message: "x"}, account.DefaultSettings())
		if say == nil {
			t.Errorf("%s has no words", code)
			continue
		}
		for l := range kioskCatalogue {
			words := say(language(l).texts())
			if other, twice := said[words]; twice || words == "" {
				t.Errorf("%s says %q, as does %s", code, words, other)
			}
			said[words] = code
		}
	}
	if refusalOf(&account.Error{Code: account.CodeTaken}, account.Settings{}) != nil {
		t.Error("a refusal that cannot happen here is said in words")
	}
}
