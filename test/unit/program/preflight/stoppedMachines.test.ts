import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import { mindSilent } from "../../../../program/preflight/startStoppedMachines.ts";
import { starterOf } from "../../../../program/preflight/stoppedMachines.ts";
import { certificates } from "../../../support/certificates.ts";
import {
    fakeDockerMachine,
    putMachine,
    type Behaviour,
} from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, fakeLocalEngine, healthy } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const owner = "consul-machines/dev";
const listing = "GET /containers/json";
const starting = "POST /containers/ID-2/start";
const nothingFound = { reasons: {}, notices: {}, problems: {} };

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
        machines: { store, owner, stack: "dev" },
        means: { binary, storeLasts: true },
        starters: {
            project: "consul-machines",
            lab: { dockerHost: `unix://${socket}` },
            dockerMachine: binary,
        },
    };
}

describe("what starts a machine that is stopped", () => {
    test("is this computer's engine for one of the lab", async () => {
        const { machines, starters, asked, calls } = await lay();
        await (
            await starterOf(lab, machines, starters)
        )?.();
        expect(asked()).toEqual([listing, starting]);
        expect(await calls()).toEqual([]);
    });

    test.each(["Stopped", "Saved"])(
        "is docker-machine for one of a driver that is %s",
        async (status) => {
            const { machines, starters, asked, calls } = await lay({
                behaviour: { status, mends: "start" },
            });
            await (
                await starterOf(vm, machines, starters)
            )?.();
            expect(await calls()).toEqual(["status dev-server-2", "start dev-server-2"]);
            expect(asked()).toEqual([]);
        },
    );

    test("is nothing for one that runs, is another's, is gone, or is a host of its own", async () => {
        const running = await lay({ running: true, behaviour: { status: "Running" } });
        expect(await starterOf(lab, running.machines, running.starters)).toBeUndefined();
        expect(await starterOf(vm, running.machines, running.starters)).toBeUndefined();
        const another = await lay({ by: "somebody/else" });
        expect(await starterOf(lab, another.machines, another.starters)).toBeUndefined();
        const gone = { ...lab, name: "server-9" };
        expect(await starterOf(gone, another.machines, another.starters)).toBeUndefined();
        expect(await starterOf(host, another.machines, another.starters)).toBeUndefined();
        expect(await another.calls()).toEqual([]);
    });
});

describe("a machine that does not answer", () => {
    const silence = 'its machine "dev-server-2" does not answer at tcp://10.0.0.12:2376 (off)';
    const look = { silence, warning: "server-2: it is dead." };
    const node = { ...lab, role: "server" } as const;

    test("is left as it is by a preview, which says that an update starts it", async () => {
        const { asked, ...laid } = await lay();
        const minded = await mindSilent([node], [look], nothingFound, { ...laid, mayStart: false });
        expect(minded.warnings).toEqual([
            `server-2: ${silence}, for it is stopped; \`pulumi up\` starts it.`,
        ]);
        expect(asked()).toEqual([listing]);
    });

    test("is started by an update, and not warned of", async () => {
        const { asked, ...laid } = await lay();
        const minded = await mindSilent([node], [look], nothingFound, { ...laid, mayStart: true });
        expect(minded).toEqual({ warnings: [], reasons: {} });
        expect(asked()).toEqual([listing, starting]);
    });

    test("is told of where it is not stopped, or given up, or elsewhere", async () => {
        const { asked, ...laid } = await lay({ running: true });
        const options = { ...laid, mayStart: true };
        const warned = async (what: object, found = nothingFound) =>
            (await mindSilent([node], [what], found, options)).warnings;
        expect(await warned(look)).toEqual([look.warning]);
        expect(await warned({ warning: "server-2: it is given up." })).toEqual([
            "server-2: it is given up.",
        ]);
        const moved = { ...nothingFound, notices: { "server-2": "server-2: it has moved." } };
        expect(await warned(look, moved)).toEqual(["server-2: it has moved."]);
        expect(asked()).toEqual([listing]);
    });

    test("is warned of, with the reason, when it does not start", async () => {
        const { asked, ...laid } = await lay({ behaviour: { status: "Stopped" } });
        const one = { ...node, ...vm };
        const minded = await mindSilent([one], [look], nothingFound, { ...laid, mayStart: true });
        expect(minded.warnings).toHaveLength(1);
        expect(minded.warnings[0]).toMatch(
            /^server-2: it is dead\. It is stopped, and does not start: docker-machine start ended with 1:/,
        );
        expect(asked()).toEqual([]);
    });
});
