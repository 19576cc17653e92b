package tui

import (
	"cmp"
	"fmt"
	"strings"

	"rekey/account"
)

// language is what the kiosk speaks.
type language uint8

const (
	english language = iota
	japanese
)

// texts gives the catalogue's part of a language.
func (l language) texts() *kioskTexts { return &kioskCatalogue[l] }

// languageOf is the language of the environment's locale.
func languageOf(env []string) language {
	locale := cmp.Or(lookup(env, "LC_ALL"), lookup(env, "LC_MESSAGES"), lookup(env, "LANG"))
	if strings.HasPrefix(locale, "ja") {
		return japanese
	}
	return english
}

// phrase is something to say in whatever language the screen has when it is drawn.
type phrase func(*kioskTexts) string

// kioskTexts is everything that the kiosk says in one language. Verbs stand for what the comments name. Between commas and
// full stops a Japanese text is short enough for the smallest terminal.
type kioskTexts struct {
	otherLanguage string // the name of the other language, in that language

	scan     string
	code     string
	codeHint string
	checking string

	newPasswordFor string
	newPassword    string
	again          string
	rules          string
	ruleLength     string // characters at least, characters at most
	ruleCommon     string
	ruleOwnData    string
	rulesShort     string // characters at least, characters at most
	setting        string

	passwordSet   string
	signInLoginID string // team identification number, login ID
	signInEmail   string // email address
	signInAt      string // address of the page

	endKiosk     string
	endHint      string
	emailAddress string
	password     string
	signingIn    string

	keyCheck  string
	keyNext   string
	keyField  string
	keyShow   string
	keyHide   string
	keyCancel string
	keyStart  string
	keyEnd    string
	keyAdmin  string

	closesIn   string // seconds
	wait       string // seconds
	waitQueued string // seconds
	tooSmall   string // width and height needed, width and height there

	notACode       string
	otherSite      string
	voidCode       string
	suspended      string
	differ         string
	codeAsPassword string
	tooShort       string // characters at least
	tooLong        string // characters at most
	common         string
	ownData        string
	notText        string
	weak           string
	signInFailed   string
	noAuthority    string
	trouble        string
}

