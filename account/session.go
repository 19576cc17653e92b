package account

import (
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
