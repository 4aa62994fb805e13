import { isObject, type Json, type JsonObject } from "./agentConfig.ts";
import type { ConfigFiles } from "./imageContract.ts";

/** Keys that a running agent reloads, by their path: those of `reloadConfigInternal` in Consul's
 * agent/agent.go, 1.20 to 1.22, without those that the components own. */
export const reloadablePaths: readonly string[] = [
    "cache",
    "check",
    "checks",
    "config_entries",
    "discard_check_output",
    "dns_config",
    "enable_debug",
    "limits.http_max_conns_per_client",
    "limits.request_limits",
    "limits.rpc_client_timeout",
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
    "xds",
];

/** Separates what a running agent reloads from what it must be started with. */
export function splitConfig(config: JsonObject): ConfigFiles {
    return { config: select(config, false), reloadable: select(config, true) };
}

function select(config: JsonObject, reloadable: boolean, parent = ""): JsonObject {
    const selected: Record<string, Json> = {};
    for (const [key, value] of Object.entries(config)) {
        const path = parent + key.toLowerCase();
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
