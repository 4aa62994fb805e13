import type { Json, JsonObject } from "./agentConfig.ts";

/**
 * Keys that a running agent takes anew, by their path. From Consul's own account of what a reload
 * does (`reloadConfigInternal` in its agent/agent.go, 1.20 to 1.22), less what the components own.
 */
export const reloadablePaths: readonly string[] = [
    "check",
    "checks",
    "config_entries",
    "discard_check_output",
    "dns_config",
    "limits.http_max_conns_per_client",
    "limits.request_limits",
    "limits.rpc_max_burst",
    "limits.rpc_max_conns_per_client",
    "limits.rpc_rate",
    "log_level",
    "node_meta",
    "raft_snapshot_interval",
    "raft_snapshot_threshold",
    "raft_trailing_logs",
    "service",
    "services",
    "telemetry.prefix_filter",
    "watches",
];

/** An agent's configuration by how it changes. */
export interface SplitConfig {
    /** What an agent reads when it starts. Changing it replaces the container. */
    readonly fixed: JsonObject;
    /** What it is told anew while it runs. */
    readonly reloadable: JsonObject;
}

/** Tells what a running agent takes anew from what it has to be started with. */
export function splitConfig(config: JsonObject): SplitConfig {
    return { fixed: select(config, false), reloadable: select(config, true) };
}

function select(config: JsonObject, reloadable: boolean, parent = ""): JsonObject {
    const selected: Record<string, Json> = {};
    for (const [key, value] of Object.entries(config)) {
        const path = parent + key;
        const inner = reloadablePaths.some((other) => other.startsWith(`${path}.`));
        if (inner && isObject(value)) {
            const part = select(value, reloadable, `${path}.`);
            if (Object.keys(part).length > 0) {
                selected[key] = part;
            }
        } else if (reloadablePaths.includes(path) === reloadable) {
            selected[key] = value;
        }
    }
    return selected;
}

function isObject(value: Json): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
