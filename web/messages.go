package web

import (
	"net/http"
	"sync"

	"golang.org/x/text/language"
)

// texts are all that the pages say, in one language. Texts with verbs are formats for fmt.Sprintf.
type texts struct {
	Lang     string // for the lang attribute
	Failed   string // stands before the title of a page that refuses a form
	Password passwordTexts
	Set      setTexts
	Void     voidTexts
	Login    loginTexts
	Account  accountTexts
	Forgot   forgotTexts
	Notices  map[notice]string
	Failures map[failure]failureTexts
	SignIn   string // the link to the sign-in
	Back     string // the link that every dead end has
	Again    string // the link to the same page
	Wait     waitTexts
}

// passwordTexts are what every form for a new password says.
type passwordTexts struct {
	New, Again                              string
	RulesTitle                              string
	RuleLength                              string // %[1]d to %[2]d characters
	RuleCommon, RuleOwn, RuleAny            string
	TooShort, TooLong, Common, Own, Missing string // TooShort, TooLong: %d characters
	AgainMissing, Differ, Invalid           string
}

type setTexts struct {
	Title, Intro       string
	Email, LoginID     string
	Button, ButtonNote string // the note is what the printed form calls the button, where that is another language
	Until              string // %s, a time
}

type voidTexts struct {
	Title, Intro            string
	EmailTitle, Email, Link string
	FormTitle, Form         string
	DoneTitle, Done         string
}

type loginTexts struct {
	Title                            string
	EmailTitle, LoginIDTitle         string
	Email, Team, TeamHint, LoginID   string
	Password, Button, Forgot, NoMail string
	Failed                           string
}

type accountTexts struct {
	Title, SignedInAs            string
	Name, Email, Team, LoginID   string
	ChangeTitle, Current, Change string
	ChangeNote                   string
	CurrentMissing, WrongCurrent string
	Out, Everywhere              string
	EverywhereNote               string
}

type forgotTexts struct {
	Title, Intro, Email, Button  string
	BadAddress                   string
	NoMailTitle, NoMail          string
	SentTitle, Sent, SentPatient string
}

// waitTexts say how long to wait before the next try.
type waitTexts struct{ Seconds, Minutes string } // %d

// failureTexts are a page that says that something did not work, and what to do.
type failureTexts struct{ Title, Text string }

