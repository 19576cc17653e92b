package account

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"rekey/member"
)

// SessionHash is the SHA-256 of a session's secret; the secret itself is never stored.
type SessionHash [32]byte

// Session is one signed-in device of a member. It is alive while its Epoch is the member's, so raising the member's
// number ends all sessions in one write, however many there are.
type Session struct {
	Hash    SessionHash
	Member  member.ID
	Epoch   uint64
	Device  string // what signed in: "console", or what the browser calls itself
	Created time.Time
	Seen    time.Time
}

// alive reports whether the session still counts at the time now for a member whose epoch is given.
func (s Session) alive(epoch uint64, set Settings, now time.Time) bool {
	return s.Epoch == epoch && now.Before(s.Created.Add(set.SessionMaxAge)) && now.Before(s.Seen.Add(set.SessionIdle))
}

// maxDevice bounds what a browser can make us store of its name, in bytes.
const maxDevice = 200

// deviceName makes what a browser calls itself fit to be stored and shown.
func deviceName(s string) string {
	s = member.Clean(s[:min(len(s), maxDevice)])
	return strings.ToValidUTF8(s[:min(len(s), maxDevice)], "")
}

// newSession draws a session's secret of 256 bits and gives the session to be begun with it. The device is one that
// deviceName gave.
func (s *Service) newSession(device string, now time.Time) (string, Session, error) {
	var secret [32]byte
	if _, err := io.ReadFull(s.random, secret[:]); err != nil {
		return "", Session{}, fmt.Errorf("drawing a session's secret: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(secret[:])
	return text, Session{Hash: sha256.Sum256([]byte(text)), Device: device, Created: now, Seen: now}, nil
}

// How many sessions a member can have at one time, and how many old ones make room in one transaction, whose writes are
// limited.
const (
	maxSessions   = 50
	maxClearances = 10
)

// begin writes a member's new session and makes room: the dead ones go, and the oldest where there are too many.
func (s *Service) begin(w Writer, set Settings, m member.Member, c Credential, session Session) (Session, error) {
	old, err := w.Sessions(m.ID)
	if err != nil {
		return session, err
	}
	alive := func(o Session) bool { return o.alive(c.Epoch, set, session.Created) }
	slices.SortFunc(old, func(a, b Session) int {
		return cmp.Or(cmp.Compare(boolInt(alive(a)), boolInt(alive(b))), a.Seen.Compare(b.Seen))
	})
	for i, o := range old[:min(len(old), maxClearances)] {
		if alive(o) && len(old)-i < maxSessions {
			break
		}
		if err := w.DeleteSession(o); err != nil {
			return session, err
		}
	}
	session.Member, session.Epoch = m.ID, c.Epoch
	return session, w.PutSession(session)
}

// seenStep is how stale a session's Seen may be, where the idle limit is not short: a request does not cost a write more
// often.
const seenStep = 5 * time.Minute

// stale reports whether it is time to note that the session is in use.
func (s Session) stale(set Settings, now time.Time) bool {
	return now.Sub(s.Seen) >= min(seenStep, set.SessionIdle/10)
}

// Session gives the member whose browser brings the secret. It refuses with CodeSignedOut when the session has ended, by
// a reset, by its age or otherwise, or when the member is not active any more.
func (s *Service) Session(ctx context.Context, secret string) (SignedIn, error) {
	now := s.clock()
	found, err := s.lookUp(ctx, secret, now)
	if err != nil {
		return SignedIn{}, err
	}
	if found.in.session.stale(found.settings, now) {
		s.touch(ctx, found.in.session.Hash, now)
	}
	return found.in, nil
}

// lookUp finds a session that counts, in the store unless that is unchanged since the session was found there last.
func (s *Service) lookUp(ctx context.Context, secret string, now time.Time) (found resumed, err error) {
	hash := SessionHash(sha256.Sum256([]byte(secret)))
	revision, err := s.store.Revision() // before the reading: what is committed between the two is not missed
	if err == nil {
		if found, known := s.sessions.find(revision, hash, now); known {
			found.in.Secret = secret
			return found, nil
		}
	}
	unknown := err
	err = s.store.View(ctx, func(r Reader) (err error) {
		if found.settings, err = r.Settings(); err == nil {
			found.in, err = resume(r, found.settings, secret, now)
		}
		return err
	})
	if err == nil && unknown == nil {
		s.sessions.keep(revision, found, now)
	}
	return found, err
}

// touch notes that a session is in use. Where nothing can be written, on a full disk for example, reading goes on
// without.
func (s *Service) touch(ctx context.Context, hash SessionHash, now time.Time) {
	_ = s.store.Update(ctx, func(w Writer) error {
		current, err := w.Session(hash)
		if errors.Is(err, ErrNotFound) {
			return nil // it has ended meanwhile
		}
		if err != nil {
			return err
		}
		current.Seen = now
		return w.PutSession(current)
	})
}

var errNoSession = &Error{CodeSignedOut, "You are not signed in.", "Sign in."}

func resume(r Reader, set Settings, secret string, now time.Time) (SignedIn, error) {
	session, err := r.Session(sha256.Sum256([]byte(secret)))
	if errors.Is(err, ErrNotFound) {
		return SignedIn{}, errNoSession
	}
	if err != nil {
		return SignedIn{}, err
	}
	c, err := r.Credential(session.Member)
	if err != nil {
		return SignedIn{}, err
	}
	m, err := r.Member(session.Member)
	if err != nil {
		return SignedIn{}, err
	}
	if !session.alive(c.Epoch, set, now) || m.Status != member.Active || !set.givesPassword(m) {
		return SignedIn{}, errNoSession
	}
	return SignedIn{Member: m, Secret: secret, session: session}, nil
}

// EndSession signs the browser that brings the secret out. A session that has ended already is no error.
func (s *Service) EndSession(ctx context.Context, secret string) error {
	return s.end(ctx, sha256.Sum256([]byte(secret)))
}

func (s *Service) end(ctx context.Context, hash SessionHash) error {
	return s.store.Update(ctx, func(w Writer) error {
		session, err := w.Session(hash)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return w.DeleteSession(session)
	})
}

// EndAllSessions signs a member out on every device, the one that asks for it included.
func (s *Service) EndAllSessions(ctx context.Context, secret string) error {
	now := s.clock()
	return s.store.Update(ctx, func(w Writer) error {
		set, err := w.Settings()
		if err != nil {
			return err
		}
		in, err := resume(w, set, secret, now)
		if err != nil {
			return err
		}
		if err := s.endSessions(w, in.Member.ID); err != nil {
			return err
		}
		return s.record(w, Record{At: now, Event: EventSignedOutAll, Actor: in.Member.ID, Target: in.Member.ID})
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
