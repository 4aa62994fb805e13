import type { Role } from "../ports.ts";

/** What is to be known of a key that an operator may set. */
export interface PlainKey {
    /** The role to whose agents alone Consul allows it. @default both */
    readonly only?: Role;
    /** Whether every agent of a cluster has to have the same. @default false */
    readonly everywhere?: boolean;
    /** What it is called today, of a key of earlier versions that is still read. @default it is of today */
    readonly now?: string;
}

const any: PlainKey = {};
const ofClients: PlainKey = { only: "client" };
const ofServers: PlainKey = { only: "server" };
const same: PlainKey = { everywhere: true };
const tls = (now: string): PlainKey => ({ now: `tls.${now}` });

/**
 * The keys of an agent's configuration that an operator may set, as Consul 1.20 to 1.22 has them (`Config` in its
 * agent/config/config.go, `DeprecatedConfig` in deprecated.go). What is refused of their values is in valueRules.ts, which
 * of them a running agent reloads in reloadableConfig.ts.
 */
export const plainKeys: Readonly<Record<string, PlainKey>> = {
    acl: any,
    acl_datacenter: { now: "primary_datacenter" },
    acl_default_policy: { now: "acl.default_policy" },
    acl_down_policy: { now: "acl.down_policy" },
    acl_enable_key_list_policy: { now: "acl.enable_key_list_policy" },
    acl_ttl: { now: "acl.token_ttl" },
    advertise_reconnect_timeout: ofClients,
    alt_domain: any,
    auto_reload_config: any,
    autopilot: ofServers,
    ca_file: tls("defaults.ca_file"),
    ca_path: tls("defaults.ca_path"),
    cache: any,
    cert_file: tls("defaults.cert_file"),
    check: any,
    check_output_max_size: any,
    check_update_interval: any,
    checks: any,
    cloud: any,
    config_entries: ofServers,
    connect: any,
    default_intention_policy: any,
    default_query_time: any,
    disable_anonymous_signature: any,
    disable_coordinates: any,
    disable_http_unprintable_char_filter: any,
    disable_keyring_file: any,
    disable_kv_key_validation: any,
    disable_remote_exec: any,
    disable_update_check: any,
    discard_check_output: any,
    discovery_max_stale: any,
    dns_config: any,
    domain: same,
    enable_agent_tls_for_checks: any,
    enable_central_service_config: any,
    enable_debug: any,
    enable_local_script_checks: any,
    enable_script_checks: any,
    enable_syslog: any,
    experiments: any,
    gossip_lan: any,
    gossip_wan: ofServers,
    http_config: any,
    key_file: tls("defaults.key_file"),
    limits: any,
    locality: any,
    log_file: any,
    log_json: any,
    log_level: any,
    log_rotate_bytes: any,
    log_rotate_duration: any,
    log_rotate_max_files: any,
    max_query_time: any,
    node_meta: any,
    peering: any,
    performance: any,
    pid_file: any,
    primary_datacenter: same,
    primary_gateways: ofServers,
    primary_gateways_interval: ofServers,
    protocol: any,
    raft_boltdb: { now: "raft_logstore.boltdb", ...ofServers },
    raft_logstore: ofServers,
    raft_prevote_disabled: ofServers,
    raft_protocol: any,
    raft_snapshot_interval: ofServers,
    raft_snapshot_threshold: ofServers,
    raft_trailing_logs: ofServers,
    reconnect_timeout: any,
    reconnect_timeout_wan: ofServers,
    rejoin_after_leave: any,
    retry_interval_wan: ofServers,
    retry_join_wan: ofServers,
    rpc: ofServers,
    serf_lan_allowed_cidrs: any,
    serf_wan_allowed_cidrs: ofServers,
    server_name: any,
    server_rejoin_age_max: ofServers,
    service: any,
    services: any,
    session_ttl_min: ofServers,
    skip_leave_on_interrupt: any,
    start_join_wan: { now: "retry_join_wan", ...ofServers },
    syslog_facility: any,
    tagged_addresses: any,
    telemetry: any,
    tls: any,
    tls_cipher_suites: tls("defaults.tls_cipher_suites"),
    tls_min_version: tls("defaults.tls_min_version"),
    tls_prefer_server_cipher_suites: any,
    translate_wan_addrs: any,
    ui: { now: "ui_config.enabled" },
    ui_config: any,
    ui_content_path: { now: "ui_config.content_path" },
    ui_dir: { now: "ui_config.dir" },
    use_streaming_backend: any,
    verify_incoming_https: tls("https.verify_incoming"),
    watches: any,
    xds: any,
};
