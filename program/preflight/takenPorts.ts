import { connect } from "node:net";
import { imageContractOf } from "../../components/agent/imageContracts.ts";
import type { PortRow } from "../../components/agent/ports.ts";
import { isLab } from "../../components/cluster/clusterArgs.ts";
import { isKnownHost, type KnownHost } from "../../components/machine/machineArgs.ts";
import type { ListedContainer } from "../../scripts/docker/container.ts";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { servedCertificate } from "../../scripts/machine/certificates.ts";
import type { Machine } from "../../scripts/machine/machine.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import { plannedOnAddress, type PublishedPorts } from "./plannedPorts.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** Milliseconds that a port may take to refuse or accept; one that does neither counts as free. */
const probeTimeoutMs = 1000;

/**
 * Finds ports of existing hosts that something else has. Where the host's engine answers to this stack's certificates,
 * it says which container has which port, and whose that is: so too where this folder knows of no machine there, as
 * after a run on another computer. Any other host is asked by connecting to each port.
 *
 * @param published what the agents of the stack publish.
 */
export async function takenPortProblems(
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
    published: PublishedPorts = imageContractOf(),
): Promise<string[]> {
    const found = await Promise.all(declared.map((one) => takenOn(one, machines, published)));
    return found.flat();
}

async function takenOn(
    { name, role, machine: declared }: DeclaredMachine,
    machines: StackMachines,
    published: PublishedPorts,
): Promise<string[]> {
    if (isLab(declared) || !isKnownHost(declared)) {
        return [];
    }
    const { address } = declared;
    const machine = machines.machine(name);
    if ((await machine.record())?.state === "made") {
        const containers = await listContainers(machine);
        return containerPortProblems(name, address, role, machines.owner, containers, published);
    }
    // What answers elsewhere may be the computer that translates addresses; the host itself was looked at.
    const rows = declared.reach === undefined ? plannedOnAddress(role, published) : [];
    const tcp = rows.filter(({ protocol }) => protocol === "tcp");
    const open = await Promise.all(tcp.map(({ port }) => isOpen(address, port)));
    const taken = tcp.filter((_, index) => open[index]);
    if (taken.length === 0) {
        return [];
    }
    const containers = await containersByStore(declared, machines);
    if (containers !== undefined) {
        return containerPortProblems(name, address, role, machines.owner, containers, published);
    }
    if (await servesTls(declared)) {
        return [strangeEngineProblem(name, declared, taken, machines)];
    }
    return taken.map(
        ({ port, purpose }) =>
            `${name}: port ${port}/tcp of ${address} (${purpose}) is taken by something that ` +
            "this stack did not make. Stop it, or use another host.",
    );
}

/** Where an engine listens that docker-machine has provisioned. */
function engineOf({ address, reach = address, enginePort = 2376 }: KnownHost) {
    return { host: reach, port: enginePort };
}

/** The containers of a host whose engine takes the certificates of this stack's store; undefined where it does not. */
async function containersByStore(
    host: KnownHost,
    { store }: StackMachines,
): Promise<readonly ListedContainer[] | undefined> {
    try {
        const engine = new EngineApi({ ...engineOf(host), tls: await store.clientTls() });
        return await engine.ask<readonly ListedContainer[]>("/containers/json", { timeout: 2000 });
    } catch {
        return undefined;
    }
}

async function servesTls(host: KnownHost): Promise<boolean> {
    return servedCertificate(engineOf(host), probeTimeoutMs).then(
        () => true,
        () => false,
    );
}

/** A host that some docker-machine has provisioned, whose certificates are not here: what runs there may be this
 * stack's, made by a run on another computer that did not get so far as to be recorded. */
function strangeEngineProblem(
    node: string,
    host: KnownHost,
    taken: readonly PortRow[],
    { store, owner }: StackMachines,
): string {
    const ports = taken.map(({ port }) => `${port}/tcp`).join(", ");
    return (
        `${node}: at ${engineOf(host).host} the ports ${ports} are taken, and its Docker Engine (port ` +
        `${engineOf(host).port}) has certificates that are not in ${store.path}. If another computer has made this ` +
        `machine for ${owner}, in a run that failed, its store is there: bring it here, or finish that run there ` +
        "(docs/team.md), and leave what runs as it is. If it is not this stack's, use another host."
    );
}

/** The containers of a machine; none where it does not answer, which other checks report. */
export async function listContainers(machine: Machine): Promise<readonly ListedContainer[]> {
    try {
        const engine = await machine.engine();
        return await engine.ask<readonly ListedContainer[]>("/containers/json", { timeout: 2000 });
    } catch {
        return [];
    }
}

/** The name of a container. */
export function containerName({ Names }: ListedContainer): string {
    return Names[0]?.replace(/^\//, "") ?? "?";
}

/** Which of a node's ports are published on its address by containers of others. */
export function containerPortProblems(
    node: string,
    address: string,
    role: DeclaredMachine["role"],
    owner: string,
    containers: readonly ListedContainer[],
    published: PublishedPorts = imageContractOf(),
): string[] {
    const others = containers.filter(({ Labels }) => Labels[ownerLabel] !== owner);
    return plannedOnAddress(role, published).flatMap(({ port, protocol }) => {
        const holder = others.find(({ Ports }) =>
            Ports.some(
                ({ IP, PublicPort, Type }) =>
                    PublicPort === port &&
                    Type === protocol &&
                    (IP === address || IP === "0.0.0.0" || IP === undefined),
            ),
        );
        return holder === undefined
            ? []
            : [
                  `${node}: port ${port}/${protocol} of ${address} is taken by the container ` +
                      `"${containerName(holder)}". Stop it, or use another host.`,
              ];
    });
}

function isOpen(host: string, port: number): Promise<boolean> {
    return new Promise((done) => {
        const socket = connect({ host, port, timeout: probeTimeoutMs });
        const end = (open: boolean) => () => {
            socket.destroy();
            done(open);
        };
        socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
    });
}
