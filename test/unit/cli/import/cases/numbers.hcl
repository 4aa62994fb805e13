raft_snapshot_threshold = 16384
raft_trailing_logs      = 0x2800
limits { rpc_rate = 1.5e2 rpc_max_burst = 1000 }
autopilot { cleanup_dead_servers = true min_quorum = 3 last_contact_threshold = "200ms" }
gossip_lan { gossip_nodes = 3 }
ports { serf_wan = -1 }
