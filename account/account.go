// Package account is what can be done to a member's account: reset its password, sign in, lock it out, sign it out;
// and the audit record of all that. Consoles, the web page and every command call it, so each rule stands here once.
//
// It owns no file, no socket and no clock: it declares the ports that it needs (Store, FormWriter, Clock) and is given
// them by New.
package account

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"rekey/member"
)

// Config is what a Service needs. All fields but Forms are required.
type Config struct {
	Store   Store
	Key     Key
	Hasher  *Hasher
	Clock   Clock
	Random  io.Reader      // a cryptographic source: crypto/rand.Reader outside of tests
	BaseURL string         // where members' browsers find the set-password page, without a slash at the end
	Forms   FormWriter     // nil: no forms can be saved
	Zone    *time.Location // in which times are shown
}

// Service carries out the operations. It may be used by several goroutines at once.
type Service struct {
	store   Store
	key     Key
	hasher  *Hasher
	clock   Clock
	random  io.Reader
	baseURL string
	forms   FormWriter
	zone    *time.Location

	sessions sessionMemory
}

// New gives a service on what cfg holds.
func New(cfg Config) *Service {
	return &Service{
		store:   cfg.Store,
		key:     cfg.Key,
		hasher:  cfg.Hasher,
		clock:   cfg.Clock,
		random:  cfg.Random,
		baseURL: strings.TrimSuffix(cfg.BaseURL, "/"),
		forms:   cfg.Forms,
		zone:    cfg.Zone,
	}
}

// Zone is where times are shown in.
func (s *Service) Zone() *time.Location { return s.zone }

// Now is the service's time.
func (s *Service) Now() time.Time { return s.clock() }

// Installation names the installation that the service works for, as Key.Installation does.
func (s *Service) Installation() string { return s.key.Installation() }

// Revision changes whenever any process has changed anything. It is cheap to ask for.
func (s *Service) Revision() (uint64, error) { return s.store.Revision() }

// Settings gives the team's settings.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	var set Settings
	err := s.store.View(ctx, func(r Reader) (err error) {
		set, err = r.Settings()
		return err
	})
	return set, err
}

// Find gives the member named by an email address, a login ID or a member id ("id:17").
func (s *Service) Find(ctx context.Context, name string) (member.Member, error) {
	var m member.Member
	err := s.store.View(ctx, func(r Reader) (err error) {
		m, err = find(r, name)
		return err
	})
	return m, err
}

func find(r Reader, name string) (member.Member, error) {
	var m member.Member
	var err error
	if id, notID := member.ParseID(name); notID == nil {
		m, err = r.Member(id)
	} else if strings.Contains(name, "@") {
		m, err = r.MemberByEmail(name)
	} else {
		m, err = r.MemberByLoginID(name)
	}
	return m, refuseUnknown(err)
}

// refuseUnknown turns the store's "not found" of a member into the refusal that a person sees.
func refuseUnknown(err error) error {
	if errors.Is(err, ErrNotFound) {
		return &Error{CodeUnknownMember, "There is no such member.", "Look the member up again: another admin may have changed it."}
	}
	return err
}
