package web

import (
	"fmt"
	"net/http/httptest"
	"reflect"
	"regexp"
	"testing"
	"time"
	"unicode"
)

// walk calls fn with every text of two catalogues, side by side.
func walk(t *testing.T, path string, a, b reflect.Value, fn func(path, a, b string)) {
	t.Helper()
	switch a.Kind() {
	case reflect.String:
		fn(path, a.String(), b.String())
	case reflect.Pointer:
		walk(t, path, a.Elem(), b.Elem(), fn)
	case reflect.Struct:
		for i := range a.NumField() {
			walk(t, path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i), fn)
		}
	case reflect.Map:
		if a.Len() != b.Len() {
			t.Errorf("%s has %d entries in one language and %d in the other", path, a.Len(), b.Len())
		}
		for _, key := range a.MapKeys() {
			other := b.MapIndex(key)
			if !other.IsValid() {
				t.Errorf("%s lacks %v in one language", path, key)
				continue
			}
			walk(t, fmt.Sprintf("%s[%v]", path, key), a.MapIndex(key), other, fn)
		}
	default:
		t.Fatalf("%s is a %v, which the test cannot look into", path, a.Kind())
	}
}

var verbs = regexp.MustCompile(`%(\[\d\])?[a-z]`)

func TestBothLanguagesSayEverything(t *testing.T) {
	mayBeEmpty := map[string]bool{".Set.ButtonNote": true}
	sameInBoth := map[string]bool{".Set.ButtonNote": true}
	walk(t, "", reflect.ValueOf(english), reflect.ValueOf(japanese), func(path, en, ja string) {
		if (en == "" || ja == "") && !mayBeEmpty[path] {
			t.Errorf("%s is missing in one language", path)
		}
		if got, want := fmt.Sprint(verbs.FindAllString(ja, -1)), fmt.Sprint(verbs.FindAllString(en, -1)); got != want {
			t.Errorf("%s takes %s in Japanese and %s in English", path, got, want)
		}
		for _, r := range en {
			if unicode.Is(unicode.Han, r) || unicode.Is(unicode.Hiragana, r) || unicode.Is(unicode.Katakana, r) {
				t.Errorf("%s is Japanese in the English catalogue", path)
				break
			}
		}
		if path != ".Lang" && !sameInBoth[path] && en == ja {
			t.Errorf("%s is the same in both languages", path)
		}
	})
}

func TestEveryFailureAndNoticeHasItsWords(t *testing.T) {
	for _, texts := range languages {
		if len(texts.Failures) != int(failures) {
			t.Errorf("%s has words for %d of %d failures", texts.Lang, len(texts.Failures), failures)
		}
		for _, n := range []notice{noticePasswordSet, noticePasswordChanged, noticeSignedOut, noticeSignedOutAll} {
			if texts.Notices[n] == "" {
				t.Errorf("%s has no words for %s", texts.Lang, n)
			}
		}
	}
}

func TestTheLanguageIsTheBrowsers(t *testing.T) {
	for accept, want := range map[string]*texts{
		"":                               english,
		"ja":                             japanese,
		"ja-JP,ja;q=0.9,en;q=0.8":        japanese,
		"en-GB,en;q=0.9,ja;q=0.8":        english,
		"fr,ja;q=0.7,en;q=0.3":           japanese,
		"fr":                             english,
		"*":                              english,
		"ja;q=0,en":                      english,
		"\xff,;;q=9":                     english,
		"ja;q=0.1,en-US;q=0.9,zh;q=0.95": english,
	} {
		r := httptest.NewRequest("GET", "/login", nil)
		r.Header.Set("Accept-Language", accept)
		if got := textsFor(r); got != want {
			t.Errorf("Accept-Language %q gives %s", accept, got.Lang)
		}
	}
}

func TestWaitsAreSaidInWholeUnits(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		time.Millisecond:  "Try again in 5 seconds.",
		30 * time.Second:  "Try again in 30 seconds.",
		100 * time.Second: "Try again in 2 minutes.",
	} {
		if got := english.Wait.sentence(wait); got != want {
			t.Errorf("%v is said as %q, want %q", wait, got, want)
		}
	}
}
