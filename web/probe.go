package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rekey/account"
	"rekey/member"
)

// installationPath is where a site says which installation it belongs to. It lies beside the assets: a web server in front
// passes them on already.
const installationPath = assetsPath + "installation"

// installationPrefix begins the answer; the installation's name ends it.
const installationPrefix = "rekey "

func (s *Site) installation(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, installationPrefix+s.service.Installation()+"\n")
	return err
}

const (
	probeTimeout = 10 * time.Second
	maxProbe     = 1 << 10 // bytes of an answer that are looked at
)

// Probe asks the base URL, as a browser on this host would, whether the member's page of the named installation
// (account.Service.Installation) answers there. Refusals are *account.Error, with what to do next. It takes at most ten
// seconds.
func Probe(ctx context.Context, baseURL, installation string) error {
	return prober{base: baseURL, installation: installation}.run(ctx)
}

type prober struct {
	base, installation string
	tls                *tls.Config // nil: as the system trusts
}

func (p prober) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+installationPath, nil)
	if err != nil {
		return p.refuse("Correct web.base_url in rekey.toml.", "%s is not a web address.", p.shown())
	}
	client := http.Client{
		// A way round by a proxy is not what members' browsers take.
		Transport:     &http.Transport{TLSClientConfig: p.tls, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		return p.unanswered(ctx, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxProbe))
	if err != nil {
		return p.unanswered(ctx, err)
	}
	return p.judge(res, string(body))
}

func (p prober) refuse(hint, format string, args ...any) error {
	return &account.Error{Code: account.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func (p prober) shown() string { return member.Clean(p.base) }

// unanswered says why there was no answer.
func (p prober) unanswered(ctx context.Context, err error) error {
	dns, unknown := errors.AsType[*net.DNSError](err)
	certificate, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	failed, _ := errors.AsType[*url.Error](err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case unknown:
		return p.refuse("Correct web.base_url in rekey.toml, or have the name entered in the DNS.",
			"The host name in %s cannot be looked up (%s).", p.shown(), member.Clean(dns.Err))
	case untrusted:
		return p.refuse("Browsers that do not trust it show a warning instead of the page: correct or renew the certificate.",
			"The certificate at %s is not trusted (%s).", p.shown(), member.Clean(certificate.Err.Error()))
	case errors.Is(err, http.ErrSchemeMismatch):
		return p.refuse("Give `rekey serve` a certificate (--tls-cert, --tls-key), or let a web server in front speak TLS.",
			"What answers at %s does not speak TLS.", p.shown())
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return p.refuse("Check the firewall and the web server in between.", "%s does not answer in time.", p.shown())
	case failed != nil:
		err = failed.Err // without the address, which the sentence names
	}
	if network, ok := errors.AsType[*net.OpError](err); ok {
		err = network.Err
	}
	return p.refuse("Start `rekey serve`, or correct web.base_url in rekey.toml.",
		"Nothing answers at %s (%s).", p.shown(), member.Clean(err.Error()))
}

// judge says whether an answer is the one that is looked for.
func (p prober) judge(res *http.Response, body string) error {
	name, isRekey := strings.CutPrefix(strings.TrimSpace(body), installationPrefix)
	status := fmt.Sprintf("%d %s", res.StatusCode, http.StatusText(res.StatusCode))
	switch {
	case res.StatusCode == http.StatusOK && isRekey && name == p.installation:
		return nil
	case res.StatusCode == http.StatusOK && isRekey:
		return p.refuse("Start `rekey serve` with this data directory, or correct web.base_url in rekey.toml.",
			"Another installation of rekey answers at %s.", p.shown())
	case res.StatusCode/100 == 3:
		return p.refuse("Set web.base_url in rekey.toml to the address at which browsers end up.",
			"%s leads on to %s.", p.shown(), target(res))
	case res.StatusCode == http.StatusBadGateway, res.StatusCode == http.StatusServiceUnavailable,
		res.StatusCode == http.StatusGatewayTimeout:
		return p.refuse("Start `rekey serve`, and check where that web server passes requests to.",
			"A web server answers at %s, but rekey behind it does not (%s).", p.shown(), status)
	}
	return p.refuse("Correct web.base_url in rekey.toml. A web server in front of rekey has to pass on "+assetsPath+" too.",
		"Another program answers at %s (%s).", p.shown(), status)
}

// target is where a redirect leads, without its path.
func target(res *http.Response) string {
	to, err := res.Location()
	if err != nil {
		return "nowhere"
	}
	return member.Clean(to.Scheme + "://" + to.Host)
}
