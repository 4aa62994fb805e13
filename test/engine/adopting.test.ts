import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { AdoptRequest } from "../../scripts/protocol/adoption.ts";
import { readAdopting } from "../../scripts/machine/adoptingHosts.ts";
import { Machine } from "../../scripts/machine/machine.ts";
import { tempFolder } from "../support/tempFolder.ts";
import { without } from "./support/cli.ts";
import { cluster } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

/** What the hooks ran, in the order of what the providers did. */
const ran: { readonly verb: string; readonly request: AdoptRequest }[] = [];
let order: string[] = [];
let failure: string | undefined;
let seen: (() => readonly string[]) | undefined;

vi.mock(import("../../components/pulumi/runScript.ts"), () => ({
    runScript: (verb: string, request: object) => {
        if (verb === "agent try") {
            return Promise.resolve("[]");
        }
        ran.push({ verb, request: request as AdoptRequest });
        order.push(`${verb} ${(request as AdoptRequest).nodeName} after ${seen?.().at(-1) ?? ""}`);
        const why = failure;
        return why === undefined ? Promise.resolve("") : Promise.reject(new Error(why));
    },
}));

const container = "by-hand";

describe.skipIf(without !== "")(`a cluster that is adopted${without}`, () => {
    let empty: EngineStack;
    let store = "";

    beforeAll(async () => {
        empty = await EngineStack.create();
    });

    afterAll(() => {
        empty.dispose();
    });

    beforeEach(() => {
        ran.splice(0);
        order = [];
        failure = undefined;
    });

    const adopting = (more: object = {}) =>
        cluster({ servers: "abc", store, adopt: container, ...more });
    const plain = (more: object = {}) => cluster({ servers: "abc", store, ...more });

    async function fork(): Promise<EngineStack> {
        store = await tempFolder();
        const stack = await empty.fork();
        seen = () => stack.world.lines;
        return stack;
    }

    test("each agent is adopted just before its container is made, and forgotten once it is ready", async () => {
        const stack = await fork();
        await stack.up(adopting());
        expect(order.filter((line) => line.startsWith("agent adopt "))).toEqual([
            expect.stringMatching(/^agent adopt a after /),
            "agent adopt b after create a-ready",
            "agent adopt c after create b-ready",
        ]);
        expect(
            order
                .filter((line) => line.startsWith("agent adopted"))
                .map((line) => line.split(" ")[2]),
        ).toEqual(["a", "b", "c"]);
        const [{ request } = { request: undefined }] = ran;
        expect(request).toMatchObject({
            container,
            nodeName: "a",
            role: "server",
            httpAddress: "http://10.0.0.97:8500",
            address: "10.0.0.97",
            servers: { b: "http://10.0.0.98:8500", c: "http://10.0.0.99:8500" },
            datacenter: "dc1",
            agent: { store, machine: "test-a", container: "consul" },
            volume: "consul-data",
            owner: "engine-tests/test",
        });
    });

    test("each host's machine is told of it before it is made", async () => {
        const stack = await fork();
        await stack.up(adopting());
        for (const machine of ["test-a", "test-b", "test-c"]) {
            const noted = await readAdopting(Machine.of({ store, machine }));
            expect(noted).toMatchObject({ container, role: "server" });
        }
    });

    test("the state has nothing of it: with the setting and without it nothing changes", async () => {
        const stack = await fork();
        await stack.up(adopting());
        const adopted = (await stack.urns()).toSorted();
        ran.splice(0);
        expect((await stack.steps(adopting())).changes).toEqual([]);
        expect(await stack.up(adopting())).toEqual([]);
        expect((await stack.steps(plain())).changes).toEqual([]);
        expect(await stack.up(plain())).toEqual([]);
        expect((await stack.steps(adopting())).changes).toEqual([]);
        expect(ran).toEqual([]);
        const other = await fork();
        await other.up(plain());
        expect(adopted).toEqual((await other.urns()).toSorted());
        expect((await other.steps(adopting())).changes).toEqual([]);
    });

    test("one that cannot be adopted: its container is not made, and the next up goes on there", async () => {
        const stack = await fork();
        failure = "a: it is not adopted now";
        const { lines, output } = await stack.failingUp(adopting());
        expect(output).toContain("a: it is not adopted now");
        expect(lines.filter((line) => /-(agent|ready)$/.test(line))).toEqual([]);
        failure = undefined;
        const again = await stack.up(adopting());
        expect(again.filter((line) => line.endsWith("-agent"))).toEqual([
            "create a-agent",
            "create b-agent",
            "create c-agent",
        ]);
    });

    test("destroyed without the program, it needs no hook", async () => {
        const stack = await fork();
        await stack.up(adopting());
        ran.splice(0);
        await stack.destroy();
        expect(await stack.urns()).toEqual([]);
        expect(ran).toEqual([]);
    });
});
