import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AdoptRequest } from "../../../../scripts/protocol/adoption.ts";
import { adoptAgent, forgetAdopted } from "../../../../scripts/verbs/agentAdopt.ts";
import { fakeAgent, healthyCluster, serverHealth } from "../../../support/fakeConsul.ts";
import { handmadeHost, mountpoint, type HandmadeHost } from "../../../support/handmadeHost.ts";
import { quickClock, said } from "../../../support/quickTime.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock(1000);
});
afterEach(() => {
    vi.useRealTimers();
});

const trio = ["server-1", "server-2", "server-3"];
const owner = "consul-machines/dev";
const ours = { "consul-machines.owner": owner, "consul-machines.node": "server-1" };
const id = "0f5a3c1e-0000-4000-8000-0123456789ab";
const set = "ssh dev-server-1 sudo sh -c 'set -e; test -d";

/** What the agent says of itself; a part of it may be another. */
const account = (over: Readonly<Record<string, object>> = {}) => ({
    Config: {
        NodeName: "server-1",
        NodeID: id,
        Datacenter: "dc1",
        Server: true,
        Version: "1.20.1",
        ...over.Config,
    },
    DebugConfig: {
        DataDir: "/consul/data",
        ACLsEnabled: false,
        LeaveOnTerm: false,
        ...over.DebugConfig,
    },
    Member: { Addr: "10.0.0.11", ...over.Member },
    Stats: { raft: { applied_index: "100" }, serf_lan: { encrypted: "false" }, ...over.Stats },
});

/** A host with a server of a healthy cluster that leads, unless another one is to. */
async function lay(
    host: HandmadeHost,
    {
        over = {},
        leader = 0,
    }: { readonly over?: Parameters<typeof account>[0]; readonly leader?: number } = {},
) {
    const cluster = healthyCluster("server-1", trio);
    const { url, written } = await fakeAgent((wrote) => ({
        ...cluster,
        account: account(over),
        leader: wrote > 0 ? "10.0.0.2:8300" : "10.0.0.1:8300",
        health: {
            Healthy: true,
            FailureTolerance: 1,
            Servers: trio.map((name, index) => serverHealth(name, { Leader: index === leader })),
        },
    }));
    const request: AdoptRequest = {
        nodeName: "server-1",
        role: "server",
        container: "mine",
        httpAddress: url,
        address: "10.0.0.11",
        servers: {},
        datacenter: "dc1",
        agent: { store: host.store, machine: host.machine, container: "consul" },
        volume: "consul-data",
        owner,
        binary: host.binary,
    };
    return { request, written };
}

/** A server of a cluster that has lost another one, and cannot do without this one. */
async function withoutSpare(): Promise<string> {
    const { url } = await fakeAgent(() => ({
        ...healthyCluster("server-1", trio),
        account: account(),
        health: {
            Healthy: false,
            FailureTolerance: 0,
            Servers: trio.map((name, index) =>
                serverHealth(name, { Leader: index === 0, Healthy: index < 2 }),
            ),
        },
    }));
    return url;
}

const copied = (from: string, to: string) => `cp -a ${from}/. ${to}/`;

