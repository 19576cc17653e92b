package account

import (
	"sync"
	"time"
)

// sessionMemory holds the sessions that were found since the store changed last. A web server that guards applications
// asks for a session at each of their requests, and opening the store takes most of the time of the answer: as long as
// the store's revision is the same, nothing that was read has changed. What time alone changes is judged at each request.
type sessionMemory struct {
	mu       sync.Mutex
	revision uint64
	since    time.Time
	found    map[SessionHash]resumed
}

// resumed is a session that counted when it was found, and the settings by which it did.
type resumed struct {
	in       SignedIn // in the memory without the secret
	settings Settings
}

const (
	// memorySpan bounds how long a session is remembered. A restored backup can have any revision, so also the last one.
	memorySpan = time.Second
	// maxRemembered bounds how many are remembered: about 5 MB.
	maxRemembered = 10_000
)

// find gives a session that was found at this revision, and counts at the time now.
func (m *sessionMemory) find(revision uint64, hash SessionHash, now time.Time) (resumed, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, known := m.found[hash]
	if !known || !m.holds(revision, now) || !r.in.session.alive(r.in.session.Epoch, r.settings, now) {
		return resumed{}, false
	}
	return r, true
}

// keep remembers a session that counted at the time now, and forgets all of other revisions.
func (m *sessionMemory) keep(revision uint64, r resumed, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.holds(revision, now) || len(m.found) == maxRemembered {
		m.revision, m.since, m.found = revision, now, map[SessionHash]resumed{}
	}
	r.in.Secret = ""
	m.found[r.in.session.Hash] = r
}

func (m *sessionMemory) holds(revision uint64, now time.Time) bool {
	return m.revision == revision && !now.Before(m.since) && now.Sub(m.since) < memorySpan
}
