package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"rekey/mailer"
	"rekey/metrics"
	"rekey/web"
)

func (c *cli) serveCommand() *cobra.Command {
	s := serveCommand{cli: c}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the member's page, and deliver mail",
		Long: `Serve answers members' browsers: the page behind the links and QR codes, signing in, the account page, and /auth for
web servers that ask who is signed in. It also delivers the mails of the outbox. Consoles and kiosks can run beside it.

Passwords travel over TLS, or do not leave this host: an address that other hosts reach takes --tls-cert and --tls-key,
or --behind-proxy with the addresses of the proxies that terminate TLS. X-Forwarded-For and the like are believed from
those addresses only.

With --metrics a second listener tells monitoring what goes on: resets, deliveries, sign-ins and the like, counted from
the audit log and so for all consoles and kiosks on this host, from the start of this process on; and the outbox. It has
no protection but the loopback address, and names no person.

It logs to stderr: text on a terminal, JSON lines elsewhere. SIGTERM and SIGINT stop it after the requests that are being
answered.`,
		Example: `  rekey serve
  rekey serve --listen :443 --tls-cert cert.pem --tls-key key.pem
  rekey serve --behind-proxy 127.0.0.1 --return-host id.example.com:8443
  rekey serve --metrics 127.0.0.1:9464`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.proxied = cmd.Flags().Changed(flagBehindProxy)
			return s.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "the `address` to listen on; port 0: any free one")
	flags.StringVar(&s.certificate, "tls-cert", "", "a PEM `file` with the certificate; read again when it changes")
	flags.StringVar(&s.key, "tls-key", "", "a PEM `file` with the certificate's key")
	flags.StringSliceVar(&s.behind, flagBehindProxy, nil,
		"proxies that terminate TLS: `addresses` or networks, with commas or one by one")
	flags.StringSliceVar(&s.returnHosts, "return-host", nil,
		"a `host:port` of this host name that a sign-in may also return to, for /auth; can be repeated")
	flags.StringVar(&s.metrics, "metrics", "",
		"serve /metrics for Prometheus on this loopback `address`, 127.0.0.1:9464 for example")
	return cmd
}

const flagBehindProxy = "behind-proxy"

// serveCommand is one `rekey serve`.
type serveCommand struct {
	*cli
	listen           string
	certificate, key string
	behind           []string
	proxied          bool // --behind-proxy is given
	returnHosts      []string
	metrics          string // the address; empty: none are served
}

func (s *serveCommand) run(ctx context.Context) error {
	proxies, err := s.check()
	if err != nil {
		return err
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	log := newLog(s.err)
	overTLS, err := s.overTLS(log)
	if err != nil {
		return err
	}
	courier, err := p.configuredCourier(func(err error) { log.Error("delivering mail", "error", err) })
	if err != nil {
		return err
	}
	cfg := web.Config{Log: log, Secure: overTLS != nil || s.proxied, Proxies: proxies, ReturnHosts: s.returnHosts}
	site, err := p.site(cfg, courier)
	if err != nil {
		return misuse("", "%s", sentence(err.Error()))
	}
	listener, err := listen(s.listen, "--listen")
	if err != nil {
		return err
	}
	beside, err := p.besideSite(ctx, courier, s.metrics, log)
	if err != nil {
		return err
	}
	log.Info("listening", "addr", listener.Addr().String())
	p.warnOfSettings(log, cfg.Secure)
	return serve(ctx, func(ctx context.Context) error { return site.Serve(ctx, listener, overTLS) }, beside...)
}

// check refuses flags that do not go together, before anything is opened.
func (s *serveCommand) check() ([]netip.Prefix, error) {
	if (s.certificate == "") != (s.key == "") {
		return nil, misuse("Give --tls-cert and --tls-key together.", "TLS takes a certificate and its key.")
	}
	if s.proxied && len(s.behind) == 0 {
		return nil, misuse("Name the addresses that the proxies connect from.", "--behind-proxy names no proxy.")
	}
	proxies, err := web.ParseProxies(s.behind)
	if err != nil {
		return nil, misuse("Correct --behind-proxy.", "%s", sentence(err.Error()))
	}
	if err := web.CheckListen(s.listen, s.certificate != "", s.proxied); err != nil {
		return nil, misuse("", "%w", err)
	}
	if s.metrics != "" {
		err = metrics.CheckListen(s.metrics)
	}
	if err != nil {
		return nil, misuse("", "%w", err)
	}
	return proxies, nil
}

// overTLS gives the configuration of TLS, or nil where it is spoken elsewhere or nowhere.
func (s *serveCommand) overTLS(log *slog.Logger) (*tls.Config, error) {
	if s.certificate == "" {
		return nil, nil
	}
	cfg, err := web.TLS(s.certificate, s.key, log)
	if err != nil {
		return nil, refuse("Check --tls-cert and --tls-key.", "%s", sentence(err.Error()))
	}
	return cfg, nil
}

// site makes the member's page. It tells the courier, which may be nil, of new mail.
func (p *program) site(cfg web.Config, courier *mailer.Courier) (*web.Site, error) {
	cfg.Service, cfg.BaseURL = p.service, p.config.BaseURL
	if courier != nil {
		cfg.Wake = courier.Wake
	}
	return web.New(cfg)
}

// warnOfSettings says which settings of this host will not do what somebody wants of a page in service.
func (p *program) warnOfSettings(log *slog.Logger, secure bool) {
	if !p.hasMailServer() {
		log.Warn("no mail server is configured: mails wait in the outbox")
	}
	isHTTPS := strings.HasPrefix(p.config.BaseURL, "https:")
	switch {
	case secure && !isHTTPS:
		log.Warn("links begin with http, though browsers come over TLS: set base_url in rekey.toml", "base_url", p.config.BaseURL)
	case !secure && isHTTPS:
		log.Warn("links begin with https, but neither TLS nor a proxy is named: give --behind-proxy", "base_url", p.config.BaseURL)
	}
}

// besideSite gives what runs beside the page: the courier, if there is one, and metrics, if there is an address for them.
func (p *program) besideSite(ctx context.Context, courier *mailer.Courier, metricsAt string, log *slog.Logger) ([]func(context.Context), error) {
	var beside []func(context.Context)
	if courier != nil {
		beside = append(beside, courier.Run)
	}
	if metricsAt != "" {
		measure, err := p.metricsAt(ctx, metricsAt, log)
		if err != nil {
			return nil, err
		}
		beside = append(beside, measure)
	}
	return beside, nil
}

// listen takes the address that a flag gives, or says in a sentence why it cannot be had.
func listen(address, flag string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	hint := "Correct " + flag + "."
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		hint = "Stop what listens there, or choose another port with " + flag + "."
	case errors.Is(err, syscall.EACCES):
		hint = "Choose a port above 1023 with " + flag + ", or allow rekey to take lower ones."
	}
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		err = operation.Err // without the address, which the sentence names
	}
	return nil, refuse(hint, "It cannot listen on %s: %w.", address, err)
}

// serve runs a server until ctx ends or the server fails, with what runs beside it.
func serve(ctx context.Context, server func(context.Context) error, beside ...func(context.Context)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	for _, run := range beside {
		running.Go(func() { run(ctx) })
	}
	err := server(ctx)
	cancel()
	running.Wait()
	return err
}
