import { lock } from "proper-lockfile";
import { afterAll, afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { DockerMachineCli } from "../../../../scripts/machine/dockerMachineCli.ts";
import { provisionAgain } from "../../../../scripts/machine/repair.ts";
import { engineCertificates } from "../../../support/engineCertificates.ts";
import { fakeDockerMachine, putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { quickClock } from "../../../support/quickTime.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock();
});
afterEach(() => {
    vi.useRealTimers();
});

const machine = "dev-server-1";
const owner = "consul-machines/dev";
const provision = "address 127.0.0.1";

/** A machine at 127.0.0.1 whose engine shows a certificate for this address. */
async function lay(address: string) {
    const made = await engineCertificates({ address });
    const engine = await fakeEngine(healthy, 0, made);
    const laid = await fakeDockerMachine(await tempFolder(), { mends: "regenerate-certs" });
    await putMachine(laid.store, machine, engine.port, made);
    await Machine.of({ store: laid.store, machine }).writeRecord({ owner, state: "made" });
    const common = { store: laid.store, machine, owner, driver: "virtualbox", flags: [] };
    const request = { ...common, hostRemains: false, provision };
    const cli = new DockerMachineCli(laid.binary, laid.store);
    const again = () => provisionAgain(cli, Machine.of(request), request);
    return { ...laid, again };
}

/** Has another machine of the store provisioned just now; ends in what ends that. */
async function another(store: string): Promise<() => Promise<void>> {
    const release = await lock(store, { lockfilePath: `${store}/.provisioning` });
    let held = true;
    const end = async () => {
        if (held) {
            held = false;
            await release();
        }
    };
    onTestFinished(end);
    return end;
}

test("a machine that has moved waits for no other, and nothing on it is waited for", async () => {
    const { store, calls, again } = await lay("127.0.0.99");
    await another(store);
    await again();
    expect(Date.now()).toBe(0);
    expect(await calls()).toEqual([`regenerate-certs -f ${machine}`]);
    expect(await Machine.of({ store, machine }).record()).toMatchObject({ provisioned: provision });
});

test("one in its place waits for its turn, and ends it once what runs there is itself again", async () => {
    const { store, calls, again } = await lay("127.0.0.1");
    const end = await another(store);
    const provisioned = again();
    await new Promise((over) => setTimeout(over, 300));
    expect(await calls()).toEqual([]);
    await end();
    await provisioned;
    expect(Date.now()).toBe(15_000);
    expect(await calls()).toEqual([`regenerate-certs -f ${machine}`]);
});
