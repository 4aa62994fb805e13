import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentAt } from "./support/access.ts";
import { get, put, untilWhole } from "./support/cluster.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-slow-clock";
const leaf = "/var/lib/docker/volumes/consul-config/_data/tls/agent.pem";
const shim = new URL("support/clockAhead.mjs", import.meta.url).href;

describe.skipIf(missing !== undefined)("machines whose clock is half an hour slow", () => {
    const stack = new LabStack(name, { NODE_OPTIONS: `--import=${shim}` });
    let outputs: Outputs;

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    it("form a secured cluster with certificates of a computer whose clock is right", async () => {
        await untilWhole(outputs);
        expect(await put(outputs.httpAddress, "lab/clock", "slow")).toBe(true);
        for (const { httpAddress } of Object.values(outputs.nodes)) {
            expect(await get(httpAddress, "lab/clock")).toBe("slow");
        }
        const pem = await onMachine(name, "server-2", "cat", leaf);
        const begun = Date.now() - new Date(new X509Certificate(pem).validFrom).getTime();
        // Made with a clock that is ahead: it would otherwise begin an hour ago.
        expect(begun / 60_000).toBeGreaterThan(28);
        expect(begun / 60_000).toBeLessThan(45);
    });

    it("join it later, and take other certificates while they run", async () => {
        stack.configure({ servers: 3, clients: 1, rotate: { ca: 2, leaf: 2 } });
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);
        const members = await agentAt(outputs.httpAddress).members();
        expect(members.map(({ Name }) => Name).toSorted()).toEqual(Object.keys(outputs.nodes));
        expect(await get(outputs.nodes["client-1"]?.httpAddress ?? "", "lab/clock")).toBe("slow");
    });
});
