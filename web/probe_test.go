package web_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rekey/account"
	"rekey/web"
)

func TestProbeKnowsItsOwnPage(t *testing.T) {
	p := newPlace(t)
	if err := web.Probe(t.Context(), p.server.URL, p.service.Installation()); err != nil {
		t.Error(err)
	}
	before := p.revision()
	if body := p.browser().get("/rekey-static/installation").body; body != "rekey "+p.service.Installation()+"\n" {
		t.Errorf("it says %q", body)
	}
	if p.revision() != before {
		t.Error("asking has changed something")
	}
}

func TestProbeOverTLS(t *testing.T) {
	p := newPlace(t)
	server := httptest.NewUnstartedServer(p.Site)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are refused
	server.StartTLS()
	defer server.Close()
	trusted := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	if err := web.ProbeTrusting(t.Context(), server.URL, p.service.Installation(), trusted); err != nil {
		t.Error(err)
	}
	wantProbe(t, server.URL, "The certificate at "+server.URL+" is not trusted (", "renew the certificate")
	wantProbe(t, "https"+strings.TrimPrefix(p.server.URL, "http"), "does not speak TLS", "--tls-cert")
	wantProbe(t, "http"+strings.TrimPrefix(server.URL, "https"), "Another program answers", "web.base_url")
}

// wantProbe probes a base URL that is refused with a sentence and a hint.
func wantProbe(t *testing.T, base, says, hint string) {
	t.Helper()
	err := web.Probe(t.Context(), base, "0123456789abcdef")
	said, ok := errors.AsType[*account.Error](err)
	if !ok || !strings.Contains(said.Message, says) || !strings.Contains(said.Hint, hint) {
		t.Errorf("%s: %v\nwant %q and %q", base, err, says, hint)
	}
}

// Whatever else is at the base URL, it says what.
func TestProbeTellsWhatElseAnswers(t *testing.T) {
	answering := func(h http.HandlerFunc) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	status := func(code int) string {
		return answering(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	closed := httptest.NewServer(nil)
	closed.Close()

	wantProbe(t, newPlace(t).server.URL, "Another installation of rekey answers at http://127.0.0.1:", "with this data directory")
	wantProbe(t, closed.URL, "Nothing answers at "+closed.URL+" (connect: connection refused).", "Start `rekey serve`")
	wantProbe(t, status(http.StatusOK), "Another program answers", "/rekey-static/")
	wantProbe(t, status(http.StatusNotFound), "(404 Not Found)", "/rekey-static/")
	wantProbe(t, status(http.StatusBadGateway), "but rekey behind it does not (502 Bad Gateway)", "Start `rekey serve`")
	wantProbe(t, status(http.StatusServiceUnavailable), "503", "Start `rekey serve`")
	wantProbe(t, status(http.StatusFound), "leads on to nowhere", "base_url")
	wantProbe(t, answering(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://id.example.com/elsewhere", http.StatusMovedPermanently)
	}), "leads on to https://id.example.com.", "web.base_url")
	wantProbe(t, answering(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "rekey \x1b[2J"+strings.Repeat("x", 1<<20))
	}), "Another installation", "web.base_url")
	wantProbe(t, answering(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), "Nothing answers", "rekey serve")
	wantProbe(t, "http://nobody.invalid", "The host name in http://nobody.invalid cannot be looked up (", "DNS")
	wantProbe(t, "http://[", "is not a web address", "web.base_url")
}

func TestInterruptedProbeEnds(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the system accepts connections for it
	must(t, err)
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := web.Probe(ctx, "http://"+silent.Addr().String(), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
