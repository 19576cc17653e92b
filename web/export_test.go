package web

import "context"

// Drain waits until the requests for links have been worked off.
func (s *Site) Drain() { s.links.drain(context.Background()) }

// Crowd takes all the places for passwords, until the function that it gives is called.
func (s *Site) Crowd() (leave func()) {
	for s.passwords.enter() {
	}
	return func() {
		for range cap(s.passwords) {
			s.passwords.leave()
		}
	}
}
