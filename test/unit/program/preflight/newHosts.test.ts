import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { hostPlans, lookAtNewHosts } from "../../../../program/preflight/newHosts.ts";
import {
    declaredMachines,
    type StackMachines,
} from "../../../../program/preflight/stackMachines.ts";
import { readSettings } from "../../../../program/settings/settings.ts";
import { certificates } from "../../../support/certificates.ts";
import { fakeDockerMachine, putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeHost } from "../../../support/fakeHost.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const owner = "consul-machines/dev";

/** Settings of hosts on the loopback, and a store. */
async function lay(over: Readonly<Record<string, unknown>> = {}) {
    const servers = [
        { name: "server-1", address: "10.0.0.11" },
        { name: "server-2", address: "10.0.0.12", options: { sshPort: 2222 } },
    ];
    const { store, binary } = await fakeDockerMachine(await tempFolder());
    const given = { driver: "generic", dockerMachine: binary, servers, clients: [], ...over };
    const config = Object.entries(given).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const { sound, problems } = readSettings(Object.fromEntries(config) as Record<string, string>, {
        project: "consul-machines",
        stack: "dev",
    });
    expect(problems).toEqual([]);
    return { settings: sound, machines: devMachines(store, binary), store };
}

const look = async ({ settings, machines }: Laid) =>
    lookAtNewHosts(settings, declaredMachines(settings.nodes), machines);
const plansOf = async ({ settings, machines }: Laid) =>
    hostPlans(settings, declaredMachines(settings.nodes), machines);
interface Laid {
    readonly settings: Awaited<ReturnType<typeof lay>>["settings"];
    readonly machines: StackMachines;
}

test("each host is told from the settings, with what its node will have there", async () => {
    const sshKey = join(await tempFolder(), "id");
    await writeFile(sshKey, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
    const laid = await lay({
        driverOptions: { sshUser: "deploy", sshKey, enginePort: 2400 },
    });
    const [first, second, ...more] = await plansOf(laid);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
        name: "server-1",
        machineName: "dev-server-1",
        owner,
        address: "10.0.0.11",
        sshUser: "deploy",
        sshKey,
        enginePort: 2400,
        containers: ["consul"],
        volumes: ["consul-data", "consul-config"],
        networks: [],
        bridgePorts: [],
        apiPort: 8501,
        adoptsData: false,
    });
    expect(second).toMatchObject({ address: "10.0.0.12", sshPort: 2222 });
    expect(first?.ports.map(({ port, protocol }) => `${port}/${protocol}`)).toEqual([
        "8300/tcp",
        "8301/tcp",
        "8301/udp",
        "8501/tcp",
        "8600/tcp",
        "8600/udp",
    ]);
});

test("of one machine for all, every node's names are asked for, and the ports that others ask", async () => {
    const laid = await lay({
        oneMachine: true,
        address: "10.0.0.11",
        servers: 3,
        security: "open",
    });
    const [plan] = await plansOf(laid);
    expect(plan).toMatchObject({
        name: "machine",
        containers: ["server-1", "server-2", "server-3"],
        networks: ["consul"],
    });
    expect(plan?.volumes).toContain("consul-data-server-2");
    expect(plan?.ports.map(({ port }) => port)).toEqual([8500, 8600, 8600]);
});

test("a host whose machine is in the store is not looked at, unless another is to take its place", async () => {
    const laid = await lay();
    await putMachine(laid.store, "dev-server-1", 2376, await certificates(), "10.0.0.11");
    const machine = laid.machines.machine("server-1");
    const names = async () => (await plansOf(laid)).map(({ name }) => name);
    expect(await names()).toEqual(["server-1", "server-2"]);
    await machine.writeRecord({ owner, state: "making" });
    expect(await names()).toEqual(["server-1", "server-2"]);
    await machine.writeRecord({ owner, state: "made" });
    expect(await names()).toEqual(["server-2"]);
    await machine.writeRecord({ owner, state: "made", generation: 2 });
    expect(await names()).toEqual(["server-1", "server-2"]);
    await machine.writeRecord({ owner, state: "made" });
    await putMachine(laid.store, "dev-server-1", 2376, await certificates(), "10.0.0.99");
    expect(await names()).toEqual(["server-1", "server-2"]);
});

