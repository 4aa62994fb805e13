import type { JsonObject } from "../../components/agent/configObject.ts";

/** A configuration of the kind that is found in public, and what becomes of it. */
export interface FoundConfig {
    /** What it is, and where its kind is found. */
    readonly what: string;
    readonly agentConfig?: JsonObject;
    readonly serverConfig?: JsonObject;
    readonly clientConfig?: JsonObject;
    /** Of the first server alone. */
    readonly ofFirst?: JsonObject;
    /** @default "open", as these files are written for agents without ACLs */
    readonly security?: "open" | "full";
    /** @default the image that is used where none is named */
    readonly image?: string;
    /** Why it is refused, whole. @default it works */
    readonly refused?: readonly string[];
    /** What is said of it all the same. @default nothing */
    readonly warned?: readonly string[];
    /** Where an agent that runs says that it is in effect: of `/v1/agent/self`, by the node, and a value at a path. */
    readonly seen?: readonly Seen[];
}

/** A value that an agent tells of itself. */
export type Seen = readonly [node: "server-1" | "client-1", path: string, value: unknown];

const both = (path: string, value: unknown): readonly Seen[] => [
    ["server-1", path, value],
    ["client-1", path, value],
];

const advertised = "cannot be set here; the machine's address is advertised";
const bound =
    "cannot be set here; host-IP port bindings decide where clients reach the agent: use the settings " +
    '"dnsOnAddress", "dnsOnBridge", "httpOnBridge" and "publish"';

