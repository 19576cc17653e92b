package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
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

// errBadForm stands for whatever is wrong with a form's encoding: the parser's own error quotes what was sent.
var errBadForm = errors.New("the form cannot be parsed")

// form gives the fields of the form that was sent, and only of the form: never what stands in the address.
func form(r *http.Request) (url.Values, error) {
	err := r.ParseForm()
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge
	}
	if err != nil {
		return nil, errBadForm
	}
	return r.PostForm, nil
}
