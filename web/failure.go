package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// failure names a page that any route may end in.
type failure int

// The failures.
const (
	failureNotFound failure = iota
	failureMethod
	failureCrossSite
	failureUnprotected // neither over TLS nor by a proxy
	failureBadForm
	failureTooLarge
	failureTooMany
	failureBusy
	failureSuspended
	failureInternal
	failures // how many there are
)

// fail answers a request that a route could not answer.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		s.showFailure(w, r, http.StatusRequestEntityTooLarge, failureTooLarge)
		return
	}
	if errors.Is(err, errBadForm) {
		s.showFailure(w, r, http.StatusBadRequest, failureBadForm)
		return
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the browser has gone
	}
	s.log.Error("request failed", "method", loggedMethod(r.Method), "route", r.Pattern, "error", err)
	s.showFailure(w, r, http.StatusInternalServerError, failureInternal)
}

// tooMany refuses a request from an address that has asked too often (RFC 6585, section 4).
func (s *Site) tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	s.showFailureWait(w, r, http.StatusTooManyRequests, failureTooMany, wait)
}

// busyWait is when to try again after the site was busy.
const busyWait = 5 * time.Second

// busy refuses a request because too many wait already.
func (s *Site) busy(w http.ResponseWriter, r *http.Request) {
	s.showFailureWait(w, r, http.StatusServiceUnavailable, failureBusy, busyWait)
}

// failureData is what the page of a failure says.
type failureData struct {
	Text failureTexts
	Wait string
	Next string // where to go from here; "": to the same page
}

// after gives where to go after a failure. Nothing leads back to the page behind a code but its address; an empty
// reference stands for that without naming the code (RFC 3986, section 4.4).
func (s *Site) after(r *http.Request, f failure) string {
	switch {
	case f == failureUnprotected:
		return s.base.String() + "/"
	case f != failureNotFound && strings.HasPrefix(r.URL.Path, "/s/"):
		return ""
	}
	return "/"
}

// showFailure sends the page of a failure. It goes without the settings when those are what fails.
func (s *Site) showFailure(w http.ResponseWriter, r *http.Request, status int, f failure) {
	s.showFailureWait(w, r, status, f, 0)
}

func (s *Site) showFailureWait(w http.ResponseWriter, r *http.Request, status int, f failure, wait time.Duration) {
	t := textsFor(r)
	data := failureData{Text: t.Failures[f], Next: s.after(r, f)}
	if wait > 0 {
		data.Wait = t.Wait.sentence(wait)
		w.Header().Set("Retry-After", strconv.Itoa(seconds(wait)))
	}
	set, err := s.service.Settings(r.Context())
	if err != nil {
		s.log.Error("reading the settings", "error", err)
	}
	if err := s.showWith(w, r, status, "failure", page{Title: data.Text.Title, Data: data}, set); err != nil {
		s.log.Error("showing a failure", "error", err)
		http.Error(w, http.StatusText(status), status)
	}
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// sentence says a wait to a person: rounded up, so that it is not too short.
func (t waitTexts) sentence(wait time.Duration) string {
	if wait <= 90*time.Second {
		return fmt.Sprintf(t.Seconds, 5*int(math.Ceil(wait.Seconds()/5)))
	}
	return fmt.Sprintf(t.Minutes, int(math.Ceil(wait.Minutes())))
}
