import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentAt, fetchAt } from "./support/access.ts";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-growing";

describe.skipIf(missing !== undefined)("a cluster that began with one server", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    /** The first server's container: its id, and when it was started. */
    const first = () =>
        onMachine(
            name,
            "server-1",
            "docker",
            "inspect",
            "--format={{.Id}} {{.State.StartedAt}}",
            "consul",
        );

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 1 });
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    it("leads by itself, and its agent no longer has the settings of that election", async () => {
        expect((await servers(outputs)).map(({ Name, Leader }) => [Name, Leader])).toEqual([
            ["server-1", true],
        ]);
        expect(await put(outputs.httpAddress, "kept", "safe")).toBe(true);
        const answer = await fetchAt(`${outputs.httpAddress}/v1/agent/self`);
        const { DebugConfig } = (await answer.json()) as {
            readonly DebugConfig: { readonly Bootstrap: boolean; readonly BootstrapExpect: number };
        };
        expect([DebugConfig.Bootstrap, DebugConfig.BootstrapExpect]).toEqual([false, 0]);
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("grows to three without a restart of the one that was there", async () => {
        const before = await first();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
        expect(await first()).toBe(before);
        expect((await servers(outputs)).map(({ Name, Voter }) => [Name, Voter])).toEqual([
            ["server-1", true],
            ["server-2", true],
            ["server-3", true],
        ]);
        for (const { httpAddress } of Object.values(outputs.nodes)) {
            expect(await get(httpAddress, "kept")).toBe("safe");
        }
    });

    it("takes its first server back empty, and loses nothing to it", async () => {
        const api = agentAt(outputs.nodes["server-2"]?.httpAddress ?? "");
        const idNow = async () =>
            (await api.health()).Servers.find(({ Name }) => Name === "server-1")?.ID;
        const before = await idNow();
        const data = "/var/lib/docker/volumes/consul-data/_data";
        const script = `docker stop consul && rm -rf ${data}/* && sleep 15 && docker start consul`;
        await onMachine(name, "server-1", "sh", "-c", script);
        // The gossip keys went with the data, and without them no agent lets it in.
        await stack.up("--replace", await urnOf("consul-server-1-files"));
        await expect
            .poll(() => idNow().catch(() => before), { timeout: 120_000, interval: 1000 })
            .not.toBe(before);
        await untilWhole(outputs);
        for (const { httpAddress } of Object.values(outputs.nodes)) {
            expect(await get(httpAddress, "kept")).toBe("safe");
        }
    });

    async function urnOf(resource: string): Promise<string> {
        const urns = new RegExp(`urn:pulumi:[^"]*::${resource}(?=")`, "g");
        return (await stack.state()).match(urns)?.[0] ?? "";
    }

    it("goes on without the server that it began with, and in the end with another one alone", async () => {
        for (const rest of [["server-2", "server-3"], ["server-3"]]) {
            stack.configure({ servers: rest.map((node) => ({ name: node })) });
            await stack.up();
            outputs = await stack.outputs();
            expect((await servers(outputs)).map(({ Name }) => Name)).toEqual(rest);
            const members = await agentAt(outputs.httpAddress).members();
            expect(members.map(({ Name }) => Name).sort()).toEqual(rest);
            expect(await get(outputs.httpAddress, "kept")).toBe("safe");
            await stack.up("--expect-no-changes");
        }
    });
});
