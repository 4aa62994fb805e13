import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterReady } from "../../scripts/verbs/clusterReady.ts";
import { ToolMissing, obtain } from "../../cli/tools/obtain.ts";
import { progriumImageTool } from "../../cli/tools/programImages.ts";
import { get, put } from "./support/cluster.ts";
import { docker, hostOf, onMachine, remains } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { lostWrites, OutsideClient } from "./support/outsideClient.ts";
import { missing } from "./support/pieces.ts";

/** Where the image is, or why there is none. */
async function findImage(): Promise<{ readonly image: string } | { readonly reason: string }> {
    try {
        return await obtain(progriumImageTool("progrium/consul:latest"), { only: "find" });
    } catch (error) {
        if (error instanceof ToolMissing) {
            return { reason: error.reason };
        }
        throw error;
    }
}

const found = missing === undefined ? await findImage() : { reason: missing };
const title = "reason" in found ? `: skipped, ${found.reason}` : "";

/** What the stack asks for, but the image. */
const agentConfig = { log_level: "DEBUG" };
const settings = {
    imageFlavour: "progrium",
    security: "open",
    snapshots: "",
    dnsOnBridge: true,
};

describe.skipIf("reason" in found)(`a stack of progrium's image on lab machines${title}`, () => {
    const stack = new LabStack("lab-progrium");
    const image = "image" in found ? found.image : "";
    let outputs: Outputs;
    let said = "";

    beforeAll(async () => {
        await stack.init();
        stack.configure({ ...settings, image, servers: 3, clients: 1 });
        said = await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    /** What a node's own agent answers. */
    async function ask<T>(node: string, path: string): Promise<T> {
        const answer = await fetch(`${outputs.nodes[node]?.httpAddress ?? ""}${path}`);
        return (await answer.json()) as T;
    }

    function nodesOf(role: string): string[] {
        return Object.keys(outputs.nodes).filter((name) => outputs.nodes[name]?.role === role);
    }

    function raftAddresses(): string[] {
        return nodesOf("server").map((name) => `${outputs.nodes[name]?.address ?? ""}:8300`);
    }

    /** Each server's view of Raft's peers, and of the leader. */
    async function views() {
        return Promise.all(
            nodesOf("server").map(async (node) => ({
                peers: (await ask<string[]>(node, "/v1/status/peers")).sort(),
                leader: await ask<string>(node, "/v1/status/leader"),
            })),
        );
    }

    it("is of Consul 0.5.2, and says what that means", async () => {
        const { Config } = await ask<{ readonly Config: { readonly Version: string } }>(
            "server-1",
            "/v1/agent/self",
        );
        expect(Config.Version).toBe("0.5.2");
        expect(said).toContain("progrium's image is of 2015, with Consul 0.5.2.");
    });

    it("has one leader on whom all servers agree, and on every server all as peers", async () => {
        const seen = await views();
        expect(seen.map(({ peers }) => peers)).toEqual([1, 2, 3].map(() => raftAddresses()));
        expect(new Set(seen.map(({ leader }) => leader)).size).toBe(1);
        expect(raftAddresses()).toContain(seen[0]?.leader);
    });

    it("shows every node alive at its machine's address", async () => {
        const members = await ask<readonly Record<string, unknown>[]>(
            "client-1",
            "/v1/agent/members",
        );
        const alive = members.map(({ Name, Addr, Status }) => [Name, Addr, Status]).sort();
        expect(alive).toEqual(
            Object.entries(outputs.nodes)
                .map(([name, { address }]) => [name, address, 1])
                .sort(),
        );
    });

    it("serves its UI", async () => {
        const page = await fetch(outputs.uiUrl);
        expect(page.status).toBe(200);
        expect(await page.text()).toContain("<title>Consul");
    });

    it("reads on the others what was written on one node", async () => {
        const addresses = Object.values(outputs.nodes).map(({ httpAddress }) => httpAddress);
        expect(await put(addresses[0] ?? "", "lab/progrium", "kept")).toBe(true);
        const read = await Promise.all(addresses.map((one) => get(one, "lab/progrium")));
        expect(read).toEqual(addresses.map(() => "kept"));
    });

    it("answers DNS for its own service with the servers' addresses", async () => {
        const resolver = new Resolver();
        resolver.setServers([outputs.dnsAddress]);
        const answer = await resolver.resolve4("consul.service.consul");
        expect(answer.sort()).toEqual(nodesOf("server").map((n) => outputs.nodes[n]?.address));
    });

    it("binds each port to the machine's address, and the container's port 53 to its bridge", async () => {
        const listening = await onMachine("lab-progrium", "client-1", "docker", "port", "consul");
        const own = outputs.nodes["client-1"]?.address ?? "";
        expect(listening.split("\n").sort()).toEqual(
            [
                ...["8301/tcp", "8301/udp", "8400/tcp", "8500/tcp"].map(
                    (port) => `${port} -> ${own}:${parseInt(port)}`,
                ),
                ...["53/tcp", "53/udp"].flatMap((port) => [
                    `${port} -> ${own}:8600`,
                    `${port} -> 172.17.0.1:53`,
                ]),
            ].sort(),
        );
    });

    it("answers the container's health check on every node, with every node in it", async () => {
        const check = ["docker", "exec", "consul", "consul", "members"];
        for (const node of Object.keys(outputs.nodes)) {
            const answer = await onMachine("lab-progrium", node, ...check);
            const alive = answer.split("\n").filter((line) => line.includes(" alive "));
            expect(alive).toHaveLength(4);
        }
    });

    it("is changed by no second up, and by no refresh", async () => {
        await stack.up("--expect-no-changes");
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("changes its servers one after another and keeps what they hold", async () => {
        const before = await containers();
        const client = new OutsideClient(Object.values(outputs.nodes).map((n) => n.httpAddress));
        stack.configure({ ...settings, image, servers: 3, clients: 1, agentConfig });
        said = await stack.up();
        const seen = await client.stop();
        expect(seen.acknowledged.length).toBeGreaterThan(20);
        expect(await lostWrites(outputs.httpAddress, seen.acknowledged)).toEqual([]);
        // Leadership is lost with its server, at each of the three at the most.
        expect(seen.longestGap).toBeLessThan(15_000);
        expect(said).toContain(
            "leads, and cannot transfer leadership: the others elect once it stops",
        );
        const after = await containers();
        expect(after.filter((id) => before.includes(id))).toEqual([]);
        await expectWhole(3);
    });

    /** Whether so many servers have one another as peers under one leader, and hold what was written. */
    async function expectWhole(count: number): Promise<void> {
        const seen = await views();
        expect(seen.map(({ peers }) => peers)).toEqual(
            Array.from({ length: count }, () => raftAddresses()),
        );
        expect(new Set(seen.map(({ leader }) => leader)).size).toBe(1);
        for (const node of nodesOf("server")) {
            // What this server has itself, whoever leads.
            const path = "/v1/kv/lab/progrium?stale";
            const [found] = await ask<readonly { readonly Value: string }[]>(node, path);
            expect(Buffer.from(found?.Value ?? "", "base64").toString()).toBe("kept");
        }
    }

    function containers(): Promise<string[]> {
        const words = ["docker", "inspect", "--format={{.Id}}", "consul"];
        return Promise.all(
            Object.keys(outputs.nodes).map((node) => onMachine("lab-progrium", node, ...words)),
        );
    }

    it("refuses to become another Consul's, or a cluster of one", async () => {
        stack.configure({ servers: 3, security: "open" });
        const other = await stack.run(stack.upWords());
        expect(other.exitCode).not.toBe(0);
        expect(other.output).toContain('imageFlavour: got "official"; this cluster was made with');
        stack.configure({ ...settings, image, servers: 1 });
        const alone = await stack.run(stack.upWords());
        expect(alone.exitCode).not.toBe(0);
        expect(alone.output).toContain("servers: got 1; this cluster was made of 3 servers");
        expect(await views()).toHaveLength(3);
    });

    it("removes a server and a client, which leave and are evicted", async () => {
        stack.configure({ ...settings, image, servers: 2, agentConfig });
        await stack.up();
        outputs = await stack.outputs();
        expect(nodesOf("server")).toEqual(["server-1", "server-2"]);
        await expectWhole(2);
        const nodes = await ask<readonly { readonly Node: string }[]>(
            "server-1",
            "/v1/catalog/nodes",
        );
        expect(nodes.map(({ Node }) => Node).sort()).toEqual(["server-1", "server-2"]);
    });

    it("takes in a server that is new, and gives it what the others hold", async () => {
        stack.configure({ ...settings, image, servers: 3, agentConfig });
        await stack.up();
        outputs = await stack.outputs();
        await expectWhole(3);
    });

    it("recreates the first server's machine, which comes back empty and gets its data again", async () => {
        await stack.up("--replace", "**Command::consul-server-1-machine");
        await expectWhole(3);
    });

    it("has a leader again after all its servers were off, whatever their order", async () => {
        const servers = nodesOf("server");
        for (const node of servers) {
            await onMachine("lab-progrium", node, "docker", "stop", "--time=5", "consul");
        }
        for (const node of servers.reverse()) {
            await onMachine("lab-progrium", node, "docker", "start", "consul");
        }
        await untilWhole();
        await expectWhole(3);
    });

    it("tolerates the loss of a machine, and takes another one in its place", async () => {
        await docker("rm", "--force", "--volumes", hostOf("lab-progrium", "server-2"));
        const named = (...names: string[]) => names.map((name) => ({ name }));
        const servers = named("server-1", "server-3");
        stack.configure({ ...settings, image, servers, agentConfig });
        await stack.up();
        outputs = await stack.outputs();
        await expectWhole(2);
        stack.configure({ ...settings, image, servers: 3, agentConfig });
        await stack.up();
        outputs = await stack.outputs();
        await expectWhole(3);
    });

    /** Waits by the same gate that ends an update. */
    async function untilWhole(): Promise<void> {
        const servers = nodesOf("server").map((name) => [name, outputs.nodes[name]?.httpAddress]);
        await clusterReady({
            servers: Object.fromEntries(servers) as Record<string, string>,
            clients: [],
            contact: outputs.httpAddress,
            api: "0.5",
        });
    }

    it("is destroyed without a trace", async () => {
        await stack.destroy();
        expect(await remains("lab-progrium")).toEqual([]);
    });
});