// kioskCatalogue holds the texts by language.
var kioskCatalogue = [...]kioskTexts{
	english: {
		otherLanguage: "日本語",

		scan:     "Scan the QR code of your form, or type the code",
		code:     "Code",
		codeHint: "The code is printed beside the QR code: six groups of four letters and digits.",
		checking: "Looking the code up",

		newPasswordFor: "New password for",
		newPassword:    "New password",
		again:          "Once more",
		rules:          "Your new password",
		ruleLength:     "has %d to %d characters",
		ruleCommon:     "is not one that many people use",
		ruleOwnData:    "does not hold your name, your login or the team's name",
		rulesShort:     "%d to %d characters, not a common password, not your name",
		setting:        "Setting your password",

		passwordSet:   "Your password is set.",
		signInLoginID: "Sign in with the team identification number %s, the login ID %s and your new password.",
		signInEmail:   "Sign in with your email address %s and your new password.",
		signInAt:      "The page to sign in on: %s",

		endKiosk:     "For admins: end the kiosk",
		endHint:      "Only an admin's sign-in ends it.",
		emailAddress: "Email address",
		password:     "Password",
		signingIn:    "Signing in",

		keyCheck:  "use the code",
		keyNext:   "next",
		keyField:  "other field",
		keyShow:   "show",
		keyHide:   "hide",
		keyCancel: "cancel",
		keyStart:  "back to the start",
		keyEnd:    "end the kiosk",
		keyAdmin:  "admins",

		closesIn:   "This page closes in %d s.",
		wait:       "Please wait %d s.",
		waitQueued: "Please wait %d s. Then your code will be looked up.",
		tooSmall:   "terminal too small: %dx%d needed, this is %dx%d",

		notACode:       "That is not a code of this team.",
		otherSite:      "That QR code leads to another site. It is not a code of this team.",
		voidCode:       "This code does not work (any more). Ask an admin for a new form.",
		suspended:      "This account is suspended. Ask an admin to make it active again.",
		differ:         "The two passwords differ. Type both again.",
		codeAsPassword: "That is the code of the form. Choose a password of your own.",
		tooShort:       "Too short: at least %d characters. Put several words in a row.",
		tooLong:        "Too long: at most %d characters.",
		common:         "Many people use this password. Choose another one.",
		ownData:        "It holds your name, your login or the team's name. Choose another one.",
		notText:        "The password is not valid text. Type it again.",
		weak:           "This password breaks one of the rules. Choose another one.",
		signInFailed:   "That did not sign you in. Check what you typed; several wrong passwords lock an account.",
		noAuthority:    "Only active members with admin authority can end the kiosk.",
		trouble:        "This does not work at the moment. Try again, or ask an admin.",
	},
	japanese: {
		otherLanguage: "English",

		scan:     "用紙のQRコードを読み取るか、コードを入力してください",
		code:     "コード",
		codeHint: "コードはQRコードの横にあります。4文字ずつ6組の英数字です。",
		checking: "コードを確認しています",

		newPasswordFor: "新しいパスワードの設定：",
		newPassword:    "新しいパスワード",
		again:          "もう一度",
		rules:          "新しいパスワードの条件",
		ruleLength:     "%d文字以上、%d文字以内",
		ruleCommon:     "よく使われるパスワードではないこと",
		ruleOwnData:    "名前、ログインID、チーム名などを含まないこと",
		rulesShort:     "%d～%d文字。よく使われるもの、名前を含むものは使えません。",
		setting:        "パスワードを設定しています",

		passwordSet:   "パスワードを設定しました。",
		signInLoginID: "チーム識別番号 %s、ログインID %s と、新しいパスワードを使って、ログインしてください。",
		signInEmail:   "メールアドレス %s と、新しいパスワードを使って、ログインしてください。",
		signInAt:      "ログインページ：%s",

		endKiosk:     "管理者用：キオスクの終了",
		endHint:      "管理者がログインすると終了します。",
		emailAddress: "メールアドレス",
		password:     "パスワード",
		signingIn:    "ログインしています",

		keyCheck:  "決定",
		keyNext:   "次へ",
		keyField:  "移動",
		keyShow:   "表示",
		keyHide:   "隠す",
		keyCancel: "中止",
		keyStart:  "最初に戻る",
		keyEnd:    "終了",
		keyAdmin:  "管理者",

		closesIn:   "あと%d秒でこの画面を閉じます。",
		wait:       "%d秒お待ちください。",
		waitQueued: "%d秒お待ちください。その後、コードを確認します。",
		tooSmall:   "画面が小さすぎます：%dx%d 以上が必要です（現在 %dx%d）",

		notACode:       "このチームのコードではありません。",
		otherSite:      "別のサイトのQRコードです。このチームのコードではありません。",
		voidCode:       "このコードは使えません。新しい用紙を管理者に依頼してください。",
		suspended:      "このアカウントは現在停止されています。管理者が再開すると、このコードを使えます。",
		differ:         "2つのパスワードが一致しません。もう一度入力してください。",
		codeAsPassword: "これは用紙のコードです。自分のパスワードを決めてください。",
		tooShort:       "短すぎます。%d文字以上にしてください。",
		tooLong:        "長すぎます。%d文字以内にしてください。",
		common:         "よく使われるパスワードです。別のものにしてください。",
		ownData:        "名前やログインIDなどが含まれています。別のものにしてください。",
		notText:        "文字として正しくありません。もう一度入力してください。",
		weak:           "条件に合わないパスワードです。別のものにしてください。",
		signInFailed:   "ログインできませんでした。入力を確かめてください。何度も間違えるとロックされます。",
		noAuthority:    "キオスクを終了できるのは、有効な管理者だけです。",
		trouble:        "ただいま利用できません。もう一度試すか、管理者に連絡を。",
	},
}

// Phrases without anything to fill in.
var (
	notACode       phrase = func(t *kioskTexts) string { return t.notACode }
	otherSite      phrase = func(t *kioskTexts) string { return t.otherSite }
	differ         phrase = func(t *kioskTexts) string { return t.differ }
	codeAsPassword phrase = func(t *kioskTexts) string { return t.codeAsPassword }
	trouble        phrase = func(t *kioskTexts) string { return t.trouble }
)

// refusalOf says a refusal of package account, or gives nil for what is none. The sentences of package account are not
// used: they are English, and written for readers who have a browser.
func refusalOf(err error, set account.Settings) phrase {
	switch account.CodeOf(err) {
	case account.CodeVoidCode:
		return func(t *kioskTexts) string { return t.voidCode }
	case account.CodeSuspended:
		return func(t *kioskTexts) string { return t.suspended }
	case account.CodeSignInFailed:
		return func(t *kioskTexts) string { return t.signInFailed }
	case account.CodeNoAuthority:
		return func(t *kioskTexts) string { return t.noAuthority }
	case account.CodeWeakPassword:
		return weaknessOf(err, set)
	}
	return nil
}

func weaknessOf(err error, set account.Settings) phrase {
	return func(t *kioskTexts) string {
		switch account.WeaknessOf(err) {
		case account.TooShort:
			return fmt.Sprintf(t.tooShort, set.MinPassword)
		case account.TooLong:
			return fmt.Sprintf(t.tooLong, set.MaxPassword)
		case account.Common:
			return t.common
		case account.OwnData:
			return t.ownData
		case account.NotAsText:
			return t.notText
		}
		return t.weak
	}
}
