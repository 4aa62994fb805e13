import { describe, expect, it, test } from "vitest";
import { checkedPlacement } from "../../../../cli/import/checkedPlacement.ts";
import { readConfiguration } from "../../../../cli/import/configuration.ts";
import { place } from "../../../../cli/import/place.ts";
import type { Target } from "../../../../cli/import/placed.ts";
import type { Json } from "../../../../components/agent/agentConfig.ts";

/** Settings that a program may have and that files have places in. */
const declared = new Set(
    "agentConfig serverConfig clientConfig ports gossipKey serverServices clientServices".split(
        " ",
    ),
);

function read(value: object) {
    return readConfiguration([{ path: "a.json", format: "json", text: JSON.stringify(value) }]);
}

function placed(value: object, target: Partial<Target> = {}) {
    const { settings, left, secrets } = place(read(value), {
        role: "server",
        nodeIndex: 0,
        security: "full",
        declared,
        refused: new Map(),
        ...target,
    });
    return {
        settings,
        left: left.map(({ key }) => key),
        reasons: left.map(({ reason }) => reason),
        secrets: secrets.map(({ setting, value: text }) => [setting, text]),
    };
}

describe("a key that has a place", () => {
    const cases: readonly (readonly [object, Readonly<Record<string, Json>>])[] = [
        [{ datacenter: "DC1" }, { datacenter: "dc1" }],
        [{ bootstrap_expect: 5 }, { servers: 5 }],
        [{ recursors: ["1.1.1.1", "9.9.9.9"] }, { recursors: ["1.1.1.1", "9.9.9.9"] }],
        [{ log_level: "WARN" }, { serverConfig: { log_level: "WARN" } }],
        [{ limits: { rpc_rate: 5 } }, { serverConfig: { limits: { rpc_rate: 5 } } }],
        [{ node_meta: {} }, { serverConfig: { node_meta: {} } }],
        [{ ports: { dns: 53 } }, { ports: { dns: 53 } }],
        [{ ports: { dns: -1 } }, { ports: { dns: false } }],
        [{ ports: { grpc: 8502 } }, { ports: { grpc: 8502 } }],
        [{ ports: { grpc_tls: 8503 } }, { ports: { grpcTls: 8503 } }],
        [{ ports: { https: 443 } }, { ports: { https: 443 } }],
        [{ tls_min_version: "tls13" }, { tls: { minVersion: "1.3" } }],
        [{ tls: { defaults: { tls_min_version: "TLSv1_2" } } }, { tls: { minVersion: "1.2" } }],
        [{ tls: { https: { verify_incoming: true } } }, { tls: { clientCertificates: true } }],
        [{ verify_incoming_https: false }, { tls: { clientCertificates: false } }],
        [
            { service: { name: "web", port: 80 } },
            { serverServices: [{ definition: { name: "web", port: 80 } }] },
        ],
        [{ check: { id: "a", ttl: "9s" } }, { serverConfig: { checks: [{ id: "a", ttl: "9s" }] } }],
    ];

    it.each(cases)("%j is %j", (value, settings) => {
        expect(placed(value)).toEqual({ settings, left: [], reasons: [], secrets: [] });
    });

    it("is in the configuration of clients where the files are theirs", () => {
        expect(placed({ log_json: true }, { role: "client" }).settings).toEqual({
            clientConfig: { log_json: true },
        });
    });

    it("is in that of all agents where the program tells no roles apart", () => {
        const settings = { agentConfig: { log_json: true } };
        expect(placed({ log_json: true }, { declared: new Set() }).settings).toEqual(settings);
    });

    it("is the one node's where it is named", () => {
        const value = { node_name: "b", node_meta: { rack: "1" }, service: { name: "web" } };
        expect(placed(value, { node: "b", nodeIndex: 1 })).toMatchObject({
            settings: {
                servers: [
                    {
                        name: "b",
                        agentConfig: { node_meta: { rack: "1" } },
                        services: [{ definition: { name: "web" } }],
                    },
                ],
            },
            left: [],
        });
    });

    it("may be one that an open cluster alone has a place for", () => {
        const value = { tls_min_version: "tls13", ports: { http: 80, https: 443 } };
        expect(placed(value, { security: "open" })).toMatchObject({
            settings: { serverConfig: { tls_min_version: "tls13" }, ports: { http: 80 } },
            left: ["ports.https"],
        });
    });
});

