import * as fc from "fast-check";
import { expect, test } from "vitest";
import { agentConfig, type Json } from "../../../../components/agent/agentConfig.ts";

const common = {
    leave_on_terminate: false,
    limits: { http_max_conns_per_client: 1000, rpc_max_conns_per_client: 500 },
    performance: { raft_multiplier: 1 },
};

test("a server has the UI, a client has not", () => {
    expect(agentConfig({ role: "server" })).toEqual({ ...common, ui_config: { enabled: true } });
    expect(agentConfig({ role: "client" })).toEqual(common);
});

test("recursors are there when there are any", () => {
    expect(agentConfig({ role: "client", recursors: [] })).toEqual(common);
    expect(agentConfig({ role: "client", recursors: ["9.9.9.9"] })).toEqual({
        ...common,
        recursors: ["9.9.9.9"],
    });
});

test("the extra configuration is merged key by key; lists and plain values replace ours", () => {
    const extra = {
        log_level: "debug",
        leave_on_terminate: true,
        limits: { rpc_max_conns_per_client: 7, txn_max_req_len: 1 },
        performance: [1],
    };
    expect(agentConfig({ role: "client", extra })).toEqual({
        log_level: "debug",
        leave_on_terminate: true,
        limits: {
            http_max_conns_per_client: 1000,
            rpc_max_conns_per_client: 7,
            txn_max_req_len: 1,
        },
        performance: [1],
    });
});

test("equal settings give equal text, in whatever order they were written", () => {
    const value = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.integer(), { maxKeys: 5 });
    const config = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), value, { maxKeys: 5 });
    const reversed = (object: Readonly<Record<string, Json>>) =>
        Object.fromEntries(Object.entries(object).reverse());
    fc.assert(
        fc.property(config, (extra) => {
            const inner = Object.entries(extra).map(([key, one]) => [key, reversed(one)] as const);
            const other = reversed(Object.fromEntries(inner));
            expect(JSON.stringify(agentConfig({ role: "server", extra: other }))).toBe(
                JSON.stringify(agentConfig({ role: "server", extra })),
            );
        }),
    );
});

test("keys are sorted at every depth", () => {
    const extra = { z: { b: 1, a: { d: 1, c: 2 } } };
    expect(JSON.stringify(agentConfig({ role: "client", extra }))).toBe(
        '{"leave_on_terminate":false,"limits":{"http_max_conns_per_client":1000,' +
            '"rpc_max_conns_per_client":500},"performance":{"raft_multiplier":1},' +
            '"z":{"a":{"c":2,"d":1},"b":1}}',
    );
});
