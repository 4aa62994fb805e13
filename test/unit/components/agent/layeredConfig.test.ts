import { expect, test } from "vitest";
import type { JsonObject } from "../../../../components/agent/agentConfig.ts";
import {
    layersOf,
    mergeLayers,
    sourceOf,
    type ConfigPath,
} from "../../../../components/agent/layeredConfig.ts";

const cluster = {
    agentConfig: { log_level: "WARN", limits: { rpc_rate: 1, rpc_max_burst: 2 }, recursors: ["a"] },
    serverConfig: { autopilot: { max_trailing_logs: 500 }, log_level: "INFO" },
    clientConfig: { limits: { rpc_rate: 50 } },
};

const own: JsonObject = { Limits: { RPC_rate: 9 }, node_meta: { Zone: "a", zone: "b" } };
const client = { role: "client", path: "clients[0].agentConfig", agentConfig: own } as const;

test("all nodes' part comes first, then the role's, then the node's own", () => {
    expect(layersOf(cluster, client)).toEqual([
        { path: "agentConfig", config: cluster.agentConfig },
        { path: "clientConfig", config: cluster.clientConfig },
        { path: "clients[0].agentConfig", config: own },
    ]);
    expect(layersOf(cluster, { role: "server", path: "x" }).map(({ path }) => path)).toEqual([
        "agentConfig",
        "serverConfig",
    ]);
    expect(layersOf({}, { role: "server", path: "x" })).toEqual([]);
});

test("a later part overrides an earlier one key by key, in whatever case it is spelled", () => {
    expect(mergeLayers(layersOf(cluster, client))).toEqual({
        limits: { rpc_max_burst: 2, rpc_rate: 9 },
        log_level: "WARN",
        node_meta: { Zone: "a", zone: "b" },
        recursors: ["a"],
    });
    expect(mergeLayers(layersOf(cluster, { role: "server", path: "x" }))).toEqual({
        autopilot: { max_trailing_logs: 500 },
        limits: { rpc_max_burst: 2, rpc_rate: 1 },
        log_level: "INFO",
        recursors: ["a"],
    });
});

test("words of an operator's own are told apart by their case; names of Consul's are not", () => {
    const layers = layersOf(
        { agentConfig: { node_meta: { Zone: "a" }, Telemetry: { disable_hostname: true } } },
        {
            role: "client",
            path: "x",
            agentConfig: { node_meta: { zone: "b" }, telemetry: { Disable_Hostname: false } },
        },
    );
    expect(mergeLayers(layers)).toEqual({
        node_meta: { Zone: "a", zone: "b" },
        Telemetry: { disable_hostname: false },
    });
});

test("a part alone is as it was stated, and none is none", () => {
    const agentConfig = { z: 1, a: 2 };
    expect(mergeLayers(layersOf({ agentConfig }, { role: "server", path: "x" }))).toBe(agentConfig);
    expect(mergeLayers([])).toBeUndefined();
});

test.each<[ConfigPath, string]>([
    [["limits", "rpc_rate"], "clients[0].agentConfig.Limits.RPC_rate"],
    [["limits", "rpc_max_burst"], "agentConfig.limits.rpc_max_burst"],
    [["limits"], "clients[0].agentConfig.Limits"],
    [["log_level"], "agentConfig.log_level"],
    [["recursors", 0], "agentConfig.recursors[0]"],
    [["node_meta", "zone"], "clients[0].agentConfig.node_meta.zone"],
    [["limits", "kv_max_value_size"], "clients[0].agentConfig.Limits.kv_max_value_size"],
    [["nowhere"], "agentConfig.nowhere"],
])("the value at %j is from %s", (place, source) => {
    expect(sourceOf(layersOf(cluster, client), place)).toBe(source);
});
