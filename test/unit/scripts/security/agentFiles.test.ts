import { expect, test } from "vitest";
import {
    readAgentFile,
    rewriteKeyring,
    writeAgentFiles,
    type FilesOwner,
} from "../../../../scripts/security/agentFiles.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import { fakeVolumes, type FakeVolumes } from "../../../support/fakeVolumes.ts";

const authorities = "/consul-machines/tls/ca.pem";
const keyring = "/consul/data/serf/local.keyring";

const node = ({ store, machine }: FakeVolumes): FilesOwner => ({
    nodeName: "server-1",
    // Another node answers there: no certificate of this one is looked for.
    httpAddress: "https://127.0.0.1:1",
    askThrough: "server-2",
    agent: { store, machine, container: "consul" },
});

/** A container with the volumes and these CAs on it. */
async function withAuthorities(text: string, isRunning = true): Promise<FakeVolumes> {
    const machine = await fakeVolumes({ isRunning, digest: "d1" });
    machine.files.set(authorities, { text, mode: 0o600, uid: 100, gid: 1000 });
    return machine;
}

test("a file is read from a node's container, whether it runs or not", async () => {
    const machine = await withAuthorities("A\n", false);
    expect(await readAgentFile(node(machine), authorities)).toBe("A\n");
    expect(await readAgentFile(node(machine), keyring)).toBeUndefined();
});

test.each([
    ["without a container", undefined],
    ["of an open cluster", { isRunning: true, hasVolumes: false }],
])("a node %s has no files, and gets none", async (_case, container) => {
    const machine = await fakeVolumes(container);
    expect(await readAgentFile(node(machine), authorities)).toBeUndefined();
    expect(await writeAgentFiles(node(machine), { [authorities]: "A\n" })).toBe(false);
    expect(await rewriteKeyring(node(machine), ["b2xk"])).toBe(false);
    expect(machine.done).toEqual([]);
});

test.each([
    ["that docker-machine does not know yet", undefined],
    ["that is being made", "making"],
] as const)("a node of a machine %s has none, and is not asked", async (_case, state) => {
    const { store } = await withAuthorities("A\n");
    const agent = { store, machine: "new", container: "consul" };
    if (state !== undefined) {
        await Machine.of(agent).writeRecord({ owner: "p/s", state });
    }
    const added = { nodeName: "server-1", httpAddress: "https://127.0.0.1:1", agent };
    expect(await readAgentFile(added, authorities)).toBeUndefined();
    expect(await writeAgentFiles(added, { [authorities]: "A\n" })).toBe(false);
});

test("a machine that was made and is not reached is an error that names it", async () => {
    const { store } = await withAuthorities("A\n");
    const agent = { store, machine: "lost", container: "consul" };
    await Machine.of(agent).writeRecord({ owner: "p/s", state: "made" });
    const lost = { nodeName: "server-1", httpAddress: "https://127.0.0.1:1", agent };
    await expect(writeAgentFiles(lost, { [authorities]: "A\n" })).rejects.toThrow(
        'server-1: on the machine "lost"',
    );
});

test("a running agent takes a file that it is given, once", async () => {
    const machine = await withAuthorities("A\n");
    const written = ["put /consul-machines: tls/ca.pem", "exec consul reload"];
    const checked = ["exec consul members", "put /consul-machines: tls/reloaded"];
    expect(await writeAgentFiles(node(machine), { [authorities]: "B\nA\n" })).toBe(true);
    expect(machine.done).toEqual([...written, ...checked]);
    expect(machine.files.get(authorities)?.text).toBe("B\nA\n");
    expect(await writeAgentFiles(node(machine), { [authorities]: "B\nA\n" })).toBe(true);
    expect(machine.done).toHaveLength(4);
});

test("one that does not run reads it when it starts", async () => {
    const machine = await withAuthorities("A\n", false);
    expect(await writeAgentFiles(node(machine), { [authorities]: "B\n" })).toBe(true);
    expect(machine.done).toEqual(["put /consul-machines: tls/ca.pem tls/reloaded"]);
});

test("one that does not listen yet is asked again", async () => {
    const machine = await withAuthorities("A\n");
    let asked = 0;
    machine.run = () => {
        // Of its output and of its exit code.
        asked += 1;
        const output = "dial tcp 127.0.0.1:8500: connect: connection refused";
        return asked <= 2 ? { exitCode: 1, output } : { exitCode: 0, output: "" };
    };
    await writeAgentFiles(node(machine), { [authorities]: "B\n" });
    expect(machine.done.filter((line) => line === "exec consul reload")).toHaveLength(2);
});

test("gossip keys are rewritten, and the agent starts with them", async () => {
    const machine = await withAuthorities("A\n");
    expect(await rewriteKeyring(node(machine), ["b2xk", "bmV3"])).toBe(true);
    expect(machine.done).toEqual(["put /consul/data: serf/local.keyring", "restart"]);
    expect(machine.files.get(keyring)).toMatchObject({ text: '["b2xk","bmV3"]', mode: 0o600 });
});
