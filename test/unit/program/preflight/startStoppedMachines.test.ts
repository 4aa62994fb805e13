import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import {
    starterOf,
    startStoppedMachines,
} from "../../../../program/preflight/startStoppedMachines.ts";
import { certificates } from "../../../support/certificates.ts";
import {
    fakeDockerMachine,
    putMachine,
    type Behaviour,
} from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, fakeLocalEngine, healthy } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const owner = "consul-machines/dev";
const listing = "GET /containers/json";
const starting = "POST /containers/ID-2/start";

const lab: NodeArgs = { name: "server-2", machine: { driver: "lab", address: "10.0.0.12" } };
const vm: NodeArgs = { name: "server-2", machine: { driver: "virtualbox" } };
const host: NodeArgs = { name: "server-2", machine: { driver: "generic", address: "10.0.0.12" } };

/** A stack whose machine's engine shows its certificate, and what starts its machines. */
async function lay(options: { running?: boolean; by?: string; behaviour?: Behaviour } = {}) {
    const { running = false, by = owner, behaviour = {} } = options;
    const machineEngine = await fakeEngine(healthy);
    const told = { enginePort: machineEngine.port, ...behaviour };
    const { store, binary, calls } = await fakeDockerMachine(await tempFolder(), told);
    await putMachine(store, "dev-server-2", machineEngine.port, await certificates());
    const socket = join(await tempFolder(), "docker.sock");
    const { asked } = await fakeLocalEngine((request) => {
        if (request.startsWith(listing)) {
            const State = running ? "running" : "exited";
            const mine = { Id: "ID-2", Names: ["/consul-machines-dev-server-2"], State };
            return { body: request.includes(`consul-machines.owner=${by}"`) ? [mine] : [] };
        }
        return request === starting ? {} : undefined;
    }, socket);
    return {
        calls,
        asked: () => asked.map((request) => request.split("?")[0]),
        options: {
            machines: devMachines(store, binary),
            dockerHost: `unix://${socket}`,
            storeLasts: true,
        },
    };
}

describe("what starts a machine that is stopped", () => {
    test("is this computer's engine for one of the lab", async () => {
        const { options, asked, calls } = await lay();
        await (
            await starterOf(lab, options)
        )?.();
        expect(asked()).toEqual([listing, starting]);
        expect(await calls()).toEqual([]);
    });

    test.each(["Stopped", "Saved"])(
        "is docker-machine for one of a driver that is %s",
        async (status) => {
            const { options, asked, calls } = await lay({
                behaviour: { status, mends: "start" },
            });
            await (
                await starterOf(vm, options)
            )?.();
            expect(await calls()).toEqual(["status dev-server-2", "start dev-server-2"]);
            expect(asked()).toEqual([]);
        },
    );

    test("is nothing for one that runs, is another stack's, is gone, or is an existing host", async () => {
        const running = await lay({ running: true, behaviour: { status: "Running" } });
        expect(await starterOf(lab, running.options)).toBeUndefined();
        expect(await starterOf(vm, running.options)).toBeUndefined();
        const another = await lay({ by: "somebody/else" });
        expect(await starterOf(lab, another.options)).toBeUndefined();
        const gone = { ...lab, name: "server-9" };
        expect(await starterOf(gone, another.options)).toBeUndefined();
        expect(await starterOf(host, another.options)).toBeUndefined();
        expect(await another.calls()).toEqual([]);
    });
});

describe("a machine that does not answer", () => {
    const unreachable = 'its machine "dev-server-2" does not answer at tcp://10.0.0.12:2376 (off)';
    const probe = { unreachable, warning: "server-2: it is off." };
    const node = { ...lab, role: "server" } as const;

    test("is left as it is by a preview, which says that an update starts it", async () => {
        const { asked, options: laid } = await lay();
        const result = await startStoppedMachines([{ declared: node, probe, check: {} }], {
            ...laid,
            mayStart: false,
        });
        expect(result.warnings).toEqual([
            `server-2: ${unreachable}, for it is stopped; \`pulumi up\` starts it.`,
        ]);
        expect(result.unreachable).toEqual(["server-2"]);
        expect(asked()).toEqual([listing]);
    });

    test("is started by an update, without a warning", async () => {
        const { asked, options: laid } = await lay();
        const result = await startStoppedMachines([{ declared: node, probe, check: {} }], {
            ...laid,
            mayStart: true,
        });
        expect(result).toEqual({ warnings: [], reasons: {}, unreachable: [] });
        expect(asked()).toEqual([listing, starting]);
    });

    test("is reported where it is not stopped, or abandoned, or elsewhere", async () => {
        const { asked, options: laid } = await lay({ running: true });
        const options = { ...laid, mayStart: true };
        const found = async (what: object, check = {}) => {
            const one = { declared: node, probe: what, check };
            const { warnings, unreachable: nodes } = await startStoppedMachines([one], options);
            return { warnings, nodes };
        };
        expect(await found(probe)).toEqual({ warnings: [probe.warning], nodes: ["server-2"] });
        const abandoned = "server-2: it is abandoned.";
        expect(await found({ warning: abandoned })).toEqual({ warnings: [abandoned], nodes: [] });
        const moved = "server-2: it has moved.";
        expect(await found(probe, { notice: moved })).toEqual({ warnings: [moved], nodes: [] });
        expect(asked()).toEqual([listing]);
    });

    test("is reported, with the reason, when it does not start", async () => {
        const { asked, options: laid } = await lay({ behaviour: { status: "Stopped" } });
        const one = { ...node, ...vm };
        const result = await startStoppedMachines([{ declared: one, probe, check: {} }], {
            ...laid,
            mayStart: true,
        });
        expect(result.warnings).toHaveLength(1);
        expect(result.warnings[0]).toMatch(
            /^server-2: it is off\. It is stopped, and does not start: docker-machine start ended with 1:/,
        );
        expect(result.unreachable).toEqual(["server-2"]);
        expect(asked()).toEqual([]);
    });
});
