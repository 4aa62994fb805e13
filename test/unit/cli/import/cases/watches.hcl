watches = [
  { type = "key" key = "config/app" handler_type = "script" args = ["/opt/reload.sh", "-v"] },
  {
    type = "service"
    service = "redis"
    handler_type = "http"
    http_handler_config { path = "https://hooks.example/consul" method = "POST" timeout = "10s" }
  },
]
