package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"sync"

	"rekey/account"
	"rekey/member"
)

//go:embed templates
var templateFiles embed.FS

// templates gives the pages, each with the layout around it. They are parsed where a page is served, not at the start of
// every command.
var templates = sync.OnceValue(func() map[string]*template.Template {
	pages := map[string]*template.Template{}
	for _, name := range []string{"set", "void", "login", "account", "forgot", "sent", "failure"} {
		files := []string{"templates/layout.html", "templates/" + name + ".html"}
		pages[name] = template.Must(template.New("layout.html").ParseFS(templateFiles, files...))
	}
	return pages
})

// page is what a template is executed with.
type page struct {
	T       *texts
	Title   string
	Refused bool // the page refuses the form that was sent
	Team    string
	Product string
	Style   string
	Icon    string
	Data    any
}

// show sends a page. Nothing is sent before all of it is made.
func (s *Site) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) error {
	set, err := s.service.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("reading the settings: %w", err)
	}
	return s.showWith(w, r, status, name, p, set)
}

func (s *Site) showWith(w http.ResponseWriter, r *http.Request, status int, name string, p page, set account.Settings) error {
	p.T = textsFor(r)
	p.Product, p.Team = member.Clean(set.ProductName), member.Clean(set.TeamName)
	p.Style, p.Icon = style.path, icon.path
	var b bytes.Buffer
	if err := templates()[name].Execute(&b, p); err != nil {
		return fmt.Errorf("making the page %q: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.T.Lang)
	h.Add("Vary", "Accept-Language")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a client that has gone is no failure of ours
	return nil
}
