package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"
)

// agentAt reads where Consul's agent is: consul://HOST:PORT, or consul-tls://HOST:PORT for HTTPS, with the CA
// certificates in the file that CONSUL_CACERT names. The agent's certificate has to be for HOST. It is asked with the
// token in CONSUL_HTTP_TOKEN, if there is one.
func agentAt(address string, variable func(name string) string) (caller, error) {
	at, err := url.Parse(address)
	if err != nil || at.Host == "" || (at.Scheme != "consul" && at.Scheme != "consul-tls") {
		return caller{}, fmt.Errorf("got %q; expected consul://HOST:PORT or consul-tls://HOST:PORT", address)
	}
	agent := caller{
		base:   "http://" + at.Host,
		token:  variable("CONSUL_HTTP_TOKEN"),
		client: &http.Client{Timeout: 10 * time.Second},
	}
	if at.Scheme == "consul" {
		return agent, nil
	}
	authorities, err := authoritiesIn(variable("CONSUL_CACERT"))
	if err != nil {
		return caller{}, err
	}
	agent.base = "https://" + at.Host
	agent.client.Transport = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12},
	}
	return agent, nil
}

// authoritiesIn reads a file of CA certificates. Without one those of the system count.
func authoritiesIn(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("CONSUL_CACERT: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("CONSUL_CACERT: %s: there is no certificate in it", file)
	}
	return pool, nil
}
