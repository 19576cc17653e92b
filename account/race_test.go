package account_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"rekey/account"
	"rekey/store"
)

// racers is how often two redeem one code at once.
const racers = 1000

// TestARaceForACodeHasOneWinner lets two processes' services, each with the store's file opened on its own, redeem one
// code at the same moment, a thousand times: one wins, and what the winner chose is the password.
func TestARaceForACodeHasOneWinner(t *testing.T) {
	t.Parallel()
	tries := racers
	if testing.Short() {
		tries /= 20
	}
	tm := newTeam(t)
	other, err := store.Open(tm.path, tm.key.Fingerprint())
	if err != nil {
		t.Fatal(err)
	}
	services := [2]*account.Service{tm.Service, tm.on(other)}
	for try := range tries {
		code := tm.code("form")
		var errs [2]error
		var start, done sync.WaitGroup
		start.Add(1)
		for i, s := range services {
			done.Go(func() {
				start.Wait()
				_, errs[i] = s.SetPassword(tm.ctx, code, racerPassword(try, i), account.ViaKiosk, "kiosk")
			})
		}
		start.Done()
		done.Wait()
		winner := 0
		if errs[0] != nil {
			winner = 1
		}
		if errs[winner] != nil {
			t.Fatalf("try %d: nobody won: %v, %v", try, errs[0], errs[1])
		}
		wantCode(t, errs[1-winner], account.CodeVoidCode)
		if try%50 != 0 {
			continue
		}
		if _, err := tm.signInMember("form", racerPassword(try, winner)); err != nil {
			t.Errorf("try %d: the winner's password does not work: %v", try, err)
		}
		if _, err := tm.signInMember("form", racerPassword(try, 1-winner)); err == nil {
			t.Errorf("try %d: the loser's password works", try)
		}
	}
}

func racerPassword(try, racer int) string { return fmt.Sprintf("loud trombone %d of %d", racer, try) }

// TestACodeOpensItsOwnAccountOnly redeems each member's code, and looks that nobody else's password has changed: a code
// names nobody, so there is nobody else that it could be turned to.
func TestACodeOpensItsOwnAccountOnly(t *testing.T) {
	for _, who := range []string{"mail", "form", "deputy", "inviting"} {
		tm := newTeam(t)
		code := tm.code(who)
		others := map[string]account.Credential{}
		for name := range tm.members {
			if name != who {
				others[name] = tm.credential(name)
			}
		}
		if _, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser"); err != nil {
			t.Fatal(err)
		}
		for name, before := range others {
			if now := tm.credential(name); now != before {
				t.Errorf("the code of %s has changed the credential of %s", who, name)
			}
		}
	}
}

// TestATokenMovedToAnotherMemberIsVoid writes into the store, as somebody might who can write it but has no key: one
// member's token becomes another's, is given more time, or is used no longer.
func TestATokenMovedToAnotherMemberIsVoid(t *testing.T) {
	for name, change := range map[string]func(tm *team, token *account.Token){
		"another member": func(tm *team, token *account.Token) { token.Member = tm.members["admin"] },
		"more time":      func(_ *team, token *account.Token) { token.Expires = token.Expires.AddDate(1, 0, 0) },
		"other purpose":  func(_ *team, token *account.Token) { token.Purpose = account.PurposeInvitation },
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			code := tm.code("mail")
			c := tm.credential("admin")
			before := tm.token(tm.credential("mail").Token)
			after := before
			change(tm, &after)
			put := func(token account.Token, given account.Serial) {
				tm.update(func(w account.Writer) error {
					admin := c
					admin.Token = given
					return errors.Join(w.PutToken(token), w.PutCredential(tm.members["admin"], admin))
				})
			}
			put(after, after.Serial)
			_, err := tm.SetPassword(tm.ctx, code, chosen, account.ViaWeb, "browser")
			wantCode(t, err, account.CodeVoidCode)
			if _, err := tm.signInMember("admin", chosen); err == nil {
				t.Error("the code has set the admin's password")
			}
			put(before, c.Token) // a store that contradicts itself is not what is left
		})
	}
}

func (tm *team) token(serial account.Serial) (token account.Token) {
	tm.view(func(r account.Reader) (err error) {
		token, err = r.Token(serial)
		return err
	})
	return token
}

// FuzzLookUp asks for any text: only what reads as the one genuine code leads to an account, and all else gets the one
// answer.
func FuzzLookUp(f *testing.F) {
	tm := newTeam(f)
	code := tm.code("form")
	serial, mac, _ := account.ParseCode(code)
	for _, seed := range []string{code, strings.ToLower(code), code[:25] + "0000", "ZZZZ" + code[4:], code + "0", "", "0000-0014-ABCD-EFGH-JKMN-PQRS",
		"\x00" + code, strings.ReplaceAll(code, "-", "\u00ad"), strings.Repeat("0", 24), strings.Repeat("Z", 24)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		typed, typedMAC, ok := account.ParseCode(text)
		genuine := ok && typed == serial && bytes.Equal(typedMAC, mac)
		in, err := tm.LookUp(context.Background(), text)
		switch {
		case genuine && (err != nil || in.Member.ID != tm.members["form"]):
			t.Errorf("the genuine code leads to %v, %v", in.Member.ID, err)
		case !genuine && account.CodeOf(err) != account.CodeVoidCode:
			t.Errorf("a text that is not the code: %v", err)
		}
	})
}
