// docker-machine's driver "leased": each machine is a container on this computer, there already, with
// systemd, sshd and a Docker Engine inside. It has the address that the network gave it last, as a
// virtual machine of VirtualBox has the one of its lease; and as there, docker-machine asks the
// machine for it, and notes it when it starts the machine itself.
package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/rancher/machine/libmachine/drivers"
	"github.com/rancher/machine/libmachine/drivers/plugin"
	"github.com/rancher/machine/libmachine/mcnflag"
	"github.com/rancher/machine/libmachine/state"
)

type leased struct {
	*drivers.BaseDriver
	// Container is the machine.
	Container string
}

func main() {
	plugin.RegisterDriver(&leased{BaseDriver: &drivers.BaseDriver{}})
}

func (d *leased) DriverName() string { return "leased" }

func (d *leased) GetCreateFlags() []mcnflag.Flag {
	return []mcnflag.Flag{
		mcnflag.StringFlag{Name: "leased-container", Usage: "Container that is the machine"},
		mcnflag.StringFlag{Name: "leased-ssh-key", Usage: "Private key file of its root"},
	}
}

func (d *leased) SetConfigFromFlags(flags drivers.DriverOptions) error {
	d.Container = flags.String("leased-container")
	d.SSHKeyPath = flags.String("leased-ssh-key")
	if d.Container == "" || d.SSHKeyPath == "" {
		return errors.New("leased: needs --leased-container and --leased-ssh-key")
	}
	return nil
}

func (d *leased) PreCreateCheck() error { return drivers.MustBeRunning(d) }

func (d *leased) Create() error { return d.noteAddress() }

func (d *leased) Start() error {
	if _, err := docker("start", d.Container); err != nil {
		return err
	}
	return d.noteAddress()
}

func (d *leased) Stop() error {
	_, err := docker("stop", d.Container)
	return err
}

func (d *leased) Restart() error {
	if err := d.Stop(); err != nil {
		return err
	}
	return d.Start()
}

func (d *leased) Kill() error {
	_, err := docker("kill", d.Container)
	return err
}

// Remove takes the container along, as a virtual machine goes with its disk.
func (d *leased) Remove() error {
	_, err := docker("rm", "--force", "--volumes", d.Container)
	return err
}

func (d *leased) GetState() (state.State, error) {
	status, err := docker("inspect", "--format={{.State.Status}}", d.Container)
	switch {
	case err != nil:
		return state.Error, err
	case status == "running":
		return state.Running, nil
	case status == "paused":
		return state.Paused, nil
	default:
		return state.Stopped, nil
	}
}

// GetIP asks the machine, never what was noted: only one that runs has an address.
func (d *leased) GetIP() (string, error) {
	if err := drivers.MustBeRunning(d); err != nil {
		return "", err
	}
	addresses := "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
	return docker("inspect", "--format="+addresses, d.Container)
}

func (d *leased) GetSSHHostname() (string, error) { return d.GetIP() }

func (d *leased) GetURL() (string, error) {
	address, err := d.GetIP()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("tcp://%s:2376", address), nil
}

func (d *leased) noteAddress() error {
	if err := drivers.WaitForSSH(d); err != nil {
		return err
	}
	address, err := d.GetIP()
	d.IPAddress = address
	return err
}

// docker runs the command on this computer's own engine, whatever the shell says.
func docker(words ...string) (string, error) {
	words = append([]string{"--host=unix:///var/run/docker.sock"}, words...)
	said, err := exec.Command("docker", words...).CombinedOutput()
	text := strings.TrimSpace(string(said))
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", words[1], err, text)
	}
	return text, nil
}
