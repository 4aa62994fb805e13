import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alive as aliveStatus } from "../../scripts/consul/answers.ts";
import { agentAt } from "./support/access.ts";
import { get, put } from "./support/cluster.ts";
import { docker, hostOf, onMachine, remains } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-unreachable";

describe.skipIf(missing !== undefined)("a cluster one of whose machines does not answer", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
        expect(await put(outputs.httpAddress, "kept", "safe")).toBe(true);
        await docker("rm", "--force", "--volumes", hostOf(name, "server-3"));
    });

    afterAll(async () => {
        await stack.end();
    });

    it("is previewed, with the machine's name and the ways out", async () => {
        const output = await stack.must(stack.words("preview"));
        expect(output).toMatch(/server-3: its machine "lab-unreachable-server-3" does not answer/);
        expect(output).toContain("--exclude '**::consul-server-3-*'");
        expect(output).not.toMatch(/server-[12]: its machine/);
    });

    it("is refreshed without that machine", async () => {
        const refresh = stack.words("refresh", "--yes", "--skip-preview", "--run-program");
        await stack.must([...refresh, "--exclude", "**::consul-server-3-*"]);
    });

    it("goes on with all other changes, and touches no other node", async () => {
        const before = await containersOf(["server-1", "server-2"]);
        stack.configure({ servers: 3, clients: 1 });
        await stack.up();
        expect(await containersOf(["server-1", "server-2"])).toEqual(before);
        expect(await alive()).toEqual(["client-1", "server-1", "server-2"]);
    });

    it("has that node removed, with all that is recorded of it", async () => {
        const before = await containersOf(["server-1", "server-2", "client-1"]);
        stack.configure({ servers: 2, clients: 1 });
        await stack.up();
        expect(await containersOf(["server-1", "server-2", "client-1"])).toEqual(before);
        const api = agentAt(outputs.httpAddress);
        expect((await api.raftPeers()).map(({ Node }) => Node).sort()).toEqual([
            "server-1",
            "server-2",
        ]);
        // The provider that led to the machine stays for one more run.
        await stack.up();
        expect(await stack.state()).not.toContain("::consul-server-3");
        await stack.up("--refresh", "--expect-no-changes");
        expect(await get(outputs.httpAddress, "kept")).toBe("safe");
    });

    it("goes on with all other changes while a machine is cut off from the network", async () => {
        const others = ["server-1", "server-2"];
        const before = await containersOf(others);
        await cutOff("client-1");
        const output = await stack.must(stack.words("preview"));
        expect(output).toMatch(/client-1: its machine "lab-unreachable-client-1" does not answer/);
        stack.configure({ servers: 2, clients: 2 });
        await stack.up();
        expect(await containersOf(others)).toEqual(before);
        const refresh = stack.words("refresh", "--yes", "--skip-preview", "--run-program");
        await stack.must([...refresh, "--exclude", "**::consul-client-1-*"]);
        expect(await alive()).toEqual(["client-2", "server-1", "server-2"]);
    });

    it("has the one that is cut off replaced as lost", async () => {
        const others = ["server-1", "server-2", "client-2"];
        const before = await containersOf(others);
        stack.configure({ servers: 2, clients: 2, generations: { "client-1": 2 } });
        await stack.up();
        expect(await containersOf(others)).toEqual(before);
        expect(await alive()).toEqual(["client-1", "client-2", "server-1", "server-2"]);
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("is destroyed without a trace while one is cut off and another one is gone", async () => {
        await cutOff("client-1");
        await docker("rm", "--force", "--volumes", hostOf(name, "client-2"));
        await stack.destroy("--run-program");
        expect(await remains(name)).toEqual([]);
    });

    /** Takes a machine off the network; it goes on by itself. */
    async function cutOff(node: string): Promise<void> {
        await docker("network", "disconnect", `consul-machines-${name}`, hostOf(name, node));
    }

    async function alive(): Promise<string[]> {
        const members = await agentAt(outputs.httpAddress).members();
        return members.flatMap(({ Name, Status }) => (Status === aliveStatus ? [Name] : [])).sort();
    }

    /** The agents' containers: their ids, and when they were started. */
    function containersOf(nodes: readonly string[]): Promise<string[]> {
        const format = "--format={{.Id}} {{.State.StartedAt}}";
        return Promise.all(
            nodes.map((node) => onMachine(name, node, "docker", "inspect", format, "consul")),
        );
    }
});
