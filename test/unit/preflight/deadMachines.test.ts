import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { deadMachineWarnings } from "../../../preflight/deadMachines.ts";
import { writeRecord } from "../../../scripts/machineRecord.ts";
import { machineFiles } from "../../../scripts/storeLayout.ts";
import { certificates } from "../../support/certificates.ts";
import { putMachine } from "../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../support/fakeEngine.ts";
import { tempFolder } from "../../support/tempFolder.ts";

const owner = "consul-machines/dev";
/** A port at which nobody listens. */
const deadPort = 1;

/** A stack's store with these machines in it, by their nodes' names. */
async function lay(
    machines: Readonly<Record<string, { port: number; state?: "making" | "made" }>>,
) {
    const store = await tempFolder();
    for (const [node, { port, state }] of Object.entries(machines)) {
        await putMachine(store, `dev-${node}`, port, await certificates());
        if (state !== undefined) {
            await writeRecord(store, `dev-${node}`, { owner, state });
        }
    }
    return { store, owner, stack: "dev" };
}

function names(...nodes: readonly string[]) {
    return nodes.map((name) => ({ name }));
}

const dead = (node: string, endpoint: string, why: string) =>
    `${node}: its machine "dev-${node}" does not answer at ${endpoint} (${why}). Whatever touches ` +
    `it will fail. Start it again; or go on without it, adding --exclude '**::consul-${node}-*'; or, if it ` +
    "is lost, take the node out of the settings, run `pulumi up`, and put it back: docs/replace.md.";

test("machines that answer, that this stack has not made, or not to the end, are no matter", async () => {
    const engine = await fakeEngine(healthy);
    const machines = await lay({
        "server-1": { port: engine.port, state: "made" },
        "server-2": { port: deadPort, state: "making" },
        "server-3": { port: deadPort },
    });
    const nodes = names("server-1", "server-2", "server-3", "client-1");
    expect(await deadMachineWarnings(nodes, machines)).toEqual([]);
    expect(engine.asked).toEqual(["GET /_ping"]);
});

test("each machine that does not answer is named, with the reason and the ways out", async () => {
    const engine = await fakeEngine(healthy);
    const unwell = await fakeEngine(() => ({ status: 500, body: { message: "no daemon" } }));
    const machines = await lay({
        "server-1": { port: deadPort, state: "made" },
        "server-2": { port: engine.port, state: "made" },
        "client-1": { port: unwell.port, state: "made" },
    });
    expect(await deadMachineWarnings(names("server-1", "server-2", "client-1"), machines)).toEqual([
        dead("server-1", "tcp://127.0.0.1:1", "connect ECONNREFUSED 127.0.0.1:1"),
        dead(
            "client-1",
            `tcp://127.0.0.1:${unwell.port}`,
            "/_ping: the engine answered 500: no daemon",
        ),
    ]);
});

test("one that docker-machine does not know any more is named without its endpoint", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made" } });
    const { config } = machineFiles(machines.store, "dev-server-1");
    await rm(config);
    expect(await deadMachineWarnings(names("server-1"), machines)).toEqual([
        dead("server-1", "its endpoint", `ENOENT: no such file or directory, open '${config}'`),
    ]);
});

test("one that lacks its certificates is named with its endpoint", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made" } });
    const { key } = machineFiles(machines.store, "dev-server-1");
    await rm(key);
    expect(await deadMachineWarnings(names("server-1"), machines)).toEqual([
        dead("server-1", "tcp://127.0.0.1:1", `ENOENT: no such file or directory, open '${key}'`),
    ]);
});
