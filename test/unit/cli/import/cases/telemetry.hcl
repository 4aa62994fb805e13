telemetry {
  dogstatsd_addr            = "127.0.0.1:8125"
  dogstatsd_tags            = ["env:prod"]
  disable_hostname          = true
  prefix_filter             = ["+consul.raft", "-consul.http"]
  prometheus_retention_time = "24h"
}
log_file             = "/var/log/consul/"
log_rotate_max_files = 7
log_rotate_bytes     = 104857600
