package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rekey/account"
	"rekey/member"
)

//go:embed templates
var templateFiles embed.FS

// templates are the pages, each with the layout around it.
var templates = parseTemplates("set", "void", "login", "account", "forgot", "sent", "failure")

func parseTemplates(names ...string) map[string]*template.Template {
	pages := map[string]*template.Template{}
	for _, name := range names {
		files := []string{"templates/layout.html", "templates/" + name + ".html"}
		pages[name] = template.Must(template.New("layout.html").ParseFS(templateFiles, files...))
	}
	return pages
}

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

// field is an input with its label and what is wrong with it.
type field struct {
	ID, Name, Label string
	Type            string
	Value           string
	Autocomplete    string
	Hint            string
	About           string // the id of an element that says more
	Error           string
	Focus           bool
	ReadOnly        bool
}

// DescribedBy lists the ids of what a screen reader should say about the field.
func (f field) DescribedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.About != "" {
		ids = append(ids, f.About)
	}
	return strings.Join(ids, " ")
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
	if err := templates[name].Execute(&b, p); err != nil {
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

// failureData is what the page of a failure says.
type failureData struct {
	Text failureTexts
	Wait string
}

// showFailure sends the page of a failure. It goes without the settings when those are what fails.
func (s *Site) showFailure(w http.ResponseWriter, r *http.Request, status int, f failure) {
	s.showFailureWait(w, r, status, f, 0)
}

func (s *Site) showFailureWait(w http.ResponseWriter, r *http.Request, status int, f failure, wait time.Duration) {
	t := textsFor(r)
	data := failureData{Text: t.Failures[f]}
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
