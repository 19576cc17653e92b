package account

import (
	"testing"
	"time"
)

func TestASessionIsRememberedOnlyWhileNothingChanges(t *testing.T) {
	now := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	settings := DefaultSettings()
	session := Session{Hash: SessionHash{1}, Member: 2, Epoch: 3, Created: now.Add(-time.Hour), Seen: now}
	found := resumed{SignedIn{Secret: "secret", session: session}, settings}
	for name, c := range map[string]struct {
		revision uint64
		hash     SessionHash
		at       time.Time
		settings func(*Settings)
		want     bool
	}{
		"at once":              {7, session.Hash, now, nil, true},
		"another session":      {7, SessionHash{2}, now, nil, false},
		"a change":             {8, session.Hash, now, nil, false},
		"an older store":       {6, session.Hash, now, nil, false},
		"later":                {7, session.Hash, now.Add(memorySpan), nil, false},
		"a clock that is back": {7, session.Hash, now.Add(-time.Millisecond), nil, false},
		"its age":              {7, session.Hash, now.Add(memorySpan / 2), func(s *Settings) { s.SessionMaxAge = time.Hour + memorySpan/2 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			var memory sessionMemory
			r := found
			if c.settings != nil {
				c.settings(&r.settings)
			}
			memory.keep(7, r, now)
			got, known := memory.find(c.revision, c.hash, c.at)
			if known != c.want {
				t.Errorf("remembered: %v, want %v", known, c.want)
			}
			if got.in.Secret != "" {
				t.Error("the secret is kept")
			}
		})
	}
}

func TestSessionsOfAnEarlierStateAreForgotten(t *testing.T) {
	now := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	var memory sessionMemory
	session := func(n byte) resumed {
		return resumed{SignedIn{session: Session{Hash: SessionHash{n}, Created: now, Seen: now}}, DefaultSettings()}
	}
	memory.keep(1, session(1), now)
	memory.keep(2, session(2), now)
	if _, known := memory.find(2, SessionHash{1}, now); known {
		t.Error("what was found at revision 1 is taken for revision 2")
	}
}
