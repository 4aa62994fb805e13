import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import { imageContractOf } from "../../../../components/agent/imageContracts.ts";
import {
    containerPortProblems,
    takenPortProblems,
} from "../../../../program/preflight/takenPorts.ts";
import { StackMachines } from "../../../../program/preflight/stackMachines.ts";
import { certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const owner = "consul-machines/dev";
const address = "127.86.53.9";

const host = (machine: NodeArgs["machine"] = { driver: "generic", address }) =>
    ({ name: "server-1", role: "server", machine }) as const;

/** Something that listens on a port of the host. */
async function listenOn(port: number): Promise<void> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(port, address, ready));
    onTestFinished(() => void server.close());
}

const container = (name: string, owned: string | undefined, ...Ports: object[]) => ({
    Names: [`/${name}`],
    Labels: owned === undefined ? {} : { "consul-machines.owner": owned },
    Ports: Ports as { IP?: string; PublicPort?: number; Type: string }[],
});

test("a host on which nothing listens is free", async () => {
    const store = await tempFolder();
    expect(await takenPortProblems([host()], devMachines(store))).toEqual([]);
});

test("each taken port of a host without our machine is reported, by number and purpose", async () => {
    await listenOn(8500);
    await listenOn(8300);
    const store = await tempFolder();
    const machines = devMachines(store);
    const taken = (port: number, purpose: string, node = "server-1") =>
        `${node}: port ${port}/tcp of ${address} (${purpose}) is taken by something that this ` +
        "stack did not make. Stop it, or use another host.";

    expect(await takenPortProblems([host()], machines)).toEqual([
        taken(8300, "server RPC and Raft"),
        taken(8500, "HTTP API and web UI"),
    ]);
    const client = { ...host(), name: "client-1", role: "client" } as const;
    expect(await takenPortProblems([client], machines)).toEqual([
        taken(8500, "HTTP API and web UI", "client-1"),
    ]);
});

test("a host whose engine takes the store's certificates tells whose its ports are, known here or not", async () => {
    const engine = await fakeEngine((asked) => {
        const bound = { IP: "127.0.0.1", PublicPort: 8500, Type: "tcp" };
        const listed = [container("consul", owner, bound)];
        return asked === "GET /containers/json" ? { body: listed } : undefined;
    });
    const local = { driver: "generic", address: "127.0.0.1", enginePort: engine.port } as const;
    const free = createServer();
    await new Promise<void>((ready) => free.listen(8500, "127.0.0.1", ready));
    onTestFinished(() => void free.close());
    const store = await tempFolder();
    const { ca, cert, key } = await certificates();
    await mkdir(join(store, "certs"));
    for (const [file, text] of Object.entries({ "ca.pem": ca, "cert.pem": cert, "key.pem": key })) {
        await writeFile(join(store, "certs", file), text);
    }

    expect(await takenPortProblems([host(local)], devMachines(store))).toEqual([]);
    expect(engine.asked).toEqual(["GET /containers/json"]);
    // The containers of another stack are none of ours, by the same certificates.
    const other = new StackMachines({ project: "other", stack: "dev", store });
    expect(await takenPortProblems([host(local)], other)).toEqual([
        'server-1: port 8500/tcp of 127.0.0.1 is taken by the container "consul". Stop it, or use another host.',
    ]);
});

test("what runs on a host of another docker-machine is not to be stopped, for it may be this stack's", async () => {
    const engine = await fakeEngine(() => undefined);
    const local = { driver: "generic", address: "127.0.0.1", enginePort: engine.port } as const;
    const taken = createServer();
    await new Promise<void>((ready) => taken.listen(8500, "127.0.0.1", ready));
    onTestFinished(() => void taken.close());
    const store = await tempFolder();

    const [problem, ...others] = await takenPortProblems([host(local)], devMachines(store));
    expect(others).toEqual([]);
    expect(problem).toBe(
        "server-1: at 127.0.0.1 the ports 8500/tcp are taken, and its Docker Engine (port " +
            `${engine.port}) has certificates that are not in ${store}. If another computer has made this ` +
            `machine for ${owner}, in a run that failed, its store is there: bring it here, or finish that run ` +
            "there (docs/team.md), and leave what runs as it is. If it is not this stack's, use another host.",
    );
});