describe("an agent that somebody made by hand", () => {
    test("on a volume of another name: it is stopped, copied, and set aside as it is", async () => {
        const host = await handmadeHost({ mine: { data: "data" } }, { data: {} });
        const { request, written } = await lay(host);
        expect(await adoptAgent(request)).toBe("adopted");
        expect(written).toEqual(["POST /v1/operator/raft/transfer-leader"]);
        expect(host.done).toEqual([
            "stop mine",
            "create volume consul-data",
            "restart mine: no",
            "rename mine mine-adopted",
        ]);
        expect(host.volumes.get("consul-data")).toEqual(ours);
        const [copy = "", ...more] = await host.calls();
        expect(more).toEqual([]);
        expect(copy).toContain(`${set} ${mountpoint("data")}/raft`);
        expect(copy).toContain(copied(mountpoint("data"), mountpoint("consul-data")));
        expect(copy).toContain(`printf %s ${id} >${mountpoint("consul-data")}/node-id`);
        expect(host.volumes.get("data")).toEqual({});
        expect(host.containers.get("mine-adopted")).toMatchObject({ running: false, data: "data" });
    });

    test("in a folder of the host: that is copied, and stays", async () => {
        const host = await handmadeHost({ mine: { data: "/srv/consul" } });
        const { request, written } = await lay(host, { leader: 1 });
        await adoptAgent(request);
        // Another server leads.
        expect(written).toEqual([]);
        expect((await host.calls())[0]).toContain(copied("/srv/consul", mountpoint("consul-data")));
    });

    test("on a volume of our name: that is made anew with our label, by way of another one", async () => {
        const host = await handmadeHost({ consul: {} }, { "consul-data": {} });
        const { request } = await lay(host);
        await adoptAgent({ ...request, container: "consul" });
        expect(host.done).toEqual([
            "stop consul",
            "create volume consul-data-before-adoption",
            "create consul-before-adoption on consul-data-before-adoption",
            "remove consul",
            "remove volume consul-data",
            "create volume consul-data",
            "rename consul-before-adoption consul-adopted",
        ]);
        const copies = await host.calls();
        const staging = mountpoint("consul-data-before-adoption");
        expect(copies).toHaveLength(2);
        expect(copies[0]).toContain(copied(mountpoint("consul-data"), staging));
        expect(copies[1]).toContain(copied(staging, mountpoint("consul-data")));
        expect(host.volumes.get("consul-data")).toEqual(ours);
        expect(host.containers.get("consul-adopted")).toEqual({
            labels: {},
            running: false,
            data: "consul-data-before-adoption",
            restart: "no",
        });
    });

    test("that is stopped is started first, for only a running one tells whose it is", async () => {
        const host = await handmadeHost({ mine: { data: "data", running: false } }, { data: {} });
        const { request } = await lay(host);
        await adoptAgent(request);
        expect(host.done.slice(0, 2)).toEqual(["start mine", "stop mine"]);
    });

    test.each([
        [
            "another name",
            { Config: { NodeName: "consul1" } },
            /does not answer as this node .*"consul1"/,
        ],
        [
            "another datacenter",
            { Config: { Datacenter: "paris" } },
            /its agent's datacenter is "paris", and the node's "dc1"\. Set "datacenter" to "paris"/,
        ],
        [
            "another role",
            { Config: { Server: false } },
            /its agent's role is "client", and the node's "server"/,
        ],
        [
            "another address",
            { Member: { Addr: "10.9.9.9" } },
            /its agent's address is "10\.9\.9\.9"/,
        ],
        [
            "gossip encryption",
            { Stats: { raft: {}, serf_lan: { encrypted: "true" } } },
            /its gossip is encrypted\. That takes keys or tokens that this stack does not have\. Only an open cluster/,
        ],
        ["ACLs", { DebugConfig: { ACLsEnabled: true } }, /its ACLs are on/],
        [
            "TLS",
            { DebugConfig: { TLS: { InternalRPC: { VerifyIncoming: true } } } },
            /its servers demand TLS/,
        ],
        [
            "leaving as it stops",
            { DebugConfig: { LeaveOnTerm: true } },
            /leave_on_terminate.*costs a vote/,
        ],
    ] as const)("with %s is left as it is", async (_what, over, says) => {
        const host = await handmadeHost({ mine: { data: "data" } }, { data: {} });
        const { request } = await lay(host, { over });
        await expect(adoptAgent(request)).rejects.toThrow(says);
        expect(host.done).toEqual([]);
        expect(await host.calls()).toEqual([]);
    });

    test("with its data in itself is left as it is", async () => {
        const host = await handmadeHost({ mine: { data: undefined } });
        const { request } = await lay(host);
        await expect(adoptAgent(request)).rejects.toThrow(
            /has its data in itself \(\/consul\/data\)/,
        );
        expect(host.done).toEqual([]);
    });

    test("is not stopped where its cluster would lose the quorum", async () => {
        const host = await handmadeHost({ mine: { data: "data" } }, { data: {} });
        const { request } = await lay(host);
        const url = await withoutSpare();
        await expect(adoptAgent({ ...request, httpAddress: url })).rejects.toThrow(
            /^server-1: it is not adopted now after 240 s: .*not healthy now: server-3/,
        );
        expect(host.done).toEqual([]);
    });

    test("is not adopted into a secured cluster", async () => {
        const host = await handmadeHost({ mine: { data: "data" } }, { data: {} });
        const { request } = await lay(host);
        await expect(adoptAgent({ ...request, access: "access.json" })).rejects.toThrow(
            /is an open cluster's, and only as that it can be adopted/,
        );
        expect(host.done).toEqual([]);
    });
});

