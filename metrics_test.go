package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// What consoles, commands and members' browsers do is counted by the one process that is asked, and no person is named.
func TestServeMetrics(t *testing.T) {
	t.Parallel()
	dir, env := prepared(t)
	mails, server := receiving(t)
	s := serving(t, "rekey", append(env, server...), "--metrics", "127.0.0.1:0")
	at := "http://" + <-s.metrics
	v := newVisitor(t)
	page := func() string {
		t.Helper()
		got := v.get(at + "/metrics")
		got.check(t, http.StatusOK)
		return got.text
	}
	for _, line := range []string{"rekey_up 1", `rekey_resets_total{reason="forgot"} 0`, `rekey_sign_ins_total{result="accepted"} 0`,
		"rekey_outbox_waiting 0", "# TYPE rekey_lock_wait_seconds histogram"} {
		if !strings.Contains("\n"+page(), "\n"+line+"\n") {
			t.Errorf("the page does not say %q:\n%s", line, page())
		}
	}
	v.post(s.base+"/login", url.Values{"way": {"email"}, "email": {"admin@example.com"}, "password": {"wrong"}})
	// Another process resets.
	output(t, "rekey", append(append(env, server...), "REKEY_ADMIN=admin@example.com", "REKEY_ADMIN_PASSWORD="+demoPassword),
		"reset", "--dir", dir, "--reason", "forgot", "--yes", "renee.dupont5@example.com")
	select {
	case <-mails:
	case <-time.After(patience):
		t.Fatal("no mail is delivered")
	}
	last := page()
	for _, line := range []string{`rekey_resets_total{reason="forgot"} 1`, `rekey_sign_ins_total{result="wrong password"} 1`,
		`rekey_sign_ins_total{result="accepted"} 1`} {
		if !strings.Contains("\n"+last, "\n"+line+"\n") {
			t.Errorf("the page does not say %q:\n%s", line, last)
		}
	}
	if strings.Contains(last, "@") || strings.Contains(last, "renee") {
		t.Errorf("the page names a person:\n%s", last)
	}
	v.get(at+"/").check(t, http.StatusNotFound)
	v.get(s.base+"/metrics").check(t, http.StatusNotFound)
	v.post(at+"/metrics", nil).check(t, http.StatusMethodNotAllowed)
	s.stop()
}
