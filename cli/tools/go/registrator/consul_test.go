package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// variables are the environment of a registrator.
func variables(set map[string]string) func(string) string {
	return func(name string) string { return set[name] }
}

// certificateFile holds the certificate of a test server, which signed itself.
func certificateFile(t *testing.T, server *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// agent answers with the token that it was asked with.
func agent(writer http.ResponseWriter, request *http.Request) {
	_, _ = writer.Write([]byte(`"` + request.Header.Get("X-Consul-Token") + `"`))
}

func TestAsksByHTTPSWithItsToken(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(agent))
	defer server.Close()
	address := strings.Replace(server.URL, "https:", "consul-tls:", 1)
	consul, err := agentAt(address, variables(map[string]string{
		"CONSUL_CACERT":     certificateFile(t, server),
		"CONSUL_HTTP_TOKEN": "one",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var token string
	if err := consul.call(http.MethodGet, "/v1/agent/services", nil, &token); err != nil {
		t.Fatal(err)
	}
	if token != "one" {
		t.Fatalf("it asked with %q", token)
	}
}

func TestShowsItsCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(agent))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13}
	server.StartTLS()
	defer server.Close()
	address := strings.Replace(server.URL, "https:", "consul-tls:", 1)
	set := map[string]string{"CONSUL_CACERT": certificateFile(t, server)}
	consul, err := agentAt(address, variables(set))
	if err != nil {
		t.Fatal(err)
	}
	err = consul.call(http.MethodGet, "/v1/agent/services", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Fatalf("got %v", err)
	}
	// Any certificate will do for this server: its own.
	set["CONSUL_TLSCERT"], set["CONSUL_TLSKEY"] = set["CONSUL_CACERT"], keyFile(t, server)
	if consul, err = agentAt(address, variables(set)); err != nil {
		t.Fatal(err)
	}
	if err := consul.call(http.MethodGet, "/v1/agent/services", nil, nil); err != nil {
		t.Fatal(err)
	}
	set["CONSUL_TLSKEY"] = "/none.pem"
	if _, err = agentAt(address, variables(set)); err == nil || !strings.HasPrefix(err.Error(), "CONSUL_TLSCERT, CONSUL_TLSKEY: ") {
		t.Fatalf("got %v", err)
	}
}

// keyFile holds the private key of a test server.
func keyFile(t *testing.T, server *httptest.Server) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRefusesAnAgentThatItsAuthorityDidNotSign(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(agent))
	defer server.Close()
	address := strings.Replace(server.URL, "https:", "consul-tls:", 1)
	consul, err := agentAt(address, variables(nil))
	if err != nil {
		t.Fatal(err)
	}
	err = consul.call(http.MethodGet, "/v1/agent/services", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Fatalf("got %v", err)
	}
}

func TestRefusesACertificateForAnotherHost(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(agent))
	defer server.Close()
	// The test server's certificate is for 127.0.0.1, and not for this name of the same address.
	address := strings.Replace(server.URL, "https://127.0.0.1", "consul-tls://localhost", 1)
	consul, err := agentAt(address, variables(map[string]string{"CONSUL_CACERT": certificateFile(t, server)}))
	if err != nil {
		t.Fatal(err)
	}
	err = consul.call(http.MethodGet, "/v1/agent/services", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "not localhost") {
		t.Fatalf("got %v", err)
	}
}

func TestSendsNoTokenWhereThereIsNone(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if _, sent := request.Header["X-Consul-Token"]; sent {
			writer.WriteHeader(http.StatusTeapot)
		}
	}))
	defer server.Close()
	consul, err := agentAt(strings.Replace(server.URL, "http:", "consul:", 1), variables(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := consul.call(http.MethodPut, "/v1/agent/service/register", service{}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestSaysWhatIsWrong(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ address, authorities, want string }{
		"another scheme":  {"https://10.0.0.1:8501", "", `got "https://10.0.0.1:8501"; expected consul://`},
		"no host":         {"consul://", "", `got "consul://"; expected`},
		"no such file":    {"consul-tls://10.0.0.1:8501", "/none.pem", "CONSUL_CACERT: open /none.pem"},
		"no certificates": {"consul-tls://10.0.0.1:8501", empty, "there is no certificate in it"},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := agentAt(one.address, variables(map[string]string{"CONSUL_CACERT": one.authorities}))
			if err == nil || !strings.Contains(err.Error(), one.want) {
				t.Fatalf("got %v; expected %q in it", err, one.want)
			}
		})
	}
}