describe("where it fails on the way", () => {
    test("an agent whose data cannot be copied runs again as before", async () => {
        const host = await handmadeHost({ mine: { data: "data" } }, { data: {} });
        await host.behave({ ssh: { fails: "cp: No space left on device" } });
        const { request } = await lay(host);
        await expect(adoptAgent(request)).rejects.toThrow(
            /could not be taken over, and was started again: .*No space left on device/s,
        );
        expect(host.containers.get("mine")).toMatchObject({
            running: true,
            restart: "always",
            data: "data",
        });
    });

    test("an agent that cannot be set aside runs again with its restart policy", async () => {
        const host = await handmadeHost({ mine: { data: "data" } }, { data: {} });
        host.disturb = (change) => {
            if (change.endsWith("/rename")) {
                throw new Error("no");
            }
        };
        const { request } = await lay(host);
        await expect(adoptAgent(request)).rejects.toThrow("was started again");
        expect(host.containers.get("mine")).toMatchObject({ running: true, restart: "always" });
    });

    test("on a volume of our name it can be started as before, and goes on where it was", async () => {
        const host = await handmadeHost({ consul: {} }, { "consul-data": {} });
        host.disturb = (change) => {
            if (change === "DELETE /volumes/consul-data") {
                throw new Error("busy");
            }
        };
        const { request } = await lay(host);
        const adopting = { ...request, container: "consul" };
        await expect(adoptAgent(adopting)).rejects.toThrow(
            /its data are on the volume "consul-data-before-adoption".* `docker start consul-before-adoption` on its machine/s,
        );
        expect([...host.containers.keys()]).toEqual(["consul-before-adoption"]);
        host.disturb = () => undefined;
        host.done.splice(0);
        expect(await adoptAgent(adopting)).toBe("adopted");
        expect(host.done).toEqual([
            "remove volume consul-data",
            "create volume consul-data",
            "rename consul-before-adoption consul-adopted",
        ]);
        expect(said).toContain("server-1: an interrupted adoption goes on");
    });
});

describe("where somebody went back to what was set aside", () => {
    const staging = "consul-data-before-adoption";
    const aside = "consul-before-adoption";
    const running = { data: staging, restart: "no" };
    const stop = `stop ${aside}`;
    const make = "create volume consul-data";
    const rename = `rename ${aside} consul-adopted`;

    /** A host on which it runs, and the request of its node. */
    async function layBack(
        containers: Parameters<typeof handmadeHost>[0],
        volumes: Parameters<typeof handmadeHost>[1] = { "consul-data": {} },
    ) {
        const host = await handmadeHost(containers, { [staging]: {}, ...volumes });
        const { request, written } = await lay(host);
        return { host, written, request: { ...request, container: "consul" } };
    }

    test.each([
        ["the volume of before", { "consul-data": {} }, ["remove volume consul-data", make]],
        ["the node's own volume, half copied", { "consul-data": ours }, []],
        ["no such volume", {}, [make]],
    ])("with %s: it is stopped like the first time, and copied then", async (_, volumes, made) => {
        const { host, request, written } = await layBack({ [aside]: running }, volumes);
        expect(await adoptAgent(request)).toBe("adopted");
        expect(written).toEqual(["POST /v1/operator/raft/transfer-leader"]);
        expect(host.done).toEqual([stop, ...made, `restart ${aside}: no`, rename]);
        const copies = await host.calls();
        expect(copies).toHaveLength(1);
        expect(copies[0]).toContain(copied(mountpoint(staging), mountpoint("consul-data")));
        expect(host.volumes.get("consul-data")).toEqual(ours);
        expect(host.containers.get("consul-adopted")).toMatchObject({ running: false });
        expect(said).toContain(
            `server-1: its container "${aside}" was started since its adoption was interrupted; it is taken over anew`,
        );
    });

    test("whose data the node has already: they are copied once more", async () => {
        const adopted = { "consul-adopted": running };
        const { host, request } = await layBack(adopted, { "consul-data": ours });
        expect(await adoptAgent(request)).toBe("adopted");
        expect(host.done).toEqual(["stop consul-adopted", "restart consul-adopted: no"]);
        expect((await host.calls())[0]).toContain(
            copied(mountpoint(staging), mountpoint("consul-data")),
        );
    });

    test("it is left running where its cluster would lose the quorum", async () => {
        const { host, request } = await layBack({ [aside]: running });
        const httpAddress = await withoutSpare();
        await expect(adoptAgent({ ...request, httpAddress })).rejects.toThrow(
            /^server-1: it is not adopted now after 240 s: .*not healthy now: server-3/,
        );
        expect([host.done, await host.calls()]).toEqual([[], []]);
    });

    test("nothing is copied where it does not stop", async () => {
        const { host, request } = await layBack({ [aside]: running });
        host.disturb = (change) => {
            if (change.endsWith("/stop")) {
                throw new Error("no");
            }
        };
        await expect(adoptAgent(request)).rejects.toThrow("the engine answered 500");
        expect([host.done, await host.calls()]).toEqual([[], []]);
    });

    test("it runs again where its data cannot be copied", async () => {
        const { host, request } = await layBack({ [aside]: running });
        await host.behave({ ssh: { fails: "cp: No space left on device" } });
        await expect(adoptAgent(request)).rejects.toThrow(
            /"consul-before-adoption" could not be taken over, and was started again: .*No space left/s,
        );
        expect(host.containers.get(aside)).toMatchObject({ running: true, data: staging });
        await host.behave({});
        const { request: again } = await lay(host);
        expect(await adoptAgent({ ...again, container: "consul" })).toBe("adopted");
    });

    test.each([
        ["the one of before", { [aside]: running, consul: { running: false } }],
        ["ours", { "consul-adopted": running, consul: { labels: ours } }],
    ])("it is refused beside %s, for each may have the data", async (_, containers) => {
        const { host, request } = await layBack(containers);
        const [name = ""] = Object.keys(containers);
        await expect(adoptAgent(request)).rejects.toThrow(
            `now its container "${name}" runs, and there is "consul" as well`,
        );
        expect([host.done, await host.calls()]).toEqual([[], []]);
    });
});

