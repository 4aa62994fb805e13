import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds, programOf, project, type Kind } from "./recorded/programs.ts";
import { countedIn, outputsIn, recordedState, removalsIn, worldOf } from "./recorded/states.ts";
import { without } from "./support/cli.ts";
import { labSocket } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

/** What an up of today's program makes besides in a stack of that version: what tries its clients before a change. All
 * that is there stays as it is. */
const additions: Readonly<Record<string, Readonly<Record<Kind, readonly string[]>>>> = {
    "v0.1.0": {
        lab: ["consul-client-1-agent-check", "consul-client-2-agent-check"],
        generic: ["consul-client-1-agent-check"],
        "one-machine": ["consul-client-1-agent-check"],
        progrium: [],
    },
};

const cases = Object.entries(additions).flatMap(([version, byKind]) =>
    kinds.map((kind) => ({
        version,
        kind,
        allowed: byKind[kind].map((name) => `create ${name}`),
        state: recordedState(version, kind),
    })),
);

for (const { version, kind, allowed, state } of cases) {
    describe.skipIf(without !== "")(
        `a stack of kind ${kind} that ${version} left${without}`,
        () => {
            const program = programOf(kind);
            const total = countedIn(state);
            let left: EngineStack;

            beforeAll(async () => {
                const names = { projectName: project, stackName: kind };
                left = await EngineStack.restore(names, state, worldOf(state));
            });

            afterAll(() => {
                left.dispose();
            });

            test("a preview changes, replaces and deletes nothing", async () => {
                expect(await left.steps(program)).toEqual({ same: total, changes: allowed });
            });

            test("an up tells its users the same as before, and leaves nothing to do", async () => {
                const stack = await left.fork();
                const asked = await stack.up(program);
                const others = asked.filter(
                    (line) => !allowed.includes(line.replace(" ", " consul-")),
                );
                expect(others).toEqual([]);
                expect(outputsIn(await stack.state())).toEqual(outputsIn(state));
                const same = total + allowed.length;
                expect(await stack.steps(program)).toEqual({ same, changes: [] });
            });

            test("a destroy removes all of it, and all machines", async () => {
                const stack = await left.fork();
                const asked = await stack.destroy();
                expect(await stack.urns()).toEqual([]);
                expect(stack.world.engines).toEqual(new Map([[labSocket, new Set()]]));
                expect(asked).toContain("delete farewell");
            });
        },
    );
}

const removals = cases.flatMap(({ state }) => removalsIn(state));
const distinct = new Map(removals.map((removal) => [JSON.stringify(removal), removal]));

// A destroy runs what the state says: these files have to stay, and to know these words.
test.each([...distinct.values()])(
    "what an older stack is removed with is still there: $file $verb",
    async ({ file, verb }) => {
        const running = promisify(execFile)(process.execPath, [file, verb]);
        // Without a request it ends before it does anything, but not before it knows what is asked.
        running.child.stdin?.end();
        await expect(running).rejects.toMatchObject({
            stderr: expect.stringMatching(/^Unexpected end of JSON input/) as string,
        });
    },
);
