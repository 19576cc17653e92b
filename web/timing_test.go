package web_test

import (
	"fmt"
	"math"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"testing"
	"time"

	"rekey/account"
	"rekey/web"
)

// TestTimeTellsNothing measures answers for accounts that exist and that do not, in turns, and compares the medians with
// the spread of the measurements. It takes half a minute, and a busy machine can fail it.
func TestTimeTellsNothing(t *testing.T) {
	if os.Getenv("REKEY_TIMING") == "" {
		t.Skip("set REKEY_TIMING=1 to measure whether the time tells which accounts exist")
	}
	cheap := hashParams
	hashParams = account.DefaultHashParams()
	t.Cleanup(func() { hashParams = cheap })
	p := newPlace(t, func(c *web.Config) { c.Limits.Forms = web.Rate{Burst: 1 << 20, Every: time.Nanosecond} })
	p.settings(func(s *account.Settings) { s.MaxFailures = 100 })
	for path, tries := range map[string]int{"/login": 80, "/forgot_password": 400} {
		t.Run(path[1:], func(t *testing.T) {
			var known, unknown []time.Duration
			for i := range tries {
				known = append(known, p.measure(path, "hana@example.com"))
				unknown = append(unknown, p.measure(path, fmt.Sprintf("nobody%d@example.com", i)))
				p.pass(time.Hour) // or a second link would not be sent
			}
			difference := math.Abs(float64(quantile(known, .5) - quantile(unknown, .5)))
			spread := float64(quantile(known, .75) - quantile(known, .25))
			t.Logf("known %v, unknown %v, spread %v", quantile(known, .5), quantile(unknown, .5), time.Duration(spread))
			if difference > spread {
				t.Error("the medians differ by more than the spread")
			}
		})
	}
}

// measure says how long it takes until the answer to a form with the address is sent.
func (p *place) measure(path, address string) time.Duration {
	form := url.Values{"way": {"email"}, "email": {address}, "password": {"wrong"}}
	r, took, start := formRequest(path, form), time.Duration(0), time.Now()
	p.ServeHTTP(stopwatch{httptest.NewRecorder(), func() { took = time.Since(start) }}, r)
	if took == 0 {
		took = time.Since(start)
	}
	p.Drain()
	return took
}

func quantile(d []time.Duration, q float64) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[int(q*float64(len(d)-1))]
}
