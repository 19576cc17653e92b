package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

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
