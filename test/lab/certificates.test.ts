import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeMachine } from "../../scripts/machine/removeMachine.ts";
import { closeStore, openStore } from "../../scripts/verbs/store.ts";
import { machineUp } from "../../scripts/verbs/machineUp.ts";
import type { MachineRequest } from "../../scripts/protocol/requests.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";
import { Machine } from "../../scripts/machine/machine.ts";

const nodes = ["server-1", "server-2", "server-3", "client-1"];

describe.skipIf(missing !== undefined)("four machines made side by side", () => {
    const stack = new LabStack("lab-certs");
    const hosts = ".state/machines/lab-certs";
    const store = ".state/machines/lab-certs-again";
    const owner = "consul-machines/lab-certs-again";
    let outputs: Outputs;

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3, clients: 1 });
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    function request(node: string): MachineRequest {
        const flags = [
            `--generic-ip-address=${outputs.nodes[node]?.address ?? ""}`,
            `--generic-ssh-key=${hosts}/lab-ssh/id_lab`,
        ];
        const machine = `again-${node}`;
        return { store, owner, machine, driver: "generic", flags, hostRemains: false };
    }

    for (let time = 1; time <= 10; time += 1) {
        it(`on an empty store all answer to its certificates, time ${time} of 10`, async () => {
            await openStore({ store, owner });
            const requests = nodes.map(request);
            const made = await Promise.all(requests.map((one) => machineUp(one)));
            const cas = new Set(made.map(({ ca }) => ca));
            expect(cas.size).toBe(1);
            const pings = requests.map(async (one) => {
                const engine = await Machine.of(one).engine();
                return engine.text("/_ping");
            });
            expect(await Promise.all(pings)).toEqual(["OK", "OK", "OK", "OK"]);
            await Promise.all(requests.map((one) => removeMachine(one)));
            await closeStore({ store, owner });
        });
    }
});
