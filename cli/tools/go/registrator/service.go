package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"sort"
	"strconv"
	"strings"
)

// A container, as the engine describes it.
type container struct {
	Name   string
	State  struct{ Running bool }
	Config struct {
		Image  string
		Env    []string
		Labels map[string]string
	}
	NetworkSettings struct {
		Ports map[string][]struct{ HostPort string }
	}
}

// A service, as an agent of Consul registers it.
type service struct {
	ID      string
	Name    string
	Address string
	Port    int
	Tags    []string
	Check   *check `json:",omitempty"`
}

type check struct {
	TCP                            string `json:",omitempty"`
	HTTP                           string `json:",omitempty"`
	TTL                            string `json:",omitempty"`
	Interval                       string `json:",omitempty"`
	Timeout                        string `json:",omitempty"`
	DeregisterCriticalServiceAfter string `json:",omitempty"`
}

// services has one for each port that a container publishes.
func (r registrator) services(found container) []service {
	type published struct {
		internal, protocol string
		host               int
	}
	var ports []published
	for name, bindings := range found.NetworkSettings.Ports {
		internal, protocol, _ := strings.Cut(name, "/")
		for _, binding := range bindings {
			if host, err := strconv.Atoi(binding.HostPort); err == nil && host > 0 {
				ports = append(ports, published{internal, protocol, host})
				break // The next one is the same port of another address family.
			}
		}
	}
	sort.Slice(ports, func(a, b int) bool { return ports[a].internal < ports[b].internal })
	var services []service
	for _, port := range ports {
		fields := fieldsOf(found, port.internal)
		if fields["ignore"] != "" || (r.explicit && fields["name"] == "") {
			continue
		}
		id := r.hostname + ":" + strings.TrimPrefix(found.Name, "/") + ":" + port.internal
		tags := append(append([]string{}, words(fields["tags"])...), r.tags...)
		if port.protocol == "udp" {
			id += ":udp"
			tags = append(tags, "udp")
		}
		name := fields["name"]
		if name == "" {
			name = imageName(found.Config.Image)
			if len(ports) > 1 {
				name += "-" + port.internal
			}
		}
		one := service{ID: id, Name: name, Address: r.address, Port: port.host, Tags: tags}
		one.Check = checkOf(fields, fmt.Sprintf("%s:%d", r.address, port.host))
		services = append(services, one)
	}
	return services
}

// fieldsOf reads what labels and variables say of a port: SERVICE_NAME, or SERVICE_80_NAME for one of several, which
// is preferred.
func fieldsOf(found container, port string) map[string]string {
	all := map[string]string{}
	for _, variable := range found.Config.Env {
		key, value, _ := strings.Cut(variable, "=")
		all[key] = value
	}
	for key, value := range found.Config.Labels {
		all[key] = value
	}
	fields := map[string]string{}
	own := map[string]string{}
	for key, value := range all {
		key, isService := strings.CutPrefix(key, "SERVICE_")
		if !isService {
			continue
		}
		key = strings.ToLower(key)
		first, rest, hasRest := strings.Cut(key, "_")
		if _, err := strconv.Atoi(first); err != nil {
			fields[key] = value
		} else if hasRest && first == port {
			own[rest] = value
		}
	}
	for key, value := range own {
		fields[key] = value
	}
	return fields
}

func checkOf(fields map[string]string, at string) *check {
	made := check{
		Interval:                       fields["check_interval"],
		Timeout:                        fields["check_timeout"],
		DeregisterCriticalServiceAfter: fields["check_deregister_after"],
	}
	if made.Interval == "" {
		made.Interval = "10s"
	}
	switch {
	case fields["check_http"] != "":
		made.HTTP = "http://" + at + fields["check_http"]
	case fields["check_https"] != "":
		made.HTTP = "https://" + at + fields["check_https"]
	case fields["check_tcp"] != "":
		made.TCP = at
	case fields["check_ttl"] != "":
		made.TTL, made.Interval = fields["check_ttl"], ""
	default:
		return nil
	}
	return &made
}

// imageName is an image's name without registry, tag and digest.
func imageName(reference string) string {
	name := path.Base(reference)
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	return name
}

// words of a list that is separated by commas.
func words(list string) []string {
	var found []string
	for _, word := range strings.Split(list, ",") {
		if word != "" {
			found = append(found, word)
		}
	}
	return found
}

// An API that takes and gives JSON.
type caller struct {
	base   string
	token  string // Consul's; sent only where there is one.
	client *http.Client
}

// An answer that is no success.
type refusal struct {
	what   string
	status int
	text   string
}

func (r refusal) Error() string {
	return fmt.Sprintf("%s: answered %d: %s", r.what, r.status, strings.TrimSpace(r.text))
}

func (c caller) send(method, path string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		request.Header.Set("X-Consul-Token", c.token)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		defer response.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return nil, refusal{method + " " + path, response.StatusCode, string(text)}
	}
	return response, nil
}

func (c caller) call(method, path string, body, answer any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	response, err := c.send(method, path, sent)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
