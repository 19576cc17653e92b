package web_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rekey/hostile"
	"rekey/member"
)

// tag is the beginning of an element, or its end, with the names of its attributes still to come.
var (
	tag   = regexp.MustCompile(`<[/!]?[a-zA-Z][^>]*>`)
	value = regexp.MustCompile(`="[^"]*"`)
)

// skeleton gives the elements of a page with the names of their attributes, without any text.
func skeleton(page string) []string {
	tags := tag.FindAllString(page, -1)
	for i := range tags {
		tags[i] = value.ReplaceAllString(tags[i], "")
	}
	return tags
}

// TestHostileTextIsOnlyTextOnEveryPage puts the corpus where names, accounts and what was typed are shown. A page has the
// elements and attributes then that it has with harmless text, nothing in it acts on who reads its source in a terminal,
// and no header breaks.
func TestHostileTextIsOnlyTextOnEveryPage(t *testing.T) {
	p := newPlace(t, unlimited)
	in := p.browser()
	in.signIn("hana@example.com", password)
	code := p.reset("form")
	anonymous := p.browser()
	anonymous.header.Set("Accept-Language", "ja")
	pages := []struct {
		name string
		ask  func(text string) result
	}{
		{"account", func(string) result { return in.get("/account") }},
		{"auth", func(string) result { return in.get("/auth") }},
		{"set password", func(string) result { return anonymous.get("/s/" + code) }},
		{"weak password", func(text string) result { return anonymous.post("/s/"+code, "password", text, "again", "x") }},
		{"void code", func(text string) result { return anonymous.get("/s/" + url.PathEscape(text)) }},
		{"sign-in", func(text string) result {
			return anonymous.post("/login", "way", "login_id", "team", text, "login_id", text, "password", text)
		}},
		{"by email", func(text string) result {
			return anonymous.post("/login", "way", "email", "email", text, "password", text, "next", text)
		}},
		{"next", func(text string) result { return anonymous.get("/login?next=" + url.QueryEscape(text)) }},
		{"forgotten", func(text string) result { return anonymous.get("/forgot_password?email=" + url.QueryEscape(text)) }},
		{"nothing", func(text string) result { return anonymous.get("/" + url.PathEscape(text)) }},
	}
	harmless := map[string][]result{}
	for _, page := range pages {
		harmless[page.name] = []result{page.ask("Hana"), page.ask("/hana")} // the latter is where a sign-in could lead to
	}
	for i, h := range hostile.Texts() {
		p.change("mail", func(m *member.Member) { m.Name = h.Text })
		p.change("form", func(m *member.Member) { m.Name, m.LoginID = h.Text, "line3"+h.Text })
		for j, asked := range pages {
			if (i+j)%2 != 0 { // each text goes to each kind of page
				continue
			}
			name, page := asked.name, asked.ask(h.Text)
			same := func(r result) bool {
				return r.StatusCode != page.StatusCode || slices.Equal(skeleton(r.body), skeleton(page.body))
			}
			if !slices.ContainsFunc(harmless[name], same) {
				t.Errorf("%s, %s: the page has other elements: %q", name, h.Name, skeleton(page.body))
			}
			if harm := hostile.Harm(strings.ReplaceAll(page.body, "\t", "")); harm != "" {
				t.Errorf("%s, %s: %s", name, h.Name, harm)
			}
			for field, values := range page.Header {
				for _, v := range values {
					if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
						t.Errorf("%s, %s: the header %s is %+q", name, h.Name, field, v)
					}
				}
			}
			if page.StatusCode >= http.StatusInternalServerError {
				t.Errorf("%s, %s: the answer is %d", name, h.Name, page.StatusCode)
			}
		}
	}
	if harm := hostile.Harm(p.log.String()); harm != "" {
		t.Errorf("the log: %s", harm)
	}
}

// TestNoLinkComesFromARequest asks for links and pages under another host's name, given in each way in which a request can
// name one: the mail's link leads to the configured base URL, and no answer repeats the name.
func TestNoLinkComesFromARequest(t *testing.T) {
	const evil = "evil.example"
	p := newPlace(t, unlimited)
	code := p.reset("mail")
	claimed, err := p.service.ServeMails(t.Context(), nil, 1, time.Minute) // the reset's own mail
	must(t, err)
	if want := "https://id.example.com/s/" + code; len(claimed) != 1 || claimed[0].URL != want {
		t.Fatalf("the reset's link does not lead to the base URL")
	}
	for _, path := range []string{"/", "/login", "/account", "/forgot_password", "/s/" + code, "/s/wrong", "/auth?redirect=1", "/nothing", "//" + evil, "/login?next=https://" + evil} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r, err := http.NewRequestWithContext(t.Context(), method, p.server.URL+path, strings.NewReader(url.Values{
				"email": {"admin@example.com"}, "way": {"email"}, "password": {"x"}, "again": {"x"}}.Encode()))
			must(t, err)
			r.Host = evil
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			for _, name := range []string{"X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-Original-Host", "X-Original-URL", "X-Rewrite-URL"} {
				r.Header.Set(name, evil)
			}
			r.Header.Set("Forwarded", "host="+evil)
			answer, err := p.browser().client.Do(r)
			must(t, err)
			body, err := io.ReadAll(answer.Body)
			must(t, err)
			answer.Body.Close()
			var said strings.Builder
			must(t, answer.Header.Write(&said))
			said.Write(body)
			if _, after, repeated := strings.Cut(said.String(), evil); repeated {
				t.Errorf("%s %s is answered with the name that the request made up, before %.60q", method, path, after)
			}
		}
	}
	p.Drain()
	again, err := p.service.ServeMails(t.Context(), nil, 1, time.Minute)
	must(t, err)
	if len(again) != 1 || !strings.HasPrefix(again[0].URL, "https://id.example.com/s/") {
		t.Error("the link that was asked for under another name leads elsewhere")
	}
}
