// Package web is the member's page: setting a password with the code of a mail or a form, signing in, the account page,
// and the check that a web server in front of other applications asks (Site.Serve, /auth).
//
// It works without JavaScript. A GET or HEAD request changes nothing: mail scanners and link previews fetch links too.
// (A session's time of last use is the one exception; it is kept at most every five minutes.)
//
// Secrets travel in the path (a code), in the body (a password) and in a cookie (a session). So no log record, error or
// redirect names any of the three; a log record names the route's pattern instead of the path.
package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"rekey/account"
	"rekey/member"
)

// Config is what a Site needs. Service and Log are required.
type Config struct {
	Service *account.Service
	Log     *slog.Logger
	// BaseURL is where browsers find the site, without a slash at the end. Forms that come from its origin are taken even
	// where a proxy hides the Host that the browser named, and /auth knows by it which pages are on the site's own host.
	BaseURL string
	// Secure says that browsers reach the site over TLS, here or at the proxy. Cookies are then sent over TLS only and
	// bound to the host (__Host-), and browsers are told to use nothing else (HSTS).
	Secure bool
	// Proxies are the addresses whose forwarded headers are believed: X-Forwarded-For, and for /auth X-Forwarded-Host,
	// X-Forwarded-Uri and X-Forwarded-Method. Nobody else's are. Where there are some, only they and this machine are
	// answered without TLS.
	Proxies []netip.Prefix
	// ReturnHosts are the hosts, "host" or "host:port", that a sign-in may return to besides this site, over https. The
	// session's cookie is bound to this site's host name; applications on other ports of it share the session.
	ReturnHosts []string
	// Wake tells the mail courier that there may be new mail. It must not block; nil: the courier looks by itself.
	Wake func()
	// Limits bound what one address and everybody together can ask for. Zero fields take those of DefaultLimits.
	Limits Limits
}

// Limits bound the work that strangers can cause.
type Limits struct {
	Forms      Rate // forms sent from one address (IPv6: one /64 network)
	WrongCodes Rate // codes that do not work, tried from one address
	Passwords  int  // forms with a password that are worked on or wait for it at one time
	Links      int  // requests for a link that wait at one time
}

// Rate is a token bucket: Burst at once, then one more Every so often.
type Rate struct {
	Burst int
	Every time.Duration
}

// DefaultLimits suit an office whose people share one address. A wrong password is counted against its account too, and
// codes are too long to be guessed: these limits are there to keep the host free for work.
func DefaultLimits() Limits {
	return Limits{
		Forms:      Rate{Burst: 60, Every: time.Second},
		WrongCodes: Rate{Burst: 10, Every: 30 * time.Second},
		Passwords:  64,
		Links:      256,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	if l.Forms == (Rate{}) {
		l.Forms = d.Forms
	}
	if l.WrongCodes == (Rate{}) {
		l.WrongCodes = d.WrongCodes
	}
	if l.Passwords == 0 {
		l.Passwords = d.Passwords
	}
	if l.Links == 0 {
		l.Links = d.Links
	}
	return l
}

// Site is the member's page, an http.Handler. It may be used by several goroutines at once.
type Site struct {
	service     *account.Service
	log         *slog.Logger
	base        *url.URL
	cookies     cookies
	proxies     proxies
	returnHosts returnHosts
	wake        func()
	headers     headers
	origins     *http.CrossOriginProtection
	forms       *limiter
	wrongCodes  *limiter
	passwords   gate
	links       linkQueue
	mux         *http.ServeMux
}

// New makes the site. It refuses a BaseURL and ReturnHosts that it cannot serve.
func New(cfg Config) (*Site, error) {
	limits := cfg.Limits.withDefaults()
	now := cfg.Service.Now
	s := &Site{
		service:     cfg.Service,
		log:         cfg.Log,
		cookies:     cookies{secure: cfg.Secure},
		proxies:     cfg.Proxies,
		returnHosts: cfg.ReturnHosts,
		wake:        cfg.Wake,
		headers:     headers{secure: cfg.Secure},
		origins:     http.NewCrossOriginProtection(),
		forms:       newLimiter(limits.Forms, now),
		wrongCodes:  newLimiter(limits.WrongCodes, now),
		passwords:   make(gate, limits.Passwords),
		links:       linkQueue{gate: make(gate, limits.Links)},
	}
	if s.wake == nil {
		s.wake = func() {}
	}
	if err := s.locate(cfg.BaseURL); err != nil {
		return nil, err
	}
	if err := s.returnHosts.valid(); err != nil {
		return nil, err
	}
	s.mux = s.routes()
	return s, nil
}

// locate takes in where browsers find the site. It needs a host name to itself, as its cookies do.
func (s *Site) locate(base string) (err error) {
	if base == "" {
		s.base = &url.URL{}
		return nil
	}
	s.base, err = url.Parse(base)
	if err != nil || s.base.Host == "" || s.base.Path != "" || s.base.RawQuery != "" || s.base.User != nil {
		return fmt.Errorf("%q is not where the member's page can be: it looks like https://id.example.com", member.Clean(base))
	}
	if err := s.origins.AddTrustedOrigin(s.base.Scheme + "://" + s.base.Host); err != nil {
		return fmt.Errorf("the address of the member's page: %w", err)
	}
	return nil
}

func (s *Site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				s.fail(w, r, err)
			}
		})
	}
	handle("GET /{$}", s.home)
	handle("GET /s/{code...}", s.showSetPassword)
	handle("POST /s/{code...}", s.setPassword)
	handle("GET /login", s.showLogin)
	handle("POST /login", s.login)
	handle("GET /account", s.showAccount)
	handle("POST /account/password", s.changePassword)
	handle("POST /account/sign-out", s.signOut)
	handle("POST /account/sign-out-everywhere", s.signOutEverywhere)
	handle("GET /forgot_password", s.showForgotPassword)
	handle("POST /forgot_password", s.forgotPassword)
	handle("GET "+patternAuth, s.auth)
	handle("GET "+patternHealth, s.health)
	handle("GET "+installationPath, s.installation)
	for _, a := range assets {
		mux.Handle("GET "+a.path, a)
	}
	return mux
}

// home leads from the bare address to the account page, and from there, if need be, to the sign-in.
func (s *Site) home(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/account", http.StatusSeeOther)
	return nil
}
