const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const protocolOfTls = words(`ca_file ca_path cert_file key_file tls_cipher_suites tls_min_version
    use_auto_cert verify_incoming verify_outgoing verify_server_hostname`);

const gossip = words(`gossip_interval gossip_nodes probe_interval probe_timeout retransmit_mult
    suspicion_mult`);

const check = words(`alias_node alias_service args body deregister_critical_service_after
    deregistercriticalserviceafter disable_redirects docker_container_id dockercontainerid
    failures_before_critical failures_before_warning grpc grpc_use_tls h2ping h2ping_use_tls header http
    id interval method name namespace notes os_service output_max_size partition scriptargs service_id
    serviceid shell status success_before_passing tcp tcp_use_tls timeout tls_server_name
    tls_skip_verify tlsskipverify token ttl udp`);

const service = words(`address check checks connect enable_tag_override id kind locality meta name
    namespace partition port ports proxy socket_path tagged_addresses tags token weights`);

/**
 * What each map of an agent's configuration may hold, by its place, as Consul 1.20 to 1.22 has it. A list has what one of
 * its entries may hold. A map that is not here may hold anything.
 */
export const nestedKeys: Readonly<Record<string, readonly string[]>> = {
    acl: words(`default_policy down_policy enable_key_list_policy enable_token_persistence
        enable_token_replication enabled msp_disable_bootstrap policy_ttl role_ttl token_ttl tokens`),
    "acl.tokens":
        words(`agent agent_master agent_recovery config_file_service_registration default dns
        initial_management managed_service_provider master replication`),
    autopilot: words(`cleanup_dead_servers disable_upgrade_migration last_contact_threshold
        max_trailing_logs min_quorum redundancy_zone_tag server_stabilization_time upgrade_version_tag`),
    cache: words("entry_fetch_max_burst entry_fetch_rate"),
    check,
    checks: check,
    cloud: words("auth_url client_id client_secret hostname resource_id scada_address"),
    config_entries: words("bootstrap"),
    connect: words(`ca_config ca_provider enable_mesh_gateway_wan_federation enabled
        test_ca_leaf_root_change_spread virtual_ip_cidr_v4 virtual_ip_cidr_v6`),
    dns_config: words(`a_record_limit allow_stale cache_max_age disable_compression
        enable_additional_node_meta_txt enable_truncate max_stale node_ttl only_passing prefer_namespace
        recursor_strategy recursor_timeout service_ttl soa udp_answer_limit use_cache`),
    "dns_config.soa": words("expire min_ttl refresh retry"),
    gossip_lan: gossip,
    gossip_wan: gossip,
    http_config: words(`allow_write_http_from block_endpoints max_header_bytes response_headers
        use_cache`),
    limits: words(`http_max_conns_per_client https_handshake_timeout kv_max_value_size request_limits
        rpc_client_timeout rpc_handshake_timeout rpc_max_burst rpc_max_conns_per_client rpc_rate
        txn_max_req_len`),
    "limits.request_limits": words("mode read_rate write_rate"),
    locality: words("region zone"),
    peering: words("enabled test_allow_peer_registrations"),
    performance: words(`enable_xds_load_balancing grpc_keepalive_interval grpc_keepalive_timeout
        leave_drain_time raft_multiplier rpc_hold_timeout`),
    raft_logstore: words("backend boltdb disable_log_cache verification wal"),
    "raft_logstore.boltdb": words("no_freelist_sync"),
    "raft_logstore.verification": words("enabled interval"),
    "raft_logstore.wal": words("segment_size_mb"),
    rpc: words("enable_streaming"),
    service,
    "service.check": check,
    "service.checks": check,
    services: service,
    "services.check": check,
    "services.checks": check,
    telemetry: words(`certificate circonus_api_app circonus_api_token circonus_api_url
        circonus_broker_id circonus_broker_select_tag circonus_check_display_name
        circonus_check_force_metric_activation circonus_check_id circonus_check_instance_id
        circonus_check_search_tag circonus_check_tags circonus_submission_interval
        circonus_submission_url disable_hostname disable_per_tenancy_usage_metrics dogstatsd_addr
        dogstatsd_tags enable_host_metrics filter_default metrics_prefix prefix_filter
        prometheus_retention_time retry_failed_connection statsd_address statsite_address`),
    tls: words("defaults grpc https internal_rpc"),
    "tls.defaults": protocolOfTls,
    "tls.grpc": protocolOfTls,
    "tls.https": protocolOfTls,
    "tls.internal_rpc": protocolOfTls,
    ui_config: words(`content_path dashboard_url_templates dir enabled metrics_provider
        metrics_provider_files metrics_provider_options_json metrics_proxy`),
    "ui_config.metrics_proxy": words("add_headers base_url path_allowlist"),
    xds: words("update_max_per_second"),
};