test("of a machine that nodes share only what is published has to be free", async () => {
    await listenOn(8300);
    await listenOn(8500);
    const shared = { ...host(), name: "machine", role: "outside" } as const;
    const store = await tempFolder();
    expect(await takenPortProblems([shared], devMachines(store))).toEqual([
        `machine: port 8500/tcp of ${address} (HTTP API and web UI) is taken by something that ` +
            "this stack did not make. Stop it, or use another host.",
    ]);
});

test("in a secured cluster the port of HTTPS has to be free, and that of plain HTTP has not", async () => {
    await listenOn(8500);
    await listenOn(8501);
    const store = await tempFolder();
    const secured = imageContractOf("official", "full");
    const problem =
        `port 8501/tcp of ${address} (HTTPS API and web UI) is taken by something that this stack ` +
        "did not make. Stop it, or use another host.";
    expect(await takenPortProblems([host()], devMachines(store), secured)).toEqual([
        `${host().name}: ${problem}`,
    ]);
    const shared = { ...host(), name: "machine", role: "outside" } as const;
    expect(await takenPortProblems([shared], devMachines(store), secured)).toEqual([
        `machine: ${problem}`,
    ]);
});

test("machines that do not exist yet are not connected to", async () => {
    await listenOn(8500);
    const store = await tempFolder();
    const nodes = [
        host({ driver: "lab", address }),
        host({ driver: "virtualbox" }),
        host({ driver: "amazonec2", options: {} }),
    ];
    expect(await takenPortProblems(nodes, devMachines(store))).toEqual([]);
});

test("on a host with our machine its engine says whose ports they are; our own are fine", async () => {
    await listenOn(8500);
    const engine = await fakeEngine(() => ({
        body: [
            container("consul", owner, { IP: address, PublicPort: 8500, Type: "tcp" }),
            container("dns", undefined, { IP: "0.0.0.0", PublicPort: 8600, Type: "udp" }),
        ],
    }));
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, await certificates());
    await devMachines(store).machine("server-1").writeRecord({ owner, state: "made" });

    expect(await takenPortProblems([host()], devMachines(store))).toEqual([
        `server-1: port 8600/udp of ${address} is taken by the container "dns". Stop it, or use ` +
            "another host.",
    ]);
    expect(engine.asked).toEqual(["GET /containers/json"]);
});

test("a machine of ours that does not answer is left for its own Command to tell", async () => {
    await listenOn(8500);
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", 1, await certificates());
    await devMachines(store).machine("server-1").writeRecord({ owner, state: "made" });
    expect(await takenPortProblems([host()], devMachines(store))).toEqual([]);
});

test("another's container takes a port only by number, protocol and address", () => {
    const other = "another/stack";
    const problems = containerPortProblems("server-1", "192.0.2.1", "server", owner, [
        container("elsewhere", other, { IP: "192.0.2.2", PublicPort: 8500, Type: "tcp" }),
        container("udp", other, { IP: "192.0.2.1", PublicPort: 8500, Type: "udp" }),
        container("unpublished", other, { Type: "tcp" }),
        container("here", other, { IP: "192.0.2.1", PublicPort: 8301, Type: "udp" }),
        container("everywhere", undefined, { PublicPort: 8302, Type: "tcp" }),
    ]);
    const taken = (port: string, by: string) =>
        `server-1: port ${port} of 192.0.2.1 is taken by the container "${by}". Stop it, or use ` +
        "another host.";
    expect(problems).toEqual([taken("8301/udp", "here"), taken("8302/tcp", "everywhere")]);
});

test("the port of the command consul is one of progrium's image alone", () => {
    const taken = [
        container("here", "consul-machines/other", {
            IP: "192.0.2.1",
            PublicPort: 8400,
            Type: "tcp",
        }),
    ];
    const where = ["server-1", "192.0.2.1", "client", owner, taken] as const;
    expect(containerPortProblems(...where)).toEqual([]);
    expect(containerPortProblems(...where, imageContractOf("progrium"))).toEqual([
        'server-1: port 8400/tcp of 192.0.2.1 is taken by the container "here". Stop it, or use ' +
            "another host.",
    ]);
});
