module consul-machines/tools/consul

go 1.23.8

require (
	github.com/hashicorp/consul v1.20.6
	// The commit that 1.20.6 names is gone from the module proxies.
	github.com/hashicorp/consul-awsauth v0.0.0-20250825122907-9e35fe9ded3a
)

// As in that module's own go.mod: breaking changes, not to be used with its data.
exclude (
	github.com/hashicorp/go-msgpack v1.1.5
	github.com/hashicorp/go-msgpack v1.1.6
)
