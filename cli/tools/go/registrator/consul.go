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
// token in CONSUL_HTTP_TOKEN, if there is one, and shown the certificate in the file that CONSUL_TLSCERT names, with the
// key in that of CONSUL_TLSKEY, if it demands one.
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
	own, err := certificateIn(variable("CONSUL_TLSCERT"), variable("CONSUL_TLSKEY"))
	if err != nil {
		return caller{}, err
	}
	agent.base = "https://" + at.Host
	agent.client.Transport = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: authorities, Certificates: own, MinVersion: tls.VersionTLS12},
	}
	return agent, nil
}

// certificateIn reads a certificate and its key. Without a file there is none.
func certificateIn(file, key string) ([]tls.Certificate, error) {
	if file == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(file, key)
	if err != nil {
		return nil, fmt.Errorf("CONSUL_TLSCERT, CONSUL_TLSKEY: %w", err)
	}
	return []tls.Certificate{pair}, nil
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
