package main

import (
	"context"
	"os"
	"time"

	"rekey/mailer"
	"rekey/web"
)

// checkReach looks whether the mail server takes a test mail to an address (or, without one, lets this program sign in),
// and whether members' browsers reach the page. It takes up to half a minute.
func (p *program) checkReach(ctx context.Context, to string) []checkResult {
	u := checkup{mail: to, now: p.service.Now, dir: p.directory, config: &p.config,
		installation: p.service.Installation(), program: p}
	u.teamSettings(ctx) // what the test mail needs
	var results []checkResult
	for _, c := range u.reach() {
		results = append(results, u.result(ctx, c))
	}
	return results
}

// reach are the checks of what is outside of this program.
func (u *checkup) reach() []check {
	return []check{{"mail server", u.needsConfig, u.mailServer}, {"base URL", u.needsKey, u.baseURL}}
}

// mailCheckTime bounds the check of the mail server: somebody waits for it.
const mailCheckTime = 20 * time.Second

// mailServer looks whether the mail server can be used, and sends the test mail if there is to be one.
func (u *checkup) mailServer(ctx context.Context) checkResult {
	cfg := u.config.Mail
	if cfg.Host == "" {
		return doubtful("Set mail.host (REKEY_MAIL_HOST).", "not configured: mails wait in the outbox")
	}
	cfg.Timeout = mailCheckTime
	client, err := mailer.NewClient(cfg)
	if err != nil {
		return failed(err)
	}
	if u.mail != "" && u.settings != nil {
		return u.testMail(ctx, client)
	}
	if err := client.Check(ctx); err != nil {
		return failed(err)
	}
	why := "no address for a test mail is named"
	if u.mail != "" {
		why = "no test mail is sent before the settings are right"
	}
	return passed("%v can be used (%s)", cfg, why)
}

func (u *checkup) testMail(ctx context.Context, client *mailer.Client) checkResult {
	host, err := os.Hostname()
	if err != nil {
		host = "" // it is a courtesy to whoever reads the mail
	}
	m, err := mailer.Trial{Settings: *u.settings, To: u.mail, Host: host, Zone: time.Local}.Compose(u.now())
	if err != nil {
		return failed(err)
	}
	reply, err := client.Try(ctx, m)
	if err != nil {
		return failed(err)
	}
	return passed("%v took a test mail to %s (%s)", u.config.Mail, u.mail, reply)
}

// baseURL looks whether the page of this installation answers where the links lead.
func (u *checkup) baseURL(ctx context.Context) checkResult {
	if err := web.Probe(ctx, u.config.BaseURL, u.installation); err != nil {
		return failed(err)
	}
	return passed("the page of this installation answers at %s", u.config.BaseURL)
}
