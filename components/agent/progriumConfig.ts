import type { Json, JsonObject } from "./agentConfig.ts";
import { ownedKeys as ownedInAll } from "./ownedKeys.ts";

/** The keys of Consul 0.5.2's configuration (`Config` in its command/agent/config.go) that an operator
 * may set. */
export const progriumKeys: readonly string[] = [
    "acl_datacenter",
    "acl_default_policy",
    "acl_down_policy",
    "acl_master_token",
    "acl_token",
    "acl_ttl",
    "atlas_acl_token",
    "atlas_infrastructure",
    "atlas_join",
    "atlas_token",
    "ca_file",
    "cert_file",
    "check",
    "check_update_interval",
    "checks",
    "disable_anonymous_signature",
    "disable_remote_exec",
    "disable_update_check",
    "dns_config",
    "domain",
    "enable_debug",
    "enable_syslog",
    "encrypt",
    "http_api_response_headers",
    "key_file",
    "log_level",
    "pid_file",
    "protocol",
    "rejoin_after_leave",
    "server_name",
    "service",
    "services",
    "session_ttl_min",
    "skip_leave_on_interrupt",
    "statsd_addr",
    "statsite_addr",
    "statsite_prefix",
    "syslog_facility",
    "verify_incoming",
    "verify_outgoing",
    "verify_server_hostname",
    "watches",
];

/** Keys of that version that the components decide. */
const ownedKeys: Readonly<Record<string, string>> = {
    ...ownedInAll,
    recursor: 'use the setting "recursors"',
    retry_interval_wan: "nothing joins over the WAN",
    retry_join_wan: "nothing joins over the WAN",
    retry_max_wan: "nothing joins over the WAN",
    start_join_wan: "nothing joins over the WAN",
    ui_dir: "the image's own configuration says where its web UI is",
    unix_sockets: "host-IP port bindings decide where clients reach the agent",
};

/** What its DNS may be told. */
const dnsKeys = [
    "allow_stale",
    "enable_truncate",
    "max_stale",
    "node_ttl",
    "only_passing",
    "service_ttl",
];

const unknownKey = "Consul 0.5.2 has no such key, and would not start with it";

/** The problems of an operator's extra configuration of agents of that version, which end at once
 * over a key that they do not know. */
export function progriumConfigProblems(extra: JsonObject, at = "agentConfig"): string[] {
    return [
        ...Object.keys(extra).flatMap((key) => keyProblems(key, at)),
        ...dnsProblems(extra, at),
        ...dangers(extra, at),
    ];
}

function keyProblems(key: string, at: string): string[] {
    const name = key.toLowerCase();
    const owner = Object.hasOwn(ownedKeys, name) ? ownedKeys[name] : undefined;
    if (owner !== undefined) {
        return [`${at}.${key}: cannot be set here; ${owner}`];
    }
    return progriumKeys.includes(name) ? [] : [`${at}.${key}: ${unknownKey}`];
}

function dnsProblems({ dns_config: dns = {} }: JsonObject, at: string): string[] {
    const keys = typeof dns === "object" && dns !== null ? Object.keys(dns) : [];
    return keys
        .filter((key) => !dnsKeys.includes(key.toLowerCase()))
        .map((key) => `${at}.dns_config.${key}: ${unknownKey}`);
}

/** Keys that may be set, but not to these values. */
function dangers(extra: JsonObject, at: string): string[] {
    const { acl_default_policy: policy, disable_remote_exec: isExecOff, log_level: level } = extra;
    return [
        ...(policy === "deny"
            ? [
                  `${at}.acl_default_policy: got "deny"; gates and clearances ask without a ` +
                      "token, and would be answered with nothing",
              ]
            : []),
        ...(isExecOff === false
            ? [
                  `${at}.disable_remote_exec: got false; whoever reaches port 8500 of a node ` +
                      "could run any command on all of them",
              ]
            : []),
        ...levelProblems(level, at),
    ];
}

const logLevels: readonly string[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERR"];

function levelProblems(level: Json | undefined, at: string): string[] {
    const name = typeof level === "string" ? level.toUpperCase() : "";
    if (level === undefined || logLevels.includes(name)) {
        return [];
    }
    const shown = `${at}.log_level: got ${JSON.stringify(level)}; `;
    return name === "ERROR"
        ? [`${shown}Consul 0.5.2 calls it ERR`]
        : [`${shown}expected one of ${logLevels.join(", ")}`];
}
