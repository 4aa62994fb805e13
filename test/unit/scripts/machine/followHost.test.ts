import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { followHost } from "../../../../scripts/machine/followHost.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import type { MachineRequest } from "../../../../scripts/protocol/requests.ts";
import { engineCertificates } from "../../../support/engineCertificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const machine = "dev-server-1";
const owner = "consul-machines/dev";

/** A machine that was reached at 192.0.2.9, and whose engine is on this computer, with a certificate for an address. */
async function lay(certified: string) {
    const store = await tempFolder();
    const made = await engineCertificates({ address: certified });
    const engine = await fakeEngine(healthy, 0, made);
    await putMachine(store, machine, engine.port, made, "192.0.2.9");
    const its = Machine.of({ store, machine });
    await its.writeRecord({ owner, state: "made" });
    const request = (over: Partial<MachineRequest> = {}): MachineRequest => ({
        store,
        owner,
        machine,
        driver: "generic",
        flags: ["--generic-ip-address=127.0.0.1"],
        hostRemains: true,
        ...over,
    });
    return { its, request, port: engine.port };
}

test("a host is followed to where it is reached now, and its certificate is found to be for another place", async () => {
    const { its, request, port } = await lay("192.0.2.9");
    expect(await followHost(its, request({ address: "10.0.0.11" }))).toBe("address 127.0.0.1");
    expect(await its.inspect()).toEqual({
        address: "127.0.0.1",
        recorded: "127.0.0.1",
        bound: "10.0.0.11",
        endpoint: `tcp://127.0.0.1:${port}`,
    });
    expect(await its.record()).toEqual({ owner, state: "made", address: "10.0.0.11" });
    // An interrupted run is completed.
    expect(await followHost(its, request({ address: "10.0.0.11" }))).toBe("address 127.0.0.1");
});

test("one whose certificate is for that place needs no other", async () => {
    const { its, request } = await lay("127.0.0.1");
    expect(await followHost(its, request({ address: "10.0.0.11" }))).toBeUndefined();
    // And back at its own address it is no more recorded than before.
    expect(await followHost(its, request())).toBeUndefined();
    expect(await its.record()).toEqual({ owner, state: "made" });
});

test("of a description that names more than the address the rest stays as it is", async () => {
    const { its, request } = await lay("127.0.0.1");
    const text =
        '{"Driver": {"IPAddress" :"192.0.2.9", "EnginePort": 1, "Id": 12345678901234567890}}';
    await writeFile(its.files.config, text);
    expect(await followHost(its, request())).toBeUndefined();
    expect(await readFile(its.files.config, "utf8")).toBe(text.replace("192.0.2.9", "127.0.0.1"));
});

test("a machine of another driver is where its driver says", async () => {
    const { its, request } = await lay("192.0.2.9");
    expect(await followHost(its, request({ driver: "virtualbox" }))).toBeUndefined();
    expect((await its.inspect()).recorded).toBe("192.0.2.9");
});