var english = &texts{
	Lang:   "en",
	Failed: "Error: ",
	Password: passwordTexts{
		New:          "New password",
		Again:        "New password, again",
		RulesTitle:   "Your new password",
		RuleLength:   "has %[1]d to %[2]d characters. Several words in a row are easy to remember.",
		RuleCommon:   "is not one of the most common passwords.",
		RuleOwn:      "does not hold your name, your login or the name of your team.",
		RuleAny:      "may hold any characters, spaces too. You can paste it from a password manager.",
		TooShort:     "This password is too short: it needs at least %d characters.",
		TooLong:      "This password is too long: it can have at most %d characters.",
		Common:       "This is one of the most common passwords. Choose one that nobody else would think of.",
		Own:          "This password holds your name, your login or the name of your team. Choose one without them.",
		Missing:      "Enter a new password.",
		AgainMissing: "Enter the new password once more.",
		Differ:       "The two passwords differ. Enter the same one twice.",
		Invalid:      "This password could not be read. Enter it again.",
	},
	Set: setTexts{
		Title:      "Set a new password",
		Intro:      "Choose the password that you will sign in with from now on.",
		Email:      "Email address",
		LoginID:    "Login ID",
		Button:     "Set password and login",
		ButtonNote: "",
		Until:      "You can do this once, until %s.",
	},
	Void: voidTexts{
		Title:      "This link does not work",
		Intro:      "A link or QR code works once and for a limited time, and a newer one replaces the ones before.",
		EmailTitle: "You sign in with an email address",
		Email:      "Look for a newer email. If there is none, have one sent to you:",
		Link:       "Send me a new link",
		FormTitle:  "You sign in with a login ID",
		Form:       "Ask an admin of your team for a new Account Information sheet, and scan the QR code on that one.",
		DoneTitle:  "You have just set your password",
		Done:       "Then all is well. Sign in with it:",
	},
	Login: loginTexts{
		Title:        "Sign in",
		EmailTitle:   "With an email address",
		LoginIDTitle: "With a login ID",
		Email:        "Email address",
		Team:         "Team identification number",
		TeamHint:     "It is printed on your Account Information sheet.",
		LoginID:      "Login ID",
		Password:     "Password",
		Button:       "Sign in",
		Forgot:       "Forgot your password?",
		NoMail:       "Forgot your password? Ask an admin of your team to reset it.",
		Failed: "That did not sign you in. Check what you typed. After several wrong passwords an account is locked for a " +
			"while, and then the right one does not work either.",
	},
	Account: accountTexts{
		Title:          "Your account",
		SignedInAs:     "Signed in as",
		Name:           "Name",
		Email:          "Email address",
		Team:           "Team identification number",
		LoginID:        "Login ID",
		ChangeTitle:    "Change your password",
		Current:        "Current password",
		CurrentMissing: "Enter your current password.",
		Change:         "Change password",
		ChangeNote:     "You will be signed out on all your other devices.",
		WrongCurrent: "This is not your current password. After several wrong passwords your account is locked for a " +
			"while, and then the right one does not work either.",
		Out:            "Sign out",
		Everywhere:     "Sign out everywhere",
		EverywhereNote: "On all devices, this one included: if you have lost one, or have left one signed in.",
	},
	Forgot: forgotTexts{
		Title:       "Forgot your password?",
		Intro:       "Enter the email address that you sign in with. We will send you a link for setting a new password.",
		Email:       "Email address",
		Button:      "Send me a link",
		BadAddress:  "Enter an email address, like name@example.com.",
		NoMailTitle: "You sign in with a login ID",
		NoMail:      "Ask an admin of your team to reset your password. You will get a new Account Information sheet.",
		SentTitle:   "Look into your mailbox",
		Sent: "If somebody signs in with this email address, an email with a link is on its way. " +
			"Until you use the link, your current password goes on working.",
		SentPatient: "It has not arrived after five minutes? Look into the folder for spam, check the address, " +
			"or ask an admin of your team.",
	},
	Notices: map[notice]string{
		noticePasswordSet:     "Your new password has been set, and you are signed in.",
		noticePasswordChanged: "Your password has been changed. Your other devices have been signed out.",
		noticeSignedOut:       "You have been signed out.",
		noticeSignedOutAll:    "You have been signed out on all your devices.",
	},
	Failures: map[failure]failureTexts{
		failureNotFound: {"There is no such page", "The address may have been typed wrongly, or cut off in an email."},
		failureMethod:   {"That does not work here", "This address is not meant to be used in this way."},
		failureCrossSite: {"That was not sent from this site",
			"To protect you, it was not done. Open the page again and send the form from there."},
		failureUnprotected: {"This page is not served here",
			"Passwords could be read on the way. Open it by its address that begins with https."},
		failureBadForm:  {"The form could not be read", "Open the page again and send the form once more."},
		failureTooLarge: {"The form is too large", "Open the page again, and enter less."},
		failureTooMany:  {"Too many tries", "There were very many tries from your network. Nothing is lost."},
		failureBusy:     {"There is a lot going on", "Very many people are signing in at this moment. Nothing is lost."},
		failureSuspended: {"This account is suspended at the moment",
			"You can set your password with this same link or QR code once an admin of your team has made the account " +
				"active again."},
		failureInternal: {"Something went wrong",
			"That is our fault, not yours. Try again a little later; if it goes on, tell an admin of your team."},
	},
	SignIn: "Sign in",
	Back:   "Go to the start page",
	Again:  "Open this page again",
	Wait:   waitTexts{"Try again in %d seconds.", "Try again in %d minutes."},
}

