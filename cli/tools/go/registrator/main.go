// Registrator registers the containers of one machine with Consul. It stands in for gliderlabs/registrator 7 where that
// image cannot be pulled: it takes the arguments that this project gives it, and gives services the same ids. It needs
// nothing but Go's own library, so no module has to be fetched.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

func main() {
	flags := flag.NewFlagSet("registrator", flag.ExitOnError)
	var r registrator
	flags.StringVar(&r.address, "ip", "", "address of the services")
	flags.BoolVar(&r.explicit, "explicit", false, "register only containers with SERVICE_NAME")
	flags.BoolVar(&r.cleanup, "cleanup", false, "remove services whose container is gone")
	tags := flags.String("tags", "", "tags of every service, separated by commas")
	resync := flags.Int("resync", 0, "seconds between two rounds; 0: none after the first")
	flags.String("deregister", "always", "only always is known")
	flags.Int("retry-attempts", -1, "only -1, for as long as it takes, is known")
	wait := flags.Int("retry-interval", 2000, "milliseconds between two attempts")
	if err := flags.Parse(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
	var err error
	if r.consul, err = agentAt(flags.Arg(0), os.Getenv); err != nil {
		log.Fatal(err)
	}
	if r.hostname, err = os.Hostname(); err != nil {
		log.Fatal(err)
	}
	r.tags = words(*tags)
	r.docker = caller{base: "http://docker", client: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", "/tmp/docker.sock")
		},
	}}}
	pause := time.Duration(*wait) * time.Millisecond
	for ; ; time.Sleep(pause) {
		if err := r.follow(time.Duration(*resync) * time.Second); err != nil {
			log.Printf("%v; again in %v", err, pause)
		}
	}
}

type registrator struct {
	address, hostname string
	explicit, cleanup bool
	tags              []string
	docker, consul    caller
}

// follow registers what runs, then what starts, and in each round all of it again, until something fails.
func (r registrator) follow(resync time.Duration) error {
	// Asked before the first round: what starts between the two is seen by one of them.
	response, err := r.docker.send(http.MethodGet, "/events?filters="+url.QueryEscape(`{"type":["container"]}`), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	events := make(chan event)
	failed := make(chan error, 1)
	done := make(chan struct{})
	defer close(done)
	go func() {
		decoder := json.NewDecoder(response.Body)
		for {
			var next event
			if err := decoder.Decode(&next); err != nil {
				failed <- fmt.Errorf("the engine's events ended: %w", err)
				return
			}
			select {
			case events <- next:
			case <-done:
				return
			}
		}
	}()
	if err := r.round(); err != nil {
		return err
	}
	var rounds <-chan time.Time
	if resync > 0 {
		ticker := time.NewTicker(resync)
		defer ticker.Stop()
		rounds = ticker.C
	}
	for {
		select {
		case next := <-events:
			err = r.handle(next)
		case <-rounds:
			err = r.round()
		case err = <-failed:
		}
		if err != nil {
			return err
		}
	}
}

type event struct {
	Action string
	Actor  struct {
		ID         string
		Attributes map[string]string
	}
}

func (r registrator) handle(next event) error {
	switch next.Action {
	case "start":
		services, err := r.servicesOf(next.Actor.ID)
		if err != nil {
			return err
		}
		return r.register(services)
	case "die":
		prefix := r.hostname + ":" + next.Actor.Attributes["name"] + ":"
		return r.deregister(func(id string) bool { return strings.HasPrefix(id, prefix) })
	}
	return nil
}

// round registers all that runs, and removes what has vanished unnoticed.
func (r registrator) round() error {
	var running []struct{ Id string }
	if err := r.docker.call(http.MethodGet, "/containers/json", nil, &running); err != nil {
		return err
	}
	known := map[string]bool{}
	for _, container := range running {
		services, err := r.servicesOf(container.Id)
		if err != nil {
			return err
		}
		if err := r.register(services); err != nil {
			return err
		}
		for _, one := range services {
			known[one.ID] = true
		}
	}
	if !r.cleanup {
		return nil
	}
	return r.deregister(func(id string) bool {
		parts := strings.Split(id, ":")
		isOurs := len(parts) >= 3 && parts[0] == r.hostname
		return isOurs && !known[id]
	})
}

func (r registrator) register(services []service) error {
	for _, one := range services {
		if err := r.consul.call(http.MethodPut, "/v1/agent/service/register", one, nil); err != nil {
			return err
		}
		log.Printf("registered %s", one.ID)
	}
	return nil
}

// deregister removes those of the agent's services that are chosen by their ids.
func (r registrator) deregister(chosen func(id string) bool) error {
	var present map[string]struct{}
	if err := r.consul.call(http.MethodGet, "/v1/agent/services", nil, &present); err != nil {
		return err
	}
	for id := range present {
		if !chosen(id) {
			continue
		}
		path := "/v1/agent/service/deregister/" + url.PathEscape(id)
		if err := r.consul.call(http.MethodPut, path, nil, nil); err != nil {
			return err
		}
		log.Printf("deregistered %s", id)
	}
	return nil
}

// servicesOf reads a container; it has no services where it is gone already.
func (r registrator) servicesOf(id string) ([]service, error) {
	var found container
	err := r.docker.call(http.MethodGet, "/containers/"+id+"/json", nil, &found)
	var refused refusal
	if errors.As(err, &refused) && refused.status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil || !found.State.Running {
		return nil, err
	}
	return r.services(found), nil
}
