package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"charm.land/huh/v2"

	"rekey/account"
)

// ask has the wizard ask for the answers that are open. Where there is no terminal, it names those that are missing.
func (c *cli) ask(ctx context.Context, qs questionnaire) error {
	t, isTerminal := c.terminal()
	// huh's plain mode for dumb terminals takes presets for answers when the input ends.
	if name := c.env.get("TERM"); !isTerminal || name == "" || name == "dumb" {
		var missing []string
		for _, q := range qs.missing() {
			missing = append(missing, q.names())
		}
		return misuse("See `rekey init --help`.",
			"These answers are missing, and there is no terminal to ask on: %s.", strings.Join(missing, ", "))
	}
	err := newWizard(qs, c.env).WithInput(t.in).WithOutput(t.out).RunWithContext(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, huh.ErrUserAborted):
		return refuse("", "Nothing has been set up.")
	case err != nil:
		return fmt.Errorf("asking for the answers: %w", err)
	}
	return nil
}

// newWizard makes a form of the open questions, a page for each subject.
func newWizard(qs questionnaire, env environment) *huh.Form {
	var pages []*huh.Group
	var titles []string
	var fields []huh.Field
	open := qs.open()
	for i, q := range open {
		endsPage := i+1 == len(open) || open[i+1].page != q.page
		validate := q.validate
		if endsPage {
			validate = func(answer string) error {
				q.answer = answer
				return cmp.Or(q.validate(answer), qs.checkPage(q.page, env))
			}
		}
		fields = append(fields, newFields(qs, q, validate)...)
		if endsPage {
			pages, titles = append(pages, huh.NewGroup(fields...)), append(titles, q.page)
			fields = nil
		}
	}
	for i, page := range pages {
		page.Title(fmt.Sprintf("%s (%d of %d)", titles[i], i+1, len(pages)))
	}
	if len(pages) > 0 {
		pages[0].Description("Ctrl+C leaves the wizard: nothing is set up then.")
	}
	return huh.NewForm(pages...).WithKeyMap(wizardKeys())
}

// wizardKeys are huh's keys without the filter of a choice: the lists are short, and from an open filter no key of the
// form leads on. A binding that is disabled is not enough, because the field enables it with every answer.
func wizardKeys() *huh.KeyMap {
	keys := huh.NewDefaultKeyMap()
	keys.Select.Filter.SetKeys()
	return keys
}

// newFields makes the form's field for a question, or two for the admin's new password, which nobody can see.
func newFields(qs questionnaire, q *question, validate func(string) error) []huh.Field {
	q.answer = q.preset
	if q.choices != nil {
		var options []huh.Option[string]
		for _, choice := range q.choices {
			options = append(options, huh.NewOption(orElse(choice, "the best one offered"), choice))
		}
		choice := huh.NewSelect[string]().Title(q.title).Description(q.about).Options(options...)
		return []huh.Field{choice.Value(&q.answer).Validate(validate)}
	}
	input := huh.NewInput().Title(q.title).Description(q.about).Value(&q.answer).Validate(validate)
	if !q.secret() {
		return []huh.Field{input}
	}
	input.EchoMode(huh.EchoModePassword)
	if q.variable != varAdminPassword {
		return []huh.Field{input}
	}
	input.Validate(func(password string) error { return account.CheckPassword(qs.settings(), qs.admin(), password) })
	again := huh.NewInput().Title(q.title + " again").EchoMode(huh.EchoModePassword).Validate(func(repeated string) error {
		if repeated != q.answer {
			return errors.New("the two are not the same")
		}
		return nil
	})
	return []huh.Field{input, again}
}
