import { expect, test } from "vitest";
import type { ConsulClusterArgs } from "../../components/cluster/clusterArgs.ts";
import { engineOptions, type EngineSettings } from "../../components/machine/engineSettings.ts";
import {
    clusterArgs,
    declareCluster,
    keysOf,
    nodeNames,
    plainCluster,
    requestOf,
} from "../support/cluster.ts";
import { property } from "../../scripts/system/json.ts";

const engine: EngineSettings = { mirrors: ["https://mirror.example"] };
const told = engineOptions(engine, undefined);
const command = (node: string) => `Command consul-${node}-engine`;

test("each machine is made with what its engine is told", async () => {
    const { find } = await declareCluster("generic", { engine });

    for (const node of nodeNames) {
        const machine = find(`Command consul-${node}-machine`);
        expect(property(requestOf(machine), "engine")).toEqual(told);
        expect(requestOf(find(command(node)))).toMatchObject({
            machine: `dev-${node}`,
            owner: "consul-machines/dev",
            engine: told,
            agent: {
                nodeName: node,
                log: { machine: `dev-${node}`, container: "consul" },
            },
        });
    }
});

test("what an engine is told is no part of what its machine is", async () => {
    const plain = await plainCluster("generic");
    const { find } = await declareCluster("generic", { engine });
    const machine = "Command consul-server-1-machine";

    expect(find(machine).inputs.triggers).toEqual(plain.find(machine).inputs.triggers);
});

test("an engine restarts behind the gate of the server before, and whatever uses it comes behind that", async () => {
    const { find } = await declareCluster("generic", { engine });

    expect(find(command("server-1")).dependsOn).not.toContain("Command consul-server-2-ready");
    expect(find(command("server-2")).dependsOn).toEqual(
        expect.arrayContaining([
            "Command consul-server-2-machine",
            "Command consul-server-1-ready",
            "Container consul-server-1-agent",
        ]),
    );
    expect(find(command("client-1")).dependsOn).toContain("Command consul-server-3-ready");
    expect(find("Provider consul-server-2-docker").dependsOn).toContain(command("server-2"));
    expect(find(command("server-2"))).toMatchObject({
        deletedWith: "Command consul-server-2-machine",
        replaceWith: ["Command consul-server-2-machine"],
        inputs: { create: "engine apply", update: "engine apply", delete: "engine reset" },
    });
});

test("one that is known not to restart holds up nothing", async () => {
    const args = clusterArgs("generic");
    const settled = (nodes: ConsulClusterArgs["servers"] = []) =>
        nodes.map((node) => ({ ...node, engineSettled: true }));
    const over = { engine, servers: settled(args.servers), clients: settled(args.clients) };
    const { find } = await declareCluster("generic", over);

    expect(find(command("server-2")).dependsOn).not.toContain("Command consul-server-1-ready");
    expect(find("Provider consul-server-2-docker").dependsOn).toContain(command("server-2"));
});

test("an archive is loaded behind it as well", async () => {
    const image = {
        kind: "archive",
        archive: "a.tar",
        source: "consul:1",
        reference: "b:1",
    } as const;
    const { find } = await declareCluster("generic", { engine, image });

    expect(find("Command consul-client-2-image").dependsOn).toContain(command("client-2"));
});

test("a node's own settings win, key by key, and only its engine is told them", async () => {
    const args = clusterArgs("generic");
    const servers = args.servers.map((node) =>
        node.name === "server-2" ? { ...node, engine: { labels: { zone: "b" } } } : node,
    );
    const { find, declared } = await declareCluster("generic", {
        servers,
    });

    expect(keysOf(declared).filter((key) => key.endsWith("-engine"))).toEqual([
        command("server-2"),
    ]);
    expect(property(requestOf(find(command("server-2"))), "engine")).toEqual(
        engineOptions({ labels: { zone: "b" } }, undefined),
    );
});

test("without settings nothing is declared, and no request is another one", async () => {
    const { declared } = await plainCluster("generic");
    const empty = await declareCluster("generic", { engine: {} });

    expect(keysOf(declared).filter((key) => key.endsWith("-engine"))).toEqual([]);
    expect(empty.declared.map(({ key, inputs }) => [key, inputs])).toEqual(
        declared.map(({ key, inputs }) => [key, inputs]),
    );
});

test("agents log as their engine's containers do, unless their own settings say otherwise", async () => {
    const journal: EngineSettings = { logDriver: "journald", logOpts: { tag: "all" } };
    const { find } = await declareCluster("generic", { engine: journal });
    expect(find("Container consul-server-1-agent").inputs).toMatchObject({
        logDriver: "journald",
        logOpts: { tag: "all" },
    });
    const own = await declareCluster("generic", {
        engine: journal,
        container: { logDriver: "local" },
    });
    expect(own.find("Container consul-server-1-agent").inputs).toMatchObject({
        logDriver: "local",
        logOpts: { "max-size": "10m", "max-file": "3" },
    });
});

test("nodes that share a machine have one engine, whose restart waits for no node", async () => {
    const { find, declared } = await declareCluster("generic", {
        machine: { driver: "generic", address: "10.0.0.99" },
        servers: [{ name: "a" }],
        clients: [{ name: "b" }],
        engine,
    });

    const [key = "", ...others] = keysOf(declared).filter((one) => one.endsWith("-engine"));
    expect(others).toEqual([]);
    expect(property(requestOf(find(key)), "agent")).toBeUndefined();
    expect(find("Provider consul-shared-docker").dependsOn).toContain(key);
});

test("a library's settings are checked as the program's", async () => {
    await expect(declareCluster("generic", { engine: { mirrors: ["no"] } })).rejects.toThrow(
        'engine.mirrors[0]: got "no"; the URL of a mirror',
    );
});
