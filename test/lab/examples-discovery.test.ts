import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { LabExample } from "./support/labExample.ts";
import { missing } from "./support/pieces.ts";

interface Worker {
    readonly name: string;
    readonly node: string;
    readonly port: number;
}

/** The committed workers. */
const { config } = parse(readFileSync("examples/discovery/Pulumi.dev.yaml", "utf8")) as {
    readonly config: Readonly<Record<string, readonly Worker[]>>;
};
const workers = config["discovery:workers"] ?? [];

/** Seconds after which a worker's check is critical: the default of the example's Pulumi.yaml. */
const ttl = 3;

describe.skipIf(missing !== undefined)("the example discovery", () => {
    const example = new LabExample("discovery");
    let said = "";
    let coordinatorUrl = "";

    beforeAll(async () => {
        said = await example.up();
        ({ coordinatorUrl } = await example.outputs<{ readonly coordinatorUrl: string }>());
    });

    afterAll(async () => {
        await example.destroy();
    });

    /** What the coordinator knows: since when, by worker. Undefined while it does not answer. */
    async function known(): Promise<ReadonlyMap<string, number> | undefined> {
        try {
            const response = await fetch(`${coordinatorUrl}workers`, {
                signal: AbortSignal.timeout(1000),
            });
            const { workers: found } = (await response.json()) as {
                readonly workers: readonly { readonly id: string; readonly since: number }[];
            };
            return new Map(found.map(({ id, since }) => [id, since]));
        } catch {
            return undefined;
        }
    }

    /** Seconds until the coordinator knows of a worker, or no longer does. */
    async function untilKnown(worker: string, isThere: boolean): Promise<number> {
        const began = Date.now();
        while (Date.now() - began < 30_000) {
            if ((await known())?.has(worker) === isThere) {
                return (Date.now() - began) / 1000;
            }
            await new Promise((again) => setTimeout(again, 50));
        }
        throw new Error(`${worker} is ${isThere ? "not known" : "still known"} after 30 s`);
    }

    it("has a coordinator that knows its workers on other machines, and asks them", () => {
        expect(said).toContain("the coordinator knows 3 workers: worker-1, worker-2, worker-3");
        expect(said).toContain("each of them answers it, from its own machine");
        expect(said).toContain("DNS, the plain way, names as many");
    });

    it("is changed by no second up", async () => {
        expect(await example.up()).toContain("nothing was changed");
    });

    it("knows of a worker that is killed within its time and two seconds, and of its return", async () => {
        await example.onMachine("server-3", "docker", "kill", "worker-2");
        expect(await untilKnown("worker-2", false)).toBeLessThan(ttl + 2);
        await example.onMachine("server-3", "docker", "start", "worker-2");
        expect(await untilKnown("worker-2", true)).toBeLessThan(2);
    });

    it("knows at once of a worker that is stopped, for it leaves", async () => {
        const stopped = example.onMachine("server-2", "docker", "stop", "worker-1");
        expect(await untilKnown("worker-1", false)).toBeLessThan(2);
        await stopped;
        await example.onMachine("server-2", "docker", "start", "worker-1");
        expect(await untilKnown("worker-1", true)).toBeLessThan(2);
    });

    it("sends each change to its page", async () => {
        expect(await (await fetch(coordinatorUrl)).text()).toContain('new EventSource("events")');
        const { body } = await fetch(`${coordinatorUrl}events`);
        const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
        const read = async () => (await reader?.read())?.value ?? "";
        expect(await read()).toContain('"worker-3"');
        await example.onMachine("server-3", "docker", "kill", "worker-3");
        expect(await read()).not.toContain('"worker-3"');
        await reader?.cancel();
        await example.onMachine("server-3", "docker", "start", "worker-3");
        await untilKnown("worker-3", true);
    });

    it("knows all of them again with its first answer when it is restarted", async () => {
        await example.onMachine("server-1", "docker", "restart", "--time=2", "coordinator");
        let first = await known();
        while (first === undefined) {
            await new Promise((again) => setTimeout(again, 50));
            first = await known();
        }
        expect([...first.keys()]).toEqual(workers.map(({ name }) => name));
    });

    it("knows a worker that an up adds two seconds after it has started", async () => {
        const more = [...workers, { name: "worker-4", node: "server-2", port: 9002 }];
        const output = await example.up({ workers: JSON.stringify(more) });
        expect(output).toContain("the coordinator knows 4 workers");
        const format = "--format={{.State.StartedAt}}";
        const at = await example.onMachine("server-2", "docker", "inspect", format, "worker-4");
        const since = (await known())?.get("worker-4") ?? 0;
        expect(since - Date.parse(at)).toBeGreaterThan(0);
        expect(since - Date.parse(at)).toBeLessThan(2000);
    });

    it("follows an up that takes one away", async () => {
        expect(await example.up()).toContain("the coordinator knows 3 workers");
    });

    it("knows its workers after Consul has been restarted beside it", async () => {
        await example.onMachine("server-1", "docker", "restart", "consul");
        await new Promise((over) => setTimeout(over, 5000));
        expect([...((await known())?.keys() ?? [])]).toEqual(workers.map(({ name }) => name));
        await example.onMachine("server-3", "docker", "kill", "worker-2");
        await untilKnown("worker-2", false);
        await example.onMachine("server-3", "docker", "start", "worker-2");
        expect(await untilKnown("worker-2", true)).toBeLessThan(5);
    });

    it("leaves nothing when it is removed", async () => {
        await example.destroy();
        expect(await example.remains()).toEqual([]);
    });
});
