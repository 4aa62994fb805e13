ports { http = -1 https = 8501 grpc = 8502 dns = 53 }
addresses { dns = "0.0.0.0" }
performance { raft_multiplier = 1 }
limits { http_max_conns_per_client = 500 request_limits { mode = "permissive" read_rate = 12.5 } }
