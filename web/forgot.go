package web

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"rekey/member"
)

// forgotData is what the page for a forgotten password shows.
type forgotData struct{ Email field }

func (s *Site) showForgotPassword(w http.ResponseWriter, r *http.Request) error {
	return s.showForgotForm(w, r, http.StatusOK, "", "")
}

// forgotPassword has a link sent to an email address member who asks for it. The answer is the same for every address, in
// words and in time: the work begins when the answer has been sent.
func (s *Site) forgotPassword(w http.ResponseWriter, r *http.Request) error {
	values, err := form(r)
	if err != nil {
		return err
	}
	t := textsFor(r)
	address := strings.TrimSpace(values.Get("email"))
	if member.CheckEmail(address) != "" {
		return s.showForgotForm(w, r, http.StatusUnprocessableEntity, address, t.Forgot.BadAddress)
	}
	if !s.links.enter() {
		s.busy(w, r)
		return nil
	}
	defer s.links.add(func() { s.requestLink(address) })
	if err := s.show(w, r, http.StatusOK, "sent", page{Title: t.Forgot.SentTitle}); err != nil {
		return err
	}
	_ = http.NewResponseController(w).Flush() // a browser that has gone is no failure of ours
	return nil
}

func (s *Site) showForgotForm(w http.ResponseWriter, r *http.Request, status int, typed, wrong string) error {
	t := textsFor(r)
	email := field{ID: "email", Name: "email", Label: t.Forgot.Email, Type: "email", Value: member.Clean(typed), Autocomplete: "username",
		Error: wrong, Focus: true}
	s.cookies.markPage(w, r)
	return s.show(w, r, status, "forgot", page{Title: t.Forgot.Title, Refused: wrong != "", Data: forgotData{email}})
}

// linkQueue works off requests for a set-password link in the background, one at a time. Whoever asks gets the answer
// before, so the time that it takes tells nothing about the address.
type linkQueue struct {
	gate            // holds those who wait or are worked on
	turn sync.Mutex // whose holder is worked on
}

// add has a request worked off, for which enter has given a place.
func (q *linkQueue) add(work func()) {
	go func() {
		defer q.leave()
		q.turn.Lock()
		defer q.turn.Unlock()
		work()
	}()
}

// drain waits until all requests have been worked off, and takes no others meanwhile. When ctx ends before, it says how
// many are left.
func (q *linkQueue) drain(ctx context.Context) (left int) {
	for taken := range cap(q.gate) {
		select {
		case q.gate <- struct{}{}:
			defer q.leave()
		case <-ctx.Done():
			return cap(q.gate) - taken
		}
	}
	return 0
}

// linkTimeout bounds the work on one request for a link.
const linkTimeout = 30 * time.Second

// requestLink does the work on one request for a link.
func (s *Site) requestLink(address string) {
	ctx, cancel := context.WithTimeout(context.Background(), linkTimeout)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			s.logPanic("requesting a link", value)
		}
	}()
	if err := s.service.RequestLink(ctx, address); err != nil {
		s.log.Error("requesting a link", "error", err)
		return
	}
	s.wake()
}
