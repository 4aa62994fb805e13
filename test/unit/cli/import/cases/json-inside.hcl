{
  "datacenter": "dc1",
  "server": true,
  "service": { "name": "web", "port": 80, "check": { "ttl": "10s" } }
}
