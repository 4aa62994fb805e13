import { describe, expect, test } from "vitest";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import {
    addresses,
    clientNames,
    declareCluster,
    machines,
    nodeNames,
    plainCluster,
    requestOf,
    scriptOutputs,
    serverNames,
} from "../support/cluster.ts";

const owner = "consul-machines/dev";
const http = (node: string) => `http://${addresses[node] ?? ""}:8500`;
const clearanceOf = (node: string) => `Command consul-${node}-agent-clearance`;

describe.each(Object.keys(machines) as (keyof typeof machines)[])("on %s machines", (driver) => {
    test("a server's container waits for its clearance, which waits for the gate before it", async () => {
        const { find } = await plainCluster(driver);

        const edges = serverNames.map((node) => {
            const among = (key: string) =>
                find(key).dependsOn.filter((other) => /-(agent|ready|clearance)$/.test(other));
            return [among(`Container consul-${node}-agent`), among(clearanceOf(node))];
        });
        const bootstrap = "Container consul-server-1-agent";
        const [one, two] = ["Command consul-server-1-ready", "Command consul-server-2-ready"];
        expect(edges).toEqual([
            [[clearanceOf("server-1")], []],
            [
                [one, clearanceOf("server-2"), bootstrap],
                [one, bootstrap],
            ],
            [
                [two, clearanceOf("server-3"), bootstrap],
                [two, bootstrap],
            ],
        ]);
    });

    test("a clearance says whose, and goes with its machine", async () => {
        const { find } = await plainCluster(driver);

        for (const node of serverNames) {
            const clearance = find(clearanceOf(node));
            const machine = `Command consul-${node}-machine`;
            expect([clearance.deletedWith, clearance.replaceWith]).toEqual([machine, [machine]]);
            expect(clearance.inputs.triggers).toBeUndefined();
            expect(requestOf(clearance)).toEqual({
                nodeName: node,
                httpAddress: http(node),
                container: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
            });
        }
    });

    test("a client has a place in the cluster, and needs no clearance", async () => {
        const { declared, find } = await plainCluster(driver);

        const cleared = declared.filter(({ key }) => key.endsWith("-clearance"));
        expect(cleared.map(({ key }) => key)).toEqual(serverNames.map(clearanceOf));
        expect(clientNames.map((node) => requestOf(find(`Command consul-${node}-member`)))).toEqual(
            clientNames.map((node) => ({
                nodeName: node,
                role: "client",
                httpAddress: http(node),
                servers: Object.fromEntries(serverNames.map((name) => [name, http(name)])),
                agent: membersContainer(node),
                owner,
            })),
        );
    });

    test("a member leaves before anything of it is removed, however often it changed before", async () => {
        const { find } = await plainCluster(driver);

        for (const node of nodeNames) {
            const member = find(`Command consul-${node}-member`);
            const { create, update, delete: down } = member.inputs;
            expect([create, update, down]).toEqual([undefined, undefined, "member leave"]);
            // A new machine is a new member.
            expect(member.propertyDependsOn.triggers).toEqual([`Command consul-${node}-machine`]);
            expect(member.dependsOn).toContain(`Command consul-${node}-ready`);
            // With the machine it would be gone without having left.
            expect([member.deletedWith, member.replaceWith]).toEqual(["", []]);
        }
        expect(requestOf(find("Command consul-server-2-member"))).toEqual({
            nodeName: "server-2",
            role: "server",
            httpAddress: http("server-2"),
            servers: { "server-1": http("server-1"), "server-3": http("server-3") },
            agent: membersContainer("server-2"),
            owner,
        });
    });

    test("the teardown marker depends on every member, so that it is the first to be removed", async () => {
        const { find } = await plainCluster(driver);

        const marker = find("Command consul-teardown");
        expect(marker.dependsOn).toEqual(
            nodeNames.map((node) => `Command consul-${node}-member`).sort(),
        );
        expect([marker.inputs.create, marker.inputs.delete]).toEqual([
            "cluster keep",
            "cluster dissolve",
        ]);
        expect(requestOf(marker)).toEqual({ store: ".state/machines/mocked", owner });
    });
});