/** Configurations that work. */
const working: readonly FoundConfig[] = [
    {
        what: "metrics for Prometheus, as the monitoring guides have it",
        agentConfig: { telemetry: { prometheus_retention_time: "24h", disable_hostname: true } },
        seen: [
            ...both("DebugConfig.Telemetry.PrometheusOpts.Expiration", "24h0m0s"),
            ...both("DebugConfig.Telemetry.DisableHostname", true),
        ],
    },
    {
        what: "a statsd beside the cluster, with a prefix of its own",
        agentConfig: {
            telemetry: { statsd_address: "192.0.2.40:8125", metrics_prefix: "discovery" },
        },
        seen: [
            ...both("DebugConfig.Telemetry.StatsdAddr", "192.0.2.40:8125"),
            ...both("DebugConfig.Telemetry.MetricsPrefix", "discovery"),
        ],
    },
    {
        what: "metrics that nobody reads left out, as files for Datadog do",
        agentConfig: { telemetry: { prefix_filter: ["-consul.http", "+consul.raft.apply"] } },
    },
    {
        what: "DNS that may be stale and answers with short times to live",
        agentConfig: {
            dns_config: {
                allow_stale: true,
                max_stale: "87600h",
                node_ttl: "30s",
                service_ttl: { "*": "10s" },
                enable_truncate: true,
                only_passing: true,
            },
        },
    },
    {
        what: "a resolver's answers cached, as large sites have it",
        agentConfig: { dns_config: { use_cache: true, cache_max_age: "10s", a_record_limit: 8 } },
    },
    {
        what: "another DNS domain beside the first",
        agentConfig: { alt_domain: "svc.example" },
        seen: both("DebugConfig.DNSAltDomain", "svc.example"),
    },
    {
        what: "a Raft that is patient, for small cloud machines",
        agentConfig: { performance: { raft_multiplier: 3, leave_drain_time: "3s" } },
        seen: [
            ["server-1", "DebugConfig.LeaveDrainTime", "3s"],
            ["server-1", "DebugConfig.ConsulRaftElectionTimeout", "3s"],
        ],
    },
    {
        what: "more connections of one client, for Nomad and Fabio on one host",
        agentConfig: { limits: { http_max_conns_per_client: 4000, rpc_max_conns_per_client: 200 } },
    },
    {
        what: "no questions beyond a rate, of client agents alone",
        clientConfig: { limits: { rpc_rate: 200, rpc_max_burst: 1000 } },
    },
    {
        what: "request limits on trial",
        serverConfig: {
            limits: { request_limits: { mode: "permissive", read_rate: 500, write_rate: 200 } },
        },
    },
    {
        what: "larger values in the KV store, as Traefik's and Terraform's users set it",
        agentConfig: { limits: { kv_max_value_size: 1_048_576, txn_max_req_len: 1_048_576 } },
        seen: both("DebugConfig.KVMaxValueSize", 1_048_576),
    },
    {
        what: "a log as JSON and at another level",
        agentConfig: { log_level: "WARN", log_json: true },
        seen: both("DebugConfig.Logging.LogJSON", true),
    },
    {
        what: "a log file where the container has room for one",
        agentConfig: { log_file: "/consul/data/consul.log", log_rotate_max_files: 3 },
        seen: both("DebugConfig.Logging.LogRotateMaxFiles", 3),
    },
    {
        what: "no calls home, and no remote execution",
        agentConfig: {
            disable_update_check: true,
            disable_anonymous_signature: true,
            disable_remote_exec: true,
        },
        seen: [
            ...both("DebugConfig.DisableUpdateCheck", true),
            ...both("DebugConfig.DisableRemoteExec", true),
        ],
    },
    {
        what: "the web UI switched off, in the stanza of today",
        serverConfig: { ui_config: { enabled: false } },
        seen: [["server-1", "DebugConfig.UIConfig.Enabled", false]],
    },
    {
        what: "the web UI with its metrics from Prometheus",
        serverConfig: {
            ui_config: {
                enabled: true,
                metrics_provider: "prometheus",
                metrics_proxy: { base_url: "http://192.0.2.41:9090" },
            },
        },
        seen: [
            ["server-1", "DebugConfig.UIConfig.MetricsProvider", "prometheus"],
            ["server-1", "DebugConfig.UIConfig.Enabled", true],
        ],
    },
    {
        what: "headers for browsers of other origins",
        agentConfig: { http_config: { response_headers: { "Access-Control-Allow-Origin": "*" } } },
        seen: both("DebugConfig.HTTPResponseHeaders", { "Access-Control-Allow-Origin": "*" }),
    },
    {
        what: "what a host is like, of one node alone",
        ofFirst: { node_meta: { instance_type: "m5.large", zone: "eu-1a" } },
        seen: [
            ["server-1", "Meta.zone", "eu-1a"],
            ["client-1", "Meta.zone", undefined],
        ],
    },
    {
        what: "checks that write less to the catalog",
        agentConfig: { check_update_interval: "2m", discard_check_output: true },
        seen: both("DebugConfig.CheckUpdateInterval", "2m0s"),
    },
    {
        what: "scripts as checks of one's own configuration",
        clientConfig: { enable_local_script_checks: true },
        seen: [["client-1", "DebugConfig.EnableLocalScriptChecks", true]],
    },
    {
        what: "clients that are forgotten soon, as autoscaled ones",
        clientConfig: { advertise_reconnect_timeout: "15m" },
        seen: [["client-1", "DebugConfig.AdvertiseReconnectTimeout", "15m0s"]],
    },
    {
        what: "failed members forgotten sooner",
        agentConfig: { reconnect_timeout: "12h" },
        seen: both("DebugConfig.ReconnectTimeoutLAN", "12h0m0s"),
    },
    {
        what: "a Raft that keeps more of its log",
        serverConfig: { raft_snapshot_threshold: 32_768, raft_trailing_logs: 20_480 },
    },
    {
        what: "sessions as short as locks of batch jobs need them",
        serverConfig: { session_ttl_min: "5s" },
        seen: [["server-1", "DebugConfig.SessionTTLMin", "5s"]],
    },
    {
        what: "a mesh, switched on in an open cluster",
        agentConfig: { connect: { enabled: true } },
        seen: both("DebugConfig.ConnectEnabled", true),
    },
    {
        what: "defaults of proxies, as Consul on VMs is shown with them",
        serverConfig: {
            config_entries: {
                bootstrap: [
                    { kind: "proxy-defaults", name: "global", config: { protocol: "http" } },
                ],
            },
        },
    },
    {
        what: "profiles for whoever looks for a leak",
        agentConfig: { enable_debug: true },
    },
    {
        what: "addresses of another network, and their use from elsewhere",
        ofFirst: { tagged_addresses: { lan: "192.0.2.50" }, translate_wan_addrs: true },
        seen: [["server-1", "DebugConfig.TranslateWANAddrs", true]],
    },
    {
        what: "gossip for a network with delays",
        agentConfig: { gossip_lan: { probe_timeout: "1s", suspicion_mult: 5 } },
        seen: both("DebugConfig.GossipLANProbeTimeout", "1s"),
    },
    {
        what: "how dead servers are told, as it stands in every hardened file",
        serverConfig: {
            autopilot: { cleanup_dead_servers: true, last_contact_threshold: "500ms" },
        },
        seen: [["server-1", "DebugConfig.AutopilotLastContactThreshold", "500ms"]],
    },
    {
        what: "an Enterprise image with what only it has",
        image: "hashicorp/consul-enterprise:1.22.2-ent",
        agentConfig: { license_path: "/consul/data/consul.hclic", partition: "team" },
    },
    {
        what: "keys of a Consul that is newer than this program",
        image: "hashicorp/consul:2.4.0",
        agentConfig: { holograms: { enabled: true } },
        warned: [
            "agentConfig.holograms: Consul 1.22 has no such key, and an agent does not start with one that it does not know",
        ],
    },
];

