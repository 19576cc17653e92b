package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"rekey/account"
	"rekey/member"
)

// Bounds on one scrape.
const (
	followPage  = 1000 // records that are read in one transaction
	followPages = 50   // transactions; what is left is counted by the next scrape
	serveTime   = 10 * time.Second
	maxHeader   = 16 << 10 // bytes
	stopTime    = 2 * time.Second
)

// service is the part of account.Service that is asked.
type service interface {
	AuditSince(ctx context.Context, seen account.AuditSeq, limit int) ([]account.Record, account.AuditSeq, error)
	Queue(ctx context.Context) (account.Queue, error)
	Now() time.Time
}

// Histogram says how many values fell into each class.
type Histogram struct {
	Bounds []float64 // upper ones, ascending
	Counts []uint64  // one more than there are bounds, for what is above the last
	Sum    float64
	Max    float64
}

// Config is what the metrics are made of. Service and Log are required.
type Config struct {
	Service *account.Service
	Log     *slog.Logger
	// LockWaits are this process's waits for the store, in seconds; may be nil.
	LockWaits func() Histogram
	// Version and Go tell the build.
	Version, Go string
}

// Metrics answers /metrics.
type Metrics struct {
	service service
	log     *slog.Logger
	waits   func() Histogram
	build   [2]string
	began   time.Time

	mutex  sync.Mutex
	seen   account.AuditSeq // the last record that is counted
	counts counts
}

// New begins to count: what the audit log holds by now does not count.
func New(ctx context.Context, c Config) (*Metrics, error) {
	return start(ctx, c, c.Service)
}

func start(ctx context.Context, c Config, s service) (*Metrics, error) {
	_, newest, err := s.AuditSince(ctx, ^account.AuditSeq(0), 0)
	if err != nil {
		return nil, err
	}
	m := &Metrics{service: s, log: c.Log, waits: c.LockWaits, build: [2]string{c.Version, c.Go}, began: s.Now(),
		seen: newest, counts: newCounts()}
	if m.waits == nil {
		m.waits = func() Histogram { return Histogram{} }
	}
	return m, nil
}

// CheckListen refuses, with CodeInvalid, to listen where other hosts could ask.
func CheckListen(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return &account.Error{Code: account.CodeInvalid,
			Message: fmt.Sprintf("%q is not an address to listen on for metrics.", member.Clean(address)),
			Hint:    "It looks like 127.0.0.1:9464 or [::1]:9464."}
	}
	ip, err := netip.ParseAddr(host)
	if host == "localhost" || err == nil && ip.IsLoopback() {
		return nil
	}
	return &account.Error{Code: account.CodeInvalid,
		Message: fmt.Sprintf("Metrics are not served on %s: they are for this host only.", member.Clean(address)),
		Hint:    "Listen on 127.0.0.1, and let an agent or a tunnel carry them from here."}
}

// Serve answers on the listener until ctx ends.
func (m *Metrics) Serve(ctx context.Context, listener net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m)
	server := &http.Server{Handler: mux, ReadTimeout: serveTime, WriteTimeout: serveTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelWarn)}
	defer context.AfterFunc(ctx, func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if server.Shutdown(stop) != nil {
			server.Close()
		}
	})()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving metrics: %w", err)
	}
	return nil
}

// ServeHTTP writes the metrics as they are now. Where the store cannot be read rekey_up is 0, what was counted before
// stays, and what only the store knows is left out.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page := m.page(r.Context())
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(page) // who does not listen any more is not to be told so
}

func (m *Metrics) page(ctx context.Context) []byte {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	queue, err := m.look(ctx)
	if err != nil && ctx.Err() == nil {
		m.log.Error("reading the store for metrics", "error", err)
	}
	var t text
	t.single("rekey_up", "gauge", "Whether the store could be read just now.", truth(err == nil))
	t.family("rekey_build_info", "gauge", "The running program.")
	t.sample("rekey_build_info", 1, "version", m.build[0], "goversion", m.build[1])
	t.single("rekey_start_time_seconds", "gauge", "When this process began to count, in seconds since 1970.", seconds(m.began))
	for _, c := range m.counts.all() {
		c.write(&t)
	}
	waits := m.waits()
	t.histogram("rekey_lock_wait_seconds", "How long this process's transactions waited for the store's locks.", waits)
	t.single("rekey_lock_wait_max_seconds", "gauge", "The longest of these waits.", waits.Max)
	if err == nil {
		m.writeQueue(&t, queue)
	}
	return t.Bytes()
}

// look reads what is new in the audit log, and the queue.
func (m *Metrics) look(ctx context.Context) (account.Queue, error) {
	if err := m.follow(ctx); err != nil {
		return account.Queue{}, err
	}
	return m.service.Queue(ctx)
}

// follow counts what was appended to the audit log.
func (m *Metrics) follow(ctx context.Context) error {
	for range followPages {
		records, newest, err := m.service.AuditSince(ctx, m.seen, followPage)
		if err != nil {
			return err
		}
		for _, r := range records {
			m.counts.take(r)
			m.seen = r.Seq
		}
		if newest <= m.seen {
			m.seen = newest // lower, if the store was replaced by an older one
			return nil
		}
	}
	return nil
}

func (m *Metrics) writeQueue(t *text, q account.Queue) {
	now := m.service.Now()
	t.single("rekey_outbox_waiting", "gauge", "Mails that wait in the outbox.", float64(q.Mails))
	t.single("rekey_outbox_oldest_age_seconds", "gauge", "Age of the oldest mail that waits; 0: none does.", age(now, q.Oldest))
	t.single("rekey_outbox_overdue_seconds", "gauge",
		"How long the first mail that waits has been due; it grows where nothing delivers.", age(now, q.Due))
}

// age is how long ago something was, in seconds; 0 for what never was or is still to come.
func age(now, then time.Time) float64 {
	if then.IsZero() {
		return 0
	}
	return max(0, now.Sub(then).Seconds())
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func truth(v bool) float64 {
	if v {
		return 1
	}
	return 0
}