test("a host whose key is no key is not asked in vain", async () => {
    expect(await plansOf(await lay({ driverOptions: { sshKey: "/nowhere/id" } }))).toEqual([]);
});

test("no machine of another driver is looked at", async () => {
    expect(await plansOf(await lay({ driver: "virtualbox", servers: 3 }))).toEqual([]);
    expect(await plansOf(await lay({ driver: "lab", servers: 3 }))).toEqual([]);
});

test("what was found is said for each host, refusals apart", async () => {
    const host = await fakeHost({
        address: ["10.0.0.11\teth0"],
        hostname: "shop",
        volume: "consul-data\t",
    });
    const laid = await lay({ servers: [{ name: "server-1", address: "10.0.0.11" }] });
    // Its engine's port is where this computer has no host: that is said as well.
    const { problems, warnings, looked } = await look(laid);
    expect(problems).toContainEqual(
        expect.stringMatching(
            /^server-1 \(root@10\.0\.0\.11:22\): it has a volume "consul-data" that no stack of this program made\. /,
        ),
    );
    expect(warnings).toEqual([
        'server-1 (root@10.0.0.11:22): its host name is "shop"; it is renamed to "dev-server-1".',
    ]);
    expect([...looked]).toEqual(["server-1"]);
    expect(await host.calls()).toHaveLength(1);
});

test.each([
    ["does not tell what listens there", { listening: undefined, "listen.ss": undefined }, []],
    ["does not tell everything", { look: "begin", listening: undefined }, ["server-1"]],
    ["tells that nothing listens there", { "listen.ss": "Netid State" }, ["server-1"]],
])("the ports of a host that %s are tried or not", async (_, changes, told) => {
    await fakeHost({ address: "10.0.0.11\teth0", ...changes });
    const laid = await lay({ servers: [{ name: "server-1", address: "10.0.0.11" }] });
    expect([...(await look(laid)).looked]).toEqual(told);
});

test("a host that has this store's certificates is no other docker-machine's", async () => {
    const pem = ["-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"];
    await fakeHost({
        address: "10.0.0.11\teth0",
        ca: pem,
        certificate: "/etc/docker/ca.pem",
        "machine.unit": "ExecStart=/usr/bin/dockerd --tlsverify",
    });
    const laid = await lay({ servers: [{ name: "server-1", address: "10.0.0.11" }] });
    const others = async () =>
        (await look(laid)).problems.filter((line) => line.includes("another docker-machine"));
    expect(await others()).toHaveLength(1);
    const { certs, root } = laid.machines.store.layout;
    await mkdir(certs, { recursive: true });
    await writeFile(join(certs, "ca.pem"), pem.join("\n"));
    expect(await others(), root).toEqual([]);
});

test("a host of another CPU than the archive's image is refused", async () => {
    await fakeHost({ address: "10.0.0.11\teth0" });
    const image = join(await tempFolder(), "consul.tar");
    const tar = pack();
    tar.entry({ name: "config.json" }, '{"architecture":"arm64"}');
    tar.entry({ name: "manifest.json" }, '[{"Config":"config.json","RepoTags":["consul:1"]}]');
    tar.finalize();
    await pipeline(tar, createWriteStream(image));
    const { problems } = await look(
        await lay({ image, servers: [{ name: "server-1", address: "10.0.0.11" }] }),
    );
    expect(problems).toContain(
        "server-1 (root@10.0.0.11:22): its CPU is amd64 (x86_64), and the image is for arm64. Name an image for amd64, " +
            "or another host.",
    );
});

test("without an ssh on this computer it is said that hosts were not looked at", async () => {
    const laid = await lay();
    stubEnv("PATH", await tempFolder());
    const without = "this computer has no `ssh`, without which docker-machine uses no SSH agent. ";
    const way = "Install OpenSSH's client, or name a key file in driverOptions.sshKey.";
    expect(await look(laid)).toEqual({
        problems: ["server-1", "server-2"].map((name) => `${name}: ${without}${way}`),
        warnings: ["Hosts were not looked at: there is no `ssh` on PATH (server-1, server-2)."],
        looked: new Set(),
        cpus: new Map(),
    });
});