var japanese = &texts{
	Lang:   "ja",
	Failed: "エラー：",
	Password: passwordTexts{
		New:          "新しいパスワード",
		Again:        "新しいパスワード（確認）",
		RulesTitle:   "新しいパスワードの条件",
		RuleLength:   "%[1]d～%[2]d文字。いくつかの言葉をつなげると覚えやすくなります。",
		RuleCommon:   "よく使われるパスワードは使えません。",
		RuleOwn:      "氏名、メールアドレスやログインID、チーム名を含むものは使えません。",
		RuleAny:      "文字の種類に制限はなく、空白も使えます。パスワード管理ツールからの貼り付けもできます。",
		TooShort:     "パスワードが短すぎます。%d文字以上で入力してください。",
		TooLong:      "パスワードが長すぎます。%d文字以内で入力してください。",
		Common:       "よく使われるパスワードです。ほかの人が思いつかないものにしてください。",
		Own:          "氏名、メールアドレスやログインID、またはチーム名が含まれています。ご自分と関係のないものにしてください。",
		Missing:      "新しいパスワードを入力してください。",
		AgainMissing: "確認のため、新しいパスワードをもう一度入力してください。",
		Differ:       "2つのパスワードが一致しません。同じものを2回入力してください。",
		Invalid:      "パスワードを読み取れませんでした。もう一度入力してください。",
	},
	Set: setTexts{
		Title:      "新しいパスワードの設定",
		Intro:      "これからログインに使うパスワードを決めてください。",
		Email:      "メールアドレス",
		LoginID:    "ログインID",
		Button:     "パスワードを設定してログイン",
		ButtonNote: "Set password and login",
		Until:      "設定は1回だけ、%s まで行えます。",
	},
	Void: voidTexts{
		Title:      "このリンクは使えません",
		Intro:      "リンクとQRコードは1回だけ、決められた期間だけ使えます。新しいものが発行されると、前のものは使えなくなります。",
		EmailTitle: "メールアドレスでログインする方",
		Email:      "より新しいメールが届いていないかご確認ください。届いていなければ、もう一度お送りします。",
		Link:       "新しいリンクを送る",
		FormTitle:  "ログインIDでログインする方",
		Form:       "チームの管理者に新しい「アカウント情報」の用紙を依頼し、その用紙のQRコードを読み取ってください。",
		DoneTitle:  "たった今パスワードを設定した方",
		Done:       "設定は完了しています。そのパスワードでログインしてください。",
	},
	Login: loginTexts{
		Title:        "ログイン",
		EmailTitle:   "メールアドレスでログイン",
		LoginIDTitle: "ログインIDでログイン",
		Email:        "メールアドレス",
		Team:         "チーム識別番号",
		TeamHint:     "「アカウント情報」の用紙に記載されています。",
		LoginID:      "ログインID",
		Password:     "パスワード",
		Button:       "ログイン",
		Forgot:       "パスワードをお忘れですか？",
		NoMail:       "パスワードをお忘れの場合は、チームの管理者にリセットを依頼してください。",
		Failed: "ログインできませんでした。入力内容をご確認ください。" +
			"パスワードを何度か間違えるとアカウントはしばらくロックされ、その間は正しいパスワードでもログインできません。",
	},
	Account: accountTexts{
		Title:          "アカウント",
		SignedInAs:     "ログイン中",
		Name:           "氏名",
		Email:          "メールアドレス",
		Team:           "チーム識別番号",
		LoginID:        "ログインID",
		ChangeTitle:    "パスワードの変更",
		Current:        "現在のパスワード",
		CurrentMissing: "現在のパスワードを入力してください。",
		Change:         "パスワードを変更",
		ChangeNote:     "変更すると、ほかの端末からはすべてログアウトします。",
		WrongCurrent: "現在のパスワードと一致しません。" +
			"何度か間違えるとアカウントはしばらくロックされ、その間は正しいパスワードも使えません。",
		Out:            "ログアウト",
		Everywhere:     "すべての端末からログアウト",
		EverywhereNote: "この端末も含みます。端末をなくしたときや、ログインしたままの端末があるときにお使いください。",
	},
	Forgot: forgotTexts{
		Title:       "パスワードをお忘れの方",
		Intro:       "ログインに使うメールアドレスを入力してください。新しいパスワードを設定するためのリンクをお送りします。",
		Email:       "メールアドレス",
		Button:      "リンクを送る",
		BadAddress:  "メールアドレスを name@example.com のように入力してください。",
		NoMailTitle: "ログインIDでログインする方",
		NoMail:      "チームの管理者にパスワードのリセットを依頼してください。新しい「アカウント情報」の用紙が渡されます。",
		SentTitle:   "メールをご確認ください",
		Sent: "このメールアドレスが登録されていれば、リンクを記載したメールをお送りしました。" +
			"リンクを使うまでは、現在のパスワードをそのまま使えます。",
		SentPatient: "5分たっても届かないときは、迷惑メールのフォルダーとメールアドレスの入力をご確認のうえ、チームの管理者にお問い合わせください。",
	},
	Notices: map[notice]string{
		noticePasswordSet:     "新しいパスワードを設定し、ログインしました。",
		noticePasswordChanged: "パスワードを変更しました。ほかの端末からはログアウトしました。",
		noticeSignedOut:       "ログアウトしました。",
		noticeSignedOutAll:    "すべての端末からログアウトしました。",
	},
	Failures: map[failure]failureTexts{
		failureNotFound:    {"ページが見つかりません", "アドレスの入力に誤りがあるか、メールの中で途切れている可能性があります。"},
		failureMethod:      {"この操作はできません", "このアドレスは、この方法では使えません。"},
		failureCrossSite:   {"このサイト以外から送信されました", "安全のため、処理を行いませんでした。ページを開き直して、そこから送信してください。"},
		failureUnprotected: {"ここではページを表示できません", "通信の途中でパスワードを読み取られるおそれがあります。https で始まるアドレスで開いてください。"},
		failureBadForm:     {"送信内容を読み取れませんでした", "ページを開き直して、もう一度送信してください。"},
		failureTooLarge:    {"送信内容が大きすぎます", "ページを開き直して、短く入力してください。"},
		failureTooMany:     {"試行回数が多すぎます", "お使いのネットワークから多数の試行がありました。入力前の状態のまま、何も失われていません。"},
		failureBusy:        {"ただいま混み合っています", "多くの方が同時にログインしています。何も失われていません。"},
		failureSuspended: {"このアカウントは現在停止されています",
			"チームの管理者がアカウントを有効に戻すと、同じリンクやQRコードでパスワードを設定できます。"},
		failureInternal: {"エラーが発生しました", "こちら側の問題です。しばらくしてからもう一度お試しください。続く場合は、チームの管理者にお知らせください。"},
	},
	SignIn: "ログインする",
	Back:   "最初のページへ",
	Again:  "このページをもう一度開く",
	Wait:   waitTexts{"%d秒後にもう一度お試しください。", "%d分後にもう一度お試しください。"},
}

// languages are the catalogues in the order of the matcher's tags; the first is for everybody whose languages we lack.
var languages = []*texts{english, japanese}

// matcher finds the one for a browser. It is made for the first of them: commands have none.
var matcher = sync.OnceValue(func() language.Matcher {
	return language.NewMatcher([]language.Tag{language.English, language.Japanese})
})

// textsFor gives the texts in the language that the browser asks for.
func textsFor(r *http.Request) *texts {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return english
	}
	_, index, _ := matcher().Match(tags...)
	return languages[index]
}
