import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ownedKeys } from "../../../../components/agent/ownedKeys.ts";
import { reloadablePaths, splitConfig } from "../../../../components/agent/reloadableConfig.ts";
import { projectRoot } from "../../../../cli/tools/paths.ts";

test("what a running agent takes is told from what it is started with, key by key", () => {
    const config = {
        log_level: "DEBUG",
        performance: { raft_multiplier: 5 },
        limits: { http_max_conns_per_client: 5, txn_max_req_len: 1 },
        telemetry: { prefix_filter: ["-consul.raft"], prometheus_retention_time: "60s" },
        node_meta: { rack: "1" },
    };
    expect(splitConfig(config)).toEqual({
        config: {
            performance: { raft_multiplier: 5 },
            limits: { txn_max_req_len: 1 },
            telemetry: { prometheus_retention_time: "60s" },
        },
        reloadable: {
            log_level: "DEBUG",
            limits: { http_max_conns_per_client: 5 },
            telemetry: { prefix_filter: ["-consul.raft"] },
            node_meta: { rack: "1" },
        },
    });
});

test("a part without any key of a kind is not there at all", () => {
    const limits = { limits: { rpc_rate: 5 } };
    expect(splitConfig(limits)).toEqual({ config: {}, reloadable: limits });
    expect(splitConfig({ limits: {} })).toEqual({ config: {}, reloadable: {} });
    expect(splitConfig({})).toEqual({ config: {}, reloadable: {} });
});

test("keys are told apart as Consul does, whatever their case", () => {
    const config = { Log_Level: "WARN", Limits: { RPC_Rate: 5, TXN_max_req_len: 1 } };
    expect(splitConfig(config)).toEqual({
        config: { Limits: { TXN_max_req_len: 1 } },
        reloadable: { Log_Level: "WARN", Limits: { RPC_Rate: 5 } },
    });
});

test("a list where Consul has a map goes to the start, which refuses it", () => {
    expect(splitConfig({ limits: [1] })).toEqual({ config: { limits: [1] }, reloadable: {} });
});

test("nothing that the components own is reloadable", () => {
    expect(reloadablePaths.filter((path) => path in ownedKeys)).toEqual([]);
});

test("the page of agents names every key that is reloaded", () => {
    const page = readFileSync(join(projectRoot, "docs", "agents.md"), "utf8");
    expect(reloadablePaths.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
