package mailer

import "fmt"

// english is the wording in English.
type english struct{}

func (english) tag() string { return "en" }

func (english) unbroken(paragraph string) string { return paragraph }

func (english) hello(f facts) string {
	if f.name == "" {
		return "Hello,"
	}
	return fmt.Sprintf("Hello %s,", f.name)
}

func (english) small(f facts) string {
	return fmt.Sprintf("This mail was sent by %s to %s.\nPlease do not answer it: nobody reads the answers.", f.product, f.to)
}

func (e english) reset(f facts) body {
	return body{
		Subject: fmt.Sprintf("[%s] Password reset e-mail", f.product),
		Before: []string{
			fmt.Sprintf("an admin of your team%s has reset\nyour %s password.", e.called(f.team), f.product),
			"To set a new password, please open this link:",
		},
		After: []string{
			e.linkTerms(f),
			"Your old password has stopped working, and you have been signed out\non all your devices.",
			e.unexpected(),
		},
	}
}

func (e english) requested(f facts) body {
	return body{
		Subject: fmt.Sprintf("[%s] Password reset e-mail", f.product),
		Before: []string{
			fmt.Sprintf("somebody, probably you, asked for a new password for your %s account\non the page for forgotten passwords.", f.product),
			"To set a new password, please open this link:",
		},
		After: []string{
			e.linkTerms(f),
			"If it was not you, please leave the link alone: your password has not changed.",
		},
	}
}

func (e english) invitation(f facts) body {
	return body{
		Subject: fmt.Sprintf("Welcome to %s!", f.product),
		Before: []string{
			fmt.Sprintf("welcome! An admin of your team%s has added you\nto %s.", e.called(f.team), f.product),
			"To set your password and sign in for the first time, please open this link:",
		},
		After: []string{e.linkTerms(f), e.unexpected()},
	}
}

// locked tells of a lock, which may be over by the time the mail goes out.
func (english) locked(f facts) body {
	what := "To protect it, the account has been\nlocked until %s."
	advice := "If that was you, please wait until then and sign in again.\n" +
		"If you have forgotten your password, an admin of your team\ncan reset it at once."
	if f.over {
		what = "To protect it, the account was\nlocked until %s, and is open again."
		advice = "If that was you, you can sign in again now.\n" +
			"If you have forgotten your password, an admin of your team can reset it."
	}
	return body{
		Subject: "Your account has been locked for security reasons",
		Before: []string{
			fmt.Sprintf("a wrong password was entered too many times for your %s account.\n"+what, f.product, f.until),
			advice,
			"If it was not you, please tell an admin of your team.",
		},
	}
}

func (english) test(f facts) body {
	b := body{
		Subject: fmt.Sprintf("[%s] Test mail", f.product),
		Before: []string{
			fmt.Sprintf("this is a test mail, sent to see whether mail from %s arrives.", f.product),
			"Sent at: " + f.now,
		},
	}
	if f.host != "" {
		b.Before = append(b.Before, "Sent from the host: "+f.host)
	}
	b.Before = append(b.Before, "There is nothing to do. No password has changed.")
	return b
}

func (english) linkTerms(f facts) string {
	return fmt.Sprintf("The link works once, until %s.\nIt is for you alone: please do not pass it on.", f.expires)
}

func (english) unexpected() string {
	return "If you did not expect this, please leave the link alone\nand ask an admin of your team about it."
}

// called gives the team's name between commas, or nothing for a team without one.
func (english) called(team string) string {
	if team == "" {
		return ""
	}
	return ", " + team + ","
}
