import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { LabExample } from "./support/labExample.ts";
import { missing } from "./support/pieces.ts";

interface Slave {
    readonly name: string;
    readonly node: string;
    readonly port: number;
}

/** The committed slaves. */
const { config } = parse(readFileSync("examples/discovery/Pulumi.dev.yaml", "utf8")) as {
    readonly config: Readonly<Record<string, readonly Slave[]>>;
};
const slaves = config["discovery:slaves"] ?? [];

/** Seconds that a slave may be silent: the default of the example's Pulumi.yaml. */
const ttl = 3;

describe.skipIf(missing !== undefined)("the example discovery", () => {
    const example = new LabExample("discovery");
    let said = "";
    let masterUrl = "";

    beforeAll(async () => {
        said = await example.up();
        ({ masterUrl } = await example.outputs<{ readonly masterUrl: string }>());
    });

    afterAll(async () => {
        await example.destroy();
    });

    /** What the master knows: since when, by slave. Undefined while it does not answer. */
    async function known(): Promise<ReadonlyMap<string, number> | undefined> {
        try {
            const response = await fetch(`${masterUrl}slaves`, {
                signal: AbortSignal.timeout(1000),
            });
            const { slaves: found } = (await response.json()) as {
                readonly slaves: readonly { readonly id: string; readonly since: number }[];
            };
            return new Map(found.map(({ id, since }) => [id, since]));
        } catch {
            return undefined;
        }
    }

    /** Seconds until the master knows of a slave, or no longer does. */
    async function untilKnown(slave: string, isThere: boolean): Promise<number> {
        const began = Date.now();
        while (Date.now() - began < 30_000) {
            if ((await known())?.has(slave) === isThere) {
                return (Date.now() - began) / 1000;
            }
            await new Promise((again) => setTimeout(again, 50));
        }
        throw new Error(`${slave} is ${isThere ? "not known" : "still known"} after 30 s`);
    }

    it("has a master that knows its slaves on other machines, and asks them", () => {
        expect(said).toContain("the master knows 3 slaves: slave-1, slave-2, slave-3");
        expect(said).toContain("each of them answers it, from its own machine");
        expect(said).toContain("DNS, the plain way, names as many");
    });

    it("is changed by no second up", async () => {
        expect(await example.up()).toContain("nothing was changed");
    });

    it("knows of a slave that is killed within its time and two seconds, and of its return", async () => {
        await example.onMachine("server-3", "docker", "kill", "slave-2");
        expect(await untilKnown("slave-2", false)).toBeLessThan(ttl + 2);
        await example.onMachine("server-3", "docker", "start", "slave-2");
        expect(await untilKnown("slave-2", true)).toBeLessThan(2);
    });

    it("knows at once of a slave that is stopped, for it leaves", async () => {
        const stopped = example.onMachine("server-2", "docker", "stop", "slave-1");
        expect(await untilKnown("slave-1", false)).toBeLessThan(2);
        await stopped;
        await example.onMachine("server-2", "docker", "start", "slave-1");
        expect(await untilKnown("slave-1", true)).toBeLessThan(2);
    });

    it("tells its page of each change", async () => {
        expect(await (await fetch(masterUrl)).text()).toContain('new EventSource("events")');
        const { body } = await fetch(`${masterUrl}events`);
        const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
        const read = async () => (await reader?.read())?.value ?? "";
        expect(await read()).toContain('"slave-3"');
        await example.onMachine("server-3", "docker", "kill", "slave-3");
        expect(await read()).not.toContain('"slave-3"');
        await reader?.cancel();
        await example.onMachine("server-3", "docker", "start", "slave-3");
        await untilKnown("slave-3", true);
    });

    it("knows all of them again with its first answer when it is restarted", async () => {
        await example.onMachine("server-1", "docker", "restart", "--time=2", "master");
        let first = await known();
        while (first === undefined) {
            await new Promise((again) => setTimeout(again, 50));
            first = await known();
        }
        expect([...first.keys()]).toEqual(slaves.map(({ name }) => name));
    });

    it("knows a slave that an up adds two seconds after it has started", async () => {
        const more = [...slaves, { name: "slave-4", node: "server-2", port: 9002 }];
        const output = await example.up({ slaves: JSON.stringify(more) });
        expect(output).toContain("the master knows 4 slaves");
        const format = "--format={{.State.StartedAt}}";
        const at = await example.onMachine("server-2", "docker", "inspect", format, "slave-4");
        const since = (await known())?.get("slave-4") ?? 0;
        expect(since - Date.parse(at)).toBeGreaterThan(0);
        expect(since - Date.parse(at)).toBeLessThan(2000);
    });

    it("follows an up that takes one away", async () => {
        expect(await example.up()).toContain("the master knows 3 slaves");
    });

    it("knows its slaves after Consul has been restarted beside it", async () => {
        await example.onMachine("server-1", "docker", "restart", "consul");
        await new Promise((over) => setTimeout(over, 5000));
        expect([...((await known())?.keys() ?? [])]).toEqual(slaves.map(({ name }) => name));
        await example.onMachine("server-3", "docker", "kill", "slave-2");
        await untilKnown("slave-2", false);
        await example.onMachine("server-3", "docker", "start", "slave-2");
        expect(await untilKnown("slave-2", true)).toBeLessThan(5);
    });

    it("leaves nothing when it is taken away", async () => {
        await example.destroy();
        expect(await example.remains()).toEqual([]);
    });
});
