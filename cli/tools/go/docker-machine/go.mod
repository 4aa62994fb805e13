module consul-machines/tools/docker-machine

go 1.21

require github.com/rancher/machine v0.15.0-rancher110

// As in that module's own go.mod, where they are not seen by those who depend on it.
replace (
	github.com/docker/docker => github.com/moby/moby v1.4.2-0.20170731201646-1009e6a40b29
	github.com/urfave/cli => github.com/urfave/cli v1.11.1-0.20151120215642-0302d3914d2a
)
