import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { noteAdopting, readAdopting } from "../../../../scripts/machine/adoptingHosts.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import { Store } from "../../../../scripts/machine/store.ts";
import type { MachineRequest } from "../../../../scripts/protocol/requests.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { machineUp } from "../../../../scripts/verbs/machineUp.ts";
import { fakeAgent, healthyCluster } from "../../../support/fakeConsul.ts";
import { fakeDockerMachine, type Behaviour } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { fakeHost } from "../../../support/fakeHost.ts";
import { quickClock } from "../../../support/quickTime.ts";
import type { Changes } from "../../../support/soundHost.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock(50);
});
afterEach(() => {
    vi.useRealTimers();
});

const machine = "dev-server-1";
const owner = "consul-machines/dev";
const create = "create --driver=generic --generic-ip-address=127.0.0.1 --generic-ssh-user=deploy";
const mark = "--engine-label=consul-machines.owner=consul-machines/dev";

/** A host with its own engine, and a request to make it a machine. */
async function lay(changes: Changes = {}, behaviour: Behaviour = {}) {
    const engine = await fakeEngine((asked, ...rest) =>
        asked.startsWith("GET /volumes?")
            ? { body: { Volumes: [] } }
            : asked === "GET /containers/mine/json"
              ? { body: { State: { Status: "running" } } }
              : healthy(asked, ...rest),
    );
    const told = { enginePort: engine.port, ...behaviour };
    const { store, binary, calls } = await fakeDockerMachine(await tempFolder(), told);
    const host = await fakeHost({ address: "127.0.0.1\tlo", ...changes });
    const request: MachineRequest = {
        store,
        binary,
        owner,
        machine,
        driver: "generic",
        flags: ["--generic-ip-address=127.0.0.1", "--generic-ssh-user=deploy"],
        hostRemains: true,
    };
    return { request, store, calls, host };
}

test("a host's Docker keeps its storage driver and flags, and is marked as this stack's", async () => {
    const label = ["--label", "rack=a7"];
    const { request, calls, host } = await lay({
        engine: ["version 29.0.1", "driver overlayfs", "root /srv/docker"],
        "dockerd.word": ["/usr/bin/dockerd", "-H", "fd://", ...label, "--data-root=/srv/docker"],
    });
    await machineUp(request);
    const driver = "--engine-storage-driver=overlayfs";
    const kept = `${driver} --engine-label=rack=a7 --engine-opt=data-root=/srv/docker`;
    // Behind it, it is given what starts its agent where its address comes late.
    const unit = expect.stringContaining("consul-machines-address.service") as string;
    expect(await calls()).toEqual([`${create} ${kept} ${mark} ${machine}`, unit]);
    expect(await host.calls()).toEqual([expect.stringMatching(/ -p 22 deploy@127\.0\.0\.1 sh$/)]);
});

test("what is no part of the request does not make a machine anew: one that is made is not looked at", async () => {
    const { request, calls, host } = await lay();
    await machineUp(request);
    await host.change({
        engine: ["version 29.0.1", "driver vfs", "root /x"],
        volume: "consul-data\t",
    });
    await machineUp(request);
    expect(await calls()).toHaveLength(2);
    expect(await host.calls()).toHaveLength(1);
});

test("what is adopted on a host is no part of the request either, and is refused no more than its data", async () => {
    const { request, store, calls } = await lay({
        container: "/mine\trunning\talways\t\tconsul:1\tconsul-data\t8300/tcp",
        volume: "consul-data\t",
    });
    const { url } = await fakeAgent(() => healthyCluster("server-1", ["server-1"]));
    const host = Machine.of({ store, machine });
    const agent = { nodeName: "server-1", role: "server", httpAddress: url, servers: {} } as const;
    await noteAdopting(host, { ...agent, container: "other" });
    await expect(machineUp(request)).rejects.toThrow('adopt: it has no container "other"');
    // Nobody waits for a machine that is not made.
    expect(await readAdopting(host)).toBeUndefined();
    await noteAdopting(host, { ...agent, container: "mine" });
    await machineUp(request);
    expect((await calls())[0]).toMatch(/^create /);
    expect(await host.record()).toMatchObject({ state: "made" });
    expect(await readAdopting(host)).toBeUndefined();
});

