package web

import (
	"io"
	"net/http"
)

// health says whether the store can be read, for whatever watches over the program.
func (s *Site) health(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := s.service.Revision(); err != nil {
		s.log.Error("reading the store's revision", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "The store cannot be read.\n")
		return nil
	}
	_, _ = io.WriteString(w, "ok\n")
	return nil
}
