package main

import (
	"context"
	"strings"

	"rekey/tui"
)

// facts are what the console's settings show of this host; where says where a setting of the configuration is made.
func (p *program) facts(where func(key string) string) []tui.Fact {
	server := "none: mails wait in the outbox"
	if p.hasMailServer() {
		server = p.config.Mail.String()
	}
	return []tui.Fact{
		{Name: "Mail server", Value: server, Where: where("mail.host")},
		{Name: "Base URL", Value: p.config.BaseURL, Where: where("web.base_url")},
	}
}

// whereSet names the variable that holds a setting, or else the file.
func (p *program) whereSet(env environment) func(key string) string {
	return func(key string) string {
		if s, found := p.config.setting(key); found && env.get(s.variable()) != "" {
			return s.variable()
		}
		return key + " in " + p.directory.configFile()
	}
}

// checkForConsole is checkReach as the console shows it.
func (p *program) checkForConsole(ctx context.Context, to string) []tui.CheckResult {
	var results []tui.CheckResult
	for _, r := range p.checkReach(ctx, to) {
		text := strings.TrimSpace(sentence(r.Text) + " " + r.Hint)
		results = append(results, tui.CheckResult{Name: r.Name, OK: r.State == checkOK, Text: text})
	}
	return results
}