describe("a key that has none", () => {
    it.each([
        [{ data_dir: "/opt/consul" }, ["data_dir"], /named volume/],
        [{ retry_join: ["10.0.0.1"] }, ["retry_join"], /the plan decides/],
        [
            { acl: { enabled: true, default_policy: "deny" } },
            ["acl.enabled", "acl.default_policy"],
            /./,
        ],
        [{ node_name: "b" }, ["node_name"], /; --node "b" is for one node of servers$/],
        [
            { ports: { server: 8300, serf_lan: 8301 } },
            ["ports.server", "ports.serf_lan"],
            /^it is so here$/,
        ],
        [{ ports: { server: 9300 } }, ["ports.server"], /8300 to 8302/],
        [{ ports: { grpc: -1, dns: 8600 } }, ["ports.grpc", "ports.dns"], /^it is so here$/],
        [{ ports: { http: 80 } }, ["ports.http"], /served by HTTPS/],
        [{ ports: { sidecar_min_port: 1 } }, ["ports.sidecar_min_port"], /service mesh/],
    ])("%j is listed with the reason", (value, left, reason) => {
        const found = placed(value);
        expect([found.settings, found.left]).toEqual([{}, left]);
        expect(found.reasons.filter((one) => !reason.test(one))).toEqual([]);
    });

    it("is a count of servers where one node is meant", () => {
        expect(placed({ bootstrap_expect: 3 }, { node: "a" }).left).toEqual(["bootstrap_expect"]);
    });

    it("is a service where the program has no place for those of a role", () => {
        const value = { service: { name: "web" }, check: { ttl: "9s", service_id: "web" } };
        expect(placed(value, { declared: new Set() })).toMatchObject({
            settings: {},
            left: ["services[0]", "checks[0]"],
        });
    });
});

describe("a secret", () => {
    it.each([
        [{ encrypt: "a key" }, [["gossipKey", "a key"]]],
        [
            { telemetry: { circonus_api_token: "abc" } },
            [["serverConfig.telemetry.circonus_api_token", "abc"]],
        ],
        [
            { reporting: { license: { proxy: "http://me:word@proxy" } } },
            [["serverConfig.reporting.license.proxy", "http://me:word@proxy"]],
        ],
    ])("in %j is beside the settings", (value, secrets) => {
        expect(placed(value)).toMatchObject({ settings: {}, left: [], secrets });
    });

    it("in a definition is taken out of it and listed", () => {
        const value = {
            service: {
                name: "web",
                token: "abc",
                check: { http: "http://a/", header: { Authorization: ["Bearer abc"] } },
            },
        };
        const found = placed(value);
        expect(found.settings).toEqual({
            serverServices: [{ definition: { name: "web", checks: [{ http: "http://a/" }] } }],
        });
        expect(found.left).toEqual([
            "services[0].token",
            "services[0].check.header.Authorization[0]",
        ]);
    });

    it("in a list has the whole list left out", () => {
        const value = { watches: [{ type: "key", token: "abc" }] };
        expect(placed(value)).toMatchObject({ settings: {}, left: ["watches"], secrets: [] });
    });

    it("is not a name of a file, a duration or a switch", () => {
        const value = {
            license_path: "/etc/license",
            acl_token_ttl: "30s",
            telemetry: { circonus_api_token: "" },
        };
        expect(placed(value).secrets).toEqual([]);
    });
});

