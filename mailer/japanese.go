package mailer

import (
	"fmt"
	"strings"
)

// japanese is the wording in Japanese.
type japanese struct{}

func (japanese) tag() string { return "ja" }

func (japanese) unbroken(paragraph string) string { return strings.ReplaceAll(paragraph, "\n", "") }

func (japanese) hello(f facts) string {
	if f.name == "" {
		return "ご担当者様"
	}
	return f.name + " 様"
}

func (japanese) small(f facts) string {
	return fmt.Sprintf("このメールは、%s 宛てに、\n%s から自動でお送りしています。\n"+
		"ご返信いただいてもお答えできませんので、ご了承ください。", f.to, f.product)
}

func (j japanese) reset(f facts) body {
	return body{
		Subject: j.resetSubject(f),
		Before: []string{
			fmt.Sprintf("%sにより、\n%s のパスワードがリセットされました。", j.admin(f), f.product),
			"次のリンクを開き、新しいパスワードを設定してください。",
		},
		After: []string{
			j.linkTerms(f),
			"これまでのパスワードは使えなくなりました。\nまた、ご利用中のすべての端末でログアウトされています。",
			j.unexpected(),
		},
	}
}

func (j japanese) requested(f facts) body {
	return body{
		Subject: j.resetSubject(f),
		Before: []string{
			fmt.Sprintf("パスワードをお忘れの方のページで、\n%s のパスワード再設定のお申し込みを受け付けました。", f.product),
			"次のリンクを開き、新しいパスワードを設定してください。",
		},
		After: []string{
			j.linkTerms(f),
			"お申し込みにお心当たりのない場合は、リンクを開かずに、\nこのメールを破棄してください。現在のパスワードは変更されていません。",
		},
	}
}

func (j japanese) invitation(f facts) body {
	return body{
		Subject: fmt.Sprintf("%s へようこそ", f.product),
		Before: []string{
			fmt.Sprintf("%sにより、\n%s のメンバーに登録されました。", j.admin(f), f.product),
			"次のリンクを開いてパスワードを設定し、ご利用を開始してください。",
		},
		After: []string{j.linkTerms(f), j.unexpected()},
	}
}

// locked tells of a lock, which may be over by the time the mail goes out.
func (japanese) locked(f facts) body {
	what := "アカウントを保護するため、\n%s までロックしています。"
	advice := "ご本人が操作された場合は、この時刻を過ぎてから、\nもう一度ログインしてください。" +
		"\nパスワードをお忘れの場合は、チームの管理者がすぐにリセットできます。"
	if f.over {
		what = "アカウントを保護するため、\n%s までロックしていましたが、\n現在は解除されています。"
		advice = "ご本人が操作された場合は、もう一度ログインしてください。" +
			"\nパスワードをお忘れの場合は、チームの管理者がリセットできます。"
	}
	return body{
		Subject: "セキュリティ保護のため、アカウントをロックしました",
		Before: []string{
			fmt.Sprintf("%s のアカウントで、\n誤ったパスワードが続けて入力されました。\n"+what, f.product, f.until),
			advice,
			"お心当たりのない場合は、チームの管理者にお知らせください。",
		},
	}
}

func (japanese) test(f facts) body {
	b := body{
		Subject: fmt.Sprintf("[%s] テストメール", f.product),
		Before: []string{
			fmt.Sprintf("このメールは、%s からのメールが届くことを\n確認するためのテストメールです。", f.product),
			"送信日時: " + f.now,
		},
	}
	if f.host != "" {
		b.Before = append(b.Before, "送信元ホスト: "+f.host)
	}
	b.Before = append(b.Before, "ご対応の必要はありません。パスワードなどは変更されていません。")
	return b
}

func (japanese) resetSubject(f facts) string {
	return fmt.Sprintf("[%s] パスワード再設定のお知らせ", f.product)
}

func (japanese) linkTerms(f facts) string {
	return fmt.Sprintf("このリンクは %s まで有効で、\n1回だけご利用いただけます。"+
		"\nご本人専用ですので、ほかの方には転送なさらないようお願いいたします。", f.expires)
}

func (japanese) unexpected() string {
	return "お心当たりのない場合は、リンクを開かずに、\nチームの管理者にお問い合わせください。"
}

// admin names who has done it.
func (japanese) admin(f facts) string {
	if f.team == "" {
		return "チームの管理者"
	}
	return fmt.Sprintf("チーム「%s」の管理者", f.team)
}
