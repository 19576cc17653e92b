package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"rekey/account"
	"rekey/mailer"
	"rekey/member"
)

// question is one thing that `rekey init` has to know. The answer comes from a flag, from a variable of the
// environment, or from the wizard; otherwise it is the preset.
type question struct {
	flag     string // without dashes; empty for passwords, which never stand on a command line
	variable string // a setting of rekey.toml is meant if it is that one's
	page     string // of the wizard
	title    string
	about    string
	preset   string
	required bool
	choices  []string // if the answer has to be one of these
	check    func(string) error
	answer   string
}

// The pages of the wizard.
const (
	pageTeam  = "The team"
	pageMail  = "The mail server"
	pageLogin = "Signing in to the mail server"
	pageWeb   = "The web page"
	pageAdmin = "The first admin"
)

// The variables of the answers that are not settings of rekey.toml.
const (
	varTeamName      = "REKEY_TEAM_NAME"
	varTeamNumber    = "REKEY_TEAM_NUMBER"
	varProductName   = "REKEY_PRODUCT_NAME"
	varSender        = "REKEY_SENDER"
	varAdmin         = "REKEY_ADMIN"
	varAdminName     = "REKEY_ADMIN_NAME"
	varAdminPassword = "REKEY_ADMIN_PASSWORD"
)

// Limits of the team's data, in characters.
const (
	maxTeamName   = 100
	maxTeamNumber = 50
)

// questionnaire is all that `rekey init` has to know, in the order of asking.
type questionnaire []*question

func newQuestionnaire() questionnaire {
	team := account.DefaultSettings()
	securities := []string{string(mailer.SecurityStartTLS), string(mailer.SecurityTLS), string(mailer.SecurityNone)}
	auths := []string{mailer.AuthPlain, mailer.AuthLogin, mailer.AuthOAuthBearer, mailer.AuthNone}
	return questionnaire{
		{flag: "team-name", variable: varTeamName, page: pageTeam, title: "Team name",
			about: "It stands on the forms.", required: true, check: atMost(maxTeamName)},
		{flag: "team-number", variable: varTeamNumber, page: pageTeam, title: "Team identification number",
			about: "Login ID members sign in with it.", required: true, check: atMost(maxTeamNumber)},
		{flag: "product-name", variable: varProductName, page: pageTeam, title: "Product name",
			about: "It stands in the subject of every mail.", preset: team.ProductName, check: atMost(maxTeamName)},
		{flag: "sender", variable: varSender, page: pageTeam, title: "Sender",
			about: "The address that mails come from.", preset: team.Sender, check: rule(member.CheckEmail)},

		{flag: "mail-host", variable: "REKEY_MAIL_HOST", page: pageMail, title: "Mail server",
			about: "A name or an IP address.", required: true, check: checkMailHost},
		{flag: "mail-security", variable: "REKEY_MAIL_SECURITY", page: pageMail, title: "Security",
			about: "starttls, tls, or none for a server on this host.", preset: securities[0], choices: securities},
		{flag: "mail-port", variable: "REKEY_MAIL_PORT", page: pageMail, title: "Port",
			about: "Empty: 587 for starttls, 465 for tls, 25 for none.", check: checkMailPort},
		{flag: "mail-username", variable: "REKEY_MAIL_USERNAME", page: pageLogin, title: "User name",
			about: "Empty: no authentication."},
		{variable: "REKEY_MAIL_PASSWORD", page: pageLogin, title: "Mail password",
			about: "Empty: no authentication."},
		{flag: "mail-auth", variable: "REKEY_MAIL_AUTH", page: pageLogin, title: "Authentication",
			about: "plain, login, oauthbearer or none. Empty: the best one offered.", choices: append([]string{""}, auths...)},
		{flag: "mail-ca-file", variable: "REKEY_MAIL_CA_FILE", page: pageLogin, title: "Certificate authorities",
			about: "A PEM file. Empty: the system's."},

		{flag: "base-url", variable: "REKEY_WEB_BASE_URL", page: pageWeb, title: "Base URL",
			about: "Where members' browsers reach this host, without a path. Links lead to BASE_URL/s/CODE.", required: true,
			check: rule(baseURLProblem)},

		{flag: "admin", variable: varAdmin, page: pageAdmin, title: "Email address",
			about: "The first admin signs in with it.", required: true, check: rule(member.CheckEmail)},
		{flag: "admin-name", variable: varAdminName, page: pageAdmin, title: "Name",
			about: "Empty: the part of the address before @.", check: rule(member.CheckName)},
		{variable: varAdminPassword, page: pageAdmin, title: "Password",
			about: "Several words in a row are easy to remember.", required: true},
	}
}

func atMost(limit int) func(string) error {
	return func(s string) error {
		if utf8.RuneCountInString(s) > limit {
			return fmt.Errorf("at most %d characters", limit)
		}
		return nil
	}
}

// rule makes a check of a function that gives a reason or "".
func rule(problem func(string) string) func(string) error {
	return func(s string) error {
		if reason := problem(s); reason != "" {
			return errors.New(reason)
		}
		return nil
	}
}

