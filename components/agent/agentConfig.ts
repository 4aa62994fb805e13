import type { Role } from "./ports.ts";

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
    readonly [key: string]: Json;
}

/** What determines an agent's configuration file. */
export interface AgentConfigArgs {
    /** Whether the agent takes part in Raft. */
    readonly role: Role;
    /** Resolvers for names outside Consul's domain. @default none: such names are refused. */
    readonly recursors?: readonly string[] | undefined;
    /** Extra configuration of the operator's, merged over ours key by key. */
    readonly extra?: JsonObject | undefined;
}

/** Configuration keys that the components decide, and why an operator may not: another value would
 * break what the graph, the ports or the gates rely on. */
export const ownedKeys: Readonly<Record<string, string>> = {
    addresses: "host-IP port bindings decide where clients reach the agent",
    advertise_addr: "the machine's address is advertised",
    advertise_addr_ipv4: "the machine's address is advertised",
    advertise_addr_ipv6: "the machine's address is advertised",
    advertise_addr_wan: "the machine's address is advertised",
    bind_addr: "the container binds every interface of its own",
    bootstrap: "the plan decides which server bootstraps",
    bootstrap_expect: "the plan decides which server bootstraps",
    client_addr: "host-IP port bindings decide where clients reach the agent",
    data_dir: "data lives on the node's named volume",
    datacenter: 'use the setting "datacenter"',
    disable_host_node_id:
        "containers of one computer would have one id, and all but one of them be refused",
    leave_on_terminate: "a stop is not a leave; a node that is removed leaves by itself",
    node_id: "the identity lives on the node's volume; a pinned one votes without its data",
    node_name: "the node's name in the settings is its name in the cluster",
    ports: "the port table decides",
    recursors: 'use the setting "recursors"',
    retry_max: "an agent that gives up joining ends, and its machine has no node",
    retry_join: 'the plan decides who joins whom; use the setting "join" for another stack',
    server: 'list the node under "servers" or "clients"',
    serf_lan: "the container binds every interface of its own",
    serf_wan: "the container binds every interface of its own",
    start_join: "removed from Consul; the plan decides who joins whom",
};

/**
 * Environment variables that would override the components' decisions in the images' entry points or
 * in Consul's own command, and why an operator may not set them.
 */
export const ownedVariables: Readonly<Record<string, string>> = {
    CONSUL_BIND_INTERFACE: "the container binds every interface of its own",
    CONSUL_CLIENT_INTERFACE: "host-IP port bindings decide where clients reach the agent",
    CONSUL_CONFIG_DIR: 'use the setting "agentConfig"',
    CONSUL_DATA_DIR: "data lives on the node's named volume",
    CONSUL_HTTP_ADDR: "the container's health check asks its own agent",
    CONSUL_HTTP_SSL: "the container's health check asks its own agent, in plain HTTP",
    CONSUL_LOCAL_CONFIG: 'use the setting "agentConfig", which is checked',
    CONSUL_NAMESPACE: "only Consul Enterprise has namespaces, and the open edition refuses them",
    CONSUL_PARTITION: "only Consul Enterprise has partitions, and the open edition refuses them",
    CONSUL_RPC_ADDR: "the container's health check asks its own agent",
};

/** Consul's log levels, from the most verbose to the least. */
const logLevels: readonly string[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERR", "ERROR"];

/** The problems of an operator's extra environment, one line per variable we own. */
export function environmentVariableProblems(
    environment: Readonly<Record<string, string>>,
): string[] {
    return Object.keys(environment)
        .filter((name) => Object.hasOwn(ownedVariables, name))
        .map((name) => `environment.${name}: cannot be set here; ${ownedVariables[name] ?? ""}`);
}

/** The problems of an operator's extra agent configuration, one line each. Consul's keys are not
 * case-sensitive. */
export function extraConfigProblems(extra: JsonObject): string[] {
    const owned = Object.keys(extra)
        .filter((key) => Object.hasOwn(ownedKeys, key.toLowerCase()))
        .map(
            (key) =>
                `agentConfig.${key}: cannot be set here; ${ownedKeys[key.toLowerCase()] ?? ""}`,
        );
    return [...owned, ...dangers(extra)];
}

/** Keys that may be set, but not to these values. */
function dangers(extra: JsonObject): string[] {
    const { acl, enable_script_checks: scripts, log_level: level = "INFO" } = extra;
    const isLevel = typeof level === "string" && logLevels.includes(level.toUpperCase());
    const isClosed = isObject(acl) && acl.enabled === true && acl.default_policy === "deny";
    return [
        ...(isClosed
            ? [
                  'agentConfig.acl.default_policy: got "deny"; gates, clearances and doctor ask ' +
                      "without a token, and would be answered with nothing",
              ]
            : []),
        ...(scripts === true
            ? [
                  "agentConfig.enable_script_checks: got true; whoever reaches port 8500 could run " +
                      "programs on every node. enable_local_script_checks takes those of its " +
                      "configuration alone",
              ]
            : []),
        // A running agent ignores a wrong level on reload, and fails at its next start.
        ...(isLevel
            ? []
            : [
                  `agentConfig.log_level: got ${JSON.stringify(level)}; expected one of ` +
                      logLevels.join(", "),
              ]),
    ];
}

/** Our own configuration of an agent, the extra one merged in. Keys are sorted, so that equal
 * settings give equal text and their order replaces no container. */
export function agentConfig({ role, recursors, extra }: AgentConfigArgs): JsonObject {
    const base: JsonObject = {
        // What Consul recommends for production; its default of 5 suits the smallest cloud machines.
        performance: { raft_multiplier: 1 },
        // A stopped container is a restart; a node leaves when it is removed.
        leave_on_terminate: false,
        // Behind published ports all local clients have the bridge's address, and count as one.
        limits: { http_max_conns_per_client: 1000, rpc_max_conns_per_client: 500 },
        ...(role === "server" ? { ui_config: { enabled: true } } : {}),
        ...(recursors !== undefined && recursors.length > 0 ? { recursors } : {}),
    };
    return mergedConfig(base, extra);
}

/** Our configuration with the operator's merged over it key by key, its keys sorted. */
export function mergedConfig(base: JsonObject, extra: JsonObject = {}): JsonObject {
    return sortKeys(merge(base, extra));
}

/** Whether a JSON value is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function merge(base: JsonObject, over: JsonObject): JsonObject {
    const merged: Record<string, Json> = { ...base };
    for (const [key, value] of Object.entries(over)) {
        const before = merged[key];
        merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value;
    }
    return merged;
}

/** The same object with its keys sorted, at every depth. */
export function sortKeys(object: JsonObject): JsonObject {
    const sorted = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
        sorted.map(([key, value]) => [key, isObject(value) ? sortKeys(value) : value]),
    );
}
