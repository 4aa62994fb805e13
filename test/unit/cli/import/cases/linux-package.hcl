# Full configuration options can be found in Consul's documentation.

# datacenter
# The datacenter in which the agent is running.
datacenter = "north-1"

# data_dir
data_dir = "/opt/consul"

# client_addr
client_addr = "0.0.0.0"

ui_config {
  enabled = true
}

server = true

# Bind addr. You may use IPv4 or go-sockaddr templates.
bind_addr = "[::]"
bind_addr = "0.0.0.0" # Listen on all IPv4

advertise_addr = "10.20.0.11"
bootstrap_expect = 3

retry_join = [
  "10.20.0.12",
  "10.20.0.13",
]
