package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"

	"rekey/account"
	"rekey/demo"
	"rekey/member"
	"rekey/web"
)

// measureWeb counts the sign-ins and the answers to /auth of the member's page, each beside what it cannot do without.
func measureWeb(b *bench) ([]result, error) {
	t, err := b.ownTeam(10_000)
	if err != nil {
		return nil, err
	}
	page, err := openPage(t)
	if err != nil {
		return nil, err
	}
	defer page.Close()
	signIns, err := b.signIns(page)
	if err != nil {
		return nil, err
	}
	auth, err := b.auth(page)
	return append(signIns, auth...), err
}

// openPage serves the member's page of a team on this host, without its limits on one address.
func openPage(t *team) (*httptest.Server, error) {
	server := httptest.NewUnstartedServer(nil)
	site, err := web.New(web.Config{
		Service: t.service, Log: slog.New(slog.DiscardHandler), BaseURL: "http://" + server.Listener.Addr().String(),
		Limits: web.Limits{Forms: web.Rate{Burst: 1 << 20, Every: time.Microsecond}},
	})
	if err != nil {
		return nil, err
	}
	server.Config.Handler = site
	server.Start()
	return server, nil
}

// signIns lets people sign in, as many at a time as there are hashes of as many passwords at a time in the anchor.
func (b *bench) signIns(page *httptest.Server) ([]result, error) {
	const people = 4
	c := newClient(people)
	params := account.DefaultHashParams()
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	bare := func() error {
		argon2.IDKey([]byte(password), salt, params.Time, params.Memory, params.Threads, 32)
		return nil
	}
	signIn := func() error { _, err := c.signIn(page.URL); return err }
	ours, anchor, err := b.rates(people, signIn, bare)
	if err != nil {
		return nil, err
	}
	return []result{against("sign-ins of the member's page, 4 at a time", ours, anchor, rate, "bare argon2id with the same parameters", atLeast(0.95))}, nil
}

// auth asks /auth on 64 connections.
func (b *bench) auth(page *httptest.Server) ([]result, error) {
	const connections = 64
	c := newClient(connections)
	cookies, err := c.signIn(page.URL)
	if err != nil {
		return nil, err
	}
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	defer plain.Close()
	ours, anchor, err := b.rates(connections,
		func() error { return c.get(page.URL+"/auth", cookies) }, func() error { return c.get(plain.URL, cookies) })
	if err != nil {
		return nil, err
	}
	return []result{against("requests to /auth, 64 connections", ours, anchor, rate, "a net/http handler that answers 200", atLeast(0.5))}, nil
}

// rates counts how often per second two things are done, each by so many at a time, in turns.
func (b *bench) rates(at int, ours, anchor func() error) (oursRate, anchorRate float64, err error) {
	const span = 2 * time.Second
	var all [2][]float64
	for range b.rounds {
		for i, work := range []func() error{ours, anchor} {
			r, err := perSecond(span, at, work)
			if err != nil {
				return 0, 0, err
			}
			all[i] = append(all[i], r)
		}
	}
	return median(all[0]), median(all[1]), nil
}

// perSecond has so many do the work at the same time for a span, and counts.
func perSecond(span time.Duration, at int, work func() error) (float64, error) {
	counts, errs := make([]int, at), make([]error, at)
	var all sync.WaitGroup
	start := time.Now()
	for i := range at {
		all.Go(func() {
			for time.Since(start) < span && errs[i] == nil {
				errs[i] = work()
				counts[i]++
			}
		})
	}
	all.Wait()
	took, total := time.Since(start), 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / took.Seconds(), errors.Join(errs...)
}

// client is a browser that keeps connections and follows nothing.
type client struct{ http.Client }

func newClient(connections int) *client {
	return &client{http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signIn signs the demo's admin in as a member, and gives the cookies.
func (c *client) signIn(site string) ([]*http.Cookie, error) {
	form := url.Values{"way": {"email"}, "email": {demo.AdminEmail}, "password": {password}}
	r, err := http.NewRequest(http.MethodPost, site+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return c.do(r, http.StatusSeeOther)
}

func (c *client) get(address string, cookies []*http.Cookie) error {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	_, err = c.do(r, http.StatusOK)
	return err
}

func (c *client) do(r *http.Request, want int) ([]*http.Cookie, error) {
	answer, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return nil, err
	}
	if answer.StatusCode != want {
		return nil, fmt.Errorf("%s answers %s", member.Clean(r.URL.Path), answer.Status)
	}
	return answer.Cookies(), nil
}
