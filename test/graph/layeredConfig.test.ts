import { describe, expect, test } from "vitest";
import type { ConsulClusterArgs, NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { valueOf } from "../support/declare.ts";
import {
    clientNames,
    declareCluster,
    machines,
    nodeNames,
    requestOf,
    serverNames,
} from "../support/cluster.ts";

/** What all nodes of a cluster are given. */
type Over = Pick<
    Partial<ConsulClusterArgs>,
    "agentConfig" | "serverConfig" | "clientConfig" | "security"
>;

/** The inputs of everything that a cluster declares, but what holds the numbers of its secrets. */
async function inputsOf(over: Partial<ConsulClusterArgs>): Promise<ReadonlyMap<string, string>> {
    const { declared } = await declareCluster("generic", over);
    return new Map(declared.map(({ key, inputs }) => [key, JSON.stringify(inputs)]));
}

/** The keys of the resources whose inputs another configuration changes. */
async function changed(
    over: Partial<ConsulClusterArgs>,
    before: Partial<ConsulClusterArgs> = {},
): Promise<string[]> {
    const one = await inputsOf(before);
    const other = await inputsOf({ ...before, ...over } as Partial<ConsulClusterArgs>);
    expect([...other.keys()]).toEqual([...one.keys()]);
    return [...other].filter(([key, inputs]) => inputs !== one.get(key)).map(([key]) => key);
}

/** The cluster, one node's own configuration stated. */
function withOwn(
    nodeName: string,
    agentConfig: NodeArgs["agentConfig"],
    over: Over = {},
): Partial<ConsulClusterArgs> {
    const nodes = (names: readonly string[]) =>
        names.map((name): NodeArgs => ({
            name,
            machine: machines.generic(name),
            ...(name === nodeName ? { agentConfig } : {}),
        }));
    return { ...over, servers: nodes(serverNames), clients: nodes(clientNames) };
}

/** What each node's container is started with: of an open cluster a file, of a secured one its request. */
const startedWith = (node: string) => [
    `Command consul-${node}-agent-clearance`,
    `Container consul-${node}-agent`,
];

describe("a change of a key that only its agent's start reads", () => {
    test("under clientConfig touches no server", async () => {
        const clientConfig = { advertise_reconnect_timeout: "12h" };
        expect(await changed({ clientConfig })).toEqual([
            // Each is tried before its container is replaced.
            ...clientNames.map((node) => `Command consul-${node}-agent-check`),
            ...clientNames.map((node) => `Container consul-${node}-agent`),
        ]);
    });

    test("under serverConfig touches no client", async () => {
        const serverConfig = { session_ttl_min: "15s" };
        expect(await changed({ serverConfig })).toEqual(serverNames.flatMap(startedWith).sort());
    });

    test("of one server touches that one alone", async () => {
        const own = withOwn("server-2", { performance: { raft_multiplier: 2 } });
        expect(await changed(own)).toEqual(startedWith("server-2"));
    });

    test("of one client of a secured cluster touches that one's files and container alone", async () => {
        const own = withOwn("client-2", { check_update_interval: "1m" });
        expect(await changed(own, { security: "full" })).toEqual([
            "Command consul-client-2-agent-check",
            "Command consul-client-2-files",
            "Container consul-client-2-agent",
        ]);
    });
});

describe("a change of a key that a running agent reloads touches no container", () => {
    test.each(nodeNames)("the meta of %s alone is given to that one alone", async (node) => {
        const own = withOwn(node, { node_meta: { zone: "a", rack: "r1" } });
        expect(await changed(own)).toEqual([`Command consul-${node}-ready`]);
    });

    test("under clientConfig it is given to the clients alone", async () => {
        expect(await changed({ clientConfig: { limits: { rpc_rate: 50 } } })).toEqual(
            clientNames.map((node) => `Command consul-${node}-ready`),
        );
    });

    test("in a secured cluster as well", async () => {
        const own = withOwn("server-3", { node_meta: { zone: "c" } });
        expect(await changed(own, { security: "full" })).toEqual(["Command consul-server-3-ready"]);
    });
});

test("what is stated for all, for a role and for a node is merged in that order", async () => {
    const over: Over = {
        agentConfig: {
            log_level: "WARN",
            telemetry: { disable_hostname: true },
            node_meta: { a: "1" },
        },
        serverConfig: { log_level: "INFO", telemetry: { metrics_prefix: "own" } },
        clientConfig: { node_meta: { a: "2", b: "3" } },
    };
    const own = { log_level: "DEBUG", node_meta: { b: "4" } };
    const { find } = await declareCluster("generic", withOwn("client-1", own, over));
    const fileOf = (node: string) => {
        const { uploads } = find(`Container consul-${node}-agent`).inputs as {
            uploads: { content: string }[];
        };
        return JSON.parse(uploads[0]?.content ?? "") as unknown;
    };
    const reloaded = (node: string) => requestOf(find(`Command consul-${node}-ready`));

    expect(fileOf("server-1")).toMatchObject({
        telemetry: { disable_hostname: true, metrics_prefix: "own" },
    });
    expect(fileOf("client-1")).not.toMatchObject({ telemetry: { metrics_prefix: "own" } });
    const [server, first, second] = ["server-1", "client-1", "client-2"].map(reloaded);
    expect(server).toMatchObject({
        reloadable: { config: { log_level: "INFO", node_meta: { a: "1" } } },
    });
    expect(first).toMatchObject({
        reloadable: { config: { log_level: "DEBUG", node_meta: { a: "2", b: "4" } } },
    });
    expect(second).toMatchObject({
        reloadable: { config: { log_level: "WARN", node_meta: { a: "2", b: "3" } } },
    });
});

test("parts that are empty are as if they were not there", async () => {
    const empty = { agentConfig: {}, serverConfig: {}, clientConfig: {} };
    expect(await changed(withOwn("server-1", {}, empty))).toEqual([]);
});

test("the library refuses what the program refuses, each part by its name", async () => {
    const over: Over = {
        agentConfig: { bootstrap: true },
        serverConfig: { log_level: "loud" },
        clientConfig: { data_dir: "/x" },
    };
    const refused = declareCluster(
        "generic",
        withOwn("client-2", { client_addr: "0.0.0.0" }, over),
    );

    await expect(refused).rejects.toThrow(
        [
            "Invalid arguments:",
            "agentConfig.bootstrap: cannot be set here; the plan decides which server bootstraps",
            'serverConfig.log_level: got "loud"; expected one of TRACE, DEBUG, INFO, WARN, ERR, ERROR',
            "clientConfig.data_dir: cannot be set here; data lives on the node's named volume",
            "client-2.agentConfig.client_addr: cannot be set here; host-IP port bindings decide where " +
                "clients reach the agent",
        ].join("\n  "),
    );
});

describe("the web UI", () => {
    test("of a cluster that says nothing of it is told of by argument and output, as ever", async () => {
        const { find, cluster } = await declareCluster("generic", {});
        expect(find("Container consul-server-1-agent").inputs.command).toContain("-ui");
        expect(cluster.uiUrl).toBeDefined();
    });

    test.each([{ ui_config: { enabled: false } }, { ui: false }])(
        "with %j is neither",
        async (serverConfig) => {
            const { find, cluster } = await declareCluster("generic", { serverConfig });
            for (const node of nodeNames) {
                const { command } = find(`Container consul-${node}-agent`).inputs;
                expect(command).not.toContain("-ui");
            }
            expect(cluster.uiUrl).toBeUndefined();
        },
    );

    test("of another server says nothing of the first one's", async () => {
        const own = withOwn("server-2", { ui_config: { enabled: false } });
        const { find, cluster } = await declareCluster("generic", own);
        expect(find("Container consul-server-1-agent").inputs.command).toContain("-ui");
        expect(find("Container consul-server-2-agent").inputs.command).not.toContain("-ui");
        expect(cluster.uiUrl).toBeDefined();
    });

    test("elsewhere on the port is where the output says", async () => {
        const serverConfig = { ui_config: { content_path: "/consul/" } };
        const { cluster } = await declareCluster("generic", { serverConfig });
        expect(cluster.uiUrl && (await valueOf(cluster.uiUrl))).toBe(
            "http://10.0.0.11:8500/consul/",
        );
    });
});
