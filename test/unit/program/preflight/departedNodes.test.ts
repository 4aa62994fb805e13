import { expect, test } from "vitest";
import { departedNodes } from "../../../../program/preflight/departedNodes.ts";
import { certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const owner = "consul-machines/dev";
/** A port at which nothing listens. */
const deadPort = 1;
const machine = { driver: "virtualbox" } as const;

/** A store with these machines in it, by docker-machine's names of them. */
async function lay(
    made: Readonly<Record<string, { port?: number; owner?: string; generation?: number }>>,
) {
    const store = await tempFolder();
    const machines = devMachines(store);
    for (const [name, { port = deadPort, ...record }] of Object.entries(made)) {
        await putMachine(store, name, port, await certificates());
        await machines.store.machine(name).writeRecord({ owner, state: "made", ...record });
    }
    return machines;
}

test("a node that is declared no longer, and whose machine does not answer, is departed", async () => {
    const machines = await lay({ "dev-server-1": {}, "dev-server-2": {}, "dev-server-3": {} });
    const declared = [{ name: "server-1", role: "server", machine } as const];
    expect(await departedNodes(declared, machines)).toEqual([
        { name: "server-2", generation: 1 },
        { name: "server-3", generation: 1 },
    ]);
});

test("a node is departed in the generation that it had; one that is declared in another is not", async () => {
    const machines = await lay({
        "dev-server-1": { generation: 2 },
        "dev-server-2": { generation: 2 },
    });
    const declared = [{ name: "server-1", role: "server", machine, generation: 3 } as const];
    expect(await departedNodes(declared, machines)).toEqual([{ name: "server-2", generation: 2 }]);
});

test("a machine that answers, is another stack's, or all nodes share, is none", async () => {
    const { port } = await fakeEngine(healthy);
    const machines = await lay({
        "dev-server-1": { port },
        "dev-server-2": { owner: "somebody/else" },
        "dev-machine": {},
        "other-server-3": {},
    });
    expect(await departedNodes([], machines)).toEqual([]);
});
