package mailer

import (
	"rekey/account"
	"rekey/member"
)

// wording puts letters into the words of one language. Lines stay within 78 cells of a terminal as long as no name in
// them is long (RFC 5322, 2.1.1).
type wording interface {
	tag() string // of the language (RFC 5646)
	hello(facts) string
	small(facts) string // the last lines

	reset(facts) body
	requested(facts) body
	invitation(facts) body
	locked(facts) body
	test(facts) body

	// unbroken takes the line ends out of a paragraph for HTML, where a line end is a space. Words in some languages
	// have none between them.
	unbroken(paragraph string) string
}

// wordingIn gives the words of a language.
func wordingIn(l account.Language) wording {
	if l == account.Japanese {
		return japanese{}
	}
	return english{}
}

// facts are what letters tell, fit to be shown.
type facts struct {
	product, team string // the team may have no name
	name, to      string
	expires       string // when the link stops working
	until         string // when the lock ends
	over          bool   // the lock has ended meanwhile
	now           string // when a test mail was sent
	host          string // from where; may be empty
}

func newFacts(s account.Settings, to string) facts {
	return facts{product: member.Clean(s.ProductName), team: member.Clean(s.TeamName), to: to}
}