test("a check beside a service is in its definition, without the service's id", () => {
    const value = {
        services: [{ id: "w", name: "web", checks: [{ tcp: "a:1" }] }, { name: "db" }],
        checks: [
            { id: "1", service_id: "w", ttl: "1s" },
            { id: "2", ServiceID: "db", ttl: "2s" },
        ],
    };
    expect(placed(value).settings).toEqual({
        serverServices: [
            {
                definition: {
                    id: "w",
                    name: "web",
                    checks: [{ tcp: "a:1" }, { id: "1", ttl: "1s" }],
                },
            },
            { definition: { name: "db", checks: [{ id: "2", ttl: "2s" }] } },
        ],
    });
});

describe("what the settings refuse", () => {
    const target = { role: "server", nodeIndex: 0, security: "full", declared } as const;

    async function checked(value: object, problems: (texts: string) => readonly string[]) {
        const found = await checkedPlacement(read(value), target, { driver: "lab" }, (texts) =>
            Promise.resolve({ problems: problems(JSON.stringify(texts)), warnings: [] }),
        );
        const { settings, left } = found.placement;
        return { settings, left, problems: found.problems };
    }

    it("is left out with their reason, and nothing else is", async () => {
        const value = { log_level: "x", pid_file: "/run/pid", recursors: ["127.0.0.1", "1.1.1.1"] };
        const { settings, left, problems } = await checked(value, (texts) => [
            ...(texts.includes("pid_file")
                ? ["serverConfig.pid_file: cannot be set here; why"]
                : []),
            ...(texts.includes("127.0.0.1") ? ['recursors[0]: got "127.0.0.1"; elsewhere'] : []),
        ]);
        expect(settings).toEqual({ serverConfig: { log_level: "x" }, recursors: ["1.1.1.1"] });
        expect(left).toEqual([
            { key: "pid_file", file: "a.json", reason: "why" },
            { key: "recursors[0]", file: "a.json", reason: 'got "127.0.0.1"; elsewhere' },
        ]);
        expect(problems).toEqual([]);
    });

    it("takes all that is in the place of the problem", async () => {
        const value = { limits: { rpc_rate: 1, rpc_max_burst: 2 }, log_json: true };
        const { settings, left } = await checked(value, (texts) =>
            texts.includes("limits") ? ["serverConfig.limits: no such map"] : [],
        );
        expect(settings).toEqual({ serverConfig: { log_json: true } });
        expect(left.map(({ key }) => key)).toEqual(["limits.rpc_rate", "limits.rpc_max_burst"]);
    });

    it("is one check where a service has a wrong one", async () => {
        const checks = [{ args: ["x"] }, { ttl: "9s" }];
        const { settings, left } = await checked({ service: { name: "web", checks } }, (texts) =>
            texts.includes("args")
                ? ["serverServices[0].definition.checks[0].args: no script checks"]
                : [],
        );
        expect(settings).toEqual({
            serverServices: [{ definition: { name: "web", checks: [{ ttl: "9s" }] } }],
        });
        expect(left.map(({ key }) => key)).toEqual(["services[0].checks[0]"]);
    });

    it("stays a problem where it is none of the files'", async () => {
        const { settings, problems } = await checked({ log_json: true }, () => [
            "driver: got 1; no",
        ]);
        expect([settings, problems]).toEqual([
            { serverConfig: { log_json: true } },
            ["driver: got 1; no"],
        ]);
    });

    it("is checked with the secrets in their places, told as secrets", async () => {
        const seen: unknown[] = [];
        await checkedPlacement(
            read({ encrypt: "a key" }),
            target,
            { a: { secure: "x" } },
            (texts, secretKeys) => {
                seen.push(texts, [...secretKeys]);
                return Promise.resolve({ problems: [], warnings: [] });
            },
        );
        expect(seen.slice(0, 2)).toEqual([{ a: "x", gossipKey: "a key" }, ["a", "gossipKey"]]);
    });
});