test.each([
    [
        { volume: "consul-data\t" },
        'it has a volume "consul-data" that no stack of this program made',
    ],
    [
        { container: "/consul\texited\tno\t\tconsul:1\t\t" },
        'it has a container "consul" (consul:1, exited) that no stack of this program made',
    ],
    [
        { "daemon.path": "/etc/docker/daemon.json", "daemon.line": '{"hosts": []}' },
        '/etc/docker/daemon.json sets "hosts"',
    ],
    [
        { volume: "consul-data\tconsul-machines/dev" },
        "its host still has data of consul-machines/dev from an earlier machine: consul-data",
    ],
] as readonly (readonly [Changes, string])[])(
    "with %j docker-machine is not called at all",
    async (changes, seen) => {
        const { request, store, calls } = await lay(changes);
        const title = `${machine}: its host was left as it is:\n  ${machine} (deploy@127.0.0.1:22): `;
        await expect(machineUp(request)).rejects.toThrow(title + seen);
        expect(await calls()).toEqual([]);
        expect(await Machine.of({ store, machine }).record()).toBeUndefined();
        expect(await entries(new Store(store).layout.machines)).toEqual([]);
    },
);

test("a host that lets nobody in is asked for two minutes, and then refused with ssh's reason", async () => {
    const { request, calls, host } = await lay();
    await host.shut("deploy@127.0.0.1: Permission denied (publickey).\n");
    await expect(machineUp(request)).rejects.toThrow(
        'Permission denied (publickey) for the user "deploy"',
    );
    expect((await host.calls()).length).toBeGreaterThan(1);
    expect(await calls()).toEqual([]);
});

test("an address that the host does not know of is the node's business, not the machine's", async () => {
    const { request, calls } = await lay({ address: "10.0.0.11\teth0" });
    await machineUp(request);
    expect((await calls())[0]).toMatch(/^create /);
});

test("where this computer has no ssh, docker-machine goes by itself", async () => {
    const { request, calls } = await lay();
    const folder = await tempFolder();
    stubEnv("PATH", folder);
    await machineUp(request);
    expect((await calls())[0]).toBe(`${create} ${mark} ${machine}`);
});

test("after a create that failed, the host's Docker is started as it was", async () => {
    const { request, calls } = await lay({}, { create: "fails" });
    await expect(machineUp(request)).rejects.toThrow("docker-machine create ended with 1");
    const [, restored = ""] = await calls();
    expect(restored).toContain(`ssh ${machine} sudo rm -f`);
    expect(restored).toContain("10-machine.conf; sudo systemctl daemon-reload");
    expect(restored).toContain("sudo systemctl start docker");
});

test("a machine of the store's own CA that was left half-made is no other docker-machine's", async () => {
    const { request, store, calls, host } = await lay();
    await machineUp(request);
    const { certs } = new Store(store).layout;
    await rm(certs, { recursive: true, force: true });
    const changes = {
        address: "127.0.0.1\tlo",
        certificate: "/etc/docker/ca.pem",
        "machine.unit": "ExecStart=/usr/bin/dockerd --tlsverify",
        ca: ["-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"],
    };
    await host.change(changes);
    await Machine.of({ store, machine }).writeRecord({ owner, state: "making" });
    await expect(machineUp(request)).rejects.toThrow(
        "another docker-machine has made it a machine",
    );
    await mkdir(certs, { recursive: true });
    await writeFile(join(certs, "ca.pem"), `${changes.ca.join("\n")}\n`);
    await machineUp(request);
    expect((await calls()).filter((call) => call.startsWith("create"))).toHaveLength(2);
});
