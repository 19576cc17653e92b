package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"rekey/mailer"
	"rekey/web"
)

// listenForDemo takes the port that a demo's configuration names, so that links of an earlier run go on working, or any
// other one.
func listenForDemo() (net.Listener, error) {
	listener, err := net.Listen("tcp", demoAddress)
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("starting the member's page on this host: %w", err)
	}
	return listener, nil
}

// demoPage is the member's page beside the console.
type demoPage struct {
	cancel context.CancelFunc
	ended  chan struct{}
	log    *os.File
}

// startPage serves the member's page beside the console. It logs to a file: the screen belongs to the console.
func (p *program) startPage(ctx context.Context, listener net.Listener, courier *mailer.Courier) (*demoPage, error) {
	log, file, err := logFile(p.directory.serveLog())
	if err != nil {
		return nil, err
	}
	site, err := p.site(web.Config{Log: log}, courier)
	if err != nil {
		file.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	page := &demoPage{cancel: cancel, ended: make(chan struct{}), log: file}
	go func() {
		defer close(page.ended)
		if err := site.Serve(ctx, listener, nil); err != nil {
			log.Error("the page has stopped", "error", err)
		}
	}()
	return page, nil
}

// pageTime is how long the end of a demo waits for answers of the page: a browser may hold a connection open.
const pageTime = time.Second

// stop ends the page.
func (p *demoPage) stop() {
	p.cancel()
	select {
	case <-p.ended:
	case <-time.After(pageTime):
	}
	p.log.Close()
}