test.each([1, 2, 3, 4])(
    "a cluster formed of %d that grows asks no clearance, for it changes no container",
    async (first) => {
        const before = await changesOf(first, first);
        for (let now = first + 1; now <= 5; now += 1) {
            const after = await changesOf(first, now);
            const changed = [...before].filter(([name, one]) => {
                const other = after.get(name);
                // The clearance is asked for a change of the container, and for no other.
                expect(one.clearance === other?.clearance).toBe(one.container === other?.container);
                return one.container !== other?.container;
            });
            expect(changed).toEqual([]);
        }
    },
);

test("nodes that join another stack's cluster leave it by its servers", async () => {
    const { find } = await declareCluster("generic", { join: ["10.9.9.1", "10.9.9.2"] });
    const joined = ["http://10.9.9.1:8500", "http://10.9.9.2:8500"];
    for (const node of nodeNames) {
        expect(requestOf(find(`Command consul-${node}-member`))).toMatchObject({ joined });
    }
    const alone = await plainCluster("generic");
    expect(requestOf(alone.find("Command consul-client-1-member"))).not.toHaveProperty("joined");
});

test("another image, setting or label asks every server's clearance", async () => {
    const { find } = await plainCluster("generic");
    const others = [
        await digests({ image: { kind: "pulled", reference: "hashicorp/consul:1.22.3" } }),
        await digests({ agentConfig: { performance: { raft_multiplier: 2 } } }),
        await digests({ labels: { team: "core" } }),
        await digests({ environment: { A: "1" } }),
    ];

    const before = serverNames.map((node) => find(clearanceOf(node)).inputs.stdin);
    const all = [before, ...others].flat();
    expect(new Set(all).size).toBe(all.length);
    expect(await digests({})).toEqual(before);
    // What a running agent reloads needs no clearance, for no server stops.
    expect(await digests({ agentConfig: { log_level: "debug" } })).toEqual(before);
});

/** Where the agent of a node runs. */
function membersContainer(node: string) {
    return { store: ".state/machines/mocked", machine: `dev-${node}`, container: "consul" };
}

async function digests(over: Parameters<typeof declareCluster>[1]): Promise<unknown[]> {
    const { find } = await declareCluster("generic", over);
    return serverNames.map((node) => find(clearanceOf(node)).inputs.stdin);
}

/** Of each server: what its clearance is asked, and what its container is made of. */
async function changesOf(first: number, now: number) {
    const names = (count: number) =>
        Array.from({ length: count }, (_, index) => `server-${index + 1}`);
    const servers = names(now).map((name, index): NodeArgs => ({
        name,
        machine: { driver: "generic", address: `10.0.0.${index + 11}` },
    }));
    const formation = JSON.stringify({ expect: first, servers: names(first) });
    const { find } = await declareCluster(
        "generic",
        { servers, clients: [] },
        {
            outputs: (resource) =>
                resource.inputs.create === "formation record"
                    ? { stdout: formation }
                    : scriptOutputs(resource),
        },
    );
    const changes = names(now).map((name) => {
        const clearance = String(find(clearanceOf(name)).inputs.stdin);
        const container = JSON.stringify(find(`Container consul-${name}-agent`).inputs);
        return [name, { clearance, container }] as const;
    });
    return new Map(changes);
}

test("snapshots go where the settings say, before a server's container or machine is replaced", async () => {
    const { find } = await declareCluster("generic", { snapshots: "kept" });
    const place = { folder: "kept", datacenter: "dc1" };
    for (const node of serverNames) {
        expect(requestOf(find(clearanceOf(node)))).toMatchObject({ snapshots: place });
        expect(requestOf(find(`Command consul-${node}-member`))).toMatchObject({
            snapshots: place,
        });
    }
    for (const node of clientNames) {
        expect(requestOf(find(`Command consul-${node}-member`))).not.toHaveProperty("snapshots");
    }
});
