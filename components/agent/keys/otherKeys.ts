/** Keys of Consul Enterprise, top level and nested. The open edition takes them and does nothing about them, and with an
 * image of the other edition they may be set. */
export const enterpriseKeys: readonly string[] = [
    "acl.msp_disable_bootstrap",
    "acl.tokens.managed_service_provider",
    "audit",
    "autopilot.disable_upgrade_migration",
    "autopilot.redundancy_zone_tag",
    "autopilot.upgrade_version_tag",
    "dns_config.prefer_namespace",
    "license_path",
    "non_voting_server",
    "partition",
    "read_replica",
    "reporting",
    "segment",
    "segments",
    "snapshot_agent",
];

/** What has the effect of some of those in the open edition, or in this program. */
export const insteadOfEnterprise: Readonly<Record<string, string>> = {
    snapshot_agent:
        "a snapshot is taken before each change of a server, and by `npm run snapshot` at any time",
    read_replica: 'a node that is no voter is a client: list it under "clients"',
    non_voting_server: 'a node that is no voter is a client: list it under "clients"',
    "autopilot.redundancy_zone_tag": '"node_meta" of each node says where it stands',
};

/** Keys that Consul sets itself: in a file they have no effect (`NonUserSource` in its agent/config/default.go). */
export const internalKeys: readonly string[] = [
    "ae_interval",
    "build_date",
    "check_deregister_interval_min",
    "check_reap_interval",
    "consul",
    "license_poll_base_time",
    "license_poll_max_time",
    "license_update_base_time",
    "license_update_max_time",
    "revision",
    "segment_limit",
    "segment_name_limit",
    "sync_coordinate_interval_min",
    "sync_coordinate_rate_target",
    "version",
    "version_metadata",
    "version_prerelease",
];

/** Keys of earlier versions with which an agent of today does not start, and what took their place. */
export const removedKeys: Readonly<Record<string, string>> = {
    acl_disabled_ttl: "leave it out",
    acl_enforce_version_8: "leave it out: it is always so",
    advertise_addrs: "the machine's address is advertised",
    atlas_acl_token: "Atlas is no more",
    atlas_endpoint: "Atlas is no more",
    atlas_infrastructure: "Atlas is no more",
    atlas_join: "Atlas is no more",
    atlas_token: "Atlas is no more",
    "connect.proxy": "Envoy beside each service took its place",
    "connect.proxy_defaults": 'a config entry "proxy-defaults" took its place: config_entries',
    dogstatsd_addr: "write telemetry.dogstatsd_addr",
    dogstatsd_tags: "write telemetry.dogstatsd_tags",
    http_api_response_headers: "write http_config.response_headers",
    log_sublevels: "write log_level",
    recursor: 'use the setting "recursors"',
    statsd_addr: "write telemetry.statsd_address",
    statsite_addr: "write telemetry.statsite_address",
    statsite_prefix: "write telemetry.metrics_prefix",
    "telemetry.statsd_addr": "write telemetry.statsd_address",
    "telemetry.statsite_addr": "write telemetry.statsite_address",
    "telemetry.statsite_prefix": "write telemetry.metrics_prefix",
    unix_socket: "host-IP port bindings decide where clients reach the agent",
};
