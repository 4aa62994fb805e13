domain    = "consul."
recursors = ["10.20.0.2", "127.0.0.53"]
dns_config {
  allow_stale  = true
  node_ttl     = "5s"
  only_passing = true
  service_ttl  = { "*" = "5s", "Web" = "30s" }
  soa { min_ttl = 30 }
}
http_config { response_headers { Access-Control-Allow-Origin = "*" } }