describe("what is adopted already", () => {
    test("is not touched again, whatever of it is left", async () => {
        const aside = { labels: {}, running: false, data: "data", restart: "no" };
        for (const containers of [{ "mine-adopted": aside }, {}]) {
            const host = await handmadeHost(containers, { data: {}, "consul-data": ours });
            const { request } = await lay(host);
            expect(await adoptAgent(request)).toBe("adopted");
            expect(host.done).toEqual([]);
        }
    });

    test("is our own container, too, where that has the name of the one before", async () => {
        const host = await handmadeHost({ consul: { labels: ours } }, { "consul-data": ours });
        const { request } = await lay(host);
        expect(await adoptAgent({ ...request, container: "consul" })).toBe("adopted");
        expect(await forgetAdopted({ ...request, container: "consul" })).toBe("none");
        expect(host.done).toEqual([]);
    });

    test("is nothing any more on another host", async () => {
        const host = await handmadeHost({});
        const { request } = await lay(host);
        expect(await adoptAgent(request)).toBe("adopted");
        expect(host.done).toEqual([]);
    });

    test("is told from a name that is wrong", async () => {
        const host = await handmadeHost({ other: {} }, { "consul-data": {} });
        const { request } = await lay(host);
        await expect(adoptAgent(request)).rejects.toThrow(/has no container "mine" to adopt/);
    });

    test("loses what was set aside once the node is ready, and its own volume stays", async () => {
        const host = await handmadeHost(
            { "mine-adopted": { data: "data", running: false } },
            { data: {}, "consul-data": ours },
        );
        const { request } = await lay(host);
        expect(await forgetAdopted(request)).toBe("forgotten");
        expect(host.done).toEqual(["remove mine-adopted"]);
        expect(said.at(-1)).toMatch(/left as it was, and no longer used: the volume "data"$/);
    });

    test("loses the copy as well that was made because of its volume's name", async () => {
        const staging = "consul-data-before-adoption";
        const host = await handmadeHost(
            { "mine-adopted": { data: staging, running: false } },
            { [staging]: {}, "consul-data": ours },
        );
        const { request } = await lay(host);
        expect(await forgetAdopted(request)).toBe("forgotten");
        expect(host.done).toEqual(["remove mine-adopted", `remove volume ${staging}`]);
    });
});
