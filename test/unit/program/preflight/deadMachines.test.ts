import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { lookForDead } from "../../../../program/preflight/deadMachines.ts";
import { writeRecord } from "../../../../scripts/machine/machineRecord.ts";
import { machineFiles } from "../../../../scripts/machine/storeLayout.ts";
import { certificates } from "../../../support/certificates.ts";
import { engineCertificates } from "../../../support/engineCertificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const owner = "consul-machines/dev";
/** A port at which nobody listens. */
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
            await writeRecord(store, `dev-${node}`, { owner, state, ...generation });
        }
    }
    return { store, owner, stack: "dev" };
}

const silenceOf = (node: string, endpoint: string, why: string) =>
    `its machine "dev-${node}" does not answer at ${endpoint} (${why})`;

const dead = (node: string, endpoint: string, why: string) => {
    const silence = silenceOf(node, endpoint, why);
    return {
        silence,
        warning:
            `${node}: ${silence}. Whatever touches it will fail. Start it again; or go on without ` +
            `it, adding --exclude '**::consul-${node}-*'; or, if it is lost, have another one take ` +
            `its place: \`pulumi config set --path 'generations.${node}' 2\`, then \`pulumi up\` ` +
            "(docs/replace.md).",
    };
};

const refused = "connect ECONNREFUSED 127.0.0.1:1";

test("machines that answer, that this stack has not made, or not to the end, are no matter", async () => {
    const engine = await fakeEngine(healthy);
    const machines = await lay({
        "server-1": { port: engine.port, state: "made" },
        "server-2": { port: deadPort, state: "making" },
        "server-3": { port: deadPort },
    });
    for (const name of ["server-1", "server-2", "server-3", "client-1"]) {
        expect(await lookForDead({ name }, machines)).toEqual({});
    }
    expect(engine.asked).toEqual(["GET /_ping"]);
});

test("a machine that does not answer is named, with the reason and the ways out", async () => {
    const unwell = await fakeEngine(() => ({ status: 500, body: { message: "no daemon" } }));
    const machines = await lay({
        "server-1": { port: deadPort, state: "made" },
        "client-1": { port: unwell.port, state: "made" },
    });
    expect(await lookForDead({ name: "server-1" }, machines)).toEqual(
        dead("server-1", "tcp://127.0.0.1:1", refused),
    );
    const why = "/_ping: the engine answered 500: no daemon";
    expect(await lookForDead({ name: "client-1" }, machines)).toEqual(
        dead("client-1", `tcp://127.0.0.1:${unwell.port}`, why),
    );
});

test("the one machine of all nodes has no other to take its place", async () => {
    const machines = await lay({ machine: { port: deadPort, state: "made" } });
    const silence = silenceOf("machine", "tcp://127.0.0.1:1", refused);
    expect(await lookForDead({ name: "machine" }, machines)).toEqual({
        silence,
        warning:
            `machine: ${silence}. Whatever touches it will fail. ` +
            "Start it again; or, if it is lost, destroy the stack, make it anew, and take a " +
            "snapshot back: docs/restore.md.",
    });
});

test("one of a later generation is left out by its own name, and followed by the next", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made", generation: 2 } });
    const { warning } = await lookForDead({ name: "server-1", generation: 2 }, machines);
    expect(warning).toContain("--exclude '**::consul-server-1.2-*'");
    expect(warning).toContain("`pulumi config set --path 'generations.server-1' 3`");
});

test("a dead one for which another generation is declared is given up, and that is said", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made" } });
    expect(await lookForDead({ name: "server-1", generation: 2 }, machines)).toEqual({
        warning:
            `server-1: ${silenceOf("server-1", "tcp://127.0.0.1:1", refused)}; it is given up, and made anew ` +
            "as generation 2.",
    });
});

test.each([
    ["first", undefined, 2],
    ["second", 2, undefined],
])("a living one of the %s generation is not given up for another", async (_, before, now) => {
    const engine = await fakeEngine(healthy);
    const machines = await lay({
        "server-1": {
            port: engine.port,
            state: "made",
            ...(before === undefined ? {} : { generation: before }),
        },
    });
    expect(await lookForDead({ name: "server-1", generation: now }, machines)).toEqual({
        problem:
            `server-1: generation ${now ?? 1} is declared, but its machine of generation ` +
            `${before ?? 1} answers. Only a machine that is lost is given up like this: state ` +
            `generation ${before ?? 1}, and replace the machine as docs/replace.md says of one ` +
            "that works.",
    });
});

test("one at whose place another machine of the store answers is given up, too", async () => {
    const [mine, others] = await Promise.all([engineCertificates(), engineCertificates()]);
    const engine = await fakeEngine(healthy, 0, others);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, {
        ...others,
        serverCert: mine.serverCert,
    });
    await putMachine(store, "dev-server-2", engine.port, others);
    await writeRecord(store, "dev-server-1", { owner, state: "made" });
    const machines = { store, owner, stack: "dev" };
    expect(await lookForDead({ name: "server-1", generation: 2 }, machines)).toEqual({
        warning:
            'server-1: another machine answers where its machine "dev-server-1" was; it is given ' +
            "up, and made anew as generation 2.",
    });
});

test("one that docker-machine does not know any more is named without its endpoint", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made" } });
    const { config } = machineFiles(machines.store, "dev-server-1");
    await rm(config);
    const why = `ENOENT: no such file or directory, open '${config}'`;
    expect(await lookForDead({ name: "server-1" }, machines)).toEqual(
        dead("server-1", "its endpoint", why),
    );
});

test("one that lacks its certificates is named with its endpoint", async () => {
    const machines = await lay({ "server-1": { port: deadPort, state: "made" } });
    const { key } = machineFiles(machines.store, "dev-server-1");
    await rm(key);
    const why = `ENOENT: no such file or directory, open '${key}'`;
    expect(await lookForDead({ name: "server-1" }, machines)).toEqual(
        dead("server-1", "tcp://127.0.0.1:1", why),
    );
});
