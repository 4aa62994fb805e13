import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { probeMachine } from "../../../../program/preflight/machineProbe.ts";
import { certificates } from "../../../support/certificates.ts";
import { engineCertificates } from "../../../support/engineCertificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const owner = "consul-machines/dev";
/** A port at which nothing listens. */
const deadPort = 1;

/** A stack's store with these machines in it, by their nodes' names. */
async function lay(
    machines: Readonly<
        Record<string, { port: number; state?: "making" | "made"; generation?: number }>
    >,
) {
    const store = await tempFolder();
    for (const [node, { port, state, ...generation }] of Object.entries(machines)) {
        await putMachine(store, `dev-${node}`, port, await certificates());
        if (state !== undefined) {
            await devMachines(store)
                .machine(node)
                .writeRecord({
                    owner,
                    state,
                    ...generation,
                });
        }
    }
    return devMachines(store);
}

const unreachableReason = (node: string, endpoint: string, why: string) =>
    `its machine "dev-${node}" does not answer at ${endpoint} (${why})`;

const dead = (node: string, endpoint: string, why: string) => {
    const unreachable = unreachableReason(node, endpoint, why);
    return {
        unreachable,
        warning:
            `${node}: ${unreachable}. What changes on it will fail, all else goes on. Start it again; ` +
            "or leave it out of a change of all nodes, or of a refresh, adding --exclude " +
            `'**::consul-${node}-*'; or, if it is lost, have another one take its place: ` +
            `\`pulumi config set --path 'generations.${node}' 2\`, then \`pulumi up\` ` +
            "(docs/replace.md). Meanwhile `pulumi destroy` needs --run-program.",
    };
};

const refused = "connect ECONNREFUSED 127.0.0.1:1";

test("machines that answer, that this stack has not made, or has not finished, are not reported", async () => {
    const engine = await fakeEngine(healthy);
    const machines = await lay({
        "server-1": { port: engine.port, state: "made" },
        "server-2": { port: deadPort, state: "making" },
        "server-3": { port: deadPort },
    });
    for (const name of ["server-1", "server-2", "server-3", "client-1"]) {
        expect(await probeMachine({ name }, machines)).toEqual({});
    }
    expect(engine.asked).toEqual(["GET /_ping"]);
});

test("a machine that does not answer is named, with the reason and the ways out", async () => {
    const unwell = await fakeEngine(() => ({ status: 500, body: { message: "no daemon" } }));
    const machines = await lay({
        "server-1": { port: deadPort, state: "made" },
        "client-1": { port: unwell.port, state: "made" },
    });
    expect(await probeMachine({ name: "server-1" }, machines)).toEqual(
        dead("server-1", "tcp://127.0.0.1:1", refused),
    );
    const why = "/_ping: the engine answered 500: no daemon";
    expect(await probeMachine({ name: "client-1" }, machines)).toEqual(
        dead("client-1", `tcp://127.0.0.1:${unwell.port}`, why),
    );
});

test("the one machine of all nodes has no other to take its place", async () => {
    const machines = await lay({ machine: { port: deadPort, state: "made" } });
    const unreachable = unreachableReason("machine", "tcp://127.0.0.1:1", refused);
    expect(await probeMachine({ name: "machine" }, machines)).toEqual({
        unreachable,
        warning:
            `machine: ${unreachable}. What changes on it will fail, all else goes on. ` +
            "Start it again; or, if it is lost, destroy the stack, create it again, and restore a " +
            "snapshot: docs/restore.md.",
    });
});

test("one of a later generation is excluded by its own name, and followed by the next", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made", generation: 2 } });
    const { warning } = await probeMachine({ name: "server-1", generation: 2 }, machines);
    expect(warning).toContain("--exclude '**::consul-server-1.2-*'");
    expect(warning).toContain("`pulumi config set --path 'generations.server-1' 3`");
});

test("a lost one for which another generation is declared is abandoned, with a warning", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made" } });
    expect(await probeMachine({ name: "server-1", generation: 2 }, machines)).toEqual({
        warning:
            `server-1: ${unreachableReason("server-1", "tcp://127.0.0.1:1", refused)}; it is abandoned and ` +
            "recreated as generation 2.",
    });
});

test.each([
    ["first", undefined, 2],
    ["second", 2, undefined],
])("one of the %s generation that answers is not replaced by another", async (_, before, now) => {
    const engine = await fakeEngine(healthy);
    const machines = await lay({
        "server-1": {
            port: engine.port,
            state: "made",
            ...(before === undefined ? {} : { generation: before }),
        },
    });
    expect(await probeMachine({ name: "server-1", generation: now }, machines)).toEqual({
        problem:
            `server-1: generation ${now ?? 1} is declared, but its machine of generation ` +
            `${before ?? 1} answers. Only a lost machine is replaced like this: declare generation ` +
            `${before ?? 1} again, and replace the machine as docs/replace.md describes for one ` +
            "that works.",
    });
});

test("one at whose address another machine of the store answers is abandoned, too", async () => {
    const [mine, others] = await Promise.all([engineCertificates(), engineCertificates()]);
    const engine = await fakeEngine(healthy, 0, others);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, {
        ...others,
        serverCert: mine.serverCert,
    });
    await putMachine(store, "dev-server-2", engine.port, others);
    const machines = devMachines(store);
    await machines.machine("server-1").writeRecord({ owner, state: "made" });
    expect(await probeMachine({ name: "server-1", generation: 2 }, machines)).toEqual({
        warning:
            'server-1: another machine answers where its machine "dev-server-1" was; it is ' +
            "abandoned and recreated as generation 2.",
    });
});

test("one that docker-machine has no entry of any more is named without its endpoint", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made" } });
    const { config } = machines.store.machine("dev-server-1").files;
    await rm(config);
    const why = `ENOENT: no such file or directory, open '${config}'`;
    expect(await probeMachine({ name: "server-1" }, machines)).toEqual(
        dead("server-1", "its endpoint", why),
    );
});

test("one that lacks its certificates is named with its endpoint", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made" } });
    const { key } = machines.store.machine("dev-server-1").files;
    await rm(key);
    const why = `ENOENT: no such file or directory, open '${key}'`;
    expect(await probeMachine({ name: "server-1" }, machines)).toEqual(
        dead("server-1", "tcp://127.0.0.1:1", why),
    );
});
