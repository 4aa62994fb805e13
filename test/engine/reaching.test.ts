import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";
import { stubEnv } from "../support/stubEnv.ts";

const sketch: Sketch = { servers: "abc", security: "full" };

describe.skipIf(without !== "")(`reaching a host${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("elsewhere than before: nothing is replaced, neither now nor by the way back", async () => {
        const stack = await formed.fork();
        // The engine there is the same one.
        const engine = stack.world.engines.get("tcp://10.0.0.98:2376") ?? new Set();
        stack.world.engines.set("tcp://203.0.113.98:2376", engine);
        const elsewhere = cluster({ ...sketch, reached: { b: "203.0.113.98" } });
        const lines = await stack.up(elsewhere);
        expect(lines.filter((line) => !line.startsWith("update "))).toEqual([]);
        expect(lines).toContain("update b-machine");
        expect(lines).toContain("update b-files");
        expect(lines.filter((line) => /-(agent|data|config)$/.test(line))).toEqual([]);
        expect(await stack.up(elsewhere)).toEqual([]);

        const back = await stack.up(cluster(sketch));
        expect(back.filter((line) => !line.startsWith("update "))).toEqual([]);
        expect(await stack.up(cluster(sketch))).toEqual([]);
    });

    test("at an address of its own, as of a VPN: its API is published there as well, one node after another", async () => {
        const stack = await formed.fork();
        const engine = stack.world.engines.get("tcp://10.0.0.98:2376") ?? new Set();
        stack.world.engines.set("tcp://100.64.0.98:2376", engine);
        const elsewhere = cluster({ ...sketch, reached: { b: "100.64.0.98" } });
        const lines = await stack.up(elsewhere);
        expect(lines.filter((line) => /-(agent|data|config|machine|member)$/.test(line))).toEqual([
            "update b-machine",
            "delete b-agent",
            "create b-agent",
        ]);
        expect(lines).toContain("update b-agent-clearance");
        expect(await stack.up(elsewhere)).toEqual([]);
    });

    test("from the beginning: formed, unchanged by a second up, and destroyed", async () => {
        const stack = await EngineStack.create();
        try {
            const reached = Object.fromEntries(
                Array.from("abc", (name) => [name, `203.0.113.${name.charCodeAt(0)}`]),
            );
            const program = cluster({ ...sketch, reached });
            expect((await stack.up(program)).at(-1)).toMatch(/^(create|update)/);
            expect(await stack.up(program)).toEqual([]);
            const engines = [...stack.world.engines.keys()].filter((at) =>
                at.includes("203.0.113."),
            );
            expect(engines.toSorted()).toEqual([
                "tcp://203.0.113.97:2376",
                "tcp://203.0.113.98:2376",
                "tcp://203.0.113.99:2376",
            ]);
            await stack.destroy();
        } finally {
            stack.dispose();
        }
    });
});

const refusals: readonly (readonly [string, Sketch, string])[] = [
    [
        "where no machine can be",
        { servers: "a", given: "a", moved: { a: "127.0.0.1" } },
        'address: got "127.0.0.1"; an IPv4 address that other machines reach',
    ],
    [
        "where another node's is",
        { servers: "abc", given: "abc", moved: { b: "10.0.0.97" } },
        'b: address: got "10.0.0.97"; a has that one already.',
    ],
];

describe.skipIf(without !== "")(`a host that another resource makes${without}`, () => {
    test.each(refusals)(
        "%s is refused once that is known, and nothing is on it",
        async (_, sketched, why) => {
            const stack = await EngineStack.create();
            try {
                const { lines, output } = await stack.failingUp(cluster(sketched));
                expect(output).toContain(why);
                expect(lines.filter((line) => line.endsWith("-agent"))).toEqual([]);
            } finally {
                stack.dispose();
            }
        },
    );
});

describe.skipIf(without !== "")(`a host that another resource makes${without}`, () => {
    const given: Sketch = {
        servers: "abc",
        given: "abc",
        hostIds: { a: "i-a", b: "i-b", c: "i-c" },
    };

    test("is made a machine once it is there; at another address it is the same machine", async () => {
        const stack = await EngineStack.create();
        try {
            const lines = await stack.up(cluster(given));
            expect(lines.indexOf("create b-machine")).toBeGreaterThan(
                lines.findIndex((line) => line.includes("instance-b")),
            );
            expect(await stack.up(cluster(given))).toEqual([]);

            const engine = stack.world.engines.get("tcp://10.0.0.98:2376") ?? new Set();
            stack.world.engines.set("tcp://10.0.9.9:2376", engine);
            const moved = cluster({ ...given, moved: { b: "10.0.9.9" } });
            const changes = await stack.up(moved);
            expect(changes).toContain("update b-machine");
            expect(changes.filter((line) => /-(machine|data|member)$/.test(line))).toEqual([
                "update b-machine",
                ...changes.filter((line) => /^update .-member$/.test(line)),
            ]);
            // Its ports are bound to the new address.
            expect(changes.filter((line) => line.endsWith("b-agent"))).toEqual([
                "delete b-agent",
                "create b-agent",
            ]);
            expect(await stack.up(moved)).toEqual([]);
        } finally {
            stack.dispose();
        }
    });

    test("and that is another one is another machine, with nothing of the one before", async () => {
        const stack = await EngineStack.create();
        try {
            await stack.up(cluster(given));
            const another = cluster({ ...given, hostIds: { ...given.hostIds, b: "i-new" } });
            const lines = await stack.up(another);
            for (const what of ["machine", "data", "agent"]) {
                expect(lines).toContain(`create b-${what}`);
            }
            expect(lines).toContain("delete b-member");
            expect(await stack.up(another)).toEqual([]);
        } finally {
            stack.dispose();
        }
    });
});

describe.skipIf(without !== "")(`a proxy in the shell${without}`, () => {
    test("ends the run before the first provider is asked for anything, with the line to type", async () => {
        stubEnv("HTTPS_PROXY", "http://127.0.0.1:9");
        stubEnv("NO_PROXY", "corp");
        // The program is not told that the CLI is attached to providers of ours.
        const stack = await EngineStack.create();
        try {
            const { lines, output } = await stack.failingUp(cluster({ servers: "a" }));
            expect(output).toContain("Run `export NO_PROXY=corp,10.0.0.97`, then this again.");
            expect(lines.filter((line) => /-(agent|data|image)$/.test(line))).toEqual([]);
            stubEnv("NO_PROXY", "corp,10.0.0.97");
            await stack.up(cluster({ servers: "a" }));
            expect(await stack.up(cluster({ servers: "a" }))).toEqual([]);
        } finally {
            stack.dispose();
        }
    });
});