func baseURLProblem(s string) string {
	_, problem := checkBaseURL(s)
	return problem
}

func checkMailHost(host string) error { return mailer.Config{Host: host}.Validate() }

func checkMailPort(text string) error {
	var c config
	s, _ := c.setting("mail.port")
	if err := s.parse(text); err != nil || c.Mail.Port < 1 || c.Mail.Port > 65535 {
		return errors.New("a port is a number from 1 to 65535")
	}
	return nil
}

func (q *question) secret() bool { return q.flag == "" }

// names says how to give the answer without the wizard.
func (q *question) names() string {
	if q.secret() {
		return q.variable
	}
	return fmt.Sprintf("--%s (%s)", q.flag, q.variable)
}

// usage describes the question's flag.
func (q *question) usage() string {
	usage := q.title + ": " + q.about + " " + q.variable
	switch {
	case q.preset != "":
		usage += "; default " + q.preset
	case q.required:
		usage += "; needed"
	}
	return usage
}

// missing reports that there has to be an answer and is none.
func (q *question) missing() bool { return q.required && q.answer == "" }

// validate refuses an answer, as it is typed or given.
func (q *question) validate(answer string) error {
	switch {
	case strings.TrimSpace(answer) == "":
		if q.required {
			return errors.New("an answer is needed")
		}
		return nil
	case !q.secret() && member.Clean(answer) != answer:
		return errors.New("it holds a character that cannot be shown")
	case q.choices != nil && !slices.Contains(q.choices, answer):
		return fmt.Errorf("it has to be one of %s", strings.TrimSpace(strings.Join(q.choices, " ")))
	case q.check != nil:
		return q.check(answer)
	}
	return nil
}

// take fills in what the flags left open from the environment, and checks what was given.
func (qs questionnaire) take(env environment) error {
	for _, q := range qs {
		if q.answer == "" {
			q.answer = env.get(q.variable)
		}
		if !q.secret() {
			q.answer = strings.TrimSpace(q.answer)
		}
		if q.answer == "" {
			continue
		}
		if err := q.validate(q.answer); err != nil {
			return misuse("Correct it.", "The answer for %s cannot be used: %s.", q.names(),
				strings.TrimSuffix(err.Error(), "."))
		}
	}
	return nil
}

// open lists the questions that have no answer yet.
func (qs questionnaire) open() questionnaire {
	return slices.DeleteFunc(slices.Clone(qs), func(q *question) bool { return q.answer != "" })
}

// missing lists the questions that need an answer and have none.
func (qs questionnaire) missing() questionnaire {
	return slices.DeleteFunc(slices.Clone(qs), func(q *question) bool { return !q.missing() })
}

// preset answers what is still open.
func (qs questionnaire) preset() {
	for _, q := range qs {
		if q.answer == "" {
			q.answer = q.preset
		}
	}
}

// get gives the answer that the variable names.
func (qs questionnaire) get(variable string) string {
	i := slices.IndexFunc(qs, func(q *question) bool { return q.variable == variable })
	return qs[i].answer
}

// settings are the team's, as answered.
func (qs questionnaire) settings() account.Settings {
	set := account.DefaultSettings()
	set.TeamName = qs.get(varTeamName)
	set.TeamNumber = qs.get(varTeamNumber)
	set.ProductName = qs.get(varProductName)
	set.Sender = qs.get(varSender)
	return set
}

// admin is the first admin, as answered.
func (qs questionnaire) admin() member.Member {
	address, name := qs.get(varAdmin), qs.get(varAdminName)
	if name == "" {
		name, _, _ = strings.Cut(address, "@")
	}
	return member.Member{Email: address, Name: name, SearchName: member.DefaultSearchName(address)}
}

// config is rekey.toml, as answered so far. What no question is about comes from the environment.
func (qs questionnaire) config(env environment) (config, error) {
	var c config
	if err := c.override(env); err != nil {
		return c, err
	}
	for _, q := range qs {
		s, isSetting := c.settingOf(q.variable)
		if !isSetting || q.answer == "" {
			continue
		}
		if err := s.parse(q.answer); err != nil {
			return c, misuse("Correct it.", "The answer for %s %w.", q.names(), err)
		}
	}
	if c.Mail.CAFile != "" {
		absolute, err := filepath.Abs(c.Mail.CAFile)
		if err != nil {
			return c, fmt.Errorf("finding %s: %w", c.Mail.CAFile, err)
		}
		c.Mail.CAFile = absolute
	}
	return c, nil
}

// checkPage refuses answers of a page that do not go together.
func (qs questionnaire) checkPage(page string, env environment) error {
	c, err := qs.config(env)
	if err != nil {
		return err
	}
	switch m := c.Mail; page {
	case pageMail: // signing in comes later
		return mailer.Config{Host: m.Host, Port: m.Port, Security: m.Security, AllowPlaintext: m.AllowPlaintext}.Validate()
	case pageLogin:
		return m.Validate()
	}
	return nil
}
