import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuthorityArgs } from "../../components/cluster/clusterArgs.ts";
import { operatorsAuthority } from "../support/authorities.ts";
import { without } from "./support/cli.ts";
import { cluster, endpointOf, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";
import { hushed } from "./support/fakeCommand.ts";

const sketch: Sketch = { servers: "abc", clients: "x", security: "full" };
const names = Array.from("abcx");
const root = await operatorsAuthority("root");
const lower = await operatorsAuthority("lower", { by: root });
const brought = { certificate: lower.certificate + root.certificate, key: lower.key };

/** What of a run has to do with secrets, without the providers' steps on every machine. */
function ofSecrets(lines: readonly string[]): string[] {
    return lines.filter((line) => /-files$| (seed|ca|access|grant|settle)$/.test(line)).toSorted();
}

describe.skipIf(without !== "")(`a secured cluster${without}`, () => {
    let formed: EngineStack;
    let foreseen: string[];

    beforeAll(async () => {
        formed = await EngineStack.create();
        foreseen = await formed.preview(cluster(sketch));
        await formed.up(cluster(sketch));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("a preview of an empty stack lists every resource that is then made", async () => {
        expect(foreseen.toSorted()).toEqual((await formed.urns()).toSorted());
    });

    test("is formed in this order: access, files, servers, tokens, clients, gate, settlement", () => {
        const order = [
            "create access",
            ...Array.from("abc").flatMap((name) => [
                `create ${name}-files`,
                `create ${name}-agent`,
                `create ${name}-ready`,
            ]),
            "create grant",
            "create x-files",
            "create x-agent",
            "create x-ready",
            "create cluster-ready",
            "create settle",
        ];
        const calls = order.map((what) => formed.world.call(what));
        const wrong = calls.filter(
            ({ begun }, index) => index > 0 && begun < (calls[index - 1]?.ended ?? 0),
        );
        expect(wrong.map(({ what }) => what)).toEqual([]);
    });

    test("is not declared open again: refused in a run without a preview, and nothing is touched", async () => {
        const stack = await formed.fork();
        const { lines, output } = await stack.failingUp(cluster({ ...sketch, security: "open" }));
        expect(lines).toEqual(["create refused FAILED"]);
        expect(output).toContain("security");
        expect(await stack.up(cluster(sketch))).toEqual([]);
    });

    test("changes nothing in a second run", async () => {
        const { changes } = await formed.steps(cluster(sketch));
        expect(changes).toEqual([]);
    });

    test("has its secrets encrypted in the state, and in clear in none of its parts", () => {
        const text = formed.checkpoint();
        expect([text.includes(hushed), text.includes("secret seed")]).toEqual([false, true]);
    });

    test("another gossip key, CA or certificate touches no container", async () => {
        for (const kind of ["gossip", "ca", "leaf", "tokens"]) {
            const stack = await formed.fork();
            const lines = await stack.up(cluster({ ...sketch, rotate: { [kind]: 2 } }));
            const made = kind === "ca" ? ["create ca"] : [];
            // What stacks that join are given is replaced with them.
            const joining = ["ca", "tokens"].includes(kind) ? ["joining"] : [];
            const own = [...joining, "access", "grant", "settle"];
            const updated = [...names.map((name) => `${name}-files`), ...own];
            expect(lines.toSorted()).toEqual(
                [...made, ...updated.map((one) => `update ${one}`)].toSorted(),
            );
        }
    });

    test("a CA that is brought, or another one, or none any more, touches no container", async () => {
        const stack = await formed.fork();
        const run = async (authority?: AuthorityArgs) =>
            (await stack.up(cluster({ ...sketch, ...(authority && { authority }) }))).toSorted();
        const updated = [
            "access",
            "grant",
            "joining",
            "settle",
            ...names.map((name) => `${name}-files`),
        ];
        const expected = ["create ca", ...updated.map((one) => `update ${one}`)].toSorted();
        for (const authority of [brought, root, undefined]) {
            expect(await run(authority)).toEqual(expected);
            expect(await run(authority)).toEqual([]);
        }
        expect(stack.checkpoint()).not.toContain(brought.key.split("\n")[1]);
    });

    test("a gossip key that is brought, or another one, or none any more, touches no container", async () => {
        const stack = await formed.fork();
        const keys = [16, 32].map((bytes) => Buffer.alloc(bytes, 7).toString("base64"));
        for (const gossipKey of [...keys, undefined]) {
            const program = cluster({ ...sketch, ...(gossipKey && { gossipKey }) });
            expect((await stack.up(program)).toSorted()).toEqual([
                "update access",
                "update grant",
                "update settle",
            ]);
            expect(await stack.up(program)).toEqual([]);
            expect(keys.filter((key) => stack.checkpoint().includes(key))).toEqual([]);
        }
    });

    test("a gossip key that is none is refused, and nothing is touched", async () => {
        const stack = await formed.fork();
        const { lines, output } = await stack.failingUp(
            cluster({ ...sketch, gossipKey: "hunter2" }),
        );
        expect(lines).toEqual(["create gossip-refused FAILED"]);
        expect(output).toContain("gossipKey: base64 of 16, 24 or 32 bytes");
        expect(output).not.toContain("hunter2");
        expect(await stack.up(cluster(sketch))).toEqual([]);
    });

    test("a CA that cannot sign is refused, and nothing is touched", async () => {
        const stack = await formed.fork();
        const wrong = cluster({ ...sketch, authority: { ...brought, key: root.key } });
        const { lines, output } = await stack.failingUp(wrong);
        expect(lines).toEqual(["create authority-refused FAILED"]);
        expect(output).toContain("authority.key: it is not that of");
        expect(output).not.toContain(root.key.split("\n")[1]);
        expect(await stack.up(cluster(sketch))).toEqual([]);
    });

    test.each(["management", "seed"])(
        "another %s restarts the servers, one by one behind their clearances",
        async (kind) => {
            const stack = await formed.fork();
            const lines = await stack.up(cluster({ ...sketch, rotate: { [kind]: 2 } }));
            const servers = lines.filter((line) =>
                / .-(agent|ready|files|.*clearance)$/.test(line),
            );
            expect(servers).toEqual([
                ...Array.from("abc").flatMap((name) => [
                    `update ${name}-agent-clearance`,
                    `update ${name}-files`,
                    `delete ${name}-agent`,
                    `create ${name}-agent`,
                    `create ${name}-ready`,
                ]),
                "update x-files",
            ]);
            expect(lines.at(-1)).toBe("update settle");
        },
    );

    test("growth makes no other secret, and changes no container that is there", async () => {
        const stack = await formed.fork();
        const lines = await stack.up(cluster({ ...sketch, servers: "abcde" }));
        expect(ofSecrets(lines)).toEqual(
            [
                "create d-files",
                "create e-files",
                ...["access", "grant", "settle"].map((one) => `update ${one}`),
            ].toSorted(),
        );
        expect(lines.filter((line) => /(delete|update) .-(agent|data|config)/.test(line))).toEqual(
            [],
        );
        const granted = stack.world.call("update access").ended;
        expect(stack.world.call("create d-files").begun).toBeGreaterThan(granted);
    });

    test("a replaced machine takes its node's files and volumes with it, and no other node's", async () => {
        const stack = await formed.fork();
        const urn = await stack.urnOf("consul-b-machine");
        const lines = await stack.up(cluster(sketch), { replace: [urn] });
        const made = lines.filter((line) => /^create .-(files|agent|data|config)$/.test(line));
        expect(made.toSorted()).toEqual(
            ["agent", "config", "data", "files"].map((what) => `create b-${what}`),
        );
        expect(lines.filter((line) => /^delete [acx]-/.test(line))).toEqual([]);
    });

    test("has its files written again for a container whose volume was removed by hand", async () => {
        const stack = await formed.fork();
        // Its files' Command has nothing to do: a hook runs the true script, which has no access file here.
        stack.world.on(endpointOf("b")).clear();
        const { lines, output } = await stack.failingUp(cluster(sketch), { refresh: true });
        expect(lines.filter((line) => / b-(data|files|agent)/.test(line))).toEqual([
            "create b-data",
        ]);
        expect(output).toContain('before hook "consul-b-files-again" failed: store/access/');
    });

    test("destroyed, it has the rights to ask it until the last node has left", async () => {
        const stack = await formed.fork();
        await stack.destroy();
        const removed = stack.world.call("delete access");
        for (const name of names) {
            expect(stack.world.call(`delete ${name}-member`).ended).toBeLessThan(removed.begun);
        }
        expect(stack.world.call("delete store").begun).toBeGreaterThan(removed.ended);
        expect(await stack.urns()).toEqual([]);
    });
});
