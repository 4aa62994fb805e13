service {
  name = "counting"
  port = 9003
  connect { sidecar_service { proxy { upstreams { destination_name = "db" local_bind_port = 5000 } } } }
  check {
    args     = ["/usr/local/bin/check_mem", "-limit", "256MB"]
    interval = "30s"
  }
}
check {
  id         = "counting-ttl"
  service_id = "counting"
  ttl        = "30s"
}
