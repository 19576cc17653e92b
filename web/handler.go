package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// maxBody bounds a request's body in bytes. Two passwords of 256 characters take 6 KiB at most: four bytes a character,
// percent-encoded.
const maxBody = 16 << 10

// Patterns of the routes that machines ask often: their requests are logged at debug level.
const (
	patternAuth   = "/auth"
	patternHealth = "/healthz"
)

// ServeHTTP answers a request: it sets the headers that every answer has, refuses what comes past the proxies, from
// another site or too often, leaves the rest to the route, and logs it.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, pattern := s.mux.Handler(r)
	a := &answer{ResponseWriter: w}
	start := s.service.Now()
	defer func() { s.logRequest(r, pattern, a.status, s.service.Now().Sub(start)) }()
	defer s.recoverPanic(a, r, pattern)
	s.headers.set(a.Header())
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	switch {
	case s.proxies.bypassed(r) && pattern != "GET "+patternHealth:
		s.logRefused(r, pattern, "neither over TLS nor by a proxy")
		s.showFailure(a, r, http.StatusForbidden, failureUnprotected)
	case pattern == "" || !isClean(r.URL):
		s.unrouted(a, r, route)
	case isSafe(r.Method):
		s.mux.ServeHTTP(a, r)
	case !s.ownForm(r):
		s.logRefused(r, pattern, "sent by another site")
		s.showFailure(a, r, http.StatusForbidden, failureCrossSite)
	default:
		if wait := s.forms.take(s.proxies.client(r)); wait > 0 {
			s.tooMany(a, r, wait)
			return
		}
		s.mux.ServeHTTP(a, r)
	}
}

// isSafe reports whether a method asks for no change (RFC 9110, section 9.2.1).
func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// isClean reports whether an address has no empty and no dot segments. http.ServeMux redirects others to the address
// without, and a code in it would stand in a header.
func isClean(u *url.URL) bool {
	written := u.EscapedPath()
	return written == "/" || strings.TrimSuffix(written, "/") == path.Clean(written)
}

// ownForm reports whether a form was sent from a page of this site (cross-site request forgery).
//
// Browsers since 2023 say so in Sec-Fetch-Site, and http.CrossOriginProtection reads that. Older ones have only Origin,
// which our own Referrer-Policy turns into "null" in some of them (Safari before 16.4, still on telephones that get no
// updates). For those a cookie decides that is only sent along with requests from this site (SameSite=Strict).
func (s *Site) ownForm(r *http.Request) bool {
	if s.origins.Check(r) == nil {
		return true
	}
	return r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" && s.cookies.fromOwnPage(r)
}

// unrouted answers what no route takes with a page for a person, and with the methods that are allowed.
func (s *Site) unrouted(w http.ResponseWriter, r *http.Request, route http.Handler) {
	refusal := &refusalRecorder{header: http.Header{}}
	route.ServeHTTP(refusal, r)
	if refusal.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", refusal.header.Get("Allow"))
		s.showFailure(w, r, http.StatusMethodNotAllowed, failureMethod)
		return
	}
	s.showFailure(w, r, http.StatusNotFound, failureNotFound)
}

// refusalRecorder keeps the status and headers with which http.ServeMux refuses a request, and drops its text.
type refusalRecorder struct {
	header http.Header
	status int
}

func (f *refusalRecorder) Header() http.Header         { return f.header }
func (f *refusalRecorder) WriteHeader(status int)      { f.status = status }
func (f *refusalRecorder) Write(b []byte) (int, error) { return len(b), nil }

// answer remembers the status for the log.
type answer struct {
	http.ResponseWriter
	status int // 0: nothing was sent yet
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// recoverPanic turns a panic in a handler into the page for internal errors.
func (s *Site) recoverPanic(a *answer, r *http.Request, pattern string) {
	value := recover()
	if value == nil {
		return
	}
	if value == http.ErrAbortHandler {
		panic(value)
	}
	s.logPanic(pattern, value)
	if a.status == 0 {
		s.showFailure(a, r, http.StatusInternalServerError, failureInternal)
	}
}

// logPanic logs a panic. Its value can hold anything, so only the runtime's own are logged, and of others the type; a
// stack trace holds addresses, not contents.
func (s *Site) logPanic(where string, value any) {
	what := fmt.Sprintf("%T", value)
	if err, ok := value.(runtime.Error); ok {
		what = err.Error()
	}
	s.log.Error("panic", "where", where, "panic", what, "stack", string(debug.Stack()))
}

func (s *Site) logRequest(r *http.Request, pattern string, status int, took time.Duration) {
	level := slog.LevelInfo
	if pattern == "GET "+patternAuth || pattern == "GET "+patternHealth {
		level = slog.LevelDebug
	}
	s.log.Log(r.Context(), level, "request", "method", loggedMethod(r.Method), "route", pattern, "status", status,
		"duration", took, "client", s.proxies.client(r).String())
}

func (s *Site) logRefused(r *http.Request, pattern, why string) {
	s.log.Warn("request refused", "route", pattern, "why", why, "client", s.proxies.client(r).String())
}

// loggedMethod keeps methods that a client made up out of the log.
func loggedMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return method
	}
	return "other"
}
