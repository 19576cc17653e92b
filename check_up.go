package main

import (
	"context"
	"time"

	"rekey/account"
)

// checkup looks at an installation part by part, and keeps what it finds for the checks that follow.
type checkup struct {
	*cli
	mail string // where a test mail goes; empty: nowhere
	now  account.Clock

	dir          directory         // empty: none is set up
	config       *config           // nil: it cannot be read
	installation string            // empty: the key cannot be read, or does not fit the store
	program      *program          // nil: the store cannot be opened
	storeErr     error             // why not
	settings     *account.Settings // nil: they cannot be read, or are not valid
}

// check is one of its checks.
type check struct {
	name  string
	needs func() (part string, there bool)
	run   func(context.Context) checkResult
}

// checks lists them in an order in which each comes after what it needs.
func (u *checkup) checks(wholeStore bool) []check {
	list := []check{
		{"configuration", needsNothing, u.configuration},
		{"key", u.needsConfig, u.keyFile},
		{"store", u.needsKey, u.storeFile},
		{"settings", u.needsStore, u.teamSettings},
	}
	list = append(list, u.reach()...)
	list = append(list,
		check{"clock", needsNothing, u.clock},
		check{"outbox", u.needsStore, u.outbox},
		check{"disk", u.needsDirectory, u.disk})
	if wholeStore {
		list = append(list, check{"store's data", u.needsStore, u.wholeStore}, check{"audit log", u.needsStore, u.auditLog})
	}
	return list
}

// result runs a check, or skips it.
func (u *checkup) result(ctx context.Context, c check) checkResult {
	var r checkResult
	if part, there := c.needs(); there {
		r = c.run(ctx)
	} else {
		r = skipped("the %s has to be put right first", part)
	}
	r.Name = c.name
	return r
}

func needsNothing() (string, bool) { return "", true }

func (u *checkup) needsDirectory() (string, bool) { return "data directory", u.dir != "" }
func (u *checkup) needsConfig() (string, bool)    { return "configuration", u.config != nil }

func (u *checkup) needsKey() (string, bool) {
	if part, there := u.needsConfig(); !there {
		return part, false
	}
	return "key", u.installation != ""
}

func (u *checkup) needsStore() (string, bool) {
	if part, there := u.needsKey(); !there {
		return part, false
	}
	return "store", u.program != nil
}

// shownTime shows a time as the rest of the program does.
func shownTime(t time.Time) string { return account.FormatTime(t, time.Local) }
