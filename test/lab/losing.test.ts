import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentAt } from "./support/access.ts";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { docker, hostOf, onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-losing";
const three = ["server-1", "server-2", "server-3"];

/** What became of a host, as its operator finds it, and what a preview says to it. */
const losses = [
    {
        what: "is off",
        node: "server-2",
        words: ["stop", "--time=1"],
        said: "for it is stopped; `pulumi up` starts it",
    },
    {
        what: "is gone",
        node: "server-1",
        words: ["rm", "--force", "--volumes"],
        said: "config set --path 'generations.server-1' 2",
    },
] as const;

describe.skipIf(missing !== undefined)("a cluster one of whose machines is lost", () => {
    const stack = new LabStack(name);
    const generations: Record<string, number> = {};
    let outputs: Outputs;

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
        expect(await put(outputs.httpAddress, "kept", "safe")).toBe(true);
    });

    afterAll(async () => {
        await stack.end();
    });

    it("does not abandon a machine that answers", async () => {
        stack.configure({ servers: 3, generations: { "server-2": 2 } });
        const { exitCode, output } = await stack.run(stack.words("preview"));
        expect(exitCode).not.toBe(0);
        expect(output).toContain("server-2: generation 2 is declared, but its machine of");
        stack.configure({ servers: 3 });
        await stack.up("--expect-no-changes");
    });

    it("keeps counting a server that failed, so that the next loss is seen as one", async () => {
        await onMachine(name, "server-3", "docker", "stop", "consul");
        // Autopilot takes failed servers out, where it may, 8 to 18 s after their end.
        await sleep(30_000);
        const api = agentAt(outputs.httpAddress);
        expect((await api.members()).find(({ Name }) => Name === "server-3")?.Status).toBe(4);
        expect((await api.raftPeers()).map(({ Node }) => Node).sort()).toEqual(three);
        await onMachine(name, "server-3", "docker", "start", "consul");
        await untilWhole(outputs);
    });

    it.each(losses)(
        "has another take its place in one run when its host $what: $node",
        async ({ node, words, said }) => {
            const before = await idsOf();
            const others = three.filter((other) => other !== node);
            const untouched = await containersOf(others);
            await docker(...words, hostOf(name, node));

            const begun = Date.now();
            const preview = stack.start(stack.words("preview"));
            expect(await preview.reaches(new RegExp(`${node}: its machine .* does not`))).toBe(
                true,
            );
            expect(Date.now() - begun).toBeLessThan(10_000);
            const seen = await preview.ended;
            expect(seen.output).toContain(said);
            for (const other of others) {
                expect(seen.output).not.toContain(`${other}: its machine`);
            }

            generations[node] = 2;
            stack.configure({ servers: 3, generations });
            await stack.up();
            outputs = await stack.outputs();
            const after = await idsOf();
            expect(Object.keys(after)).toEqual(three);
            expect(after[node]).not.toBe(before[node]);
            expect(after).toMatchObject(Object.fromEntries(others.map((o) => [o, before[o]])));
            expect(await containersOf(others)).toEqual(untouched);
            const api = agentAt(outputs.httpAddress);
            expect((await api.raftPeers()).map(({ Node }) => Node).sort()).toEqual(three);
            expect((await api.members()).map(({ Name }) => Name).sort()).toEqual(three);
            for (const { httpAddress } of Object.values(outputs.nodes)) {
                expect(await get(httpAddress, "kept")).toBe("safe");
            }
            await stack.up("--refresh", "--expect-no-changes");
        },
    );

    /** Ids of the voters, by name. */
    async function idsOf(): Promise<Record<string, string>> {
        const voters = (await servers(outputs)).filter(({ Voter }) => Voter);
        return Object.fromEntries(voters.map(({ Name, ID }) => [Name, ID]));
    }

    /** The agents' containers: their ids, and when they were started. */
    function containersOf(nodes: readonly string[]): Promise<string[]> {
        const format = "--format={{.Id}} {{.State.StartedAt}}";
        return Promise.all(
            nodes.map((n) => onMachine(name, n, "docker", "inspect", format, "consul")),
        );
    }
});
