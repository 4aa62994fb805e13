import type { Role } from "./ports.ts";

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
    readonly [key: string]: Json;
}

/** What decides an agent's configuration file. */
export interface AgentConfigArgs {
    /** Whether the agent takes part in Raft. */
    readonly role: Role;
    /** Resolvers for names outside Consul's domain. @default none: such names are refused. */
    readonly recursors?: readonly string[] | undefined;
    /** Extra configuration of the operator's, merged over ours key by key. */
    readonly extra?: JsonObject | undefined;
}

/**
 * Configuration keys that the components themselves decide, and why nobody else may: a second
 * opinion here would break what the graph, the ports or the gates rely on.
 */
export const ownedKeys: Readonly<Record<string, string>> = {
    advertise_addr: "the machine's address is advertised",
    bind_addr: "the container binds every interface of its own",
    bootstrap: "the plan decides which server bootstraps",
    bootstrap_expect: "the plan decides which server bootstraps",
    client_addr: "host-IP port bindings decide where clients reach the agent",
    data_dir: "data lives on the node's named volume",
    datacenter: 'use the setting "datacenter"',
    node_id: "the identity lives on the node's volume; a pinned one votes without its data",
    node_name: "the node's name in the settings is its name in the cluster",
    ports: "the port table decides",
    recursors: 'use the setting "recursors"',
    retry_join: 'the plan decides who joins whom; use the setting "join" for another stack',
    server: 'list the node under "servers" or "clients"',
    start_join: "removed from Consul; the plan decides who joins whom",
};

/** What Consul calls the levels of its log, from the most said to the least. */
const logLevels: readonly string[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERR", "ERROR"];

/** The problems of an operator's extra agent configuration: keys that we own, and a level that an
 * agent which runs would pass over, and one that starts would die of. */
export function extraConfigProblems(extra: JsonObject): string[] {
    const owned = Object.keys(extra)
        .filter((key) => key in ownedKeys)
        .map((key) => `agentConfig.${key}: cannot be set here; ${ownedKeys[key] ?? ""}`);
    const level = extra.log_level ?? "INFO";
    const isKnown = typeof level === "string" && logLevels.includes(level.toUpperCase());
    const expected = `expected one of ${logLevels.join(", ")}`;
    return isKnown
        ? owned
        : [...owned, `agentConfig.log_level: got ${JSON.stringify(level)}; ${expected}`];
}

/** Our own configuration of an agent, the extra one merged in. Keys are sorted, so that equal
 * settings give equal text and no container is replaced for an order of words. */
export function agentConfig({ role, recursors, extra }: AgentConfigArgs): JsonObject {
    const base: JsonObject = {
        // Timings for servers on a network of their own, as Consul advises for production; its
        // default of 5 is meant for the smallest cloud machines.
        performance: { raft_multiplier: 1 },
        // A stopped container is a restart, not a farewell: leaving is what removal does.
        leave_on_terminate: false,
        // Behind published ports every local client has the bridge's address, so they share one
        // client's share of connections.
        limits: { http_max_conns_per_client: 1000, rpc_max_conns_per_client: 500 },
        ...(role === "server" ? { ui_config: { enabled: true } } : {}),
        ...(recursors !== undefined && recursors.length > 0 ? { recursors } : {}),
    };
    return sortKeys(merge(base, extra ?? {}));
}

function isObject(value: Json | undefined): value is JsonObject {
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

/** The same object, its keys in order at every depth. */
export function sortKeys(object: JsonObject): JsonObject {
    const sorted = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
        sorted.map(([key, value]) => [key, isObject(value) ? sortKeys(value) : value]),
    );
}
