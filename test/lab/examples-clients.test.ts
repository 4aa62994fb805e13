import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { LabExample } from "./support/labExample.ts";
import type { Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

/** The nodes of the committed stack file. */
const { config } = parse(readFileSync("examples/clients/Pulumi.dev.yaml", "utf8")) as {
    readonly config: Readonly<Record<string, readonly { readonly name: string }[]>>;
};
const clients = config["clients:clients"] ?? [];

describe.skipIf(missing !== undefined)("the example clients", () => {
    const example = new LabExample("clients");
    let said = "";

    beforeAll(async () => {
        said = await example.up();
    });

    afterAll(async () => {
        await example.destroy();
    });

    /** When each node's container was started, and which it is. */
    async function containers(): Promise<
        Record<string, { readonly id: string; readonly at: number }>
    > {
        const { nodes } = await example.outputs<Outputs>();
        const found = await Promise.all(
            Object.keys(nodes).map(async (node) => {
                const format = "--format={{.Id}} {{.State.StartedAt}}";
                const printed = await example.onMachine(
                    node,
                    "docker",
                    "inspect",
                    format,
                    "consul",
                );
                const [id = "", at = ""] = printed.split(" ");
                return [node, { id, at: Date.parse(at) }] as const;
            }),
        );
        return Object.fromEntries(found);
    }

    it("has three servers and five clients, each of which knows all", async () => {
        const { nodes } = await example.outputs<Outputs>();
        expect(Object.values(nodes).map(({ role }) => role)).toEqual([
            ...["client", "client", "client", "client", "client"],
            ...["server", "server", "server"],
        ]);
        expect(said).toContain("each of 8 agents knows all of them as alive");
        expect(said).toContain("3 servers vote, 5 clients pass questions on to them");
        expect(said).toContain("what was written through one client was read through another");
    });

    it("started its clients in parallel, after the servers", async () => {
        // The last of the clients was begun before the first of them was ready.
        const begun = [...said.matchAll(/consul-client-\d-agent: made/g)].map(({ index }) => index);
        const gated = [...said.matchAll(/consul-client-\d-ready: made/g)].map(({ index }) => index);
        expect([begun.length, gated.length]).toEqual([5, 5]);
        expect(Math.max(...begun)).toBeLessThan(Math.max(...gated));
        const at = await containers();
        const times = (role: string) =>
            Object.entries(at).flatMap(([node, one]) => (node.startsWith(role) ? [one.at] : []));
        expect(Math.min(...times("client"))).toBeGreaterThan(Math.max(...times("server")));
    });

    it("is changed by no second up", async () => {
        expect(await example.up()).toContain("nothing was changed");
    });

    it("touches no server when clients are removed, moved and added", async () => {
        const before = await containers();
        const machine = (host: number) => ({ driver: "lab", address: `10.89.22.${host}` });
        const changed = [
            ...clients.slice(0, 3),
            // Another address is another machine.
            { name: "client-4", machine: machine(114) },
            { name: "client-6", machine: machine(106) },
        ];
        const output = await example.up({ clients: JSON.stringify(changed) });
        expect(output).toContain("each of 8 agents knows all of them as alive");
        const after = await containers();
        const kept = ["server-1", "server-2", "server-3", "client-1", "client-2", "client-3"];
        for (const node of kept) {
            expect(after[node], node).toEqual(before[node]);
        }
        expect(after["client-4"]?.id).not.toBe(before["client-4"]?.id);
        expect(Object.keys(after)).not.toContain("client-5");
        expect(output).not.toMatch(/consul-server-\d-(agent|machine|clearance|data): /);
    });

    it("leaves nothing when it is removed", async () => {
        await example.destroy();
        expect(await example.remains()).toEqual([]);
    });
});
