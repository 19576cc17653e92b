package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"rekey/web"
)

// FuzzForms sends any form to any path: nothing but a friendly answer may come of it.
func FuzzForms(f *testing.F) {
	for _, path := range []string{"/login", "/s/wrong", "/account/password", "/forgot_password", "/account/sign-out", "/s/%ff", "//", "/nothing"} {
		f.Add("POST", path, "way=email&email=x%40example.com&password=x&next=%2F%2Fevil", "ja", "rekey=x")
	}
	f.Add("GET", "/login?next=//evil", "", "en;q=x", "")
	f.Add("GET", "/auth?redirect=1", "", "", "rekey=\"")
	p := newPlace(f, unlimited)
	f.Fuzz(func(t *testing.T, method, path, body, language, cookie string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || !strings.HasPrefix(path, "/") {
			t.Skip()
		}
		r := &http.Request{Method: method, URL: u, RequestURI: path, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Host: "id.example.com", RemoteAddr: "192.0.2.1:1", Header: http.Header{
				"Content-Type":    {"application/x-www-form-urlencoded"},
				"Accept-Language": {language},
				"Cookie":          {cookie},
			}, Body: http.NoBody}
		if body != "" {
			r.Body = readCloser{strings.NewReader(body)}
		}
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		p.Drain()
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("the answer is %d", w.Code)
		}
		if location := w.Header().Get("Location"); location != "" && !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") {
			t.Errorf("the answer leads away, to %q", location)
		}
		if strings.Contains(w.Body.String(), "<script") {
			t.Error("the page holds a script")
		}
	})
}

// unlimited takes as many forms and codes as come.
func unlimited(c *web.Config) {
	c.Limits.Forms = web.Rate{Burst: 1 << 20, Every: time.Nanosecond}
	c.Limits.WrongCodes = web.Rate{Burst: 1 << 20, Every: time.Nanosecond}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
