services {
  id   = "web-1"
  name = "web"
  port = 8080
  tags = ["v1", "primary"]
  meta {
    team = "shop"
  }
  check {
    id       = "web-http"
    http     = "http://10.20.0.31:8080/health"
    method   = "GET"
    header { Accept = ["text/plain"] X-Trace = ["a", "b"] }
    interval = "10s"
    timeout  = "2s"
  }
  checks = [
    { id = "web-tcp", tcp = "10.20.0.31:8080", interval = "5s" },
  ]
}
services {
  name = "redis"
  port = 6379
  weights = { passing = 10, warning = 1 }
  tagged_addresses {
    wan { address = "203.0.113.7" port = 16379 }
  }
  enable_tag_override = true
}
