package tui

import (
	"context"
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"rekey/account"
)

// settingsForm changes the team's settings.
type settingsForm struct {
	*form[savedSettings]
	base   account.Settings // as they were when the form was opened, or when another admin's changes were taken in
	fields []settingField
}

// savedSettings are the settings after a change.
type savedSettings account.Settings

func newSettingsForm(s *shared) *form[savedSettings] {
	f := &settingsForm{base: s.settings, fields: settingFields()}
	var entries []*entry
	for _, field := range f.fields {
		e := field.entry(s.look, f.base)
		if field.note != nil {
			e.note = func() string {
				if !e.changed() {
					return ""
				}
				return field.note(f.base)
			}
		}
		entries = append(entries, e)
	}
	text := formText{title: "Change the settings", verb: "save", doing: "Saving"}
	f.form = newForm(s, text, entries, f.save, f.saved)
	f.form.review, f.form.refused = f.review, f.refused
	return f.form
}

// typed gives the settings as the entries hold them; no rule is broken.
func (f *settingsForm) typed() account.Settings {
	set := f.base
	for i, field := range f.fields {
		if e := f.entries[i]; e.changed() {
			field.put(&set, e.value())
		}
	}
	return set
}

func (f *settingsForm) save() func(context.Context) (savedSettings, error) {
	admin, base, changed := f.admin, f.base, f.typed()
	return func(ctx context.Context) (savedSettings, error) {
		return savedSettings(changed), f.service.ChangeSettings(ctx, admin, base, changed)
	}
}

func (f *settingsForm) saved(set savedSettings) tea.Cmd {
	f.settings = account.Settings(set)
	f.nav.say("The settings are saved.")
	return nil
}

// review shows what will be saved, old and new, and asks.
func (f *settingsForm) review() tea.Cmd {
	changed := f.typed()
	if len(account.SettingChanges(f.base, changed)) == 0 {
		f.nav.close(f.form)
		f.nav.say("Nothing was changed.")
		return nil
	}
	text := formText{title: "Save these settings?", verb: "SAVE", about: func() []string {
		about := f.list(account.SettingChanges(f.base, changed), nil)
		return append(about, f.warnings(changed)...)
	}}
	return f.nav.push(newQuestion(f.shared, text, "Go on typing", "Save", f.start))
}

// list writes changes with the settings' labels; what stands in typed is added where a setting was typed as well.
func (f *settingsForm) list(changes []account.SettingChange, typed map[string]string) []string {
	var lines []string
	for _, c := range changes {
		field := f.field(c.Name)
		line := field.label + ": " + field.shown(c.Old) + " -> " + field.shown(c.New)
		if mine, both := typed[c.Name]; both {
			line += " (you typed " + field.shown(mine) + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

func (f *settingsForm) field(name string) settingField {
	for _, field := range f.fields {
		if field.name == name {
			return field
		}
	}
	return settingField{name: name, label: name}
}

// warnings say what a change does to people, before it is saved.
func (f *settingsForm) warnings(changed account.Settings) []string {
	var all []string
	switch {
	case changed.SSO && !f.base.SSO:
		all = append(all, "Single sign-on: everybody without admin authority has no password here any more, is signed out at once, "+
			"and cannot use a link that waits. Nobody is invited by mail, and login ID members cannot be added. If it is turned off again, the passwords of now work again.")
	case !changed.SSO && f.base.SSO:
		all = append(all, "Without single sign-on everybody signs in with a password again; who has none gets a link by a reset.")
	}
	if note := formsShowTheOldNumber(f.base); note != "" && changed.TeamNumber != f.base.TeamNumber {
		all = append(all, note)
	}
	for i, e := range f.entries {
		if f.fields[i].name != account.SettingTeamNumber && e.changed() && e.note != nil {
			all = append(all, f.fields[i].label+": "+lowered(e.note()))
		}
	}
	if len(all) > 0 {
		all = append([]string{""}, all...)
	}
	return all
}

// refused takes in that another admin has changed the settings meanwhile: the new values go where nothing was typed, and
// what was typed stays.
func (f *settingsForm) refused(err error) bool {
	conflict, is := errors.AsType[*account.SettingsConflict](err)
	if !is {
		return false
	}
	typed := map[string]string{}
	for i, field := range f.fields {
		e := f.entries[i]
		if now := field.get(conflict.Current); e.changed() {
			typed[field.name] = e.value()
			e.given = now
		} else {
			e.put(now)
		}
	}
	f.base = conflict.Current
	f.settings = conflict.Current
	f.problem = "Not saved: another admin has changed the settings meanwhile. " + strings.Join(f.list(conflict.Changes, typed), "; ") +
		". What you typed is still here: look, then save again."
	return true
}