/** Configurations that are refused. */
const refused: readonly FoundConfig[] = [
    {
        what: "a whole file of a server on a host of its own",
        agentConfig: {
            datacenter: "dc1",
            data_dir: "/opt/consul",
            server: true,
            bootstrap_expect: 3,
            retry_join: ["192.0.2.11", "192.0.2.12"],
            client_addr: "0.0.0.0",
            bind_addr: "0.0.0.0",
            ui_config: { enabled: true },
        },
        refused: [
            'agentConfig.datacenter: cannot be set here; use the setting "datacenter"',
            "agentConfig.data_dir: cannot be set here; data lives on the node's named volume",
            'agentConfig.server: cannot be set here; list the node under "servers" or "clients"',
            "agentConfig.bootstrap_expect: cannot be set here; the plan decides which server bootstraps",
            'agentConfig.retry_join: cannot be set here; the plan decides who joins whom; use the setting "join" for another stack',
            "agentConfig.client_addr: cannot be set here; host-IP port bindings decide where clients reach the agent",
            "agentConfig.bind_addr: cannot be set here; the container binds every interface of its own",
        ],
    },
    {
        what: "an address by a template, as cloud images have it",
        agentConfig: { advertise_addr: '{{ GetInterfaceIP "eth0" }}' },
        refused: [`agentConfig.advertise_addr: ${advertised}`],
    },
    {
        what: "DNS on port 53 in the file",
        agentConfig: { ports: { dns: 53 }, addresses: { dns: "0.0.0.0" } },
        refused: [
            'agentConfig.ports: cannot be set here; use the setting "ports"',
            `agentConfig.addresses: ${bound}`,
        ],
    },
    {
        what: "ACLs that refuse nothing yet, the first step of every guide",
        agentConfig: { acl: { enabled: true, default_policy: "allow" } },
        refused: [
            "agentConfig.acl.enabled: got true; whoever changes or upgrades this cluster needs a token then, and a snapshot a " +
                'management token also under "allow": the next change, and the way back, would end in 403. Set "security" to ' +
                '"full": it turns ACLs on while the cluster runs, with a token for each that asks',
        ],
    },
    {
        what: "ACLs beside those of full security",
        security: "full",
        agentConfig: { acl: { enabled: true } },
        refused: [
            "agentConfig.acl: cannot be set here; under full security the cluster has ACLs and tokens of its own",
        ],
    },
    {
        what: "a log file as packages of Linux distributions have it",
        agentConfig: { log_file: "/var/log/consul/" },
        refused: [
            'agentConfig.log_file: got "/var/log/consul/"; the path is inside of the agent\'s container, where it makes files in ' +
                "/consul/data and in /tmp alone, and in no folder below; the container's log has all of it: `npm run logs`",
        ],
    },
    {
        what: "a file with the number of the process, as init scripts have it",
        agentConfig: { pid_file: "/run/consul/consul.pid" },
        refused: [
            'agentConfig.pid_file: got "/run/consul/consul.pid"; the path is inside of the agent\'s container, where it makes files ' +
                "in /consul/data and in /tmp alone, and in no folder below; leave it out: the agent is the container's one process",
        ],
    },
    {
        what: "the log to syslog",
        agentConfig: { enable_syslog: true },
        refused: [
            "agentConfig.enable_syslog: got true; no syslog runs in the agent's container, and the agent ends without one; its " +
                "log is the container's, which the engine of the machine can pass on",
        ],
    },
    {
        what: "a number of log files under a name that there is not",
        agentConfig: { log_rotate_file_count: 7 },
        refused: [
            "agentConfig.log_rotate_file_count: Consul has no such key, and an agent does not start with it; is " +
                '"log_rotate_max_files" meant?',
        ],
    },
    {
        what: "writes from this host alone",
        agentConfig: { http_config: { allow_write_http_from: ["127.0.0.0/8"] } },
        refused: [
            'agentConfig.http_config.allow_write_http_from: got ["127.0.0.0/8"]; this program registers services and changes ' +
                "members over HTTP, from this computer and from the machines, whose addresses the agent may see as its bridge's; " +
                'who may write is what ACLs decide: "security" set to "full". Leave it out',
        ],
    },
    {
        what: "endpoints blocked that this program asks",
        agentConfig: {
            http_config: { block_endpoints: ["/v1/agent/force-leave", "/v1/event/fire"] },
        },
        refused: [
            'agentConfig.http_config.block_endpoints[0]: got "/v1/agent/force-leave"; this program asks /v1/agent/ of every ' +
                'agent, and would wait for it in vain; who may ask what is what ACLs decide: "security" set to "full". Leave it out',
        ],
    },
    {
        what: "one connection for each caller",
        agentConfig: { limits: { http_max_conns_per_client: 5 } },
        refused: [
            "agentConfig.limits.http_max_conns_per_client: got 5; at least 20: behind published ports all callers from outside of " +
                "the container count as one, this program's gates among them",
        ],
    },
    {
        what: "request limits that are enforced at once",
        serverConfig: {
            limits: { request_limits: { mode: "enforcing", read_rate: 5, write_rate: 5 } },
        },
        refused: ["read_rate", "write_rate"].map(
            (key) =>
                `serverConfig.limits.request_limits.${key}: got 5; at least 20, or -1 for no limit: it holds for all callers of a ` +
                'server together, this program\'s gates among them; try it with the mode "permissive", which only writes to the log',
        ),
    },
    {
        what: "scripts as checks for whoever asks",
        agentConfig: { enable_script_checks: true },
        refused: [
            "agentConfig.enable_script_checks: got true; whoever reaches port 8500 could run programs on every node. " +
                "enable_local_script_checks takes those of its configuration alone",
        ],
    },
    {
        what: "TLS by hand in files of before 1.12",
        agentConfig: {
            verify_incoming: true,
            verify_outgoing: true,
            ca_file: "/etc/consul.d/ca.pem",
        },
        refused: ["verify_incoming", "verify_outgoing"].map(
            (key) =>
                `agentConfig.${key}: cannot be set here; set "security" to "full", which turns TLS on between all agents while ` +
                "the cluster runs: docs/security.md",
        ),
        warned: [
            'agentConfig.ca_file: Consul reads it, and calls it "tls.defaults.ca_file" by now',
        ],
    },
    {
        what: "TLS by hand in the stanza of today",
        agentConfig: { tls: { defaults: { verify_outgoing: true } } },
        refused: [
            "agentConfig.tls.defaults.verify_outgoing: got true; the first server that is changed would be alone with it, and the " +
                'change end there; set "security" to "full", which turns TLS on between all agents while the cluster runs',
        ],
    },
    {
        what: "certificates handed out to clients",
        clientConfig: { auto_encrypt: { tls: true } },
        refused: [
            'clientConfig.auto_encrypt: cannot be set here; set "security" to "full", which turns TLS on between all agents while ' +
                "the cluster runs: docs/security.md",
        ],
    },
    {
        what: "keys of Enterprise with the open edition",
        agentConfig: { segment: "alpha", license_path: "/etc/consul.d/license" },
        refused: [
            "agentConfig.segment: only Consul Enterprise has this, the open edition does nothing about it; leave it out, or name " +
                "an Enterprise image",
            "agentConfig.license_path: only Consul Enterprise has this, the open edition does nothing about it; leave it out, or " +
                "name an Enterprise image",
        ],
    },
    {
        what: "metrics in the keys of before 1.0",
        agentConfig: { statsd_addr: "192.0.2.40:8125", http_api_response_headers: { A: "b" } },
        refused: [
            "agentConfig.statsd_addr: Consul has no such key any more; write telemetry.statsd_address",
            "agentConfig.http_api_response_headers: Consul has no such key any more; write http_config.response_headers",
        ],
    },
    {
        what: "a name of the host for the node",
        ofFirst: { node_name: "ip-192-0-2-11" },
        refused: [
            "servers[0].agentConfig.node_name: cannot be set here; the node's name in the settings is its name in the cluster",
        ],
    },
    {
        what: "a shelf's number without quotes, and a name of Consul's",
        ofFirst: { node_meta: { rack: 7, "consul-zone": "a" } },
        refused: [
            "servers[0].agentConfig.node_meta.rack: got 7; a string; put quotes around it",
            'servers[0].agentConfig.node_meta.consul-zone: got "a"; a name that does not begin with "consul-": those are Consul\'s',
        ],
    },
    {
        what: "seconds without their unit",
        agentConfig: { telemetry: { prometheus_retention_time: 60 }, reconnect_timeout: "1h" },
        refused: [
            'agentConfig.reconnect_timeout: got "1h"; at least 8h, says Consul',
            'agentConfig.telemetry.prometheus_retention_time: got 60; a duration with its unit in quotes, such as "60s"',
        ],
    },
    {
        what: "a key of client agents for all",
        agentConfig: { advertise_reconnect_timeout: "15m" },
        refused: [
            'agentConfig.advertise_reconnect_timeout: only client agents start with it; state it under "clientConfig"',
        ],
    },
    {
        what: "a domain for the servers alone",
        serverConfig: { domain: "example" },
        refused: [
            'serverConfig.domain: every node of the cluster has to have the same; state it under "agentConfig"',
        ],
    },
    {
        what: "the least quorum, which this program keeps",
        serverConfig: { autopilot: { min_quorum: 3 } },
        refused: [
            "serverConfig.autopilot.min_quorum: got 3; `up` sets it each time, to three or to the quorum of a larger cluster, so " +
                "that a failed server counts until it is replaced; leave it out",
        ],
    },
];

/** All of them, those that work first. */
export const foundConfigs: readonly FoundConfig[] = [...working, ...refused];
