package main

import (
	"context"
	"log/slog"

	"rekey/metrics"
)

// metricsAt gives what answers for metrics on an address. They are counted from now on.
func (p *program) metricsAt(ctx context.Context, address string, log *slog.Logger) (func(context.Context), error) {
	version := buildVersion()
	m, err := metrics.New(ctx, metrics.Config{Service: p.service, Log: log, LockWaits: p.lockWaits,
		Version: version.Version, Go: version.Go})
	if err != nil {
		return nil, err
	}
	listener, err := listen(address, "--metrics")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) {
		log.Info("listening for metrics", "addr", listener.Addr().String())
		if err := m.Serve(ctx, listener); err != nil {
			log.Error("the metrics have stopped", "error", err)
		}
	}, nil
}

// lockWaits gives this process's waits for the store, in seconds.
func (p *program) lockWaits() metrics.Histogram {
	w := p.store.LockWaits()
	h := metrics.Histogram{Counts: w.Counts, Sum: w.Sum.Seconds(), Max: w.Max.Seconds()}
	for _, bound := range w.Bounds {
		h.Bounds = append(h.Bounds, bound.Seconds())
	}
	return h
}
